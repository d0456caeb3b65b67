"""Nothing is called impossible that can be done: proofs and bound against everything that there is to try."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tongtang.timetable.solver.demand import demand_of
from tongtang.timetable.solver.explain.county_week import school_shortage, schools_of, subject_shortage
from tongtang.timetable.solver.model import (
    Broadcast,
    County,
    Limits,
    Requirement,
    Rules,
    School,
    SchoolClass,
    Studio,
    Teacher,
    Unavailability,
)
from tongtang.timetable.solver.problem import problem_of
from tongtang.timetable.solver.shortage import most_lessons, shortages
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.solver.violation import Rule
from tongtang.timetable.tests.small_county import bell, keyed

REST_OF_WEEK = tuple(Unavailability(day, 0, 24 * 60) for day in range(2, 6))
GRID = 5
"""Minutes; all times below are multiples, so that no plan needs a start between."""

minutes = st.integers(0, 4).map(lambda number: GRID * number)
away = st.lists(st.tuples(st.integers(90, 125), st.integers(1, 8)), max_size=2).map(
    lambda found: tuple(Unavailability(1, GRID * at, GRID * (at + size)) for at, size in found)
)
starts = st.lists(st.integers(8, 11), min_size=3, max_size=3).map(
    lambda steps: tuple(480 + GRID * sum(steps[:number]) for number in range(4))
)


@st.composite
def counties(draw):
    """One Monday: one teacher of music and perhaps one more of art, up to four classes at up to two schools."""
    names = [f"c{number}" for number in range(draw(st.integers(1, 4)))]
    at = {name: draw(st.sampled_from(("p1", "p2"))) for name in names}
    size = st.integers(1, 2)
    own = st.tuples(st.sampled_from(names), st.just(1), st.integers(1, 3))
    taught = st.tuples(st.sampled_from(("music", "art", "maths")), st.sampled_from(("", "t1", "t2")))
    lesson = draw(st.sampled_from((10, 20, 35, 40)))
    return County(
        bells=keyed(bell("b1", *draw(starts)), bell("b2", *draw(starts))),
        schools=keyed(*(School(f"p{n}", f"b{n}", draw(size), draw(size)) for n in (1, 2))),
        classes=keyed(
            *(SchoolClass(name, at[name], (draw(st.integers(1, 2)),), draw(st.integers(1, 3))) for name in names)
        ),
        teachers=keyed(
            Teacher("t1", frozenset({"music", draw(st.sampled_from(("art", "music")))}), 4, REST_OF_WEEK + draw(away)),
            Teacher("t2", frozenset({"art"}), 2, REST_OF_WEEK + draw(away)),
        ),
        studios=keyed(*(Studio(f"s{n}", "a1") for n in range(draw(size)))),
        requirements=tuple(Requirement(name, draw(st.sampled_from(("music", "music", "art"))), 1) for name in names),
        rules=Rules(
            lesson, draw(minutes), draw(minutes), Limits(draw(size), draw(st.integers(3, 5)), ((1, 1), (2, 2)))
        ),
        own_lessons=draw(st.dictionaries(own, taught, max_size=3)),
    )


def breaks(county: County, plan: list[Broadcast]) -> bool:
    return any(each.rule is not Rule.REQUIREMENT_MISSED for each in verify(county, plan))


def plans(county: County, plan: list[Broadcast], owed: tuple[Requirement, ...]) -> Iterator[list[Broadcast]]:
    """Every plan of one Monday on the grid: each class in a group that is there, or in a new one anywhere."""
    if not owed:
        yield plan
        return
    mine = owed[0]
    for place, each in enumerate(plan):
        if each.subject == mine.subject:
            joined = [*plan[:place], replace(each, class_ids=(*each.class_ids, mine.class_id)), *plan[place + 1 :]]
            if not breaks(county, joined):
                yield from plans(county, joined, owed[1:])
    at = {
        start
        for period in county.bell_of(county.classes[mine.class_id]).periods
        for start in range(period.start - 20, period.start + 21, GRID)
    }
    for start, teacher, studio in product(sorted(at), sorted(county.teachers), sorted(county.studios)):
        new = Broadcast(f"g{len(plan)}", mine.subject, teacher, studio, 1, start, (mine.class_id,))
        if not breaks(county, [*plan, new]):
            yield from plans(county, [*plan, new], owed[1:])


TWICE_IN_A_PERIOD = County(
    bells=keyed(bell("b1", 480, 600)),
    schools=keyed(School("p1", "b1", 2, 2)),
    classes=keyed(*(SchoolClass(f"c{grade}", "p1", (grade,), 2, frozenset({(1, 2)})) for grade in (1, 2))),
    teachers=keyed(Teacher("t1", frozenset({"music"}), 4, REST_OF_WEEK)),
    studios=keyed(Studio("s1", "a1")),
    requirements=(Requirement("c1", "music", 1), Requirement("c2", "music", 1)),
    rules=Rules(10, 20, 5, Limits(2, 10, ((1, 1), (2, 2)))),
)
"""Short lessons and much tolerance: one teacher has two of them in the one period of two classes."""


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(counties())
@example(TWICE_IN_A_PERIOD)
def test_what_a_plan_serves_is_not_proven_impossible_and_the_bound_is_no_higher(county):
    plan = next(plans(county, [], county.requirements), None)
    if plan is None:
        return
    problem = problem_of(county, all_starts=True)
    assert shortages(problem) == [], plan
    assert [school_shortage(problem, one) for one in schools_of(problem)] == [None] * len(schools_of(problem)), plan
    assert [subject_shortage(problem, one) for one in problem.teachers_of] == [None] * len(problem.teachers_of), plan
    assert demand_of(county).bound <= len(plan)


def most_by_the_minute(county: County) -> int:
    """Lessons that the teacher can hold on Monday: at each minute, the earliest first."""
    rules, found, free_from = county.rules, 0, 0
    periods = county.bells["b1"].periods
    for minute in range(24 * 60 - rules.lesson_minutes + 1):
        near = [one for one in periods if abs(one.start - minute) <= rules.start_tolerance_minutes]
        busy = [
            each
            for each in county.teachers["t1"].unavailable
            if each.weekday == 1 and minute < each.end and each.start < minute + rules.lesson_minutes
        ]
        if len(near) == 1 and not busy and minute >= free_from:
            found, free_from = found + 1, minute + rules.lesson_minutes + rules.changeover_minutes
    return found


@given(
    starts,
    st.integers(0, 25),
    st.integers(0, 25),
    st.sampled_from((20, 35, 40, 45)),
    st.lists(st.tuples(st.integers(440, 640), st.integers(1, 60)), max_size=3),
)
def test_no_teacher_can_hold_more_lessons_than_the_starts_allow(found, tolerance, changeover, lesson, absences):
    gone = tuple(Unavailability(1, start, start + size) for start, size in absences)
    county = County(
        bells=keyed(bell("b1", *found)),
        schools=keyed(School("p1", "b1", 1, 1)),
        classes=keyed(SchoolClass("c1", "p1", (1,), 10)),
        teachers=keyed(Teacher("t1", frozenset({"music"}), 9, REST_OF_WEEK + gone)),
        studios=keyed(Studio("s1", "a1")),
        requirements=(Requirement("c1", "music", 1),),
        rules=Rules(lesson, tolerance, changeover, Limits(3, 45, ())),
    )
    problem = problem_of(county, all_starts=True)
    assert most_lessons(problem, problem.teacher_free["t1"]) == most_by_the_minute(county)
