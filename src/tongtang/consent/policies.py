"""Who answers for a child, who enters paper, who decides about a child's data."""

from collections.abc import Sequence
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from tongtang.access.api import Actor, Assignment, Policy, Role, grant
from tongtang.foundation import clock
from tongtang.people.models import Enrolment, Guardianship, Pupil


class Verb(StrEnum):
    ANSWER = "consent.pupil.answer"
    ASK = "consent.pupil.ask_about_data"
    DECIDE = "consent.pupil.decide_about_data"
    ENTER_PAPER = "consent.pupil.enter_paper"
    EXPORT = "consent.pupil.export"
    PRINT_SLIP = "consent.pupil.print_slip"
    SEE_CHILD = "consent.pupil.see_as_guardian"
    SEE_CLASS = "consent.class.see_answers"


def standing(field: str = "") -> Q:
    """Rows with a first and a last day that hold today."""
    today = clock.today()
    holds = Q(**{f"{field}valid_to": None}) | Q(**{f"{field}valid_to__gte": today})
    return holds & Q(**{f"{field}valid_from__lte": today})


def own_children(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Children whose guardian the person asking is today; where the role is held plays no part."""
    if actor.person_id is None:
        return Q(pk__in=[])
    rows = Guardianship.objects.filter(standing(), guardian=actor.person_id, pupil=OuterRef("pk"))
    return Q(Exists(rows))


def _schools(held: Sequence[Assignment]) -> list[int]:
    return [one.school_id for one in held if one.school_id is not None]


def of_own_school(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Children enrolled today at a school where the role is held: a role over a region reaches no child."""
    rows = Enrolment.objects.filter(standing(), pupil=OuterRef("pk"), home_class__school__in=_schools(held))
    return Q(Exists(rows))


def asked_of_own_school(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Requests about children enrolled today at a school where the role is held; one about a child that is enrolled
    nowhere stays with the school that it was made to: the child is off the roll before it is deleted."""
    today = Enrolment.objects.filter(standing(), pupil__ended_on=None, pupil__public_id=OuterRef("pupil"))
    schools = _schools(held)
    return Q(Exists(today.filter(home_class__school__in=schools))) | Q(~Exists(today), school_id__in=schools)


def classes_of_own_school(actor: Actor, held: Sequence[Assignment]) -> Q:
    return Q(school__in=_schools(held))


AT_SCHOOL = (Role.SCHOOL_HEAD, Role.LOCAL_TEACHER)
PUPILS: Policy = {
    Verb.ANSWER: [grant(own_children, Role.GUARDIAN)],
    Verb.ASK: [grant(own_children, Role.GUARDIAN)],
    Verb.SEE_CHILD: [grant(own_children, Role.GUARDIAN)],
    Verb.DECIDE: [grant(of_own_school, Role.SCHOOL_HEAD)],
    Verb.ENTER_PAPER: [grant(of_own_school, *AT_SCHOOL)],
    Verb.EXPORT: [grant(own_children, Role.GUARDIAN), grant(of_own_school, Role.SCHOOL_HEAD)],
    Verb.PRINT_SLIP: [grant(of_own_school, *AT_SCHOOL)],
}
REQUESTS: Policy = {Verb.DECIDE: [grant(asked_of_own_school, Role.SCHOOL_HEAD)]}
# A guardian's rights over what is kept do not end when the child leaves the school.
BY_FAMILY = frozenset({Verb.ANSWER, Verb.ASK, Verb.SEE_CHILD, Verb.EXPORT})
CLASSES: Policy = {Verb.SEE_CLASS: [grant(classes_of_own_school, *AT_SCHOOL)]}


def children_now() -> QuerySet[Pupil]:
    """Children whom the latest files still name."""
    return Pupil.objects.filter(ended_on=None)
