"""A lesson that comes from another week into one without a free period: what falls out for it, and that it is least."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from tongtang.timetable.solver.cpsat import Limits, Status
from tongtang.timetable.solver.events import LessonMoved, TeacherAway
from tongtang.timetable.solver.model import BellSchedule, Period
from tongtang.timetable.solver.repair import mend
from tongtang.timetable.solver.repair_check import faults_of
from tongtang.timetable.solver.repair_fallbacks import COSTS, NOT_COMING, Kind, PeriodUse, at_once
from tongtang.timetable.solver.school_model import LocalLesson, WholeSchool
from tongtang.timetable.solver.week_case import WeekCase, cases_of
from tongtang.timetable.tests.small_school import anchor, requirement, school
from tongtang.timetable.tests.test_repair import BASE, MONDAY, TUESDAY, full

LIMITS = Limits(60, deterministic=30)
NEXT_MONDAY, NEXT_TUESDAY = MONDAY + timedelta(days=7), MONDAY + timedelta(days=8)
MATHS = [anchor(f"maths-{day}", "maths", day, 540) for day in range(1, 6)]
CANCELLED = COSTS[Kind.CANCELLED]


def second_week(whole: WholeSchool, *events) -> WeekCase:
    return next(case for case in cases_of([whole], events) if case.monday == NEXT_MONDAY)


def received() -> WholeSchool:
    """All twenty periods of the class are taken; its maths comes from the anchor in the first period."""
    return full(receives=[("a", "maths")], anchors=MATHS)


def test_the_own_lesson_in_its_place_falls_out_and_nothing_else_changes():
    found = mend(second_week(received(), LessonMoved("maths-1", MONDAY, NEXT_MONDAY, 890)), LIMITS)
    assert [(one.kind, one.subject, one.slot, one.period) for one in found.fallbacks] == [
        (Kind.CANCELLED, "pe", (1, 4), PeriodUse.LEFT)
    ]
    assert [(one.subject, one.left, one.came) for one in found.moves] == [("maths", (MONDAY, 1), (NEXT_MONDAY, 4))]
    assert (found.status, found.cost, found.bound) == (Status.OPTIMAL, CANCELLED + 1, CANCELLED + 1)


def test_the_week_that_it_leaves_stays_as_it_is():
    first = cases_of([received()], [LessonMoved("maths-1", MONDAY, NEXT_MONDAY, 890)])[0]
    found = mend(first, LIMITS)
    assert (found.monday, found.status, found.moves, found.fallbacks) == (MONDAY, Status.OPTIMAL, (), ())


def test_two_that_come_need_two_places():
    events = [LessonMoved("maths-1", MONDAY, NEXT_MONDAY, 890), LessonMoved("maths-2", TUESDAY, NEXT_TUESDAY, 840)]
    found = mend(second_week(received(), *events), LIMITS)
    assert {(one.subject, one.slot) for one in found.fallbacks} == {("pe", (1, 4)), ("art", (2, 3))}
    assert (found.status, found.cost) == (Status.OPTIMAL, 2 * (CANCELLED + 1))


def test_where_its_own_teacher_is_away_it_is_the_one_that_is_cancelled():
    away = TeacherAway("m", NEXT_MONDAY, NEXT_MONDAY, 880, 940)
    found = mend(second_week(received(), away, LessonMoved("maths-1", MONDAY, NEXT_MONDAY, 890)), LIMITS)
    assert [(one.kind, one.subject, one.slot, one.period) for one in found.fallbacks] == [
        (Kind.CANCELLED, "maths", (1, 4), PeriodUse.NONE)
    ]
    assert (found.status, found.moves, found.cost) == (Status.OPTIMAL, (), CANCELLED + NOT_COMING)


def test_where_the_class_has_the_subject_then_that_lesson_falls_out_and_all_else_stays():
    """One maths lesson of the class is its own, on Monday in the fourth period: the anchor's comes just then."""
    beside = [one for one in MATHS if one.weekday != 1]
    own = [LocalLesson("a", 1, {1: 4, 4: 1}.get(one.period, one.period), one.subject, one.teacher_id) for one in BASE
           if one.weekday == 1]  # fmt: skip
    base = [*own, *(one for one in BASE if one.weekday != 1)]
    whole = replace(full(receives=[("a", "maths")], anchors=beside), base=tuple(sorted(base)))
    found = mend(second_week(whole, LessonMoved("maths-2", TUESDAY, NEXT_MONDAY, 890)), LIMITS)
    assert [(one.kind, one.subject, one.slot, one.period) for one in found.fallbacks] == [
        (Kind.CANCELLED, "maths", (1, 4), PeriodUse.LEFT)
    ]
    assert (found.status, found.moves, found.cost, found.bound) == (Status.OPTIMAL, (), CANCELLED, CANCELLED)
    quick = at_once(second_week(whole, LessonMoved("maths-2", TUESDAY, NEXT_MONDAY, 890)), [])
    assert quick is not None
    assert [(one.slot, one.period) for one in quick[1]] == [((1, 4), PeriodUse.LEFT)]


def test_a_reception_of_another_lesson_does_not_fall_out_for_it():
    """Chinese is received in the second period: the moved one meets it there, and is not held at all."""
    chinese = [anchor(f"chinese-{day}", "chinese", day, 590) for day in range(1, 6)]
    whole = full(receives=[("a", "maths"), ("a", "chinese")], anchors=[*MATHS, *chinese])
    found = mend(second_week(whole, LessonMoved("maths-1", MONDAY, NEXT_MONDAY, 890)), LIMITS)
    assert {one.subject for one in found.fallbacks} == {"pe"}
    everywhere = cases_of([whole], [LessonMoved("maths-1", MONDAY, NEXT_MONDAY, 590)])
    assert [note.code for case in everywhere for note in mend(case, LIMITS).notes] == ["moved_onto_another"]


def test_the_checker_refuses_a_lesson_that_is_cancelled_and_held():
    case = second_week(received(), LessonMoved("maths-1", MONDAY, NEXT_MONDAY, 890))
    held = [one for one in case.whole.base if (one.subject, one.slot) != ("pe", (1, 4))]
    come = [*held, LocalLesson("a", 1, 4, "maths", "m")]
    assert faults_of(case, come, [], [("a", "pe", (1, 4))]) == []
    assert faults_of(case, come, [], [("a", "pe", (2, 4))])
    assert faults_of(case, come, [], [])


BELL = BellSchedule("b", (Period(1, 540, 580),))
TEACHERS = "mnkp"


def drawn(seed: int) -> WholeSchool:
    """Two full classes with one period a day; their teachers teach both, so that they stand in each other's way."""
    dice = random.Random(seed)
    while True:
        weeks = {one: [dice.choice(TEACHERS) for _day in range(5)] for one in "ab"}
        if "m" in weeks["a"] and all(first != second for first, second in zip(*weeks.values(), strict=True)):
            break
    base = [
        LocalLesson(one, day, 1, f"of-{who}", who) for one, week in weeks.items() for day, who in enumerate(week, 1)
    ]
    rows = [
        requirement(one, f"of-{who}", week.count(who), who)
        for one, week in weeks.items()
        for who in dict.fromkeys([*week, *("m" if one == "a" else "")])
    ]
    day = weeks["a"].index("m") + 1
    made = school(*rows, base=base, receives=[("a", "of-m")], anchors=[anchor("x", "of-m", day, 540)])
    return replace(made, bell=BELL)


def orders_of(lessons: list[str]) -> Iterator[tuple[str, ...]]:
    return iter(set(permutations(lessons)))


def least_of(whole: WholeSchool, day: int) -> int:
    """The least cost of a week into which one lesson of m comes for class a: everything is tried."""
    week = {one: [each.teacher_id for each in whole.base if each.class_id == one] for one in "ab"}
    pinned = whole.anchors[0].weekday - 1 if week["a"].count("m") == 1 else None
    best = CANCELLED + NOT_COMING
    for others in orders_of(week["b"]):
        moved = sum(who != was for who, was in zip(others, week["b"], strict=True))
        for own in orders_of([*week["a"], "m"]):
            if own[day] != "m" or (pinned is not None and own[pinned] != "m"):
                continue
            if any(first == second for first, second in zip(own, others, strict=False)):
                continue
            here = sum(own[at] != week["a"][at] for at in range(5))
            best = min(best, CANCELLED + moved + here)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_it_costs_as_little_as_anything_that_there_is_to_try(seed):
    whole = drawn(seed)
    own = [each.teacher_id for each in sorted(whole.base) if each.class_id == "a"]
    day = next(number for number, who in enumerate(own) if who != "m")
    left = MONDAY + timedelta(days=whole.anchors[0].weekday - 1)
    event = LessonMoved("x", left, NEXT_MONDAY + timedelta(days=day), 540)
    found = mend(second_week(whole, event), LIMITS)
    assert found.status is Status.OPTIMAL
    assert found.cost == found.bound == least_of(whole, day)
