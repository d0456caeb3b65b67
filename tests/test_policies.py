"""On random little worlds: `visible` equals `can` equals the naive rules, and nothing foreign is ever seen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests import cast as people
from tests.naive_rules import Asking, Held, Lesson, School, Small, Staff
from tongtang.access.api import NOBODY, Actor, Device, Grant, Role, can, visible
from tongtang.access.delegations import MAY_BE_LENT
from tongtang.access.held import assignment_of, at_scope, held_rows
from tongtang.access.models import POWERS, Account, Approval, RoleAssignment, SignInPolicy
from tongtang.access.policies import POLICY
from tongtang.access.policies import Verb as AccessVerb
from tongtang.alliances.models import Alliance, Topology
from tongtang.foundation import clock
from tongtang.lessons.models import Lesson as LessonRow
from tongtang.lessons.models import Reception
from tongtang.lessons.policies import LESSONS, RECEPTIONS, Verb
from tongtang.organisations import models as org
from tongtang.people.models import Person, Post

# A province, one of its prefectures, two of its counties, a county elsewhere.
REGIONS = ((420000000000, 2), (421200000000, 4), (421223000000, 6), (421224000000, 6), (511324000000, 6))
SPANS = [(code, code + 10 ** (12 - level) - 1) for code, level in REGIONS]
COUNTIES = [code for code, level in REGIONS if level == 6]
YESTERDAY = timedelta(days=-1)
SCHOOLS_ASK = 2

school_numbers = st.integers(0, 3)
nodes = st.one_of(
    st.builds(lambda number: {"school": number}, school_numbers),
    st.builds(lambda span: {"low": span[0], "high": span[1]}, st.sampled_from(SPANS)),
)
GIVEN = [role.value for role in Role if role is not Role.SUPPORT]
days = st.sampled_from(["now", "now", "now", "over", "to come"])


@st.composite
def held_roles(draw: st.DrawFn) -> Held:
    """A role that the database takes: lent ones govern, substitutes teach at one school."""
    role, node = draw(st.sampled_from(GIVEN)), draw(nodes)
    if role in ("anchor_teacher", "local_teacher") and "school" in node and draw(st.booleans()):
        return Held(role, **node, days=draw(days), absent=draw(st.integers(0, 3)))
    lent = draw(st.sampled_from(["", "", "standing", "fallen"])) if role in MAY_BE_LENT else ""
    return Held(role, **node, days=draw(days), lent=lent)


def one_power(roles: list[Held]) -> list[Held]:
    """Nobody holds two: the first one stays."""
    held = next((one.role for one in roles if one.role in POWERS), None)
    return [one for one in roles if one.role not in POWERS or one.role == held]


staff = st.builds(
    Staff,
    st.sampled_from(COUNTIES),
    st.sets(school_numbers, max_size=2),
    st.sets(school_numbers, max_size=1),
    st.lists(held_roles(), max_size=3).map(one_power),
)
places = st.tuples(school_numbers, st.integers(0, 1))
lessons = st.builds(
    Lesson,
    school_numbers,
    st.integers(0, 3),
    st.lists(places, max_size=2, unique_by=lambda place: place[0]),
    st.integers(-1, 2),
    st.lists(places, max_size=1),
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Small, Asking]:
    """Four schools with two rooms each, four people, three lessons; one who asks."""
    # A school of a prefecture's own bureau stands in a county and is not the county's.
    codes = st.sampled_from([*COUNTIES, REGIONS[1][0]])
    schools = [School(draw(codes)) for _ in range(4)]
    world = Small(
        schools,
        draw(st.lists(staff, min_size=4, max_size=4)),
        [(school, room) for school in range(4) for room in range(2)],
        draw(st.lists(lessons, min_size=3, max_size=3)),
        list(REGIONS),
    )
    person = draw(st.none() | st.integers(0, 3))
    device = draw(st.none() | st.sampled_from(world.rooms))
    for number, one in enumerate(world.staff):
        # Nobody stands in for themselves.
        one.roles = [held if held.absent != number else replace(held, absent=(number + 1) % 4) for held in one.roles]
    roles = world.staff[person].roles if person is not None else []
    chosen = draw(st.none() | st.sampled_from([held for held in roles if held.counts])) if any_counts(roles) else None
    return world, Asking(person, roles, device, (chosen.school, chosen.low, chosen.high) if chosen else None)


def any_counts(roles: list[Held]) -> bool:
    return any(held.counts for held in roles)


@dataclass
class Built:
    """The rows of a little world, in the order of its lists."""

    schools: list[org.School]
    staff: list[Person]
    rooms: list[org.ReceivingRoom]
    lessons: list[LessonRow]
    receptions: list[Reception]
    regions: list[org.Region]
    approvals: list[Approval]
    policies: list[SignInPolicy]


def build(world: Small) -> Built:
    regions = [people.region(code, f"区划{code}", level) for code, level in REGIONS]
    bell = org.BellSchedule.objects.create(county_code=COUNTIES[0], source_id="b")
    schools = [
        org.School.objects.create(
            county_code=COUNTIES[0],
            source_id=f"s{number}",
            name=f"学校{number}",
            kind=org.School.Kind.RECEIVING_SCHOOL,
            region_code=one.region,
            bell_schedule=bell,
            link_mbps=4,
            max_streams=1,
        )
        for number, one in enumerate(world.schools)
    ]
    rooms = [org.ReceivingRoom.objects.create(school=schools[school], number=room) for school, room in world.rooms]
    policy = SignInPolicy.objects.update_or_create(pk=1)[0]
    built = Built(schools, _staff(world, schools), rooms, [], [], regions, [], [policy])
    built.approvals += [_approval(world, built, number) for number in range(4)]
    _lessons(world, built)
    return built


def _staff(world: Small, schools: Sequence[org.School]) -> list[Person]:
    made, today = [], clock.today()
    for number, one in enumerate(world.staff):
        person = Person.objects.create(county_code=one.county, source_id=f"t{number}", name=f"教师{number}")
        for school in one.posts:
            Post.objects.create(person=person, school=schools[school], weekly_cap=9, valid_from=people.LONG_AGO)
        for school in one.past:
            first = people.LONG_AGO + YESTERDAY
            last = today + YESTERDAY
            Post.objects.create(person=person, school=schools[school], weekly_cap=9, valid_from=first, valid_to=last)
        made.append(person)
    for person, one in zip(made, world.staff, strict=True):
        for held in one.roles:
            _role(person, held, schools, made)
    return made


def _approval(world: Small, built: Built, number: int) -> Approval:
    """Each of the staff asks for one: the first two at a school, the others in a county."""
    now, code = clock.now(), COUNTIES[number % 3]
    node = (
        {"school": built.schools[number]} if number < SCHOOLS_ASK else {"code_low": code, "code_high": code + 10**6 - 1}
    )
    return Approval.objects.create(
        action="export", object="x", requested_by=built.staff[number], requested_at=now, expires_at=now, **node
    )


def _dates(held: Held) -> dict[str, date | None]:
    today = clock.today()
    if held.days == "over":
        return {"valid_from": people.LONG_AGO, "valid_to": today + YESTERDAY}
    ends = held.lent or held.absent is not None or held.role in ("expert", "observer")
    first = today if held.days == "now" else today - YESTERDAY
    return {"valid_from": first, "valid_to": today - YESTERDAY if ends else None}


def _role(person: Person, held: Held, schools: Sequence[org.School], everybody: Sequence[Person]) -> None:
    at_school = held.school is not None
    node = {
        "role": held.role,
        "school": schools[held.school] if held.school is not None else None,
        "code_low": None if at_school else held.low,
        "code_high": None if at_school else held.high,
    }
    row = RoleAssignment(person=person, **node, **_dates(held))
    if held.absent is not None:
        row.stands_in_for = everybody[held.absent]
    if held.lent:
        last = None if held.lent == "standing" else clock.today() + YESTERDAY
        row.delegated_from = RoleAssignment.objects.create(
            person=_lender(), **node, valid_from=people.LONG_AGO, valid_to=last
        )
    row.save()


def _lender() -> Person:
    """Somebody with an account who is none of those asked about: postless, in no county of the world."""
    number = Person.objects.count()
    person = Person.objects.create(county_code=1, source_id=f"lender{number}", name="出借人")
    Account.objects.create(login=f"lender{number}", person=person, password="!")
    return person


def _lessons(world: Small, built: Built) -> None:
    alliance = Alliance.objects.create(
        name="联盟",
        region_code=COUNTIES[0],
        topology=Topology.DEDICATED,
        anchor_school=built.schools[0],
        max_classes_per_lesson=40,
        max_pupils_per_lesson=1000,
        valid_from=people.LONG_AGO,
    )
    for number, one in enumerate(world.lessons):
        studio = org.Studio.objects.create(
            county_code=COUNTIES[0], source_id=f"st{number}", school=built.schools[one.school], name="演播室"
        )
        start = people.utc(people.TUESDAY, 8) + timedelta(hours=number)
        lesson = LessonRow.objects.create(
            alliance=alliance,
            subject_id="music",
            school=built.schools[one.school],
            region_code=world.schools[one.school].region,
            teacher=built.staff[one.teacher],
            studio=studio,
            date=clock.today() + timedelta(days=one.in_days),
            starts_at=start,
            ends_at=start + timedelta(minutes=40),
            busy_until=start + timedelta(minutes=50),
        )
        built.lessons.append(lesson)
        for school, room in one.received:
            built.receptions.append(_reception(lesson, built, world, school, room))
        for school, room in one.watched:
            _showing(lesson, built, world, school, room)


def _showing(lesson: LessonRow, built: Built, world: Small, school: int, room: int) -> None:
    """A class watches the lesson a week later; that lesson is none of the world's own."""
    later = LessonRow.objects.create(
        alliance=lesson.alliance,
        subject_id="music",
        school=lesson.school,
        region_code=lesson.region_code,
        date=lesson.date,
        starts_at=lesson.starts_at + timedelta(days=7),
        ends_at=lesson.ends_at + timedelta(days=7),
        busy_until=lesson.busy_until + timedelta(days=7),
        recorded=True,
        shows=lesson,
    )
    _reception(later, built, world, school, room)


def _reception(lesson: LessonRow, built: Built, world: Small, school: int, room: int) -> Reception:
    home_class = org.HomeClass.objects.create(
        county_code=COUNTIES[0],
        source_id=f"c{lesson.pk}-{school}",
        school=built.schools[school],
        name="班",
        grades=[3],
        pupil_count=5,
    )
    return Reception.objects.create(
        lesson=lesson,
        home_class=home_class,
        school=built.schools[school],
        region_code=world.schools[school].region,
        room=built.rooms[world.rooms.index((school, room))],
        date=lesson.date,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
    )


def actor_of(world: Small, asking: Asking, built: Built) -> Actor:
    """As the middleware makes it: what holds today, and the device of the cookie."""
    device = None
    if asking.device is not None:
        room = built.rooms[world.rooms.index(asking.device)]
        device = Device(1, room.pk, room.school_id, "")
    if asking.person is None:
        return Actor(device=device) if device else NOBODY
    person = built.staff[asking.person]
    rows = held_rows(person.pk)
    key = ""
    if asking.at is not None:
        school, low, high = asking.at
        key = f"region-{low}-{high}" if school is None else f"school-{built.schools[school].public_id}"
    chosen = at_scope(rows, key) if key else rows
    return Actor(person.pk, "", None, tuple(assignment_of(row) for row in chosen), device, scope_key=key)


Rule = Callable[[int], bool]


def access_rules(world: Small, who: Asking) -> Mapping[AccessVerb, tuple[str, Rule]]:
    """Verb -> the list of rows it is about, and the naive answer for the row at a place of it."""
    return {
        AccessVerb.VIEW: ("staff", lambda row: world.may_see_person(who, row)),
        AccessVerb.RENEW_CODE: ("staff", lambda row: world.may_renew(who, row)),
        AccessVerb.ASSIGN_ROLE: ("staff", lambda row: world.may_assign(who, row)),
        AccessVerb.VIEW_STAFF: (
            "schools",
            lambda row: world.holds(who, row, "system_administrator", "security_administrator", "school_head"),
        ),
        AccessVerb.MANAGE_FACTORS: ("staff", lambda row: world.may_manage_factors(who, row)),
        AccessVerb.NAME_SUBSTITUTE: ("schools", lambda row: world.holds(who, row, "school_head")),
        AccessVerb.LET_SUPPORT_IN: ("schools", lambda row: world.holds(who, row, "school_head")),
        AccessVerb.ASK_SUPPORT: ("schools", lambda row: world.holds(who, row, "system_administrator", "technician")),
        AccessVerb.APPROVE: ("approvals", lambda row: world.may_approve(who, row)),
        AccessVerb.SET_POLICY: ("policies", lambda _row: world.may_set_policy(who)),
        AccessVerb.ASSIGN_AT_SCHOOL: ("schools", lambda row: world.holds(who, row, "system_administrator")),
        AccessVerb.ASSIGN_IN_REGION: ("regions", lambda row: world.may_assign_in(who, row)),
        AccessVerb.BIND_DEVICE: ("rooms", lambda row: world.may_bind(who, row)),
    }


def lesson_rules(world: Small, who: Asking) -> Mapping[Verb, tuple[str, Rule]]:
    places = [(lesson, place) for lesson in world.lessons for place in lesson.received]

    def local(row: int) -> bool:
        return world.holds(who, places[row][1][0], "local_teacher")

    return {
        Verb.CANCEL: ("lessons", lambda row: world.may_cancel(who, world.lessons[row])),
        Verb.TEACH: ("lessons", lambda row: world.teaches(who, world.lessons[row])),
        Verb.WATCH: ("lessons", lambda row: world.may_watch(who, world.lessons[row])),
        Verb.VIEW: ("lessons", lambda row: world.may_view(who, row)),
        Verb.VIEW_RECEPTION: ("receptions", lambda row: world.may_view_reception(who, *places[row])),
        # No pupil asks here, and no tablet of these worlds stands in for a class.
        Verb.FOLLOW: ("receptions", lambda _row: False),
        Verb.RECEIVE: ("receptions", lambda row: world.may_receive(who, places[row][1])),
        Verb.ASSIST: ("receptions", local),
        Verb.SEE_PUPILS: ("receptions", local),
        Verb.CORRECT: (
            "receptions",
            lambda row: world.holds(who, places[row][1][0], "local_teacher", "school_head"),
        ),
        Verb.ARRANGE_MAKE_UP: ("receptions", lambda row: world.may_make_up(who, *places[row])),
    }


def agree(verb: str, actor: Actor, grants: Sequence[Grant], rows: Sequence[Model], rule: Rule) -> None:
    if not rows:
        return
    expected = {row.pk for number, row in enumerate(rows) if rule(number)}
    everything: Any = type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows])
    assert [row.pk for row in visible(everything.order_by("pk"), actor, grants)] == sorted(expected), verb
    assert {row.pk for row in rows if can(actor, grants, row)} == expected, verb


ALL_POLICIES: Mapping[str, Sequence[Grant]] = {**POLICY, **LESSONS, **RECEPTIONS}
# A head who would become an administrator by renewing the code of one with a post at the school.
ESCALATION = (
    Small(
        [School(COUNTIES[0]), School(COUNTIES[0]), School(COUNTIES[1]), School(COUNTIES[2])],
        [
            Staff(COUNTIES[0], {0}, set(), [Held("school_head", 0)]),
            Staff(COUNTIES[0], {0}, set(), [Held("system_administrator", None, *SPANS[2])]),
            Staff(COUNTIES[0], {0, 1}, set(), [Held("local_teacher", 0)]),
            # Named by the files of the first county, at work in another one.
            Staff(COUNTIES[0], {3}, {0}, [Held("local_teacher", 3)]),
        ],
        [(school, room) for school in range(4) for room in range(2)],
        [Lesson(0, 0), Lesson(0, 1, [(1, 0)], watched=[(3, 1)]), Lesson(1, 2, [(0, 0), (2, 1)])],
        list(REGIONS),
    ),
    Asking(0, [Held("school_head", 0)], (1, 0)),
)
ADMINISTRATOR = (ESCALATION[0], Asking(1, ESCALATION[0].staff[1].roles))
# A failure is shown as it was found: making it smaller takes minutes, and these worlds are small.
SLOW = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
AS_FOUND = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, phases=AS_FOUND, suppress_health_check=SLOW)
@example(ESCALATION)
@example(ADMINISTRATOR)
@given(worlds())
def test_what_is_visible_is_what_the_rules_say(drawn: tuple[Small, Asking]) -> None:
    world, asking = drawn
    with transaction.atomic():
        built = build(world)
        actor = actor_of(world, asking, built)
        for verb, (rows, rule) in {**access_rules(world, asking), **lesson_rules(world, asking)}.items():
            agree(verb, actor, ALL_POLICIES[verb], getattr(built, rows), rule)
        transaction.set_rollback(True)


def test_every_verb_of_access_and_lessons_is_held_against_the_naive_rules() -> None:
    world, asking = ESCALATION
    assert {*access_rules(world, asking), *lesson_rules(world, asking)} == set(ALL_POLICIES)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, phases=AS_FOUND, suppress_health_check=SLOW)
@given(worlds())
def test_whoever_has_neither_role_nor_device_sees_nothing(drawn: tuple[Small, Asking]) -> None:
    world, _asking = drawn
    with transaction.atomic():
        built = build(world)
        nameless = [
            NOBODY,
            Actor(person_id=built.staff[0].pk),
            Actor(person_id=built.staff[0].pk, county_code=COUNTIES[0]),
        ]
        for verb, (rows, _rule) in {**access_rules(world, Asking()), **lesson_rules(world, Asking())}.items():
            for actor in nameless:
                agree(verb, actor, ALL_POLICIES[verb], getattr(built, rows), lambda _row: False)
        transaction.set_rollback(True)
