"""A county's weekly plan from its data alone: proofs first, then a construction, then a pool of searches.

Nothing is handed out that the checker has not passed.
"""

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from tongtang.timetable.solver.county_fallbacks import (
    given_back,
    recorded_for,
    substituted,
    with_groups_added,
    with_substitutes,
)
from tongtang.timetable.solver.cpsat import Status
from tongtang.timetable.solver.explain.county_week import Prover
from tongtang.timetable.solver.model import Broadcast, County, RecordedLesson
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
    """How long to search and with how many processes. One worker takes the same steps on every machine.

    `nice`: how far the processes stand back behind others (0: not at all, 19: they take what is left).
    """

    seconds: float = 60.0
    workers: int = 1
    seed: int = 1
    nice: int = 0


@dataclass(frozen=True)
class WeeklyAnswer:
    """The best plan. `broadcasts` is empty unless everything is provided for; `bound` is the counting bound.

    Status optimal: as few broadcasts as the bound; feasible: complete; infeasible: `shortages` prove that nothing can
    be complete; unknown: nothing complete was found. A plan with `recorded` lessons or with `substituted` broadcasts
    (given by a substitute) is feasible at best; the bound does not hold for recorded lessons.
    """

    status: Status
    broadcasts: tuple[Broadcast, ...]
    bound: int
    required: int
    unserved: Unserved
    seconds: float
    shortages: tuple[Shortage, ...] = ()
    recorded: tuple[RecordedLesson, ...] = ()
    substituted: int = 0

    @property
    def served(self) -> int:
        """Class-lessons a week that the best plan serves live."""
        return self.required - sum(lessons for _, _, lessons in self.unserved) - len(self.recorded)


@dataclass(frozen=True)
class Progress:
    """The best so far: broadcasts a week and the class-lessons that they leave out; `plan` and `left` are those."""

    seconds: float
    broadcasts: int
    bound: int
    unserved: int
    plan: tuple[Broadcast, ...] = ()
    left: Unserved = ()


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
    interrupted: bool = False

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
        spent = time.monotonic() - self.began
        self.report(Progress(spent, lessons, self.bound, left, self.broadcasts, self.unserved))


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
    `stop` is asked several times a second; KeyboardInterrupt ends the search like it. Substitutes and recorded lessons
    that the county allows are used where the search without them ends with something left out: then it has half the
    time. Raises CheckerDisagrees.
    """
    best = _Best(county, problem_of(county).demand.bound, report)
    short: Sequence[Shortage] = shortages(problem_of(county, all_starts=True))
    others = with_substitutes(county)
    has_fallbacks = others is not None or bool(county.recordable)
    part = replace(effort, seconds=effort.seconds / 2) if has_fallbacks else effort
    proven = _improve(best, part, first, stop, search=not short or has_fallbacks, prove=not has_fallbacks)
    short = short or proven
    if best.unserved != () and has_fallbacks:
        return _with_fallbacks(best, others or county, effort, stop, short)
    return _answer(best, county, short)


def _improve(
    best: _Best,
    effort: Effort,
    first: Sequence[Broadcast],
    stop: Callable[[], bool],
    *,
    search: bool,
    prove: bool = False,
) -> Sequence[Shortage]:
    """Better plans for `best`: by construction and, with `search`, by searches for the rest of the time.

    With `prove`, the proofs found meanwhile that there is no whole plan; the search ends with them.
    """
    problem = problem_of(best.county)
    try:
        if first and not verify(best.county, first) and not substituted(best.county, first):
            best.take(first, ())
        if not best.is_optimal:
            draft = first_draft(problem, random.Random(effort.seed), in_vain=not search)  # noqa: S311 - a search, no secret
            best.take(broadcasts_of(problem, draft), unserved_of(problem, draft))
            if search and not best.is_optimal:
                return _search(best, problem, draft, effort, stop, prove=prove)
    except KeyboardInterrupt:
        best.interrupted = True
    return ()


def _with_fallbacks(
    live: _Best, county: County, effort: Effort, stop: Callable[[], bool], short: Sequence[Shortage]
) -> WeeklyAnswer:
    """Substitutes for what the live plan leaves out, recorded lessons for what they leave out; `county` has both."""
    best = _Best(county, live.bound, live.report, live.began)
    if county is not live.county:
        added = with_groups_added(county, live.broadcasts, effort.seed)
        best.take(broadcasts_of(*added), unserved_of(*added))
        if best.unserved and not live.interrupted:
            _improve(best, effort, (), stop, search=True)
    if best.unserved is None or (live.unserved is not None and _left(live.unserved) <= _left(best.unserved)):
        best = live
    broadcasts = given_back(live.county, best.broadcasts)
    recorded = recorded_for(live.county, broadcasts, best.unserved or ()) if best.unserved else ()
    if best.unserved and not recorded:
        return _answer(live, live.county, short)
    if found := verify(live.county, broadcasts, recorded=recorded):
        raise CheckerDisagrees(found)
    required = sum(owed.lessons_per_week for owed in county.requirements)
    seconds, instead = time.monotonic() - live.began, substituted(live.county, broadcasts)
    return WeeklyAnswer(Status.FEASIBLE, broadcasts, live.bound, required, (), seconds, tuple(short), recorded, instead)


def _left(unserved: Unserved) -> int:
    return sum(lessons for _, _, lessons in unserved)


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
    nice: int


def _search(
    best: _Best, problem: Problem, draft: list[Group], effort: Effort, stop: Callable[[], bool], *, prove: bool
) -> Sequence[Shortage]:
    """Processes of their own, so that an interrupt reaches this one while CP-SAT runs. Proofs that nothing is there.

    The prover counts a lesson of alternate weeks as a weekly one: a county with such lessons is not proven so.
    """
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
            task = _Task(problem.county, draft, known, effort.seed + number, seconds, effort.nice)
            process: BaseProcess = context.Process(target=_work, args=(task, theirs), daemon=True)
            process.start()
            theirs.close()
            running.append((process, ours))
        enough = best.began + PATIENCE * max(1.0, len(problem.demand.needs) / USUAL_NEEDS)

        if prove and best.unserved and problem.weeks == 1:
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


def _end_with_the_first_process() -> None:
    """Nobody hears a search whose first process was killed: it ends in the midst of CP-SAT, not at its deadline."""
    first = multiprocessing.parent_process()
    if first is not None:
        wait([first.sentinel])
        os._exit(1)


def _work(task: _Task, end: Connection) -> None:
    """One search in a process of its own; an interrupt of the terminal is the first process's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(task.nice)
    threading.Thread(target=_end_with_the_first_process, daemon=True).start()

    def publish(problem: Problem, groups: list[Group]) -> None:
        end.send((broadcasts_of(problem, groups), unserved_of(problem, groups)))

    search = Search(problem_of(task.county), task.seed, time.monotonic() + task.seconds, publish, task.known)
    try:
        search.run(task.draft)
    except (OutOfTime, BrokenPipeError):
        return
    finally:
        end.close()
