"""A school's whole week from its requirements alone: every hard rule, and the least penalty for the soft ones.

First the soft columns bind as hard rules, which leaves a small model; only where that is impossible they are priced.
A school is solved by itself: schools share no teacher. Weights and their reason: `local_rules.WEIGHTS`.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TypeVar

from tongtang.timetable.solver import cpsat
from tongtang.timetable.solver.cpsat import Limits, Outcome, Status
from tongtang.timetable.solver.day_plan import plan_days
from tongtang.timetable.solver.local_check import examine
from tongtang.timetable.solver.local_doubts import Doubt, doubts_of
from tongtang.timetable.solver.local_model import Free, Terms, WeekModel, close_week, open_week
from tongtang.timetable.solver.local_rules import WEIGHTS, SoftRule
from tongtang.timetable.solver.local_soft import Price, bind_stated, free_prices, late_meetings, stated_prices
from tongtang.timetable.solver.meetings import LastMeetings, last_meetings
from tongtang.timetable.solver.school_model import LocalLesson, Pair, Slot, WholeSchool, by_pair
from tongtang.timetable.solver.stated import lessons_beyond

TOLERANCE = 1e-6
DETERMINISTIC = 20.0
"""The most work of one search in CP-SAT's own measure, about as many seconds."""
Item = TypeVar("Item")
Done = TypeVar("Done")


@dataclass(frozen=True)
class LocalWeek:
    """What came of one school: `penalty` counted by the checker, `bound` proven, both None without a week.

    `doubts` say what is impossible and why.
    """

    school_id: str
    status: Status
    lessons: tuple[LocalLesson, ...]
    penalty: int | None
    bound: int | None
    seconds: float
    doubts: tuple[Doubt, ...] = ()


class CheckerDisagrees(Exception):
    """The independent checker found a hard breach in a week that the solver called solved: a fault of ours."""


def solve_school(whole: WholeSchool, limits: Limits, fixed: Mapping[Pair, frozenset[Slot]] | None = None) -> LocalWeek:
    """The week of one school, around `fixed` slots. The base week is not looked at."""
    began = time.monotonic()
    doubts = doubts_of(whole, fixed or {})
    if doubts:
        return LocalWeek(whole.school_id, Status.INFEASIBLE, (), None, None, time.monotonic() - began, doubts)
    week, outcome, bound = _stated_first(replace(whole, base=()), limits, fixed or {}, began)
    seconds = time.monotonic() - began
    if not outcome.solved:
        found = (Doubt("no_week", whole.school_id, {}),) if outcome.status is Status.INFEASIBLE else ()
        return LocalWeek(whole.school_id, outcome.status, (), None, None, seconds, found)
    lessons = week.lessons(outcome)
    penalty = agreed_penalty(whole, lessons)
    if penalty > bound and week.terms.stated:
        # What binds as stated may cost more elsewhere than it saves.
        left = max(limits.seconds - seconds, limits.seconds / 2)
        week, outcome, bound = _cheapest(replace(whole, base=()), fixed or {}, limits, left, bound, lessons)
        better = week.lessons(outcome) if outcome.solved else lessons
        lessons, penalty = min((lessons, penalty), (better, agreed_penalty(whole, better)), key=lambda one: one[1])
    status = Status.OPTIMAL if penalty <= bound else Status.FEASIBLE
    return LocalWeek(whole.school_id, status, lessons, penalty, min(bound, penalty), time.monotonic() - began)


def agreed_penalty(whole: WholeSchool, lessons: Sequence[LocalLesson]) -> int:
    """The penalty of a week as the checker counts it. Raises CheckerDisagrees for a hard breach."""
    findings = examine(whole, lessons)
    if findings.breaches:
        raise CheckerDisagrees(f"{whole.school_id}: {findings.breaches[0]}")
    return findings.penalty


def _stated_first(
    whole: WholeSchool, limits: Limits, fixed: Mapping[Pair, frozenset[Slot]], began: float
) -> tuple[WeekModel, Outcome, int]:
    """The model that gave the outcome, and the penalty that is proven of every week."""
    beyond = lessons_beyond(whole, fixed)
    best = last_meetings(whole, beyond)
    for terms, part in _attempts(whole, Terms(stated=True, free=Free.NONE, fixed=fixed, beyond=beyond), best, limits):
        week = open_week(whole, terms)
        close_week(week)
        forced = bind_stated(week)
        late = late_meetings(week)
        week.model.add(sum(literal for _weight, literal in late) <= best.missed)
        outcome = cpsat.solve(week.model, replace(limits, seconds=limits.seconds * part, linear=0))
        if outcome.solved:
            return week, outcome, forced + best.missed * WEIGHTS[SoftRule.MEETING_NOT_LAST]
    left = max(limits.seconds - (time.monotonic() - began), limits.seconds / 2)
    terms = Terms(stated=True, free=Free.NONE, fixed=fixed, beyond=beyond)
    days = plan_days(open_week(whole, terms), replace(limits, seconds=left / 4), 0)
    week = open_week(whole, replace(terms, per_day=days))
    close_week(week)
    forced = bind_stated(week)
    outcome = cpsat.solve(week.model, replace(limits, seconds=left / 4, linear=0))
    floor = forced + best.missed * WEIGHTS[SoftRule.MEETING_NOT_LAST]
    return (week, outcome, floor) if outcome.solved else _priced(whole, fixed, limits, left, floor)


def _priced(
    whole: WholeSchool, fixed: Mapping[Pair, frozenset[Slot]], limits: Limits, left: float, floor: int
) -> tuple[WeekModel, Outcome, int]:
    """Everything stated at its price, which hides the week that the hard rules alone soon have: it begins there."""
    week = open_week(whole, Terms(free=Free.ANY, fixed=fixed))
    close_week(week)
    any_week = cpsat.solve(week.model, replace(limits, seconds=left / 4, linear=0))
    if any_week.status is Status.INFEASIBLE:
        return week, any_week, floor
    lessons = week.lessons(any_week) if any_week.solved else ()
    better, best, bound = _cheapest(whole, fixed, limits, left, floor, lessons)
    return (better, best, bound) if best.solved or not any_week.solved else (week, any_week, bound)


def _cheapest(
    whole: WholeSchool,
    fixed: Mapping[Pair, frozenset[Slot]],
    limits: Limits,
    left: float,
    floor: int,
    lessons: Sequence[LocalLesson],
) -> tuple[WeekModel, Outcome, int]:
    """Everything at its price, begun from `lessons`. The linear relaxation sees all: without it little is proven."""
    week = open_week(whole, Terms(free=Free.ANY, fixed=fixed))
    close_week(week)
    _minimise(week, [*stated_prices(week), *free_prices(week), *late_meetings(week)])
    if lessons:
        week.hint(by_pair(lessons))
    best = cpsat.solve(week.model, replace(limits, seconds=left / 2, linear=2))
    return week, best, max(floor, _bound_of(best))


def _bound_of(outcome: Outcome) -> int:
    return ceil((outcome.bound or 0) - TOLERANCE)


def _attempts(whole: WholeSchool, stated: Terms, best: LastMeetings, limits: Limits) -> Iterator[tuple[Terms, float]]:
    """What to try for a week without any avoidable penalty, and for which part of the time.

    First with the meetings where the matching puts them and each lesson's day settled, which leaves little to search;
    then with fewer of these decisions taken.
    """
    fixed = stated.fixed
    taken = {(pair[0], slot) for pair, slots in fixed.items() for slot in slots}
    meetings = {
        pair: slots
        for pair, slots in best.at.items()
        if pair[0] not in stated.beyond and not any((pair[0], slot) in taken for slot in slots)
    }
    ends = frozenset((pair[0], slot) for pair, slots in meetings.items() for slot in slots)
    both = {pair: slots | fixed.get(pair, frozenset()) for pair, slots in meetings.items()}
    terms = replace(stated, fixed={**fixed, **both}, ends=ends)
    for attempt, (slack, part) in enumerate(((1, 0.3), (1, 0.2), (0, 0.1))):
        chance = replace(limits, seconds=limits.seconds * 0.1, seed=limits.seed + attempt)
        days = plan_days(open_week(whole, terms), chance, slack)
        if days is not None:
            yield replace(terms, per_day=days), part
    yield terms, 0.1
    yield stated, 0.1


def _minimise(week: WeekModel, prices: Sequence[Price]) -> None:
    week.model.minimize(sum(weight * literal for weight, literal in prices))


def scratch_distance(whole: WholeSchool, lessons: Sequence[LocalLesson]) -> int:
    """How many lessons of `lessons` stand where the base has none of their pair."""
    held = by_pair(whole.base)
    return sum(lesson.slot not in held.get(lesson.pair, set()) for lesson in lessons)


Work = tuple[WholeSchool, Limits, Mapping[Pair, frozenset[Slot]], float]


def _solve_one(work: Work) -> LocalWeek:
    whole, limits, fixed, deadline = work
    left = max(1.0, deadline - time.monotonic())
    return solve_school(whole, replace(limits, seconds=min(limits.seconds, left)), fixed)


def longest(seconds: float, schools: int, workers: int) -> float:
    """What one school may take of `seconds` for all: far more than its share, since few need even that."""
    return max(10.0, 10 * seconds * workers / max(1, schools))


def each_school(work: Sequence[Item], task: Callable[[Item], Done], workers: int) -> Iterator[Done]:
    """`task` of each, in order: in this process, or in several with one solver thread each."""
    if workers <= 1 or len(work) <= 1:
        yield from map(task, work)
        return
    with multiprocessing.get_context("fork").Pool(min(workers, len(work))) as pool:
        yield from pool.imap(task, work)


def solve_all(
    schools: Sequence[WholeSchool],
    seconds: float,
    workers: int,
    seed: int,
    fixed: Sequence[Mapping[Pair, frozenset[Slot]]],
) -> Iterator[LocalWeek]:
    """Each school's week as it is done, in the order given, all by `seconds` from now where possible."""
    deadline = time.monotonic() + seconds
    limits = Limits(longest(seconds, len(schools), workers), DETERMINISTIC, seed=seed)
    work: list[Work] = [(whole, limits, held, deadline) for whole, held in zip(schools, fixed, strict=True)]
    return each_school(work, _solve_one, workers)
