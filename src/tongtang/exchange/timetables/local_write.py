"""local_timetable.csv: whole, or the old file stays."""

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

from tongtang.timetable.api import LocalLesson

COLUMNS = ("class_id", "weekday", "period", "subject", "teacher_id")
FILE = "local_timetable.csv"


def write_local_timetable(folder: Path, lessons: Iterable[LocalLesson]) -> Path:
    """Write the lessons in the order of class, weekday and period; the file's path."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((one.class_id, one.weekday, one.period, one.subject, one.teacher_id) for one in sorted(lessons))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    waiting = folder / f".{FILE}.{os.getpid()}"
    waiting.write_text(text.getvalue(), encoding="utf-8", newline="")
    waiting.replace(path)
    return path
