"""Lessons of every n-th week: two may share what they need in alternate weeks, and only then."""

import random
from dataclasses import replace
from math import gcd

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongtang.timetable.solver.county_plan import Effort, solve_county
from tongtang.timetable.solver.cpsat import Limits, Status
from tongtang.timetable.solver.model import Requirement, SchoolClass, Studio, Teacher
from tongtang.timetable.solver.problem import Group, broadcasts_of, groups_of, problem_of
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.solver.violation import Rule
from tongtang.timetable.solver.weekly_model import Freedom, WeeklyModel
from tongtang.timetable.tests.county_folder import FIXTURES, read_folder
from tongtang.timetable.tests.small_county import COUNTY, PLAN

CHONGYANG = read_folder(FIXTURES / "chongyang").county
EFFORT = Effort(seconds=20, workers=1)
EVERYTHING_BUT_MONDAY_FIRST = frozenset((day, period) for day in range(1, 6) for period in (1, 2, 3)) - {(1, 1)}


def one_slot(every_weeks, classes=2):
    """One school, room, teacher and studio; each class can take Monday's first period only."""
    bands = ((1, 1), (2, 2), (3, 3), (4, 4))
    names = [f"c{number}" for number in range(1, classes + 1)]
    return replace(
        COUNTY,
        classes={
            name: SchoolClass(name, "p1", (grade,), 10, EVERYTHING_BUT_MONDAY_FIRST)
            for grade, name in enumerate(names, 1)
        },
        teachers={"t1": Teacher("t1", frozenset({"music"}), 1)},
        studios={"s1": Studio("s1", "a1")},
        requirements=tuple(Requirement(name, "music", 1, every_weeks) for name in names),
        rules=replace(COUNTY.rules, limits=replace(COUNTY.rules.limits, grade_bands=bands)),
    )


@pytest.mark.parametrize("weeks", [2, 3, 4])
def test_lessons_of_alternate_weeks_share_class_period_teacher_room_and_studio(weeks):
    county = one_slot(weeks, classes=weeks)
    answer = solve_county(county, EFFORT)
    assert (answer.status, len(answer.broadcasts), answer.bound) == (Status.OPTIMAL, weeks, weeks)
    assert {(one.every_weeks, one.week) for one in answer.broadcasts} == {(weeks, one + 1) for one in range(weeks)}
    assert verify(county, answer.broadcasts) == []
    together = [replace(one, week=1) for one in answer.broadcasts]
    rules = {one.rule for one in verify(county, together)}
    assert {Rule.TEACHER_OVERLAP, Rule.STUDIO_OVERLAP, Rule.ROOMS_IN_PERIOD, Rule.TEACHER_ABOVE_CAP} <= rules


def test_what_fits_into_alternate_weeks_does_not_fit_into_every_week():
    assert solve_county(one_slot(1), EFFORT).status is Status.INFEASIBLE
    assert solve_county(one_slot(2, classes=3), EFFORT).broadcasts == ()


@pytest.mark.parametrize("seed", range(4))
def test_a_county_with_some_lessons_in_every_other_week_is_solved(seed):
    rng = random.Random(seed)
    subject = rng.choice(["art", "music", "english"])
    owed = tuple(
        replace(one, lessons_per_week=1, every_weeks=rng.choice((2, 2, 3))) if one.subject == subject else one
        for one in CHONGYANG.requirements
    )
    county = replace(CHONGYANG, requirements=owed)
    answer = solve_county(county, EFFORT)
    assert answer.status in (Status.OPTIMAL, Status.FEASIBLE)
    assert verify(county, answer.broadcasts) == []
    assert len(answer.broadcasts) <= 1.03 * answer.bound
    problem = problem_of(county)
    assert groups_of(problem, answer.broadcasts) is not None


def test_a_tight_county_uses_the_weeks_that_others_leave():
    """Three of four art teachers are gone: what they gave weekly, one gives in every fourth week."""
    artists = sorted(key for key, one in CHONGYANG.teachers.items() if "art" in one.subjects)
    teachers = {key: one for key, one in CHONGYANG.teachers.items() if key not in artists[1:]}
    rarely = tuple(
        replace(one, lessons_per_week=1, every_weeks=4) if one.subject == "art" else one
        for one in CHONGYANG.requirements
    )
    county = replace(CHONGYANG, teachers=teachers, requirements=rarely)
    answer = solve_county(county, EFFORT)
    assert answer.broadcasts
    assert verify(county, answer.broadcasts) == []
    art = [one for one in answer.broadcasts if one.subject == "art"]
    assert len(art) > teachers[artists[0]].weekly_cap


turns = st.integers(1, 4).flatmap(lambda cycle: st.tuples(st.just(cycle), st.integers(1, cycle)))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(turns, turns)
def test_two_lessons_clash_if_and_only_if_a_week_has_both(one, other):
    """Art of x2 in the studio and the minutes of m1, with a teacher of its own."""
    meet = (one[1] - other[1]) % gcd(one[0], other[0]) == 0
    owed = {"x1": one[0], "y1": one[0], "x2": other[0]}
    county = replace(
        COUNTY,
        requirements=tuple(replace(each, every_weeks=owed.get(each.class_id, 1)) for each in COUNTY.requirements),
        schools=COUNTY.schools | {"p1": replace(COUNTY.schools["p1"], receiving_rooms=2, max_streams=2)},
    )
    music = [replace(PLAN[line], every_weeks=one[0], week=one[1]) for line in (2, 3)]
    art = replace(PLAN[4], weekday=1, start=PLAN[2].start, studio_id="s1", every_weeks=other[0], week=other[1])
    found = verify(county, [*music, art, PLAN[5]])
    assert {each.rule for each in found} == ({Rule.STUDIO_OVERLAP} if meet else set())
    assert len(found) == meet


@pytest.mark.parametrize(("weeks", "cap"), [(2, 1), (3, 1), (4, 2)])
def test_as_many_lessons_as_weeks_are_held_at_one_weekday_and_time(weeks, cap):
    """The class has one period, and is owed a lesson for each week of the cycle: each week has one."""
    county = one_slot(1, classes=1)
    teachers = {"t1": Teacher("t1", frozenset({"music"}), cap)}
    county = replace(county, teachers=teachers, requirements=(Requirement("c1", "music", weeks, weeks),))
    answer = solve_county(county, EFFORT)
    assert (answer.status, len(answer.broadcasts), answer.bound) == (Status.OPTIMAL, weeks, weeks)
    assert {(one.weekday, one.week) for one in answer.broadcasts} == {(1, week) for week in range(1, weeks + 1)}
    problem = problem_of(county)
    assert groups_of(problem, answer.broadcasts) is not None


def test_a_teacher_whose_weeks_are_full_in_turn_takes_what_the_other_weeks_leave():
    """Two classes of other grades, a lesson in two weeks each, and a teacher with one lesson a week."""
    county = replace(one_slot(2), teachers={"t1": Teacher("t1", frozenset({"music"}), 1)})
    free = {key: replace(one, blocked=frozenset()) for key, one in county.classes.items()}
    answer = solve_county(replace(county, classes=free), EFFORT)
    assert (answer.status, {one.week for one in answer.broadcasts}) == (Status.OPTIMAL, {1, 2})


@pytest.mark.parametrize("stable", [True, False])
def test_neighbourhoods_too_place_lessons_of_other_weeks_together(stable):
    county = one_slot(1, classes=1)
    rules = replace(county.rules, group_is_stable=stable)
    county = replace(county, requirements=(Requirement("c1", "music", 2, 2),), rules=rules)
    problem = problem_of(county)
    needs = problem.demand.needs
    groups = [Group(0, None, (), frozenset()) for _copy in range(needs[0].copies)]
    model = WeeklyModel(problem, groups, Freedom(frozenset(range(len(groups))), {0: tuple(range(len(groups)))}))
    outcome = model.solve(Limits(20, 2))
    assert verify(county, broadcasts_of(problem, model.read(outcome))) == []
