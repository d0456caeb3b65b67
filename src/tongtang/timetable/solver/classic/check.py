"""The checker of classic timetables: pure Python, shares nothing with what finds them but the model.

`check` names every breach of every constraint, the binding ones and the priced ones.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from tongtang.timetable.solver.classic.model import (
    HARD,
    AtOnce,
    EndsDay,
    Institution,
    Kind,
    Limit,
    MaxDays,
    Measure,
    MinDays,
    MinGap,
    Order,
    Pair,
    Placed,
    Resource,
    Rooms,
    SameStart,
    Share,
    Slot,
    SlotsUsed,
    Source,
    Starts,
    Timetable,
    in_force,
    is_hard,
    units,
)

BASIC_TIME: Final = Source("basic time", 0)
BASIC_SPACE: Final = Source("basic space", 0)


@dataclass(frozen=True, slots=True)
class Breach:
    """`count` units of a constraint broken by these activities; `words` names the rule, `whom` the resource if any."""

    source: Source
    weight: float
    count: int
    words: str
    activity_ids: tuple[int, ...] = ()
    whom: Resource | None = None

    @property
    def binding(self) -> bool:
        return is_hard(self.weight)

    @property
    def cost(self) -> int:
        return units(self.weight) * self.count


def check(institution: Institution, timetable: Timetable) -> list[Breach]:
    """Every breach; the timetable may stand when none is binding.

    Constraints of weight 0 count only where they bind at any weight.
    """
    known = {number: placed for number, placed in timetable.items() if number in institution.activities}
    found = list(_missing(institution, known))
    inside = {number: placed for number, placed in known.items() if _fits(institution, number, placed)}
    found += [Breach(BASIC_TIME, HARD, 1, "outside_day", (number,)) for number in known if number not in inside]
    plan = _Plan(institution, inside)
    found += [*_clashes(plan), *_closed(plan), *_seats(plan), *_needless_rooms(plan)]
    for constraint in institution.constraints:
        if in_force(constraint):
            found += _CHECKS[type(constraint)](plan, constraint)
    return found


def cost(breaches: Iterable[Breach]) -> int:
    """What the priced breaches cost, in ten-thousandths of a conflict."""
    return sum(breach.cost for breach in breaches if not breach.binding)


def _missing(institution: Institution, timetable: Timetable) -> Iterator[Breach]:
    for number in institution.activities:
        if number not in timetable:
            yield Breach(BASIC_TIME, HARD, 1, "not_placed", (number,))


def _fits(institution: Institution, number: int, placed: Placed) -> bool:
    hours, duration = len(institution.hours), institution.activities[number].duration
    inside_week = 0 <= placed.start < hours * len(institution.days)
    return inside_week and placed.start % hours + duration <= hours


class _Plan:
    def __init__(self, institution: Institution, timetable: Timetable) -> None:
        self.institution = institution
        self.timetable = timetable
        self.hours = len(institution.hours)
        self.days = len(institution.days)
        self.busy: dict[Resource, dict[Slot, list[int]]] = {}
        for number, placed in timetable.items():
            people = institution.resources_of(institution.activities[number])
            room = [(Kind.ROOM, placed.room)] if placed.room is not None else []
            for resource in (*people, *room):
                for slot in self.slots(number):
                    self.busy.setdefault(resource, {}).setdefault(slot, []).append(number)

    def slots(self, number: int) -> range:
        start = self.timetable[number].start
        return range(start, start + self.institution.activities[number].duration)

    def day(self, number: int) -> int:
        return self.timetable[number].start // self.hours

    def placed(self, activity_ids: Iterable[int]) -> list[int]:
        return [number for number in activity_ids if number in self.timetable]

    def closed(self, resource: Resource) -> frozenset[Slot]:
        return self.institution.breaks | self.institution.away.get(resource, frozenset())

    def hours_of_day(self, resource: Resource, day: int, limit: Limit) -> list[int]:
        """The hours of the day, from 0, in which the resource has a lesson that the limit counts."""
        found = []
        for slot, numbers in self.busy.get(resource, {}).items():
            hour = slot % self.hours
            counts = limit.only is None or any(number in limit.only for number in numbers)
            inside = limit.hours is None or limit.hours[0] <= hour < limit.hours[1]
            if slot // self.hours == day and counts and inside:
                found.append(hour)
        return sorted(found)


def _clashes(plan: _Plan) -> Iterator[Breach]:
    told = set()
    for resource, by_slot in plan.busy.items():
        for numbers in by_slot.values():
            together = tuple(sorted(numbers))
            if len(together) > 1 and (resource, together) not in told:
                told.add((resource, together))
                source = BASIC_SPACE if resource[0] is Kind.ROOM else BASIC_TIME
                yield Breach(source, HARD, len(together) - 1, "clash", together, resource)


def _closed(plan: _Plan) -> Iterator[Breach]:
    for resource, by_slot in plan.busy.items():
        away = plan.institution.away.get(resource, frozenset())
        late = sorted({number for slot, numbers in by_slot.items() if slot in away for number in numbers})
        if late:
            yield Breach(BASIC_TIME, HARD, len(late), "not_available", tuple(late), resource)
    for number in plan.timetable:
        if not plan.institution.breaks.isdisjoint(plan.slots(number)):
            yield Breach(BASIC_TIME, HARD, 1, "in_break", (number,))


def _seats(plan: _Plan) -> Iterator[Breach]:
    for number, placed in plan.timetable.items():
        if placed.room is None:
            continue
        if placed.room not in plan.institution.rooms:
            yield Breach(BASIC_SPACE, HARD, 1, "unknown_room", (number,))
        elif plan.institution.rooms[placed.room] < plan.institution.activities[number].pupils:
            yield Breach(BASIC_SPACE, HARD, 1, "too_few_seats", (number,), (Kind.ROOM, placed.room))


def _needless_rooms(plan: _Plan) -> Iterator[Breach]:
    """A room that none of the activity's room constraints names."""
    named: dict[int, set[str]] = {}
    for constraint in plan.institution.constraints:
        if isinstance(constraint, Rooms):
            for number in constraint.activity_ids:
                named.setdefault(number, set()).update(constraint.rooms)
    for number, placed in plan.timetable.items():
        if placed.room is not None and placed.room not in named.get(number, set()):
            yield Breach(BASIC_SPACE, HARD, 1, "room_not_named", (number,), (Kind.ROOM, placed.room))


def _of(constraint: Any, count: int, words: str, *activity_ids: int, whom: Resource | None = None) -> Breach:
    return Breach(constraint.source, constraint.weight, count, words, activity_ids, whom)


def _starts(plan: _Plan, constraint: Starts) -> Iterator[Breach]:
    for number in plan.placed(constraint.activity_ids):
        if plan.timetable[number].start not in constraint.starts:
            yield _of(constraint, 1, "start", number)


def _min_days(plan: _Plan, constraint: MinDays) -> Iterator[Breach]:
    for one, other in combinations(plan.placed(constraint.activity_ids), 2):
        distance = abs(plan.day(one) - plan.day(other))
        if distance < constraint.days and units(constraint.weight):
            yield _of(constraint, constraint.days - distance, "days_apart", one, other)
        first, second = sorted((plan.slots(one), plan.slots(other)), key=lambda slots: slots.start)
        if constraint.adjacent_on_a_day and distance == 0 and first.stop != second.start:
            yield Breach(constraint.source, HARD, 1, "not_adjacent", (one, other))


def _max_days(plan: _Plan, constraint: MaxDays) -> Iterator[Breach]:
    for one, other in combinations(plan.placed(constraint.activity_ids), 2):
        if abs(plan.day(one) - plan.day(other)) > constraint.days:
            yield _of(constraint, 1, "days_near", one, other)


def _same_start(plan: _Plan, constraint: SameStart) -> Iterator[Breach]:
    def place(number: int) -> int:
        start = plan.timetable[number].start
        return {Share.TIME: start, Share.DAY: start // plan.hours, Share.HOUR: start % plan.hours}[constraint.share]

    for one, other in combinations(plan.placed(constraint.activity_ids), 2):
        if place(one) != place(other):
            yield _of(constraint, 1, f"same_{constraint.share}", one, other)


def _min_gap(plan: _Plan, constraint: MinGap) -> Iterator[Breach]:
    for one, other in combinations(plan.placed(constraint.activity_ids), 2):
        first, second = sorted((plan.slots(one), plan.slots(other)), key=lambda slots: slots.start)
        if plan.day(one) == plan.day(other) and second.start - first.stop < constraint.hours:
            yield _of(constraint, 1, "gap", one, other)


def _pair(plan: _Plan, constraint: Pair) -> Iterator[Breach]:
    if len(plan.placed((constraint.first, constraint.second))) < 2:
        return
    first, second = plan.slots(constraint.first), plan.slots(constraint.second)
    kept = {
        Order.LATER: first.stop <= second.start,
        Order.FOLLOWS: _follows(plan, first, second),
        Order.NEXT_TO: _follows(plan, first, second) or _follows(plan, second, first),
    }
    if not kept[constraint.order]:
        yield _of(constraint, 1, str(constraint.order), constraint.first, constraint.second)


def _follows(plan: _Plan, first: range, second: range) -> bool:
    between = range(first.stop, second.start)
    same_day = first.start // plan.hours == second.start // plan.hours
    return same_day and second.start >= first.stop and all(slot in plan.institution.breaks for slot in between)


def _ends_day(plan: _Plan, constraint: EndsDay) -> Iterator[Breach]:
    for number in plan.placed(constraint.activity_ids):
        rest = range(plan.slots(number).stop, (plan.day(number) + 1) * plan.hours)
        people = plan.institution.resources_of(plan.institution.activities[number])
        groups = [one for one in people if one[0] is Kind.SUBGROUP]
        if any(slot in plan.busy.get(group, {}) for group in groups for slot in rest):
            yield _of(constraint, 1, "ends_day", number)


def _slots_used(plan: _Plan, constraint: SlotsUsed) -> Iterator[Breach]:
    used = {slot for number in plan.placed(constraint.activity_ids) for slot in plan.slots(number)} & constraint.slots
    if len(used) > constraint.limit:
        yield _of(constraint, len(used) - constraint.limit, "slots_used", *constraint.activity_ids)


def _at_once(plan: _Plan, constraint: AtOnce) -> Iterator[Breach]:
    running = Counter(slot for number in plan.placed(constraint.activity_ids) for slot in plan.slots(number))
    for slot, count in running.items():
        if slot in constraint.slots and count > constraint.limit:
            yield _of(constraint, count - constraint.limit, "at_once", *constraint.activity_ids)


def _rooms(plan: _Plan, constraint: Rooms) -> Iterator[Breach]:
    for number in plan.placed(constraint.activity_ids):
        room = plan.timetable[number].room
        if room is None or (not constraint.home and room not in constraint.rooms):
            yield _of(constraint, 1, "room", number)


def _gaps(plan: _Plan, resource: Resource, day: int, limit: Limit) -> int:
    busy = plan.hours_of_day(resource, day, limit)
    if not busy:
        return 0
    closed = plan.closed(resource)
    hours = range(busy[0], busy[-1] + 1)
    return sum(1 for hour in hours if hour not in busy and day * plan.hours + hour not in closed)


def _longest_excess(busy: list[int], limit: int) -> int:
    """How many stretches of `limit` + 1 hours lie without a pause in the day."""
    return sum(1 for hour in busy if all(hour + more in busy for more in range(limit + 1)))


def _late(plan: _Plan, resource: Resource, day: int, limit: Limit) -> tuple[int, int]:
    """Whether the day begins late (0 or 1) and whether it begins too late for any exception (0 or 1)."""
    busy = plan.hours_of_day(resource, day, limit)
    if not busy:
        return 0, 0
    closed = plan.closed(resource)
    missed = sum(1 for hour in range(busy[0]) if day * plan.hours + hour not in closed)
    return min(missed, 1), int(missed > 1)


def _limit(plan: _Plan, limit: Limit) -> Iterator[Breach]:
    for resource in limit.whom:
        count = _LIMITS[limit.measure](plan, resource, limit)
        if count > 0:
            yield _of(limit, count, str(limit.measure), whom=resource)


def _loads(plan: _Plan, resource: Resource, limit: Limit) -> list[int]:
    return [len(plan.hours_of_day(resource, day, limit)) for day in range(plan.days)]


def _over_hours(plan: _Plan, resource: Resource, limit: Limit) -> int:
    return sum(1 for load in _loads(plan, resource, limit) if load > limit.limit)


def _under_hours(plan: _Plan, resource: Resource, limit: Limit) -> int:
    return sum(1 for load in _loads(plan, resource, limit) if load < limit.limit and (load or not limit.empty_days))


def _in_a_row(plan: _Plan, resource: Resource, limit: Limit) -> int:
    return sum(_longest_excess(plan.hours_of_day(resource, day, limit), limit.limit) for day in range(plan.days))


def _gaps_a_day(plan: _Plan, resource: Resource, limit: Limit) -> int:
    return sum(max(0, _gaps(plan, resource, day, limit) - limit.limit) for day in range(plan.days))


def _gaps_a_week(plan: _Plan, resource: Resource, limit: Limit) -> int:
    return sum(_gaps(plan, resource, day, limit) for day in range(plan.days)) - limit.limit


def _over_days(plan: _Plan, resource: Resource, limit: Limit) -> int:
    return sum(1 for load in _loads(plan, resource, limit) if load) - limit.limit


def _under_days(plan: _Plan, resource: Resource, limit: Limit) -> int:
    return limit.limit - sum(1 for load in _loads(plan, resource, limit) if load)


def _late_beginnings(plan: _Plan, resource: Resource, limit: Limit) -> int:
    days = [_late(plan, resource, day, limit) for day in range(plan.days)]
    return max(0, sum(late for late, _never in days) - limit.limit) + sum(never for _late, never in days)


_LIMITS: Final[Mapping[Measure, Callable[[_Plan, Resource, Limit], int]]] = {
    Measure.MAX_HOURS_A_DAY: _over_hours,
    Measure.MIN_HOURS_A_DAY: _under_hours,
    Measure.MAX_HOURS_IN_A_ROW: _in_a_row,
    Measure.MAX_GAPS_A_DAY: _gaps_a_day,
    Measure.MAX_GAPS_A_WEEK: _gaps_a_week,
    Measure.MAX_DAYS: _over_days,
    Measure.MIN_DAYS: _under_days,
    Measure.MAX_LATE_BEGINNINGS: _late_beginnings,
}

_CHECKS: Final[Mapping[type, Callable[[_Plan, Any], Iterable[Breach]]]] = {
    Starts: _starts,
    MinDays: _min_days,
    MaxDays: _max_days,
    SameStart: _same_start,
    MinGap: _min_gap,
    Pair: _pair,
    EndsDay: _ends_day,
    Limit: _limit,
    SlotsUsed: _slots_used,
    AtOnce: _at_once,
    Rooms: _rooms,
}
