"""Least change against an earlier plan, after few broadcasts: whatever the plan and however the county has changed."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongtang.timetable.solver.county_plan import Effort, Progress, solve_county
from tongtang.timetable.solver.cpsat import Status
from tongtang.timetable.solver.kept_plan import changed_lessons, fewest_changes, kept_groups, wanted_of
from tongtang.timetable.solver.model import Broadcast, County, Requirement, School, SchoolClass, Teacher, Unavailability
from tongtang.timetable.solver.problem import Problem, broadcasts_of, problem_of, with_slots
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.solver.violation import Rule
from tongtang.timetable.tests.changed_county import changed
from tongtang.timetable.tests.county_folder import FIXTURES, read_folder
from tongtang.timetable.tests.small_county import COUNTY, PLAN

CHONGYANG = read_folder(FIXTURES / "chongyang")
SMALL = tuple(PLAN.values())
EFFORT = Effort(seconds=3600, workers=1)
BRIEF = Effort(seconds=10, workers=1)
"""Where nothing live can be found a search for it ends with its time only."""


def wide(county: County, keep: tuple[Broadcast, ...]) -> Problem:
    return with_slots(county, {*problem_of(county, all_starts=True).slots, *((one.weekday, one.start) for one in keep)})


def test_a_plan_that_holds_and_has_as_few_broadcasts_stays_as_it_is():
    answer = solve_county(COUNTY, EFFORT, keep=SMALL)
    assert (answer.changed, len(answer.broadcasts), answer.unserved) == (0, answer.bound, ())
    assert changed_lessons(answer.broadcasts, SMALL) == 0


def test_fewer_broadcasts_come_before_least_change():
    """The same lessons given to each class alone: the plan is valid, and far from the fewest broadcasts."""
    alone = [
        replace(one, group_id=f"{one.group_id}-{class_id}", class_ids=(class_id,), teacher_id=teacher, studio_id=studio)
        for one in SMALL
        for class_id, teacher, studio in zip(one.class_ids, (one.teacher_id, "t3"), (one.studio_id, "s2"), strict=False)
    ]
    assert verify(COUNTY, alone) == []
    answer = solve_county(COUNTY, EFFORT, keep=alone)
    without = solve_county(COUNTY, EFFORT)
    assert len(answer.broadcasts) == len(without.broadcasts) < len(alone)
    assert answer.changed == changed_lessons(answer.broadcasts, alone) == 2, "one class of the joined group moves"


def test_a_new_class_and_one_that_is_gone_change_no_other():
    """The new class has its own lessons only; those of the class that is gone are not counted."""
    classes = {key: one for key, one in COUNTY.classes.items() if key != "x2"} | {
        "z1": SchoolClass("z1", "p2", (3,), 5)
    }
    owed = (*(one for one in COUNTY.requirements if one.class_id != "x2"), Requirement("z1", "art", 1))
    county = replace(COUNTY, classes=classes, requirements=owed)
    answer = solve_county(county, EFFORT, keep=SMALL)
    assert (verify(county, answer.broadcasts), answer.changed) == ([], 1)


def test_a_teacher_who_is_gone_changes_only_the_own_lessons():
    county = replace(COUNTY, teachers={key: one for key, one in COUNTY.teachers.items() if key != "t2"})
    answer = solve_county(county, EFFORT, keep=SMALL)
    assert verify(county, answer.broadcasts) == []
    lost = sum(len(one.class_ids) for one in SMALL if one.teacher_id == "t2")
    assert answer.changed == lost


def test_an_impossible_county_has_no_plan_with_or_without_one_to_keep():
    county = replace(COUNTY, teachers={"t1": COUNTY.teachers["t1"]})
    answer = solve_county(county, EFFORT, keep=SMALL)
    assert (answer.status, answer.broadcasts, answer.changed) == (Status.INFEASIBLE, (), None)


def test_no_improvement_has_more_broadcasts_than_the_one_before():
    seen: list[Progress] = []
    owed = tuple(one for one in CHONGYANG.county.requirements if one.class_id[:3] in ("p01", "p02", "p03", "p04"))
    county = replace(CHONGYANG.county, requirements=owed)
    keep = solve_county(county, EFFORT).broadcasts
    county = with_one_hour_less(county, keep[0])
    answer = solve_county(county, EFFORT, keep=keep, report=seen.append)
    ranks = [(each.unserved, each.broadcasts, each.changed) for each in seen]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[-1] == (0, len(answer.broadcasts), answer.changed)
    problem = wide(county, keep)
    assert fewest_changes(problem, wanted_of(problem, keep)) <= answer.changed < ranks[0][2]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 9),
    st.sampled_from([0, 0.2, 0.5]),
    st.sampled_from([0, 0.3]),
    st.sampled_from([0, 5, 10]),
    st.booleans(),
    st.sampled_from([1, 2]),
    st.sampled_from([(1, 1), (2, 1), (2, 2)]),
)
def test_what_still_holds_of_a_plan_breaks_no_rule(seed, blocked, away, tolerance, stable, per_day, places):
    """The fixture's plan under other rules, rooms, blocked periods and absences: what is taken over only leaves out."""
    county = changed(
        CHONGYANG.county,
        seed=seed,
        blocked=blocked,
        away=away,
        start_tolerance_minutes=tolerance,
        group_is_stable=stable,
        same_subject_per_class_and_day=per_day,
        max_pupils=35,
    )
    schools = {key: School(key, one.bell_id, *places) for key, one in county.schools.items()}
    county = replace(county, schools=schools)
    problem = wide(county, CHONGYANG.broadcasts)
    groups = kept_groups(problem, CHONGYANG.broadcasts)
    assert {one.rule for one in verify(county, broadcasts_of(problem, groups))} <= {Rule.REQUIREMENT_MISSED}


@pytest.mark.parametrize("weekday", [6, 7])
def test_a_plan_with_a_lesson_at_the_weekend_can_be_kept(weekday):
    keep = (replace(SMALL[0], weekday=weekday), *SMALL[1:])
    assert verify(COUNTY, keep) == []
    answer = solve_county(COUNTY, EFFORT, keep=keep)
    assert answer.changed == 0
    bell = wide(COUNTY, keep).bell("p1")
    at_weekend = [place for place, (day, _start) in enumerate(wide(COUNTY, keep).slots) if day == weekday]
    assert all(bell.clash[place] >> place & 1 for place in at_weekend), "a class has one lesson in a period there too"
    teacher = replace(COUNTY.teachers["t2"], unavailable=(Unavailability(2, 0, 1440),))
    county = replace(COUNTY, teachers=COUNTY.teachers | {"t2": teacher})
    answer = solve_county(county, EFFORT, keep=keep)
    assert (verify(county, answer.broadcasts), answer.changed) == ([], 1)


FEW = tuple(one for one in CHONGYANG.county.requirements if one.class_id[:3] in ("p01", "p02", "p03"))
FEWER = tuple(one for one in FEW if one.class_id[:3] != "p03")
ONE_OF_ENGLISH = {
    key: one for key, one in CHONGYANG.county.teachers.items() if "english" not in one.subjects or key == "t05"
}


def short_of_english(**more) -> County:
    """Two points with one teacher of English, who gives no lesson."""
    teachers = ONE_OF_ENGLISH | {"t05": replace(ONE_OF_ENGLISH["t05"], weekly_cap=0)}
    fields = {"requirements": FEWER, "teachers": teachers} | more
    return replace(CHONGYANG.county, **fields)


def with_one_hour_less(county: County, one: Broadcast) -> County:
    """The teacher of the broadcast cannot come at its time any more."""
    teacher = county.teachers[one.teacher_id]
    away = (*teacher.unavailable, Unavailability(one.weekday, one.start, one.start + 1))
    return replace(county, teachers=county.teachers | {one.teacher_id: replace(teacher, unavailable=away)})


def test_a_plan_with_substitutes_is_kept_without_more_of_them():
    helper = Teacher("helper", frozenset({"general"}), 20, (), frozenset({"english"}))
    county = short_of_english()
    county = replace(county, teachers=county.teachers | {"helper": helper})
    before = solve_county(county, BRIEF)
    assert before.substituted == 3
    one = next(one for one in before.broadcasts if one.subject == "music")
    near = solve_county(with_one_hour_less(county, one), BRIEF, keep=before.broadcasts)
    assert (near.unserved, near.substituted, len(near.broadcasts)) == ((), 3, len(before.broadcasts))
    assert len(one.class_ids) <= near.changed == changed_lessons(near.broadcasts, before.broadcasts)


def test_a_plan_with_recorded_lessons_is_kept_and_as_much_of_it_is_live():
    county = short_of_english(recordable={(owed.class_id, owed.subject): owed.lessons_per_week for owed in FEWER})
    before = solve_county(county, BRIEF)
    assert len(before.recorded) == before.required - before.served == 6
    one = before.broadcasts[0]
    changed_county = with_one_hour_less(county, one)
    near = solve_county(changed_county, BRIEF, keep=before.broadcasts)
    assert verify(changed_county, near.broadcasts, recorded=near.recorded) == []
    assert (near.served, len(near.broadcasts)) == (before.served, len(before.broadcasts))
    assert len(one.class_ids) <= near.changed == changed_lessons(near.broadcasts, before.broadcasts)


@pytest.mark.parametrize("every", [2, 3])
def test_lessons_of_alternate_weeks_are_kept_with_their_weeks(every):
    owed = tuple(replace(one, lessons_per_week=1, every_weeks=every) if one.subject == "art" else one for one in FEW)
    county = replace(CHONGYANG.county, requirements=owed)
    keep = solve_county(county, EFFORT).broadcasts
    one = next(one for one in keep if one.subject == "art")
    county = with_one_hour_less(county, one)
    anew, near = (solve_county(county, EFFORT, keep=plan) for plan in ((), keep))
    assert (verify(county, near.broadcasts), len(near.broadcasts)) == ([], len(anew.broadcasts))
    assert len(one.class_ids) <= near.changed <= changed_lessons(anew.broadcasts, keep)
