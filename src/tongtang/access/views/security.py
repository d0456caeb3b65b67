"""Pages of the security administrator."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from tongtang.access import security as office
from tongtang.access.forms import PolicyForm, ReasonForm
from tongtang.access.guards import ActorRequest, require_person, require_second_factor
from tongtang.access.policies import POLICY, Verb
from tongtang.access.queries import closed_accounts, person_for
from tongtang.access.rules import can, holds_any

REFUSED = 422


@require_http_methods(["GET", "POST"])
@require_second_factor
def security(request: ActorRequest) -> HttpResponse:
    """Rules of sign-in, and accounts that are closed just now; POST sets the rules."""
    if not holds_any(request.actor, POLICY[Verb.MANAGE_FACTORS]):
        raise Http404
    may_set = can(request.actor, POLICY[Verb.SET_POLICY], office.kept_policy())
    if request.method == "POST" and not may_set:
        raise Http404
    form = PolicyForm(request.POST if request.method == "POST" else None, instance=office.kept_policy())
    if form.is_valid():
        office.set_policy(actor=request.actor, **form.cleaned_data)
        return redirect("access:security")
    context = {"form": form, "may_set": may_set, "closed": closed_accounts(request.actor)}
    return render(request, "access/security.html", context, status=REFUSED if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@require_second_factor
def reset_factors(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The factors of somebody who has lost them end; with a reason."""
    person = person_for(request.actor, Verb.MANAGE_FACTORS, public_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        office.reset(actor=request.actor, person=person, reason=form.cleaned_data["reason"])
        return redirect("access:security")
    context = {"form": form, "person": person}
    return render(request, "access/reset_factors.html", context, status=REFUSED if form.is_bound else 200)


@require_POST
@require_person
def unlock(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """An account that failures have closed opens at once."""
    office.unlock(actor=request.actor, person=person_for(request.actor, Verb.MANAGE_FACTORS, public_id))
    return redirect("access:security")
