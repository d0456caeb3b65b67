"""Counties solved: every plan passes the checker, the bound is reached, an impossible one is told as such."""

import random
import time
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtang.timetable.solver.county_plan import Effort, Progress, solve_county, unserved_of
from tongtang.timetable.solver.cpsat import Limits, Status
from tongtang.timetable.solver.grouping import construct
from tongtang.timetable.solver.neighbourhood import around
from tongtang.timetable.solver.problem import Group, Problem, broadcasts_of, groups_of, problem_of, with_slots
from tongtang.timetable.solver.search import Search, first_draft
from tongtang.timetable.solver.shortage import shortages
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.solver.violation import Rule
from tongtang.timetable.solver.weekly_model import Freedom, WeeklyModel
from tongtang.timetable.tests.changed_county import changed
from tongtang.timetable.tests.county_folder import FIXTURES, read_folder
from tongtang.timetable.tests.small_county import COUNTY, PLAN

CHONGYANG = read_folder(FIXTURES / "chongyang")
TIGHT = read_folder(FIXTURES / "chongyang-tight").county
EFFORT = Effort(seconds=60, workers=1)
UNSERVED = frozenset((Rule.REQUIREMENT_MISSED,))


def partial(problem: Problem, groups: list[Group]) -> None:
    """The groups break no rule but that something is left out, and as much as they say."""
    broadcasts = broadcasts_of(problem, groups)
    found = verify(problem.county, broadcasts)
    assert {each.rule for each in found} <= UNSERVED
    missed = sum(each.facts["limit"] - each.facts["count"] for each in found)
    assert missed == sum(lessons for _, _, lessons in unserved_of(problem, groups))


@pytest.mark.parametrize("county", [CHONGYANG.county, TIGHT], ids=["two rooms", "one room"])
def test_the_fixtures_are_served_with_as_few_broadcasts_as_the_bound(county):
    answer = solve_county(county, EFFORT)
    assert (answer.status, len(answer.broadcasts), answer.bound) == (Status.OPTIMAL, 105, 105)
    assert (answer.served, answer.required, answer.unserved) == (311, 311, ())
    assert verify(county, answer.broadcasts) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"start_tolerance_minutes": 0},
        {"start_tolerance_minutes": 20},
        {"group_is_stable": False},
        {"max_classes": None, "max_pupils": None, "grade_bands": ()},
        {"same_subject_per_class_and_day": 2},
        {"grade_bands": ((1, 2), (2, 4), (1, 4))},
        {"max_pupils": 30},
        {"changeover_minutes": 0},
    ],
    ids=str,
)
def test_other_rules_are_kept_too(changes):
    county = changed(TIGHT, **changes)
    answer = solve_county(county, Effort(600, 1))
    assert answer.unserved == ()
    assert verify(county, answer.broadcasts) == []
    assert len(answer.broadcasts) <= 1.03 * answer.bound


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 9),
    st.sampled_from([0.3, 0.5, 0.6]),
    st.sampled_from([0, 0.5]),
    st.sampled_from([0, 5, 10]),
    st.booleans(),
    st.sampled_from([1, 2]),
)
def test_every_construction_and_every_neighbourhood_keeps_the_rules(seed, blocked, away, tolerance, stable, per_day):
    county = changed(
        TIGHT if seed % 2 else CHONGYANG.county,
        seed,
        blocked,
        away,
        start_tolerance_minutes=tolerance,
        group_is_stable=stable,
        same_subject_per_class_and_day=per_day,
    )
    problem, rng = problem_of(county, all_starts=seed % 3 == 0), random.Random(seed)
    groups = construct(problem, [block.fewest for block in problem.demand.blocks], rng)
    partial(problem, groups)
    if problem.missing(groups):
        model = WeeklyModel(problem, groups, around(problem, groups, 6, rng))
        outcome = model.solve(Limits(20, 0.1), problem.unserved(groups))
        if outcome.solved:
            partial(problem, model.read(outcome))
    else:
        assert shortages(problem_of(county, all_starts=True)) == [], "what a plan can meet is not short"


def test_the_plan_of_the_fixture_is_narrowed_to_the_bound():
    """109 broadcasts, some at starts that the solver would not take by itself."""
    county, found = CHONGYANG.county, []
    slots = {(each.weekday, each.start) for each in CHONGYANG.broadcasts}
    problem = with_slots(county, slots | set(problem_of(county).slots))
    wide = groups_of(problem, CHONGYANG.broadcasts)
    assert wide is not None
    search = Search(problem, 1, time.monotonic() + 60, lambda problem, groups: found.append(groups))
    narrow = broadcasts_of(problem, search.narrowed(wide))
    assert len(narrow) == 105
    assert verify(county, narrow) == []


def test_the_small_county_is_proven_by_the_model_alone():
    problem = problem_of(COUNTY, all_starts=True)
    known = groups_of(problem, PLAN.values())
    assert known is not None
    loose = {
        need: tuple(p for p, group in enumerate(known) if group.block == problem.block_of[need]) for need in range(4)
    }
    model = WeeklyModel(problem, known, Freedom(frozenset(range(len(known))), loose))
    outcome = model.solve(Limits(20))
    assert (outcome.status, outcome.objective) == (Status.OPTIMAL, 0)
    partial(problem, model.read(outcome))


def test_the_same_seed_gives_the_same_plan():
    county = changed(TIGHT, max_pupils=33)
    first, second = (solve_county(county, Effort(60, 1, seed=4)) for _ in range(2))
    assert first.broadcasts == second.broadcasts
    assert first.unserved == ()


def test_an_impossible_county_is_told_and_what_can_be_served_is_counted():
    teachers = {**TIGHT.teachers, "t05": replace(TIGHT.teachers["t05"], weekly_cap=2)}
    answer = solve_county(replace(TIGHT, teachers=teachers), EFFORT)
    assert (answer.status, answer.broadcasts) == (Status.INFEASIBLE, ())
    assert [each.entity for each in answer.shortages] == ["english"]
    assert {subject for _, subject, _ in answer.unserved} == {"english"}
    assert answer.served == answer.required - sum(lessons for _, _, lessons in answer.unserved)


def test_a_plan_known_before_is_never_lost():
    told: list[Progress] = []
    answer = solve_county(CHONGYANG.county, EFFORT, first=CHONGYANG.broadcasts, report=told.append, stop=lambda: True)
    assert (told[0].broadcasts, told[0].unserved) == (109, 0)
    assert len(answer.broadcasts) <= 109
    assert verify(CHONGYANG.county, answer.broadcasts) == []


def test_a_known_plan_that_breaks_a_rule_is_left_aside():
    broken = CHONGYANG.broadcasts[1:]
    answer = solve_county(CHONGYANG.county, EFFORT, first=broken)
    assert answer.status == Status.OPTIMAL


def test_groups_of_a_plan_read_back_are_the_same():
    problem = problem_of(TIGHT)
    groups = first_draft(problem, random.Random(1))
    again = groups_of(problem, broadcasts_of(problem, groups))
    assert again is not None
    assert Counter(again) == Counter(group for group in groups if group.slots)
