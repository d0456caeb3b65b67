"""A folder of whole schools -> one `WholeSchool` each. What is wrong in the files is collected, never guessed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import time
from pathlib import Path
from typing import Any, cast

from django.utils.translation import gettext as _

from tongtang.exchange.county import cells, layout, rows
from tongtang.exchange.county.damage import Damage, DamageList
from tongtang.exchange.county.relations import check_bells, check_periods, check_unavailable
from tongtang.exchange.county.rules import RULES
from tongtang.exchange.county.sheet import Sheet, read_sheet
from tongtang.exchange.timetables.county_options import RECORDED
from tongtang.timetable.api import (
    AnchorLesson,
    BellSchedule,
    CountyLesson,
    LocalLesson,
    LocalRequirement,
    Period,
    School,
    SchoolClass,
    Teacher,
    Unavailability,
    WholeSchool,
    fit_of,
)

DEFAULT_TOLERANCE, DEFAULT_MINUTES = 10, 40
PERIOD = cells.whole(1, 20)


@dataclass(frozen=True, slots=True)
class LocalRequirementRow(rows.Row):
    class_id: str
    subject: str
    lessons_per_week: int
    teacher_id: str
    max_per_day: int
    double: int
    earliest_period: int
    latest_period: int


@dataclass(frozen=True, slots=True)
class AnchorLessonRow(rows.Row):
    anchor_lesson_id: str
    subject: str
    grade: int
    weekday: int
    start: time


LOCAL_REQUIREMENTS = layout.Table(
    "local_requirements.csv",
    LocalRequirementRow,
    {
        "class_id": cells.identifier,
        "subject": layout.one_subject,
        "lessons_per_week": cells.whole(1, 40),
        "teacher_id": cells.identifier,
        "max_per_day": cells.whole(1, 20),
        "double": cells.whole(0, 20),
        "earliest_period": PERIOD,
        "latest_period": PERIOD,
    },
    ("class_id", "subject"),
)
# Two lessons of a class at once are the checker's business here.
LOCAL_TIMETABLE = replace(layout.LOCAL_TIMETABLE, key=("class_id", "weekday", "period", "subject"))
ANCHOR_LESSONS = layout.Table(
    "anchor_lessons.csv",
    AnchorLessonRow,
    {
        "anchor_lesson_id": cells.identifier,
        "subject": layout.one_subject,
        "grade": cells.whole(1, 12),
        "weekday": cells.weekday,
        "start": cells.clock,
    },
    ("anchor_lesson_id",),
    required=False,
    may_be_bare=True,
)


@dataclass(frozen=True, slots=True)
class FacilitationRow(rows.Row):
    class_id: str
    subject: str
    weekday: int
    start: time
    teacher_id: str
    every_weeks: int = 1
    week: int = 1


FACILITATIONS = layout.Table(
    "facilitations.csv",
    FacilitationRow,
    {
        "class_id": cells.identifier,
        "subject": layout.one_subject,
        "weekday": cells.weekday,
        "start": cells.clock,
        "teacher_id": cells.identifier,
    },
    ("class_id", "weekday", "start", "week"),
    optional=layout.BROADCASTS.optional,
)
# What a county's plan holds for the classes and people of these schools lies beside it.
OPTIONAL = tuple(
    replace(table, required=False, may_be_bare=True)
    for table in (layout.BLOCKED, layout.UNAVAILABLE, layout.RULES, layout.BROADCASTS, RECORDED, FACILITATIONS)
)
TABLES = (
    layout.BELLS, layout.SCHOOLS, layout.CLASSES, layout.TEACHERS, LOCAL_REQUIREMENTS, LOCAL_TIMETABLE, ANCHOR_LESSONS,
    layout.RECEIVERS, *OPTIONAL,
)  # fmt: skip
REFERENCES = {
    "class_id": "classes.csv",
    "teacher_id": "teachers.csv",
    "school_id": "schools.csv",
    "bell_id": "bells.csv",
}


@dataclass(frozen=True)
class SchoolsFolder:
    """`lines` holds, for each school, the lines of its base lessons in local_timetable.csv, in the same order."""

    schools: tuple[WholeSchool, ...]
    lines: Mapping[str, tuple[int, ...]]
    errors: list[Damage]


def is_schools_folder(path: Path) -> bool:
    """Whether local requirements lie here; a folder with broadcasts owed as well is a county's."""
    return (path / LOCAL_REQUIREMENTS.file).exists() and not (path / layout.REQUIREMENTS.file).exists()


def read_schools(path: Path, plan: Path | None = None) -> SchoolsFolder:
    """The schools of the folder, each with the lessons of `plan` (default: its local_timetable.csv) as its base."""
    damage = DamageList()
    sheets = {table.file: read_sheet(path, table, damage) for table in TABLES}
    if plan is not None:
        table = replace(LOCAL_TIMETABLE, file=plan.name, required=True)
        sheets[LOCAL_TIMETABLE.file] = read_sheet(plan.parent, table, damage)
    _check_references(sheets, damage)
    check_bells(cast("list[rows.PeriodRow]", sheets[layout.BELLS.file].rows), damage)
    check_unavailable(cast("list[rows.UnavailableRow]", sheets[layout.UNAVAILABLE.file].rows), damage)
    check_periods(sheets, layout.BLOCKED, damage)
    _check_rules(sheets[layout.RULES.file].rows, damage)
    _check_teachers(sheets, damage)
    errors = damage.listed(tuple(table.file for table in TABLES))
    if errors:
        return SchoolsFolder((), {}, errors)
    return _assemble({file: list(sheet.rows) for file, sheet in sheets.items()})


def _check_references(sheets: Mapping[str, Sheet[rows.Row]], damage: DamageList) -> None:
    for file, sheet in sheets.items():
        for column, target in REFERENCES.items():
            if target == file or column not in sheet.table.parsers or not sheets[target].complete:
                continue
            known = sheets[target].ids(column)
            for row in sheet.rows:
                value = getattr(row, column)
                if value not in known:
                    sentence = _("%(target)s has no row of this id; add it or correct the id.")
                    damage.add(file, row.line, column, value, sentence % {"target": target})


def _check_rules(found: Iterable[Any], damage: DamageList) -> None:
    """Of a county's rules the tolerance and the length of a lesson count here; each that stands has to be one."""
    for row in found:
        parse = RULES.get(row.rule)
        if parse is None:
            sentence = _("There is no such rule; known are %(words)s.")
            damage.add(layout.RULES.file, row.line, "rule", row.rule, sentence % {"words": ", ".join(RULES)})
            continue
        try:
            parse(row.value)
        except cells.BadCell as refusal:
            damage.add(layout.RULES.file, row.line, "value", row.value, str(refusal))


def _check_teachers(sheets: Mapping[str, Sheet[Any]], damage: DamageList) -> None:
    """A school is solved by itself, so a teacher of two would be in two places at once unseen."""
    school_of = {row.class_id: row.school_id for row in sheets["classes.csv"].rows}
    first: dict[str, str] = {}
    for row in sheets[LOCAL_REQUIREMENTS.file].rows:
        school_id = school_of.get(row.class_id)
        if school_id and first.setdefault(row.teacher_id, school_id) != school_id:
            sentence = _(
                "This teacher has lessons at school %(school)s as well; each school's week is made by itself. "
                "Give the teacher one id a school and block the times of the other."
            )
            value = first[row.teacher_id]
            damage.add(LOCAL_REQUIREMENTS.file, row.line, "teacher_id", row.teacher_id, sentence % {"school": value})


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _assemble(read: dict[str, list[Any]]) -> SchoolsFolder:
    bells = _bells(read["bells.csv"])
    tolerance = next(
        (int(row.value) for row in read["rules.csv"] if row.rule == "start_tolerance_minutes"), DEFAULT_TOLERANCE
    )
    blocked = _grouped((row.class_id, (row.weekday, row.period)) for row in read["class_blocked.csv"])
    classes = {
        row.class_id: SchoolClass(
            row.class_id, row.school_id, row.grades, row.pupils, frozenset(blocked.get(row.class_id, ()))
        )
        for row in read["classes.csv"]
    }
    schools, lines = [], {}
    parts = _parts(read, classes)
    teachers = _teachers(read)
    for row in read["schools.csv"]:
        own = parts[row.school_id]
        if not own.requirements:
            continue
        school = School(row.school_id, row.bell_id, row.receiving_rooms, row.max_streams)
        people = own.staff | {one.teacher_id for one in own.requirements} | {one.teacher_id for one in own.lessons}
        whole = WholeSchool(
            school,
            bells[row.bell_id],
            {one: classes[one] for one in own.class_ids},
            {one: teachers[one] for one in sorted(people)},
            tuple(_requirement(one) for one in own.requirements),
            tuple(LocalLesson(o.class_id, o.weekday, o.period, o.subject, o.teacher_id) for o in own.lessons),
            frozenset((one.class_id, one.subject) for one in own.receivers),
            _anchors(read["anchor_lessons.csv"], own.receivers),
            tolerance,
        )
        schools.append(_beside_the_county(whole, read))
        lines[row.school_id] = tuple(one.line for one in own.lessons)
    return SchoolsFolder(tuple(schools), lines, [])


@dataclass
class _Own:
    """The rows of one school."""

    class_ids: list[str]
    staff: set[str]
    requirements: list[LocalRequirementRow]
    lessons: list[rows.LocalLessonRow]
    receivers: list[rows.ReceiverRow]


def _parts(read: dict[str, list[Any]], classes: Mapping[str, SchoolClass]) -> dict[str, _Own]:
    parts: dict[str, _Own] = defaultdict(lambda: _Own([], set(), [], [], []))
    for one in classes.values():
        parts[one.school_id].class_ids.append(one.class_id)
    for row in read["teachers.csv"]:
        parts[row.school_id].staff.add(row.teacher_id)
    for file, name in (
        (LOCAL_REQUIREMENTS.file, "requirements"),
        (LOCAL_TIMETABLE.file, "lessons"),
        (layout.RECEIVERS.file, "receivers"),
    ):
        for row in read[file]:
            getattr(parts[classes[row.class_id].school_id], name).append(row)
    return parts


def _grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


def _bells(periods: Iterable[rows.PeriodRow]) -> dict[str, BellSchedule]:
    grouped = _grouped((row.bell_id, Period(row.period, _minutes(row.start), _minutes(row.end))) for row in periods)
    return {
        bell_id: BellSchedule(bell_id, tuple(sorted(found, key=lambda period: period.start)))
        for bell_id, found in grouped.items()
    }


def _teachers(read: dict[str, list[Any]]) -> dict[str, Teacher]:
    away = _grouped(
        (row.teacher_id, Unavailability(row.weekday, _minutes(row.start), _minutes(row.end)))
        for row in read["teacher_unavailable.csv"]
    )
    return {
        row.teacher_id: Teacher(
            row.teacher_id, frozenset(row.subjects), row.weekly_cap, tuple(away.get(row.teacher_id, ()))
        )
        for row in read["teachers.csv"]
    }


def _requirement(row: LocalRequirementRow) -> LocalRequirement:
    return LocalRequirement(
        row.class_id, row.subject, row.lessons_per_week, row.teacher_id, row.max_per_day, row.double,
        row.earliest_period, row.latest_period,
    )  # fmt: skip


def _anchors(lessons: Iterable[AnchorLessonRow], receivers: Iterable[rows.ReceiverRow]) -> tuple[AnchorLesson, ...]:
    wanted = {row.subject for row in receivers}
    return tuple(
        AnchorLesson(row.anchor_lesson_id, row.subject, row.grade, row.weekday, _minutes(row.start))
        for row in lessons
        if row.subject in wanted
    )


def _beside_the_county(whole: WholeSchool, read: Mapping[str, list[Any]]) -> WholeSchool:
    """The school without the periods of classes and people that the county's plan has, in whichever weeks."""
    county = _county_lessons(whole, read)
    taken = frozenset((one.class_id, (one.weekday, one.period)) for one in county)
    shown = {(row.class_id, (row.weekday, row.period)) for row in read[RECORDED.file] if row.class_id in whole.classes}
    teachers = dict(whole.teachers)
    for row in read[FACILITATIONS.file]:
        period = next((one for one in whole.bell.periods if one.number == fit_of(whole, _minutes(row.start))), None)
        one = teachers.get(row.teacher_id)
        if one and period:
            away = Unavailability(row.weekday, period.start, period.end)
            teachers[row.teacher_id] = replace(one, unavailable=(*one.unavailable, away))
    return replace(whole, taken=taken | shown, watched=frozenset(shown - taken), county=county, teachers=teachers)


def _county_lessons(whole: WholeSchool, read: Mapping[str, list[Any]]) -> tuple[CountyLesson, ...]:
    """Where the county's broadcasts fall in the weeks of this school's classes."""
    minutes = next((int(row.value) for row in read[layout.RULES.file] if row.rule == "lesson_minutes"), DEFAULT_MINUTES)
    found = []
    for row in read[layout.BROADCASTS.file]:
        start = _minutes(row.start)
        period = fit_of(whole, start)
        name = f"{row.group_id} {row.weekday} {start} {row.week}"
        cycle = row.every_weeks, row.week
        found += [
            CountyLesson(one, row.subject, name, row.weekday, period, start, start + minutes, *cycle)
            for one in row.class_ids
            if one in whole.classes and period
        ]
    return tuple(found)
