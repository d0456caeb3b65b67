"""More than 100 pupils leave the house only with a second factor and a second person."""

from django.http import HttpResponse
from django.shortcuts import render

from tongtang.access.api import ActorRequest

WITHOUT_A_SECOND_PERSON = 100


def refusal(request: ActorRequest, action: str, object: str, pupils: int) -> HttpResponse | None:
    """The page that stands in the way of an export of `pupils`; None: it may go."""
    if pupils <= WITHOUT_A_SECOND_PERSON:
        return None
    return render(request, "exchange/needs_two.html", {"pupils": pupils, "limit": WITHOUT_A_SECOND_PERSON}, status=409)
