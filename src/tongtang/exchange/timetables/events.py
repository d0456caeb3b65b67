"""Event files: one JSON object, a list of them, or {"events": [...]}; each cell refused with its own sentence."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tongtang.exchange.county import cells
from tongtang.timetable.api import DayTransfer, Event, LessonMoved, LineDown, RoomLost, TeacherAway, WholeSchool

MOST_DAYS = 366
MOST_BYTES = 1024 * 1024
KINDS = ("teacher_away", "line_down", "room_lost", "lesson_moved", "day_transfer")


class BadEvent(ValueError):
    """The file cannot be used; the argument is the sentence for the reader."""


def read_events(path: Path, schools: Sequence[WholeSchool]) -> list[Event]:
    """The events of the file. Raises BadEvent."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadEvent(_("The event file is larger than 1 MB; write fewer events."))
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except BadEvent:
        raise
    except OSError as error:
        raise BadEvent(_("The event file cannot be opened (%(reason)s).") % {"reason": error.strerror}) from error
    except (ValueError, RecursionError) as error:
        raise BadEvent(_("The event file is not JSON (%(reason)s); write it anew.") % {"reason": error}) from error
    if isinstance(found, dict) and isinstance(found.get("events"), list):
        found = found["events"]
    rows = found if isinstance(found, list) else [found]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise BadEvent(_("An event is a JSON object with a kind; write one or a list of them."))
    return [_event(row, schools) for row in rows]


def _event(row: Mapping[str, Any], schools: Sequence[WholeSchool]) -> Event:
    kind = row.get("kind")
    if kind == "teacher_away":
        known = {one for whole in schools for one in whole.teachers}
        teacher_id = _known(row, "teacher_id", known)
        return TeacherAway(teacher_id, *_span(row), *_clocks(row))
    if kind == "line_down":
        streams = _whole(row, "max_streams", 0, 200) if row.get("max_streams") is not None else 0
        return LineDown(_school(row, schools), *_span(row), *_clocks(row), streams)
    if kind == "room_lost":
        return RoomLost(_school(row, schools), _whole(row, "rooms", 1, 200), *_span(row))
    if kind == "lesson_moved":
        known = {one.anchor_lesson_id for whole in schools for one in whole.anchors}
        anchor = _known(row, "anchor_lesson_id", known)
        return LessonMoved(anchor, _date(row, "date"), _date(row, "to_date"), _clock(row, "start"))
    if kind == "day_transfer":
        return DayTransfer(_date(row, "date"), _whole(row, "as_weekday", 1, 7))
    sentence = _("There is no kind of event %(kind)s; known are %(kinds)s.")
    raise BadEvent(sentence % {"kind": kind, "kinds": ", ".join(KINDS)})


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise BadEvent(_("The event has no usable %(name)s; add it.") % {"name": name})
    return str(value)


def _parsed(row: Mapping[str, Any], name: str, parser: cells.Parser) -> Any:
    try:
        return parser(_text(row, name))
    except cells.BadCell as refusal:
        raise BadEvent(f"{name}: {refusal}") from refusal


def _known(row: Mapping[str, Any], name: str, known: set[str]) -> str:
    value = _text(row, name)
    if value not in known:
        raise BadEvent(_("The folder has no %(name)s %(value)s; correct the id.") % {"name": name, "value": value})
    return value


def _school(row: Mapping[str, Any], schools: Sequence[WholeSchool]) -> str:
    return _known(row, "school_id", {whole.school_id for whole in schools})


def _whole(row: Mapping[str, Any], name: str, low: int, high: int) -> int:
    number: int = _parsed(row, name, cells.whole(low, high))
    return number


def _date(row: Mapping[str, Any], name: str) -> date:
    day: date = _parsed(row, name, cells.civil_date)
    return day


def _span(row: Mapping[str, Any]) -> tuple[date, date]:
    first, last = _date(row, "date_from"), _date(row, "date_to")
    if not 0 <= (last - first).days < MOST_DAYS:
        raise BadEvent(_("The event ends before it begins or lasts longer than a year; correct a date."))
    return first, last


def _clock(row: Mapping[str, Any], name: str) -> int:
    moment = _parsed(row, name, cells.clock)
    minutes: int = moment.hour * 60 + moment.minute
    return minutes


def _clocks(row: Mapping[str, Any]) -> tuple[int, int]:
    """The span of the clock; the whole day where the event names none."""
    start = _clock(row, "start") if row.get("start") is not None else 0
    end = _clock(row, "end") if row.get("end") is not None else 24 * 60
    if end <= start:
        raise BadEvent(_("The event's end lies before its start; correct one of the two times."))
    return start, end
