"""Rooms where there is a choice: counted while the times are sought, chosen when the times are known."""

from collections.abc import Mapping
from itertools import combinations
from typing import Final

from ortools.sat.python import cp_model

from tongtang.timetable.solver.classic.build import Literal, TimeModel
from tongtang.timetable.solver.classic.domains import Choice
from tongtang.timetable.solver.classic.model import Institution, Kind, Slot
from tongtang.timetable.solver.cpsat import Limits, Outcome, solve

POOLS_COUNTED: Final = 300


def count_pools(model: TimeModel) -> None:
    """In no slot more lessons than rooms, for each set of rooms that some lessons cannot leave."""
    bound = {number: choice.rooms for number, choice in model.choices.items() if None not in choice.costs}
    for pool in _pools({rooms for rooms in bound.values() if len(rooms) > 1}):
        inside = [number for number, rooms in bound.items() if rooms <= pool]
        if sum(model.institution.activities[number].duration for number in inside) <= len(pool):
            continue
        for slot, literals in model.cover(inside).items():
            free = sum(1 for room in pool if slot not in model.institution.away.get((Kind.ROOM, room), frozenset()))
            if len(literals) > free:
                model.model.add(cp_model.LinearExpr.sum(literals) <= free)


def _pools(chosen: set[frozenset[str]]) -> list[frozenset[str]]:
    """The sets themselves and the unions of two that overlap, each once."""
    unions = {one | other for one, other in combinations(sorted(chosen, key=sorted), 2) if one & other}
    return sorted(chosen, key=sorted) + sorted(unions - chosen, key=sorted)[:POOLS_COUNTED]


def choose_rooms(
    institution: Institution, choices: Mapping[int, Choice], starts: Mapping[int, Slot], limits: Limits
) -> tuple[dict[int, str | None], Outcome]:
    """The cheapest rooms for lessons whose times are known; no rooms when the outcome has no solution."""
    model = cp_model.CpModel()
    literals: dict[int, dict[str | None, Literal]] = {}
    costs: list[tuple[int, Literal]] = []
    taken: dict[tuple[str, Slot], list[Literal]] = {}
    for number, choice in choices.items():
        start, duration = starts[number], institution.activities[number].duration
        slots = range(start, start + duration)
        literals[number] = {
            room: model.new_bool_var("")
            for room in choice.costs
            if room is None or institution.away.get((Kind.ROOM, room), frozenset()).isdisjoint(slots)
        }
        model.add_exactly_one(literals[number].values())
        for room, literal in literals[number].items():
            costs.append((choice.costs[room], literal))
            for slot in slots if room is not None else ():
                taken.setdefault((str(room), slot), []).append(literal)
    for together in taken.values():
        model.add_at_most_one(together)
    priced = [(cost, literal) for cost, literal in costs if cost]
    if priced:
        model.minimize(
            cp_model.LinearExpr.weighted_sum([one for _cost, one in priced], [cost for cost, _one in priced])
        )
    outcome = solve(model, limits)
    if not outcome.solved:
        return {}, outcome
    chosen = {
        number: next(room for room, literal in of.items() if outcome.is_true(literal))
        for number, of in literals.items()
    }
    return chosen, outcome


def bind_rooms(model: TimeModel) -> None:
    """Rooms as part of the model itself: for when the rooms of the counted pools could not be chosen."""
    taken: dict[str, list[cp_model.IntervalVar]] = {}
    for number, choice in model.choices.items():
        if choice.only is not None or not choice.costs:
            continue
        starts = model.starts[number]
        start = model.model.new_int_var_from_domain(cp_model.Domain.from_values(list(starts)), "")
        model.model.add(start == cp_model.LinearExpr.weighted_sum(list(starts.values()), list(starts)))
        duration = model.institution.activities[number].duration
        options = {room: model.model.new_bool_var("") for room in choice.costs}
        model.model.add_exactly_one(options.values())
        for room, literal in options.items():
            if room is not None:
                interval = model.model.new_optional_fixed_size_interval_var(start, duration, literal, "")
                taken.setdefault(room, []).append(interval)
                _keep_off(model, starts, duration, room, literal)
            if choice.costs[room]:
                model.room_costs.append((choice.costs[room], literal))
    for number, choice in model.choices.items():
        if choice.only is not None and choice.only in taken:
            for slot, literal in model.starts[number].items():
                fixed = model.model.new_optional_fixed_size_interval_var(
                    slot, model.institution.activities[number].duration, literal, ""
                )
                taken[choice.only].append(fixed)
    for intervals in taken.values():
        model.model.add_no_overlap(intervals)


def _keep_off(model: TimeModel, starts: Mapping[Slot, Literal], duration: int, room: str, literal: Literal) -> None:
    closed = model.institution.away.get((Kind.ROOM, room), frozenset())
    for slot, one in starts.items():
        if not closed.isdisjoint(range(slot, slot + duration)):
            model.model.add_bool_or([literal.negated(), one.negated()])
