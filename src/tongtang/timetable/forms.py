"""Shapes of what the addresses of the week pages may say; what has no meaning counts as not said."""

from uuid import UUID

from django.http import QueryDict

from tongtang.curriculum.api import SUBJECTS
from tongtang.foundation import clock
from tongtang.timetable.weekly import Choice
from tongtang.timetable.weeks import Week, parse_week, week_of

GRADES = 12


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


def room_in(query: QueryDict) -> int | None:
    """`?room=2`: the number of a receiving room."""
    return _number(query.get("room", ""), 999)
