"""How much of an earlier plan a new one keeps, and what of the earlier one still holds."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from tongtang.timetable.solver.model import Broadcast
from tongtang.timetable.solver.occupation import Occupation
from tongtang.timetable.solver.problem import Group, Mask, Problem, groups_of, mask_of
from tongtang.timetable.solver.verify import verify

ClassLesson = tuple[str, str, int, int, str, int, int]
"""Class, subject, weekday, start, teacher, and the weeks of the cycle: the same lesson where all are the same."""
Wanted = Mapping[int, frozenset[tuple[str, int]]]
"""Of each need the lessons that it had: teacher and slot."""


def class_lessons(plan: Sequence[Broadcast]) -> set[ClassLesson]:
    """What all classes have in a week."""
    return {
        (class_id, one.subject, one.weekday, one.start, one.teacher_id, one.every_weeks, one.week)
        for one in plan
        for class_id in one.class_ids
    }


def changed_lessons(plan: Sequence[Broadcast], keep: Sequence[Broadcast]) -> int:
    """Class-lessons of `plan` that are not in `keep`: at another time, with another teacher, or new."""
    return len(class_lessons(plan) - class_lessons(keep))


def wanted_of(problem: Problem, keep: Sequence[Broadcast]) -> Wanted:
    """The lessons of `keep` that a plan of today's needs could have too, each taken by itself."""
    needs = {(need.class_id, need.subject): place for place, need in enumerate(problem.demand.needs)}
    found: dict[int, set[tuple[str, int]]] = defaultdict(set)
    for one in keep:
        slot = problem.place_of.get(((one.weekday, one.start), (one.every_weeks, one.week - 1)))
        if slot is None or one.teacher_id not in problem.teachers_of.get(one.subject, ()):
            continue
        for class_id in one.class_ids:
            need = needs.get((class_id, one.subject))
            if need is not None and problem.teacher_free[one.teacher_id] & problem.need_free[need] & 1 << slot:
                found[need].add((one.teacher_id, slot))
    return {need: frozenset(lessons) for need, lessons in found.items()}


def fewest_changes(problem: Problem, wanted: Wanted) -> int:
    """No complete plan changes fewer class-lessons: what is owed beyond the lessons that could stay."""
    owed = {need: problem.lessons(need) for need in range(len(problem.demand.needs))}
    hopeless = sum(one.lessons_per_week for one in problem.demand.hopeless)
    return hopeless + sum(max(0, lessons - len(wanted.get(need, ()))) for need, lessons in owed.items())


def kept_count(groups: Sequence[Group], wanted: Wanted) -> int:
    """Class-lessons of the groups that are wanted."""
    return sum(
        (group.teacher, slot) in wanted.get(need, ())
        for group in groups
        for need in group.members
        for slot in group.slots
    )


def kept_groups(problem: Problem, keep: Sequence[Broadcast]) -> list[Group]:
    """The groups of `keep`, each with what of it still breaks no rule; those that cannot stand any more are empty."""
    if not verify(problem.county, keep) and (whole := groups_of(problem, keep)) is not None:
        return whole
    return _Standing(problem).groups(keep)


class _Standing:
    """Groups taken over one after another, each beside those before it."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.used = Occupation(problem)
        self.left = problem.missing(())
        self.held: Counter[tuple[int, int]] = Counter()
        self.needs = {(need.class_id, need.subject): place for place, need in enumerate(problem.demand.needs)}

    def groups(self, keep: Sequence[Broadcast]) -> list[Group]:
        rows: dict[object, list[Broadcast]] = defaultdict(list)
        for number, one in enumerate(keep):
            rows[one.group_id if self.problem.county.rules.group_is_stable else number].append(one)
        found = []
        for several in rows.values():
            keys = [(class_id, several[0].subject) for class_id in several[0].class_ids]
            members = [self.needs[key] for key in keys if key in self.needs]
            if members:
                found.append(self._group(several, members))
                self._take(found[-1])
        return found

    def _take(self, group: Group) -> None:
        self.used.place(group)
        self.left.subtract(group.members)
        dates = [date for slot in group.slots for date in self.problem.dates_of[slot]]
        self.held.update((need, date) for need in group.members for date in dates)

    def _group(self, rows: Sequence[Broadcast], members: Sequence[int]) -> Group:
        """One group as it was, without the members for whom it does not hold any more."""
        problem = self.problem
        block = Counter(problem.block_of[need] for need in members).most_common(1)[0][0]
        teacher, lessons = rows[0].teacher_id, problem.demand.blocks[block].lessons
        places = [problem.place_of.get(((one.weekday, one.start), (one.every_weeks, one.week - 1))) for one in rows]
        slots = tuple(sorted(slot for slot in places if slot is not None))[:lessons]
        joined: list[int] = []
        if len(slots) == lessons and self._can_teach(block, teacher, slots):
            for need in members:
                if problem.block_of[need] == block and self._can_join(need, joined, slots):
                    joined.append(need)
        return Group(block, teacher, slots, frozenset(joined)) if joined else Group(block, None, (), frozenset())

    def _can_teach(self, block: int, teacher: str, slots: Sequence[int]) -> bool:
        problem, wanted = self.problem, self.problem.demand.blocks[block]
        if teacher not in problem.teachers_of[wanted.subject]:
            return False
        free = self.used.teacher_free(teacher) & self.used.studio_free() & problem.of_cycle[wanted.every]
        a_day = Counter(date for slot in slots for date in problem.dates_of[slot])
        a_week = Counter(week for slot in slots for week in problem.held_in[slot])
        return (
            all(a_week[week] <= left for week, left in enumerate(self.used.hours_left(teacher)))
            and max(a_day.values()) <= problem.per_day
            and mask_of(slots) & ~free == 0
            and _apart(problem.busy, slots)
        )

    def _can_join(self, need: int, joined: Sequence[int], slots: Sequence[int]) -> bool:
        problem, limits = self.problem, self.problem.county.rules.limits
        mine = problem.class_of[need]
        pupils = mine.pupils + sum(problem.class_of[other].pupils for other in joined)
        if limits.max_classes is not None and len(joined) >= limits.max_classes:
            return False
        if limits.max_pupils is not None and pupils > limits.max_pupils:
            return False
        mates = sum(problem.class_of[other].school_id == mine.school_id for other in joined)
        free = self.used.need_free(need) & self.used.room_free(mine.school_id, 1 + mates)
        return (
            self.left[need] > 0
            and mask_of(slots) & ~free == 0
            and _apart(problem.bell(mine.school_id).clash, slots)
            and all(self.held[need, date] < problem.per_day for slot in slots for date in problem.dates_of[slot])
        )


def _apart(near: Sequence[Mask], slots: Sequence[int]) -> bool:
    """Whether no slot excludes another one of them."""
    return not any(near[one] >> other & 1 for one in slots for other in slots if one != other)
