"""`request.actor`: the person of the session with today's roles, and the device of the cookie."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from django.conf import settings
from django.contrib.auth import get_user
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from tongtang.access.actor import Actor, Assignment, Device
from tongtang.access.models import Account, ClassroomDevice, Role, RoleAssignment
from tongtang.access.pupils.pages import pupil_of
from tongtang.access.secrets import digest
from tongtang.foundation import clock

DEVICE_COOKIE = "tongtang_device"
PUPIL_COOKIE = "tongtang_pupil"
# The browser sends it to the pupil's own pages only: everywhere else a shared device stays what it is.
PUPIL_PATH = "/my/"
# Browsers keep no cookie longer; each page that a device opens makes it last anew.
DEVICE_COOKIE_LIFE = 400 * 24 * 3600


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
    return Device(row.pk, row.room_id, row.room.school_id, f"{row.room.school.name} {row.room.number}", row.public_id)


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request: at most three queries (account, assignments, device)."""
    token = request.COOKIES.get(PUPIL_COOKIE)
    pupil = pupil_of(token) if token else None
    if pupil is not None:
        return Actor(pupil=pupil, display_name=pupil.name)
    account = cast(Account, get_user(request))
    device = _device(request)
    if not account.is_authenticated or not account.may_enter:
        return Actor(device=device, display_name=device.label if device else "")
    person = account.person
    return Actor(person.pk, person.name, person.county_code, _assignments(person.pk), device)


def give_device(response: HttpResponse, secret: str) -> None:
    """Leave a device's secret with its browser."""
    response.set_cookie(
        DEVICE_COOKIE,
        secret,
        max_age=DEVICE_COOKIE_LIFE,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _opens_a_page(request: HttpRequest, response: HttpResponse) -> bool:
    kind = response.headers.get("Content-Type", "")
    return request.method == "GET" and response.status_code == 200 and kind.startswith("text/html")


def give_pupil(response: HttpResponse, token: str, ends_at: datetime) -> None:
    """Leave the token of a pupil's page with the device's browser, for that page alone."""
    response.set_cookie(
        PUPIL_COOKIE,
        token,
        expires=ends_at,
        path=PUPIL_PATH,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Strict",
    )


def take_pupil(response: HttpResponse) -> None:
    """Forget the token on the device."""
    response.delete_cookie(PUPIL_COOKIE, path=PUPIL_PATH, samesite="Strict")


class ActorMiddleware:
    """Sets `request.actor` for every view; a page renews the cookie of a device that is still bound."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = actor_of(request)
        request.actor = actor  # type: ignore[attr-defined]
        response = self.get_response(request)
        if actor.device is not None and _opens_a_page(request, response):
            give_device(response, request.COOKIES[DEVICE_COOKIE])
        return response
