"""Proofs beyond counting: the week of one school, or of one subject, alone; nothing else of the county is asked for.

What is impossible alone is impossible in the whole. `Prover` looks for such proofs while the search runs.
"""

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from ortools.sat.python import cp_model

from tongtang.timetable.solver.cpsat import Limits, Status, solve
from tongtang.timetable.solver.problem import Mask, Problem, Turn, bits, meets
from tongtang.timetable.solver.shortage import Kind, Shortage

SCHOOL_WORK, SUBJECT_WORK = 1.0, 1.5
"""The most work of a proof in CP-SAT's own measure, about seconds of a processor."""
GUARD = 60.0
"""Seconds; a proof ends by its work long before."""
Literals = list[cp_model.IntVar]
When = tuple[int, int, int]
"""Weekday, period of a school's own bell, and the week of those after which all turns repeat."""


class Moment(NamedTuple):
    """A period of a school's own bell, in every n-th week."""

    weekday: int
    period: int
    turn: Turn


def schools_of(problem: Problem) -> list[str]:
    """The schools whose classes are owed something."""
    return sorted({one.school_id for one in problem.class_of})


def school_shortage(
    problem: Problem, school_id: str, work: float = SCHOOL_WORK, seconds: float = GUARD
) -> Shortage | None:
    """The proof that the classes of one school cannot all be served, whatever the others do."""
    needs = [need for need, one in enumerate(problem.class_of) if one.school_id == school_id]
    model = _SchoolWeek(problem, school_id, needs).model
    if solve(model, Limits(seconds, work)).status != Status.INFEASIBLE:
        return None
    school = problem.county.schools[school_id]
    moments = {(one.weekday, one.period) for need in needs for one in _moments(problem, need, problem.everything)}
    facts = {
        "needed": _a_week((problem.lessons(need), problem.demand.needs[need].every) for need in needs),
        "is": len(moments),
        "rooms": school.receiving_rooms,
        "streams": school.max_streams,
    }
    return Shortage(Kind.SCHOOL_WEEK, school_id, facts)


def subject_shortage(
    problem: Problem, subject: str, work: float = SUBJECT_WORK, seconds: float = GUARD
) -> Shortage | None:
    """The proof that the teachers of one subject cannot serve all its classes, whatever the other subjects do."""
    model = _SubjectWeek(problem, subject).model
    if solve(model, Limits(seconds, work)).status != Status.INFEASIBLE:
        return None
    needs = [need for need in problem.demand.needs if need.subject == subject]
    blocks = [block for block in problem.demand.blocks if block.subject == subject]
    needed = _a_week((block.lessons * block.fewest, block.every) for block in blocks)
    return Shortage(Kind.SUBJECT_WEEK, subject, {"needed": needed, "classes": len({one.class_id for one in needs})})


def _a_week(lessons: Iterable[tuple[int, int]]) -> int:
    """Lessons of the fullest week at least, of so many in so many weeks each."""
    return ceil(sum(Fraction(count, every) for count, every in lessons))


def _moments(problem: Problem, need: int, mask: Mask) -> set[Moment]:
    """The periods of the class that slots of the mask take and that it has not given away."""
    periods, owed = problem.bell(problem.class_of[need].school_id).periods, problem.demand.needs[need]
    free = problem.need_free[need] & problem.of_cycle[owed.every] & mask
    return {Moment(problem.slots[slot][0], periods[slot] or 0, problem.turns[slot]) for slot in bits(free)}


def _weeks(problem: Problem, turn: Turn) -> list[int]:
    return [week for week in range(problem.weeks) if meets(turn, week)]


class _SchoolWeek:
    """A school's classes period by period; teachers are counted only against this school's own lessons.

    Where two starts that take one period of the same bell always overlap, a teacher has one lesson in it.
    """

    def __init__(self, problem: Problem, school_id: str, needs: Sequence[int]) -> None:
        self.problem, self.school = problem, problem.county.schools[school_id]
        self.model = cp_model.CpModel()
        self.rooms: dict[When, Literals] = defaultdict(list)
        self.of_class: dict[tuple[str, When], Literals] = defaultdict(list)
        self.shown: dict[tuple[int, str, Moment], cp_model.IntVar] = {}
        self.attends: dict[tuple[int, str], dict[Moment, cp_model.IntVar]] = {}
        for need in needs:
            self._need(need)
        rules = problem.county.rules
        one_a_period = 2 * rules.start_tolerance_minutes < rules.lesson_minutes + rules.changeover_minutes
        if rules.group_is_stable and one_a_period:
            self._share(needs)
        for several in self.of_class.values():
            self.model.add_at_most_one(several)
        for several in self.rooms.values():
            self.model.add(sum(several) <= self.school.receiving_rooms)
        streams: dict[When, Literals] = defaultdict(list)
        of_teacher: dict[tuple[str, When], Literals] = defaultdict(list)
        for (_block, teacher, moment), shown in self.shown.items():
            for when in self._whens(moment):
                streams[when].append(shown)
                of_teacher[teacher, when].append(shown)
        for several in streams.values():
            self.model.add(sum(several) <= self.school.max_streams)
        for several in of_teacher.values() if one_a_period else ():
            self.model.add_at_most_one(several)

    def _whens(self, moment: Moment) -> Iterator[When]:
        return ((moment.weekday, moment.period, week) for week in _weeks(self.problem, moment.turn))

    def _need(self, need: int) -> None:
        problem, owed = self.problem, self.problem.demand.needs[need]
        lessons = problem.lessons(need)
        stable = problem.county.rules.group_is_stable
        days: dict[tuple[int, int], Literals] = defaultdict(list)
        everything: Literals = []
        taught: Literals = []
        for teacher in problem.teachers_of[owed.subject]:
            here = {moment: self.model.new_bool_var("") for moment in self._open(need, teacher)}
            self.attends[need, teacher] = here
            for moment, literal in here.items():
                for when in self._whens(moment):
                    days[moment.weekday, when[-1]].append(literal)
                    self.rooms[when].append(literal)
                    self.of_class[owed.class_id, when].append(literal)
                self.model.add_implication(literal, self._shown(need, teacher, moment))
            if stable:
                taught.append(self.model.new_bool_var(""))
                self.model.add(sum(here.values()) == lessons * taught[-1])
            everything += here.values()
        if stable:
            self.model.add_exactly_one(taught)
        self.model.add(sum(everything) == lessons)
        for several in days.values():
            self.model.add(sum(several) <= problem.per_day)

    def _share(self, needs: Sequence[int]) -> None:
        """Two classes with one teacher in one period are in one broadcast, so in one group, so together always."""
        for one, other in itertools.combinations(needs, 2):
            if self.problem.block_of[one] != self.problem.block_of[other]:
                continue
            for teacher in self.problem.teachers_of[self.problem.demand.needs[one].subject]:
                first, second = self.attends[one, teacher], self.attends[other, teacher]
                together = self.model.new_bool_var("")
                for moment in {*first, *second}:
                    both = [each[moment] for each in (first, second) if moment in each]
                    if len(both) == 1:
                        self.model.add_implication(together, ~both[0])
                        continue
                    self.model.add_bool_or(~both[0], ~both[1], together)
                    self.model.add_bool_or(~together, ~both[0], both[1])
                    self.model.add_bool_or(~together, both[0], ~both[1])

    def _open(self, need: int, teacher: str) -> list[Moment]:
        owed = self.problem.demand.needs[need]
        if self.problem.county.teachers[teacher].weekly_cap * owed.every < owed.lessons:
            return []
        return sorted(_moments(self.problem, need, self.problem.teacher_free[teacher]))

    def _shown(self, need: int, teacher: str, moment: Moment) -> cp_model.IntVar:
        key = self.problem.block_of[need], teacher, moment
        if key not in self.shown:
            self.shown[key] = self.model.new_bool_var("")
        return self.shown[key]


class _SubjectWeek:
    """Lesson by lesson: who is where with which teacher; that a group's classes stay together is left out."""

    def __init__(self, problem: Problem, subject: str) -> None:
        self.problem, self.teachers = problem, problem.teachers_of[subject]
        self.model = cp_model.CpModel()
        self.held: dict[tuple[int, str], dict[int, cp_model.IntVar]] = {}
        self.present: dict[tuple[int, str, int], list[tuple[int, cp_model.IntVar]]] = defaultdict(list)
        self.joined: dict[tuple[int, str], list[tuple[int, cp_model.IntVar]]] = defaultdict(list)
        self.groups: dict[tuple[int, str], cp_model.IntVar] = {}
        for place, block in enumerate(problem.demand.blocks):
            if block.subject == subject:
                self._block(place)
        self._sizes()
        self._teachers()

    def _block(self, place: int) -> None:
        block = self.problem.demand.blocks[place]
        for teacher in self.teachers:
            free = self.problem.teacher_free[teacher] & self.problem.of_cycle[block.every]
            held = self.held[place, teacher] = {slot: self.model.new_bool_var("") for slot in bits(free)}
            groups = self.groups[place, teacher] = self.model.new_int_var(0, len(held), "")
            self.model.add(sum(held.values()) == block.lessons * groups)
        self.model.add(sum(self.groups[place, teacher] for teacher in self.teachers) >= block.fewest)
        for need in block.needs:
            self._need(place, need)

    def _need(self, place: int, need: int) -> None:
        problem = self.problem
        owed = problem.demand.needs[need]
        free = problem.need_free[need] & problem.of_cycle[owed.every]
        by_slot: dict[int, Literals] = defaultdict(list)
        copies: list[cp_model.LinearExprT] = []
        for teacher in self.teachers:
            mask = free & problem.teacher_free[teacher]
            here = {slot: self.model.new_bool_var("") for slot in bits(mask)}
            joined = self.model.new_int_var(0, owed.copies, "")
            self.model.add(sum(here.values()) == owed.lessons * joined)
            copies.append(joined)
            self.joined[place, teacher].append((need, joined))
            for slot, literal in here.items():
                self.model.add_implication(literal, self.held[place, teacher][slot])
                self.present[place, teacher, slot].append((need, literal))
                by_slot[slot].append(literal)
        self.model.add(sum(copies) == owed.copies)
        bell = problem.bell(problem.class_of[need].school_id)
        for crowd in bell.crowds:
            several = [literal for slot in crowd for literal in by_slot.get(slot, ())]
            if len(several) > 1:
                self.model.add_at_most_one(several)
        for day, week in itertools.product(problem.days, range(problem.weeks)):
            now = [one for slot in self._in_week(bits(day), week) for one in by_slot.get(slot, ())]
            if len(now) > problem.per_day:
                self.model.add(sum(now) <= problem.per_day)

    def _sizes(self) -> None:
        limits = self.problem.county.rules.limits
        for (place, teacher), held in self.held.items():
            joined, groups = self.joined[place, teacher], self.groups[place, teacher]
            several = [(self.present[place, teacher, slot], literal) for slot, literal in held.items()]
            for members, room in [*several, (joined, groups)]:
                if limits.max_classes is not None:
                    self.model.add(sum(one for _need, one in members) <= limits.max_classes * room)
                if limits.max_pupils is not None:
                    pupils = sum(self.problem.class_of[need].pupils * one for need, one in members)
                    self.model.add(pupils <= limits.max_pupils * room)

    def _teachers(self) -> None:
        for teacher in self.teachers:
            mine = [held for (_place, one), held in self.held.items() if one == teacher]
            for crowd in self.problem.crowds:
                several = [held[slot] for slot in crowd for held in mine if slot in held]
                if len(several) > 1:
                    self.model.add_at_most_one(several)
            cap = self.problem.county.teachers[teacher].weekly_cap
            for week in range(self.problem.weeks):
                self.model.add(sum(held[slot] for held in mine for slot in self._in_week(held, week)) <= cap)

    def _in_week(self, slots: Iterable[int], week: int) -> Iterator[int]:
        return (slot for slot in slots if meets(self.problem.turns[slot], week))


class Prover(threading.Thread):
    """Looks for proofs of every school, else of every subject, beside searches that run in processes of their own."""

    def __init__(self, problem: Problem, seconds: float) -> None:
        super().__init__(daemon=True)
        self.problem, self.deadline = problem, time.monotonic() + seconds
        self.found: tuple[Shortage, ...] = ()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ends after the model that is being solved."""
        self._stopped.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        for prove, names in ((school_shortage, schools_of(self.problem)), (subject_shortage, self.problem.teachers_of)):
            found = (prove(self.problem, name) for name in names if self._goes_on())
            self.found = tuple(one for one in found if one is not None)
            if self.found:
                return

    def _goes_on(self) -> bool:
        return not self._stopped.is_set() and time.monotonic() < self.deadline
