"""The page of today."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tongtang.access.api import ActorRequest, require_actor, role_names


@require_GET
@require_actor
def today(request: ActorRequest) -> HttpResponse:
    """Who is here, and where they may go."""
    return render(request, "shell/today.html", {"role_names": role_names(request.actor.roles)})
