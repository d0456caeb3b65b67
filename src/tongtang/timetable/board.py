"""The wall screen of a school: the lessons of its rooms for a week ahead; the clock says what of them is shown.

The page holds more than it shows, so that it goes on without a link (`frontend/islands/board.ts` chooses by the clock).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID

import segno
from django.utils.safestring import SafeString, mark_safe

from tongtang.access.api import Actor
from tongtang.foundation import clock
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import ReceivingRoom, School
from tongtang.timetable.page import title_of
from tongtang.timetable.weekly import SHOWN, Entry, entry_of

# As many rows as the screen holds at the size that pupils read.
ROWS = 6
ENTER_BEFORE = timedelta(minutes=10)
# Today and seven more: a page that was fetched in the evening still has the seventh day after it.
DAYS = 8


@dataclass(frozen=True)
class Line:
    """One reception."""

    reception: UUID
    room: int
    title: str
    home_class: str
    teacher: str
    school: str
    day: date
    starts_at: datetime
    ends_at: datetime
    state: str
    cancelled: bool
    make_up: bool
    recorded: bool

    @property
    def enters_at(self) -> datetime:
        """From when the classroom may enter."""
        return self.starts_at - ENTER_BEFORE

    @property
    def over(self) -> bool:
        """Whether it is over before its time."""
        return self.cancelled or self.state == Lesson.State.ENDED


@dataclass(frozen=True)
class Day:
    """A civil day from its midnight on, with all lessons of the school."""

    day: date
    starts_at: datetime
    lines: Sequence[Line]


@dataclass(frozen=True)
class Board:
    """`coming`: what may still be received in `room`, the earliest first; where the week has none, one later."""

    now: datetime
    rooms: Sequence[int]
    room: int | None
    days: Sequence[Day]
    coming: Sequence[Line]
    rows: int = ROWS

    @property
    def today(self) -> date:
        return self.days[0].day

    @property
    def version(self) -> str:
        """Changes with whatever the page holds; that time passes changes nothing until midnight."""
        beyond = [line for line in self.coming if line.day > self.days[-1].day]
        return hashlib.sha256(repr((self.rooms, self.room, self.days, beyond)).encode()).hexdigest()[:16]


def _line(row: Reception) -> Line:
    entry: Entry = entry_of(row, row.home_class_id)
    return Line(
        reception=row.public_id,
        room=row.room.number,
        title=title_of(entry),
        home_class=entry.home_class,
        teacher=entry.teacher,
        school=entry.school,
        day=row.date,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=row.lesson.state,
        cancelled=entry.cancelled,
        make_up=row.lesson.origin == Lesson.Origin.MAKE_UP,
        recorded=entry.recorded,
    )


def _rooms(school: School) -> list[ReceivingRoom]:
    return list(school.receiving_rooms.filter(ended_on=None))


def _chosen(actor: Actor, rooms: Sequence[ReceivingRoom], wanted: int | None) -> ReceivingRoom | None:
    """A device stands in its room; a person chooses one, else the first."""
    if actor.device is not None and actor.person_id is None:
        return next((room for room in rooms if room.pk == actor.device.room_id), None)
    return next((room for room in rooms if room.number == wanted), rooms[0] if rooms else None)


def board_of(actor: Actor, school: School, wanted: int | None) -> Board:
    """The screen of a school from now on. Two queries, one more where the room has nothing left in the week."""
    now, today = clock.now(), clock.today()
    rooms = _rooms(school)
    room = _chosen(actor, rooms, wanted)
    days = [today + timedelta(days=offset) for offset in range(DAYS)]
    receptions = Reception.objects.filter(SHOWN, school=school).select_related(
        "lesson__teacher", "lesson__shows__teacher", "lesson__school", "home_class", "room", "facilitator"
    )
    rows = receptions.filter(date__range=(today, days[-1])).order_by("starts_at", "room__number", "pk")
    lines = [_line(row) for row in rows]
    coming = [line for line in lines if room and line.room == room.number and not line.over and line.ends_at > now]
    if not coming and room is not None:
        later = receptions.filter(active=True, room=room, date__gt=days[-1], lesson__active=True).order_by("starts_at")
        coming = [_line(row) for row in later[:1]]
    return Board(
        now=now,
        rooms=[one.number for one in rooms],
        room=room.number if room else None,
        days=[Day(day, clock.at(day, time()), [line for line in lines if line.day == day]) for day in days],
        coming=coming,
    )


@lru_cache(maxsize=512)
def code_of(address: str) -> SafeString:
    """A QR code of `address` as inline SVG, dark on white; the phone still asks for the local teacher's sign-in."""
    drawn = segno.make(address, error="m", micro=False)
    return mark_safe(drawn.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None))  # noqa: S308 - drawn by segno
