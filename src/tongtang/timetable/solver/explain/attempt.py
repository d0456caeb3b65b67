"""One attempt at a county's plan, in so many steps: any complete plan will do, however many broadcasts it has."""

import random
from dataclasses import dataclass

from tongtang.timetable.solver.explain.budget import Budget
from tongtang.timetable.solver.grouping import construct
from tongtang.timetable.solver.model import Broadcast, County
from tongtang.timetable.solver.problem import Group, Problem, broadcasts_of, problem_of
from tongtang.timetable.solver.search import OutOfTime, Search
from tongtang.timetable.solver.verify import verify

USUAL_NEEDS = 150
"""A step of work is a round of the search (30 neighbourhoods constructed, one solved) for so many needs."""
DRAFTS, DRAFT_WORK = 4, 0.1
Plan = tuple[Broadcast, ...]


@dataclass(frozen=True)
class Rounds:
    """Rounds with the fewest groups, then with one more for what is left out, then with every start that matters."""

    few: int
    opened: int = 0
    all_starts: int = 0


@dataclass(frozen=True)
class Attempt:
    """A complete plan that the checker has passed, or None; then class, subject and lessons that were left out."""

    plan: Plan | None
    left_out: tuple[tuple[str, str, int], ...] = ()


def attempt(county: County, rounds: Rounds, budget: Budget) -> Attempt:
    """A plan within the rounds and the budget, which it spends. The same county has the same answer everywhere."""
    problem = problem_of(county)
    hopeless = problem.demand.hopeless
    if hopeless:
        return Attempt(None, tuple((owed.class_id, owed.subject, owed.lessons_per_week) for owed in hopeless))
    search = Search(problem, 1, budget.deadline, _tell_nobody)
    groups = _draft(problem, budget)
    for number in range(rounds.few + rounds.opened + rounds.all_starts):
        if not search.problem.missing(groups) or budget.is_over:
            break
        if number == rounds.few + rounds.opened:
            groups = search.with_all_starts(groups)
        if number in (rounds.few, rounds.few + rounds.opened):
            groups = _opened(search.problem, groups)
        budget.spend(_cost(problem))
        try:
            groups = search.repaired(groups, 1)
        except OutOfTime:
            break
    return _found(county, search.problem, groups)


def _tell_nobody(_problem: Problem, _groups: list[Group]) -> None:
    return


def _cost(problem: Problem) -> float:
    return max(1.0, len(problem.demand.needs) / USUAL_NEEDS)


def _draft(problem: Problem, budget: Budget) -> list[Group]:
    """The best of some constructions with the fewest groups."""
    rng = random.Random(1)  # noqa: S311 - a search, no secret
    fewest = [block.fewest for block in problem.demand.blocks]
    best = construct(problem, fewest, rng)
    for _again in range(DRAFTS - 1):
        budget.spend(DRAFT_WORK * _cost(problem))
        if not problem.missing(best):
            break
        best = min(best, construct(problem, fewest, rng), key=problem.unserved)
    return best


def _opened(problem: Problem, groups: list[Group]) -> list[Group]:
    """With an empty group more for each block of which a class is left out."""
    short = sorted({problem.block_of[need] for need in problem.missing(groups)})
    return [*groups, *(Group(block, None, (), frozenset()) for block in short)]


def _found(county: County, problem: Problem, groups: list[Group]) -> Attempt:
    needs, missing = problem.demand.needs, problem.missing(groups)
    if missing:
        left = ((needs[one].class_id, needs[one].subject, needs[one].lessons * count) for one, count in missing.items())
        return Attempt(None, tuple(sorted(left)))
    plan = tuple(broadcasts_of(problem, groups))
    return Attempt(None if verify(county, plan) else plan)
