"""`request.actor`: the person of the session with today's roles, and the device of the cookie."""

from collections.abc import Callable
from typing import cast

from django.contrib.auth import get_user
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from tongtang.access.actor import Actor, Assignment, Device
from tongtang.access.models import Account, ClassroomDevice, Role, RoleAssignment
from tongtang.access.secrets import digest
from tongtang.foundation import clock

DEVICE_COOKIE = "tongtang_device"


def _assignments(person_id: int) -> tuple[Assignment, ...]:
    today = clock.today()
    rows = RoleAssignment.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=today), person=person_id, valid_from__lte=today
    )
    return tuple(
        Assignment(Role(role), school, low, high)
        for role, school, low, high in rows.values_list("role", "school_id", "code_low", "code_high")
    )


def _device(request: HttpRequest) -> Device | None:
    secret = request.COOKIES.get(DEVICE_COOKIE)
    if not secret:
        return None
    row = (
        ClassroomDevice.objects.filter(secret_hash=digest(secret), revoked_at=None)
        .select_related("room__school")
        .first()
    )
    if row is None:
        return None
    return Device(row.pk, row.room_id, row.room.school_id, f"{row.room.school.name} {row.room.number}")


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request: at most three queries (account, assignments, device)."""
    account = cast(Account, get_user(request))
    device = _device(request)
    if not account.is_authenticated:
        return Actor(device=device, display_name=device.label if device else "")
    person = account.person
    return Actor(person.pk, person.name, person.county_code, _assignments(person.pk), device)


class ActorMiddleware:
    """Sets `request.actor` for every view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = actor_of(request)  # type: ignore[attr-defined]
        return self.get_response(request)
