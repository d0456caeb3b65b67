"""Whole schools' weeks for the contexts above. OR-Tools is loaded by whoever solves, never by a page."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tongtang.timetable.solver.events import Event, LessonMoved, days_between, monday_of
from tongtang.timetable.solver.local_doubts import anchor_slots, fit_of
from tongtang.timetable.solver.school_model import (
    AnchorLesson,
    Pair,
    Slot,
    WholeSchool,
    carried_beside,
    given_away,
    unavailable_slots,
)
from tongtang.timetable.solver.week_case import cases_of

if TYPE_CHECKING:
    from tongtang.timetable.solver.align import Aligned
    from tongtang.timetable.solver.local import LocalWeek
    from tongtang.timetable.solver.repair import Mended


def solve_weeks(
    schools: Sequence[WholeSchool],
    seconds: float,
    workers: int,
    seed: int,
    fixed: Sequence[Mapping[Pair, frozenset[Slot]]] | None = None,
) -> "Iterator[LocalWeek]":
    """Each school's week from its requirements, around `fixed` slots; see `solver/local.py`."""
    from tongtang.timetable.solver.local import solve_all

    held = fixed if fixed is not None else [{} for _school in schools]
    return solve_all(schools, seconds, workers, seed, held)


def align_weeks(schools: Sequence[WholeSchool], seconds: float, workers: int, seed: int) -> "Iterator[Aligned]":
    """Each receiver's week with the anchor's lessons in it; see `solver/align.py`."""
    from tongtang.timetable.solver.align import align_all

    return align_all(schools, seconds, workers, seed)


def mend_weeks(
    schools: Sequence[WholeSchool], events: Sequence[Event], seconds: float, workers: int, seed: int
) -> "list[Mended]":
    """The weeks that the events upset, mended; `seconds` is for all of them together. See `solver/repair.py`."""
    from tongtang.timetable.solver.cpsat import Limits
    from tongtang.timetable.solver.repair import mend_all

    return list(mend_all(cases_of(schools, events), Limits(seconds, seed=seed), workers))


def legal_slots(schools: Sequence[WholeSchool], event: LessonMoved) -> list[tuple[date, int]]:
    """Other dates and starts of the week at which every receiver could attend: nothing pinned stands in the way.

    Nor do lessons of the county that fill the link.
    """
    moved = next(one for whole in schools for one in whole.anchors if one.anchor_lesson_id == event.anchor_lesson_id)
    monday = monday_of(event.day)
    starts = sorted({period.start for whole in schools if whole.anchors for period in whole.bell.periods})
    return [
        (day, start)
        for day in days_between(monday, monday + timedelta(days=4))
        for start in starts
        if all(_could_attend(whole, moved, day, start) for whole in schools)
    ]


def _could_attend(whole: WholeSchool, moved: AnchorLesson, day: date, start: int) -> bool:
    pairs = [pair for pair in whole.receives if pair[1] == moved.subject]
    if not any(moved.grade in whole.classes[class_id].grades for class_id, _subject in pairs):
        return True
    period = fit_of(whole, start)
    if period is None:
        return False
    slot = day.isoweekday(), period
    if carried_beside(whole, slot) >= whole.school.max_streams:
        return False
    received, _doubts = anchor_slots(whole)
    gone, away = given_away(whole), unavailable_slots(whole)
    teacher_of = {row.pair: row.teacher_id for row in whole.requirements}
    return all(
        (pair[0], slot) not in gone
        and (teacher_of.get(pair, ""), slot) not in away
        and not any(slot in slots for other, slots in received.items() if other[0] == pair[0])
        for pair in pairs
    )
