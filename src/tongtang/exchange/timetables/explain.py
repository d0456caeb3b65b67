"""What `explanation` of the timetable commands says, with the names that the folder has and the rows of its files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from tongtang.exchange.county import layout
from tongtang.exchange.county.damage import DamageList
from tongtang.exchange.county.sheet import read_sheet
from tongtang.timetable.api import (
    BellSchedule,
    County,
    LocalLesson,
    WeeklyAnswer,
    WholeSchool,
    Words,
    county_explanation,
    fallback_explanation,
    fit_of,
    school_explanation,
)

SECONDS = 4.0
"""For all explanations of one command; the wishes of solved schools take none of it."""
NAMED = (layout.SCHOOLS, layout.CLASSES, layout.TEACHERS)
FIRST_SECONDS = 1.0
"""At least this for each school without a week."""


def explain_county_folder(path: Path, county: County, answer: WeeklyAnswer) -> list[dict[str, Any]]:
    """Why the county has no plan; empty where it has one."""
    if answer.broadcasts:
        return []
    bells = {one.class_id: county.bell_of(one) for one in county.classes.values()}
    return county_explanation(county, answer, _words(path, bells), SECONDS)


def explain_schools_folder(
    path: Path, schools: Iterable[WholeSchool], weeks: Mapping[str, Sequence[LocalLesson] | None]
) -> list[dict[str, Any]]:
    """Why schools have no week (None), and which stated wishes the others cannot keep; only those in `weeks`."""
    told = [whole for whole in schools if whole.school_id in weeks]
    words = _words(path, {class_id: whole.bell for whole in told for class_id in whole.classes})
    deadline, found = monotonic() + SECONDS, list[dict[str, Any]]()
    for whole in sorted(told, key=lambda one: weeks[one.school_id] is not None):
        lessons = weeks[whole.school_id]
        seconds = max(FIRST_SECONDS, deadline - monotonic())
        for item in school_explanation(whole, lessons or (), words, seconds):
            found.append({**item, "changes": _resolved(path, whole, item["changes"])})
    return found


def explain_fallbacks(path: Path, fallbacks: Iterable[tuple[Mapping[str, Any], bool]]) -> list[dict[str, Any]]:
    """Why each lesson was not simply moved; with each whether its week is proven to be the best."""
    words = _words(path, {})
    return [fallback_explanation(fallback, words, proven=proven) for fallback, proven in fallbacks]


def _words(path: Path, bells: Mapping[str, BellSchedule]) -> Words:
    names: dict[str, str] = {}
    schools: dict[str, str] = {}
    for table in NAMED:
        sheet = read_sheet(path, table, DamageList())
        key = table.key[0]
        names |= {getattr(row, key): getattr(row, "name") for row in sheet.rows}  # noqa: B009 - one of three row types
        if table is layout.CLASSES:
            schools = {getattr(row, key): getattr(row, "school_id") for row in sheet.rows}  # noqa: B009

    def clocks(class_id: str, period: int) -> tuple[int, int] | None:
        bell = bells.get(class_id)
        return next(((one.start, one.end) for one in bell.periods if one.number == period), None) if bell else None

    return Words(names, schools, clocks)


def _resolved(path: Path, whole: WholeSchool, changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A class that leaves a broadcast, as changes of the rows that name it."""
    found: list[dict[str, Any]] = []
    for change in changes:
        if change["file"] != layout.BROADCASTS.file:
            found.append(change)
            continue
        key = change["row"]
        for row in read_sheet(path, replace(layout.BROADCASTS, required=False), DamageList()).rows:
            ids: tuple[str, ...] = row.class_ids  # type: ignore[attr-defined]
            start = row.start.hour * 60 + row.start.minute  # type: ignore[attr-defined]
            here = str(row.weekday) == key["weekday"] and str(fit_of(whole, start)) == key["period"]  # type: ignore[attr-defined]
            if here and key["class_id"] in ids:
                found.append(_left(row, ids, key["class_id"]))
    return found


def _left(row: Any, ids: tuple[str, ...], class_id: str) -> dict[str, Any]:
    key = {"group_id": row.group_id, "weekday": str(row.weekday), "start": f"{row.start:%H:%M}"}
    others = [one for one in ids if one != class_id]
    before, file = ";".join(ids), layout.BROADCASTS.file
    if not others:
        return {"file": file, "row": key, "column": None, "from": {**key, "class_ids": before}, "to": None}
    return {"file": file, "row": key, "column": "class_ids", "from": before, "to": ";".join(others)}
