"""The wall screen of a school: today's lessons of its rooms, what comes now or next in one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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


@dataclass(frozen=True)
class Line:
    """One reception of the day."""

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

    def enters_at(self) -> datetime:
        """From when the classroom may enter."""
        return self.starts_at - ENTER_BEFORE

    def over(self, now: datetime) -> bool:
        """Whether it can no longer be received."""
        return self.cancelled or self.state == Lesson.State.ENDED or self.ends_at <= now


@dataclass(frozen=True)
class Board:
    """`lines`: the rows that fit, `earlier`, `later`: how many do not; `next` of `room`: now, next or a later day."""

    day: date
    now: datetime
    rooms: Sequence[int]
    room: int | None
    lines: Sequence[Line]
    earlier: int
    later: int
    next: Line | None
    changes_at: datetime

    @property
    def open(self) -> bool:
        """Whether the next lesson of the room may be entered."""
        return self.next is not None and self.next.enters_at() <= self.now

    @property
    def running(self) -> bool:
        return self.next is not None and self.next.starts_at <= self.now

    @property
    def later_day(self) -> bool:
        return self.next is not None and self.next.day != self.day


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
    )


def _rooms(school: School) -> list[ReceivingRoom]:
    return list(school.receiving_rooms.filter(ended_on=None))


def _chosen(actor: Actor, rooms: Sequence[ReceivingRoom], wanted: int | None) -> ReceivingRoom | None:
    """A device stands in its room; a person chooses one, else the first."""
    if actor.device is not None and actor.person_id is None:
        return next((room for room in rooms if room.pk == actor.device.room_id), None)
    return next((room for room in rooms if room.number == wanted), rooms[0] if rooms else None)


def _window(lines: Sequence[Line], now: datetime) -> tuple[int, int]:
    """The slice of the day that the screen shows, from the last one that is over: what runs is never cut off."""
    over = sum(1 for line in lines if line.over(now))
    first = max(0, min(over - 1, len(lines) - ROWS))
    return first, min(len(lines), first + ROWS)


def board_of(actor: Actor, school: School, wanted: int | None) -> Board:
    """The screen of a school now. Three queries, one more where the room has nothing left today."""
    now, today = clock.now(), clock.today()
    rooms = _rooms(school)
    room = _chosen(actor, rooms, wanted)
    receptions = Reception.objects.filter(SHOWN, school=school).select_related(
        "lesson__teacher", "lesson__school", "home_class", "room"
    )
    lines = [_line(row) for row in receptions.filter(date=today).order_by("starts_at", "room__number", "pk")]
    first, last = _window(lines, now)
    upcoming = [line for line in lines if room and line.room == room.number and not line.over(now)]
    if not upcoming and room is not None:
        later = receptions.filter(active=True, room=room, date__gt=today, lesson__active=True).order_by("starts_at")
        upcoming = [_line(row) for row in later[:1]]
    return Board(
        day=today,
        now=now,
        rooms=[one.number for one in rooms],
        room=room.number if room else None,
        lines=lines[first:last],
        earlier=first,
        later=len(lines) - last,
        next=upcoming[0] if upcoming else None,
        changes_at=_next_change(lines, now),
    )


def _next_change(lines: Sequence[Line], now: datetime) -> datetime:
    """When the screen shows something else by the clock alone: an entrance opens, a lesson begins or ends."""
    moments = [at for line in lines for at in (line.enters_at(), line.starts_at, line.ends_at) if at > now]
    return min(moments, default=now + timedelta(hours=1))


def code_of(address: str) -> SafeString:
    """A QR code of `address` as inline SVG, dark on white; the phone still asks for the local teacher's sign-in."""
    drawn = segno.make(address, error="m", micro=False)
    return mark_safe(drawn.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None))  # noqa: S308 - drawn by segno
