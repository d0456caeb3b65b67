"""Second factors: showing one, enrolling an app or a key, recovery codes."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tongtang.access import factors, known_browser, security_keys, sessions, throttle
from tongtang.access.due import Due, due_of
from tongtang.access.forms import CodeForm
from tongtang.access.guards import STEP_UP, ActorRequest, before_second_factor, require_person, require_second_factor
from tongtang.access.models import Account, SecurityKey
from tongtang.access.record import person_object, record
from tongtang.access.sign_in_policy import must_have_factor, sign_in_policy
from tongtang.access.throttle import Refused
from tongtang.access.views.entrance import after_sign_in

REFUSED = 422
FORBIDDEN = 403


def _account(request: ActorRequest) -> Account:
    return get_object_or_404(Account, person=request.actor.person_id)


def _tried(request: HttpRequest, account: Account, check: Callable[[], None]) -> None:
    """One try at a second factor, throttled like a password.

    Raises:
        Refused: wrong, or too many tries.
    """
    subject = f"factor:{known_browser.subject_of(request, account.login)}"
    with throttle.attempt(throttle.SECOND_FACTOR, subject, throttle.address_of(request)):
        check()


def _show_page(request: ActorRequest, form: CodeForm, status: int = 200) -> HttpResponse:
    has = factors.factors_of(request.actor.person_key)
    context = {
        "form": form,
        "has": has,
        "next": after_sign_in(request),
        "keys_possible": security_keys.are_possible(request),
    }
    return render(request, "access/second_factor.html", context, status=status)


@before_second_factor
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@require_person
def second_factor(request: ActorRequest) -> HttpResponse:
    """Show it: at sign-in, and again for what asks for a fresh one."""
    if not factors.factors_of(request.actor.person_key).any:
        return redirect("access:factors")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _show_page(request, form, REFUSED if form.is_bound else 200)
    account = _account(request)
    try:
        _tried(request, account, lambda: factors.check_code(account.person, form.cleaned_data["code"]))
    except Refused as refused:
        form.add_error("code", str(refused))
        return _show_page(request, form, REFUSED)
    sessions.note_factor(request)
    return redirect(after_sign_in(request))


def _sent(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a request; an empty one where it cannot be read."""
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@before_second_factor
@never_cache
@require_POST
@require_person
def key_challenge(request: ActorRequest) -> HttpResponse:
    """What one of the person's security keys is asked."""
    return JsonResponse(security_keys.assertion_options(request, _account(request).person))


@before_second_factor
@never_cache
@require_POST
@require_person
def key_answer(request: ActorRequest) -> HttpResponse:
    """The key's answer; JSON with where to go on, or with what is wrong."""
    account, answer = _account(request), _sent(request)
    try:
        _tried(request, account, lambda: security_keys.check_assertion(request, account.person, answer))
    except Refused as refused:
        return JsonResponse({"error": str(refused)}, status=REFUSED)
    sessions.note_factor(request)
    return JsonResponse({"next": after_sign_in(request)})


# ---- enrolment


def _may_change(request: ActorRequest) -> bool:
    """The first factor is enrolled after the password; any change later only after showing one."""
    if due_of(request, request.actor) is Due.CODE:
        return False
    return not factors.factors_of(request.actor.person_key).any or sessions.factor_is_fresh(request, STEP_UP)


def _to_show_first(request: ActorRequest) -> HttpResponse:
    return redirect(f"{reverse('access:second-factor')}?next={reverse('access:factors')}")


def _factors_page(
    request: ActorRequest, form: CodeForm, status: int = 200, codes: list[str] | None = None, *, kept: bool = False
) -> HttpResponse:
    """`codes`: recovery codes to show this once; `kept`: the last factor was not removed."""
    person = _account(request).person
    has = factors.factors_of(person.pk)
    waiting = None if has.apps else factors.new_app(person)
    context = {
        "form": form,
        "has": has,
        "keys": SecurityKey.objects.filter(person=person).order_by("made_at"),
        "keys_possible": security_keys.are_possible(request),
        "codes": codes or [],
        "must": must_have_factor(request.actor, sign_in_policy()),
        "next": after_sign_in(request),
        "kept": kept,
    }
    if waiting is not None:
        address = factors.address_of_app(waiting, person.account.login)
        context["qr"] = segno.make(address, error="m").svg_data_uri(scale=5, border=3)
        secret = factors.secret_of(waiting)
        context["secret"] = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return render(request, "access/factors.html", context, status=status)


@before_second_factor
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@require_person
def own_factors(request: ActorRequest) -> HttpResponse:
    """What is enrolled; POST confirms the app whose QR code was scanned."""
    if not _may_change(request):
        return _to_show_first(request)
    account = _account(request)
    if request.method == "POST" and not factors.app_waits(account.person):
        # Nothing to confirm: the page shows what is enrolled, or the code to scan.
        return redirect("access:factors")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _factors_page(request, form, REFUSED if form.is_bound else 200)
    made: list[str] = []
    try:
        _tried(request, account, lambda: made.extend(factors.confirm_app(account.person, form.cleaned_data["code"])))
    except Refused as refused:
        form.add_error("code", str(refused))
        return _factors_page(request, form, REFUSED)
    record("factor.app", request.actor, person_object(account.person))
    sessions.note_factor(request)
    return _factors_page(request, CodeForm(), codes=made)


@before_second_factor
@never_cache
@require_POST
@require_person
def new_key_challenge(request: ActorRequest) -> HttpResponse:
    """What a new security key is asked."""
    if not _may_change(request):
        return JsonResponse({"error": _("Show your second factor first, then add the key.")}, status=FORBIDDEN)
    return JsonResponse(security_keys.registration_options(request, _account(request)))


@before_second_factor
@never_cache
@require_POST
@require_person
def new_key(request: ActorRequest) -> HttpResponse:
    """Enrol the key that answered; JSON with recovery codes where these are the first, or with what is wrong."""
    if not _may_change(request):
        return JsonResponse({"error": _("Show your second factor first, then add the key.")}, status=FORBIDDEN)
    account, sent = _account(request), _sent(request)
    credential = sent.get("credential")
    try:
        if not isinstance(credential, dict):
            raise Refused(_("The key was not accepted. Try again, or choose another way."))
        security_keys.register(request, account.person, credential, str(sent.get("label", "")))
    except Refused as refused:
        return JsonResponse({"error": str(refused)}, status=REFUSED)
    record("factor.key", request.actor, person_object(account.person))
    sessions.note_factor(request)
    none_left = not factors.factors_of(account.person_id).recovery_codes
    return JsonResponse({"codes": factors.new_recovery_codes(account.person) if none_left else []})


@never_cache
@require_POST
@require_second_factor
def renew_recovery_codes(request: ActorRequest) -> HttpResponse:
    """Ten new codes, shown once; the earlier ones end."""
    person = _account(request).person
    codes = factors.new_recovery_codes(person)
    record("factor.recovery_codes", request.actor, person_object(person))
    return _factors_page(request, CodeForm(), codes=codes)


def _is_last(request: ActorRequest, *, app: bool) -> bool:
    """Whether nothing would remain of what the person must have."""
    has = factors.factors_of(request.actor.person_key)
    rest = has.keys if app else has.apps + has.keys - 1
    return rest < 1 and must_have_factor(request.actor, sign_in_policy())


def _kept(request: ActorRequest) -> HttpResponse:
    return _factors_page(request, CodeForm(), REFUSED, kept=True)


@require_POST
@require_second_factor
def remove_app(request: ActorRequest) -> HttpResponse:
    """The authenticator app is no longer used."""
    if _is_last(request, app=True):
        return _kept(request)
    person = _account(request).person
    factors.remove_app(person)
    record("factor.remove_app", request.actor, person_object(person))
    return redirect("access:factors")


@require_POST
@require_second_factor
def remove_key(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A key is lost, or no longer used."""
    person = _account(request).person
    key = get_object_or_404(SecurityKey, person=person, public_id=public_id)
    if _is_last(request, app=False):
        return _kept(request)
    security_keys.remove_key(key)
    record("factor.remove_key", request.actor, person_object(person))
    return redirect("access:factors")
