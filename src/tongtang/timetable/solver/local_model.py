"""Booleans of one school's week: a lesson of a pair stands in a slot. What every local model shares.

`open_week` declares them, callers may put further literals into the same slots (a substitute, a recorded lesson), and
`close_week` posts the clashes, the amounts and the free periods.
"""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from ortools.sat.python import cp_model

from tongtang.timetable.solver.cpsat import Outcome
from tongtang.timetable.solver.school_model import (
    PHYSICAL_EDUCATION,
    LocalLesson,
    LocalRequirement,
    Pair,
    Slot,
    WholeSchool,
    by_pair,
    days_of,
    given_away,
    periods_of,
    slots_of,
    unavailable_slots,
)
from tongtang.timetable.solver.stated import FIRST, first_periods

Literal = cp_model.IntVar


class Free(Enum):
    """Which free periods before a class's last lesson of the day a model lets stand."""

    NONE = "none"
    NOT_NEW = "not_new"
    ANY = "any"


@dataclass(frozen=True)
class Terms:
    """What a model must keep beside the school's own hard rules.

    `stated`: the soft columns of the requirements bind as well. `fixed`: slots in which a pair must stand. `closed`:
    where it must not. `away`: (teacher, slot). `only`: the classes whose lessons may move at all, None for every one.
    `ends`: (class, slot) after which the class has no lesson that day. `per_day`: how many
    lessons of a pair a day holds, where that is settled. `beyond`: how many lessons of a class stand outside the stated
    periods of their rows, where these cannot hold all.
    """

    stated: bool = False
    free: Free = Free.ANY
    fixed: Mapping[Pair, frozenset[Slot]] = field(default_factory=dict)
    closed: frozenset[tuple[Pair, Slot]] = frozenset()
    away: frozenset[tuple[str, Slot]] = frozenset()
    only: frozenset[str] | None = None
    ends: frozenset[tuple[str, Slot]] = frozenset()
    per_day: Mapping[tuple[Pair, int], int] | None = None
    beyond: Mapping[str, int] = field(default_factory=dict)


@dataclass
class WeekModel:
    """`places[pair][slot]` is the literal of a lesson there; `amounts[pair]` sum up to what the pair is owed."""

    whole: WholeSchool
    terms: Terms
    model: cp_model.CpModel
    rows: dict[Pair, LocalRequirement]
    places: dict[Pair, dict[Slot, Literal]]
    amounts: dict[Pair, list[Literal]]
    of_class: dict[tuple[str, Slot], list[Literal]]
    of_teacher: dict[tuple[str, Slot], list[Literal]]
    at_fixed: dict[tuple[Pair, Slot], list[Literal]] = field(default_factory=dict)
    busy: dict[tuple[str, Slot], Literal] = field(default_factory=dict)

    def literal(self) -> Literal:
        return self.model.new_bool_var("")

    def hint(self, lessons: Mapping[Pair, set[Slot]]) -> None:
        """Start the search from these places."""
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        for pair, at in self.places.items():
            held = lessons.get(pair, set())
            for slot, literal in at.items():
                self.model.add_hint(literal, slot in held)

    def lessons(self, outcome: Outcome) -> tuple[LocalLesson, ...]:
        """The week of a solution, with the lessons that were not free to move."""
        found = [
            LocalLesson(pair[0], *slot, pair[1], self.rows[pair].teacher_id)
            for pair, at in self.places.items()
            for slot, literal in at.items()
            if outcome.is_true(literal)
        ]
        only = self.terms.only
        still = [lesson for lesson in self.whole.base if only is not None and lesson.class_id not in only]
        return tuple(sorted([*found, *still]))


def open_week(whole: WholeSchool, terms: Terms) -> WeekModel:
    """Every place that a lesson may take on its own."""
    rows = {row.pair: row for row in whole.requirements if terms.only is None or row.class_id in terms.only}
    model = cp_model.CpModel()
    week = WeekModel(whole, terms, model, rows, {}, {}, defaultdict(list), defaultdict(list))
    gone = given_away(whole)
    absent = unavailable_slots(whole) | terms.away | _held_elsewhere(whole, terms)
    slots = slots_of(whole)
    for pair, row in rows.items():
        fixed = terms.fixed.get(pair, frozenset())
        at = {}
        free = [
            slot
            for slot in slots
            if (row.class_id, slot) not in gone
            and (row.teacher_id, slot) not in absent
            and (pair, slot) not in terms.closed
        ]
        early = terms.stated and not fixed and first_periods(whole, row) > 0
        stated = [slot for slot in free if slot in fixed or within(row, slot, early=early)]
        bound = terms.stated and row.class_id not in terms.beyond and _has_room(row, stated)
        for slot in stated if bound else free:
            at[slot] = week.literal()
            week.of_class[row.class_id, slot].append(at[slot])
            week.of_teacher[row.teacher_id, slot].append(at[slot])
        week.places[pair] = at
        week.amounts[pair] = list(at.values())
        for slot in fixed:
            week.at_fixed[pair, slot] = [at[slot]] if slot in at else []
    return week


def _has_room(row: LocalRequirement, stated: Sequence[Slot]) -> bool:
    """Where the stated periods are too few for the lessons, others are open as well; `bind_stated` counts them."""
    return len(stated) >= row.lessons or (row.subject == PHYSICAL_EDUCATION and row.earliest <= FIRST)


def within(row: LocalRequirement, slot: Slot, *, early: bool = False) -> bool:
    """Whether a lesson of the row may stand there as stated and by the habits of the house; `early`: but for these."""
    first = row.subject == PHYSICAL_EDUCATION and slot[1] == 1 and not early
    return row.earliest <= slot[1] <= row.latest and not first


def _held_elsewhere(whole: WholeSchool, terms: Terms) -> set[tuple[str, Slot]]:
    """(teacher, slot) of the lessons that may not move."""
    if terms.only is None:
        return set()
    return {(lesson.teacher_id, lesson.slot) for lesson in whole.base if lesson.class_id not in terms.only}


def close_week(week: WeekModel) -> None:
    """Amounts, clashes and free periods over everything declared."""
    for pair, literals in week.amounts.items():
        week.model.add(sum(literals) == week.rows[pair].lessons)
    for literals in week.at_fixed.values():
        week.model.add_bool_or(literals)
    for literals in week.of_teacher.values():
        if len(literals) > 1:
            week.model.add_at_most_one(literals)
    for key, literals in week.of_class.items():
        week.busy[key] = week.literal()
        week.model.add_exactly_one([*literals, week.busy[key].negated()])
    _settle_days(week)
    for class_id in dict.fromkeys(pair[0] for pair in week.rows):
        if week.terms.free is Free.NONE:
            _no_free_period(week, class_id)
        elif week.terms.free is Free.NOT_NEW:
            _no_new_free_period(week, class_id)


def _settle_days(week: WeekModel) -> None:
    last = {(class_id, slot[0]): slot[1] for class_id, slot in week.terms.ends}
    for (class_id, slot), busy in week.busy.items():
        if slot[1] > last.get((class_id, slot[0]), slot[1]):
            week.model.add_bool_or([busy.negated()])
    for (pair, day), number in (week.terms.per_day or {}).items():
        there = [literal for slot, literal in week.places[pair].items() if slot[0] == day]
        week.model.add(sum(there) == number)


def _open_periods(week: WeekModel, class_id: str, day: int, gone: frozenset[tuple[str, Slot]]) -> list[int]:
    return [period for period in periods_of(week.whole) if (class_id, (day, period)) not in gone]


def _no_free_period(week: WeekModel, class_id: str) -> None:
    gone = given_away(week.whole)
    for day in days_of(week.whole):
        numbers = _open_periods(week, class_id, day, gone)
        taken = [slot[1] for one, slot in week.whole.taken if one == class_id and slot[0] == day]
        for earlier, later in itertools.pairwise(numbers):
            _follows(week, class_id, (day, later), (day, earlier))
        for number in numbers:
            if taken and number < max(taken):
                _must_be_busy(week, class_id, (day, number))


def _no_new_free_period(week: WeekModel, class_id: str) -> None:
    gone = given_away(week.whole)
    held = {lesson.slot for lesson in week.whole.base if lesson.class_id == class_id}
    for day in days_of(week.whole):
        numbers = _open_periods(week, class_id, day, gone)
        for index, earlier in enumerate(numbers):
            if (day, earlier) not in held:
                continue
            for later in numbers[index + 1 :]:
                _follows(week, class_id, (day, later), (day, earlier))


def _follows(week: WeekModel, class_id: str, later: Slot, earlier: Slot) -> None:
    """A lesson in the later slot wants one in the earlier."""
    if (class_id, later) not in week.busy:
        return
    if (class_id, earlier) in week.busy:
        week.model.add_implication(week.busy[class_id, later], week.busy[class_id, earlier])
    else:
        week.model.add_bool_or([week.busy[class_id, later].negated()])


def _must_be_busy(week: WeekModel, class_id: str, slot: Slot) -> None:
    week.model.add_bool_or([week.busy[class_id, slot]] if (class_id, slot) in week.busy else [])


def moves(week: WeekModel) -> cp_model.LinearExpr:
    """How many lessons stand where the base has none of their pair."""
    held = by_pair(week.whole.base)
    elsewhere = [
        literal for pair, at in week.places.items() for slot, literal in at.items() if slot not in held.get(pair, set())
    ]
    return cp_model.LinearExpr.sum(elsewhere)
