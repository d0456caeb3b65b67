"""A plan with no more broadcasts than one that is known, and as few class-lessons changed against an earlier one."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tongtang.timetable.solver.cpsat import Limits
from tongtang.timetable.solver.kept_plan import Wanted, fewest_changes, kept_count, kept_groups, wanted_of
from tongtang.timetable.solver.model import Broadcast, County
from tongtang.timetable.solver.neighbourhood import around, freed
from tongtang.timetable.solver.pool import Tell
from tongtang.timetable.solver.problem import Group, Problem, broadcasts_of, groups_of, problem_of, with_slots
from tongtang.timetable.solver.search import OutOfTime, Search
from tongtang.timetable.solver.weekly_model import Freedom, Literal, WeeklyModel

SIZES = (4, 7, 10, 14)
"""Groups in a neighbourhood, from the smallest on; a better plan begins with the smallest again."""
EFFORT = 0.12
"""Deterministic limit of one neighbourhood, in CP-SAT's units."""
TRIES = 60
"""Neighbourhoods for what the earlier plan leaves out before quicker steps, which change more, take their turn."""
RUNS = 12


def nearer_line(
    county: County, known: Sequence[Broadcast], keep: Sequence[Broadcast], seed: int, deadline: float, tell: Tell
) -> None:
    """Tell of plans as good as `known`, each nearer to `keep` than the one before. Raises OutOfTime."""
    wide = problem_of(county, all_starts=True)
    problem = with_slots(county, {*wide.slots, *((one.weekday, one.start) for one in (*known, *keep))})
    whole = groups_of(problem, known)
    if whole is not None:
        _Nearer(problem, wanted_of(problem, keep), random.Random(seed), deadline, tell).run(  # noqa: S311 - a search
            whole, kept_groups(problem, keep)
        )


@dataclass
class _Nearer:
    problem: Problem
    wanted: Wanted
    rng: random.Random
    deadline: float
    tell: Tell

    def __post_init__(self) -> None:
        self.best: int | None = None
        required = sum(map(self.problem.lessons, range(len(self.problem.demand.needs))))
        self.most_kept = required - fewest_changes(self.problem, self.wanted)

    def run(self, whole: list[Group], kept: list[Group]) -> None:
        """From the earlier plan's groups, as many as `whole` has; from `whole` where those cannot serve everybody.

        A `whole` that keeps half of what could stay was made so by a search before: that one is gone on with.
        """
        if 2 * kept_count(whole, self.wanted) > self.most_kept:
            self.polished(whole)
            return
        near = self.served(self.fitted(kept, whole))
        self.polished(whole if self.problem.missing(near) else near)

    def told(self, groups: list[Group]) -> None:
        count = kept_count(groups, self.wanted)
        if not self.problem.missing(groups) and (self.best is None or count > self.best):
            self.best = count
            self.tell((broadcasts_of(self.problem, groups), ()))

    def fitted(self, kept: list[Group], whole: Sequence[Group]) -> list[Group]:
        """`kept` with as many groups of each block as `whole`: those with fewest members go, empty ones come."""
        count = Counter(group.block for group in whole)
        found: list[Group] = []
        for block in sorted(count):
            mine = sorted((one for one in kept if one.block == block), key=lambda one: -len(one.members))
            empty = [Group(block, None, (), frozenset())] * (count[block] - len(mine))
            found += [*mine[: count[block]], *empty]
        return found

    def served(self, groups: list[Group]) -> list[Group]:
        """The groups with everybody in them, if it can be had: what is left out finds a place with least change."""
        for number in range(TRIES):
            if not self.problem.missing(groups):
                return groups
            size = SIZES[number * len(SIZES) // TRIES]
            groups = self.changed(groups, around(self.problem, groups, size, self.rng), 0) or groups
        seed = self.rng.randrange(2**30)
        return Search(self.problem, seed, self.deadline, lambda _problem, _groups: None).repaired(groups, RUNS)

    def polished(self, groups: list[Group]) -> None:
        """Until no neighbourhood of a changed lesson gives a better plan, or all that could stay does."""
        self.told(groups)
        level = 0
        while level < len(SIZES) and kept_count(groups, self.wanted) < self.most_kept:
            better = self._better(groups, SIZES[level])
            level = 0 if better is not None else level + 1
            groups = better or groups

    def _better(self, groups: list[Group], size: int) -> list[Group] | None:
        """The first better plan among the neighbourhoods of all changed lessons."""
        lost = self._lost(groups)
        self.rng.shuffle(lost)
        for need, teacher, slot in lost:
            moving = self._around(groups, need, teacher, slot, size)
            found = self.changed(groups, freed(self.problem, groups, moving), 1)
            if found is not None:
                self.told(found)
                return found
        return None

    def _lost(self, groups: Sequence[Group]) -> list[tuple[int, str, int]]:
        """The wanted lessons that the groups do not have."""
        held = {(need, one.teacher, slot) for one in groups for need in one.members for slot in one.slots}
        return [
            (need, teacher, slot)
            for need in sorted(self.wanted)
            for teacher, slot in sorted(self.wanted[need])
            if (need, teacher, slot) not in held
        ]

    def _around(self, groups: Sequence[Group], need: int, teacher: str, slot: int, size: int) -> set[int]:
        """The need's group, those that stand in the way of the lost lesson, and those of whoever lost it too."""
        problem, lost = self.problem, self.problem.class_of[need]
        clash = problem.bell(lost.school_id).clash[slot]
        mates = {one for one, lessons in self.wanted.items() if (teacher, slot) in lessons}
        worth: Counter[int] = Counter()
        for place, group in enumerate(groups):
            here = {problem.class_of[member].class_id for member in group.members}
            schools = {problem.class_of[member].school_id for member in group.members}
            worth[place] += 8 * (need in group.members)
            worth[place] += 4 * (group.teacher == teacher and any(problem.busy[slot] >> one & 1 for one in group.slots))
            worth[place] += 4 * (lost.class_id in here and any(clash >> one & 1 for one in group.slots))
            worth[place] += 2 * (lost.school_id in schools and any(clash >> one & 1 for one in group.slots))
            worth[place] += 2 * (problem.block_of[need] == group.block and bool(mates & group.members))
            worth[place] += problem.block_of[need] == group.block
        ranked = sorted(range(len(groups)), key=lambda place: -worth[place] - 2 * self.rng.random())
        return set(ranked[:size])

    def changed(self, groups: list[Group], freedom: Freedom, gain: int) -> list[Group] | None:
        """The groups with one neighbourhood solved: fewest left out, then most kept, better by `gain`; or None."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise OutOfTime
        model = WeeklyModel(self.problem, groups, freedom)
        weight = 1 + sum(map(len, self.wanted.values()))
        model.objective = weight * model.objective - sum(kept_in(model, self.wanted))
        missing, needs = self.problem.missing(groups), self.problem.demand.needs
        left = sum(needs[need].lessons * missing[need] for need in freedom.loose)
        now = weight * left - kept_count(groups, self.wanted)
        outcome = model.solve(Limits(seconds, EFFORT, 1, self.rng.randrange(2**30)), now - gain)
        return model.read(outcome) if outcome.solved else None


def kept_in(model: WeeklyModel, wanted: Wanted) -> list[Literal]:
    """A literal for each wanted lesson that a group of the model may have; it is true only if the group has it."""
    found: list[Literal] = []
    for place, group in enumerate(model.groups):
        moving = place in model.freedom.moving
        for need in sorted(model.stayers[place] | model.joined[place].keys()):
            joined: Literal = True if need in model.stayers[place] else model.joined[place][need]
            for teacher, slot in sorted(wanted.get(need, ())):
                if moving:
                    held: Literal | None = model.hours[place].get(teacher, {}).get(slot)
                else:
                    held = True if group.teacher == teacher and slot in group.slots else None
                if held is not None:
                    found.append(_both(model, joined, held))
    return found


def _both(model: WeeklyModel, one: Literal, other: Literal) -> Literal:
    if one is True or other is True:
        return other if one is True else one
    both = model.model.new_bool_var("")
    model.model.add_implication(both, one)
    model.model.add_implication(both, other)
    return both
