"""A county's weekly plan from its data alone: proofs first, then a construction, then a pool of searches.

Nothing is handed out that the checker has not passed.
"""

import multiprocessing
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from tongtang.timetable.solver.cpsat import Status
from tongtang.timetable.solver.explain.county_week import Prover
from tongtang.timetable.solver.model import Broadcast, County
from tongtang.timetable.solver.problem import Group, Problem, broadcasts_of, problem_of
from tongtang.timetable.solver.search import OutOfTime, Search, first_draft
from tongtang.timetable.solver.shortage import Shortage, shortages
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.solver.violation import Violation

PATIENCE, USUAL_NEEDS = 25.0, 150
"""Seconds after which a complete plan is good enough, for so many needs; a larger county has more in proportion."""

Unserved = tuple[tuple[str, str, int], ...]
"""Class, subject and how many of its lessons a week are left out."""


class CheckerDisagrees(Exception):
    """The solver made a plan that the checker refuses: a fault of ours, never of the data."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(f"{len(violations)} violations, the first: {violations[0]}")


@dataclass(frozen=True)
class Effort:
    """How long to search and with how many processes. One worker takes the same steps on every machine."""

    seconds: float = 60.0
    workers: int = 1
    seed: int = 1


@dataclass(frozen=True)
class WeeklyAnswer:
    """The best plan. `broadcasts` is empty unless it serves everything; `bound` is the counting bound.

    Status optimal: as few broadcasts as the bound; feasible: complete; infeasible: `shortages` prove that nothing can
    be complete; unknown: nothing complete was found.
    """

    status: Status
    broadcasts: tuple[Broadcast, ...]
    bound: int
    required: int
    unserved: Unserved
    seconds: float
    shortages: tuple[Shortage, ...] = ()

    @property
    def served(self) -> int:
        """Class-lessons a week that the best plan serves."""
        return self.required - sum(lessons for _, _, lessons in self.unserved)


@dataclass(frozen=True)
class Progress:
    """The best so far: broadcasts a week and the class-lessons that they leave out."""

    seconds: float
    broadcasts: int
    bound: int
    unserved: int


Report = Callable[[Progress], None]


@dataclass
class _Best:
    """The best plan so far, complete or not, as the checker has passed it."""

    county: County
    bound: int
    report: Report
    began: float = field(default_factory=time.monotonic)
    broadcasts: tuple[Broadcast, ...] = ()
    unserved: Unserved | None = None

    @property
    def is_optimal(self) -> bool:
        return self.unserved == () and len(self.broadcasts) <= self.bound

    def take(self, broadcasts: Sequence[Broadcast], unserved: Unserved) -> None:
        """Keep what is better. Raises CheckerDisagrees on a complete plan with a breach."""
        left, lessons = sum(each[2] for each in unserved), len(broadcasts)
        known = (sum(each[2] for each in self.unserved), len(self.broadcasts)) if self.unserved is not None else None
        if known is not None and known <= (left, lessons):
            return
        if not unserved and (found := verify(self.county, broadcasts)):
            raise CheckerDisagrees(found)
        self.broadcasts, self.unserved = tuple(broadcasts), unserved
        self.report(Progress(time.monotonic() - self.began, lessons, self.bound, left))


def solve_county(
    county: County,
    effort: Effort,
    *,
    first: Sequence[Broadcast] = (),
    report: Report = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> WeeklyAnswer:
    """The plan with the fewest broadcasts that was found in `effort.seconds`.

    `first` is a plan known already (it is kept unless a better one turns up, and left aside if it breaks a rule);
    `stop` is asked several times a second; KeyboardInterrupt ends the search like it. Raises CheckerDisagrees.
    """
    began = time.monotonic()
    problem = problem_of(county)
    best = _Best(county, problem.demand.bound, report, began)
    short: Sequence[Shortage] = shortages(problem_of(county, all_starts=True))
    with suppress(KeyboardInterrupt):
        if first and not verify(county, first):
            best.take(first, ())
        if not best.is_optimal:
            draft = first_draft(problem, random.Random(effort.seed), in_vain=bool(short))  # noqa: S311 - a search, no secret
            best.take(broadcasts_of(problem, draft), unserved_of(problem, draft))
            if not (short or best.is_optimal):
                short = _search(best, problem, draft, effort, stop)
    return _answer(best, county, short)


def unserved_of(problem: Problem, groups: Sequence[Group]) -> Unserved:
    """What the groups leave out, and what fits in no group at all."""
    needs = problem.demand.needs
    left = [
        (needs[place].class_id, needs[place].subject, needs[place].lessons * copies)
        for place, copies in problem.missing(groups).items()
    ]
    left += [(owed.class_id, owed.subject, owed.lessons_per_week) for owed in problem.demand.hopeless]
    return tuple(sorted(left))


def _answer(best: _Best, county: County, short: Sequence[Shortage]) -> WeeklyAnswer:
    required = sum(owed.lessons_per_week for owed in county.requirements)
    unserved = best.unserved
    if unserved is None:
        unserved = tuple((owed.class_id, owed.subject, owed.lessons_per_week) for owed in county.requirements)
    status = Status.INFEASIBLE if short else Status.UNKNOWN
    if not unserved:
        status = Status.OPTIMAL if best.is_optimal else Status.FEASIBLE
    broadcasts = () if unserved else best.broadcasts
    seconds = time.monotonic() - best.began
    return WeeklyAnswer(status, broadcasts, best.bound, required, unserved, seconds, tuple(short))


@dataclass(frozen=True)
class _Task:
    county: County
    draft: list[Group]
    known: tuple[Broadcast, ...]
    seed: int
    seconds: float


def _search(
    best: _Best, problem: Problem, draft: list[Group], effort: Effort, stop: Callable[[], bool]
) -> Sequence[Shortage]:
    """Processes of their own, so that an interrupt reaches this one while CP-SAT runs. Proofs that nothing is there."""
    deadline = best.began + effort.seconds
    known = best.broadcasts if best.unserved == () else ()
    context = multiprocessing.get_context("spawn")
    running: list[tuple[BaseProcess, Connection]] = []
    left_out = {class_id for class_id, _subject, _lessons in best.unserved or ()}
    prover = Prover(problem_of(problem.county, all_starts=True), left_out, effort.seconds)
    try:
        for number in range(effort.workers):
            ours, theirs = context.Pipe(duplex=False)
            seconds = max(deadline - time.monotonic(), 0.1)
            task = _Task(problem.county, draft, known, effort.seed + number, seconds)
            process: BaseProcess = context.Process(target=_work, args=(task, theirs), daemon=True)
            process.start()
            theirs.close()
            running.append((process, ours))
        enough = best.began + PATIENCE * max(1.0, len(problem.demand.needs) / USUAL_NEEDS)

        if best.unserved:
            prover.start()

        def ended() -> bool:
            return (
                stop() or best.is_optimal or bool(prover.found) or (best.unserved == () and time.monotonic() > enough)
            )

        for broadcasts, unserved in _heard([each[1] for each in running], deadline, ended):
            best.take(broadcasts, unserved)
    finally:
        prover.stop()
        for process, ours in running:
            process.terminate()
            process.join()
            ours.close()
    return prover.found if best.unserved else ()


def _heard(
    ends: list[Connection], deadline: float, ended: Callable[[], bool]
) -> Iterator[tuple[Sequence[Broadcast], Unserved]]:
    """The plans of all searches as they come, until each has ended or the time has."""
    while ends and time.monotonic() < deadline and not ended():
        ready = set(wait(ends, timeout=min(0.2, max(deadline - time.monotonic(), 0))))
        for end in [each for each in ends if each in ready]:
            try:
                yield end.recv()
            except EOFError:
                ends.remove(end)


def _work(task: _Task, end: Connection) -> None:
    """One search in a process of its own; an interrupt of the terminal is the first process's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def publish(problem: Problem, groups: list[Group]) -> None:
        end.send((broadcasts_of(problem, groups), unserved_of(problem, groups)))

    search = Search(problem_of(task.county), task.seed, time.monotonic() + task.seconds, publish, task.known)
    try:
        search.run(task.draft)
    except (OutOfTime, BrokenPipeError):
        return
    finally:
        end.close()
