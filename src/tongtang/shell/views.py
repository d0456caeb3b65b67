"""The page of today, by role; a pupil's own page; a guardian's pages."""

from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tongtang.access.api import (
    ActorRequest,
    Role,
    is_guardian_alone,
    require_actor,
    require_device,
    require_family,
    require_pupil,
)
from tongtang.organisations.models import School
from tongtang.shell.guardian import children_of, page_of_child
from tongtang.shell.today import page_of_today
from tongtang.shell.today.learning import hours_of_today


@require_GET
def today(request: ActorRequest) -> HttpResponseBase:
    """Leads a guardian to the children; for everybody else the page of today."""
    return redirect("shell:children") if is_guardian_alone(request.actor) else _today(request)


@require_actor
def _today(request: ActorRequest) -> HttpResponse:
    """Leads a classroom device to its school's wall screen, shows a person what today asks of them."""
    actor = request.actor
    if actor.person_id is None and actor.device is not None:
        school = get_object_or_404(School, pk=actor.device.school_id)
        return redirect("timetable:wall", school.public_id)
    return render(request, "shell/today.html", {"today": page_of_today(actor)})


@require_GET
@require_family
def children(request: ActorRequest) -> HttpResponse:
    """The children of a guardian; one child's page at once where there is one."""
    if not request.actor.holds(Role.GUARDIAN):
        raise Http404
    found = children_of(request.actor)
    if len(found) == 1:
        return redirect("shell:child", found[0].public_id)
    pages = [page_of_child(request.actor, pupil.public_id) for pupil in found]
    return render(request, "shell/children.html", {"pages": pages})


@require_GET
@require_family
def child(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Today, this week and attendance of one child."""
    page = page_of_child(request.actor, public_id, request.GET.get("week", ""))
    return render(request, "shell/child.html", {"page": page})


@require_GET
@never_cache
@require_pupil
def my_day(request: ActorRequest) -> HttpResponse:
    """The pupil's own page: the name, today's lessons of the class, the way out."""
    pupil = request.actor.pupil
    hours = [hour for hours in hours_of_today(request.actor).values() for hour in hours]
    return render(request, "shell/my_day.html", {"pupil": pupil, "hours": hours})


@require_GET
@require_device
def room_day(request: ActorRequest) -> HttpResponse:
    """Today's lessons of the classes that sign in on the asking device, for its pages without a link."""
    days = {
        home_class: [[hour.title, hour.starts_at.timestamp(), hour.ends_at.timestamp()] for hour in hours]
        for home_class, hours in hours_of_today(request.actor).items()
    }
    return JsonResponse({"days": days})
