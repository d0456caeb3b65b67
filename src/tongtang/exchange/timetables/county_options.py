"""Optional files of a county that are not loaded with it: substitutes, and the recorded lessons of a plan.

Absent files mean: somebody is always beside a class, nobody stands in, nothing is recorded.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tongtang.exchange.county import cells, layout, rows
from tongtang.exchange.county.damage import Damage, DamageList
from tongtang.exchange.county.folder import CountyFolder
from tongtang.exchange.county.sheet import Sheet, read_sheet
from tongtang.timetable.api import County, RecordedLesson


@dataclass(frozen=True, slots=True)
class SubstituteRow(rows.Row):
    teacher_id: str
    subject: str


@dataclass(frozen=True, slots=True)
class RecordedRow(rows.Row):
    class_id: str
    subject: str
    weekday: int
    period: int


SUBSTITUTES = layout.Table(
    "substitutes.csv",
    SubstituteRow,
    {"teacher_id": cells.identifier, "subject": layout.one_subject},
    ("teacher_id", "subject"),
    required=False,
    may_be_bare=True,
)
RECORDED = layout.Table(
    "recorded_lessons.csv",
    RecordedRow,
    {
        "class_id": cells.identifier,
        "subject": layout.one_subject,
        "weekday": cells.weekday,
        "period": cells.whole(1, 20),
    },
    ("class_id", "weekday", "period"),
    required=False,
    may_be_bare=True,
)
TABLES = (SUBSTITUTES,)
REFERENCES = {
    "teacher_id": layout.TEACHERS.file,
}


@dataclass(frozen=True)
class Options:
    """The rows of the optional files and what is wrong with those that are not the county's own."""

    facilitators: tuple[rows.FacilitatorRow, ...]
    substitutes: tuple[SubstituteRow, ...]
    recordable: tuple[rows.RecordableRow, ...]
    errors: list[Damage]


def read_options(path: Path, folder: CountyFolder) -> Options:
    """The optional files beside the county `folder` of `path`."""
    damage = DamageList()
    sheets = {table.file: read_sheet(path, table, damage) for table in TABLES}
    for file, sheet in sheets.items():
        _check_references(file, sheet, folder.sheets, damage)
    found: dict[str, tuple[Any, ...]] = {file: tuple(sheet.rows) for file, sheet in sheets.items()}
    errors = damage.listed(tuple(found))
    return Options(tuple(folder.facilitators), found[SUBSTITUTES.file], tuple(folder.recordable), errors)


def _check_references(file: str, sheet: Sheet[Any], county: Mapping[str, Sheet[rows.Row]], damage: DamageList) -> None:
    for column in sheet.table.columns:
        target = REFERENCES.get(column, "")
        if not target or not county[target].complete:
            continue
        known = county[target].ids(column)
        sentence = _("%(target)s has no row of this id; add it or correct the id.") % {"target": target}
        for row in sheet.rows:
            if getattr(row, column) not in known:
                damage.add(file, row.line, column, getattr(row, column), sentence)


def with_options(county: County, options: Options) -> County:
    """The county with its sound optional rows."""
    facilitators: dict[str, list[str]] = defaultdict(list)
    for facilitator in options.facilitators:
        facilitators[facilitator.school_id].append(facilitator.teacher_id)
    stands_in: dict[str, set[str]] = defaultdict(set)
    for substitute in options.substitutes:
        stands_in[substitute.teacher_id].add(substitute.subject)
    return replace(
        county,
        facilitators={school_id: tuple(several) for school_id, several in facilitators.items()},
        recordable={(row.class_id, row.subject): row.lessons_per_week for row in options.recordable},
        teachers={
            key: replace(one, stands_in_for=frozenset(stands_in.get(key, ()))) for key, one in county.teachers.items()
        },
    )


def read_recorded(folder: Path) -> tuple[list[RecordedLesson], list[Damage]]:
    """The recorded lessons beside a plan, none where the file is absent, and what is wrong with its cells.

    Two in one period of a class are the checker's business.
    """
    damage = DamageList()
    found: list[Any] = list(read_sheet(folder, replace(RECORDED, key=()), damage).rows)
    lessons = [RecordedLesson(row.class_id, row.subject, row.weekday, row.period, row.line) for row in found]
    return lessons, damage.listed((RECORDED.file,))
