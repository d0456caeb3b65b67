"""View decorators: a page for somebody who is known, who has just shown a second factor, who has stated a reason."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from tongtang.access import sessions
from tongtang.access.actor import Actor
from tongtang.access.factors import factors_of
from tongtang.access.models import Role, SignInPolicy
from tongtang.access.record import READS, record
from tongtang.access.sign_in_policy import sign_in_policy

Given = ParamSpec("Given")


class ActorRequest(HttpRequest):
    """A request as every view sees it."""

    actor: Actor


STEP_UP = timedelta(minutes=15)
"""How long a shown second factor counts for exports and the like."""

View = Callable[Concatenate[ActorRequest, Given], HttpResponseBase]


def _stranger(request: HttpRequest) -> HttpResponse:
    """A page sends a stranger to sign-in and back; anything else is answered as if it did not exist."""
    if request.method == "GET" and "text/html" in request.headers.get("Accept", "text/html"):
        return redirect_to_login(request.get_full_path())
    raise Http404


def is_guardian_alone(actor: Actor) -> bool:
    """A guardian who has no work at any school: to them the house is the pages of their own children."""
    return actor.person_id is not None and actor.roles == {Role.GUARDIAN}


def require_actor(view: View[Given]) -> View[Given]:
    """For a signed-in member of staff or an enrolled classroom device."""

    @wraps(view)
    def guarded(request: ActorRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        if not request.actor.is_known:
            return _stranger(request)
        if is_guardian_alone(request.actor):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def require_device(view: View[Given]) -> View[Given]:
    """For an enrolled classroom device, whoever else is signed in on it."""

    @wraps(view)
    def guarded(request: ActorRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        if request.actor.person_id is not None and request.actor.device is None:
            raise Http404
        if request.actor.device is None:
            return _stranger(request)
        return view(request, *args, **kwargs)

    return guarded


def require_pupil(view: View[Given]) -> View[Given]:
    """For a pupil whose page is open; a classroom device is led to the names of its classes instead."""

    @wraps(view)
    def guarded(request: ActorRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        if request.actor.pupil is None and request.actor.device is not None and request.method == "GET":
            return redirect("access:pupil-sign-in")
        if request.actor.person_id is not None:
            raise Http404
        if request.actor.pupil is None:
            return _stranger(request)
        return view(request, *args, **kwargs)

    return guarded


def require_person(view: View[Given]) -> View[Given]:
    """For a signed-in member of staff."""

    @wraps(view)
    def guarded(request: ActorRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        if request.actor.person_id is None:
            return _stranger(request)
        if is_guardian_alone(request.actor):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def require_family(view: View[Given]) -> View[Given]:
    """For any signed-in person, guardians too: the view itself gives each their own children and nothing else."""

    @wraps(view)
    def guarded(request: ActorRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        if request.actor.person_id is None:
            return _stranger(request)
        return view(request, *args, **kwargs)

    return guarded


def before_second_factor(view: View[Given]) -> View[Given]:
    """For the few addresses that answer although the session still owes its second factor or a new password."""
    view.before_second_factor = True  # type: ignore[attr-defined]
    return view


def _back_to(request: HttpRequest) -> str:
    """Where to go on afterwards: this page; for a command the page that it was given on."""
    if request.method == "GET":
        return request.get_full_path()
    parts = urlsplit(request.headers.get("Referer", ""))
    return f"{parts.path}?{parts.query}".rstrip("?") if parts.netloc == request.get_host() else "/"


def _led_to(request: HttpRequest, name: str) -> HttpResponse:
    return redirect(f"{reverse(name)}?{urlencode({'next': _back_to(request)})}")


def require_second_factor(view: View[Given]) -> View[Given]:
    """For a member of staff who has shown the second factor in the last 15 minutes: exports, factors, approvals.

    Others are led to show it, and back to the page. Where the house asks nobody for a second factor (a demonstration;
    its pages say so), only those who have enrolled one are asked.
    """

    @wraps(view)
    def guarded(request: ActorRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        actor = request.actor
        if actor.person_id is None:
            return _stranger(request)
        if is_guardian_alone(actor):
            raise Http404
        if sessions.factor_is_fresh(request, STEP_UP):
            return view(request, *args, **kwargs)
        if factors_of(actor.person_id).any:
            return _led_to(request, "access:second-factor")
        if sign_in_policy().second_factor == SignInPolicy.SecondFactor.OFF:
            return view(request, *args, **kwargs)
        return _led_to(request, "access:factors")

    return guarded


def require_reason_for_pupils(view: View[Given]) -> View[Given]:
    """For pages that show single pupils: whoever looks from above the schools has stated why, and is recorded.

    The rows themselves are bounded by `rules.with_reason`.
    """

    @wraps(view)
    def guarded(request: ActorRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        actor = request.actor
        if all(held.school_id is not None for held in actor.assignments):
            return view(request, *args, **kwargs)
        if actor.pupil_reason is None:
            return _led_to(request, "access:pupil-reason")
        record("pupils.read", actor, f"page:{request.path}", stream=READS, detail={"reason": actor.pupil_reason})
        return view(request, *args, **kwargs)

    return guarded
