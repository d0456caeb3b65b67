"""A county folder -> the solver's county and plan. What is wrong in the files is collected, never guessed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import time
from pathlib import Path
from typing import cast

from tongtang.exchange.county import cells, layout, rows
from tongtang.exchange.county.damage import Damage, DamageList
from tongtang.exchange.county.folder import CountyFolder, read_county
from tongtang.exchange.county.rules import RULES, grade_bands
from tongtang.exchange.county.sheet import read_sheet
from tongtang.exchange.timetables.county_options import read_options, with_options
from tongtang.timetable.api import (
    BellSchedule,
    Broadcast,
    County,
    GroupLimits,
    Period,
    Requirement,
    Rules,
    School,
    SchoolClass,
    Studio,
    Teacher,
    Unavailability,
)

# A county that does not name one of these has no such limit.
LIMITS = frozenset(("max_classes_per_broadcast", "max_pupils_per_broadcast", "grade_bands"))
DEFAULTS = {"same_subject_per_class_and_day": "1", "group_is_stable": "1"}


def _class_ids(cell: str) -> tuple[str, ...]:
    return tuple(map(cells.identifier, cell.split(";"))) if cell else ()


TO_CHECK = replace(
    layout.BROADCASTS,
    columns={**layout.BROADCASTS.columns, "weekday": cells.whole(0, 99), "class_ids": _class_ids},
    key=(),
    may_be_bare=True,
)


@dataclass(frozen=True)
class CountyRead:
    """A county as the solver takes it, or what stands against that; `county` is None where `errors` are."""

    county: County | None
    errors: list[Damage]


def is_county(path: Path) -> bool:
    """Whether the folder holds what is owed by broadcast; whole schools have `local_requirements.csv` instead."""
    return (path / layout.REQUIREMENTS.file).exists() or not (path / "local_requirements.csv").exists()


def read_for_solver(path: Path) -> CountyRead:
    """The county of the folder `path`. Limits and bands that rules.csv does not name do not bind."""
    folder = read_county(path)
    options = read_options(path, folder)
    errors = [each for each in folder.errors if not _is_missing_default(each)] + options.errors
    return CountyRead(None if errors else with_options(county_of(folder), options), errors)


def _is_missing_default(damage: Damage) -> bool:
    return damage.file == layout.RULES.file and damage.line == 0 and damage.value in LIMITS | DEFAULTS.keys()


def read_broadcasts(file: Path, *, to_check: bool = False) -> tuple[list[Broadcast], list[Damage]]:
    """The rows of a plan and what is wrong with its cells; its references and rules are the checker's business.

    `to_check`: so are rows and classes that stand twice, rows without a class and weekdays that there are not. A plan
    without rows is one where all is recorded; else the checker names what is missing.
    """
    table = TO_CHECK if to_check else replace(layout.BROADCASTS, may_be_bare=True)
    damage = DamageList()
    sheet = read_sheet(file.parent, replace(table, file=file.name), damage)
    plan = [broadcast_of(row) for row in cast("list[rows.BroadcastRow]", sheet.rows)]
    return plan, damage.listed((file.name,))


def broadcast_of(row: rows.BroadcastRow) -> Broadcast:
    """A row as the checker takes it, with its line."""
    return Broadcast(
        group_id=row.group_id,
        subject=row.subject,
        teacher_id=row.teacher_id,
        studio_id=row.studio_id,
        weekday=row.weekday,
        start=_minutes(row.start),
        class_ids=row.class_ids,
        line=row.line,
        every_weeks=row.every_weeks,
        week=row.week,
    )


def county_of(folder: CountyFolder) -> County:
    """The county of sound rows."""
    return County(
        bells=_bells(folder.bells),
        schools={
            row.school_id: School(row.school_id, row.bell_id, row.receiving_rooms, row.max_streams)
            for row in folder.schools
        },
        classes=_classes(folder),
        teachers=_teachers(folder),
        studios={row.studio_id: Studio(row.studio_id, row.school_id) for row in folder.studios},
        requirements=tuple(
            Requirement(row.class_id, row.subject, row.lessons_per_week, row.every_weeks) for row in folder.requirements
        ),
        rules=_rules(folder.rules),
        own_lessons={
            (row.class_id, row.weekday, row.period): (row.subject, row.teacher_id) for row in folder.local_lessons or ()
        },
    )


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _bells(found: Iterable[rows.PeriodRow]) -> dict[str, BellSchedule]:
    periods: dict[str, list[Period]] = defaultdict(list)
    for row in found:
        periods[row.bell_id].append(Period(row.period, _minutes(row.start), _minutes(row.end)))
    return {
        bell_id: BellSchedule(bell_id, tuple(sorted(several, key=lambda period: period.number)))
        for bell_id, several in periods.items()
    }


def _classes(folder: CountyFolder) -> dict[str, SchoolClass]:
    blocked: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for row in folder.blocked:
        blocked[row.class_id].add((row.weekday, row.period))
    return {
        row.class_id: SchoolClass(row.class_id, row.school_id, row.grades, row.pupils, frozenset(blocked[row.class_id]))
        for row in folder.classes
    }


def _teachers(folder: CountyFolder) -> dict[str, Teacher]:
    away: dict[str, list[Unavailability]] = defaultdict(list)
    for row in folder.unavailable:
        away[row.teacher_id].append(Unavailability(row.weekday, _minutes(row.start), _minutes(row.end)))
    return {
        row.teacher_id: Teacher(row.teacher_id, frozenset(row.subjects), row.weekly_cap, tuple(away[row.teacher_id]))
        for row in folder.teachers
    }


def _rules(found: Iterable[rows.RuleRow]) -> Rules:
    texts = DEFAULTS | {row.rule: row.value for row in found}
    value = {name: int(text) for name, text in texts.items() if name in RULES and name != "grade_bands"}
    limits = GroupLimits(
        max_classes=value.get("max_classes_per_broadcast"),
        max_pupils=value.get("max_pupils_per_broadcast"),
        grade_bands=grade_bands(texts["grade_bands"]) if "grade_bands" in texts else (),
    )
    return Rules(
        lesson_minutes=value["lesson_minutes"],
        start_tolerance_minutes=value["start_tolerance_minutes"],
        changeover_minutes=value["changeover_minutes"],
        limits=limits,
        same_subject_per_class_and_day=value["same_subject_per_class_and_day"],
        group_is_stable=bool(value["group_is_stable"]),
    )
