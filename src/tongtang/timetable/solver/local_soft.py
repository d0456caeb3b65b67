"""The soft rules of a school's week as bounds (`bind_stated`) or as prices (`penalty_of`).

`local_check` counts the same rules without this module.
"""

from collections.abc import Iterator

from tongtang.timetable.solver.local_model import Literal, WeekModel, within
from tongtang.timetable.solver.local_rules import WEIGHTS, SoftRule
from tongtang.timetable.solver.school_model import (
    CLASS_MEETING,
    PHYSICAL_EDUCATION,
    LocalRequirement,
    Slot,
    adjacent_pairs,
    days_of,
    periods_of,
)
from tongtang.timetable.solver.stated import (
    FIRST,
    first_periods,
    least_a_day,
    most_by_day,
    most_doubles,
    stated_room,
)

Price = tuple[int, Literal]


def bind_stated(week: WeekModel) -> int:
    """Post the stated columns as hard rules; the penalty that the fixed slots alone already cost.

    `open_week` with `stated` has left out places before the earliest and after the latest period.
    """
    forced = 0
    for pair, row in week.rows.items():
        fixed = week.terms.fixed.get(pair, frozenset())
        surplus = _surplus(week, row)
        more = least_a_day(row, week.places[pair]) - row.most_a_day if surplus else 0
        over = [week.model.new_int_var(0, more, "") for _day in days_of(week.whole)] if surplus else []
        if over:
            week.model.add(sum(over) == surplus)
        for place, day in enumerate(days_of(week.whole)):
            there = [literal for slot, literal in week.places[pair].items() if slot[0] == day]
            held = sum(slot[0] == day for slot in fixed)
            if len(there) > row.most_a_day:
                week.model.add(sum(there) <= max(row.most_a_day, held) + (over[place] if over else 0))
            forced += WEIGHTS[SoftRule.MAX_PER_DAY] * max(0, held - row.most_a_day)
        forced += sum(weight for slot in fixed for weight in _weights_at(row, slot))
        wanted = min(row.doubles, row.lessons // 2)
        possible = min(wanted, most_doubles(week.whole, week.places[pair]))
        if possible:
            week.model.add(sum(_double_literals(week, row)) >= possible)
        # PE in the first period costs less than a double given up, so those periods are counted in.
        room = {*week.places[pair], *(stated_room(week.whole, row) if row.subject == PHYSICAL_EDUCATION else ())}
        given_up = max(0, wanted - most_doubles(week.whole, room))
        # One lesson outside the stated periods could make room for both, at the price of one.
        forced += max(WEIGHTS[SoftRule.MAX_PER_DAY] * surplus, WEIGHTS[SoftRule.DOUBLE] * given_up)
        forced += WEIGHTS[SoftRule.PE_FIRST] * _early(week, row)
        if row.class_id not in week.terms.beyond:
            forced += WEIGHTS[SoftRule.LATEST_PERIOD] * _outside(week, row)
    for class_id, number in week.terms.beyond.items():
        week.model.add(sum(_elsewhere(week, class_id)) == number)
        forced += WEIGHTS[SoftRule.LATEST_PERIOD] * number
    return forced


def _elsewhere(week: WeekModel, class_id: str) -> list[Literal]:
    """Lessons of the class before the earliest or after the latest period of their rows."""
    return [
        literal
        for pair, row in week.rows.items()
        if row.class_id == class_id
        for slot, literal in week.places[pair].items()
        if slot not in week.terms.fixed.get(pair, ()) and not row.earliest <= slot[1] <= row.latest
    ]


def _early(week: WeekModel, row: LocalRequirement) -> int:
    """PE in the first period, as often as that is the mildest breach and no more."""
    if row.subject != PHYSICAL_EDUCATION or week.terms.fixed.get(row.pair):
        return 0
    early = [literal for slot, literal in week.places[row.pair].items() if slot[1] == FIRST and row.earliest <= FIRST]
    most = first_periods(week.whole, row)
    if early:
        week.model.add(sum(early) <= most)
    return most


def _outside(week: WeekModel, row: LocalRequirement) -> int:
    """Lessons for which the stated periods have no room: so many stand elsewhere, and no more."""
    places = week.places[row.pair]
    fixed = week.terms.fixed.get(row.pair, frozenset())
    elsewhere = [literal for slot, literal in places.items() if slot not in fixed and not within(row, slot, early=True)]
    short = row.lessons - (len(places) - len(elsewhere))
    if not elsewhere or short <= 0:
        return 0
    week.model.add(sum(elsewhere) == short)
    return short


def _surplus(week: WeekModel, row: LocalRequirement) -> int:
    """Lessons beyond a day's most that no week can avoid, where the stated periods have room for them.

    PE in the first period costs less than a lesson too many, so those periods are counted in.
    """
    fixed = week.terms.fixed.get(row.pair, frozenset())
    places = set(week.places[row.pair])
    if fixed or len(places) < row.lessons or not all(within(row, slot, early=True) for slot in places):
        return 0
    room = places | stated_room(week.whole, row) if row.subject == PHYSICAL_EDUCATION else places
    return max(0, row.lessons - most_by_day(room, row.most_a_day))


def _weights_at(row: LocalRequirement, slot: Slot) -> Iterator[int]:
    if slot[1] < row.earliest:
        yield WEIGHTS[SoftRule.EARLIEST_PERIOD]
    if slot[1] > row.latest:
        yield WEIGHTS[SoftRule.LATEST_PERIOD]
    if row.subject == PHYSICAL_EDUCATION and slot[1] == 1 and row.earliest <= 1:
        yield WEIGHTS[SoftRule.PE_FIRST]


def late_meetings(week: WeekModel) -> list[Price]:
    """A price for each class meeting that is not the last lesson of its day."""
    prices = []
    for pair, at in week.places.items():
        if pair[1] != CLASS_MEETING:
            continue
        taken = {slot for one, slot in week.whole.taken if one == pair[0]}
        for slot, literal in at.items():
            missed = week.literal()
            for busy in _later_busy(week, pair[0], slot):
                week.model.add_bool_or([missed, literal.negated(), busy.negated()])
            if any(_after(slot, other) for other in taken):
                week.model.add_implication(literal, missed)
            prices.append((WEIGHTS[SoftRule.MEETING_NOT_LAST], missed))
    return prices


def _later_busy(week: WeekModel, class_id: str, slot: Slot) -> list[Literal]:
    others = ((slot[0], period) for period in periods_of(week.whole) if period > slot[1])
    return [week.busy[class_id, other] for other in others if (class_id, other) in week.busy]


def _after(slot: Slot, other: Slot) -> bool:
    return other[0] == slot[0] and other[1] > slot[1]


def stated_prices(week: WeekModel) -> list[Price]:
    """A price for each breach of the stated columns and of PE in the first period."""
    prices: list[Price] = []
    for pair, row in week.rows.items():
        prices += [
            (weight, literal) for slot, literal in week.places[pair].items() for weight in _weights_at(row, slot)
        ]
        prices += _day_prices(week, row)
        wanted = min(row.doubles, row.lessons // 2)
        if wanted:
            short = [week.literal() for _one in range(wanted)]
            week.model.add(sum(_double_literals(week, row)) + sum(short) >= wanted)
            prices += [(WEIGHTS[SoftRule.DOUBLE], literal) for literal in short]
    return prices


def _day_prices(week: WeekModel, row: LocalRequirement) -> Iterator[Price]:
    for day in days_of(week.whole):
        there = [literal for slot, literal in week.places[row.pair].items() if slot[0] == day]
        surplus = min(len(there), row.lessons) - row.most_a_day
        over = [week.literal() for _one in range(max(0, surplus))]
        if over:
            week.model.add(sum(there) <= row.most_a_day + sum(over))
        yield from ((WEIGHTS[SoftRule.MAX_PER_DAY], literal) for literal in over)


def free_prices(week: WeekModel) -> list[Price]:
    """A price for each period without a lesson before the last lesson of a class's day."""
    prices = []
    for (class_id, slot), busy in week.busy.items():
        free = week.literal()
        for other in _later_busy(week, class_id, slot):
            week.model.add_bool_or([free, busy, other.negated()])
        if any(one == class_id and _after(slot, at) for one, at in week.whole.taken):
            week.model.add_bool_or([free, busy])
        prices.append((WEIGHTS[SoftRule.FREE_PERIOD], free))
    return prices


def _double_literals(week: WeekModel, row: LocalRequirement) -> list[Literal]:
    """Literals of which each true one stands for a double period of its own."""
    at = week.places[row.pair]
    found: list[Literal] = []
    touching: dict[Slot, list[Literal]] = {}
    for day in days_of(week.whole):
        for first, second in adjacent_pairs(week.whole.bell):
            slots = (day, first), (day, second)
            if not all(slot in at for slot in slots):
                continue
            both = week.literal()
            found.append(both)
            for slot in slots:
                week.model.add_implication(both, at[slot])
                touching.setdefault(slot, []).append(both)
    for literals in touching.values():
        week.model.add_at_most_one(literals)
    return found
