"""Limits on the day and the week of one teacher or one subgroup, as constraints of the model."""

from collections.abc import Callable, Mapping
from typing import Final

from ortools.sat.python import cp_model

from tongtang.timetable.solver.classic.build import Literal, Literals, TimeModel
from tongtang.timetable.solver.classic.model import Limit, Measure, Resource, Slot, is_hard

Covering = Mapping[Slot, Literals]


def add_limit(model: TimeModel, limit: Limit) -> None:
    """Resources with the same lessons and the same open hours are limited once, unless breaking it has a price."""
    for resource in limit.whom:
        covering = model.of_resource(resource, limit.only)
        if limit.hours is not None:
            first, last = limit.hours
            covering = {slot: of for slot, of in covering.items() if first <= slot % model.hours < last}
        key = (limit.limit, limit.empty_days, _signature(covering), _open(model, resource))
        if not is_hard(limit.weight) or model.first_time(limit.measure, key):
            _ADD[limit.measure](model, limit, resource, covering)


def _signature(covering: Covering) -> tuple[tuple[int, tuple[int, ...]], ...]:
    return tuple(sorted((slot, tuple(sorted(one.index for one in of))) for slot, of in covering.items()))


def _open(model: TimeModel, resource: Resource) -> tuple[Slot, ...]:
    closed = model.institution.breaks | model.institution.away.get(resource, frozenset())
    return tuple(slot for slot in range(len(model.days) * model.hours) if slot not in closed)


def _of_day(model: TimeModel, covering: Covering, day: int) -> list[Literals]:
    """The literals of each slot of the day in which the resource can be busy."""
    slots = range(day * model.hours, (day + 1) * model.hours)
    return [covering[slot] for slot in slots if slot in covering]


def _sum(groups: list[Literals]) -> cp_model.LinearExprT:
    return cp_model.LinearExpr.sum([literal for of in groups for literal in of])


def _at_most(model: TimeModel, groups: list[Literals], most: int, weight: float) -> None:
    if len(groups) <= most:
        return
    if is_hard(weight):
        model.model.add(_sum(groups) <= most)
    else:
        model.model.add(_sum(groups) <= most + (len(groups) - most) * model.broken(weight))


def _hours_a_day(model: TimeModel, limit: Limit, resource: Resource, covering: Covering) -> None:
    for day in model.days:
        _at_most(model, _of_day(model, covering, day), limit.limit, limit.weight)


def _hours_in_a_row(model: TimeModel, limit: Limit, resource: Resource, covering: Covering) -> None:
    for day in model.days:
        for first in range(model.hours - limit.limit):
            window = range(day * model.hours + first, day * model.hours + first + limit.limit + 1)
            groups = [covering[slot] for slot in window if slot in covering]
            _at_most(model, groups, limit.limit, limit.weight)


def _used(model: TimeModel, covering: Covering, day: int) -> Literal | None:
    """Whether the day has a lesson; None where it never can."""
    literals = {one.index: one for of in _of_day(model, covering, day) for one in of}
    return model.any_of(list(literals.values())) if literals else None


def _min_hours(model: TimeModel, limit: Limit, resource: Resource, covering: Covering) -> None:
    for day in model.days:
        groups = _of_day(model, covering, day)
        if not limit.empty_days:
            model.model.add(_sum(groups) >= limit.limit)
            continue
        used = _used(model, covering, day)
        if used is not None and limit.limit > 1:
            model.model.add(_sum(groups) >= limit.limit).only_enforce_if(used)


def _max_days(model: TimeModel, limit: Limit, resource: Resource, covering: Covering) -> None:
    used = [one for one in (_used(model, covering, day) for day in model.days) if one is not None]
    if len(used) > limit.limit:
        model.model.add(cp_model.LinearExpr.sum(used) <= limit.limit)


def _min_days(model: TimeModel, limit: Limit, resource: Resource, covering: Covering) -> None:
    used = [one for one in (_used(model, covering, day) for day in model.days) if one is not None]
    model.model.add(cp_model.LinearExpr.sum(used) >= limit.limit)


def _busy_of_day(model: TimeModel, resource: Resource, covering: Covering, day: int) -> list[Literal | None]:
    """For each open hour of the day whether the resource is busy; None: it never is."""
    opened = [slot for slot in _open(model, resource) if slot // model.hours == day]
    return [model.either(covering[slot]) if slot in covering else None for slot in opened]


def _gaps(model: TimeModel, busy: list[Literal | None], most: int) -> list[Literal]:
    """Literals that must be true for the gaps of a day, at most `most` of them where that is less than all."""
    model_, found = model.model, []
    begun = _reached(model, busy)
    going_on = _reached(model, busy[::-1])[::-1]
    for place in range(1, len(busy) - 1):
        before, after, now = begun[place - 1], going_on[place + 1], busy[place]
        if before is None or after is None:
            continue
        gap = model_.new_bool_var("")
        model_.add_bool_or([before.negated(), after.negated(), gap, *([now] if now is not None else [])])
        found.append(gap)
    if len(found) > most:
        model_.add(cp_model.LinearExpr.sum(found) <= most)
    return found


def _reached(model: TimeModel, busy: list[Literal | None]) -> list[Literal | None]:
    """For each place a literal that is true when any place up to it is busy."""
    found: list[Literal | None] = []
    last: Literal | None = None
    for one in busy:
        if one is not None and last is None:
            last = one
        elif one is not None and last is not None:
            reached = model.model.new_bool_var("")
            model.model.add_implication(last, reached)
            model.model.add_implication(one, reached)
            last = reached
        found.append(last)
    return found


def _max_gaps(model: TimeModel, limit: Limit, resource: Resource, covering: Covering) -> None:
    weekly = limit.measure is Measure.MAX_GAPS_A_WEEK
    gaps = [
        gap for day in model.days for gap in _gaps(model, _busy_of_day(model, resource, covering, day), limit.limit)
    ]
    if weekly and len(gaps) > limit.limit:
        model.model.add(cp_model.LinearExpr.sum(gaps) <= limit.limit)


def _late_beginnings(model: TimeModel, limit: Limit, resource: Resource, covering: Covering) -> None:
    """A day begins at its first open hour or, at most `limit` times, at its second."""
    lates = []
    for day in model.days:
        busy = _busy_of_day(model, resource, covering, day)
        first, second = busy[0] if busy else None, busy[1] if len(busy) > 1 else None
        late = model.model.new_bool_var("")
        lates.append(late)
        for place, one in enumerate(busy[1:], 1):
            if one is None:
                continue
            model.model.add_bool_or([one.negated(), late, *([first] if first is not None else [])])
            if place > 1:
                early = [other for other in (first, second) if other is not None]
                model.model.add_bool_or([one.negated(), *early])
    if len(lates) > limit.limit:
        model.model.add(cp_model.LinearExpr.sum(lates) <= limit.limit)


_ADD: Final[Mapping[Measure, Callable[[TimeModel, Limit, Resource, Covering], None]]] = {
    Measure.MAX_HOURS_A_DAY: _hours_a_day,
    Measure.MAX_HOURS_IN_A_ROW: _hours_in_a_row,
    Measure.MIN_HOURS_A_DAY: _min_hours,
    Measure.MAX_DAYS: _max_days,
    Measure.MIN_DAYS: _min_days,
    Measure.MAX_GAPS_A_DAY: _max_gaps,
    Measure.MAX_GAPS_A_WEEK: _max_gaps,
    Measure.MAX_LATE_BEGINNINGS: _late_beginnings,
}
