"""Roles for some days: lent to a colleague, and substitutes of a school."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from tongtang.access import delegations
from tongtang.access.forms import DelegationForm, SubstituteForm
from tongtang.access.guards import ActorRequest, require_person
from tongtang.access.models import Role, RoleAssignment
from tongtang.access.policies import POLICY, Verb
from tongtang.access.queries import schools_for
from tongtang.access.rules import holds_any
from tongtang.access.throttle import Refused
from tongtang.foundation import clock
from tongtang.organisations.models import School
from tongtang.people.models import Person

REFUSED = 422
MOST_SCHOOLS = 500


def _schools_below(rows: list[RoleAssignment]) -> list[int]:
    spans = [(row.code_low, row.code_high) for row in rows if row.code_low is not None]
    found: list[int] = []
    for span in spans:
        found += School.objects.filter(ended_on=None, region_code__range=span).values_list("pk", flat=True)[
            :MOST_SCHOOLS
        ]
    return found


def _delegation_form(request: ActorRequest) -> DelegationForm:
    rows = delegations.may_be_lent(request.actor)
    schools = School.objects.filter(pk__in=_schools_below(list(rows))).order_by("county_code", "source_id")
    data = request.POST if request.method == "POST" else None
    return DelegationForm(data, rows=rows, schools=schools, initial={"first": clock.today()})


def _lend(request: ActorRequest, form: DelegationForm) -> None:
    given = form.cleaned_data
    near = delegations.colleague_named(given["row"], given["to"].strip())
    delegations.delegate(
        actor=request.actor,
        row=given["row"],
        to=near,
        first=given["first"],
        last=given["last"],
        school=given["school"],
    )


@require_http_methods(["GET", "POST"])
@require_person
def lending(request: ActorRequest) -> HttpResponse:
    """What one has lent and was lent; POST lends a role."""
    form = _delegation_form(request)
    if form.is_valid():
        try:
            _lend(request, form)
            return redirect("access:lending")
        except Refused as refused:
            form.add_error(None, str(refused))
    context = {
        "form": form,
        "may_lend": delegations.may_be_lent(request.actor).exists(),
        "lent": delegations.described(delegations.lent_by(request.actor)),
        "received": delegations.described(delegations.lent_to(request.actor)),
    }
    return render(request, "access/lending.html", context, status=REFUSED if form.is_bound else 200)


@require_POST
@require_person
def take_back(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """End what one has lent."""
    delegations.revoke(
        actor=request.actor, row=get_object_or_404(delegations.lent_by(request.actor), public_id=public_id)
    )
    return redirect("access:lending")


def _substitute_form(request: ActorRequest) -> SubstituteForm:
    schools = schools_for(request.actor, Verb.NAME_SUBSTITUTE)
    rows = delegations.teachers_at(schools)
    staff = Person.objects.filter(pk__in=delegations.staff_at(schools).values("pk")).order_by("source_id")
    data = request.POST if request.method == "POST" else None
    return SubstituteForm(data, rows=rows, staff=staff, initial={"first": clock.today(), "last": clock.today()})


@require_http_methods(["GET", "POST"])
@require_person
def substitutes(request: ActorRequest) -> HttpResponse:
    """Who stands in for whom at one's schools; POST names a substitute."""
    if not holds_any(request.actor, POLICY[Verb.NAME_SUBSTITUTE]):
        raise Http404
    form = _substitute_form(request)
    if form.is_valid():
        given = form.cleaned_data
        row: RoleAssignment = given["row"]
        try:
            delegations.name_substitute(
                actor=request.actor,
                absent=row.person,
                substitute=given["substitute"],
                school=get_object_or_404(School, pk=row.school_id),
                role=Role(row.role),
                first=given["first"],
                last=given["last"],
            )
            return redirect("access:substitutes")
        except Refused as refused:
            form.add_error(None, str(refused))
    schools = schools_for(request.actor, Verb.NAME_SUBSTITUTE)
    context = {"form": form, "rows": delegations.described(delegations.substitutes_at(schools))}
    return render(request, "access/substitutes.html", context, status=REFUSED if form.is_bound else 200)


@require_POST
@require_person
def end_substitute(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The absent teacher is back."""
    schools = schools_for(request.actor, Verb.NAME_SUBSTITUTE)
    row = get_object_or_404(delegations.substitutes_at(schools), public_id=public_id)
    delegations.revoke(actor=request.actor, row=row)
    return redirect("access:substitutes")
