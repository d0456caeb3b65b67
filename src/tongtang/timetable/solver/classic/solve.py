"""A classic timetable: a quick search for the first, CP-SAT for better ones, for proofs and where the search fails.

CP-SAT seeks times first with rooms only counted, then the rooms, and both together where that fails. The quick search
is imported where it is used: Numba costs half a second and much memory, which only those who search should pay.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from tongtang.timetable.solver.classic.blocks import WORD, blocks_of
from tongtang.timetable.solver.classic.build import TimeModel
from tongtang.timetable.solver.classic.check import check, cost
from tongtang.timetable.solver.classic.domains import Choice, room_choices, start_domains
from tongtang.timetable.solver.classic.model import Institution, Placed, Timetable
from tongtang.timetable.solver.classic.relations import add_constraints
from tongtang.timetable.solver.classic.rooms import bind_rooms, choose_rooms, count_pools
from tongtang.timetable.solver.cpsat import Limits, Outcome, Report, Status, solve

if TYPE_CHECKING:
    from tongtang.timetable.solver.classic.swap import Swapper

ROOM_SHARE = 0.25
"""Of the time, what choosing rooms for known times may take at most."""
ROUNDING = 1e-6
SWAP_SHARE = 0.6
"""Of the time, what the quick search may take at most."""
SWAP_SHARE_FOR_FIRST = 0.9
"""The same where any timetable will do: CP-SAT rarely finds one that the quick search does not."""
WORK_BEFORE_PROOF = 1000
"""Places that the quick search tries for each block before CP-SAT looks once for a proof that there is no timetable."""
PROOF = 2.0
"""CP-SAT's own measure of work for that proof: seconds, not minutes, and the same on every machine."""
SEEDS_APART = 1_000_003
"""Between the seeds of workers, so that those of two runs do not meet."""
EARLY_SHARE = 0.1
"""Of the time, what each of these two may take at most."""


@dataclass(frozen=True, slots=True)
class Result:
    """`cost` and `bound` are in ten-thousandths of a conflict; both are None without a timetable.

    `stuck`: activities that can start nowhere or have no possible room; nothing was searched for them.
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
    """`first`: stop at the first timetable that keeps all hard constraints, as FET does.

    Without `first` that timetable is where CP-SAT begins to better it and to prove a bound.
    """
    began = time.monotonic()
    choices = room_choices(institution)
    stuck = _stuck(institution, choices)
    if stuck:
        return Result(Status.INFEASIBLE, None, None, None, time.monotonic() - began, stuck)
    searches = _searches(institution, choices, limits)
    # Where no machine code is kept yet it is compiled first: the time for searching is the same for every user.
    began = time.monotonic()
    early = limits.seconds * EARLY_SHARE
    quick = _swapped(institution, choices, searches[:1], began + early, WORK_BEFORE_PROOF)
    if quick is None:
        budget = replace(limits, seconds=early, deterministic=min(PROOF, limits.deterministic or PROOF))
        proof = _exact(institution, choices, budget, time.monotonic(), first, None, None)
        if proof.status in (Status.INFEASIBLE, Status.OPTIMAL):
            return replace(proof, seconds=time.monotonic() - began)
        share = SWAP_SHARE_FOR_FIRST if first else SWAP_SHARE
        quick = proof.timetable or _swapped(institution, choices, searches, began + limits.seconds * share)
    if quick is not None:
        price = cost(check(institution, quick))
        if first or not price:
            status = Status.FEASIBLE if price else Status.OPTIMAL
            return Result(status, quick, price, 0, time.monotonic() - began)
        if report is not None:
            report(price, 0)
    exact = _exact(institution, choices, limits, began, first, quick, report)
    if quick is not None and (exact.cost is None or exact.cost > price):
        return replace(exact, status=Status.FEASIBLE, timetable=quick, cost=price, bound=exact.bound or 0)
    return exact


def _stuck(institution: Institution, choices: Mapping[int, Choice]) -> tuple[int, ...]:
    domains = start_domains(institution, choices)
    roomless = {number for number, choice in choices.items() if not choice.costs}
    return tuple(sorted({number for number, starts in domains.items() if not starts} | roomless))


def _searches(institution: Institution, choices: Mapping[int, Choice], limits: Limits) -> list["Swapper"]:
    """One for each worker, with seeds of their own; none where a day has more hours than the search can hold."""
    if len(institution.hours) > WORD:
        return []
    from tongtang.timetable.solver.classic.swap import Swapper

    made = blocks_of(institution, choices)
    return [Swapper(made, limits.seed + SEEDS_APART * worker) for worker in range(limits.workers)]


def _swapped(
    institution: Institution,
    choices: Mapping[int, Choice],
    searches: Sequence["Swapper"],
    deadline: float,
    work: int | None = None,
) -> Timetable | None:
    """The timetable of the first to end, None where there is none that the checker accepts."""
    if not searches:
        return None
    from tongtang.timetable.solver.classic.swap import first_placed

    def holds(search: "Swapper") -> bool:
        return not any(breach.binding for breach in check(institution, search.timetable(choices)))

    search = first_placed(searches, deadline, work, holds)
    return search.timetable(choices) if search is not None else None


def _exact(
    institution: Institution,
    choices: Mapping[int, Choice],
    limits: Limits,
    began: float,
    first: bool,
    quick: Timetable | None,
    report: Report | None,
) -> Result:
    model = TimeModel(institution, choices)
    add_constraints(model)
    count_pools(model)
    if quick is not None:
        _hint(model, {number: placed.start for number, placed in quick.items()})
    outcome = _run(model, limits, began, first, report)
    found = _with_rooms(model, outcome, limits, began)
    joint = found is None and outcome.solved
    if joint:
        _hint(model, _starts(model, outcome))
        bind_rooms(model)
        outcome = _run(model, limits, began, first, report)
        found = _with_rooms(model, outcome, limits, began)
    seconds = time.monotonic() - began
    bound = _bound(outcome, choices, joint) if outcome.solved else None
    if found is None:
        return Result(Status.UNKNOWN if outcome.solved else outcome.status, None, None, bound, seconds)
    timetable, price = found
    status = Status.OPTIMAL if bound is not None and price <= bound else Status.FEASIBLE
    return Result(status, timetable, price, bound, seconds)


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


def _hint(model: TimeModel, starts: Mapping[int, int]) -> None:
    model.model.clear_hints()  # type: ignore[no-untyped-call]
    told: set[int] = set()
    for number, own in model.starts.items():
        for slot, literal in own.items():
            if literal.index not in told:
                told.add(literal.index)
                model.model.add_hint(literal, slot == starts[number])


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
    timetable: Timetable = {number: Placed(start, rooms.get(number)) for number, start in starts.items()}
    time_cost = sum(weight * outcome.value(variable) for weight, variable in model.costs)
    return timetable, time_cost + sum(model.choices[number].costs[room] for number, room in rooms.items())


def _bound(outcome: Outcome, choices: Mapping[int, Choice], joint: bool) -> int:
    """No timetable costs less: what CP-SAT has proven for the times, with the cheapest room of each activity."""
    times = math.ceil((outcome.bound or 0) - ROUNDING)
    return times + (0 if joint else sum(min(choice.costs.values()) for choice in choices.values()))
