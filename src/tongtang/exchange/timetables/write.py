"""Timetables into files: whole or not at all, in the columns that the readers take."""

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from tongtang.exchange.county import layout
from tongtang.exchange.timetables.county_options import RECORDED
from tongtang.timetable.api import Broadcast, Facilitation, RecordedLesson, clock_text

FACILITATIONS = "facilitations.csv"


def write_table(file: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV file of UTF-8 with LF. A reader sees the file before or after, never half of it. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with open(draft, "w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def write_broadcasts(folder: Path, broadcasts: Iterable[Broadcast]) -> Path:
    """`broadcasts.csv` in `folder`, in the order of groups and clock; the weeks of cycles only where there are any.

    Raises OSError.
    """
    file = folder / layout.BROADCASTS.file
    ordered = sorted(broadcasts, key=lambda each: (each.group_id, each.weekday, each.start, each.week))
    columns: tuple[str, ...] = tuple(layout.BROADCASTS.columns)
    if all(each.every_weeks == 1 for each in ordered):
        write_table(file, columns, map(_cells, ordered))
    else:
        columns += tuple(layout.BROADCASTS.optional)
        write_table(file, columns, ((*_cells(each), each.every_weeks, each.week) for each in ordered))
    return file


def write_recorded(folder: Path, recorded: Iterable[RecordedLesson]) -> None:
    """`recorded_lessons.csv` in `folder`. Raises OSError."""
    rows = sorted((each.class_id, each.weekday, each.period, each.subject) for each in recorded)
    table = [(class_id, subject, weekday, period) for class_id, weekday, period, subject in rows]
    write_table(folder / RECORDED.file, tuple(RECORDED.columns), table)


def write_facilitations(folder: Path, found: Iterable[Facilitation]) -> None:
    """`facilitations.csv` in `folder`: who is beside which class; the weeks of cycles only where there are any.

    Raises OSError.
    """
    rows = list(found)
    columns: tuple[str, ...] = ("class_id", "subject", "weekday", "start", "teacher_id")
    table: list[tuple[object, ...]] = [
        (each.class_id, each.subject, each.weekday, clock_text(each.start), each.teacher_id) for each in rows
    ]
    if any(each.every_weeks > 1 for each in rows):
        columns += tuple(layout.BROADCASTS.optional)
        table = [(*cells, each.every_weeks, each.week) for cells, each in zip(table, rows, strict=True)]
    write_table(folder / FACILITATIONS, columns, table)


def _cells(row: Broadcast) -> tuple[object, ...]:
    classes = ";".join(row.class_ids)
    return row.group_id, row.subject, row.teacher_id, row.studio_id, row.weekday, clock_text(row.start), classes
