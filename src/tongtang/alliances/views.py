"""Pages of alliances: who belongs to them, who asks to, and what was decided."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from tongtang.access.api import ActorRequest, require_person
from tongtang.alliances import queries
from tongtang.alliances.actions import (
    Refused,
    apply_for_membership,
    approve_membership,
    end_membership,
    limit_members,
    refuse_membership,
    renew_membership,
)
from tongtang.alliances.forms import DecisionForm, LimitForm, decision_of, uuid_of
from tongtang.alliances.models import Alliance, Membership, Topology
from tongtang.alliances.policies import Verb
from tongtang.alliances.wording import TOPOLOGY_RULES, TOPOLOGY_WORDS
from tongtang.foundation import clock
from tongtang.foundation.once import key_of, once
from tongtang.people.models import Person


def _detail(
    request: ActorRequest, alliance: Alliance, refusal: str = "", refused: Membership | None = None
) -> HttpResponse:
    memberships = queries.history_of(alliance)
    open_schools = queries.open_schools(alliance, clock.today())
    context: dict[str, Any] = {
        "alliance": alliance,
        "topology": TOPOLOGY_WORDS[Topology(alliance.topology)],
        "rule": TOPOLOGY_RULES[Topology(alliance.topology)],
        "memberships": memberships,
        "decidable": queries.decided_by(request.actor, alliance),
        "applicants": [row for row in queries.schools_that_apply(request.actor) if row.pk not in open_schools],
        "limitable": queries.alliances_for(request.actor, Verb.LIMIT).filter(pk=alliance.pk).exists(),
        "left": queries.places_left(alliance, clock.today()),
        "specialists": alliance.specialists.filter(valid_to=None).select_related("person").order_by("person__name"),
        "today": clock.today(),
        "refusal": refusal,
        "refused": refused,
        "given": request.POST,
    }
    return render(request, "alliances/detail.html", context, status=400 if refusal else 200)


@require_GET
@require_person
def alliances(request: ActorRequest) -> HttpResponse:
    """The alliances that the actor may see."""
    rows = [(row, TOPOLOGY_WORDS[Topology(row.topology)]) for row in queries.alliances_for(request.actor, Verb.VIEW)]
    context = {"rows": rows, "today": clock.today(), "matches": queries.schools_described_by(request.actor).exists()}
    return render(request, "alliances/list.html", context)


@require_GET
@require_person
def alliance(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """One alliance with its members and their history."""
    return _detail(request, queries.alliance_for(request.actor, Verb.VIEW, public_id))


@require_POST
@require_person
def apply(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A school head asks for their school to receive."""
    found = queries.alliance_for(request.actor, Verb.VIEW, public_id)
    schools = queries.schools_that_apply(request.actor)
    school = get_object_or_404(schools, public_id=uuid_of(request.POST.get("school", "")))
    try:
        apply_for_membership(alliance=found, school=school)
    except Refused as refused:
        return _detail(request, found, str(refused))
    return redirect("alliances:detail", found.public_id)


@require_POST
@require_person
def decide(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """An officer takes in, refuses, or ends."""
    membership = queries.membership_for(request.actor, Verb.DECIDE, public_id)
    decision = decision_of(request.POST)
    form = DecisionForm(request.POST)
    by = get_object_or_404(Person, pk=request.actor.person_id or 0)
    try:
        with once(key_of(request, request.actor.subject)) as first:
            if first:
                _decide(membership, decision, form, by)
    except Refused as refused:
        found = queries.alliance_for(request.actor, Verb.VIEW, membership.alliance.public_id)
        return _detail(request, found, str(refused), membership)
    return redirect("alliances:detail", membership.alliance.public_id)


def _decide(membership: Membership, decision: str, form: DecisionForm, by: Person) -> None:
    if not form.is_valid():
        raise Refused(" ".join(str(error) for errors in form.errors.values() for error in errors))
    reason = form.cleaned_data["reason"]
    if decision == "approve":
        approve_membership(membership, form.chosen_day, decided_by=by, valid_to=form.cleaned_data["until"])
    elif decision == "renew":
        renew_membership(membership, form.cleaned_data["until"], decided_by=by)
    elif decision == "refuse":
        refuse_membership(membership, reason, decided_by=by)
    else:
        end_membership(membership, form.chosen_day, reason, decided_by=by)


@require_POST
@require_person
def limit(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """How many schools an alliance takes in; empty: as many as come."""
    found = queries.alliance_for(request.actor, Verb.LIMIT, public_id)
    form = LimitForm(request.POST)
    if not form.is_valid():
        return _detail(request, found, " ".join(map(str, form.errors["limit"])))
    limit_members(found, form.cleaned_data["limit"])
    return redirect("alliances:detail", found.public_id)
