"""Who may see staff, renew codes, bind devices and assign roles."""

from collections.abc import Sequence
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from tongtang.access.actor import Actor, Assignment
from tongtang.access.models import Role, RoleAssignment
from tongtang.access.rules import NOTHING, Policy, grant, union, within
from tongtang.foundation import clock

NOT_GOVERNING = (Role.ANCHOR_TEACHER, Role.LOCAL_TEACHER, Role.GUARDIAN)
GOVERNING = tuple(role for role in Role if role not in NOT_GOVERNING)
# The first administrator is made by command, and so is every further one.
ASSIGNABLE_AT_SCHOOLS = (Role.SCHOOL_HEAD,)
ASSIGNABLE_IN_REGIONS = (Role.ADMINISTRATION_OFFICER, Role.SUBJECT_RESEARCHER, Role.TECHNICIAN)


class Verb(StrEnum):
    ASSIGN_AT_SCHOOL = "access.school.assign_role"
    ASSIGN_IN_REGION = "access.region.assign_role"
    ASSIGN_ROLE = "access.person.assign_role"
    BIND_DEVICE = "access.room.bind_device"
    RENEW_CODE = "access.person.renew_code"
    VIEW = "access.person.view"
    VIEW_STAFF = "access.school.view_staff"


def standing(field: str = "") -> Q:
    """Rows with a last day `valid_to` that is not over."""
    return Q(**{f"{field}valid_to": None}) | Q(**{f"{field}valid_to__gte": clock.today()})


def on_post(actor: Actor, held: Sequence[Assignment]) -> Q:
    """People by a post that is not over: whoever left a school is no longer its head's."""
    return within("posts__school__region_code", "posts__school_id")(actor, held) & standing("posts__")


def without_post(actor: Actor, held: Sequence[Assignment]) -> Q:
    """People of an office, who have no post: by the county whose user name they bear."""
    regions = [assignment for assignment in held if assignment.school_id is None]
    return Q(posts=None) & within("county_code")(actor, regions)


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
    )
    beyond = _governing_of("pk").exclude(pk__in=RoleAssignment.objects.filter(inside).values("pk"))
    return staff(actor, held) & ~Q(Exists(beyond)) if held else NOTHING


POLICY: Policy = {
    # Rows: people.Person.
    Verb.VIEW: [grant(staff, Role.SYSTEM_ADMINISTRATOR), grant(on_post, Role.SCHOOL_HEAD)],
    Verb.RENEW_CODE: [grant(staff_not_above, Role.SYSTEM_ADMINISTRATOR), grant(teaching_staff, Role.SCHOOL_HEAD)],
    Verb.ASSIGN_ROLE: [grant(staff_not_above, Role.SYSTEM_ADMINISTRATOR)],
    # Rows: organisations.School and organisations.Region.
    Verb.VIEW_STAFF: [grant(within("region_code", "pk"), Role.SYSTEM_ADMINISTRATOR, Role.SCHOOL_HEAD)],
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
