"""The search for reasons, whatever the input: which single changes would do, each tried out.

A proof names everything that it rests on. What stands in every proof may be enough alone: it is freed, the input is
solved anew and checked, and then the relief is made as small as possible. Where nothing alone is enough, `together`
looks for the fewest causes that are. All work is counted (`Budget`): the same input has the same reasons everywhere.
"""

import bisect
import collections
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Generic, TypeVar

from tongtang.timetable.solver.explain.budget import Budget
from tongtang.timetable.solver.explain.cause import ORDER, Cause, Changes, Kind, Row, Size
from tongtang.timetable.solver.explain.reason import Reason

MOST_REASONS = 6
TRIES, ROW_TRIES, STEP_TRIES = 2, 6, 4
"""So many attempts fail before the smaller relief, or the next step of another kind, is given up."""
FAR = 1.5
"""What is so many times as tight as with its peers is the likeliest reason."""
SHARE = 0.6
"""So much of the work is for causes that are enough alone; the rest for several together."""
Input = TypeVar("Input")
Plan = TypeVar("Plan")
Proof = TypeVar("Proof")


class Patience(Enum):
    """How long one attempt at a plan goes on."""

    GLANCE = "glance"
    LONG = "long"


@dataclass(frozen=True)
class Ground(Generic[Input, Plan, Proof]):
    """What the search has to know of one kind of input.

    `ladder`: reliefs of a cause, the smallest first. `without_rows`, `rows_in_the_way`: for causes made of rows.
    `unusual`: how many times as tight as its peers. `suspects`: what a proof rests on. `short`: the proofs against an
    input, asked again where a search was needed for one of those given. `solve`: a plan found with so much patience
    and passed by the checker; `keeps`: whether a plan suits an input. `reason`: a cause in words, by a proof if any.
    """

    ladder: Callable[[Input, Cause], Iterator[tuple[Input, Changes]]]
    without_rows: Callable[[Input, Cause, Collection[Row]], tuple[Input, Changes]]
    rows_in_the_way: Callable[[Input, Cause, Plan], list[Row]]
    unusual: Callable[[Input, Cause], float]
    suspects: Callable[[Input, Proof], Collection[Cause]]
    short: Callable[[Input, Sequence[Proof], Budget], list[Proof]]
    solve: Callable[[Input, Patience, Budget], Plan | None]
    keeps: Callable[[Input, Plan], bool]
    name: Callable[[Proof], object]
    reason: Callable[[Input, Sequence[Proof], Cause, Changes], Reason]


@dataclass(frozen=True)
class Trial(Generic[Input, Plan, Proof]):
    """The input without a plan, and the work that may be done to see why."""

    ground: Ground[Input, Plan, Proof]
    given: Input
    proofs: Sequence[Proof]
    budget: Budget
    known: dict[int, tuple[Input, list[Proof]]] = field(default_factory=dict)
    """The proofs against each input asked about, by identity: a step of a ladder is asked about more than once."""

    def short(self, tried: Input) -> list[Proof]:
        if id(tried) not in self.known:
            self.known[id(tried)] = tried, self.ground.short(tried, self.proofs, self.budget)
        return self.known[id(tried)][1]

    def plan(self, tried: Input, patience: Patience) -> Plan | None:
        """A plan; None if a proof stands against it, or none was found within the work."""
        if self.budget.is_over or self.short(tried):
            return None
        return self.ground.solve(tried, patience, self.budget)

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

    def is_usual(self, cause: Cause) -> bool:
        """What a class is owed like every other: the last thing to doubt."""
        return cause.kind is Kind.OWED and self.ground.unusual(self.given, cause) < FAR


def ranked(trial: Trial[Input, Plan, Proof], tried: Input, causes: Collection[Cause]) -> list[Cause]:
    """What is far from its peers first, then by kind."""
    tight = {cause: trial.ground.unusual(tried, cause) for cause in causes}
    return sorted(causes, key=lambda each: (-tight[each] if tight[each] >= FAR else 0, ORDER[each.kind], each))


def alone(trial: Trial[Input, Plan, Proof], otherwise: Collection[Cause]) -> tuple[Reason, ...]:
    """The causes of which each is enough alone, the likeliest first; `otherwise`: those to try without a proof.

    What classes are owed is only doubted where they are owed more than others, or where there is nothing else.
    """
    sets = [frozenset(trial.ground.suspects(trial.given, one)) for one in trial.proofs]
    common = ranked(trial, trial.given, frozenset.intersection(*sets) if sets else frozenset(otherwise))
    usual = [cause for cause in common if trial.is_usual(cause)]
    budget = trial.budget
    budget.reserve = budget.work * (1 - SHARE)
    found = _enough(trial, [cause for cause in common if cause not in usual]) or _enough(trial, usual)
    budget.reserve = 0.0
    return tuple(
        trial.reason(trial.proofs, cause, trial.relieved(trial.given, cause, found[cause])[1])
        for cause in common
        if cause in found
    )


def _enough(trial: Trial[Input, Plan, Proof], causes: Sequence[Cause]) -> dict[Cause, Size]:
    """Each cause that is enough, with how far it has to give way; not one of which no row has to go after all.

    A glance at each; a longer look at what is far from its peers, or at all where a glance found nothing.
    """
    found: dict[Cause, Size] = {}
    for patience in Patience:
        far = [cause for cause in causes if trial.ground.unusual(trial.given, cause) >= FAR]
        for cause in far if found and patience is Patience.LONG else causes:
            if trial.budget.is_over or len(found) >= MOST_REASONS:
                return found
            relief = None if cause in found else smallest(trial, trial.given, cause, patience)
            if relief is not None and relief[0] != ():
                found[cause] = relief[0]
    return found


def smallest(
    trial: Trial[Input, Plan, Proof], tried: Input, cause: Cause, patience: Patience, free: Plan | None = None
) -> tuple[Size, Plan] | None:
    """How far the cause has to give way, as little as can be seen, and a plan found with that; None: no plan found.

    `free`: a plan of the input freed from the cause, where one is known. A long look follows a glance in vain.
    """
    if cause.has_rows:
        whole = trial.freed(tried, cause)
        plan = free if free is not None or whole is None else trial.plan(whole, patience)
        return None if plan is None else _fewest_rows(trial, tried, cause, plan)
    steps = [relief[0] for relief in trial.ground.ladder(tried, cause)]
    if not cause.is_monotone:
        return _first_step(trial, steps, patience, free)
    # What is not ruled out is tried from the smallest on; a plan of the freed input tells how far is enough.
    low = bisect.bisect_left(steps, True, key=lambda step: not trial.short(step))
    glances = range(low, min(low + TRIES, len(steps)))
    if patience is Patience.LONG or low == len(steps):
        glances = range(0)
    elif (first := trial.plan(steps[low], Patience.GLANCE)) is not None:
        return low, first
    if free is None and low < len(steps) - (patience is Patience.GLANCE):
        free = trial.plan(steps[-1], patience)
    if free is None:
        return None
    high = next(size for size in range(low, len(steps)) if trial.ground.keeps(steps[size], free))
    for size in glances[1:]:
        if size < high and (plan := trial.plan(steps[size], Patience.GLANCE)) is not None:
            return size, plan
    return high, free


def _first_step(
    trial: Trial[Input, Plan, Proof], steps: Sequence[Input], patience: Patience, free: Plan | None
) -> tuple[Size, Plan] | None:
    """The first step with a plan, of those that nothing rules out; the last one where its plan is known."""
    open_steps = (size for size, step in enumerate(steps) if not trial.short(step))
    for size in itertools.islice(open_steps, STEP_TRIES):
        if (plan := trial.plan(steps[size], patience)) is not None:
            return size, plan
    return None if free is None else (len(steps) - 1, free)


def _fewest_rows(
    trial: Trial[Input, Plan, Proof], tried: Input, cause: Cause, plan: Plan
) -> tuple[tuple[Row, ...], Plan]:
    """Rows put back one by one as long as a plan is found with them."""
    rows = trial.ground.rows_in_the_way(tried, cause, plan)
    needed: list[Row] = []
    while len(rows) > 1 and (rest := [row for row in rows if row not in needed]) and len(needed) < ROW_TRIES:
        fewer = trial.ground.without_rows(tried, cause, [row for row in rows if row != rest[0]])
        other = trial.plan(fewer[0], Patience.GLANCE)
        if other is None:
            needed.append(rest[0])
        else:
            plan, rows = other, trial.ground.rows_in_the_way(tried, cause, other)
    return tuple(rows), plan


def marked(trial: Trial[Input, Plan, Proof], found: Sequence[Reason]) -> tuple[Reason, ...]:
    """The reasons, each with whether the guard of the budget ended the search for them."""
    return tuple(replace(one, was_cut=trial.budget.was_cut) for one in found)
