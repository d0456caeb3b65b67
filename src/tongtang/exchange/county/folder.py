"""A whole folder: every file read, every relation checked, every finding collected."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from django.utils.translation import gettext as _

from tongtang.exchange.county import layout, rows
from tongtang.exchange.county.damage import Damage, DamageList
from tongtang.exchange.county.relations import check_broadcasts, check_county
from tongtang.exchange.county.sheet import Sheet, read_sheet
from tongtang.exchange.roster.check import PupilSheet, read_pupils


@dataclass(frozen=True)
class CountyFolder:
    """The rows of a folder by file. Where `errors` are, rows in trouble are left out: write nothing then."""

    sheets: dict[str, Sheet[rows.Row]]
    pupils: PupilSheet
    damage: DamageList

    @property
    def errors(self) -> list[Damage]:
        return self.damage.listed(layout.FILE_ORDER)

    @property
    def terms(self) -> list[rows.TermRow]:
        return cast("list[rows.TermRow]", self.sheets[layout.TERMS.file].rows)

    @property
    def bells(self) -> list[rows.PeriodRow]:
        return cast("list[rows.PeriodRow]", self.sheets[layout.BELLS.file].rows)

    @property
    def schools(self) -> list[rows.SchoolRow]:
        return cast("list[rows.SchoolRow]", self.sheets[layout.SCHOOLS.file].rows)

    @property
    def classes(self) -> list[rows.ClassRow]:
        return cast("list[rows.ClassRow]", self.sheets[layout.CLASSES.file].rows)

    @property
    def teachers(self) -> list[rows.TeacherRow]:
        return cast("list[rows.TeacherRow]", self.sheets[layout.TEACHERS.file].rows)

    @property
    def posts(self) -> list[rows.PostRow]:
        return cast("list[rows.PostRow]", self.sheets[layout.POSTS.file].rows)

    @property
    def unavailable(self) -> list[rows.UnavailableRow]:
        return cast("list[rows.UnavailableRow]", self.sheets[layout.UNAVAILABLE.file].rows)

    @property
    def blocked(self) -> list[rows.BlockedRow]:
        return cast("list[rows.BlockedRow]", self.sheets[layout.BLOCKED.file].rows)

    @property
    def studios(self) -> list[rows.StudioRow]:
        return cast("list[rows.StudioRow]", self.sheets[layout.STUDIOS.file].rows)

    @property
    def requirements(self) -> list[rows.RequirementRow]:
        return cast("list[rows.RequirementRow]", self.sheets[layout.REQUIREMENTS.file].rows)

    @property
    def facilitators(self) -> list[rows.FacilitatorRow]:
        return cast("list[rows.FacilitatorRow]", self.sheets[layout.FACILITATORS.file].rows)

    @property
    def recordable(self) -> list[rows.RecordableRow]:
        return cast("list[rows.RecordableRow]", self.sheets[layout.RECORDABLE.file].rows)

    @property
    def rules(self) -> list[rows.RuleRow]:
        return cast("list[rows.RuleRow]", self.sheets[layout.RULES.file].rows)

    @property
    def calendar(self) -> list[rows.CalendarRow]:
        return cast("list[rows.CalendarRow]", self.sheets[layout.CALENDAR.file].rows)

    @property
    def local_lessons(self) -> list[rows.LocalLessonRow] | None:
        """What schools teach their own classes; None where the folder does not say. What a class takes from the anchor
        stands in the same file, and is a reception and no local lesson."""
        sheet = self.sheets[layout.LOCAL_TIMETABLE.file]
        if sheet.absent:
            return None
        receivers = cast("list[rows.ReceiverRow]", self.sheets[layout.RECEIVERS.file].rows)
        received = {(row.class_id, row.subject) for row in receivers}
        lessons = cast("list[rows.LocalLessonRow]", sheet.rows)
        return [row for row in lessons if (row.class_id, row.subject) not in received]

    @property
    def broadcasts(self) -> list[rows.BroadcastRow]:
        """Empty unless the folder was read with `read_plan`."""
        sheet = self.sheets.get(layout.BROADCASTS.file)
        return cast("list[rows.BroadcastRow]", sheet.rows) if sheet else []


def read_county(path: Path) -> CountyFolder:
    """The county of the folder `path`, without its plan. Never raises for what is in the files."""
    damage = DamageList()
    _check_names(path, damage)
    tables = [table for table in layout.COUNTY_TABLES if table is not layout.PUPILS]
    sheets = {table.file: read_sheet(path, table, damage) for table in tables}
    pupils = read_pupils(path, damage)
    check_county(sheets, pupils, damage)
    return CountyFolder(sheets, pupils, damage)


def read_plan(path: Path) -> CountyFolder:
    """The county and the weekly plan (`broadcasts.csv`, required) of the folder `path`.

    A plan without rows is one where all is recorded; else the checker names what is missing.
    """
    county = read_county(path)
    sheet = read_sheet(path, replace(layout.BROADCASTS, may_be_bare=True), county.damage)
    sheets = {**county.sheets, layout.BROADCASTS.file: sheet}
    check_broadcasts(sheets, county.damage)
    return CountyFolder(sheets, county.pupils, county.damage)


def _check_names(path: Path, damage: DamageList) -> None:
    """A misspelled optional file would otherwise be passed over without a word."""
    known = {table.file for table in layout.COUNTY_TABLES} | layout.OTHER_FILES
    for file in sorted(entry.name for entry in path.iterdir() if entry.suffix.lower() == ".csv"):
        if file not in known:
            sentence = _("No file of a county has this name; rename it or take it out of the folder.")
            damage.add(file, 0, "", file, sentence)
