"""Constraints between activities and on their times, as constraints of the model."""

from collections.abc import Callable, Mapping
from itertools import combinations, pairwise
from typing import Any, Final

from ortools.sat.python import cp_model

from tongtang.timetable.solver.classic.build import Literal, Literals, TimeModel
from tongtang.timetable.solver.classic.limits import add_limit
from tongtang.timetable.solver.classic.model import (
    AtOnce,
    EndsDay,
    Kind,
    Limit,
    MaxDays,
    MinDays,
    MinGap,
    Order,
    Pair,
    Rooms,
    SameStart,
    Share,
    Slot,
    SlotsUsed,
    Starts,
    in_force,
    is_hard,
    units,
)

Sum = cp_model.LinearExpr.sum


def add_constraints(model: TimeModel) -> None:
    """All constraints of the institution except rooms with a choice."""
    for constraint in model.institution.constraints:
        if in_force(constraint):
            _ADD[type(constraint)](model, constraint)


def _starts(model: TimeModel, constraint: Starts) -> None:
    """A hard one is in the domains already; a soft one prices the starts outside."""
    if is_hard(constraint.weight):
        return
    for number in constraint.activity_ids:
        outside = [one for slot, one in model.starts[number].items() if slot not in constraint.starts]
        if outside:
            model.costs.append((units(constraint.weight), model.either(outside)))


def _nothing(model: TimeModel, constraint: Rooms) -> None:
    """Rooms are chosen by `rooms`."""


def _days_of(model: TimeModel, activity_ids: tuple[int, ...]) -> list[list[Literals]]:
    return [[model.on_day(number, day) for number in activity_ids] for day in model.days]


def _min_days(model: TimeModel, constraint: MinDays) -> None:
    ids, by_day = constraint.activity_ids, _days_of(model, constraint.activity_ids)
    if is_hard(constraint.weight):
        for first in range(max(1, len(model.days) - constraint.days + 1)):
            window = by_day[first : first + constraint.days]
            model.model.add_at_most_one([one for day in window for of in day for one in of])
        return
    if constraint.days > 0 and units(constraint.weight):
        _price_same_day(model, constraint, by_day)
    for distance in range(1, constraint.days if units(constraint.weight) else 0):
        _price_near(model, constraint, by_day, distance)
    if constraint.adjacent_on_a_day:
        _adjacent(model, ids)


def _price_same_day(model: TimeModel, constraint: MinDays, by_day: list[list[Literals]]) -> None:
    """Each pair on one day lacks `days` days: n on a day are n(n-1)/2 pairs, a convex count."""
    most = 2 if constraint.adjacent_on_a_day else len(constraint.activity_ids)
    for day in by_day:
        literals = [one for of in day for one in of]
        if sum(1 for of in day if of) < 2:
            continue
        if most == 2:
            broken = model.model.new_bool_var("")
            model.model.add(Sum(literals) <= 1 + broken)
        else:
            broken = model.model.new_int_var(0, most * (most - 1) // 2, "")
            for more in range(1, most):
                model.model.add(broken >= more * Sum(literals) - more * (more + 1) // 2)
        model.costs.append((units(constraint.weight) * constraint.days, broken))


def _price_near(model: TimeModel, constraint: MinDays, by_day: list[list[Literals]], distance: int) -> None:
    """Pairs exactly `distance` days apart lack the rest."""
    lacking = units(constraint.weight) * (constraint.days - distance)
    for early in range(len(by_day) - distance):
        for one, other in combinations(range(len(constraint.activity_ids)), 2):
            for first, second in ((one, other), (other, one)):
                here, there = by_day[early][first], by_day[early + distance][second]
                if here and there:
                    broken = model.model.new_bool_var("")
                    model.model.add(Sum(here) + Sum(there) <= 1 + broken)
                    model.costs.append((lacking, broken))


def _adjacent(model: TimeModel, ids: tuple[int, ...]) -> None:
    """Two on one day touch each other."""
    for one, other in combinations(ids, 2):
        for first, second in ((one, other), (other, one)):
            _touching(model, first, second)


def _touching(model: TimeModel, first: int, second: int) -> None:
    length = model.institution.activities[first].duration
    for start, literal in model.starts[first].items():
        for later, other in model.starts[second].items():
            if later // model.hours == start // model.hours and later >= start and later != start + length:
                model.model.add_bool_or([literal.negated(), other.negated()])


def _max_days(model: TimeModel, constraint: MaxDays) -> None:
    for one, other in combinations(constraint.activity_ids, 2):
        broken = None if is_hard(constraint.weight) else model.broken(constraint.weight)
        for day in model.days:
            here = model.on_day(one, day)
            low, high = max(0, day - constraint.days), min(len(model.days), day + constraint.days + 1)
            near = [literal for close in range(low, high) for literal in model.on_day(other, close)]
            if here:
                model.model.add(Sum([*near, *_maybe(broken)]) >= Sum(here))


def _maybe(broken: Literal | None) -> Literals:
    return [] if broken is None else [broken]


def _same_start(model: TimeModel, constraint: SameStart) -> None:
    if constraint.share is Share.TIME and is_hard(constraint.weight):
        return
    ids = constraint.activity_ids
    pairs = pairwise(ids) if is_hard(constraint.weight) else combinations(ids, 2)
    for one, other in pairs:
        broken = None if is_hard(constraint.weight) else model.broken(constraint.weight)
        mine, theirs = _by_share(model, one, constraint.share), _by_share(model, other, constraint.share)
        for place in mine.keys() | theirs.keys():
            here, there = Sum(mine.get(place, [])), Sum(theirs.get(place, []))
            if broken is None:
                model.model.add(here == there)
            else:
                model.model.add(here <= there + broken)


def _by_share(model: TimeModel, number: int, share: Share) -> dict[int, Literals]:
    found: dict[int, Literals] = {}
    for slot, literal in model.starts[number].items():
        place = {Share.TIME: slot, Share.DAY: slot // model.hours, Share.HOUR: slot % model.hours}[share]
        found.setdefault(place, []).append(literal)
    return found


def _min_gap(model: TimeModel, constraint: MinGap) -> None:
    if is_hard(constraint.weight):
        for literals in model.cover(constraint.activity_ids, constraint.hours).values():
            if len(literals) > 1:
                model.model.add_at_most_one(literals)
        return
    for one, other in combinations(constraint.activity_ids, 2):
        broken = model.broken(constraint.weight)
        mine, theirs = model.cover([one], constraint.hours), model.cover([other], constraint.hours)
        for slot in mine.keys() & theirs.keys():
            model.model.add(Sum(mine[slot]) + Sum(theirs[slot]) <= 1 + broken)


def next_open(model: TimeModel, start: Slot, duration: int) -> Slot | None:
    """The slot in which what follows would start, over breaks; None at the end of the day."""
    slot, end = start + duration, (start // model.hours + 1) * model.hours
    while slot < end and slot in model.institution.breaks:
        slot += 1
    return slot if slot < end else None


def _pair(model: TimeModel, constraint: Pair) -> None:
    broken = None if is_hard(constraint.weight) else model.broken(constraint.weight)
    if constraint.order is Order.LATER:
        _later(model, constraint, broken)
        return
    first, second = constraint.first, constraint.second
    length, second_length = (model.institution.activities[number].duration for number in (first, second))
    sides: dict[int, Literals] = {}
    for slot, literal in model.starts[first].items():
        after = next_open(model, slot, length)
        allowed = [model.starts[second][after]] if after in model.starts[second] and after is not None else []
        if constraint.order is Order.NEXT_TO:
            allowed += [
                other
                for before, other in model.starts[second].items()
                if next_open(model, before, second_length) == slot
            ]
        sides[slot] = allowed
        model.model.add_bool_or([literal.negated(), *allowed, *_maybe(broken)])


def _later(model: TimeModel, constraint: Pair, broken: Literal | None) -> None:
    """The second starts after the first has ended: a slot index passes over the ends of days by itself."""
    first, second = model.starts[constraint.first], model.starts[constraint.second]
    length = model.institution.activities[constraint.first].duration
    weeks_end = len(model.days) * model.hours
    end = cp_model.LinearExpr.weighted_sum(list(first.values()), [slot + length for slot in first])
    begin = cp_model.LinearExpr.weighted_sum(list(second.values()), list(second))
    model.model.add(end <= begin + (weeks_end * broken if broken is not None else 0))


def _ends_day(model: TimeModel, constraint: EndsDay) -> None:
    for number in constraint.activity_ids:
        activity = model.institution.activities[number]
        groups = [one for one in model.institution.resources_of(activity) if one[0] is Kind.SUBGROUP]
        broken = None if is_hard(constraint.weight) else model.broken(constraint.weight)
        for slot, literal in model.starts[number].items():
            after = range(slot + activity.duration, (slot // model.hours + 1) * model.hours)
            followers = {
                one.index: one for group in groups for later in after for one in model.covering[group].get(later, [])
            }
            for one in followers.values():
                model.model.add_bool_or([literal.negated(), one.negated(), *_maybe(broken)])


def _slots_used(model: TimeModel, constraint: SlotsUsed) -> None:
    used = [
        model.any_of(literals)
        for slot, literals in model.cover(constraint.activity_ids).items()
        if slot in constraint.slots
    ]
    if len(used) <= constraint.limit:
        return
    excess = 0 if is_hard(constraint.weight) else model.broken_count(constraint.weight, len(used))
    model.model.add(Sum(used) <= constraint.limit + excess)


def _at_once(model: TimeModel, constraint: AtOnce) -> None:
    for slot, literals in model.cover(constraint.activity_ids).items():
        if slot in constraint.slots and len(literals) > constraint.limit:
            excess = 0 if is_hard(constraint.weight) else model.broken_count(constraint.weight, len(literals))
            model.model.add(Sum(literals) <= constraint.limit + excess)


def _limit(model: TimeModel, constraint: Limit) -> None:
    add_limit(model, constraint)


_ADD: Final[Mapping[type, Callable[[TimeModel, Any], None]]] = {
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
    Rooms: _nothing,
}
