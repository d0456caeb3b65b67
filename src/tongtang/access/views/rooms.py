"""Receiving rooms: the code that binds a device, and the devices that are bound."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tongtang.access import actions
from tongtang.access.guards import ActorRequest, require_person
from tongtang.access.policies import POLICY, Verb
from tongtang.access.pupils.policies import POLICY as PUPILS
from tongtang.access.pupils.policies import Verb as PupilVerb
from tongtang.access.queries import device_for, room_for, room_rows, rooms_for
from tongtang.access.rules import holds_any
from tongtang.foundation import clock
from tongtang.people.models import Person

MOST_ROOMS = 200


@require_GET
@require_person
def rooms(request: ActorRequest) -> HttpResponse:
    """Rooms of the actor's schools, those without a device first."""
    text = request.GET.get("text", "").replace("\x00", "").strip()[:60]
    if not holds_any(request.actor, POLICY[Verb.BIND_DEVICE]):
        raise Http404
    mine = rooms_for(request.actor, Verb.BIND_DEVICE)
    if text:
        mine = mine.filter(school__name__icontains=text)
    context = {"rows": room_rows(list(mine[:MOST_ROOMS])), "count": mine.count(), "text": text, "most": MOST_ROOMS}
    context["keeps_pupils"] = holds_any(request.actor, PUPILS[PupilVerb.KEEP])
    return render(request, "access/rooms.html", context)


@never_cache
@require_POST
@require_person
def device_code(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A code for one room, shown once."""
    room = room_for(request.actor, Verb.BIND_DEVICE, public_id)
    maker = get_object_or_404(Person, pk=request.actor.person_id)
    code = actions.make_device_code(room=room, made_by=maker)
    context = {
        "room": room,
        "code": f"{code[:4]} {code[4:]}",
        "ends_at": (clock.now() + actions.DEVICE_CODE_LIFE).timestamp(),
        "address": request.build_absolute_uri("/sign-in#device"),
    }
    return render(request, "access/device_code.html", context)


@require_POST
@require_person
def revoke(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A device is no longer the room's: lost, broken or given away."""
    actions.revoke_device(device_for(request.actor, Verb.BIND_DEVICE, public_id), by=request.actor.subject)
    return redirect("access:rooms")
