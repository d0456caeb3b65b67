"""What `explanation` of the timetable commands says, with the names that the folder has and the rows of its files."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tongtang.exchange.county import layout
from tongtang.exchange.county.damage import DamageList
from tongtang.exchange.county.sheet import read_sheet
from tongtang.exchange.timetables.county_options import RECORDED
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

SECONDS = 60.0
"""The last guard of one explanation, far beyond its work: what it cuts off is told."""
NAMED = (layout.SCHOOLS, layout.CLASSES, layout.TEACHERS)
LOOKED_AT, BRIEFLY = 3, 0.25
"""So many schools without a week are searched for reasons with all the work, every further one with this part of it."""
Items = list[dict[str, Any]]


def explain_county_folder(path: Path, county: County, answer: WeeklyAnswer) -> list[dict[str, Any]]:
    """Why the county has no plan; empty where it has one."""
    if answer.is_plan:
        return []
    bells = {one.class_id: county.bell_of(one) for one in county.classes.values()}
    found = county_explanation(county, answer, _words(path, bells), SECONDS)
    stated = {row.rule for row in read_sheet(path, layout.RULES, DamageList()).rows}  # type: ignore[attr-defined]
    return [{**item, "changes": [_of_rules(stated, change) for change in item["changes"]]} for item in found]


def _of_rules(stated: Collection[str], change: dict[str, Any]) -> dict[str, Any]:
    """A rule that the file does not state comes as a row."""
    if change["file"] != layout.RULES.file or change["row"]["rule"] in stated:
        return change
    row = {**change["row"], "value": change["to"]}
    return {"file": change["file"], "row": row, "column": None, "from": None, "to": row}


def schools_explainer(path: Path, schools: Iterable[WholeSchool]) -> Callable[[str, Sequence[LocalLesson]], Items]:
    """Told of a school and its week, one after another: why it has none, or which stated wishes the week cannot keep.

    The same schools in the same order have the same explanations on every machine.
    """
    by_id = {whole.school_id: whole for whole in schools}
    words = _words(path, {class_id: whole.bell for whole in by_id.values() for class_id in whole.classes})
    without_week: list[str] = []

    def explained(school_id: str, lessons: Sequence[LocalLesson]) -> Items:
        if not lessons:
            without_week.append(school_id)
        whole, part = by_id[school_id], 1.0 if len(without_week) <= LOOKED_AT else BRIEFLY
        found = school_explanation(whole, lessons, words, SECONDS, part)
        return [{**item, "changes": _resolved(path, whole, item["changes"])} for item in found]

    return explained


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
    """A class that leaves a broadcast or a recorded lesson, as changes of the rows that name it."""
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
        shown = {name: key[name] for name in ("class_id", "weekday", "period")}
        for row in read_sheet(path, RECORDED, DamageList()).rows:
            if all(str(getattr(row, name)) == value for name, value in shown.items()):
                found.append({"file": RECORDED.file, "row": shown, "column": None, "from": shown, "to": None})
    return found


def _left(row: Any, ids: tuple[str, ...], class_id: str) -> dict[str, Any]:
    key = {"group_id": row.group_id, "weekday": str(row.weekday), "start": f"{row.start:%H:%M}"}
    others = [one for one in ids if one != class_id]
    before, file = ";".join(ids), layout.BROADCASTS.file
    if not others:
        return {"file": file, "row": key, "column": None, "from": {**key, "class_ids": before}, "to": None}
    return {"file": file, "row": key, "column": "class_ids", "from": before, "to": ";".join(others)}
