"""Several causes that all have to give way, where none is enough alone: the fewest that are found.

First sets by the proofs: the smallest of which each proof has a cause (any smaller set leaves one standing). Where
none of these has a plan, everything is freed that could give way, and then taken back cause by cause.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from tongtang.timetable.solver.explain.budget import Budget
from tongtang.timetable.solver.explain.cause import Cause
from tongtang.timetable.solver.explain.engine import (
    Input,
    Patience,
    Plan,
    Proof,
    Trial,
    alone,
    marked,
    ranked,
    smallest,
)
from tongtang.timetable.solver.explain.reason import Reason

MOST_TOGETHER, SET_TRIES = 20, 8
CHOICE = 0.001
"""The work of one choice among sets of causes."""
Names = frozenset[object]


def reasons(trial: Trial[Input, Plan, Proof], otherwise: Collection[Cause]) -> tuple[Reason, ...]:
    """Why there is no plan, the likeliest reason first; `otherwise`: the causes to try where nothing is proven."""
    return marked(trial, alone(trial, otherwise) or _together(trial, otherwise) or tuple(_named(trial, otherwise)))


def _together(trial: Trial[Input, Plan, Proof], otherwise: Collection[Cause]) -> tuple[Reason, ...]:
    """The reasons of a set whose freedom has a plan; none where no such set was found."""
    causes = _causes(trial, otherwise)
    falls = {cause: names for cause in causes if (names := _fallen(trial, cause)) is not None}
    for chosen in itertools.islice(_by_proofs(trial, falls), SET_TRIES):
        plan = trial.plan(_freed(trial, trial.given, chosen), Patience.GLANCE)
        if plan is not None:
            return _told(trial, chosen, plan, falls)
    wide = [cause for cause in falls if cause.is_monotone]
    plan = trial.plan(_freed(trial, trial.given, wide), Patience.LONG)
    return () if plan is None else _told(trial, *_taken_back(trial, wide, plan), falls)


def _causes(trial: Trial[Input, Plan, Proof], otherwise: Collection[Cause]) -> list[Cause]:
    """What could give way, the likeliest first; what classes are owed only where a proof rests on nothing else."""
    found = set[Cause](() if trial.proofs else otherwise)
    for one in trial.proofs:
        mine = trial.ground.suspects(trial.given, one)
        found |= {cause for cause in mine if not trial.is_usual(cause)} or set(mine)
    return ranked(trial, trial.given, found)


def _fallen(trial: Trial[Input, Plan, Proof], cause: Cause) -> Names | None:
    """The proofs that do not stand without the cause; None where it cannot bind less."""
    whole = trial.freed(trial.given, cause)
    if whole is None:
        return None
    left = {trial.ground.name(one) for one in trial.short(whole)}
    return frozenset(trial.ground.name(one) for one in trial.proofs) - left


def _by_proofs(trial: Trial[Input, Plan, Proof], falls: Mapping[Cause, Names]) -> Iterator[list[Cause]]:
    """Sets without which a proof stands, the smallest first, in the order of the causes; none to spare in them."""
    names = [trial.ground.name(one) for one in trial.proofs]
    seen = set[frozenset[Cause]]()
    for size in range(max(2, _least(names, falls)), MOST_TOGETHER + 1) if names else ():
        for chosen in _covering(trial.budget, names, falls, size):
            if frozenset(chosen) not in seen and not _has_spare(names, falls, chosen):
                seen.add(frozenset(chosen))
                yield chosen


def _covering(
    budget: Budget, names: Sequence[object], falls: Mapping[Cause, Names], size: int
) -> Iterator[list[Cause]]:
    """Sets of at most so many causes without which none of these proofs stands."""
    if not names:
        yield []
        return
    if size < _least(names, falls):
        return
    for cause in (cause for cause in falls if names[0] in falls[cause]):
        budget.spend(CHOICE)
        if budget.is_over:
            return
        left = [name for name in names if name not in falls[cause]]
        for rest in _covering(budget, left, falls, size - 1):
            yield [cause, *rest]


def _least(names: Sequence[object], falls: Mapping[Cause, Names]) -> int:
    """So many causes at least: proofs of which no two fall with the same one."""
    count, taken = 0, set[Cause]()
    for name in names:
        mine = {cause for cause in falls if name in falls[cause]}
        if not mine & taken:
            count, taken = count + 1, taken | mine
    return count


def _has_spare(names: Sequence[object], falls: Mapping[Cause, Names], chosen: Sequence[Cause]) -> bool:
    return any(
        set(names) <= frozenset[object]().union(*(falls[one] for one in chosen if one != cause)) for cause in chosen
    )


def _freed(trial: Trial[Input, Plan, Proof], now: Input, causes: Collection[Cause]) -> Input:
    for cause in causes:
        wider = trial.freed(now, cause)
        now = now if wider is None else wider
    return now


def _taken_back(trial: Trial[Input, Plan, Proof], causes: Sequence[Cause], plan: Plan) -> tuple[list[Cause], Plan]:
    """The causes that cannot be spared, the unlikeliest left out first, and a plan of their freedom."""
    left = list(causes)
    for cause in reversed(causes):
        fewer = [one for one in left if one != cause]
        now = _freed(trial, trial.given, fewer)
        found = plan if trial.ground.keeps(now, plan) else trial.plan(now, Patience.GLANCE)
        if found is not None:
            left, plan = fewer, found
    return left, plan


def _told(
    trial: Trial[Input, Plan, Proof], chosen: Sequence[Cause], plan: Plan, falls: Mapping[Cause, Names]
) -> tuple[Reason, ...]:
    """Each chosen cause with its smallest relief, beside the reliefs of those before and the freedom of those after.

    A cause whose rows the plan keeps all need not give way.
    """
    now, told = trial.given, list[Reason]()
    for place, cause in enumerate(chosen):
        found = smallest(trial, _freed(trial, now, chosen[place + 1 :]), cause, Patience.GLANCE, plan)
        if found is None:
            continue
        size, plan = found
        if size == ():
            continue
        now, changes = trial.relieved(now, cause, size)
        mine = [one for one in trial.proofs if trial.ground.name(one) in falls[cause]] or trial.proofs
        told.append(trial.reason(mine, cause, changes))
    return tuple(replace(one, together=len(told) > 1) for one in told)


def _named(trial: Trial[Input, Plan, Proof], otherwise: Collection[Cause]) -> Iterator[Reason]:
    """Where nothing was found within the work: the likeliest cause of each proof, or at all, unverified."""
    several = [(trial.ground.suspects(trial.given, one), [one]) for one in trial.proofs[:MOST_TOGETHER]]
    for causes, proofs in several or [(otherwise, [])]:
        if causes:
            reason = trial.reason(proofs, ranked(trial, trial.given, causes)[0], ())
            yield replace(reason, verified=False, together=len(several) > 1)
