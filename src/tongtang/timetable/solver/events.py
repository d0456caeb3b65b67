"""What upsets single weeks, dated; the weekly timetable itself is never touched."""

from dataclasses import dataclass
from datetime import date, timedelta

DAY_END = 24 * 60


@dataclass(frozen=True, slots=True)
class TeacherAway:
    teacher_id: str
    first: date
    last: date
    start: int = 0
    end: int = DAY_END


@dataclass(frozen=True, slots=True)
class LineDown:
    """The link carries only `streams` lessons at once within the span of the clock: nothing is received live with 0."""

    school_id: str
    first: date
    last: date
    start: int = 0
    end: int = DAY_END
    streams: int = 0


@dataclass(frozen=True, slots=True)
class RoomLost:
    school_id: str
    rooms: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class LessonMoved:
    """The anchor's lesson of the week of `day` happens on `to_day` at `start`."""

    anchor_lesson_id: str
    day: date
    to_day: date
    start: int


@dataclass(frozen=True, slots=True)
class DayTransfer:
    """On `day` the lessons of `as_weekday` are held, and no others."""

    day: date
    as_weekday: int


Event = TeacherAway | LineDown | RoomLost | LessonMoved | DayTransfer


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
