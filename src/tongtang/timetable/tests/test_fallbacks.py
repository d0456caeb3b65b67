"""Facilitators beside the classes; substitutes and recorded lessons where no live place exists."""

import random
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtang.timetable.solver.county_fallbacks import recorded_for, substituted, with_substitutes
from tongtang.timetable.solver.county_plan import Effort, solve_county
from tongtang.timetable.solver.cpsat import Status
from tongtang.timetable.solver.facilitation import assigned, facilitations, too_few
from tongtang.timetable.solver.fit import overlaps
from tongtang.timetable.solver.model import RecordedLesson, Requirement, Teacher, Unavailability
from tongtang.timetable.solver.problem import problem_of
from tongtang.timetable.solver.shortage import Kind, shortages
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.solver.violation import Rule
from tongtang.timetable.tests.county_folder import FIXTURES, read_folder
from tongtang.timetable.tests.small_county import COUNTY, PLAN

CHONGYANG = read_folder(FIXTURES / "chongyang").county
EFFORT = Effort(seconds=8, workers=1)
starts = st.integers(0, 12).map(lambda number: 480 + 20 * number)
absences = st.lists(starts.map(lambda start: Unavailability(1, start, start + 60)), max_size=2)


@given(st.lists(absences, max_size=3), st.lists(starts, max_size=5))
def test_everybody_has_somebody_if_any_way_gives_everybody_somebody(people, begins):
    teachers = [Teacher(str(number), frozenset(), 9, tuple(several)) for number, several in enumerate(people)]
    spans = [(start, start + 40) for start in begins]

    def is_right(chosen):
        there = all(
            not any(overlaps(span, (away.start, away.end)) for away in teachers[one].unavailable)
            for span, one in zip(spans, chosen, strict=True)
        )
        return there and not any(
            chosen[one] == chosen[other] and overlaps(spans[one], spans[other])
            for one in range(len(spans))
            for other in range(one)
        )

    possible = any(map(is_right, product(range(len(teachers)), repeat=len(spans))))
    found = assigned(teachers, 1, spans)
    assert (found is not None) == possible == (too_few(teachers, 1, spans) is None)
    assert found is None or is_right(found)


def with_facilitators(seed, most=2, away=0.3):
    """The county with one to `most` facilitators at each point, absent in about `away` of their half days."""
    rng = random.Random(seed)
    people, facilitators = {}, {}
    for school_id in sorted({CHONGYANG.classes[owed.class_id].school_id for owed in CHONGYANG.requirements}):
        names = [f"{school_id}-f{number}" for number in range(rng.randint(1, most))]
        for name in names:
            halves = [(day, *half) for day in range(1, 6) for half in ((480, 720), (800, 900)) if rng.random() < away]
            spans = tuple(Unavailability(*half) for half in halves)
            people[name] = Teacher(name, frozenset({"general"}), 20, spans)
        facilitators[school_id] = tuple(names)
    return replace(CHONGYANG, teachers=CHONGYANG.teachers | people, facilitators=facilitators)


@pytest.mark.parametrize("seed", range(6))
def test_a_county_whose_facilitators_are_few_is_solved_around_them(seed):
    county = with_facilitators(seed, away=0.15)
    answer = solve_county(county, EFFORT)
    assert (answer.status in (Status.OPTIMAL, Status.FEASIBLE)) == bool(answer.broadcasts)
    if answer.broadcasts:
        assert verify(county, answer.broadcasts) == []
        beside = facilitations(county, answer.broadcasts)
        assert len(beside) == answer.served == 311
        assert len({(one.teacher_id, one.weekday, one.start) for one in beside}) == 311
    else:
        assert answer.shortages or answer.unserved


def test_nobody_beside_a_class_is_short_supply():
    county = replace(CHONGYANG, facilitators={"p01": ()})
    assert {one.kind for one in shortages(problem_of(county))} >= {Kind.NO_PLACE}
    away = tuple(Unavailability(day, 0, 900) for day in range(1, 6))
    rare = replace(
        CHONGYANG,
        teachers=CHONGYANG.teachers | {"f": Teacher("f", frozenset(), 9, away)},
        facilitators={"p01": ("f",)},
    )
    assert {one.entity for one in shortages(problem_of(rare, all_starts=True))} >= {"p01"}
    assert solve_county(rare, EFFORT).status is Status.INFEASIBLE


def short_of_english(county=CHONGYANG, **more):
    """The county with one teacher of English left."""
    english = sorted(key for key, one in county.teachers.items() if "english" in one.subjects)
    teachers = {key: one for key, one in county.teachers.items() if key not in english[1:]}
    return replace(county, teachers=teachers, **more)


def test_a_substitute_gives_what_nobody_of_the_subject_can_and_no_more():
    county = short_of_english()
    assert solve_county(county, EFFORT).status is Status.INFEASIBLE
    helper = Teacher("helper", frozenset({"general"}), 20, (), frozenset({"english"}))
    helped = replace(county, teachers=county.teachers | {"helper": helper})
    answer = solve_county(helped, EFFORT)
    assert (answer.status, answer.unserved, answer.recorded) == (Status.FEASIBLE, (), ())
    assert verify(helped, answer.broadcasts) == []
    assert 0 < answer.substituted == substituted(helped, answer.broadcasts)
    # The one who is left is fully used, in whole groups of three lessons.
    own = [one for one in answer.broadcasts if one.subject == "english" and one.teacher_id != "helper"]
    assert len(own) == 15
    assert {one.rule for one in verify(county, answer.broadcasts)} >= {Rule.UNKNOWN_TEACHER}


def test_the_rest_is_watched_recorded_where_the_county_allows_it():
    recordable = {(owed.class_id, owed.subject): owed.lessons_per_week for owed in CHONGYANG.requirements}
    county = short_of_english(with_facilitators(3, away=0.05), recordable=recordable)
    answer = solve_county(county, EFFORT)
    assert (answer.status, answer.unserved) == (Status.FEASIBLE, ())
    assert len(answer.recorded) == 311 - answer.served > 0
    assert {one.subject for one in answer.recorded} == {"english"}
    assert verify(county, answer.broadcasts, recorded=answer.recorded) == []
    assert {one.rule for one in verify(county, answer.broadcasts)} == {Rule.REQUIREMENT_MISSED}
    assert len(facilitations(county, answer.broadcasts, answer.recorded)) == 311


def test_nothing_is_recorded_that_may_not_be():
    assert solve_county(short_of_english(recordable={("p01-g1", "music"): 2}), EFFORT).status is Status.INFEASIBLE


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(COUNTY.classes)), st.integers(1, 3), min_size=1),
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3)), max_size=3),
)
def test_recorded_lessons_find_periods_that_the_checker_passes(owed, blocked):
    """Of a subject of their own beside the plan; y3 has given away periods in which the plan has nothing for it."""
    given_away = frozenset(blocked) - {(4, 2)}
    county = replace(
        COUNTY,
        classes=COUNTY.classes | {"y3": replace(COUNTY.classes["y3"], blocked=given_away)},
        requirements=(*COUNTY.requirements, *(Requirement(key, "pe", count) for key, count in owed.items())),
        recordable={(class_id, "pe"): 3 for class_id in owed},
    )
    plan = list(PLAN.values())
    lessons = recorded_for(county, plan, [(class_id, "pe", count) for class_id, count in owed.items()])
    assert len(lessons) == sum(owed.values())
    assert verify(county, plan, recorded=lessons) == []


def test_two_recorded_lessons_in_a_period_are_a_clash():
    county = replace(COUNTY, recordable={("x1", "music"): 2})
    twice = [RecordedLesson("x1", "music", 2, 1), RecordedLesson("x1", "music", 2, 1)]
    found = {one.rule for one in verify(county, list(PLAN.values()), recorded=twice)}
    assert {Rule.CLASS_TWICE_IN_PERIOD, Rule.REQUIREMENT_EXCEEDED, Rule.SUBJECT_TOO_OFTEN_A_DAY} <= found


def test_a_county_without_substitutes_is_left_as_it_is():
    assert with_substitutes(COUNTY) is None
