"""The search for a weekly plan with few broadcasts: construct, repair, open groups where that fails, close them."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tongtang.timetable.solver.cpsat import Limits
from tongtang.timetable.solver.grouping import construct
from tongtang.timetable.solver.neighbourhood import around
from tongtang.timetable.solver.problem import Group, Problem, problem_of, with_slots
from tongtang.timetable.solver.weekly_model import WeeklyModel

RESTARTS = 60
EFFORT = 0.6
"""Deterministic limit of one neighbourhood, in CP-SAT's units (about seconds)."""
SMALLEST, LARGEST = 8, 28
FIRST_RUNS, WIDER_RUNS, CLOSING_RUNS = 80, 30, 50
ROUNDS = 12
"""So many times more groups are opened before the search says that it found no plan, or one is closed in vain."""


class OutOfTime(Exception):
    """The wall limit has come; the best plan was published before."""


def first_draft(problem: Problem, rng: random.Random, restarts: int = RESTARTS) -> list[Group]:
    """The best of some constructions with the fewest groups; the search ends with one that leaves nothing out."""
    fewest = [block.fewest for block in problem.demand.blocks]
    best: list[Group] = []
    for number in range(restarts):
        draft = construct(problem, fewest, rng)
        if number == 0 or problem.unserved(draft) < problem.unserved(best):
            best = draft
        if not problem.missing(best):
            break
    return best


@dataclass
class Search:
    """One line of search. `publish` is told of each plan that leaves out less, or has fewer groups, than those before.

    The same seed takes the same steps on every machine; only `deadline` (time.monotonic) depends on the clock.
    """

    problem: Problem
    seed: int
    deadline: float
    publish: Callable[[Problem, list[Group]], None]

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 - a search, no secret
        self.size = SMALLEST
        self.best: tuple[int, int] | None = None

    def run(self, draft: list[Group]) -> None:
        """Until the counting bound is reached or nothing helps any more. Raises OutOfTime."""
        draft = self.repaired(draft, FIRST_RUNS)
        if self.problem.missing(draft):
            draft = self.repaired(self.with_all_starts(draft), FIRST_RUNS)
        if self.problem.missing(draft):
            draft = self.widened(draft)
        if not self.problem.missing(draft):
            self.narrowed(draft)

    def told(self, groups: list[Group]) -> int:
        """Publish if it is news; the class-lessons left out."""
        left = self.problem.unserved(groups)
        lessons = sum(len(group.slots) for group in groups)
        if self.best is None or (left, lessons) < self.best:
            self.best = left, lessons
            self.publish(self.problem, groups)
        return left

    def with_all_starts(self, groups: Sequence[Group]) -> list[Group]:
        """The same groups, from now on with every start that could matter."""
        before = self.problem.slots
        wider = problem_of(self.problem.county, all_starts=True)
        self.problem = with_slots(self.problem.county, {*wider.slots, *before})
        place = {slot: number for number, slot in enumerate(self.problem.slots)}
        return [replace(group, slots=tuple(place[before[slot]] for slot in group.slots)) for group in groups]

    def widened(self, groups: list[Group]) -> list[Group]:
        """Empty groups opened for what is left out, round by round, until nothing is."""
        for _ in range(ROUNDS):
            short = Counter(self.problem.block_of[need] for need in self.problem.missing(groups))
            if not short:
                break
            groups = groups + [Group(block, None, (), frozenset()) for block in sorted(short)]
            groups = self.repaired(groups, WIDER_RUNS)
        return groups

    def narrowed(self, groups: list[Group]) -> list[Group]:
        """Groups beyond the fewest closed one by one, the smallest first; a group that cannot be spared stays."""
        groups = [group for group in groups if group.slots]
        for attempt in range(ROUNDS):
            count = Counter(group.block for group in groups)
            blocks = self.problem.demand.blocks
            excess = [place for place, block in enumerate(blocks) if count[place] > block.fewest]
            if not excess:
                break
            block = excess[attempt % len(excess)]
            spare = min((group for group in groups if group.block == block), key=self._spared)
            fewer = self.repaired([group for group in groups if group is not spare], CLOSING_RUNS)
            if not self.problem.missing(fewer):
                groups = fewer
        return groups

    def _spared(self, group: Group) -> float:
        return len(group.members) + self.rng.random() * 1.5

    def repaired(self, groups: list[Group], runs: int) -> list[Group]:
        """The groups with as little left out as `runs` neighbourhoods could reach."""
        left = self.told(groups)
        for _ in range(runs):
            if left == 0:
                break
            found = self._tried(groups, left)
            now = left if found is None else self.told(found)
            self.size = min(self.size + 1, LARGEST) if now == left else SMALLEST
            groups, left = found or groups, now
        return groups

    def _tried(self, groups: list[Group], left: int) -> list[Group] | None:
        """A plan that leaves out no more, from one neighbourhood; None if none was found in its limit."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise OutOfTime
        model = WeeklyModel(self.problem, groups, around(self.problem, groups, self.size, self.rng))
        outcome = model.solve(Limits(seconds, EFFORT, 1, self.rng.randrange(2**30)), left)
        return model.read(outcome) if outcome.solved else None
