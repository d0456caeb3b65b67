"""The wall screen of a school: what it receives and teaches in a week ahead; the clock says what of that is shown.

The page holds more than it shows, so that it goes on without a link (`frontend/islands/board.ts` chooses by the clock).
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID

import segno
from django.db.models import Q
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

from tongtang.access.api import Actor
from tongtang.curriculum.api import subject_name
from tongtang.foundation import clock
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import ReceivingRoom, School
from tongtang.timetable.own_lessons import OwnLesson, own_lessons
from tongtang.timetable.page import joined, title_of
from tongtang.timetable.weekly import SHOWN, Entry, entry_of

# Classes that a row of own lessons names in each of its two lines.
IN_A_LINE = 2
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
    period: int | None = None
    own: bool = False

    @property
    def enters_at(self) -> datetime:
        """From when the classroom may enter."""
        return self.starts_at - ENTER_BEFORE

    @property
    def over(self) -> bool:
        """Whether it is over before its time."""
        return self.cancelled or self.state == Lesson.State.ENDED


@dataclass(frozen=True)
class OwnPeriod:
    """A period in which the school teaches its own classes, as one row however many classes there are."""

    title: str
    words: str
    day: date
    period: int
    starts_at: datetime
    ends_at: datetime
    moved: bool
    cancelled: bool = False
    over: bool = False
    own: bool = True


@dataclass(frozen=True)
class Day:
    """A civil day from its midnight on, with all lessons of the school."""

    day: date
    starts_at: datetime
    lines: Sequence[Line | OwnPeriod]

    @property
    def has_own(self) -> bool:
        """Whether shared lessons stand among others here."""
        return any(line.own for line in self.lines)


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
        period=row.period_number,
    )


def _own(school: School, days: Sequence[date]) -> list[OwnPeriod]:
    """What the school teaches its present classes, by the bells that it rings on each day."""
    rows: dict[tuple[datetime, datetime], list[OwnLesson]] = defaultdict(list)
    for one in own_lessons(Q(home_class__school=school, home_class__ended_on=None), (days[0], days[-1])):
        rows[one.starts_at, one.ends_at].append(one)
    return [_own_period(many) for many in rows.values()]


def _own_period(lessons: Sequence[OwnLesson]) -> OwnPeriod:
    first = lessons[0]
    if len(lessons) == 1:
        title, words = subject_name(first.lesson.subject_id), joined(_class_name(first), _teacher_name(first))
    else:
        named = [f"{_class_name(one)} {subject_name(one.lesson.subject_id)}" for one in _by_class(lessons)]
        title, rest = joined(*named[:IN_A_LINE]), named[IN_A_LINE:]
        words = joined(*rest) if len(rest) <= IN_A_LINE else _more_classes(len(rest))
    moved = all(one.moved for one in lessons)
    return OwnPeriod(title, words, first.day, first.period, first.starts_at, first.ends_at, moved)


def _by_class(lessons: Sequence[OwnLesson]) -> list[OwnLesson]:
    return sorted(lessons, key=lambda one: one.lesson.home_class.source_id)


def _class_name(one: OwnLesson) -> str:
    return one.lesson.home_class.name


def _teacher_name(one: OwnLesson) -> str:
    return one.lesson.teacher.name if one.lesson.teacher else ""


def _more_classes(count: int) -> str:
    words = ngettext("%(count)d more class of this school", "%(count)d more classes of this school", count)
    return words % {"count": count}


def _rooms(school: School) -> list[ReceivingRoom]:
    return list(school.receiving_rooms.filter(ended_on=None))


def _chosen(actor: Actor, rooms: Sequence[ReceivingRoom], wanted: int | None) -> ReceivingRoom | None:
    """A device stands in its room; a person chooses one, else the first."""
    if actor.device is not None and actor.person_id is None:
        return next((room for room in rooms if room.pk == actor.device.room_id), None)
    return next((room for room in rooms if room.number == wanted), rooms[0] if rooms else None)


def board_of(actor: Actor, school: School, wanted: int | None) -> Board:
    """The screen of a school from now on. The number of queries grows neither with lessons nor with classes."""
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
    held: list[Line | OwnPeriod] = [*lines, *_own(school, days)]
    held.sort(key=lambda one: (one.starts_at, one.own))
    return Board(
        now=now,
        rooms=[one.number for one in rooms],
        room=room.number if room else None,
        days=[Day(day, clock.at(day, time()), [line for line in held if line.day == day]) for day in days],
        coming=coming,
    )


@lru_cache(maxsize=512)
def code_of(address: str) -> SafeString:
    """A QR code of `address` as inline SVG, dark on white; the phone still asks for the local teacher's sign-in."""
    drawn = segno.make(address, error="m", micro=False)
    return mark_safe(drawn.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None))  # noqa: S308 - drawn by segno
