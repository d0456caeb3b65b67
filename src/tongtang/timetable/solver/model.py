"""The whole input of the timetable engine as frozen dataclasses.

Clock times are whole minutes since midnight (08:40 = 520), weekdays are ISO (1 = Monday), lengths are minutes. Ids are
those of the county's files. Collections are keyed by id, so that nothing can stand twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

GradeBand = tuple[int, int]
"""Lowest and highest grade, both inside, that may share a broadcast."""

OwnPlace = tuple[str, int, int]
"""Class, weekday and the number of a period of its own bell."""

Calendar = Mapping[date, int | None]
"""Only the exceptions: a date's weekday whose lessons it holds (make-up day), or None for a holiday."""


@dataclass(frozen=True, slots=True)
class Period:
    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class BellSchedule:
    bell_id: str
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class School:
    """`receiving_rooms` have one screen each; `max_streams` is the number of lessons that the link carries at once."""

    school_id: str
    bell_id: str
    receiving_rooms: int
    max_streams: int


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """`grades` of a multi-grade class are several; `blocked` holds (weekday, period number) given away already."""

    class_id: str
    school_id: str
    grades: tuple[int, ...]
    pupils: int
    blocked: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Unavailability:
    weekday: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Teacher:
    """`weekly_cap` counts broadcasts a week; `stands_in_for` are subjects that the teacher gives as a substitute."""

    teacher_id: str
    subjects: frozenset[str]
    weekly_cap: int
    unavailable: tuple[Unavailability, ...] = ()
    stands_in_for: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Studio:
    studio_id: str
    school_id: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """What is owed to a class by broadcast: so many lessons in `every_weeks` weeks."""

    class_id: str
    subject: str
    lessons_per_week: int
    every_weeks: int = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """How many may share one broadcast. None, or no band at all, means: not limited (a centralised alliance)."""

    max_classes: int | None
    max_pupils: int | None
    grade_bands: tuple[GradeBand, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The county's rules; `limits` are those of a broadcast whose alliance brings none of its own."""

    lesson_minutes: int
    start_tolerance_minutes: int
    changeover_minutes: int
    limits: Limits
    same_subject_per_class_and_day: int = 1
    group_is_stable: bool = True


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One weekly lesson of a group. `line` is its line in broadcasts.csv (header = 1); 0 = take the position.

    It is held in the `week`-th (from 1) of each `every_weeks` teaching weeks.
    """

    group_id: str
    subject: str
    teacher_id: str
    studio_id: str
    weekday: int
    start: int
    class_ids: tuple[str, ...]
    alliance_id: str | None = None
    line: int = field(default=0, compare=False)
    every_weeks: int = 1
    week: int = 1


@dataclass(frozen=True, slots=True)
class RecordedLesson:
    """One weekly lesson that a class watches recorded, in a period of its own bell. `line` as of a broadcast."""

    class_id: str
    subject: str
    weekday: int
    period: int
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Term:
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class County:
    """Everything that a plan is checked against.

    `facilitators` maps a school to the teachers of whom one must be beside each class that receives; schools without an
    entry have always somebody. `recordable` maps class and subject to how many of the lessons may be watched recorded.
    `own_lessons` are what schools teach themselves: subject and teacher ("" for nobody named) by place. There the class
    receives nothing but the same subject, its own teacher in the room, and the teacher gives no broadcast.
    Raises ValueError for a dangling reference, a bell schedule without periods or a requirement that stands twice:
    files with such rows are refused by their reader, which knows file, line and column.
    """

    bells: Mapping[str, BellSchedule]
    schools: Mapping[str, School]
    classes: Mapping[str, SchoolClass]
    teachers: Mapping[str, Teacher]
    studios: Mapping[str, Studio]
    requirements: tuple[Requirement, ...]
    rules: Rules
    facilitators: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recordable: Mapping[tuple[str, str], int] = field(default_factory=dict)
    own_lessons: Mapping[OwnPlace, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        faults = [f"bell schedule {bell.bell_id} has no period" for bell in self.bells.values() if not bell.periods]
        faults += [
            f"school {s.school_id}: no bell {s.bell_id}" for s in self.schools.values() if s.bell_id not in self.bells
        ]
        faults += [
            f"class {c.class_id}: no school {c.school_id}"
            for c in self.classes.values()
            if c.school_id not in self.schools
        ]
        faults += [f"requirement: no class {r.class_id}" for r in self.requirements if r.class_id not in self.classes]
        faults += [
            f"school {school_id}: no facilitator {one}"
            for school_id, several in self.facilitators.items()
            for one in several
            if one not in self.teachers
        ]
        faults += [f"own lesson: no class {one}" for one, _day, _period in self.own_lessons if one not in self.classes]
        if len({(r.class_id, r.subject) for r in self.requirements}) < len(self.requirements):
            faults.append("a class requires one subject in two rows")
        if faults:
            raise ValueError("; ".join(faults))

    def bell_of(self, school_class: SchoolClass) -> BellSchedule:
        return self.bells[self.schools[school_class.school_id].bell_id]
