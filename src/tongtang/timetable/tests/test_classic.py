"""The solver of classic timetables against every timetable there is, on institutions small enough to try them all."""

import math
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtang.timetable.solver.classic.blocks import blocks_of
from tongtang.timetable.solver.classic.check import check, cost
from tongtang.timetable.solver.classic.domains import room_choices
from tongtang.timetable.solver.classic.facts import day_facts, excess
from tongtang.timetable.solver.classic.model import (
    Activity,
    AtOnce,
    Constraint,
    EndsDay,
    Institution,
    Kind,
    Limit,
    MaxDays,
    Measure,
    MinDays,
    MinGap,
    Order,
    Pair,
    Placed,
    Rooms,
    SameStart,
    Share,
    SlotsUsed,
    Source,
    Starts,
)
from tongtang.timetable.solver.classic.solve import solve_institution
from tongtang.timetable.solver.classic.swap import Swapper
from tongtang.timetable.solver.classic.week import Week, bounds_of
from tongtang.timetable.solver.cpsat import Limits, Status

DAYS, HOURS = ("Mon", "Tue"), ("1", "2", "3")
SLOTS = range(len(DAYS) * len(HOURS))
IDS = (1, 2, 3)
ROOMS = ("small", "large")
PEOPLE = ((Kind.TEACHER, "Ada"), (Kind.TEACHER, "Ben"), (Kind.SUBGROUP, "A"), (Kind.SUBGROUP, "B"))
SOURCE = Source("test", 1)
weights = st.sampled_from([100.0, 100.0, 95.0, 50.0])
several = st.sets(st.sampled_from(IDS), min_size=2).map(lambda ids: tuple(sorted(ids)))
some = st.sets(st.sampled_from(IDS), min_size=1).map(lambda ids: tuple(sorted(ids)))
slots = st.frozensets(st.sampled_from(SLOTS), min_size=1)
small = st.integers(0, 2)
pairs = st.permutations(IDS).map(lambda ids: tuple(ids[:2]))
TEACHERS = ("Ada", "Ben", "Cleo")
PLANTED = (24, 27)
"""Weeks in which a search that does not mind to return to a lost start goes back and forth."""
WORK = 300
SOFT_MEASURES = (Measure.MAX_HOURS_A_DAY, Measure.MAX_HOURS_IN_A_ROW)


@st.composite
def limits(draw) -> Limit:
    measure = draw(st.sampled_from(list(Measure)))
    weight = draw(weights) if measure in SOFT_MEASURES else 100.0
    whom = tuple(sorted(draw(st.sets(st.sampled_from(PEOPLE), min_size=1))))
    least = 1 if measure is Measure.MAX_HOURS_IN_A_ROW else 0
    only = draw(st.none() | st.frozensets(st.sampled_from(IDS), min_size=1)) if measure in SOFT_MEASURES else None
    return Limit(SOURCE, weight, whom, measure, draw(st.integers(least, 2)), draw(st.booleans()), only)


constraints = st.one_of(
    st.builds(Starts, st.just(SOURCE), weights, some, slots),
    st.builds(MinDays, st.just(SOURCE), weights, several, st.integers(1, 2), st.booleans()),
    st.builds(MaxDays, st.just(SOURCE), weights, several, st.integers(0, 1)),
    st.builds(SameStart, st.just(SOURCE), weights, several, st.sampled_from(list(Share))),
    st.builds(MinGap, st.just(SOURCE), weights, several, small),
    st.builds(
        lambda weight, ids, order: Pair(SOURCE, weight, ids[0], ids[1], order),
        weights,
        pairs,
        st.sampled_from(list(Order)),
    ),
    st.builds(EndsDay, st.just(SOURCE), weights, some),
    st.builds(SlotsUsed, st.just(SOURCE), weights, some, slots, small),
    st.builds(AtOnce, st.just(SOURCE), weights, some, slots, small),
    st.builds(
        Rooms,
        st.just(SOURCE),
        weights,
        some,
        st.frozensets(st.sampled_from(ROOMS), min_size=1),
        st.just(False),
    ),
    limits(),
    limits(),
)


@st.composite
def institutions(draw) -> Institution:
    activities = {
        number: Activity(
            number,
            draw(st.sampled_from([1, 1, 2])),
            (draw(st.sampled_from(["Ada", "Ben"])),),
            (draw(st.sampled_from(["A", "B", "all"])),),
            draw(st.sampled_from([20, 40])),
        )
        for number in IDS
    }
    used = {one for activity in activities.values() for one in activity.teachers}
    groups = {"A": frozenset("A"), "B": frozenset("B"), "all": frozenset("AB")}
    used |= {part for activity in activities.values() for name in activity.students for part in groups[name]}
    found = [
        Limit(one.source, one.weight, present, one.measure, one.limit, one.empty_days, one.only)
        if isinstance(one, Limit) and (present := tuple(whom for whom in one.whom if whom[1] in used))
        else one
        for one in draw(st.lists(constraints, max_size=4))
    ]
    kept = [one for one in found if not isinstance(one, Limit) or all(whom[1] in used for whom in one.whom)]
    away = {draw(st.sampled_from(PEOPLE)): draw(st.frozensets(st.sampled_from(SLOTS), max_size=2))}
    breaks = draw(st.frozensets(st.sampled_from(SLOTS), max_size=1))
    return Institution(DAYS, HOURS, activities, groups, {"small": 30, "large": 50}, breaks, away, tuple(kept))


def cheapest(institution: Institution) -> int | None:
    """The least cost of all timetables there are, None when each breaks a binding constraint."""
    roomed = {number for one in institution.constraints if isinstance(one, Rooms) for number in one.activity_ids}
    places = [
        [
            Placed(slot, room)
            for slot in SLOTS
            if slot % 3 + institution.activities[number].duration <= 3
            for room in ((None, *ROOMS) if number in roomed else (None,))
        ]
        for number in IDS
    ]
    best: int | None = None
    for chosen in product(*places):
        breaches = check(institution, dict(zip(IDS, chosen, strict=True)))
        if not any(breach.binding for breach in breaches):
            best = min(cost(breaches), best) if best is not None else cost(breaches)
    return best


@settings(max_examples=60, deadline=None)
@given(institutions())
def test_the_solver_finds_the_cheapest_timetable_or_proves_that_there_is_none(institution):
    expected = cheapest(institution)
    result = solve_institution(institution, Limits(seconds=2))
    if expected is None:
        assert result.status is Status.INFEASIBLE
        return
    assert result.timetable is not None
    breaches = check(institution, result.timetable)
    assert not [breach for breach in breaches if breach.binding]
    assert cost(breaches) == result.cost
    assert result.bound is not None
    assert result.bound <= expected <= result.cost
    if result.status is Status.OPTIMAL:
        assert result.cost == expected


@settings(max_examples=40, deadline=None)
@given(institutions())
def test_the_first_timetable_breaks_nothing_binding(institution):
    result = solve_institution(institution, Limits(seconds=2), first=True)
    if result.timetable is None:
        assert cheapest(institution) is None
        return
    assert not [breach for breach in check(institution, result.timetable) if breach.binding]


ADA = PEOPLE[0]
WEEK_HOURS = ("1", "2", "3", "4")
whole_days = st.integers(0, 0b1111)


@st.composite
def bounds_of_ada(draw) -> tuple[Limit, ...]:
    measures = draw(st.sets(st.sampled_from(list(Measure)), min_size=1, max_size=4))
    return tuple(
        Limit(SOURCE, 100.0, (ADA,), one, draw(st.integers(int(one is Measure.MAX_HOURS_IN_A_ROW), 3)))
        for one in sorted(measures)
    )


def can_be_completed(limits_: tuple[Limit, ...], opened: tuple[int, int], placed: tuple[int, int], total: int) -> bool:
    """Whether the checker agrees with any week of Ada's that has these hours and in all so many."""
    activities = {number: Activity(number, 1, ("Ada",), (), 10) for number in range(total)}
    away = {ADA: frozenset(slot for slot in range(8) if not opened[slot // 4] >> slot % 4 & 1)}
    institution = Institution(DAYS, WEEK_HOURS, activities, {}, {}, frozenset(), away, limits_)
    for first, second in product(range(16), repeat=2):
        inside = first & ~opened[0] == 0 and second & ~opened[1] == 0
        if (
            inside
            and placed[0] & ~first == 0
            and placed[1] & ~second == 0
            and (first | second << 4).bit_count() == total
        ):
            slots_ = [slot for slot in range(8) if (first | second << 4) >> slot & 1]
            if not check(institution, {number: Placed(slot) for number, slot in enumerate(slots_)}):
                return True
    return False


@settings(max_examples=150, deadline=None)
@given(bounds_of_ada(), st.tuples(whole_days, whole_days), st.tuples(whole_days, whole_days), st.integers(0, 4))
def test_a_week_that_can_be_completed_is_not_called_over_full(limits_, opened, wanted, more):
    placed = (wanted[0] & opened[0], wanted[1] & opened[1])
    total = sum(mask.bit_count() for mask in placed) + more
    if total and can_be_completed(limits_, opened, placed, total):
        week = Week(bounds_of(limits_, 4), opened, total, 0b1111, 0b1)
        assert _excess(week, placed) == 0


def test_hours_that_a_short_day_lacks_and_holes_of_another_are_added():
    """Two hours are missing: they cannot fill the two holes of Monday and bring Tuesday to three hours as well."""
    gaps = Limit(SOURCE, 100.0, (ADA,), Measure.MAX_GAPS_A_WEEK, 0)
    least = Limit(SOURCE, 100.0, (ADA,), Measure.MIN_HOURS_A_DAY, 3)
    week = Week(bounds_of((gaps, least), 5), (0b11111, 0b11111), 6, 0b11111, 0b1)
    assert _excess(week, [0b10011, 0b00001]) == 2


def _excess(week: Week, masks: Sequence[int]) -> int:
    """How far the week is from its bounds when only these hours of each day are filled."""
    columns = np.array(week.columns(), np.int64)
    facts = [day_facts(columns, opened, mask) for opened, mask in zip(week.looked_at, masks, strict=True)]
    return excess(columns, np.array(facts, np.int64).sum(axis=0))


def test_hours_for_which_the_days_left_are_too_short_are_too_many():
    days = Limit(SOURCE, 100.0, (ADA,), Measure.MAX_DAYS, 1)
    week = Week(bounds_of((days,), 4), (0b0011, 0b1111), 4, 0b1111, 0b1)
    assert _excess(week, [0b0001, 0]) == 2
    assert _excess(week, [0, 0b0001]) == 0


def test_a_day_that_begins_late_asks_for_one_lesson_where_gaps_are_free():
    """Three lessons at the sixth hour and one elsewhere: its first hour is enough when nothing limits the gaps."""
    late = Limit(SOURCE, 100.0, (PEOPLE[2],), Measure.MAX_LATE_BEGINNINGS, 0)
    gaps = Limit(SOURCE, 100.0, (PEOPLE[2],), Measure.MAX_GAPS_A_WEEK, 0)
    for limits_, expected in (((late,), 0), ((late, gaps), 4)):
        week = Week(bounds_of(limits_, 8), (0b11111111,), 4, 0b11111111, 0b11)
        assert _excess(week, [0b11100000]) == expected


@pytest.mark.parametrize("late", [0, 1, 2])
def test_a_day_that_may_begin_late_begins_at_its_second_hour_at_the_latest(late):
    """Nothing limits the gaps: a lesson alone on a day may not stand at its third hour."""
    days, hours = ("d1", "d2"), ("1", "2", "3", "4")
    activities = {number: Activity(number, 1, ("Ada",), (), 10) for number in (1, 2)}
    limit = Limit(SOURCE, 100.0, (ADA,), Measure.MAX_LATE_BEGINNINGS, late)
    institution = Institution(days, hours, activities, {}, {}, frozenset(), {}, (limit,))
    for seed in range(1, 9):
        search = Swapper(blocks_of(institution, {}), seed)
        assert search.run(time.monotonic() + 10)
        assert check(institution, search.timetable({})) == []


def test_the_proof_that_nothing_exists_does_not_wait_for_the_whole_time():
    activities = {number: Activity(number, 2, ("Ada",), (), 10) for number in IDS}
    institution = Institution(DAYS, HOURS, activities, {}, {}, frozenset(), {}, ())
    result = solve_institution(institution, Limits(seconds=60), first=True)
    assert result.status is Status.INFEASIBLE
    assert result.seconds < 30


def test_a_room_that_only_some_may_choose_is_not_given_twice():
    activities = {1: Activity(1, 1, ("Ada",), ("A",), 10), 2: Activity(2, 1, ("Ben",), ("B",), 10)}
    groups = {"A": frozenset("A"), "B": frozenset("B")}
    rules = (
        Rooms(SOURCE, 100.0, (1,), frozenset({"small"})),
        Rooms(SOURCE, 100.0, (2,), frozenset({"small", "large"})),
        Starts(SOURCE, 100.0, (1, 2), frozenset({0})),
    )
    rooms = {"small": 30, "large": 50}
    for seed in range(1, 9):
        institution = Institution(DAYS, HOURS, activities, groups, rooms, frozenset(), {}, rules)
        search = Swapper(blocks_of(institution, choices := room_choices(institution)), seed)
        assert search.run(time.monotonic() + 10)
        assert not check(institution, search.timetable(choices))


def test_a_search_that_was_interrupted_goes_on_as_if_it_had_not_been():
    interrupted = 0
    for seed in range(40):
        institution = _planted(seed)
        choices = room_choices(institution)
        whole, parts = (Swapper(blocks_of(institution, choices), 1) for _twice in range(2))
        assert whole.run(time.monotonic() + 60)
        while not parts.run(time.monotonic() + 60, work=1):
            interrupted += 1
        assert parts.timetable(choices) == whole.timetable(choices)
        assert not check(institution, parts.timetable(choices))
    assert interrupted


def test_several_workers_search_at_once_and_the_first_timetable_is_taken():
    for seed in range(10):
        institution = _planted(seed)
        result = solve_institution(institution, Limits(seconds=60, workers=3, seed=seed), first=True)
        assert result.timetable is not None
        assert not check(institution, result.timetable)


def test_a_day_may_have_more_hours_than_the_quick_search_can_hold():
    hours = tuple(str(hour) for hour in range(70))
    activities = {number: Activity(number, 35, ("Ada",), (), 10) for number in range(4)}
    institution = Institution(DAYS, hours, activities, {}, {}, frozenset(), {}, ())
    result = solve_institution(institution, Limits(seconds=20), first=True)
    assert result.timetable is not None
    assert sorted(placed.start for placed in result.timetable.values()) == [0, 35, 70, 105]


def test_only_who_searches_pays_for_the_compiler():
    words = (
        "import django, sys; django.setup(); import tongtang.config.urls, tongtang.timetable.api;"
        "print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_no_activities_make_an_empty_timetable():
    institution = Institution(DAYS, HOURS, {}, {}, {}, frozenset(), {}, ())
    assert solve_institution(institution, Limits(seconds=5), first=True).timetable == {}


def test_limits_beyond_all_numbers_of_a_machine_limit_nothing():
    vast = 10**30
    measures = (Measure.MAX_GAPS_A_WEEK, Measure.MAX_GAPS_A_DAY, Measure.MAX_HOURS_A_DAY, Measure.MAX_HOURS_IN_A_ROW)
    limits = tuple(Limit(SOURCE, 100.0, (ADA,), measure, vast) for measure in measures)
    activities = {number: Activity(number, 1, ("Ada",), (), 10) for number in range(len(DAYS) * len(HOURS))}
    institution = Institution(DAYS, HOURS, activities, {}, {}, frozenset(), {}, limits)
    result = solve_institution(institution, Limits(seconds=5), first=True)
    assert result.timetable is not None
    assert not check(institution, result.timetable)


def test_two_on_a_day_follow_each_other_even_where_the_days_between_weigh_nothing():
    activities = {number: Activity(number, 1, ("Ada",), (), 10) for number in (1, 2)}
    rules = (MinDays(SOURCE, 0.0, (1, 2), 1, True), Starts(SOURCE, 100.0, (1, 2), frozenset({0, 2, 5})))
    institution = Institution(DAYS, HOURS, activities, {}, {}, frozenset(), {}, rules)
    assert [breach.words for breach in check(institution, {1: Placed(0), 2: Placed(2)})] == ["not_adjacent"]
    for seed in range(1, 9):
        for first in (True, False):
            result = solve_institution(institution, Limits(seconds=5, seed=seed), first=first)
            assert result.timetable is not None
            assert 5 in {placed.start for placed in result.timetable.values()}


def test_a_lesson_that_is_missing_or_leaves_its_day_is_told():
    activity = Activity(1, 2, ("Ada",), ("A",), 10)
    institution = Institution(DAYS, HOURS, {1: activity}, {"A": frozenset("A")}, {}, frozenset(), {}, ())
    assert [breach.words for breach in check(institution, {})] == ["not_placed"]
    assert [breach.words for breach in check(institution, {1: Placed(2)})] == ["outside_day"]
    assert check(institution, {1: Placed(1)}) == []


def _planted(seed: int) -> Institution:
    """A nearly full week of two or three classes and up to three teachers that some timetable fits.

    Half of the lessons that follow each other in it must do so, and some lessons have only a few starts.
    """
    draw = random.Random(seed)
    days, hours = draw.choice((1, 2)), draw.choice((4, 5, 6))
    slots = range(hours * days)
    activities: dict[int, Activity] = {}
    planted: dict[int, int] = {}
    busy: set[tuple[str, int]] = set()
    for group in "GHI"[: draw.choice((2, 3))]:
        for slot in draw.sample(slots, len(slots) - draw.choice((0, 1))):
            teachers = [name for name in TEACHERS if (name, slot) not in busy]
            if teachers:
                number, name = len(activities) + 1, draw.choice(teachers)
                busy.add((name, slot))
                activities[number], planted[number] = Activity(number, 1, (name,), (group,), 10), slot
    rules: list[Constraint] = []
    paired: set[int] = set()
    for one, other in permutations(activities, 2):
        follows = planted[other] == planted[one] + 1 and planted[other] % hours
        if follows and paired.isdisjoint((one, other)) and draw.random() < 0.5:
            rules.append(Pair(SOURCE, 100.0, one, other, Order.FOLLOWS))
            paired |= {one, other}
    for number, slot in planted.items():
        if draw.random() < 0.3:
            rules.append(Starts(SOURCE, 100.0, (number,), frozenset({slot, *draw.sample(slots, 2)})))
    groups = {group: frozenset(group) for group in "GHI"}
    names = tuple("abcdef")
    return Institution(names[:days], names[:hours], activities, groups, {}, frozenset(), {}, tuple(rules))


@pytest.mark.parametrize("planted", PLANTED)
def test_lessons_that_follow_each_other_do_not_push_each_other_out_of_one_place_for_ever(planted):
    """The work stays below what the first round of the search has patience for: it does not begin afresh."""
    institution = _planted(planted)
    for seed in range(1, 6):
        search = Swapper(blocks_of(institution, {}), seed)
        assert search.run(math.inf, WORK)
        assert not check(institution, search.timetable({}))
