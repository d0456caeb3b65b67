"""One upset week of one school, mended with least change.

Aim: the fewest and mildest fallbacks (`COSTS`), then the fewest lessons moved; one integer objective, so that its bound
proves both. A fallback costs more than any number of moves: it is used only where moving alone cannot do. No class is
left with a free period before its last lesson that it had not. First only the classes that are touched may change; if
what that finds meets a bound by counting, nothing else is searched.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from math import ceil
from types import MappingProxyType

from tongtang.timetable.solver import cpsat
from tongtang.timetable.solver.align import directly_forced
from tongtang.timetable.solver.cpsat import Limits, Outcome, Status
from tongtang.timetable.solver.local import TOLERANCE, CheckerDisagrees, each_school
from tongtang.timetable.solver.local_doubts import Doubt
from tongtang.timetable.solver.local_model import Free, Literal, Terms, WeekModel, close_week, moves, open_week
from tongtang.timetable.solver.repair_check import faults_of
from tongtang.timetable.solver.school_model import LocalLesson, Pair, Slot, by_pair, unavailable_slots
from tongtang.timetable.solver.week_case import WeekCase


class Kind(StrEnum):
    """What happens in the slot of a lesson that could not be moved, mildest first."""

    SUBSTITUTE_OF_SUBJECT = "substitute_of_subject"
    SUBSTITUTE = "substitute"
    COMBINED = "combined"
    RECORDED = "recorded"
    CANCELLED = "cancelled"


COSTS: Mapping[Kind, int] = MappingProxyType(
    {
        Kind.SUBSTITUTE_OF_SUBJECT: 1_000,
        Kind.SUBSTITUTE: 2_000,
        Kind.COMBINED: 3_000,
        Kind.RECORDED: 4_000,
        Kind.CANCELLED: 10_000,
    }
)


@dataclass(frozen=True)
class Fallback:
    """`teacher_id`: the substitute; `partner`: the class whose lesson is joined; a cancelled one is owed."""

    kind: Kind
    class_id: str
    subject: str
    slot: Slot
    teacher_id: str = ""
    partner: str = ""


@dataclass(frozen=True)
class Move:
    """Dates and periods."""

    class_id: str
    subject: str
    left: tuple[date, int]
    came: tuple[date, int]


@dataclass(frozen=True)
class Mended:
    """`cost` = lessons moved + COSTS of the fallbacks; `bound` is proven for it."""

    school_id: str
    monday: date
    status: Status
    moves: tuple[Move, ...]
    fallbacks: tuple[Fallback, ...]
    cost: int | None
    bound: int | None
    seconds: float
    notes: tuple[Doubt, ...] = ()


FEW = 4
"""So many weeks are mended sooner than further processes start."""
Choices = list[tuple[Fallback, Literal]]


def mend(case: WeekCase, limits: Limits) -> Mended:
    """The week with its changes, or the proof that there is none."""
    began = time.monotonic()
    struck = case.struck()
    free = tuple(Fallback(Kind.RECORDED, *pair, slot) for pair, slot in case.recorded)
    if not struck and not case.wanted:
        cost = sum(COSTS[one.kind] for one in free)
        spent = time.monotonic() - began
        return Mended(case.whole.school_id, case.monday, Status.OPTIMAL, (), free, cost, cost, spent, tuple(case.notes))
    floor = max(_counted_bound(case, struck), directly_forced(case.whole, _fixed(case)) if not struck else 0)
    best: tuple[int, tuple[LocalLesson, ...], tuple[Fallback, ...]] | None = None
    status, bound = Status.UNKNOWN, floor
    for only in (_touched(case, struck), None):
        week, choices = _model(case, struck, only)
        if best is not None:
            week.hint(by_pair(best[1]))
        outcome = cpsat.solve(week.model, replace(limits, seconds=_left(limits, began, only is None), linear=2))
        status = outcome.status if only is None else status
        if outcome.solved:
            cost = round(outcome.objective or 0)
            if best is None or cost < best[0]:
                best = cost, week.lessons(outcome), _chosen(outcome, choices)
            if only is None:
                bound = max(bound, ceil((outcome.bound or 0) - TOLERANCE))
        if best is not None and best[0] <= bound:
            break
    return _mended(case, best, bound, status, free, began)


def _left(limits: Limits, began: float, last: bool) -> float:
    left = limits.seconds - (time.monotonic() - began)
    return max(0.2, left if last else left / 2)


def _mended(
    case: WeekCase,
    best: tuple[int, tuple[LocalLesson, ...], tuple[Fallback, ...]] | None,
    bound: int,
    status: Status,
    free: tuple[Fallback, ...],
    began: float,
) -> Mended:
    school_id = case.whole.school_id
    if best is None:
        notes = [*case.notes, *([Doubt("no_week", school_id)] if status is Status.INFEASIBLE else [])]
        spent = time.monotonic() - began
        return Mended(school_id, case.monday, status, (), free, None, None, spent, tuple(notes))
    cost, lessons, fallbacks = best
    faults = faults_of(case, lessons, [(one.class_id, one.subject, one.slot, one.teacher_id) for one in fallbacks])
    if faults:
        raise CheckerDisagrees(f"{school_id} {case.monday}: {faults[0]}")
    known = sum(COSTS[one.kind] for one in free)
    found = Status.OPTIMAL if cost <= bound else Status.FEASIBLE
    return Mended(
        school_id, case.monday, found, tuple(_moves(case, lessons, fallbacks)), (*free, *fallbacks), cost + known,
        min(cost, bound) + known, time.monotonic() - began, tuple(case.notes),
    )  # fmt: skip


def _fixed(case: WeekCase) -> dict[Pair, frozenset[Slot]]:
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


def _touched(case: WeekCase, struck: Sequence[LocalLesson]) -> frozenset[str]:
    fixed = _fixed(case)
    engaged = {(row.teacher_id, slot) for row in case.whole.requirements for slot in case.wanted.get(row.pair, {})}
    in_the_way = {one.class_id for one in case.whole.base if (one.teacher_id, one.slot) in engaged}
    return frozenset({one.class_id for one in struck} | {pair[0] for pair in case.wanted if pair in fixed} | in_the_way)


def _model(case: WeekCase, struck: Sequence[LocalLesson], only: frozenset[str] | None) -> tuple[WeekModel, Choices]:
    terms = Terms(
        free=Free.NOT_NEW, fixed=_fixed(case), closed=frozenset(case.closed), away=frozenset(case.away), only=only
    )
    week = open_week(case.whole, terms)
    choices: Choices = []
    for lesson in struck:
        for fallback in _fallbacks(case, lesson):
            _offer(week, choices, fallback)
    for pair, wanted in case.wanted.items():
        for new, old in wanted.items():
            stay = old or min(by_pair(case.whole.base).get(pair, set()), default=None)
            if stay is not None:
                literal = _offer(week, choices, Fallback(Kind.RECORDED, *pair, stay))
                week.at_fixed[pair, new].append(literal)
    _rooms(case, week)
    _caps(case, week, choices)
    close_week(week)
    costs = sum(COSTS[fallback.kind] * literal for fallback, literal in choices)
    week.model.minimize(moves(week) + costs)
    base = by_pair(case.whole.base)
    week.hint(base)
    return week, choices


def _fallbacks(case: WeekCase, lesson: LocalLesson) -> Iterator[Fallback]:
    whole, slot = case.whole, lesson.slot
    absent = case.away | unavailable_slots(whole)
    if (lesson.teacher_id, slot) in absent:
        for teacher in whole.teachers.values():
            if teacher.teacher_id != lesson.teacher_id and (teacher.teacher_id, slot) not in absent:
                able = lesson.subject in teacher.subjects
                kind = Kind.SUBSTITUTE_OF_SUBJECT if able else Kind.SUBSTITUTE
                yield Fallback(kind, *lesson.pair, slot, teacher_id=teacher.teacher_id)
    if (lesson.teacher_id, slot) in absent or slot in case.rooms:
        grades = whole.classes[lesson.class_id].grades
        for row in whole.requirements:
            same = row.subject == lesson.subject and whole.classes[row.class_id].grades == grades
            if same and row.class_id != lesson.class_id:
                yield Fallback(Kind.COMBINED, *lesson.pair, slot, partner=row.class_id)
    if (lesson.pair, slot) in case.closed:
        yield Fallback(Kind.RECORDED, *lesson.pair, slot)
    yield Fallback(Kind.CANCELLED, *lesson.pair, slot)


def _offer(week: WeekModel, choices: Choices, fallback: Fallback) -> Literal:
    """A literal for the fallback, which fills the lesson's slot in its class."""
    literal = week.literal()
    pair = fallback.class_id, fallback.subject
    week.amounts[pair].append(literal)
    week.of_class[fallback.class_id, fallback.slot].append(literal)
    if (pair, fallback.slot) in week.at_fixed:
        week.at_fixed[pair, fallback.slot].append(literal)
    if fallback.teacher_id:
        key = fallback.teacher_id, fallback.slot
        week.of_teacher[key].append(literal)
        held = any(
            one.teacher_id == key[0] and one.slot == key[1] and one.pair not in week.places for one in week.whole.base
        )
        if held:
            week.model.add_bool_or([literal.negated()])
    if fallback.kind is Kind.COMBINED:
        _with_partner(week, fallback, literal)
    choices.append((fallback, literal))
    return literal


def _with_partner(week: WeekModel, fallback: Fallback, literal: Literal) -> None:
    """The partner's own lesson of the subject must stand in the slot."""
    partner = fallback.partner, fallback.subject
    if partner in week.places:
        there = week.places[partner].get(fallback.slot)
        week.model.add_bool_or([literal.negated(), *([there] if there is not None else [])])
    elif fallback.slot not in by_pair(week.whole.base).get(partner, set()):
        week.model.add_bool_or([literal.negated()])


def _rooms(case: WeekCase, week: WeekModel) -> None:
    for slot, left in case.rooms.items():
        there = [at[slot] for pair, at in week.places.items() if pair in case.whole.receives and slot in at]
        still = sum(one.pair not in week.places for one in case.receptions(slot))
        if len(there) + still > left:
            week.model.add(sum(there) <= max(0, left - still))


def _caps(case: WeekCase, week: WeekModel, choices: Choices) -> None:
    owed: dict[str, int] = defaultdict(int)
    for row in case.whole.requirements:
        owed[row.teacher_id] += row.lessons
    extra: dict[str, list[Literal]] = defaultdict(list)
    for fallback, literal in choices:
        if fallback.teacher_id:
            extra[fallback.teacher_id].append(literal)
    for teacher_id, literals in extra.items():
        room = max(0, case.whole.teachers[teacher_id].weekly_cap - owed[teacher_id])
        if room < len(literals):
            week.model.add(sum(literals) <= room)


def _chosen(outcome: Outcome, choices: Choices) -> tuple[Fallback, ...]:
    return tuple(fallback for fallback, literal in choices if outcome.is_true(literal))


def _moves(case: WeekCase, lessons: Sequence[LocalLesson], fallbacks: Sequence[Fallback]) -> Iterator[Move]:
    """Which lesson went where: the same day first, then in order."""
    before, after = by_pair(case.whole.base), by_pair(lessons)
    for one in fallbacks:
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
                yield Move(*pair, case.carried[pair], came)


def _alone(slot: Slot, gone: Sequence[Slot]) -> bool:
    return all(one[0] != slot[0] for one in gone)


def _dated(case: WeekCase, slot: Slot) -> tuple[date, int]:
    return case.monday + timedelta(days=slot[0] - 1), slot[1]


Work = tuple[WeekCase, Limits]


def _mend_one(work: Work) -> Mended:
    return mend(*work)


def mend_all(cases: Sequence[WeekCase], limits: Limits, workers: int) -> Iterator[Mended]:
    """Each week as it is mended, in the order given."""
    return each_school([(case, limits) for case in cases], _mend_one, workers if len(cases) > FEW else 1)
