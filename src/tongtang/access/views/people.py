"""The staff of a school or county: who has signed in, one-time codes, roles."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongtang.access import actions
from tongtang.access.forms import PersonForm, RoleForm, StaffFilter
from tongtang.access.guards import ActorRequest, require_person
from tongtang.access.models import ALWAYS_DATED, RoleAssignment
from tongtang.access.policies import POLICY, Verb
from tongtang.access.queries import (
    ending_by,
    listed_staff,
    living_codes,
    never_signed_in,
    people_for,
    person_for,
    regions_for,
    roles_of,
    schools_for,
    staff_rows,
)
from tongtang.access.rules import holds_any
from tongtang.access.slips import Slip, slips
from tongtang.access.throttle import Refused
from tongtang.people.models import Person

A_PAGE = 50
MOST_SLIPS = 200
REFUSED = 422


@require_GET
@require_person
def people(request: ActorRequest) -> HttpResponse:
    """Those who never signed in first."""
    actor = request.actor
    if not holds_any(actor, POLICY[Verb.VIEW]):
        raise Http404
    schools = schools_for(actor, Verb.VIEW_STAFF)
    shown = StaffFilter(request.GET, schools=schools)
    shown.is_valid()
    given = shown.cleaned_data
    only = schools[0] if schools.count() == 1 else None
    rows = listed_staff(actor, school=given.get("school"), text=given.get("text", ""), never=given.get("never", False))
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": shown,
        "page": page,
        "rows": staff_rows(actor, page.object_list),
        "never_count": never_signed_in(people_for(actor, Verb.VIEW)).count(),
        "may_assign": holds_any(actor, POLICY[Verb.ASSIGN_ROLE]),
        "one_school": only is not None,
        "school": only or given.get("school"),
    }
    return render(request, "access/people.html", context)


def _print(request: ActorRequest, made: list[Slip]) -> HttpResponse:
    """The codes are in this answer and nowhere else."""
    return render(request, "access/slips.html", {"slips": made, "address": request.build_absolute_uri("/activate")})


@never_cache
@require_POST
@require_person
def renew_code(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A one-time code for one person, shown once, to print."""
    person = person_for(request.actor, Verb.RENEW_CODE, public_id)
    return _print(request, slips([person], actions.make_activation_codes([person], by=request.actor.subject)))


@never_cache
@require_POST
@require_person
def first_codes(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Codes for all of a school who never signed in and have none that still opens."""
    school = schools_for(request.actor, Verb.VIEW_STAFF).filter(public_id=public_id).first()
    if school is None or not holds_any(request.actor, POLICY[Verb.RENEW_CODE]):
        raise Http404
    listed = listed_staff(request.actor, school=school, text="", never=True).exclude(
        pk__in=living_codes().values("person")
    )
    chosen = list(listed.filter(pk__in=people_for(request.actor, Verb.RENEW_CODE).values("pk"))[:MOST_SLIPS])
    return _print(request, slips(chosen, actions.make_activation_codes(chosen, by=request.actor.subject)))


def _roles_page(request: ActorRequest, person: Person, form: RoleForm, status: int = 200) -> HttpResponse:
    context = {"person": person, "held": roles_of(person), "form": form}
    return render(request, "access/roles.html", context, status=status)


def _role_form(request: ActorRequest) -> RoleForm:
    return RoleForm(
        request.POST if request.method == "POST" else None,
        schools=schools_for(request.actor, Verb.ASSIGN_AT_SCHOOL),
        regions=regions_for(request.actor, Verb.ASSIGN_IN_REGION),
    )


@require_http_methods(["GET", "POST"])
@require_person
def roles(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """What a person holds; POST adds a role."""
    person = person_for(request.actor, Verb.ASSIGN_ROLE, public_id)
    form = _role_form(request)
    if not form.is_valid():
        return _roles_page(request, person, form, REFUSED if form.is_bound else 200)
    given = form.cleaned_data
    common = {"person": person, "role": given["role"], "given_by": request.actor, "until": given["until"]}
    try:
        if given["school"]:
            actions.assign_school_role(school=given["school"], **common)
        else:
            actions.assign_region_role(region=given["region"], **common)
    except Refused as refused:
        form.add_error("until" if given["until"] or given["role"] in ALWAYS_DATED else None, str(refused))
        return _roles_page(request, person, form, REFUSED)
    return redirect("access:roles", public_id)


@require_POST
@require_person
def end_role(request: ActorRequest, public_id: UUID, role_id: UUID) -> HttpResponse:
    """End a role that the actor could have given."""
    person = person_for(request.actor, Verb.ASSIGN_ROLE, public_id)
    schools = schools_for(request.actor, Verb.ASSIGN_AT_SCHOOL)
    held = RoleAssignment.objects.filter(person=person, public_id=role_id, role__in=RoleForm.assignable)
    row = get_object_or_404(held.filter(ending_by(schools, regions_for(request.actor, Verb.ASSIGN_IN_REGION))))
    actions.end_role(actor=request.actor, row=row)
    return redirect("access:roles", public_id)


@require_http_methods(["GET", "POST"])
@require_person
def new_person(request: ActorRequest) -> HttpResponse:
    """Somebody of an office, who is not in the county's files."""
    regions = regions_for(request.actor, Verb.ASSIGN_IN_REGION)
    if not regions:
        raise Http404
    form = PersonForm(request.POST if request.method == "POST" else None, regions=regions)
    if form.is_valid():
        given = form.cleaned_data
        try:
            person = actions.add_person(
                actor=request.actor, county=given["region"], user_name=given["user_name"], name=given["name"]
            )
            return redirect("access:roles", person.public_id)
        except Refused as refused:
            form.add_error("user_name", str(refused))
    return render(request, "access/new_person.html", {"form": form}, status=REFUSED if form.is_bound else 200)
