"""What belongs to the person: the password, the browsers signed in, the scope chosen."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongtang.access import actions, sessions, throttle
from tongtang.access.due import Due, due_of
from tongtang.access.forms import NewPasswordForm
from tongtang.access.guards import ActorRequest, before_second_factor, require_person
from tongtang.access.models import Account, SignedIn
from tongtang.access.passwords import is_too_old, note_age
from tongtang.access.throttle import Refused
from tongtang.access.views.entrance import after_sign_in

REFUSED = 422


def _account(request: ActorRequest) -> Account:
    return get_object_or_404(Account, person=request.actor.person_id)


@before_second_factor
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@require_person
def own_password(request: ActorRequest) -> HttpResponse:
    """Another password; also where one of more than 90 days must be changed."""
    if due_of(request, request.actor) in (Due.CODE, Due.ENROL):
        return redirect("access:second-factor")
    account = _account(request)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, account=account)
    context = {"form": form, "too_old": is_too_old(request)}
    if not form.is_valid():
        return render(request, "access/own_password.html", context, status=REFUSED if form.is_bound else 200)
    given, key = form.cleaned_data, request.session.session_key or ""
    try:
        with throttle.attempt(throttle.PASSWORD, f"change:{account.login}", throttle.address_of(request)):
            actions.change_password(account=account, old=given["old"], new=given["password"], session_key=key)
    except Refused as refused:
        form.add_error("old", str(refused))
        return render(request, "access/own_password.html", context, status=REFUSED)
    sessions.keep_after_new_password(request, account)
    note_age(request, account)
    return redirect(after_sign_in(request))


@never_cache
@require_GET
@require_person
def own_sessions(request: ActorRequest) -> HttpResponse:
    """Browsers on which the person is signed in."""
    rows = sessions.own_sessions(_account(request), request.session.session_key)
    return render(request, "access/own_sessions.html", {"rows": rows})


@require_POST
@require_person
def end_own_session(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """End one of them."""
    sessions.end_session(get_object_or_404(SignedIn, account=_account(request), public_id=public_id))
    return redirect("access:own-sessions")


@require_POST
@require_person
def end_other_sessions(request: ActorRequest) -> HttpResponse:
    """End all but this one."""
    sessions.end_all_sessions(_account(request), but=request.session.session_key)
    return redirect("access:own-sessions")


@require_POST
@require_person
def stay(request: ActorRequest) -> HttpResponse:
    """The person is still there: the answer's header says until when the session lasts now."""
    sessions.note_use_now(request)
    return HttpResponse(status=204, headers={"X-Idle-Ends": f"{sessions.idle_ends_at(request):.0f}"})


@require_POST
@require_person
def switch_scope(request: ActorRequest) -> HttpResponse:
    """Stand at one of one's places, or at all of them (""). The session gets a new id, and streams start again."""
    key = request.POST.get("scope", "")
    if key and key not in {scope.key for scope in request.actor.scopes}:
        raise Http404
    request.session[sessions.SCOPE] = key
    sessions.new_id(request)
    actions.end_streams(request.actor)
    return redirect("shell:today")
