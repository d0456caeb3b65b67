"""The search for a weekly plan with few broadcasts: construct, repair, open groups where that fails, close them."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tongtang.timetable.solver.cpsat import Limits
from tongtang.timetable.solver.grouping import construct, rebuilt
from tongtang.timetable.solver.model import Broadcast
from tongtang.timetable.solver.neighbourhood import around
from tongtang.timetable.solver.problem import Group, Problem, groups_of, problem_of, with_slots
from tongtang.timetable.solver.shortage import shortages
from tongtang.timetable.solver.weekly_model import WeeklyModel

RESTARTS, FEWEST_RESTARTS = 8000, 8
"""Constructions at the start: the first by the number of needs, so that a large county does not wait for them."""
EFFORT = 0.12
"""Deterministic limit of one neighbourhood, in CP-SAT's units (half a second on the machine that this was tuned on)."""
SMALLEST, LARGEST = 6, 14
QUICK = 30
"""So many neighbourhoods are constructed anew before CP-SAT takes one."""
FAR = 0.05
FIRST_RUNS, PATIENT_RUNS, WIDER_RUNS, CLOSING_RUNS = 8, 25, 4, 12
ROUNDS = 12
"""So many times more groups are opened before the search says that it found no plan, or one is closed in vain."""


class OutOfTime(Exception):
    """The wall limit has come; the best plan was published before."""


def first_draft(problem: Problem, rng: random.Random, *, in_vain: bool = False) -> list[Group]:
    """The best of some constructions with the fewest groups, the last one if it leaves nothing out.

    Where the first ones leave out much, more of them would too; where nothing can be complete, few are made.
    """
    restarts = max(FEWEST_RESTARTS, min(60, RESTARTS // (1 + len(problem.demand.needs))))
    fewest = [block.fewest for block in problem.demand.blocks]
    best: list[Group] = []
    for number in range(restarts):
        draft = construct(problem, fewest, rng)
        if number == 0 or problem.unserved(draft) < problem.unserved(best):
            best = draft
        if not problem.missing(best) or (number >= FEWEST_RESTARTS and (in_vain or is_far(problem, best))):
            break
    return best


def is_far(problem: Problem, groups: list[Group]) -> bool:
    """Whether the groups leave out so much that their number itself must be too small."""
    required = sum(map(problem.lessons, range(len(problem.demand.needs))))
    return problem.unserved(groups) > FAR * required


@dataclass
class Search:
    """One line of search. `publish` is told of each plan that leaves out less, or has fewer groups, than those before.

    The same seed takes the same steps on every machine; only `deadline` (time.monotonic) depends on the clock.
    `known` is a complete plan from elsewhere, whose groups may be narrowed.
    """

    problem: Problem
    seed: int
    deadline: float
    publish: Callable[[Problem, list[Group]], None]
    known: Sequence[Broadcast] = ()

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 - a search, no secret
        self.size = SMALLEST
        self.best: tuple[int, int] | None = None

    def run(self, draft: list[Group]) -> None:
        """Until the counting bound is reached or nothing helps any more. Raises OutOfTime."""
        if shortages(self.problem):
            draft = self.with_all_starts(draft)
        draft = self.repaired(draft, 0 if is_far(self.problem, draft) else FIRST_RUNS)
        if not self.problem.missing(draft):
            return
        if self.known:
            draft = self.with_all_starts(draft)
        whole = groups_of(self.problem, self.known) if self.known else None
        whole = whole or self.widened(draft)
        draft = self.repaired(draft, PATIENT_RUNS)
        if self.problem.missing(draft):
            before = self.problem
            draft = self.repaired(self.with_all_starts(draft), PATIENT_RUNS)
            whole = self.moved(before, whole)
        if self.problem.missing(draft):
            self.narrowed(self.widened(whole))

    def told(self, groups: list[Group]) -> int:
        """Publish if it is news; the class-lessons left out."""
        left = self.problem.unserved(groups)
        lessons = sum(len(group.slots) for group in groups)
        if self.best is None or (left, lessons) < self.best:
            self.best = left, lessons
            self.publish(self.problem, groups)
        return left

    def with_all_starts(self, groups: Sequence[Group]) -> list[Group]:
        """The same groups, from now on with every start that could matter: few may be too few by counting alone."""
        before = self.problem
        wider = problem_of(before.county, all_starts=True)
        known = {(each.weekday, each.start) for each in self.known}
        self.problem = with_slots(before.county, {*wider.slots, *before.slots, *known})
        return self.moved(before, groups)

    def moved(self, before: Problem, groups: Sequence[Group]) -> list[Group]:
        """Groups in the numbers of the problem before, in those of today's."""
        place, slots, turns = self.problem.place_of, before.slots, before.turns
        return [
            replace(group, slots=tuple(place[slots[slot], turns[slot]] for slot in group.slots)) for group in groups
        ]

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
        if self.problem.missing(groups):
            return groups
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
        """The groups with as little left out as `runs` rounds could reach."""
        left = self.told(groups)
        for _ in range(runs):
            for step in range(QUICK + 1):
                if left == 0:
                    return groups
                found = self._tried(groups, left) if step == QUICK else self._remade(groups, left)
                if found is not None:
                    groups, now = found, self.told(found)
                    self.size = SMALLEST if now < left else self.size
                    left = now
            self.size = self.size + 1 if self.size < LARGEST else SMALLEST
        return groups

    def _remade(self, groups: list[Group], left: int) -> list[Group] | None:
        """A plan that leaves out no more, with one neighbourhood constructed anew."""
        if time.monotonic() > self.deadline:
            raise OutOfTime
        freed = around(self.problem, groups, self.rng.randint(2, self.size), self.rng).moving
        kept = [group for place, group in enumerate(groups) if place not in freed]
        found = rebuilt(self.problem, kept, [groups[place].block for place in sorted(freed)], self.rng)
        return found if self.problem.unserved(found) <= left else None

    def _tried(self, groups: list[Group], left: int) -> list[Group] | None:
        """A plan that leaves out no more, with one neighbourhood solved; None if there is none within its limit."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise OutOfTime
        model = WeeklyModel(self.problem, groups, around(self.problem, groups, self.size, self.rng))
        outcome = model.solve(Limits(seconds, EFFORT, 1, self.rng.randrange(2**30)), left)
        return model.read(outcome) if outcome.solved else None
