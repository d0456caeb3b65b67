"""Shapes of what the addresses of the week pages may say; what has no meaning counts as not said."""

from datetime import date, datetime
from uuid import UUID

from django.http import QueryDict

from tongtang.curriculum.api import SUBJECTS
from tongtang.foundation import clock
from tongtang.timetable.alliance_week import Chosen
from tongtang.timetable.weekly import Choice
from tongtang.timetable.weeks import Week, parse_week, week_of

GRADES = 12
FILTERS = ("subject", "grade", "teacher", "school")
"""The filters of an alliance's week, by their names in the address."""
FIRST_YEAR, LAST_YEAR = 2000, 2100


def week_in(query: QueryDict) -> Week:
    """`?week=2026-W37`, else the present week."""
    return parse_week(query.get("week", "")) or week_of(clock.today())


def _number(text: str, highest: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text[:15]) <= highest else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def choice_in(query: QueryDict) -> Choice:
    """`?subject=music&grade=3&township=421223100000&school=UUID`."""
    subject = query.get("subject", "")
    return Choice(
        subject=subject if subject in SUBJECTS else "",
        grade=_number(query.get("grade", ""), GRADES),
        township=_number(query.get("township", ""), 10**12),
        school=_uuid(query.get("school", "")),
    )


def chosen_in(query: QueryDict) -> Chosen:
    """`?subject=music&grade=3&teacher=UUID&school=UUID`: the filters of an alliance's week."""
    subject = query.get("subject", "")
    return Chosen(
        subject=subject if subject in SUBJECTS else "",
        grade=_number(query.get("grade", ""), GRADES),
        teacher=_uuid(query.get("teacher", "")),
        school=_uuid(query.get("school", "")),
    )


def uuid_in(query: QueryDict, name: str) -> UUID | None:
    """A public id in the address."""
    return _uuid(query.get(name, ""))


def moment_in(query: QueryDict, name: str) -> datetime | None:
    """`?to=2026-04-16T14:00`: a wall-clock time."""
    try:
        wall = datetime.fromisoformat(query.get(name, ""))
    except ValueError:
        return None
    inside = FIRST_YEAR <= wall.year <= LAST_YEAR and wall.tzinfo is None
    return clock.at(wall.date(), wall.time()) if inside else None


def day_in(query: QueryDict, name: str) -> date | None:
    """`?from=2026-04-16`."""
    try:
        day = date.fromisoformat(query.get(name, ""))
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def room_in(query: QueryDict) -> int | None:
    """`?room=2`: the number of a receiving room."""
    return _number(query.get("room", ""), 999)
