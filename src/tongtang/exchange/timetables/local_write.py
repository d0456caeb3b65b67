"""local_timetable.csv: whole, or the old file stays."""

from collections.abc import Iterable
from pathlib import Path

from tongtang.exchange.timetables.write import write_table
from tongtang.timetable.api import LocalLesson

COLUMNS = ("class_id", "weekday", "period", "subject", "teacher_id")
FILE = "local_timetable.csv"


def write_local_timetable(folder: Path, lessons: Iterable[LocalLesson]) -> Path:
    """Write the lessons in the order of class, weekday and period; the file's path. Raises OSError."""
    path = folder / FILE
    rows = ((one.class_id, one.weekday, one.period, one.subject, one.teacher_id) for one in sorted(lessons))
    write_table(path, COLUMNS, rows)
    return path
