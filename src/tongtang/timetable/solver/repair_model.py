"""An upset week as a model for CP-SAT: every fallback priced, every lesson free to move."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tongtang.timetable.solver import cpsat
from tongtang.timetable.solver.cpsat import Limits, Outcome
from tongtang.timetable.solver.local_model import Free, Literal, Terms, WeekModel, close_week, moves, open_week
from tongtang.timetable.solver.repair_fallbacks import Fallback, Kind, PeriodUse, fallbacks_of, falling_out, spare_hours
from tongtang.timetable.solver.school_model import LocalLesson, Pair, Slot, by_pair
from tongtang.timetable.solver.week_case import Stream, WeekCase

Choices = list[tuple[Fallback, Literal]]
Fixed = Mapping[Pair, frozenset[Slot]]


def touched(case: WeekCase, struck: Sequence[LocalLesson], fixed: Fixed) -> frozenset[str]:
    """The classes that surely change."""
    engaged = {(row.teacher_id, slot) for row in case.whole.requirements for slot in case.wanted.get(row.pair, {})}
    in_the_way = {one.class_id for one in case.whole.base if (one.teacher_id, one.slot) in engaged}
    return frozenset({one.class_id for one in struck} | {pair[0] for pair in case.wanted if pair in fixed} | in_the_way)


def solve_week(
    case: WeekCase, struck: Sequence[LocalLesson], fixed: Fixed, only: frozenset[str] | None, limits: Limits
) -> tuple[Outcome, tuple[LocalLesson, ...], tuple[Fallback, ...]]:
    """The week of least cost in which only the classes `only` change, None for all of them."""
    week, choices = _model(case, struck, fixed, only)
    outcome = cpsat.solve(week.model, replace(limits, linear=2))
    if not outcome.solved:
        return outcome, (), ()
    chosen = tuple(fallback for fallback, literal in choices if outcome.is_true(literal))
    return outcome, week.lessons(outcome), chosen


def _model(
    case: WeekCase, struck: Sequence[LocalLesson], fixed: Fixed, only: frozenset[str] | None
) -> tuple[WeekModel, Choices]:
    terms = Terms(free=Free.NOT_NEW, fixed=fixed, closed=frozenset(case.closed), away=frozenset(case.away), only=only)
    week = open_week(case.whole, terms)
    choices: Choices = []
    for lesson in struck:
        for fallback in fallbacks_of(case, lesson):
            _offer(week, choices, fallback)
    for pair in case.wanted:
        for new, stay in case.replaced(pair).items():
            if stay is not None:
                literal = _offer(week, choices, Fallback(Kind.RECORDED, *pair, stay))
                week.at_fixed[pair, new].append(literal)
    _let_fall(case, week, choices)
    _rooms(case, week, choices)
    _links(case, week, choices)
    _caps(case, week, choices)
    close_week(week)
    costs = sum(fallback.cost * literal for fallback, literal in choices)
    week.model.minimize(moves(week) + costs)
    week.hint(by_pair(case.whole.base))
    for fallback, literal in choices:
        # Nothing moved and all that is struck cancelled is nearly always a week, if a dear one.
        week.model.add_hint(literal, fallback.kind is Kind.CANCELLED and fallback.period is not PeriodUse.LEFT)
    return week, choices


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


def _let_fall(case: WeekCase, week: WeekModel, choices: Choices) -> None:
    """A lesson that falls out gives its period up, or never has one."""
    absent: dict[Pair, list[Literal]] = defaultdict(list)
    for fallback in falling_out(case):
        literal = week.literal()
        pair = fallback.class_id, fallback.subject
        week.amounts[pair].append(literal)
        if fallback.period is PeriodUse.NONE:
            week.at_fixed[pair, fallback.slot].append(literal)
            absent[pair].append(literal)
        elif fallback.slot in week.places[pair] and fallback.slot not in case.wanted.get(pair, ()):
            week.model.add_implication(literal, week.places[pair][fallback.slot].negated())
        choices.append((fallback, literal))
    for pair, literals in absent.items():
        week.model.add(sum(literals) <= len(case.carried[pair]))


def _with_partner(week: WeekModel, fallback: Fallback, literal: Literal) -> None:
    """The partner's own lesson of the subject must stand in the slot."""
    partner = fallback.partner, fallback.subject
    if partner in week.places:
        there = week.places[partner].get(fallback.slot)
        week.model.add_bool_or([literal.negated(), *([there] if there is not None else [])])
    elif fallback.slot not in by_pair(week.whole.base).get(partner, set()):
        week.model.add_bool_or([literal.negated()])


def _links(case: WeekCase, week: WeekModel, choices: Choices) -> None:
    """Different lessons in a slot need a part of the link each, whoever is beside the class."""
    for slot, left in case.streams.items():
        there: dict[Stream, list[Literal]] = defaultdict(list)
        for pair, at in week.places.items():
            if slot in at and case.is_live(pair, slot):
                there[case.stream_of(pair)].append(at[slot])
        for one, literal in choices:
            pair = one.class_id, one.subject
            if one.slot == slot and one.teacher_id and case.is_live(pair, slot):
                there[case.stream_of(pair)].append(literal)
        still = {case.stream_of(one.pair) for one in case.receptions(slot) if one.pair not in week.places}
        carried = []
        for literals in (several for stream, several in there.items() if stream not in still):
            carried.append(week.literal())
            for literal in literals:
                week.model.add_implication(literal, carried[-1])
        if len(carried) + len(still) > left:
            week.model.add(sum(carried) <= max(0, left - len(still)))


def _rooms(case: WeekCase, week: WeekModel, choices: Choices) -> None:
    """A reception with a substitute beside it takes a room as well."""
    for slot, left in case.rooms.items():
        there = [at[slot] for pair, at in week.places.items() if slot in at and case.is_live(pair, slot)]
        there += [
            literal
            for one, literal in choices
            if one.slot == slot and one.teacher_id and case.is_live((one.class_id, one.subject), slot)
        ]
        still = sum(one.pair not in week.places for one in case.receptions(slot))
        if len(there) + still > left:
            week.model.add(sum(there) <= max(0, left - still))


def _caps(case: WeekCase, week: WeekModel, choices: Choices) -> None:
    extra: dict[str, list[Literal]] = defaultdict(list)
    for fallback, literal in choices:
        if fallback.teacher_id:
            extra[fallback.teacher_id].append(literal)
    spare = spare_hours(case)
    for teacher_id, literals in extra.items():
        if spare[teacher_id] < len(literals):
            week.model.add(sum(literals) <= spare[teacher_id])
