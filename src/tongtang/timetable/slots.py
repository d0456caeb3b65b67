"""The next free periods for a make-up: pure functions over what is taken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class OpenPeriod:
    """A period of the class's bell on a day that the class has not given away."""

    day: date
    number: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Taken:
    """Half-open spans in which somebody or something is taken; studios and rooms by their ids.

    A teacher's and a studio's spans end with their changeover. `lessons`: what the class's school receives, of which
    its link carries `streams` at once.
    """

    home_class: Sequence[Span]
    teacher: Sequence[Span]
    studios: Mapping[int, Sequence[Span]]
    rooms: Mapping[int, Sequence[Span]]
    lessons: Sequence[Span]
    streams: int


@dataclass(frozen=True)
class Slot:
    """A period in which a lesson fits, with a studio and a room that are free."""

    period: OpenPeriod
    studio_id: int
    room_id: int


def overlaps(span: Span, taken: Iterable[Span]) -> bool:
    """Whether a half-open span touches one of `taken`."""
    return any(start < span[1] and span[0] < end for start, end in taken)


def at_once(span: Span, running: Iterable[Span]) -> int:
    """How many of `running` share the fullest moment of a half-open span."""
    beside = [one for one in running if overlaps(span, [one])]
    moments = [max(span[0], start) for start, _end in beside]
    return max((sum(start <= moment < end for start, end in beside) for moment in moments), default=0)


def _first_free(span: Span, by_id: Mapping[int, Sequence[Span]]) -> int | None:
    return next((key for key, taken in by_id.items() if not overlaps(span, taken)), None)


def free_slots(
    periods: Iterable[OpenPeriod], taken: Taken, *, length: timedelta, changeover: timedelta, limit: int
) -> list[Slot]:
    """The first `limit` periods, in their order, in which a lesson of `length` fits for everybody."""
    found: list[Slot] = []
    for period in periods:
        if len(found) == limit:
            break
        lesson = (period.starts_at, period.starts_at + length)
        busy = (lesson[0], lesson[1] + changeover)
        if lesson[1] > period.ends_at or overlaps(lesson, taken.home_class) or overlaps(busy, taken.teacher):
            continue
        if at_once(lesson, taken.lessons) >= taken.streams:
            continue
        studio, room = _first_free(busy, taken.studios), _first_free(lesson, taken.rooms)
        if studio is not None and room is not None:
            found.append(Slot(period, studio, room))
    return found
