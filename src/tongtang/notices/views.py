"""The page of what the signed-in person was told."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tongtang.access.api import ActorRequest, require_family
from tongtang.notices.actions import take_note_of
from tongtang.notices.models import Notice
from tongtang.notices.queries import notices_for, unread_count

A_PAGE = 50
# The first word of a notice's key -> the address of what it is about, whose public id is the key's second word.
PLACES = {"change-order": "timetable:order"}


def _address(notice: Notice) -> str:
    """Where the thing can be seen that a notice tells of; empty where it has no page."""
    kind, _colon, rest = notice.key.partition(":")
    try:
        return reverse(PLACES[kind], args=[UUID(rest.partition(":")[0])])
    except (KeyError, ValueError):
        return ""


@require_GET
@require_family
def notices(request: ActorRequest) -> HttpResponse:
    """The own notices, the newest first."""
    rows = notices_for(request.actor)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [(one, _address(one)) for one in page], "unread": unread_count(request.actor)}
    return render(request, "notices/list.html", context)


@require_POST
@require_family
def read(request: ActorRequest) -> HttpResponse:
    """Take note of one notice, by its public id, or of all."""
    try:
        one = UUID(request.POST.get("notice", ""))
    except ValueError:
        one = None
    take_note_of(request.actor, one)
    return redirect("notices:list")
