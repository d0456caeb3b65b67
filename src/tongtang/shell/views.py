"""The page of today, by role."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from tongtang.access.api import ActorRequest, require_actor
from tongtang.organisations.models import School
from tongtang.shell.today import page_of_today


@require_GET
@require_actor
def today(request: ActorRequest) -> HttpResponse:
    """Leads a classroom device to its school's wall screen, shows a person what today asks of them."""
    actor = request.actor
    if actor.person_id is None and actor.device is not None:
        school = get_object_or_404(School, pk=actor.device.school_id)
        return redirect("timetable:wall", school.public_id)
    return render(request, "shell/today.html", {"today": page_of_today(actor)})
