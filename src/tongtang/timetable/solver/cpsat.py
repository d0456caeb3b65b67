"""The one place that runs CP-SAT, and the one that reads its values.

After UNKNOWN the solver of ortools 9.15 hands out uninitialised integers without an error: an `Outcome` without a
solution has no values at all.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ortools.sat.python import cp_model


class Status(StrEnum):
    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


class BrokenModel(Exception):
    """The model is no model: a fault of ours, never of the data."""


@dataclass(frozen=True)
class Limits:
    """When to end at the latest, and how to search.

    `deterministic`: CP-SAT's own measure of work, the same on every machine. `linear`: how much of the model the linear
    relaxation sees (0 none, 1 CP-SAT's default, 2 all): none is quickest where any solution will do, all where bounds
    count.
    """

    seconds: float
    deterministic: float | None = None
    workers: int = 1
    seed: int = 1
    linear: int = 1


@dataclass(frozen=True)
class Outcome:
    """What a run found. `objective` and `bound` are in the model's units, None where there is none."""

    status: Status
    seconds: float
    objective: float | None
    bound: float | None
    _values: Callable[[cp_model.LinearExprT], int] | None

    @property
    def solved(self) -> bool:
        return self._values is not None

    def value(self, expression: cp_model.LinearExprT) -> int:
        """The value in the solution. Raises ValueError where there is none."""
        if self._values is None:
            raise ValueError(f"no values: {self.status}")
        return self._values(expression)

    def is_true(self, literal: cp_model.LiteralT) -> bool:
        return self.value(literal) == 1


Report = Callable[[float, float], None]
"""Told of each better solution: objective and bound."""

_STATUS = {
    cp_model.OPTIMAL: Status.OPTIMAL,
    cp_model.FEASIBLE: Status.FEASIBLE,
    cp_model.INFEASIBLE: Status.INFEASIBLE,
    cp_model.UNKNOWN: Status.UNKNOWN,
}


class _Listener(cp_model.CpSolverSolutionCallback):
    def __init__(self, report: Report | None, stop: Callable[[], bool]) -> None:
        super().__init__()
        self._report, self._stop = report, stop

    def on_solution_callback(self) -> None:
        if self._report is not None:
            self._report(self.objective_value, self.best_objective_bound)
        if self._stop():
            self.stop_search()


def solve(
    model: cp_model.CpModel,
    limits: Limits,
    *,
    report: Report | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Run to the end or to the limits; `stop` is asked at each better solution.

    With one worker, a seed and a deterministic limit the same model gives the same outcome everywhere.
    """
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(limits.seconds, 0.01)
    if limits.deterministic is not None:
        solver.parameters.max_deterministic_time = limits.deterministic
    solver.parameters.num_workers = limits.workers
    solver.parameters.random_seed = limits.seed % 2**31
    solver.parameters.linearization_level = limits.linear
    # CP-SAT would leave the default handler behind, which ends the process without a word.
    solver.parameters.catch_sigint_signal = False
    began = time.monotonic()
    code = solver.solve(model, _Listener(report, stop))
    seconds = time.monotonic() - began
    if code == cp_model.MODEL_INVALID:
        raise BrokenModel(model.validate())
    status = _STATUS[code]
    if status not in (Status.OPTIMAL, Status.FEASIBLE):
        return Outcome(status, seconds, None, None, None)
    aims = model.has_objective()
    return Outcome(
        status,
        seconds,
        solver.objective_value if aims else None,
        solver.best_objective_bound if aims else None,
        solver.value,
    )
