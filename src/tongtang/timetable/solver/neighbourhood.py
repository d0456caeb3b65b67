"""Which part of a plan to free next, so that a lesson that is left out finds a place."""

import random
from collections import Counter
from collections.abc import Sequence

from tongtang.timetable.solver.problem import Group, Problem
from tongtang.timetable.solver.weekly_model import Freedom


def around(problem: Problem, groups: Sequence[Group], size: int, rng: random.Random) -> Freedom:
    """About `size` groups near a need that is left out: of its block, at its school, with the same teachers."""
    target = rng.choice(sorted(problem.missing(groups)))
    block = problem.block_of[target]
    school = problem.class_of[target].school_id
    mine = [place for place, group in enumerate(groups) if group.block == block]
    empty = [place for place in mine if not groups[place].slots]
    others = [place for place in mine if groups[place].slots]
    rng.shuffle(others)
    chosen = dict.fromkeys([*empty[:2], *others[: max(2, size // 3)]])
    at_school = [place for place, group in enumerate(groups) if school in _schools(problem, group)]
    rng.shuffle(at_school)
    chosen |= dict.fromkeys(at_school[: max(0, (2 * size) // 3 - len(chosen))])
    near = Counter(_near(problem, groups, set(chosen)))
    rest = sorted(
        (place for place in range(len(groups)) if place not in chosen),
        key=lambda place: -near[place] - 2 * rng.random(),
    )
    chosen |= dict.fromkeys(rest[: max(0, size - len(chosen))])
    return freed(problem, groups, set(chosen))


def _schools(problem: Problem, group: Group) -> set[str]:
    return {problem.class_of[need].school_id for need in group.members}


def _near(problem: Problem, groups: Sequence[Group], chosen: set[int]) -> Counter[int]:
    """How many schools and teachers each group shares with the chosen ones."""
    schools = {school for place in chosen for school in _schools(problem, groups[place])}
    teachers = {groups[place].teacher for place in chosen}
    near: Counter[int] = Counter()
    for place, group in enumerate(groups):
        near[place] = len(_schools(problem, group) & schools) + (group.teacher in teachers)
    return near


def freed(problem: Problem, groups: Sequence[Group], moving: set[int]) -> Freedom:
    """The groups free in time and teacher, their members and all who are left out free to join any of their block."""
    of_block: dict[int, list[int]] = {}
    for place in sorted(moving):
        of_block.setdefault(groups[place].block, []).append(place)
    needs = {need for place in moving for need in groups[place].members} | set(problem.missing(groups))
    loose = {
        need: tuple(of_block[problem.block_of[need]]) for need in sorted(needs) if problem.block_of[need] in of_block
    }
    return Freedom(frozenset(moving), loose)
