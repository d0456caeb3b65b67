"""Who may see staff, renew codes, bind devices, give roles, lend them, approve, let support in, manage sign-in."""

from collections.abc import Sequence
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from tongtang.access.actor import Actor, Assignment
from tongtang.access.models import GOVERNING, Role, RoleAssignment
from tongtang.access.rules import NOTHING, Policy, grant, union, within
from tongtang.foundation import clock
from tongtang.organisations.models import School
from tongtang.people.models import Guardianship

# Holders of the three powers are made by command: whoever may give roles gives none of these.
FUNCTIONS = (Role.ADMINISTRATION_OFFICER, Role.SUBJECT_RESEARCHER, Role.TECHNICIAN)
ASSIGNABLE_AT_SCHOOLS = (Role.SCHOOL_HEAD, *FUNCTIONS, Role.OBSERVER)
ASSIGNABLE_IN_REGIONS = (*FUNCTIONS, Role.EXPERT, Role.OBSERVER)
APPROVERS = (Role.SYSTEM_ADMINISTRATOR, Role.ADMINISTRATION_OFFICER, Role.SCHOOL_HEAD)


class Verb(StrEnum):
    APPROVE = "access.approval.approve"
    ASK_SUPPORT = "access.school.ask_support"
    ASSIGN_AT_SCHOOL = "access.school.assign_role"
    ASSIGN_IN_REGION = "access.region.assign_role"
    ASSIGN_ROLE = "access.person.assign_role"
    BIND_DEVICE = "access.room.bind_device"
    LET_SUPPORT_IN = "access.school.let_support_in"
    MANAGE_FACTORS = "access.person.manage_factors"
    NAME_SUBSTITUTE = "access.school.name_substitute"
    RENEW_CODE = "access.person.renew_code"
    SET_POLICY = "access.sign_in.set_policy"
    VIEW = "access.person.view"
    VIEW_STAFF = "access.school.view_staff"


def standing(field: str = "") -> Q:
    """Rows with a last day `valid_to` that is not over."""
    return Q(**{f"{field}valid_to": None}) | Q(**{f"{field}valid_to__gte": clock.today()})


def on_post(actor: Actor, held: Sequence[Assignment]) -> Q:
    """People by a post that is not over: whoever left a school is no longer its head's."""
    return within("posts__school__region_code", "posts__school_id")(actor, held) & standing("posts__")


def of_an_office() -> Q:
    """People who have no post and are not here as guardians alone: those are families, not staff."""
    guardianships = Guardianship.objects.filter(guardian=OuterRef("pk"))
    work = RoleAssignment.objects.filter(person=OuterRef("pk")).exclude(role=Role.GUARDIAN)
    return Q(posts=None) & (~Q(Exists(guardianships)) | Q(Exists(work)))


def without_post(actor: Actor, held: Sequence[Assignment]) -> Q:
    """People of an office, who have no post: by the county whose user name they bear."""
    regions = [assignment for assignment in held if assignment.school_id is None]
    return of_an_office() & within("county_code")(actor, regions)


def regions(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Divisions at or below the assignment; one at a school reaches none."""
    return within("code")(actor, [assignment for assignment in held if assignment.school_id is None])


def staff(actor: Actor, held: Sequence[Assignment]) -> Q:
    return on_post(actor, held) | without_post(actor, held)


def _governing_of(outer: str) -> QuerySet[RoleAssignment]:
    return RoleAssignment.objects.filter(standing(), person=OuterRef(outer), role__in=GOVERNING)


def teaching_staff(actor: Actor, held: Sequence[Assignment]) -> Q:
    """People of the school without any governing role.

    A one-time code is the account itself: a school head who could renew an administrator's would become one.
    """
    return on_post(actor, held) & ~Q(Exists(_governing_of("pk")))


def staff_not_above(actor: Actor, held: Sequence[Assignment]) -> Q:
    """People all of whose governing roles lie inside the nodes of the one asking."""
    inside = union(
        Q(school=assignment.school_id)
        if assignment.school_id is not None
        else Q(code_low__gte=assignment.code_low, code_high__lte=assignment.code_high)
        | Q(school__region_code__range=(assignment.code_low, assignment.code_high))
        for assignment in held
        if assignment.group is None
    )
    beyond = _governing_of("pk").exclude(pk__in=RoleAssignment.objects.filter(inside).values("pk"))
    return staff(actor, held) & ~Q(Exists(beyond)) if held else NOTHING


def _holds_a_power_apart() -> Q:
    """Security administrators and auditors: a code is the account, and the system administrator gets neither."""
    apart = (Role.SECURITY_ADMINISTRATOR, Role.AUDITOR)
    return Q(Exists(RoleAssignment.objects.filter(standing(), person=OuterRef("pk"), role__in=apart)))


def staff_of_the_system(actor: Actor, held: Sequence[Assignment]) -> Q:
    return staff_not_above(actor, held) & ~_holds_a_power_apart()


def approvals(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Requests of other people at or below the nodes."""
    inside = union(
        Q(school=one.school_id)
        if one.school_id is not None
        else Q(code_low__gte=one.code_low, code_high__lte=one.code_high)
        | Q(school__region_code__range=(one.code_low, one.code_high))
        for one in held
        if one.group is None
    )
    return inside & ~Q(requested_by=actor.person_id)


def whole_house(actor: Actor, held: Sequence[Assignment]) -> Q:
    """The rules of sign-in are one for all: they are set by whoever's node holds every school here."""
    for one in held:
        beyond = School.objects.filter(ended_on=None).exclude(
            region_code__range=(one.code_low or 0, one.code_high or 0)
        )
        if one.code_low is not None and not beyond.exists():
            return Q(pk=1)
    return NOTHING


POLICY: Policy = {
    # Rows: people.Person.
    Verb.VIEW: [
        grant(staff, Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR),
        grant(on_post, Role.SCHOOL_HEAD, Role.SUPPORT),
    ],
    Verb.RENEW_CODE: [grant(staff_of_the_system, Role.SYSTEM_ADMINISTRATOR), grant(teaching_staff, Role.SCHOOL_HEAD)],
    Verb.ASSIGN_ROLE: [grant(staff_of_the_system, Role.SYSTEM_ADMINISTRATOR)],
    Verb.MANAGE_FACTORS: [grant(staff_not_above, Role.SECURITY_ADMINISTRATOR)],
    # Rows: access.Approval; access.SignInPolicy.
    Verb.APPROVE: [grant(approvals, *APPROVERS)],
    Verb.SET_POLICY: [grant(whole_house, Role.SECURITY_ADMINISTRATOR)],
    # Rows: organisations.School and organisations.Region.
    Verb.VIEW_STAFF: [
        grant(
            within("region_code", "pk"),
            Role.SYSTEM_ADMINISTRATOR,
            Role.SECURITY_ADMINISTRATOR,
            Role.SCHOOL_HEAD,
            Role.SUPPORT,
        )
    ],
    Verb.NAME_SUBSTITUTE: [grant(within("region_code", "pk"), Role.SCHOOL_HEAD)],
    Verb.ASK_SUPPORT: [grant(within("region_code", "pk"), Role.SYSTEM_ADMINISTRATOR, Role.TECHNICIAN)],
    Verb.LET_SUPPORT_IN: [grant(within("region_code", "pk"), Role.SCHOOL_HEAD)],
    Verb.ASSIGN_AT_SCHOOL: [grant(within("region_code", "pk"), Role.SYSTEM_ADMINISTRATOR)],
    Verb.ASSIGN_IN_REGION: [grant(regions, Role.SYSTEM_ADMINISTRATOR)],
    # Rows: organisations.ReceivingRoom.
    Verb.BIND_DEVICE: [
        grant(
            within("school__region_code", "school_id"),
            Role.SYSTEM_ADMINISTRATOR,
            Role.TECHNICIAN,
            Role.SCHOOL_HEAD,
            Role.LOCAL_TEACHER,
        )
    ],
}
