"""One upset week of one school, mended with least change.

Aim: the fewest and mildest fallbacks (`COSTS`), then the fewest lessons moved; one integer objective, so that its bound
proves both. A fallback costs more than any number of moves: it is used only where moving alone cannot do. No class is
left with a free period before its last lesson that it had not.

First a deepening search over few moves, which proves what it finds; then, for greater upsets, CP-SAT: only the classes
that are touched may change, then all.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil

from tongtang.timetable.solver.align import directly_forced
from tongtang.timetable.solver.cpsat import Limits, Status
from tongtang.timetable.solver.local import TOLERANCE, CheckerDisagrees, each_school
from tongtang.timetable.solver.local_check import examine
from tongtang.timetable.solver.local_doubts import Doubt
from tongtang.timetable.solver.local_rules import LocalRule
from tongtang.timetable.solver.repair_board import Week
from tongtang.timetable.solver.repair_check import Fallen, Filled, faults_of
from tongtang.timetable.solver.repair_fallbacks import COSTS, Fallback, Kind, PeriodUse, at_once, mildest, stuck
from tongtang.timetable.solver.repair_model import Fixed, solve_week, touched
from tongtang.timetable.solver.repair_search import search_moves
from tongtang.timetable.solver.school_model import (
    LocalLesson,
    Pair,
    Slot,
    by_pair,
    given_away,
    slots_of,
    unavailable_slots,
)
from tongtang.timetable.solver.week_case import WeekCase


@dataclass(frozen=True)
class Move:
    """Dates and periods."""

    class_id: str
    subject: str
    left: tuple[date, int]
    came: tuple[date, int]


@dataclass(frozen=True)
class Mended:
    """`cost` = lessons moved + cost of the fallbacks; `bound` is proven for it."""

    school_id: str
    monday: date
    status: Status
    moves: tuple[Move, ...]
    fallbacks: tuple[Fallback, ...]
    cost: int | None
    bound: int | None
    seconds: float
    notes: tuple[Doubt, ...] = ()


FEW, LEAST = 4, 0.2
"""So many weeks are mended sooner than further processes start; seconds that a week gets however late it is."""


@dataclass
class _Best:
    """The cheapest week so far, and what is proven of all."""

    bound: int
    status: Status = Status.UNKNOWN
    cost: int | None = None
    lessons: tuple[LocalLesson, ...] = ()
    fallbacks: tuple[Fallback, ...] = ()

    @property
    def proven(self) -> bool:
        return self.cost is not None and self.cost <= self.bound

    def take(self, cost: int, lessons: tuple[LocalLesson, ...], fallbacks: tuple[Fallback, ...]) -> None:
        if self.cost is None or cost < self.cost:
            self.cost, self.lessons, self.fallbacks = cost, lessons, fallbacks


def mend(case: WeekCase, limits: Limits) -> Mended:
    """The week with its changes, or the proof that there is none."""
    began = time.monotonic()
    broken = _broken_base(case)
    if broken is not None:
        return _answer(replace(case, notes=[*case.notes, broken]), _Best(0), began)
    struck = case.struck()
    if not struck and not case.wanted:
        return _answer(case, _Best(0, Status.OPTIMAL, 0, case.whole.base), began)
    fixed = fixed_slots(case)
    floor = max(_counted_bound(case, struck), directly_forced(case.whole, fixed) if not struck else 0)
    best = _Best(max(floor, _least_falling_out(case)))
    _by_search(case, struck, fixed, best)
    quick = at_once(case, struck) if best.cost is None else None
    if quick is not None and not faults_of(case, quick[0], _filled(quick[1]), _fallen(quick[1])):
        best.take(sum(one.cost for one in quick[1]), *quick)
    for only in () if best.proven else (touched(case, struck, fixed), None):
        left = max(LEAST, limits.seconds - (time.monotonic() - began))
        seconds = left if only is None else left / 2
        outcome, lessons, fallbacks = solve_week(case, struck, fixed, only, replace(limits, seconds=seconds))
        if outcome.solved:
            best.take(round(outcome.objective or 0), lessons, fallbacks)
        if only is None:
            best.status = outcome.status
            best.bound = max(best.bound, ceil((outcome.bound or 0) - TOLERANCE))
        if best.proven:
            break
    return _answer(case, best, began)


MENDABLE = (LocalRule.CLASS_GIVEN_AWAY, LocalRule.TEACHER_NOT_THERE, LocalRule.LESSONS_MISSING)
"""Breaches that mending ends by itself: the lessons are struck, or come from another week."""


def _broken_base(case: WeekCase) -> Doubt | None:
    """What is wrong with the timetable before any event: nothing can be said of a week that is none."""
    found = [one for one in examine(case.whole, case.whole.base).breaches if one.rule not in MENDABLE]
    if not found:
        return None
    return Doubt("base_broken", case.whole.school_id, {"school_id": case.whole.school_id, "count": len(found)})


def _by_search(case: WeekCase, struck: Sequence[LocalLesson], fixed: Fixed, best: _Best) -> None:
    """What few moves can do, with the mildest fallbacks where no move can help."""
    forced = mildest(case, stuck(case, struck, fixed))
    if forced is None:
        return
    stand_ins = {(one.pair, one.slot): [each.teacher_id for each in several] for one, several in forced.items()}
    found = search_moves(case, fixed, stand_ins, lambda week: _drawbacks(case, week))
    kinds = {(one.pair, one.slot): several[0].kind for one, several in forced.items()}
    least = sum(COSTS[kind] for kind in kinds.values())
    best.bound = max(best.bound, least + found.bound)
    if found.week is not None:
        fallbacks = tuple(
            Fallback(kinds[pair, slot], *pair, slot, teacher_id=teacher) for pair, slot, teacher in found.week.others
        )
        best.take(least + found.bound, found.week.own, fallbacks)


def _drawbacks(case: WeekCase, week: Week) -> tuple[int, int]:
    """Of two weeks with equally few moves the better one breaks fewer soft rules, then moves less to other days."""
    base, own = set(case.whole.base), set(week.own)
    came, left = own - base, Counter((one.pair, one.weekday) for one in base - own)
    class_ids = {one.class_id for one in came}
    others = [LocalLesson(pair[0], *slot, pair[1], teacher) for pair, slot, teacher in week.others]
    part = replace(
        case.whole,
        classes={one: case.whole.classes[one] for one in class_ids},
        requirements=tuple(row for row in case.whole.requirements if row.class_id in class_ids),
    )
    lessons = [one for one in (*week.own, *others) if one.class_id in class_ids]
    days = Counter((one.pair, one.weekday) for one in came) - left
    return examine(part, lessons).penalty, days.total()


def _filled(fallbacks: Sequence[Fallback]) -> list[Filled]:
    return [(one.class_id, one.subject, one.slot, one.teacher_id) for one in fallbacks if one.period is PeriodUse.KEPT]


def _fallen(fallbacks: Sequence[Fallback]) -> list[Fallen]:
    return [(one.class_id, one.subject, one.slot) for one in fallbacks if one.period is not PeriodUse.KEPT]


def _answer(case: WeekCase, best: _Best, began: float) -> Mended:
    """The week as the checker has passed it. Raises CheckerDisagrees."""
    school_id = case.whole.school_id
    free = tuple(Fallback(Kind.RECORDED, *pair, slot) for pair, slot in case.recorded)
    if best.cost is None:
        notes = [*case.notes, *([Doubt("no_week", school_id)] if best.status is Status.INFEASIBLE else [])]
        spent = time.monotonic() - began
        return Mended(school_id, case.monday, best.status, (), free, None, None, spent, tuple(notes))
    faults = faults_of(case, best.lessons, _filled(best.fallbacks), _fallen(best.fallbacks))
    if faults:
        raise CheckerDisagrees(f"{school_id} {case.monday}: {faults[0]}")
    known = sum(one.cost for one in free)
    return Mended(
        school_id,
        case.monday,
        Status.OPTIMAL if best.proven else Status.FEASIBLE,
        tuple(_moves(case, best.lessons, best.fallbacks)),
        (*free, *best.fallbacks),
        best.cost + known,
        min(best.cost, best.bound) + known,
        time.monotonic() - began,
        tuple(case.notes),
    )


def fixed_slots(case: WeekCase) -> dict[Pair, frozenset[Slot]]:
    """Where a lesson of a pair has to stand: receptions that stay, and those that the anchor has moved."""
    both: dict[Pair, set[Slot]] = defaultdict(set)
    for pair, slots in case.pinned.items():
        both[pair] |= slots
    for pair, wanted in case.wanted.items():
        both[pair] |= set(wanted)
    return {pair: frozenset(slots) for pair, slots in both.items() if slots}


def _counted_bound(case: WeekCase, struck: Sequence[LocalLesson]) -> int:
    """Each lesson that cannot stay costs a move; so does filling its period, if lessons of the day follow it.

    The second is counted once a class, and only where none of the class's struck lessons can be what fills it.
    """
    absent = case.away | unavailable_slots(case.whole)
    gone = {one for one in struck if (one.pair, one.slot) in case.closed or (one.teacher_id, one.slot) in absent}
    total = len(gone)
    for class_id in {one.class_id for one in gone}:
        own = [one for one in gone if one.class_id == class_id]
        days = [one for one in case.whole.base if one.class_id == class_id and one not in gone]
        total += any(
            any(other.weekday == one.weekday and other.period > one.period for other in days)
            and all((other.pair, one.slot) in case.closed or (other.teacher_id, one.slot) in absent for other in own)
            for one in own
        )
    return total


def _least_falling_out(case: WeekCase) -> int:
    """What the lessons from another week cost at least: those for which their classes have no period fall out.

    Each that comes is a move, and so is what its teacher gives another class then; two, if that class has no period
    free. One that does not come costs more than all that.
    """
    owed = Counter(row.class_id for row in case.whole.requirements for _lesson in range(row.lessons))
    gone = given_away(case.whole)
    free = {one: sum((one, slot) not in gone for slot in slots_of(case.whole)) - owed[one] for one in owed}
    coming = {pair: [new for new, old in case.wanted[pair].items() if old is None] for pair in case.carried}
    full = sum(max(0, -free[class_id]) for class_id in {pair[0] for pair in coming})
    if not full:
        return 0
    held = by_pair(case.whole.base)
    placed = sum(slot not in held.get(pair, set()) for pair, slots in coming.items() for slot in slots)
    teacher_of = {row.pair: row.teacher_id for row in case.whole.requirements}
    engaged = {(teacher_of[pair], slot) for pair, slots in coming.items() for slot in slots}
    met = Counter(one.class_id for one in case.whole.base if (one.teacher_id, one.slot) in engaged)
    for class_id in {pair[0] for pair in coming}:
        del met[class_id]
    moved = sum(max(count, 1 if free[class_id] > 0 else 2) for class_id, count in met.items())
    return full * COSTS[Kind.CANCELLED] + placed + moved


def _moves(case: WeekCase, lessons: Sequence[LocalLesson], fallbacks: Sequence[Fallback]) -> Iterator[Move]:
    """Which lesson went where: the same day first, then in order."""
    before, after = by_pair(case.whole.base), by_pair(lessons)
    carried = {pair: iter(several) for pair, several in case.carried.items()}
    for one in fallbacks:
        if one.period is PeriodUse.NONE:
            continue
        after.setdefault((one.class_id, one.subject), set()).add(one.slot)
    for pair in sorted({*before, *after}):
        gone = sorted(before.get(pair, set()) - after.get(pair, set()))
        for slot in sorted(after.get(pair, set()) - before.get(pair, set()), key=lambda one: (_alone(one, gone), one)):
            came = _dated(case, slot)
            if gone:
                left = next((one for one in gone if one[0] == slot[0]), gone[0])
                gone.remove(left)
                yield Move(*pair, _dated(case, left), came)
            else:
                yield Move(*pair, next(carried[pair]), came)


def _alone(slot: Slot, gone: Sequence[Slot]) -> bool:
    return all(one[0] != slot[0] for one in gone)


def _dated(case: WeekCase, slot: Slot) -> tuple[date, int]:
    return case.monday + timedelta(days=slot[0] - 1), slot[1]


Work = tuple[WeekCase, Limits, float]


def _mend_one(work: Work) -> Mended:
    case, limits, deadline = work
    return mend(case, replace(limits, seconds=max(LEAST, deadline - time.monotonic())))


def mend_all(cases: Sequence[WeekCase], limits: Limits, workers: int) -> Iterator[Mended]:
    """Each week as it is mended, in the order given; `limits.seconds` is for all of them together."""
    deadline = time.monotonic() + limits.seconds
    return each_school([(case, limits, deadline) for case in cases], _mend_one, workers if len(cases) > FEW else 1)
