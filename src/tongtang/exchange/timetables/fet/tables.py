"""A FET file as two CSV tables: its activities with their places in the timetable, its constraints by kind."""

import csv
from pathlib import Path
from typing import Final

from tongtang.exchange.timetables.fet.reader import FetFile
from tongtang.timetable.api import classic

ACTIVITIES: Final = ("activity_id", "subject", "teachers", "students", "duration", "day", "hour", "room")
CONSTRAINTS: Final = ("kind", "count", "covered")


def write_tables(fet: FetFile, timetable: classic.Timetable, folder: Path) -> None:
    """activities.csv and constraints.csv; day, hour and room are empty where the timetable has no place."""
    folder.mkdir(parents=True, exist_ok=True)
    hours = fet.institution.hours
    with (folder / "activities.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(ACTIVITIES)
        for number, tagged in sorted(fet.named.items()):
            own, placed = tagged.activity, timetable.get(number)
            people = ["+".join(own.teachers), "+".join(own.students)]
            where = ["", "", ""]
            if placed is not None:
                day, hour = divmod(placed.start, len(hours))
                where = [fet.institution.days[day], hours[hour], placed.room or ""]
            rows.writerow([number, tagged.subject, *people, own.duration, *where])
    unknown = {one.kind: one.count for one in fet.uncovered}
    with (folder / "constraints.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(CONSTRAINTS)
        kinds = {**unknown, **fet.kinds}
        for kind, count in sorted(kinds.items()):
            rows.writerow([kind, count, count - unknown.get(kind, 0)])
