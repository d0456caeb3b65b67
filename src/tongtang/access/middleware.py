"""`request.actor`: the person of the session with today's roles, and the device of the cookie."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongtang.access import sessions
from tongtang.access.actor import Actor, Assignment, Device, Visit
from tongtang.access.due import Due, due_of
from tongtang.access.hashers import Busy
from tongtang.access.held import assignment_of, at_scope, held_rows, scopes_of
from tongtang.access.models import Account, ClassroomDevice, Role
from tongtang.access.policies import POLICY, Verb
from tongtang.access.pupils.pages import pupil_of
from tongtang.access.rules import can
from tongtang.access.secrets import digest
from tongtang.access.support import note_page, running_support

FORBIDDEN = 403
TOO_MANY_REQUESTS = 429

DEVICE_COOKIE = "tongtang_device"
PUPIL_COOKIE = "tongtang_pupil"
# The browser sends it to the pupil's own pages only: everywhere else a shared device stays what it is.
PUPIL_PATH = "/my/"
# Browsers keep no cookie longer; each page that a device opens makes it last anew.
DEVICE_COOKIE_LIFE = 400 * 24 * 3600


def _device(request: HttpRequest) -> Device | None:
    secret = request.COOKIES.get(DEVICE_COOKIE)
    if not secret:
        return None
    bound = ClassroomDevice.objects.filter(secret_hash=digest(secret), revoked_at=None)
    row = bound.values_list("pk", "room", "room__school", "room__school__name", "room__number", "public_id").first()
    if row is None:
        return None
    device, room, school, name, number, public_id = row
    return Device(device, room, school, f"{name} {number}", public_id)


def _visit_of(request: HttpRequest, who: Actor) -> tuple[Visit, Assignment] | None:
    """The support access that this session has entered, while it runs, of somebody who may still ask for one."""
    key = request.session.get(sessions.SUPPORT)
    row = running_support().filter(pk=key, person=who.person_id).select_related("school").first() if key else None
    if row is None or row.ends_at is None:
        return None
    held = tuple(assignment_of(one) for one in held_rows(who.person_key))
    if not can(replace(who, assignments=held), POLICY[Verb.ASK_SUPPORT], row.school):
        return None
    return Visit(row.public_id, row.school.name, row.ends_at), Assignment(Role.SUPPORT, row.school_id)


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request: at most three queries (account, roles, device), five in a support access."""
    token = request.COOKIES.get(PUPIL_COOKIE)
    pupil = pupil_of(token) if token else None
    if pupil is not None:
        return Actor(pupil=pupil, display_name=pupil.name)
    account = cast(Account, get_user(request))
    device = _device(request)
    if not account.is_authenticated or not account.may_enter:
        return Actor(device=device, display_name=device.label if device else "")
    person = account.person
    who = Actor(person.pk, person.name, person.county_code, device=device)
    visit = _visit_of(request, who)
    if visit is not None:
        return replace(who, assignments=(visit[1],), visit=visit[0])
    rows = held_rows(person.pk)
    scopes = scopes_of(rows)
    chosen = request.session.get(sessions.SCOPE, "")
    key = chosen if chosen in {scope.key for scope in scopes} else ""
    return replace(
        who,
        assignments=tuple(assignment_of(row) for row in (at_scope(rows, key) if key else rows)),
        scopes=scopes,
        scope_key=key,
        pupil_reason=sessions.pupil_reason_of(request),
    )


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


def _asks_for_a_page(request: HttpRequest) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "text/html")


def _led_to(request: HttpRequest, name: str) -> HttpResponse:
    """A page leads to `name` and back; a command is refused with a sentence."""
    if _asks_for_a_page(request):
        return redirect(f"{reverse(name)}?{urlencode({'next': request.get_full_path()})}")
    sentence = _("Show your second factor first: open any page of the house and follow it.")
    return HttpResponse(sentence, status=FORBIDDEN, content_type="text/plain; charset=utf-8")


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
    """Sets `request.actor` for every view; a page renews the cookie of a device that is still bound.

    A session on which nothing was done for too long ends. Before the second factor is shown, only views marked by
    `guards.before_second_factor` answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if sessions.is_idle(request):
            logout(request)
            if _asks_for_a_page(request):
                return redirect(
                    f"{reverse('access:sign-in')}?{urlencode({'idle': 1, 'next': request.get_full_path()})}"
                )
        actor = actor_of(request)
        request.actor = actor  # type: ignore[attr-defined]
        if actor.person_id is not None:
            sessions.note_use(request)
        response = self.get_response(request)
        if actor.device is not None and _opens_a_page(request, response):
            give_device(response, request.COOKIES[DEVICE_COOKIE])
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: object, _kwargs: object
    ) -> HttpResponse | None:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if actor.person_id is None or getattr(view, "before_second_factor", False):
            return None
        note_page(actor, request.path)
        due = due_of(request, actor)
        return None if due is Due.NOTHING else _led_to(request, f"access:{due.value}")

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Too many passwords at once: the page counts down and the browser sends the form again by itself."""
        if not isinstance(error, Busy):
            return None
        response = render(request, "access/busy.html", {"seconds": error.retry_after}, status=TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
