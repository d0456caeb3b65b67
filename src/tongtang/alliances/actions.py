"""Writes of alliances: founding, membership, and what each topology admits."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tongtang.alliances.models import Alliance, Membership, SchoolProfile, Specialist, Topology
from tongtang.alliances.queries import matches_of, members_of, places_from, places_left, running_alliances
from tongtang.foundation import clock
from tongtang.organisations.models import Overlay, OverlayMembership, School, Studio
from tongtang.people.models import Person


class Refused(ValueError):
    """An alliance's rule refused; the message is a sentence for the person."""


def _of_the_central_school(alliance: Alliance, school: School, day: date) -> str | None:
    if school.parent_id == alliance.anchor_school_id:
        return None
    return _("%(school)s is not a point of %(anchor)s: a distributed alliance takes the central school's own points.")


def _a_point(alliance: Alliance, school: School, day: date) -> str | None:
    if school.kind == School.Kind.TEACHING_POINT:
        return None
    return _("%(school)s is not a teaching point: a dedicated alliance sends its specialists to points only.")


def _of_the_county_without_studio(alliance: Alliance, school: School, day: date) -> str | None:
    if school.region_code != alliance.region_code:
        return _("%(school)s belongs to another county: a centralised alliance serves its own county.")
    if school.studios.filter(ended_on=None).exists():
        return _("%(school)s has a studio of its own: a centralised alliance teaches from one studio only.")
    return None


def _of_the_virtual_school(alliance: Alliance, school: School, day: date) -> str | None:
    belongs = OverlayMembership.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=day), overlay=alliance.virtual_school, school=school, valid_from__lte=day
    )
    if belongs.exists():
        return None
    return _("%(school)s does not belong to the virtual school of this synchronous alliance.")


ADMITS: Mapping[str, Callable[[Alliance, School, date], str | None]] = {
    Topology.DISTRIBUTED: _of_the_central_school,
    Topology.DEDICATED: _a_point,
    Topology.CENTRALISED: _of_the_county_without_studio,
    Topology.SYNCHRONOUS: _of_the_virtual_school,
}


def check_member(alliance: Alliance, school: School, day: date) -> None:
    """The topology's own rule (S5.2 to S5.5 of the programmes).

    Raises:
        Refused: this school cannot receive in an alliance of this topology.
    """
    refusal = refusal_of(alliance, school, day)
    if refusal:
        raise Refused(refusal)


def refusal_of(alliance: Alliance, school: School, day: date) -> str:
    """Why an alliance of this topology does not take the school; empty where it does."""
    names = {"school": school.name, "anchor": alliance.anchor_school.name}
    if school.pk == alliance.anchor_school_id and alliance.topology != Topology.SYNCHRONOUS:
        return _("%(school)s teaches in this alliance and cannot receive in it.") % names
    return (ADMITS[alliance.topology](alliance, school, day) or "") % names


@transaction.atomic
def found_alliance(
    *,
    name: str,
    topology: Topology,
    anchor_school: School,
    max_classes_per_lesson: int,
    max_pupils_per_lesson: int,
    studio: Studio | None = None,
    virtual_school: Overlay | None = None,
    specialists: Collection[Person] = (),
    valid_from: date | None = None,
) -> Alliance:
    """A new alliance with its own group limits.

    Raises:
        Refused: the topology lacks what it stands on (studio, virtual school, central school, specialists).
    """
    lacks = {
        Topology.DISTRIBUTED: anchor_school.kind != School.Kind.CENTRAL_SCHOOL
        and _("A distributed alliance starts from a central school."),
        Topology.DEDICATED: not specialists and _("A dedicated alliance needs a pool of specialist teachers."),
        Topology.CENTRALISED: studio is None and _("A centralised alliance needs its one studio."),
        Topology.SYNCHRONOUS: virtual_school is None and _("A synchronous alliance needs its virtual school."),
    }[topology]
    if lacks:
        raise Refused(lacks)
    day = valid_from or clock.today()
    alliance = Alliance.objects.create(
        name=name,
        region_code=anchor_school.region_code,
        topology=topology,
        anchor_school=anchor_school,
        studio=studio,
        virtual_school=virtual_school,
        max_classes_per_lesson=max_classes_per_lesson,
        max_pupils_per_lesson=max_pupils_per_lesson,
        valid_from=day,
    )
    Specialist.objects.bulk_create(
        [Specialist(alliance=alliance, person=person, valid_from=day) for person in specialists]
    )
    return alliance


@transaction.atomic
def apply_for_membership(*, alliance: Alliance, school: School) -> Membership:
    """A school asks to receive; an open application or membership stays as it is.

    Raises:
        Refused: the topology's rule, or no place is left; the sentence names the next best anchor that has one.
    """
    today = clock.today()
    check_member(alliance, school, today)
    _close_what_ran_out(alliance, school, today)
    row = Membership.objects.filter(
        alliance=alliance, school=school, state__in=[Membership.State.APPLIED, Membership.State.ACTIVE]
    ).first()
    if row is not None:
        return row
    check_places(alliance, school, today, places_left)
    row, _made = Membership.objects.get_or_create(
        alliance=alliance,
        school=school,
        state__in=[Membership.State.APPLIED, Membership.State.ACTIVE],
        defaults={"state": Membership.State.APPLIED, "applied_on": today},
    )
    return row


def _close_what_ran_out(alliance: Alliance, school: School, day: date) -> None:
    """A membership whose last day has passed is over, although nobody wrote so."""
    Membership.objects.filter(alliance=alliance, school=school, state=Membership.State.ACTIVE, valid_to__lt=day).update(
        state=Membership.State.ENDED
    )


def check_places(alliance: Alliance, school: School, day: date, count: Callable[[Alliance, date], int | None]) -> None:
    """Locks the alliance: two schools cannot take its last place. `count`: its places on a day, None without limit.

    Raises:
        Refused: it has no place left; the sentence names the next best anchor that breaks no rule.
    """
    alliance = Alliance.objects.select_for_update().get(pk=alliance.pk)
    if count(alliance, day) != 0:
        return
    # A school applies within its own county, where a topology's rule admits it and it is not yet.
    known = school.memberships.filter(state__in=[Membership.State.APPLIED, Membership.State.ACTIVE])
    rows = running_alliances(day).filter(region_code=school.region_code).exclude(pk=alliance.pk)
    others = {one.pk: one for one in rows.exclude(pk__in=known.values("alliance"))}
    ranked = [one for one in matches_of([school], list(others.values()))[school.pk] if not one.broken]
    best = next((one for one in ranked if not refusal_of(others[one.alliance], school, day)), None)
    words = {"alliance": alliance.name, "limit": alliance.member_limit}
    if best is None:
        raise Refused(
            _("%(alliance)s takes %(limit)s schools and has no place left; no other anchor fits this school today.")
            % words
        )
    raise Refused(
        _("%(alliance)s takes %(limit)s schools and has no place left. The next best is %(other)s (%(score)s of 100).")
        % {**words, "other": others[best.alliance].name, "score": best.score}
    )


def _check_room(membership: Membership, day: date) -> None:
    """As `check_places`, for a school that receives from `day` on."""
    school = membership.school
    check_places(membership.alliance, school, day, lambda alliance, first: places_from(alliance, school, first))


def _decide(membership: Membership, by: Person | None, reason: str, changes: Mapping[str, object]) -> Membership:
    """Write a decision where the state is still the one that was read."""
    values = {**changes, "decided_on": clock.today(), "decided_by": by, "reason": reason}
    if not Membership.objects.filter(pk=membership.pk, state=membership.state).update(**values):
        raise Refused(_("This application was decided already."))
    membership.refresh_from_db()
    return membership


@transaction.atomic
def approve_membership(
    membership: Membership,
    valid_from: date | None = None,
    decided_by: Person | None = None,
    valid_to: date | None = None,
) -> Membership:
    """An application becomes a membership from a day on, to `valid_to` or until it is ended.

    Raises:
        Refused: it is no open application, the topology's rule meanwhile refuses, or no place is left.
    """
    if membership.state != Membership.State.APPLIED:
        raise Refused(_("This application was decided already."))
    day = valid_from or clock.today()
    check_member(membership.alliance, membership.school, day)
    _check_room(membership, day)
    if valid_to is not None and valid_to < day:
        raise Refused(_("The membership cannot end before it began."))
    changes = {"state": Membership.State.ACTIVE, "valid_from": day, "valid_to": valid_to}
    return _decide(membership, decided_by, "", changes)


@transaction.atomic
def renew_membership(
    membership: Membership, valid_to: date | None = None, decided_by: Person | None = None
) -> Membership:
    """The day after the membership's last day a new row follows it, to `valid_to` or until it is ended.

    Raises:
        Refused: it is no active membership, it has no last day, the new one lies before it, the topology's rule, or
            its place was given away after it ran out.
    """
    last = membership.valid_to
    if membership.state != Membership.State.ACTIVE or last is None:
        raise Refused(_("Only a membership with a last day is renewed; this one goes on until it is ended."))
    if valid_to is not None and valid_to <= last:
        raise Refused(_("The new last day must lie after %(day)s.") % {"day": last})
    first = max(last + timedelta(days=1), clock.today())
    check_member(membership.alliance, membership.school, first)
    if last < clock.today():
        _check_room(membership, first)
    _decide(membership, decided_by, "", {"state": Membership.State.ENDED})
    return Membership.objects.create(
        alliance=membership.alliance,
        school=membership.school,
        state=Membership.State.ACTIVE,
        applied_on=clock.today(),
        valid_from=first,
        valid_to=valid_to,
        decided_on=clock.today(),
        decided_by=decided_by,
        renewal_of=membership,
    )


def limit_members(alliance: Alliance, limit: int | None) -> None:
    """How many schools the alliance takes in; who is in it stays."""
    Alliance.objects.filter(pk=alliance.pk).update(member_limit=limit)


def describe_school(
    *,
    school: School,
    editions: Mapping[str, str],
    pace: Mapping[str, int],
    level: int | None,
    languages: Collection[str],
    by: Person,
) -> None:
    """Write the profile that matching compares."""
    values = {"editions": dict(editions), "pace": dict(pace), "level": level, "languages": sorted(languages)}
    SchoolProfile.objects.update_or_create(
        school=school, defaults={**values, "updated_at": clock.now(), "updated_by": by}
    )


def refuse_membership(membership: Membership, reason: str, decided_by: Person | None = None) -> Membership:
    """An application is refused, with a reason; the school may apply again.

    Raises:
        Refused: it is no open application, or no reason is given.
    """
    if membership.state != Membership.State.APPLIED:
        raise Refused(_("This application was decided already."))
    if not reason.strip():
        raise Refused(_("Say why: the school reads the reason."))
    return _decide(membership, decided_by, reason.strip(), {"state": Membership.State.REFUSED})


@transaction.atomic
def end_membership(
    membership: Membership, last_day: date, reason: str = "", decided_by: Person | None = None
) -> Membership:
    """The school leaves after `last_day`; the row stays, so that the ledger keeps the old membership.

    A renewal that has not begun by then never begins, and what it renewed ends instead.

    Raises:
        Refused: it is no active membership, or the day lies before its beginning.
    """
    if membership.state != Membership.State.ACTIVE or membership.valid_from is None:
        raise Refused(_("Only an active membership can end."))
    first, renewed = membership.valid_from, membership.renewal_of
    if last_day >= first:
        return _decide(membership, decided_by, reason.strip(), {"state": Membership.State.ENDED, "valid_to": last_day})
    if renewed is None or renewed.valid_from is None or last_day < renewed.valid_from or first <= clock.today():
        raise Refused(_("The membership cannot end before it began."))
    ended = {"state": Membership.State.ENDED, "valid_from": None, "valid_to": None}
    row = _decide(membership, decided_by, reason.strip(), ended)
    _decide(renewed, decided_by, reason.strip(), {"valid_to": last_day})
    return row


@transaction.atomic
def admit(*, alliance: Alliance, school: School, valid_from: date | None = None) -> Membership:
    """Application and approval in one act, by who governs the alliance; an active member stays as it is."""
    row = apply_for_membership(alliance=alliance, school=school)
    return row if row.state == Membership.State.ACTIVE else approve_membership(row, valid_from)


def check_teaching(alliance: Alliance, *, teacher: Person | None, studio: Studio, day: date) -> None:
    """Who teaches from where, by the topology.

    Raises:
        Refused: a teacher outside a dedicated alliance's pool, or a studio other than a centralised alliance's one.
    """
    if alliance.topology == Topology.CENTRALISED and studio.pk != alliance.studio_id:
        raise Refused(_("A centralised alliance teaches from its one studio only."))
    pool = alliance.specialists.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
    if alliance.topology == Topology.DEDICATED and teacher and not pool.filter(person=teacher).exists():
        raise Refused(_("%(teacher)s is not in the specialist pool of this alliance.") % {"teacher": teacher.name})


def check_group(alliance: Alliance, *, schools: Mapping[School, int], classes: int, pupils: int, day: date) -> None:
    """The receiving schools are members on `day` and the group keeps to the alliance's own limits.

    `schools` maps each school to its number of classes.

    Raises:
        Refused: not a member, too many classes, or too many pupils.
    """
    members = {school.pk for school in members_of(alliance, day)}
    for school in schools:
        if school.pk not in members:
            raise Refused(
                _("%(school)s is not a member of %(alliance)s.") % {"school": school.name, "alliance": alliance.name}
            )
    for count, limit, sentence in (
        (
            classes,
            alliance.max_classes_per_lesson,
            _("%(count)s classes; this alliance takes %(limit)s in one lesson."),
        ),
        (pupils, alliance.max_pupils_per_lesson, _("%(count)s pupils; this alliance takes %(limit)s in one lesson.")),
    ):
        if count > limit:
            raise Refused(sentence % {"count": count, "limit": limit})


def add_specialists(alliance: Alliance, people: Collection[Person], day: date) -> None:
    """Put people into a dedicated alliance's pool from a day on; who is in it stays as they are."""
    held = set(alliance.specialists.filter(valid_to=None).values_list("person_id", flat=True))
    Specialist.objects.bulk_create(
        [Specialist(alliance=alliance, person=person, valid_from=day) for person in people if person.pk not in held]
    )
