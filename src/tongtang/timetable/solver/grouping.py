"""A first plan by construction: groups are formed, given a teacher and placed one after another."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tongtang.timetable.solver.occupation import Occupation
from tongtang.timetable.solver.problem import Group, Mask, Problem, bits, mask_of

CHOICES = 3
"""Among so many of the best the die decides."""


def construct(problem: Problem, counts: Sequence[int], rng: random.Random) -> list[Group]:
    """`counts[n]` groups of each block, as full as they can be placed; the groups without a place stand empty."""
    return rebuilt(problem, [], [block for block, count in enumerate(counts) for _ in range(count)], rng)


def rebuilt(problem: Problem, kept: Sequence[Group], blocks: Sequence[int], rng: random.Random) -> list[Group]:
    """The kept groups, to which others may come where there is room, and one new group for each of `blocks`."""
    build = _Construction(problem, kept, rng)
    order = list(blocks)
    rng.shuffle(order)
    order.sort(key=lambda block: -problem.demand.blocks[block].lessons)
    return build.joined([*kept, *(build.next_group(block) for block in order)])


class _Construction:
    def __init__(self, problem: Problem, kept: Sequence[Group], rng: random.Random) -> None:
        self.problem, self.rng = problem, rng
        self.used = Occupation(problem, kept)
        self.left = problem.missing(kept)
        self.full_dates: dict[int, Mask] = {}
        self.held: Counter[tuple[int, int]] = Counter()
        for group in kept:
            self._note_dates(group)

    def _note_dates(self, group: Group) -> None:
        """With several groups for a need, the limit a day binds them together."""
        for need in group.members:
            for slot in group.slots if self.problem.demand.needs[need].copies > 1 else ():
                for date in self.problem.dates_of[slot]:
                    self.held[need, date] += 1
                    if self.held[need, date] >= self.problem.per_day:
                        self.full_dates[need] = self.full_dates.get(need, 0) | self.problem.dates[date]

    def joined(self, groups: list[Group]) -> list[Group]:
        """Whoever is still left out comes to a group that has a place and suits."""
        for need in sorted(+self.left):
            for place, group in enumerate(groups):
                if group.slots and group.block == self.problem.block_of[need] and self._suits(need, group):
                    groups[place] = replace(group, members=group.members | {need})
                    self.used.place(Group(group.block, None, group.slots, frozenset({need})))
                    self._note_dates(Group(group.block, None, group.slots, frozenset({need})))
                    self.left[need] -= 1
                    break
        return groups

    def _suits(self, need: int, group: Group) -> bool:
        limits = self.problem.county.rules.limits
        pupils = sum(self.problem.class_of[member].pupils for member in (*group.members, need))
        if need in group.members or (limits.max_classes is not None and len(group.members) >= limits.max_classes):
            return False
        if limits.max_pupils is not None and pupils > limits.max_pupils:
            return False
        return mask_of(group.slots) & ~self._free(need) == 0

    def next_group(self, block: int) -> Group:
        """A group around the need that has the fewest slots left."""
        empty = Group(block, None, (), frozenset())
        waiting = sorted(need for need in self.problem.demand.blocks[block].needs if self.left[need] > 0)
        if not waiting:
            return empty
        free = {need: self._free(need) for need in waiting}
        seeds = sorted(waiting, key=lambda need: free[need].bit_count() + 3 * self.rng.random())
        for seed in seeds[:CHOICES]:
            group = self._around(block, seed, free)
            if group is not None:
                self.used.place(group)
                self.left.subtract(group.members)
                self._note_dates(group)
                return group
        return empty

    def _free(self, need: int) -> Mask:
        school_class = self.problem.class_of[need]
        free = self.used.need_free(need) & self.used.room_free(school_class.school_id)
        return free & ~self.full_dates.get(need, 0) & self.problem.of_cycle[self.problem.demand.needs[need].every]

    def _around(self, block: int, seed: int, free: dict[int, Mask]) -> Group | None:
        found: list[tuple[float, Group]] = []
        wanted = self.problem.demand.blocks[block]
        studios = self.used.studio_free()
        for teacher in self.problem.teachers_of[wanted.subject]:
            left = self.used.hours_left(teacher)
            room = min(left) if wanted.every == 1 else max(left)
            mask = free[seed] & studios & self.used.teacher_free(teacher) & ~self._full_weeks(left)
            if room * wanted.every < wanted.lessons or self._most(block, mask) < wanted.lessons:
                continue
            members, mask = self._joined(block, seed, mask, free)
            group = Group(block, teacher, self._slots(members, mask, wanted.lessons, left), frozenset(members))
            if not group.slots:
                continue
            found.append((10 * len(members) + min(mask.bit_count(), 9) / 3 + room / 15 + 2 * self.rng.random(), group))
        return max(found, key=lambda each: each[0])[1] if found else None

    def _joined(self, block: int, seed: int, mask: Mask, free: dict[int, Mask]) -> tuple[list[int], Mask]:
        """Members added one by one, each the one that keeps most slots and has fewest itself."""
        problem, limits = self.problem, self.problem.county.rules.limits
        lessons = problem.demand.blocks[block].lessons
        members = [seed]
        pupils = problem.class_of[seed].pupils
        while limits.max_classes is None or len(members) < limits.max_classes:
            fitting: list[tuple[float, int, Mask]] = []
            for need in free:
                school_class = problem.class_of[need]
                if need in members or (limits.max_pupils and pupils + school_class.pupils > limits.max_pupils):
                    continue
                shared = mask & self._beside(need, members, free)
                if self._most(block, shared) >= lessons:
                    worth = shared.bit_count() - free[need].bit_count() / 2 + self.rng.random() * 2
                    fitting.append((worth, need, shared))
            if not fitting:
                break
            fitting.sort(key=lambda each: -each[0])
            _, need, mask = self.rng.choice(fitting[:CHOICES])
            members.append(need)
            pupils += problem.class_of[need].pupils
        return members, mask

    def _beside(self, need: int, members: list[int], free: dict[int, Mask]) -> Mask:
        """The need's slots, those with a room more for each member of its school."""
        school_id = self.problem.class_of[need].school_id
        mates = sum(1 for member in members if self.problem.class_of[member].school_id == school_id)
        return free[need] & self.used.room_free(school_id, 1 + mates) if mates else free[need]

    def _most(self, block: int, mask: Mask) -> int:
        """How many lessons of the block the mask, of slots of its cycle, has at most by the limit a day."""
        problem, most = self.problem, self.problem.per_day
        if most == 1:
            held = sum(1 for date in problem.dates if mask & date)
        else:
            held = sum(min(most, (mask & date).bit_count()) for date in problem.dates)
        return held * problem.demand.blocks[block].every // problem.weeks

    def _full_weeks(self, left: Sequence[int]) -> Mask:
        """The slots of weeks in which a teacher has no lesson left."""
        mask = 0
        for slots, hours in zip(self.problem.in_week, left, strict=True):
            mask |= slots if hours <= 0 else 0
        return mask

    def _slots(self, members: Sequence[int], mask: Mask, lessons: int, left: list[int]) -> tuple[int, ...]:
        """So many slots of the mask, if they can be had; `left`: what the teacher may have in each week."""
        chosen: list[int] = []
        held: Counter[int] = Counter()
        while mask and len(chosen) < lessons:
            slot = self.rng.choice(list(bits(mask)))
            chosen.append(slot)
            left = [hours - (week in self.problem.held_in[slot]) for week, hours in enumerate(left)]
            mask &= ~(self.problem.busy[slot] | self._full_weeks(left))
            for member in members:
                mask &= ~self.problem.bell(self.problem.class_of[member].school_id).clash[slot]
            for date in self.problem.dates_of[slot]:
                held[date] += 1
                if held[date] >= self.problem.per_day:
                    mask &= ~self.problem.dates[date]
        return tuple(sorted(chosen)) if len(chosen) == lessons else ()
