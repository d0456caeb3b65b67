"""Reads of alliances."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor, visible
from tongtang.alliances.matching import Match, Offer, Profile, rank
from tongtang.alliances.models import Alliance, Membership, SchoolProfile
from tongtang.alliances.policies import ALLIANCES, MEMBERSHIPS, SCHOOLS, Verb
from tongtang.curriculum.api import stage_of
from tongtang.foundation import clock
from tongtang.organisations.models import HomeClass, Period, School


def _until(day: date, path: str = "") -> Q:
    """Memberships, at `path`, whose last day is not before a day; an ended one counts until its last day."""
    held = Q(**{f"{path}state__in": [Membership.State.ACTIVE, Membership.State.ENDED]})
    return held & (Q(**{f"{path}valid_to": None}) | Q(**{f"{path}valid_to__gte": day}))


def held_on(day: date, path: str = "") -> Q:
    """Memberships, at `path`, by which a school receives on a day."""
    return _until(day, path) & Q(**{f"{path}valid_from__lte": day})


def members_of(alliance: Alliance, day: date) -> list[School]:
    """Schools that receive in an alliance on a day."""
    held = Membership.objects.filter(held_on(day), alliance=alliance)
    return list({row.school_id: row.school for row in held.select_related("school").order_by("pk")}.values())


def has_left(today: date, *, alliance: str, school: str, day: str) -> Q:
    """Rows elsewhere, by their paths to an alliance, a school and a day, on which the school belongs to it no more.

    Only of schools whose last day is over on `today`: until then it may be renewed.
    """
    states = [Membership.State.ACTIVE, Membership.State.ENDED]
    rows = Membership.objects.filter(alliance=OuterRef(alliance), school=OuterRef(school), state__in=states)
    gone = rows.filter(valid_to__lt=today).filter(valid_to__lt=OuterRef(day))
    held = rows.filter(Q(valid_to=None) | Q(valid_to__gte=OuterRef(day)), valid_from__lte=OuterRef(day))
    return Q(Exists(gone)) & ~Q(Exists(held))


def last_membership(alliance: Alliance, school: School, day: date) -> Membership:
    """The membership of a school that has left before a day, the last of several.

    Raises:
        Membership.DoesNotExist: there is none.
    """
    rows = Membership.objects.filter(alliance=alliance, school=school, valid_from__isnull=False, valid_to__lt=day)
    found = rows.order_by("valid_to", "pk").last()
    if found is None:
        raise Membership.DoesNotExist
    return found


def alliance_anchored_by(school: School, day: date) -> Alliance | None:
    """The first alliance that a school anchors on a day."""
    rows = Alliance.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), anchor_school=school, valid_from__lte=day)
    return rows.order_by("pk").first()


def alliances_for(actor: Actor, verb: Verb) -> QuerySet[Alliance]:
    """Alliances to which `actor` may do `verb`, with the number of today's members and of open applications."""
    shown = visible(Alliance.objects.all(), actor, ALLIANCES[verb]).values("pk")
    rows = Alliance.objects.filter(pk__in=shown).select_related("anchor_school", "studio", "virtual_school")
    return rows.annotate(
        member_count=Count("memberships__school", filter=held_on(clock.today(), "memberships__"), distinct=True),
        application_count=Count("memberships", filter=Q(memberships__state=Membership.State.APPLIED), distinct=True),
    ).order_by("name", "pk")


def alliance_for(actor: Actor, verb: Verb, public_id: UUID) -> Alliance:
    """One alliance.

    Raises:
        Http404: there is none, or none to which the actor may do this.
    """
    return get_object_or_404(alliances_for(actor, verb), public_id=public_id)


def membership_for(actor: Actor, verb: Verb, public_id: UUID) -> Membership:
    """One membership; 404 as in `alliance_for`."""
    rows = Membership.objects.select_related("alliance__anchor_school", "school")
    return get_object_or_404(visible(rows, actor, MEMBERSHIPS[verb]), public_id=public_id)


def schools_that_apply(actor: Actor) -> QuerySet[School]:
    """Schools in whose name the actor may apply."""
    return visible(School.objects.filter(ended_on=None), actor, SCHOOLS[Verb.APPLY]).order_by("name")


def decided_by(actor: Actor, alliance: Alliance) -> set[int]:
    """Ids of the alliance's memberships about which the actor decides."""
    return set(visible(alliance.memberships.all(), actor, MEMBERSHIPS[Verb.DECIDE]).values_list("pk", flat=True))


def history_of(alliance: Alliance) -> list[Membership]:
    """Every membership that there ever was: open applications first, then members, then the past, newest first."""
    order = {state: place for place, state in enumerate(("applied", "active", "ended", "refused"))}
    rows = alliance.memberships.select_related("school", "decided_by").order_by("-applied_on", "-pk")
    return sorted(rows, key=lambda row: order[row.state])


def schools_described_by(actor: Actor) -> QuerySet[School]:
    """Schools whose profile the actor may write and for which it may look for an anchor."""
    return visible(School.objects.filter(ended_on=None), actor, SCHOOLS[Verb.DESCRIBE]).order_by("name", "pk")


def members_at(alliances: Collection[int], day: date) -> dict[int, int]:
    """How many schools are in each alliance on a day or from later on, without those that are leaving it."""
    rows = Membership.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=day), alliance__in=alliances, state=Membership.State.ACTIVE
    )
    return dict(rows.values("alliance").annotate(count=Count("pk")).values_list("alliance", "count"))


def places_left(alliance: Alliance, day: date) -> int | None:
    """Places for who applies: that of a school that is leaving will be free. None: without a limit."""
    return _places(alliance, members_at([alliance.pk], day))


def places_from(alliance: Alliance, school: School, day: date) -> int | None:
    """Places for a school that receives from a day on: who leaves has its own until its last day. None: no limit."""
    others = Membership.objects.filter(_until(day), alliance=alliance).exclude(school=school)
    return _places(alliance, {alliance.pk: others.values("school").distinct().count()})


def open_schools(alliance: Alliance, day: date) -> set[int]:
    """Keys of the schools that cannot apply: they did, or are in it; a membership that ran out is over."""
    rows = alliance.memberships.filter(state__in=[Membership.State.APPLIED, Membership.State.ACTIVE])
    return set(rows.exclude(state=Membership.State.ACTIVE, valid_to__lt=day).values_list("school_id", flat=True))


def open_memberships(school: School, day: date) -> dict[int, str]:
    """By alliance, the state in which the school applied to it or is in it; a membership that ran out is over."""
    rows = school.memberships.filter(state__in=[Membership.State.APPLIED, Membership.State.ACTIVE])
    return dict(rows.exclude(state=Membership.State.ACTIVE, valid_to__lt=day).values_list("alliance_id", "state"))


def profiles_of(schools: Iterable[School]) -> dict[int, Profile]:
    """What matching compares, by school; five queries whatever their number."""
    rows = {school.pk: school for school in schools}
    told = {one.school_id: one for one in SchoolProfile.objects.filter(school__in=rows)}
    starts: dict[int, list[int]] = defaultdict(list)
    bells = {school.bell_schedule_id for school in rows.values()}
    for bell, start in Period.objects.filter(bell_schedule__in=bells).values_list("bell_schedule", "starts"):
        starts[bell].append(start.hour * 60 + start.minute)
    stages: dict[int, set[str]] = defaultdict(set)
    classes = HomeClass.objects.filter(school__in=rows, ended_on=None)
    for school, grades in classes.values_list("school", "grades"):
        stages[school].update(stage_of(grade) for grade in grades)
    return {
        pk: _profile(school, told.get(pk), stages[pk], starts[school.bell_schedule_id]) for pk, school in rows.items()
    }


def _profile(school: School, told: SchoolProfile | None, stages: set[str], starts: list[int]) -> Profile:
    return Profile(
        stages=frozenset(stages),
        editions=told.editions if told else {},
        pace=told.pace if told else {},
        level=told.level if told else None,
        languages=frozenset(told.languages if told else ()),
        starts=tuple(sorted(starts)),
        mbps=school.link_mbps,
        streams=school.max_streams,
    )


def matches_of(schools: Collection[School], alliances: Collection[Alliance]) -> dict[int, list[Match]]:
    """The alliances for each school, the best first; an alliance whose anchor is the school itself is left out."""
    today = clock.today()
    members = members_at([one.pk for one in alliances], today)
    profiles = profiles_of([*schools, *(one.anchor_school for one in alliances)])
    offers = [
        (one.anchor_school_id, Offer(one.pk, profiles[one.anchor_school_id], _places(one, members)))
        for one in alliances
    ]
    return {
        school.pk: rank(profiles[school.pk], [offer for anchor, offer in offers if anchor != school.pk])
        for school in schools
    }


def _places(alliance: Alliance, members: dict[int, int]) -> int | None:
    return None if alliance.member_limit is None else max(0, alliance.member_limit - members.get(alliance.pk, 0))


def running_alliances(day: date) -> QuerySet[Alliance]:
    rows = Alliance.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
    return rows.select_related("anchor_school")


def edition_words() -> list[str]:
    """The words for editions that profiles use already, so that two schools write one edition alike."""
    words = (
        word for editions in SchoolProfile.objects.values_list("editions", flat=True) for word in editions.values()
    )
    return sorted(set(words))
