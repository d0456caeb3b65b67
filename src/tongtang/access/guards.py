"""View decorators: a page for somebody who is known."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from tongtang.access.actor import Actor
from tongtang.access.models import Role

Given = ParamSpec("Given")


class ActorRequest(HttpRequest):
    """A request as every view sees it."""

    actor: Actor


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
