"""A classic timetable found by CP-SAT: times first with rooms counted, then rooms, both together where that fails."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from tongtang.timetable.solver.classic.build import TimeModel
from tongtang.timetable.solver.classic.domains import Choice, room_choices
from tongtang.timetable.solver.classic.model import Institution, Placed, Timetable
from tongtang.timetable.solver.classic.relations import add_constraints
from tongtang.timetable.solver.classic.rooms import bind_rooms, choose_rooms, count_pools
from tongtang.timetable.solver.cpsat import Limits, Outcome, Report, Status, solve

ROOM_SHARE = 0.25
"""Of the time, what choosing rooms for known times may take at most."""
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Result:
    """`cost` and `bound` are in ten-thousandths of a conflict; both are None without a timetable.

    `stuck`: activities that can start nowhere, for which nothing was searched.
    """

    status: Status
    timetable: Timetable | None
    cost: int | None
    bound: int | None
    seconds: float
    stuck: tuple[int, ...] = ()


def solve_institution(
    institution: Institution, limits: Limits, *, first: bool = False, report: Report | None = None
) -> Result:
    """`first`: stop at the first timetable that keeps all hard constraints, as FET does."""
    began = time.monotonic()
    choices = room_choices(institution)
    model = TimeModel(institution, choices)
    stuck = tuple(sorted(number for number, starts in model.domains.items() if not starts))
    stuck += tuple(sorted(number for number, choice in choices.items() if not choice.costs and number not in stuck))
    if stuck:
        return Result(Status.INFEASIBLE, None, None, None, time.monotonic() - began, stuck)
    add_constraints(model)
    count_pools(model)
    outcome = _run(model, limits, began, first, report)
    found = _with_rooms(model, outcome, limits, began)
    joint = found is None and outcome.solved
    if joint:
        bind_rooms(model)
        _hint(model, outcome)
        outcome = _run(model, limits, began, first, report)
        found = _with_rooms(model, outcome, limits, began)
    seconds = time.monotonic() - began
    if found is None:
        status = outcome.status if not outcome.solved else Status.UNKNOWN
        return Result(status, None, None, None, seconds)
    timetable, cost = found
    bound = _bound(outcome, choices, joint)
    status = Status.OPTIMAL if cost <= bound else Status.FEASIBLE
    return Result(status, timetable, cost, bound, seconds)


def _left(limits: Limits, began: float) -> float:
    return limits.seconds - (time.monotonic() - began)


def _run(model: TimeModel, limits: Limits, began: float, first: bool, report: Report | None) -> Outcome:
    costs = model.costs + model.room_costs
    if costs:
        weights, variables = zip(*costs, strict=True)
        model.model.minimize(cp_model.LinearExpr.weighted_sum(list(variables), list(weights)))
    now = replace(limits, seconds=_left(limits, began))
    return solve(model.model, now, report=report, stop=_always if first else _never)


def _always() -> bool:
    return True


def _never() -> bool:
    return False


def _hint(model: TimeModel, outcome: Outcome) -> None:
    for starts in model.starts.values():
        for literal in starts.values():
            model.model.add_hint(literal, outcome.value(literal))


def _starts(model: TimeModel, outcome: Outcome) -> dict[int, int]:
    return {
        number: next(slot for slot, literal in starts.items() if outcome.is_true(literal))
        for number, starts in model.starts.items()
    }


def _with_rooms(model: TimeModel, outcome: Outcome, limits: Limits, began: float) -> tuple[Timetable, int] | None:
    if not outcome.solved:
        return None
    starts = _starts(model, outcome)
    seconds = max(1.0, min(limits.seconds * ROOM_SHARE, _left(limits, began)))
    rooms, chosen = choose_rooms(model.institution, model.choices, starts, replace(limits, seconds=seconds))
    if not chosen.solved:
        return None
    timetable = {number: Placed(start, rooms.get(number)) for number, start in starts.items()}
    time_cost = sum(weight * outcome.value(variable) for weight, variable in model.costs)
    return timetable, time_cost + sum(model.choices[number].costs[room] for number, room in rooms.items())


def _bound(outcome: Outcome, choices: Mapping[int, Choice], joint: bool) -> int:
    """No timetable costs less: what CP-SAT has proven for the times, with the cheapest room of each activity."""
    times = math.ceil((outcome.bound or 0) - ROUNDING)
    return times + (0 if joint else sum(min(choice.costs.values()) for choice in choices.values()))
