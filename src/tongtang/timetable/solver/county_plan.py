"""A county's weekly plan from its data alone: proofs first, then a construction, then a pool of searches.

Nothing is handed out that the checker has not passed.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from tongtang.timetable.solver.county_fallbacks import (
    given_back,
    live_part,
    recorded_for,
    substituted,
    with_groups_added,
    with_substitutes,
)
from tongtang.timetable.solver.cpsat import Status
from tongtang.timetable.solver.explain.county_week import Prover
from tongtang.timetable.solver.kept_plan import changed_lessons
from tongtang.timetable.solver.least_change import nearer_line
from tongtang.timetable.solver.model import Broadcast, County, RecordedLesson
from tongtang.timetable.solver.pool import Tell, Unserved, found_by
from tongtang.timetable.solver.problem import Group, Problem, broadcasts_of, problem_of
from tongtang.timetable.solver.search import Search, first_draft
from tongtang.timetable.solver.shortage import Shortage, shortages
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.solver.violation import Violation

PATIENCE, USUAL_NEEDS = 25.0, 150
"""Seconds after which a complete plan is good enough, for so many needs; a larger county has more in proportion."""

KEEPING = 0.4
"""So much of the time is the second aim's, least change, where there is a plan to keep."""


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
    """The best plan. `broadcasts` is empty unless everything is provided for (and where all of it is recorded);
    `bound` is the counting bound.

    Status optimal: as few broadcasts as the bound; feasible: complete; infeasible: `shortages` prove that nothing can
    be complete; unknown: nothing complete was found. A plan with `recorded` lessons or with `substituted` broadcasts
    (given by a substitute) is feasible at best; the bound does not hold for recorded lessons. `changed`: class-lessons
    that are not in the plan to keep, None without one.
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
    changed: int | None = None

    @property
    def is_plan(self) -> bool:
        """Whether everything is provided for."""
        return self.status in (Status.OPTIMAL, Status.FEASIBLE)

    @property
    def served(self) -> int:
        """Class-lessons a week that the best plan serves live."""
        return self.required - sum(lessons for _, _, lessons in self.unserved) - len(self.recorded)


@dataclass(frozen=True)
class Progress:
    """The best so far: broadcasts a week and the class-lessons that they leave out; `plan` and `left` are those.

    `changed`: class-lessons that are not in the plan to keep, None without one.
    """

    seconds: float
    broadcasts: int
    bound: int
    unserved: int
    plan: tuple[Broadcast, ...] = ()
    left: Unserved = ()
    changed: int | None = None


Report = Callable[[Progress], None]


@dataclass
class _Best:
    """The best plan so far, complete or not, as the checker has passed it."""

    county: County
    bound: int
    report: Report
    keep: Sequence[Broadcast] = ()
    began: float = field(default_factory=time.monotonic)
    broadcasts: tuple[Broadcast, ...] = ()
    unserved: Unserved | None = None
    interrupted: bool = False

    @property
    def is_optimal(self) -> bool:
        return self.unserved == () and len(self.broadcasts) <= self.bound

    def take(self, broadcasts: Sequence[Broadcast], unserved: Unserved) -> None:
        """Keep what is better. Raises CheckerDisagrees on a complete plan with a breach."""
        if self.unserved is not None and self._rank(self.broadcasts, self.unserved) <= self._rank(broadcasts, unserved):
            return
        if not unserved and (found := verify(self.county, broadcasts)):
            raise CheckerDisagrees(found)
        self.broadcasts, self.unserved = tuple(broadcasts), unserved
        spent = time.monotonic() - self.began
        left, lessons, _changed = self._rank(broadcasts, unserved)
        self.report(Progress(spent, lessons, self.bound, left, self.broadcasts, self.unserved, self.changed))

    @property
    def changed(self) -> int | None:
        return changed_lessons(self.broadcasts, self.keep) if self.keep else None

    def _rank(self, broadcasts: Sequence[Broadcast], unserved: Unserved) -> tuple[int, int, int]:
        """Better plans first: what is left out, broadcasts, and changes only where both are equal."""
        changed = changed_lessons(broadcasts, self.keep) if self.keep else 0
        return _left(unserved), len(broadcasts), changed


def solve_county(
    county: County,
    effort: Effort,
    *,
    first: Sequence[Broadcast] = (),
    keep: Sequence[Broadcast] = (),
    report: Report = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> WeeklyAnswer:
    """The plan with the fewest broadcasts that was found in `effort.seconds`.

    With `keep`, an earlier plan that need not hold any more, the last part of the time goes to the second aim: no more
    broadcasts than were found before, no fewer class-lessons served, and as few of them changed as can be.

    `first` is a plan known already (it is kept unless a better one turns up, and left aside if it breaks a rule);
    `stop` is asked several times a second; KeyboardInterrupt ends the search like it. Substitutes and recorded lessons
    that the county allows are used where the search without them ends with something left out: then it has half the
    time. Raises CheckerDisagrees.
    """
    best = _Best(county, problem_of(county).demand.bound, report, keep)
    still = bool(keep) and not verify(county, keep) and not substituted(county, keep)
    if still and len(keep) <= best.bound:
        best.take(keep, ())
    share = replace(effort, seconds=effort.seconds * (1 - KEEPING)) if keep else effort
    answer = _fewest(best, share, first, stop)
    if still and (not answer.is_plan or len(keep) < len(answer.broadcasts)):
        best.take(keep, ())
        answer = _answer(best, county, ())
    return _nearer(best, answer, effort, stop) if keep and answer.is_plan else answer


def _fewest(best: _Best, effort: Effort, first: Sequence[Broadcast], stop: Callable[[], bool]) -> WeeklyAnswer:
    """The plan with the fewest broadcasts, with substitutes and recorded lessons where it must be."""
    county = best.county
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
    best = _Best(county, live.bound, live.report, live.keep, live.began)
    if county is not live.county:
        added = with_groups_added(county, live.broadcasts, effort.seed)
        best.take(broadcasts_of(*added), unserved_of(*added))
        if best.unserved and not live.interrupted:
            _improve(best, effort, (), stop, search=True)
            live.interrupted = best.interrupted
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


def _search(
    best: _Best, problem: Problem, draft: list[Group], effort: Effort, stop: Callable[[], bool], *, prove: bool
) -> Sequence[Shortage]:
    """Plans of all searches, and proofs that nothing is there."""
    known = best.broadcasts if best.unserved == () else ()
    prover = Prover(problem_of(problem.county, all_starts=True), effort.seconds)
    lines = [partial(_line, problem.county, draft, known, effort.seed + one) for one in range(effort.workers)]
    enough = best.began + PATIENCE * max(1.0, len(problem.demand.needs) / USUAL_NEEDS)
    if prove and best.unserved:
        prover.start()

    def ended() -> bool:
        return stop() or best.is_optimal or bool(prover.found) or (best.unserved == () and time.monotonic() > enough)

    try:
        for broadcasts, unserved in found_by(lines, best.began + effort.seconds, effort.nice, ended):
            best.take(broadcasts, unserved)
    finally:
        prover.stop()
    return prover.found if best.unserved else ()


def _line(
    county: County, draft: list[Group], known: Sequence[Broadcast], seed: int, deadline: float, tell: Tell
) -> None:
    def publish(problem: Problem, groups: list[Group]) -> None:
        tell((broadcasts_of(problem, groups), unserved_of(problem, groups)))

    Search(problem_of(county), seed, deadline, publish, known).run(draft)


def _nearer(best: _Best, answer: WeeklyAnswer, effort: Effort, stop: Callable[[], bool]) -> WeeklyAnswer:
    """The answer with as few changes against the plan to keep as can be found for no more broadcasts."""
    county, left = best.county, _left_to_recordings(answer)
    live = live_part(county, answer.broadcasts, answer.recorded)
    near = _Best(live, answer.bound, _with_left(best.report, left), best.keep, best.began)
    near.take(answer.broadcasts, ())
    recorded = answer.recorded
    seeds = range(effort.seed, effort.seed + effort.workers)
    lines = [partial(nearer_line, live, answer.broadcasts, best.keep, seed) for seed in seeds] if near.changed else []
    try:
        for plan, unserved in (
            found_by(lines, best.began + effort.seconds, effort.nice, stop) if not best.interrupted else ()
        ):
            shown = recorded_for(county, plan, left) if left else ()
            if substituted(county, plan) <= answer.substituted and len(shown) == len(answer.recorded):
                near.take(plan, unserved)
                recorded = shown if near.broadcasts == tuple(plan) else recorded
    except KeyboardInterrupt:
        best.interrupted = True
    if found := verify(county, near.broadcasts, recorded=recorded):
        raise CheckerDisagrees(found)
    seconds = time.monotonic() - best.began
    return replace(answer, broadcasts=near.broadcasts, recorded=recorded, seconds=seconds, changed=near.changed)


def _left_to_recordings(answer: WeeklyAnswer) -> Unserved:
    count = Counter((one.class_id, one.subject) for one in answer.recorded)
    return tuple((class_id, subject, lessons) for (class_id, subject), lessons in sorted(count.items()))


def _with_left(report: Report, left: Unserved) -> Report:
    """Reports of the live part as reports of the whole: recordings have no place in it."""
    return lambda progress: report(replace(progress, unserved=_left(left), left=left))
