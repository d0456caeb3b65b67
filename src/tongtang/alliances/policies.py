"""Who sees alliances, who applies, who decides."""

from collections.abc import Sequence
from enum import StrEnum

from django.db.models import Q

from tongtang.access.api import Actor, Assignment, Policy, Role, grant, within
from tongtang.organisations.models import School

OFFICERS = (Role.SYSTEM_ADMINISTRATOR, Role.ADMINISTRATION_OFFICER, Role.SUBJECT_RESEARCHER, Role.TECHNICIAN)
STAFF = (Role.SCHOOL_HEAD, Role.ANCHOR_TEACHER, Role.LOCAL_TEACHER)
DECIDERS = (Role.SYSTEM_ADMINISTRATOR, Role.ADMINISTRATION_OFFICER)


class Verb(StrEnum):
    APPLY = "alliances.school.apply"
    DECIDE = "alliances.membership.decide"
    DESCRIBE = "alliances.school.describe"
    LIMIT = "alliances.alliance.limit"
    VIEW = "alliances.alliance.view"


def _in_own_county(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Alliances of the counties that the person's schools lie in: a school sees what it may apply to."""
    schools = [assignment.school_id for assignment in held if assignment.school_id is not None]
    return Q(region_code__in=School.objects.filter(pk__in=schools).values("region_code"))


ALLIANCES: Policy = {
    Verb.VIEW: [
        grant(within("region_code", "anchor_school_id"), *OFFICERS),
        grant(within("region_code", "anchor_school_id", "public_id"), Role.EXPERT, Role.OBSERVER),
        grant(within("memberships__school__region_code", "memberships__school_id"), *OFFICERS, *STAFF),
        grant(_in_own_county, *STAFF),
    ],
    Verb.LIMIT: [grant(within("region_code", "anchor_school_id"), *DECIDERS)],
}
# Rows: organisations.School.
SCHOOLS: Policy = {
    Verb.APPLY: [grant(within("region_code", "pk"), Role.SCHOOL_HEAD)],
    Verb.DESCRIBE: [grant(within("region_code", "pk"), Role.SCHOOL_HEAD, *DECIDERS)],
}
MEMBERSHIPS: Policy = {
    Verb.DECIDE: [grant(within("alliance__region_code", "alliance__anchor_school_id"), *DECIDERS)],
}
