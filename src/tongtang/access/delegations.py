"""Roles for some days: a holder lends a role or a part of its node; a school names a substitute. Both end alone.

A role that was lent holds only while the lender's own one does (`held.in_force`), and cannot be lent on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from tongtang.access.actor import Actor, person_subject
from tongtang.access.held import in_force
from tongtang.access.models import GOVERNING, TEACHING, Role, RoleAssignment
from tongtang.access.policies import of_an_office
from tongtang.access.powers import require_one_power
from tongtang.access.queries import login_of
from tongtang.access.record import person_object, record
from tongtang.access.throttle import Refused
from tongtang.foundation import clock
from tongtang.foundation.push import bus
from tongtang.organisations.models import Region, School
from tongtang.people.models import Person

LONGEST = timedelta(days=180)
MAY_BE_LENT = frozenset(GOVERNING)


def may_be_lent(actor: Actor) -> QuerySet[RoleAssignment]:
    """What the actor holds as own, and may lend."""
    rows = in_force().filter(person=actor.person_key, role__in=MAY_BE_LENT, delegated_from=None, stands_in_for=None)
    return rows.select_related("school").order_by("pk")


def colleagues_of(row: RoleAssignment) -> QuerySet[Person]:
    """To whom `row` may be lent: staff at work at or below its node, or of an office of its county; not the holder."""
    today = clock.today()
    at_work = Q(posts__valid_to=None) | Q(posts__valid_to__gte=today)
    if row.school_id is not None:
        near = Q(posts__school=row.school_id) & at_work
    else:
        span = (row.code_low, row.code_high)
        near = Q(posts__school__region_code__range=span) & at_work | of_an_office() & Q(county_code__range=span)
    people = Person.objects.filter(near, ended_on=None, account__is_active=True).exclude(pk=row.person_id)
    return people.distinct().order_by("county_code", "source_id")


def no_colleague() -> str:
    """The sentence for somebody who cannot be lent a role."""
    return _("This person does not work there, or has not signed in yet. Choose a colleague.")


def colleague_named(row: RoleAssignment, name: str) -> Person:
    """The one colleague of `colleagues_of` with this user name, alone or behind the county's code as in a login.

    Raises:
        Refused: nobody, or people of several counties: a user name is unique only within its county.
    """
    found = list(colleagues_of(row).filter(Q(source_id=name) | Q(account__login=name))[:2])
    if not found:
        raise Refused(no_colleague())
    if len(found) > 1:
        raise Refused(
            _("Several people have this user name. Write the county's code before it, such as %(login)s.")
            % {"login": login_of(found[0].county_code, name)}
        )
    return found[0]


def _check_days(first: date, last: date) -> None:
    if first < clock.today():
        raise Refused(_("It starts today or later. Choose another first day."))
    if last < first:
        raise Refused(_("The last day is before the first. Choose a later one."))
    if last - first > LONGEST:
        raise Refused(_("At most 180 days at once. Choose an earlier last day."))


def _part_of(row: RoleAssignment, school: School | None, region: Region | None) -> dict[str, object]:
    """The node that is lent: the whole of `row`, or a region or school inside it."""
    if school is None and region is None:
        return {"school": row.school, "code_low": row.code_low, "code_high": row.code_high}
    low, high = row.code_low or 0, row.code_high or -1
    if school is not None and (row.school_id == school.pk or low <= school.region_code <= high):
        return {"school": school}
    if region is not None and low <= region.span[0] and region.span[1] <= high:
        return {"code_low": region.span[0], "code_high": region.span[1]}
    raise Refused(_("You do not hold this role there. Choose a place inside your own."))


@transaction.atomic
def delegate(
    *,
    actor: Actor,
    row: RoleAssignment,
    to: Person,
    first: date,
    last: date,
    school: School | None = None,
    region: Region | None = None,
) -> RoleAssignment:
    """Lend `row`, or the part of its node at `school` or in `region`, to a colleague from `first` to `last`.

    Raises:
        Refused: not the actor's own to lend, not a colleague, not inside the node, wrong days, or a second power.
    """
    own = may_be_lent(actor).select_for_update(of=("self",)).filter(pk=row.pk).first()
    if own is None:
        raise Refused(_("This role is not yours to lend: only what you hold yourself, and not what was lent to you."))
    _check_days(first, last)
    if own.valid_to is not None and last > own.valid_to:
        raise Refused(_("Your own role ends before that day. Choose an earlier last day."))
    if not colleagues_of(own).filter(pk=to.pk).exists():
        raise Refused(no_colleague())
    node = _part_of(own, school, region)
    require_one_power(to, Role(own.role), first, last)
    lent = RoleAssignment.objects.create(
        person=to,
        role=own.role,
        valid_from=first,
        valid_to=last,
        given_by_id=actor.person_key,
        delegated_from=own,
        **node,
    )
    record("role.lend", actor, person_object(to), detail=_days(lent))
    return lent


def _days(row: RoleAssignment) -> dict[str, object]:
    return {
        "assignment": str(row.public_id),
        "role": row.role,
        "from": row.valid_from.isoformat(),
        "to": row.valid_to.isoformat() if row.valid_to else None,
    }


@transaction.atomic
def name_substitute(
    *, actor: Actor, absent: Person, substitute: Person, school: School, role: Role, first: date, last: date
) -> RoleAssignment:
    """`substitute` does the work of `absent` at `school` from `first` to `last`: as anchor, the lessons dated so.

    The caller has checked that the actor may name substitutes at the school.

    Raises:
        Refused: the absent one has not this role there, the substitute no post there, or the days are wrong.
    """
    _check_days(first, last)
    holds = in_force().filter(person=absent, role=role, school=school, stands_in_for=None)
    if role not in TEACHING or not holds.exists():
        raise Refused(_("This teacher does not hold that role at the school."))
    if substitute.pk == absent.pk or not staff_at([school]).filter(pk=substitute.pk).exists():
        raise Refused(_("A substitute is another member of the school's staff. Choose somebody else."))
    row = RoleAssignment.objects.create(
        person=substitute,
        role=role,
        school=school,
        valid_from=first,
        valid_to=last,
        given_by_id=actor.person_key,
        stands_in_for=absent,
    )
    record("role.substitute", actor, person_object(substitute), detail=_days(row) | {"for": str(absent.public_id)})
    return row


def staff_at(schools: Iterable[School]) -> QuerySet[Person]:
    """People with a post at one of the schools today."""
    at_work = Q(posts__valid_to=None) | Q(posts__valid_to__gte=clock.today())
    return Person.objects.filter(at_work, posts__school__in=schools, ended_on=None).distinct()


def teachers_at(schools: Iterable[School]) -> QuerySet[RoleAssignment]:
    """Teaching roles at the schools for which a substitute may be named."""
    rows = in_force().filter(school__in=schools, role__in=TEACHING, stands_in_for=None, delegated_from=None)
    rows = rows.select_related("school")
    return rows.select_related("person").order_by("role", "person__source_id")


@transaction.atomic
def revoke(*, actor: Actor, row: RoleAssignment) -> None:
    """What was lent, or a substitution, ends now; the person's streams end."""
    if row.delegated_from_id is None and row.stands_in_for_id is None:
        raise Refused(_("Only what was lent can be taken back here."))
    row.valid_to = clock.today() - timedelta(days=1)
    row.save(update_fields=["valid_to"])
    bus.revoke(person_subject(row.person_id))
    record("role.revoke", actor, person_object(row.person), detail={"assignment": str(row.public_id)})


def not_over() -> QuerySet[RoleAssignment]:
    """Lent roles and substitutions that run or are to come."""
    rows = RoleAssignment.objects.filter(valid_to__gte=clock.today())
    return rows.select_related("person", "school", "stands_in_for", "given_by").order_by("valid_from", "pk")


def lent_by(actor: Actor) -> QuerySet[RoleAssignment]:
    """What the actor has lent."""
    return not_over().filter(delegated_from__person=actor.person_key)


def lent_to(actor: Actor) -> QuerySet[RoleAssignment]:
    """What was lent to the actor, and whom the actor stands in for."""
    return not_over().filter(Q(delegated_from__isnull=False) | Q(stands_in_for__isnull=False), person=actor.person_key)


def substitutes_at(schools: QuerySet[School]) -> QuerySet[RoleAssignment]:
    """Substitutions at these schools."""
    return not_over().filter(stands_in_for__isnull=False, school__in=schools)


@dataclass(frozen=True)
class Lent:
    """A lent role or a substitution as a list shows it."""

    row: RoleAssignment
    role: str
    place: str


def described(rows: QuerySet[RoleAssignment]) -> list[Lent]:
    """`rows` with the words of role and place."""
    found = list(rows)
    regions = Region.objects.in_bulk([row.code_low for row in found if row.code_low is not None])
    return [
        Lent(
            row,
            str(Role(row.role).label),
            row.school.name if row.school else regions[row.code_low or 0].name if row.code_low in regions else "",
        )
        for row in found
    ]
