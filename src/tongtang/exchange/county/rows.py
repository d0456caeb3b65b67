"""The rows of a county folder, one frozen class a file. `line` is the line of the file on which the row begins."""

from dataclasses import dataclass
from datetime import date, time


@dataclass(frozen=True, slots=True)
class Row:
    line: int


@dataclass(frozen=True, slots=True)
class TermRow(Row):
    term_id: str
    name: str
    first_day: date
    last_day: date
    teaching_weeks: int


@dataclass(frozen=True, slots=True)
class PeriodRow(Row):
    """One period of one bell schedule, on the clock of Asia/Shanghai."""

    bell_id: str
    period: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class SchoolRow(Row):
    """`township` and `parent_id` are empty where the kind has none; `link_mbps` in megabits a second.

    `link` and `boarding` are None where the file does not say.
    """

    school_id: str
    name: str
    kind: str
    township: str
    parent_id: str
    bell_id: str
    receiving_rooms: int
    link_mbps: int
    max_streams: int
    link: str | None = None
    boarding: bool | None = None


@dataclass(frozen=True, slots=True)
class ClassRow(Row):
    class_id: str
    school_id: str
    name: str
    grades: tuple[int, ...]
    pupils: int


@dataclass(frozen=True, slots=True)
class PupilRow(Row):
    """`sex` is "male" or "female"."""

    pupil_id: str
    class_id: str
    name: str
    sex: str
    birth_date: date


@dataclass(frozen=True, slots=True)
class TeacherRow(Row):
    """`weekly_cap` in lessons a week; `subjects` holds "general" for a local teacher."""

    teacher_id: str
    name: str
    school_id: str
    subjects: tuple[str, ...]
    weekly_cap: int


@dataclass(frozen=True, slots=True)
class PostRow(Row):
    """Work of a teacher at a school other than that of `teachers.csv`."""

    teacher_id: str
    school_id: str
    subjects: tuple[str, ...]
    weekly_cap: int


@dataclass(frozen=True, slots=True)
class UnavailableRow(Row):
    """Weekday 1 = Monday; clock time."""

    teacher_id: str
    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class BlockedRow(Row):
    class_id: str
    weekday: int
    period: int


@dataclass(frozen=True, slots=True)
class StudioRow(Row):
    studio_id: str
    school_id: str
    name: str


@dataclass(frozen=True, slots=True)
class RequirementRow(Row):
    """The lessons are owed once in `every_weeks` weeks."""

    class_id: str
    subject: str
    lessons_per_week: int
    every_weeks: int = 1


@dataclass(frozen=True, slots=True)
class FacilitatorRow(Row):
    """Who can be beside the classes of a school while they receive."""

    school_id: str
    teacher_id: str


@dataclass(frozen=True, slots=True)
class RecordableRow(Row):
    """So many lessons a week may be watched recorded."""

    class_id: str
    subject: str
    lessons_per_week: int


@dataclass(frozen=True, slots=True)
class RuleRow(Row):
    """`value` as written; `rules.RULES` says what each may hold."""

    rule: str
    value: str


@dataclass(frozen=True, slots=True)
class CalendarRow(Row):
    """`as_weekday` is the weekday whose lessons a make-up day holds; None on a holiday."""

    date: date
    kind: str
    as_weekday: int | None


@dataclass(frozen=True, slots=True)
class BroadcastRow(Row):
    """One broadcast of a weekly plan: what the classes of `class_ids` receive together.

    It is held in the `week`-th of each `every_weeks` teaching weeks.
    """

    group_id: str
    subject: str
    teacher_id: str
    studio_id: str
    weekday: int
    start: time
    class_ids: tuple[str, ...]
    every_weeks: int = 1
    week: int = 1


@dataclass(frozen=True, slots=True)
class LocalLessonRow(Row):
    """A lesson of a class's own week, which its own school teaches."""

    class_id: str
    weekday: int
    period: int
    subject: str
    teacher_id: str


@dataclass(frozen=True, slots=True)
class ReceiverRow(Row):
    """A subject that a class takes from the anchor: its lessons of that subject are no local ones."""

    class_id: str
    subject: str
