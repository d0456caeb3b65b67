"""Reads a county's CSV folder into the engine's model, for the tests of the engine only."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tongtang.timetable.solver.model import (
    BellSchedule,
    Broadcast,
    County,
    Limits,
    Period,
    Requirement,
    Rules,
    School,
    SchoolClass,
    Studio,
    Teacher,
    Term,
    Unavailability,
)

FIXTURES = Path(__file__).parents[4] / "tests" / "fixtures"


@dataclass(frozen=True)
class Folder:
    county: County
    term: Term
    broadcasts: tuple[Broadcast, ...]


def minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def read_folder(path: Path) -> Folder:
    term = _rows(path, "terms")[0]
    return Folder(
        county=_county(path),
        term=Term(date.fromisoformat(term["first_day"]), date.fromisoformat(term["last_day"])),
        broadcasts=_broadcasts(path) if (path / "broadcasts.csv").exists() else (),
    )


def _rows(path: Path, name: str) -> list[dict[str, str]]:
    with open(path / f"{name}.csv", encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def _county(path: Path) -> County:
    return County(
        bells=_bells(path),
        schools={
            r["school_id"]: School(r["school_id"], r["bell_id"], int(r["receiving_rooms"]), int(r["max_streams"]))
            for r in _rows(path, "schools")
        },
        classes=_classes(path),
        teachers=_teachers(path),
        studios={r["studio_id"]: Studio(r["studio_id"], r["school_id"]) for r in _rows(path, "studios")},
        requirements=tuple(
            Requirement(r["class_id"], r["subject"], int(r["lessons_per_week"])) for r in _rows(path, "requirements")
        ),
        rules=_rules(path),
    )


def _bells(path: Path) -> dict[str, BellSchedule]:
    periods: dict[str, list[Period]] = {}
    for row in _rows(path, "bells"):
        period = Period(int(row["period"]), minutes(row["start"]), minutes(row["end"]))
        periods.setdefault(row["bell_id"], []).append(period)
    return {bell_id: BellSchedule(bell_id, tuple(each)) for bell_id, each in periods.items()}


def _classes(path: Path) -> dict[str, SchoolClass]:
    blocked: dict[str, set[tuple[int, int]]] = {}
    for row in _rows(path, "class_blocked"):
        blocked.setdefault(row["class_id"], set()).add((int(row["weekday"]), int(row["period"])))
    return {
        r["class_id"]: SchoolClass(
            r["class_id"],
            r["school_id"],
            tuple(int(grade) for grade in r["grades"].split(";")),
            int(r["pupils"]),
            frozenset(blocked.get(r["class_id"], ())),
        )
        for r in _rows(path, "classes")
    }


def _teachers(path: Path) -> dict[str, Teacher]:
    away: dict[str, list[Unavailability]] = {}
    for row in _rows(path, "teacher_unavailable"):
        span = Unavailability(int(row["weekday"]), minutes(row["start"]), minutes(row["end"]))
        away.setdefault(row["teacher_id"], []).append(span)
    return {
        r["teacher_id"]: Teacher(
            r["teacher_id"],
            frozenset(r["subjects"].split(";")),
            int(r["weekly_cap"]),
            tuple(away.get(r["teacher_id"], ())),
        )
        for r in _rows(path, "teachers")
    }


def _rules(path: Path) -> Rules:
    value = {row["rule"]: row["value"] for row in _rows(path, "rules")}
    bands = [band.split("-") for band in value["grade_bands"].split("|")]
    return Rules(
        lesson_minutes=int(value["lesson_minutes"]),
        start_tolerance_minutes=int(value["start_tolerance_minutes"]),
        changeover_minutes=int(value["changeover_minutes"]),
        limits=Limits(
            max_classes=int(value["max_classes_per_broadcast"]),
            max_pupils=int(value["max_pupils_per_broadcast"]),
            grade_bands=tuple((int(low), int(high)) for low, high in bands),
        ),
        same_subject_per_class_and_day=int(value["same_subject_per_class_and_day"]),
        group_is_stable=value["group_is_stable"] == "1",
    )


def _broadcasts(path: Path) -> tuple[Broadcast, ...]:
    return tuple(
        Broadcast(
            group_id=r["group_id"],
            subject=r["subject"],
            teacher_id=r["teacher_id"],
            studio_id=r["studio_id"],
            weekday=int(r["weekday"]),
            start=minutes(r["start"]),
            class_ids=tuple(r["class_ids"].split(";")),
            line=line,
        )
        for line, r in enumerate(_rows(path, "broadcasts"), 2)
    )
