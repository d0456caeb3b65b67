"""What may have to give way, in a county as in a school, and how far."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

from tongtang.timetable.solver.explain.reason import Change

Row = Hashable
"""A row that can be dropped alone: a teacher's hour away, weekday and period that a class has given away, the place of
an own lesson."""
Size = int | tuple[Row, ...]
"""How far a cause gives way: the step of its ladder, or the rows that go."""
Changes = tuple[Change, ...]


class Kind(StrEnum):
    """In the order in which reasons are told: what can be changed by somebody's word first, what is owed last."""

    TEACHER_AWAY = "teacher_away"
    TEACHER_CAP = "teacher_cap"
    TEACHER_OWN = "teacher_own"
    CLASS_BLOCKED = "class_blocked"
    CLASS_OWN = "class_own"
    CLASS_TAKEN = "class_taken"
    FACILITATORS = "facilitators"
    SCHOOL_ROOMS = "school_rooms"
    SCHOOL_STREAMS = "school_streams"
    CLASS_PUPILS = "class_pupils"
    CLASS_GRADES = "class_grades"
    SCHOOL_BELL = "school_bell"
    BELL = "bell"
    STUDIOS = "studios"
    RULE = "rule"
    OTHER_TEACHER = "other_teacher"
    OWED = "owed"
    SUBJECT_TEACHER = "subject_teacher"


ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """`entity` as in `Reason`; `subject` only where one subject of a class is owed."""

    kind: Kind
    entity: str
    subject: str = ""

    @property
    def has_rows(self) -> bool:
        """Whether it is made of rows that can be dropped one by one."""
        return self.kind in (
            Kind.TEACHER_AWAY,
            Kind.TEACHER_OWN,
            Kind.CLASS_BLOCKED,
            Kind.CLASS_OWN,
            Kind.CLASS_TAKEN,
        )

    @property
    def is_monotone(self) -> bool:
        """Whether each relief allows what those before it allow."""
        if self.kind in (Kind.SCHOOL_BELL, Kind.BELL, Kind.OTHER_TEACHER):
            return False
        return self.entity not in ("start_tolerance_minutes", "grade_bands")
