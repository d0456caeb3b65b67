"""Which files a county folder has, their columns, and what makes a row the same row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from tongtang.curriculum.api import SUBJECTS
from tongtang.exchange.county import cells, numbers, rows

LOCAL_TEACHER = "general"
SCHOOL_KINDS = (
    "anchor_school", "central_school", "teaching_point", "receiving_school", "ordinary_school", "kindergarten",
)  # fmt: skip
LINKS = ("fibre", "mobile", "satellite")
CYCLE = cells.whole(1, 4)
CALENDAR_KINDS = ("holiday", "make_up")
# The two words of OneRoster 1.2 CSV, section "status".
STAYS, LEAVES = "active", "tobedeleted"
STATUSES = (STAYS, LEAVES)


@dataclass(frozen=True)
class Table:
    """One file: `columns` in the order of the fields of `row` after `line`; `key` is unique in the file.

    The columns of `optional` may be missing, from the key too.
    """

    file: str
    row: Callable[..., rows.Row]
    columns: Mapping[str, cells.Parser]
    key: tuple[str, ...]
    required: bool = True
    may_be_bare: bool = False
    optional: Mapping[str, cells.Parser] = field(default_factory=dict)

    @property
    def parsers(self) -> Mapping[str, cells.Parser]:
        """The parser of each column that the file may have."""
        return {**self.columns, **self.optional}

    @property
    def name(self) -> str:
        """The table's name in reports: the file's without `.csv`."""
        return self.file.removesuffix(".csv")


def _unknown_status() -> str:
    return _("There is no such status; known are %(words)s.")


def _unknown_kind() -> str:
    return _("There is no such kind of school; known are %(words)s.")


def _unknown_link() -> str:
    return _("There is no such kind of line; known are %(words)s.")


def _unknown_day_kind() -> str:
    return _("There is no such kind of day; known are %(words)s.")


def _unknown_subject() -> str:
    return _("%(part)s is not a subject that Tongtang knows; correct the word.")


status = cells.one_of(STATUSES, _unknown_status)
subject = cells.several_of(frozenset(SUBJECTS), _unknown_subject)
taught_subjects = cells.several_of(frozenset((*SUBJECTS, LOCAL_TEACHER)), _unknown_subject)


def one_subject(cell: str) -> str:
    found = subject(cell)
    if len(found) > 1:
        raise cells.BadCell(_("One subject a row; write the others in rows of their own."))
    return found[0]


TERMS = Table(
    "terms.csv",
    rows.TermRow,
    {
        "term_id": cells.identifier,
        "name": cells.text,
        "first_day": cells.civil_date,
        "last_day": cells.civil_date,
        "teaching_weeks": cells.whole(1, 53),
    },
    ("term_id",),
)
BELLS = Table(
    "bells.csv",
    rows.PeriodRow,
    {"bell_id": cells.identifier, "period": cells.whole(1, 20), "start": cells.clock, "end": cells.clock},
    ("bell_id", "period"),
)
SCHOOLS = Table(
    "schools.csv",
    rows.SchoolRow,
    {
        "school_id": cells.identifier,
        "name": cells.text,
        "kind": cells.one_of(SCHOOL_KINDS, _unknown_kind),
        "township": cells.text_or_empty,
        "parent_id": cells.identifier_or_empty,
        "bell_id": cells.identifier,
        "receiving_rooms": cells.whole(0, 200),
        "link_mbps": cells.whole(0, 100_000),
        "max_streams": cells.whole(0, 200),
    },
    ("school_id",),
    optional={"link": cells.one_of(LINKS, _unknown_link), "boarding": cells.yes_or_no},
)
CLASSES = Table(
    "classes.csv",
    rows.ClassRow,
    {
        "class_id": cells.identifier,
        "school_id": cells.identifier,
        "name": cells.text,
        "grades": cells.grades,
        "pupils": cells.whole(0, 200),
    },
    ("class_id",),
)
PUPILS = Table(
    "pupils.csv",
    rows.PupilRow,
    {
        "pupil_id": cells.identifier,
        "class_id": cells.identifier,
        "name": cells.text,
        "sex": cells.sex,
        "birth_date": cells.civil_date,
    },
    ("pupil_id",),
    optional={"id_number": numbers.id_number, "pupil_number": numbers.pupil_number},
)
# The pupils of a county without its other files; a delta says by `status` who leaves.
ROSTER = replace(PUPILS, file="roster.csv", optional={**PUPILS.optional, "status": status})
TEACHERS = Table(
    "teachers.csv",
    rows.TeacherRow,
    {
        "teacher_id": cells.identifier,
        "name": cells.text,
        "school_id": cells.identifier,
        "subjects": taught_subjects,
        "weekly_cap": cells.whole(0, 60),
    },
    ("teacher_id",),
)
POSTS = Table(
    "posts.csv",
    rows.PostRow,
    {
        "teacher_id": cells.identifier,
        "school_id": cells.identifier,
        "subjects": taught_subjects,
        "weekly_cap": cells.whole(0, 60),
    },
    ("teacher_id", "school_id"),
    required=False,
    may_be_bare=True,
)
UNAVAILABLE = Table(
    "teacher_unavailable.csv",
    rows.UnavailableRow,
    {"teacher_id": cells.identifier, "weekday": cells.weekday, "start": cells.clock, "end": cells.clock},
    ("teacher_id", "weekday", "start"),
    may_be_bare=True,
)
BLOCKED = Table(
    "class_blocked.csv",
    rows.BlockedRow,
    {"class_id": cells.identifier, "weekday": cells.weekday, "period": cells.whole(1, 20)},
    ("class_id", "weekday", "period"),
    may_be_bare=True,
)
STUDIOS = Table(
    "studios.csv",
    rows.StudioRow,
    {"studio_id": cells.identifier, "school_id": cells.identifier, "name": cells.text},
    ("studio_id",),
)
REQUIREMENTS = Table(
    "requirements.csv",
    rows.RequirementRow,
    {"class_id": cells.identifier, "subject": one_subject, "lessons_per_week": cells.whole(1, 40)},
    ("class_id", "subject"),
    optional={"every_weeks": CYCLE},
)
FACILITATORS = Table(
    "facilitators.csv",
    rows.FacilitatorRow,
    {"school_id": cells.identifier, "teacher_id": cells.identifier},
    ("teacher_id",),
    required=False,
    may_be_bare=True,
)
RECORDABLE = Table(
    "recordable.csv",
    rows.RecordableRow,
    {"class_id": cells.identifier, "subject": one_subject, "lessons_per_week": cells.whole(1, 40)},
    ("class_id", "subject"),
    required=False,
    may_be_bare=True,
)
RULES = Table("rules.csv", rows.RuleRow, {"rule": cells.text, "value": cells.text}, ("rule",))
CALENDAR = Table(
    "calendar.csv",
    rows.CalendarRow,
    {
        "date": cells.civil_date,
        "kind": cells.one_of(CALENDAR_KINDS, _unknown_day_kind),
        "as_weekday": cells.weekday_or_empty,
    },
    ("date",),
    required=False,
    may_be_bare=True,
)
BROADCASTS = Table(
    "broadcasts.csv",
    rows.BroadcastRow,
    {
        "group_id": cells.identifier,
        "subject": one_subject,
        "teacher_id": cells.identifier,
        "studio_id": cells.identifier,
        "weekday": cells.weekday,
        "start": cells.clock,
        "class_ids": cells.identifiers,
    },
    ("group_id", "weekday", "start", "week"),
    optional={"every_weeks": CYCLE, "week": CYCLE},
)
LOCAL_TIMETABLE = Table(
    "local_timetable.csv",
    rows.LocalLessonRow,
    {
        "class_id": cells.identifier,
        "weekday": cells.weekday,
        "period": cells.whole(1, 20),
        "subject": one_subject,
        "teacher_id": cells.identifier,
    },
    ("class_id", "weekday", "period"),
    required=False,
    may_be_bare=True,
)
RECEIVERS = Table(
    "anchor_receivers.csv",
    rows.ReceiverRow,
    {"class_id": cells.identifier, "subject": one_subject},
    ("class_id", "subject"),
    required=False,
    may_be_bare=True,
)
COUNTY_TABLES = (
    TERMS, BELLS, SCHOOLS, CLASSES, PUPILS, TEACHERS, POSTS, UNAVAILABLE, BLOCKED, STUDIOS, REQUIREMENTS, RULES,
    CALENDAR, LOCAL_TIMETABLE, RECEIVERS, FACILITATORS, RECORDABLE,
)  # fmt: skip
# What schools' own timetables are solved from, and what the county's search takes besides, may lie in the same folder:
# other commands read them.
OTHER_FILES = frozenset(
    (
        "broadcasts.csv",
        "local_requirements.csv",
        "anchor_lessons.csv",
        "substitutes.csv",
        "recorded_lessons.csv",
        "facilitations.csv",
    )
)
FILE_ORDER = tuple(table.file for table in (*COUNTY_TABLES, BROADCASTS))
