"""Publishing the plan of a folder: read, compare with the county, check, publish; or refuse and write nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.alliances import api as alliances
from tongtang.exchange.county.apply import FolderRefused, Report, write_folder
from tongtang.exchange.county.folder import read_plan
from tongtang.exchange.county.rows import BroadcastRow
from tongtang.exchange.timetables.county_options import Options, read_options, read_recorded
from tongtang.timetable import api as timetable


@dataclass
class Outcome:
    """What publishing did, or why it did nothing; numbers of dated lessons."""

    starts: date
    published: int = 0
    unchanged: int = 0
    added: int = 0
    moved: int = 0
    removed: int = 0
    violations: list[dict[str, object]] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Exactly published, unchanged, added, moved, removed, from and violations."""
        counts = {name: getattr(self, name) for name in ("published", "unchanged", "added", "moved", "removed")}
        return {**counts, "from": self.starts.isoformat(), "violations": self.violations}

    def refuse(self, rule: str, rows: Sequence[str], sentence: str) -> None:
        """One more reason."""
        self.violations.append({"rule": rule, "rows": list(rows), "sentence": sentence})


class _TakenBack(Exception):
    """Ends the transaction without writing."""


def publish_folder(path: Path, starts: date, county: int | None = None) -> Outcome:
    """Publish `broadcasts.csv` of the folder `path` from `starts` on.

    The plan is checked against the county files beside it; they must be what is loaded already.

    Raises:
        DivisionsMissing: no division is loaded.
    """
    outcome = Outcome(starts)
    folder = read_plan(path)
    options = read_options(path, folder)
    report = Report()
    try:
        with transaction.atomic():
            write_folder(folder, county, report)
            broadcasts = [_broadcast(row) for row in folder.broadcasts]
            recorded = _recorded(path, options, outcome)
            if not outcome.violations:
                _publish(broadcasts, recorded, report, outcome)
            if outcome.violations:
                raise _TakenBack
    except FolderRefused:
        for damage in folder.errors:
            place = f"{damage.file}:{damage.line}" if damage.line else damage.file
            outcome.refuse("file", [f"{place} {damage.column}".strip()], damage.message)
    except _TakenBack:
        outcome = Outcome(starts, violations=outcome.violations)
    return outcome


def _recorded(path: Path, options: Options, outcome: Outcome) -> list[timetable.RecordedLesson]:
    """What classes watch recorded; what is wrong with these and the other optional files is refused."""
    recorded, damaged = read_recorded(path)
    for damage in (*options.errors, *damaged):
        outcome.refuse("file", [f"{damage.file}:{damage.line} {damage.column}".strip()], damage.message)
    return recorded


def _refuse_all(outcome: Outcome, violations: Sequence[timetable.Violation]) -> None:
    for violation in violations:
        rows = [timetable.row_text(row.table, row.id, row.line) for row in violation.rows]
        outcome.refuse(str(violation.rule), rows, timetable.sentence_of(violation))


def _broadcast(row: BroadcastRow) -> timetable.Broadcast:
    return timetable.Broadcast(
        group_id=row.group_id,
        subject=row.subject,
        teacher_id=row.teacher_id,
        studio_id=row.studio_id,
        weekday=row.weekday,
        start=row.start.hour * 60 + row.start.minute,
        class_ids=row.class_ids,
        line=row.line,
        every_weeks=row.every_weeks,
        week=row.week,
    )


def _publish(
    broadcasts: list[timetable.Broadcast],
    recorded: list[timetable.RecordedLesson],
    report: Report,
    outcome: Outcome,
) -> None:
    try:
        alliance = timetable.gathered_alliance(broadcasts, report.county_code, outcome.starts, recorded)
        found = timetable.publish_plan(
            actor=None,
            alliance=alliance,
            county_code=report.county_code,
            broadcasts=broadcasts,
            starts=outcome.starts,
            recorded=recorded,
        )
    except (timetable.Refused, alliances.Refused) as refused:
        outcome.refuse("refused", [], str(refused))
        return
    _refuse_all(outcome, found.violations)
    if report.is_news and not outcome.violations:
        sentence = _("The county's files in this folder are not what is loaded. Run `tongtang load-county` first.")
        outcome.refuse("not_loaded", [], sentence)
    for name in ("published", "unchanged", "added", "moved", "removed"):
        setattr(outcome, name, getattr(found, name))
