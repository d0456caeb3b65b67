"""An anchor's fixed lessons into the weeks of its receivers, everything else moved least.

Two aims, one after the other: fewest lessons moved, proven where the time allows; then, with no more moves, the least
penalty for the soft rules.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from tongtang.timetable.solver import cpsat
from tongtang.timetable.solver.cpsat import Limits, Status
from tongtang.timetable.solver.local import DETERMINISTIC, TOLERANCE, agreed_penalty, each_school, longest
from tongtang.timetable.solver.local_check import examine
from tongtang.timetable.solver.local_doubts import Doubt, anchor_slots, doubts_of
from tongtang.timetable.solver.local_model import Free, Terms, WeekModel, close_week, moves, open_week
from tongtang.timetable.solver.local_soft import free_prices, late_meetings, stated_prices
from tongtang.timetable.solver.school_model import LocalLesson, LocalRequirement, Pair, Slot, WholeSchool, by_pair

POLISH = 1.0
"""Seconds, and work in CP-SAT's own measure, that the second aim gets."""


@dataclass(frozen=True)
class Aligned:
    """`forced_minimum` lessons move in any solution: proven. `directly` of them can be counted without a search."""

    school_id: str
    status: Status
    lessons: tuple[LocalLesson, ...]
    moved: int | None
    forced_minimum: int | None
    directly: int
    penalty: int | None
    seconds: float
    doubts: tuple[Doubt, ...] = ()


def directly_forced(whole: WholeSchool, fixed: Mapping[Pair, frozenset[Slot]]) -> int:
    """Lessons that cannot stay once the fixed slots hold: those to be put there, and those that stand in their way.

    In the way is another subject of the class, or another class of the teacher, in a fixed slot. A lesson of a fixed
    pair is counted once, as one to be put in its place; of another pair, what is owed beyond the lessons that can stay.
    """
    held = by_pair(whole.base)
    teacher_of = {row.pair: row.teacher_id for row in whole.requirements}
    placed = sum(len(slots - held.get(pair, set())) for pair, slots in fixed.items())
    taken = {(pair[0], slot) for pair, slots in fixed.items() for slot in slots}
    engaged = {(teacher_of[pair], slot) for pair, slots in fixed.items() for slot in slots if pair in teacher_of}
    in_the_way = sum(
        max(0, row.lessons - len(_staying(row, held.get(row.pair, set()), taken, engaged)))
        for row in whole.requirements
        if row.pair not in fixed
    )
    return placed + in_the_way


def _staying(
    row: LocalRequirement, held: set[Slot], taken: set[tuple[str, Slot]], engaged: set[tuple[str, Slot]]
) -> set[Slot]:
    return {slot for slot in held if (row.class_id, slot) not in taken and (row.teacher_id, slot) not in engaged}


def align_school(whole: WholeSchool, limits: Limits) -> Aligned:
    """The school's week with its receptions at the anchor's times; as it is where it receives nothing."""
    began = time.monotonic()
    if not whole.receives:
        penalty = examine(whole, whole.base).penalty
        return Aligned(whole.school_id, Status.OPTIMAL, whole.base, 0, 0, 0, penalty, time.monotonic() - began)
    fixed, doubts = anchor_slots(whole)
    doubts += doubts_of(whole, fixed)
    if doubts:
        return Aligned(whole.school_id, Status.INFEASIBLE, (), None, None, 0, None, time.monotonic() - began, doubts)
    floor = directly_forced(whole, fixed)
    terms = Terms(free=Free.ANY, fixed=fixed)
    week = _fewest_moves(whole, terms)
    outcome = cpsat.solve(week.model, replace(limits, linear=2))
    seconds = time.monotonic() - began
    if not outcome.solved:
        found = (Doubt("no_week", whole.school_id),) if outcome.status is Status.INFEASIBLE else ()
        return Aligned(whole.school_id, outcome.status, (), None, None, floor, None, seconds, found)
    moved = round(outcome.objective or 0)
    bound = max(floor, ceil((outcome.bound or 0) - TOLERANCE))
    lessons = polished(
        whole, terms, week.lessons(outcome), moved, replace(limits, seconds=POLISH, deterministic=POLISH)
    )
    penalty = agreed_penalty(whole, lessons)
    status = Status.OPTIMAL if moved <= bound else Status.FEASIBLE
    seconds = time.monotonic() - began
    return Aligned(whole.school_id, status, lessons, moved, min(moved, bound), floor, penalty, seconds)


def _fewest_moves(whole: WholeSchool, terms: Terms) -> WeekModel:
    week = open_week(whole, terms)
    close_week(week)
    week.model.minimize(moves(week))
    week.hint(by_pair(whole.base))
    return week


def polished(
    whole: WholeSchool, terms: Terms, lessons: tuple[LocalLesson, ...], moved: int, limits: Limits
) -> tuple[LocalLesson, ...]:
    """As few moves, and the least penalty that the time allows; the lessons as given where it finds nothing."""
    week = open_week(whole, terms)
    close_week(week)
    week.model.add(moves(week) <= moved)
    prices = [*stated_prices(week), *free_prices(week), *late_meetings(week)]
    week.model.minimize(sum(weight * literal for weight, literal in prices))
    week.hint(by_pair(lessons))
    outcome = cpsat.solve(week.model, replace(limits, linear=2))
    return week.lessons(outcome) if outcome.solved else lessons


Work = tuple[WholeSchool, Limits, float]


def _align_one(work: Work) -> Aligned:
    whole, limits, deadline = work
    left = max(1.0, deadline - time.monotonic())
    return align_school(whole, replace(limits, seconds=min(limits.seconds, left)))


def align_all(schools: Sequence[WholeSchool], seconds: float, workers: int, seed: int) -> Iterator[Aligned]:
    """Each school's week as it is done, in the order given, all by `seconds` from now where possible."""
    deadline = time.monotonic() + seconds
    receivers = max(1, sum(1 for whole in schools if whole.receives))
    limits = Limits(longest(seconds, receivers, workers), DETERMINISTIC, seed=seed)
    return each_school([(whole, limits, deadline) for whole in schools], _align_one, workers)
