"""The search for reasons, whatever the input: which single changes would do, each tried out; or which several together.

A proof names everything that it rests on. What stands in every proof may be enough alone: it is freed, the input is
solved anew and checked, and then the relief is made as small as possible. Where nothing alone is enough, causes are
freed one after another until a plan is found.
"""

import bisect
import collections
import itertools
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from tongtang.timetable.solver.explain.cause import ORDER, Cause, Changes, Kind, Row, Size
from tongtang.timetable.solver.explain.reason import Reason

MOST_REASONS, MOST_TOGETHER = 6, 8
TRIES, ROW_TRIES = 3, 6
"""So many attempts fail before the smaller relief is given up."""
FAR = 1.5
"""What is so many times as tight as with its peers is the likeliest reason."""
Input = TypeVar("Input")
Plan = TypeVar("Plan")
Proof = TypeVar("Proof")


@dataclass(frozen=True)
class Ground(Generic[Input, Plan, Proof]):
    """What the search has to know of one kind of input.

    `ladder`: reliefs of a cause, the smallest first. `without_rows`, `rows_in_the_way`: for causes made of rows.
    `unusual`: how many times as tight as its peers. `suspects`: what a proof rests on. `short`: the proofs against an
    input, asked again where a search was needed for one of those given. `solve`: a plan found within so many seconds
    and passed by the checker; `keeps`: whether a plan suits an input. `reason`: a cause in words, by a proof if any.
    """

    ladder: Callable[[Input, Cause], Iterator[tuple[Input, Changes]]]
    without_rows: Callable[[Input, Cause, Collection[Row]], tuple[Input, Changes]]
    rows_in_the_way: Callable[[Input, Cause, Plan], list[Row]]
    unusual: Callable[[Input, Cause], float]
    suspects: Callable[[Input, Proof], Collection[Cause]]
    short: Callable[[Input, Sequence[Proof]], list[Proof]]
    solve: Callable[[Input, float], Plan | None]
    keeps: Callable[[Input, Plan], bool]
    name: Callable[[Proof], object]
    reason: Callable[[Input, Sequence[Proof], Cause, Changes], Reason]


@dataclass(frozen=True)
class Trial(Generic[Input, Plan, Proof]):
    """The input without a plan. `deadline` of all (time.monotonic), `seconds` of one attempt."""

    ground: Ground[Input, Plan, Proof]
    given: Input
    proofs: Sequence[Proof]
    deadline: float
    seconds: float

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.deadline

    def plan(self, tried: Input) -> Plan | None:
        """A plan; None if a proof or the time stands against it."""
        if self.is_over or self.ground.short(tried, self.proofs):
            return None
        return self.ground.solve(tried, min(self.seconds, self.deadline - time.monotonic()))

    def freed(self, tried: Input, cause: Cause) -> Input | None:
        """As if the cause did not bind at all; None where it cannot bind less."""
        last = collections.deque(self.ground.ladder(tried, cause), maxlen=1)
        return last[0][0] if last else None

    def relieved(self, tried: Input, cause: Cause, size: Size) -> tuple[Input, Changes]:
        """With the relief of that size."""
        if isinstance(size, int):
            return next(itertools.islice(self.ground.ladder(tried, cause), size, None))
        return self.ground.without_rows(tried, cause, size)

    def reason(self, proofs: Sequence[Proof], cause: Cause, changes: Changes) -> Reason:
        return self.ground.reason(self.given, proofs[:1], cause, changes)


def reasons(trial: Trial[Input, Plan, Proof], otherwise: Collection[Cause]) -> tuple[Reason, ...]:
    """Why there is no plan, the likeliest reason first; `otherwise`: the causes to try where nothing is proven."""
    sets = [frozenset(trial.ground.suspects(trial.given, one)) for one in trial.proofs]
    common = frozenset.intersection(*sets) if sets else frozenset(otherwise)
    found = _alone(trial, ranked(trial, trial.given, common))
    if not found:
        return _together(trial) or tuple(_named(trial))
    return tuple(
        trial.reason(trial.proofs, cause, trial.relieved(trial.given, cause, size)[1]) for cause, size in found
    )


def ranked(trial: Trial[Input, Plan, Proof], tried: Input, causes: Collection[Cause]) -> list[Cause]:
    """What is far from its peers first, then by kind."""
    tight = {cause: trial.ground.unusual(tried, cause) for cause in causes}
    return sorted(causes, key=lambda each: (-tight[each] if tight[each] >= FAR else 0, ORDER[each.kind], each))


def _alone(trial: Trial[Input, Plan, Proof], causes: Sequence[Cause]) -> list[tuple[Cause, Size]]:
    """The causes of which each is enough alone, with how far it has to give way.

    What classes are owed is only doubted where they are owed more than others, or where there is nothing else.
    """
    found: list[tuple[Cause, Size]] = []
    for usual in (False, True):
        for cause in causes:
            if (cause.kind is Kind.OWED and trial.ground.unusual(trial.given, cause) < FAR) is not usual:
                continue
            if trial.is_over or len(found) >= MOST_REASONS:
                return found
            size = _smallest(trial, trial.given, cause)
            if size is not None:
                found.append((cause, size))
        if found:
            break
    return found


def _smallest(trial: Trial[Input, Plan, Proof], tried: Input, cause: Cause) -> Size | None:
    """How far the cause has to give way for a plan to be found, as little as the time allows; None: no plan found."""
    if cause.has_rows:
        whole = trial.freed(tried, cause)
        plan = None if whole is None else trial.plan(whole)
        return None if plan is None else _fewest_rows(trial, tried, cause, plan)
    steps = [relief[0] for relief in trial.ground.ladder(tried, cause)]
    if not cause.is_monotone:
        return next((size for size, step in enumerate(steps) if trial.plan(step) is not None), None)
    # What is not ruled out is tried from the smallest on; a plan of the freed input tells how far is enough.
    low = bisect.bisect_left(steps, True, key=lambda step: not trial.ground.short(step, trial.proofs))
    if low < len(steps) and trial.plan(steps[low]) is not None:
        return low
    plan = trial.plan(steps[-1]) if low < len(steps) - 1 else None
    high = len(steps)
    if plan is not None:
        high = next(size for size in range(low, len(steps)) if trial.ground.keeps(steps[size], plan))
    between = range(low + 1, min(low + 1 + TRIES, high))
    enough = None if plan is None else high
    return next((size for size in between if trial.plan(steps[size]) is not None), enough)


def _fewest_rows(trial: Trial[Input, Plan, Proof], tried: Input, cause: Cause, plan: Plan) -> tuple[Row, ...]:
    """Rows put back one by one as long as a plan is found with them."""
    rows = trial.ground.rows_in_the_way(tried, cause, plan)
    needed: list[Row] = []
    while len(rows) > 1 and (rest := [row for row in rows if row not in needed]) and len(needed) < ROW_TRIES:
        fewer = trial.ground.without_rows(tried, cause, [row for row in rows if row != rest[0]])
        other = trial.plan(fewer[0])
        if other is None:
            needed.append(rest[0])
        else:
            rows = trial.ground.rows_in_the_way(tried, cause, other)
    return tuple(rows)


def _together(trial: Trial[Input, Plan, Proof]) -> tuple[Reason, ...]:
    """Several causes that all have to give way: one by one that which most of the remaining proofs rest on."""
    chosen: list[tuple[Cause, list[Proof]]] = []
    left, now = list(trial.proofs), trial.given
    while left and len(chosen) < MOST_TOGETHER and not trial.is_over:
        count = Counter(cause for one in left for cause in set(trial.ground.suspects(now, one)))
        order = sorted(ranked(trial, now, count), key=lambda cause: -count[cause])
        steps = ((cause, _freer(trial, now, cause, left)) for cause in order)
        found = next(((cause, step) for cause, step in steps if step), None)
        if found is None:
            break
        cause, (now, left, gone) = found
        chosen.append((cause, gone))
    return _all_of(trial, now, chosen)


def _freer(
    trial: Trial[Input, Plan, Proof], now: Input, cause: Cause, proofs: Sequence[Proof]
) -> tuple[Input, list[Proof], list[Proof]] | None:
    """The input freed from the cause, the proofs that remain and those that fall; None where none falls."""
    whole = trial.freed(now, cause)
    if whole is None:
        return None
    left = trial.ground.short(whole, trial.proofs)
    known = {trial.ground.name(one) for one in left}
    gone = [one for one in proofs if trial.ground.name(one) not in known]
    return (whole, left, gone) if gone else None


def _all_of(
    trial: Trial[Input, Plan, Proof], free: Input, chosen: Sequence[tuple[Cause, list[Proof]]]
) -> tuple[Reason, ...]:
    """Each chosen cause with its smallest relief, beside the reliefs of those before and the freedom of those after.

    Where no plan is found with all of them free, they are told without a relief.
    """
    now, told, solved = trial.given, list[Reason](), trial.plan(free) is not None
    for place, (cause, gone) in enumerate(chosen):
        rest = now
        for other, _gone in chosen[place + 1 :]:
            wider = trial.freed(rest, other)
            rest = rest if wider is None else wider
        size = _smallest(trial, rest, cause) if solved else None
        changes: Changes = ()
        if size is not None:
            now, changes = trial.relieved(now, cause, size)
        else:
            wider = trial.freed(now, cause)
            now = now if wider is None else wider
        told.append(replace(trial.reason(gone, cause, changes), verified=size is not None, together=len(chosen) > 1))
    return tuple(told)


def _named(trial: Trial[Input, Plan, Proof]) -> Iterator[Reason]:
    """What the proofs are about, where no relief was found in time: the likeliest cause of each, unverified."""
    for one in trial.proofs[:MOST_TOGETHER]:
        causes = ranked(trial, trial.given, trial.ground.suspects(trial.given, one))
        if causes:
            reason = trial.reason([one], causes[0], ())
            yield replace(reason, verified=False, together=len(trial.proofs) > 1)
