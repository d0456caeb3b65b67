"""Sign-in, first sign-in, binding a classroom device, sign-out."""

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tongtang.access import actions, known_browser, sessions, throttle
from tongtang.access.forms import ActivationForm, DeviceForm, SignInForm
from tongtang.access.guards import ActorRequest, before_second_factor
from tongtang.access.middleware import give_device
from tongtang.access.models import Account
from tongtang.access.passwords import note_age
from tongtang.access.queries import counties, login_of
from tongtang.access.throttle import Refused

REFUSED = 422


def after_sign_in(request: HttpRequest) -> str:
    """Where to go after sign-in: `next` where it is a page of this host, else the page of today."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else resolve_url(settings.LOGIN_REDIRECT_URL)


def _entered(request: HttpRequest, account: Account) -> HttpResponse:
    sessions.begin(request, account)
    note_age(request, account)
    response = redirect(after_sign_in(request))
    known_browser.remember(request, response, account.login)
    return response


def _sign_in_page(request: HttpRequest, status: int = 200, tab: str = "teacher", **forms: Any) -> HttpResponse:
    context = {
        "form": forms.get("form") or SignInForm(counties=counties()),
        "device_form": forms.get("device_form") or DeviceForm(),
        "tab": tab,
        "idle": "idle" in request.GET,
        "next": after_sign_in(request) if "next" in request.GET or "next" in request.POST else "",
    }
    return render(request, "access/sign_in.html", context, status=status)


@before_second_factor
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def sign_in(request: ActorRequest) -> HttpResponse:
    """Of a person, with the tab for a classroom device beside it."""
    if request.method == "GET":
        known = request.actor.person_id is not None
        return redirect(after_sign_in(request)) if known else _sign_in_page(request)
    form = SignInForm(request.POST, counties=counties())
    if not form.is_valid():
        return _sign_in_page(request, REFUSED, form=form)
    given = form.cleaned_data
    name = login_of(given["county"], given["user_name"])
    subject = known_browser.subject_of(request, name)
    try:
        with throttle.attempt(throttle.PASSWORD, subject, throttle.address_of(request)):
            account = actions.check_sign_in(
                county_code=given["county"], user_name=given["user_name"], password=given["password"]
            )
    except Refused as refused:
        form.add_error(None, str(refused))
        return _sign_in_page(request, REFUSED, form=form)
    return _entered(request, account)


@before_second_factor
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def activate(request: ActorRequest) -> HttpResponse:
    """First sign-in, and a new password after a forgotten one, by a one-time code."""
    form = ActivationForm(request.POST if request.method == "POST" else None, counties=counties())
    if not form.is_valid():
        return render(request, "access/activate.html", {"form": form}, status=REFUSED if form.is_bound else 200)
    given = form.cleaned_data
    subject = f"activate:{login_of(given['county'], given['user_name'])}"
    try:
        with throttle.attempt(throttle.ACTIVATION, subject, throttle.address_of(request)):
            account = actions.activate(
                county_code=given["county"],
                user_name=given["user_name"],
                code=given["code"],
                password=given["password"],
            )
    except ValidationError as weak:
        form.add_error("password", weak)
        return render(request, "access/activate.html", {"form": form}, status=REFUSED)
    except Refused as refused:
        form.add_error(None, str(refused))
        return render(request, "access/activate.html", {"form": form}, status=REFUSED)
    return _entered(request, account)


@before_second_factor
@never_cache
@require_POST
def enrol_device(request: ActorRequest) -> HttpResponse:
    """Bind the asking device to the room of an 8-digit code."""
    form = DeviceForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, REFUSED, tab="device", device_form=form)
    before = request.actor.device
    try:
        with throttle.attempt(throttle.DEVICE_CODE, "device-code", throttle.address_of(request)):
            _device, secret = actions.enrol_device(form.cleaned_data["code"], instead_of=before.id if before else None)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _sign_in_page(request, REFUSED, tab="device", device_form=form)
    response = redirect(settings.LOGIN_REDIRECT_URL)
    give_device(response, secret)
    return response


@before_second_factor
@require_POST
def sign_out(request: ActorRequest) -> HttpResponse:
    """End the person's session on this browser; a classroom device stays bound to its room."""
    actions.sign_out(request.actor)
    sessions.forget(request)
    logout(request)
    return redirect("access:sign-in")
