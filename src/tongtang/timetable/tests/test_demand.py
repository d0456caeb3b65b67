"""Blocks, the counting bound and the starts that the solver considers."""

from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtang.timetable.solver.demand import demand_of, fewest_bins, fewest_full
from tongtang.timetable.solver.model import BellSchedule, Limits, Period, Requirement, Rules
from tongtang.timetable.solver.problem import bits, problem_of
from tongtang.timetable.solver.shortage import Kind, shortages
from tongtang.timetable.solver.starts import best_line, candidate_starts, crowds, maximal, signature
from tongtang.timetable.tests.changed_county import changed
from tongtang.timetable.tests.county_folder import FIXTURES, read_folder
from tongtang.timetable.tests.small_county import COUNTY, county

CHONGYANG = read_folder(FIXTURES / "chongyang").county


def rules(tolerance: int) -> Rules:
    return Rules(40, tolerance, 10, Limits(3, 45, ()))


bells = st.lists(
    st.lists(st.integers(96, 200), min_size=1, max_size=5, unique=True).map(
        lambda starts: tuple(Period(n, 5 * start, 5 * start + 40) for n, start in enumerate(sorted(starts), 1))
    ),
    min_size=1,
    max_size=3,
).map(lambda found: [BellSchedule(f"b{n}", periods) for n, periods in enumerate(found)])


def test_the_fixture_needs_at_least_105_broadcasts():
    assert demand_of(CHONGYANG).bound == 105


def fits(sizes: tuple[int, ...], bins: int, capacity: int, most: int = 99) -> bool:
    """Whether the sizes go into so many bins, by trying everything."""
    loads, counts = [0] * bins, [0] * bins

    def put(place: int) -> bool:
        if place == len(sizes):
            return True
        for number in range(bins):
            if loads[number] + sizes[place] <= capacity and counts[number] < most:
                loads[number] += sizes[place]
                counts[number] += 1
                if put(place + 1):
                    return True
                loads[number] -= sizes[place]
                counts[number] -= 1
        return False

    return put(0)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=7).map(tuple))
def test_the_bound_of_bins_is_never_above_the_truth(sizes):
    bound = fewest_bins(sizes, 20)
    fewest = next(bins for bins in range(1, len(sizes) + 1) if fits(sizes, bins, 20))
    assert 1 <= bound <= fewest


@given(st.lists(st.integers(1, 10), min_size=1, max_size=7).map(tuple), st.integers(1, 3))
def test_the_bound_of_full_bins_is_never_above_the_truth(sizes, most):
    fewest = next(bins for bins in range(1, len(sizes) + 1) if fits(sizes, bins, 20, most))
    assert 1 <= fewest_full(sizes, most, 20) <= fewest


def test_eleven_large_classes_need_a_fifth_group():
    """Four groups of three at most: three of them are full, and the nine smallest classes have 136 pupils."""
    pupils = [7, 13, 15, 15, 16, 17, 17, 18, 18, 18, 18]
    assert (fewest_bins(pupils, 45), fewest_full(pupils, 3, 45)) == (4, 5)


def test_large_sizes_need_a_bin_each():
    assert fewest_bins([11, 12, 13, 5], 20) == 3
    assert fewest_bins([10, 10, 10], 20) == 2


def test_pupils_and_rooms_raise_the_bound():
    assert demand_of(COUNTY).bound == 4
    assert demand_of(county(max_pupils=19)).bound == 6
    more = county(requirements=[Requirement("x2", "music", 2)], max_classes=3)
    assert demand_of(more).bound == 6, "x1 and x2 share the one room of their school"


def test_a_class_of_no_band_or_without_a_room_is_hopeless():
    classes = {**COUNTY.classes, "x1": replace(COUNTY.classes["x1"], grades=(2, 3))}
    assert [each.class_id for each in demand_of(replace(COUNTY, classes=classes)).hopeless] == ["x1"]
    schools = {**COUNTY.schools, "p1": replace(COUNTY.schools["p1"], receiving_rooms=0)}
    assert [each.class_id for each in demand_of(replace(COUNTY, schools=schools)).hopeless] == ["x1", "x2"]


def test_without_stable_groups_each_lesson_is_a_group_of_its_own():
    demand = demand_of(changed(CHONGYANG, group_is_stable=False))
    assert {block.lessons for block in demand.blocks} == {1}
    assert sum(need.copies for need in demand.needs) == 311


@given(bells, st.integers(0, 15))
def test_every_minute_is_matched_by_a_candidate(found, tolerance):
    at = candidate_starts(found, rules(tolerance))
    reached = {signature(found, start, tolerance) for start in at}
    for minute in range(400, 1100):
        mine = signature(found, minute, tolerance)
        assert mine in reached or not any(mine)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=9, unique=True).map(sorted), st.integers(1, 25))
def test_the_best_line_is_best_among_all(starts, distance):
    line = best_line(starts, distance, lambda start: 1 + start % 3)
    assert all(later - earlier >= distance for earlier, later in pairwise(line))

    def apart(several: tuple[int, ...]) -> bool:
        return all(later - earlier >= distance for earlier, later in pairwise(several))

    best = max(
        sum(1 + start % 3 for start in several)
        for size in range(1, len(starts) + 1)
        for several in combinations(starts, size)
        if apart(several)
    )
    assert sum(1 + start % 3 for start in line) == best


def test_one_line_of_starts_serves_the_three_bells_of_the_fixture():
    problem = problem_of(CHONGYANG)
    assert [start for weekday, start in problem.slots if weekday == 1] == [520, 570, 630, 680, 860, 910, 960]
    assert all(len(crowd) == 1 for crowd in problem.crowds)
    assert all(list(bits(mask)) == [slot] for slot, mask in enumerate(problem.busy))


@given(st.lists(st.integers(0, 60), max_size=8, unique=True).map(sorted), st.integers(1, 25))
def test_crowds_hold_every_close_pair_and_no_other(starts, distance):
    found = crowds(starts, distance)
    pairs = {pair for crowd in found for pair in combinations(crowd, 2)}
    assert pairs == {
        (one, other) for one, other in combinations(range(len(starts)), 2) if starts[other] - starts[one] < distance
    }
    assert len(maximal(found)) == len(found)


@pytest.mark.parametrize(
    ("kind", "entity", "changes"),
    [
        (Kind.SUBJECT_SUPPLY, "english", {"teachers": {"t05": {"weekly_cap": 2}}}),
        (Kind.NO_TEACHER, None, {"teachers": {f"t{n:02d}": {"subjects": frozenset()} for n in (5, 10)}}),
        (Kind.SCHOOL_ROOMS, None, {"blocked": 0.85}),
        (Kind.STUDIOS, "", {"studios": 1}),
    ],
)
def test_what_is_short_is_proven_and_named(kind, entity, changes):
    found = CHONGYANG
    for teacher_id, fields in changes.get("teachers", {}).items():
        found = replace(found, teachers={**found.teachers, teacher_id: replace(found.teachers[teacher_id], **fields)})
    if "studios" in changes:
        found = replace(found, studios=dict(list(found.studios.items())[: changes["studios"]]))
    if "blocked" in changes:
        found = changed(read_folder(FIXTURES / "chongyang-tight").county, blocked=changes["blocked"])
    named = {(each.kind, each.entity) for each in shortages(problem_of(found, all_starts=True))}
    assert any(one == kind and entity in (None, other) for one, other in named)


def test_nothing_is_short_in_the_fixture():
    assert shortages(problem_of(CHONGYANG, all_starts=True)) == []
