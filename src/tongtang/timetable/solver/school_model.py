"""One school's whole week as frozen dataclasses: what it teaches itself, and what is laid over it.

A slot is (ISO weekday, period number) of the school's own bell; clock times are minutes of the day.
"""

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tongtang.timetable.solver.fit import maximal_concurrency, overlaps
from tongtang.timetable.solver.model import BellSchedule, School, SchoolClass, Teacher

Slot = tuple[int, int]
Pair = tuple[str, str]
"""Class and subject: what one row of local_requirements.csv is about."""

SCHOOL_DAYS = (1, 2, 3, 4, 5)
CLASS_MEETING, PHYSICAL_EDUCATION = "class_meeting", "pe"


@dataclass(frozen=True, slots=True)
class LocalRequirement:
    """What a school teaches a class itself. Hard: `lessons` a week by `teacher_id`; soft: the rest.

    `doubles` is how many double periods a week are wanted: two adjacent lessons with no pause of a lesson's length
    between. A day that holds one may hold two lessons whatever `max_per_day` says.
    """

    class_id: str
    subject: str
    lessons: int
    teacher_id: str
    max_per_day: int
    doubles: int
    earliest: int
    latest: int

    @property
    def pair(self) -> Pair:
        return self.class_id, self.subject

    @property
    def most_a_day(self) -> int:
        return max(self.max_per_day, 2) if self.doubles else self.max_per_day


@dataclass(frozen=True, slots=True, order=True)
class LocalLesson:
    class_id: str
    weekday: int
    period: int
    subject: str
    teacher_id: str

    @property
    def pair(self) -> Pair:
        return self.class_id, self.subject

    @property
    def slot(self) -> Slot:
        return self.weekday, self.period


@dataclass(frozen=True, slots=True)
class AnchorLesson:
    """One weekly lesson of an anchor, fixed on the clock."""

    anchor_lesson_id: str
    subject: str
    grade: int
    weekday: int
    start: int


@dataclass(frozen=True, slots=True)
class CountyLesson:
    """A class's part in a live lesson of the county, which is not in the school's hands; start and end by the clock.

    `lesson` is the same for all classes that receive it. It is held in the `week`-th of each `every_weeks`.
    """

    class_id: str
    subject: str
    lesson: str
    weekday: int
    period: int
    start: int
    end: int
    every_weeks: int = 1
    week: int = 1


@dataclass(frozen=True, slots=True)
class WholeSchool:
    """A school, its people, what it owes, today's week (`base`), and which pairs it receives from the anchor.

    `taken`: slots in which a class attends something that is not in the school's hands (a county's broadcasts,
    and what is watched recorded); of these, `watched` has those in which the class only watches a recorded lesson.
    `county`: what of it is live, and so needs the link.
    Raises ValueError for a dangling reference: files with such rows are refused by their reader.
    """

    school: School
    bell: BellSchedule
    classes: Mapping[str, SchoolClass]
    teachers: Mapping[str, Teacher]
    requirements: tuple[LocalRequirement, ...]
    base: tuple[LocalLesson, ...] = ()
    receives: frozenset[Pair] = frozenset()
    anchors: tuple[AnchorLesson, ...] = ()
    tolerance: int = 10
    taken: frozenset[tuple[str, Slot]] = field(default=frozenset())
    county: tuple[CountyLesson, ...] = ()
    watched: frozenset[tuple[str, Slot]] = field(default=frozenset())

    def __post_init__(self) -> None:
        faults = [f"no class {row.class_id}" for row in self.requirements if row.class_id not in self.classes]
        faults += [f"no teacher {row.teacher_id}" for row in self.requirements if row.teacher_id not in self.teachers]
        if len({row.pair for row in self.requirements}) < len(self.requirements):
            faults.append("a class requires one subject in two rows")
        if faults:
            raise ValueError(f"school {self.school.school_id}: " + "; ".join(faults))

    @property
    def school_id(self) -> str:
        return self.school.school_id


def periods_of(whole: WholeSchool) -> tuple[int, ...]:
    return tuple(sorted(period.number for period in whole.bell.periods))


def days_of(whole: WholeSchool) -> tuple[int, ...]:
    """Monday to Friday, and any other day on which a lesson already stands."""
    others = {lesson.weekday for lesson in whole.base} | {lesson.weekday for lesson in whole.anchors}
    return tuple(sorted({*SCHOOL_DAYS, *others}))


def slots_of(whole: WholeSchool) -> tuple[Slot, ...]:
    return tuple((day, period) for day in days_of(whole) for period in periods_of(whole))


def given_away(whole: WholeSchool) -> frozenset[tuple[str, Slot]]:
    """(class, slot) in which the school cannot place a lesson."""
    blocked = {(one.class_id, slot) for one in whole.classes.values() for slot in one.blocked}
    return whole.taken | blocked


def most_at_once(lessons: Iterable[CountyLesson]) -> int:
    """How many different ones of these lessons of one day run at once, in the fullest week of their cycles."""
    several = list({one.lesson: one for one in lessons}.values())
    weeks = math.lcm(*(one.every_weeks for one in several))
    held = [[one for one in several if week % one.every_weeks == one.week - 1] for week in range(weeks)]
    return max(maximal_concurrency([(one.start, one.end) for one in week]) for week in held)


def carried_beside(whole: WholeSchool, slot: Slot) -> int:
    """How many of the county's lessons the link carries at once in a slot."""
    spans = [(period.start, period.end) for period in whole.bell.periods if period.number == slot[1]]
    return most_at_once(
        one
        for one in whole.county
        if one.weekday == slot[0] and any(overlaps((one.start, one.end), span) for span in spans)
    )


def slots_within(whole: WholeSchool, weekday: int, start: int, end: int) -> frozenset[Slot]:
    """The slots of a day that share a minute with the span."""
    return frozenset(
        (weekday, period.number) for period in whole.bell.periods if overlaps((period.start, period.end), (start, end))
    )


def unavailable_slots(whole: WholeSchool) -> frozenset[tuple[str, Slot]]:
    """(teacher, slot) that each week takes away."""
    return frozenset(
        (teacher.teacher_id, slot)
        for teacher in whole.teachers.values()
        for away in teacher.unavailable
        for slot in slots_within(whole, away.weekday, away.start, away.end)
    )


def adjacent_pairs(bell: BellSchedule) -> tuple[tuple[int, int], ...]:
    """Period numbers that can hold a double: one after the other, no pause of a lesson's length between."""
    ordered = sorted(bell.periods, key=lambda period: period.start)
    return tuple(
        (first.number, second.number)
        for first, second in itertools.pairwise(ordered)
        if second.start - first.end < first.end - first.start
    )


def by_pair(lessons: Iterable[LocalLesson]) -> dict[Pair, set[Slot]]:
    """Where the lessons of each pair stand."""
    found: dict[Pair, set[Slot]] = {}
    for lesson in lessons:
        found.setdefault(lesson.pair, set()).add(lesson.slot)
    return found
