"""A week as its page draws it: columns of days, blocks of lessons, thin columns of bells."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from tongtang.foundation import clock
from tongtang.lessons.models import Lesson
from tongtang.organisations.models import CalendarDay, Period, Term
from tongtang.timetable.grid import Placed, place, span_of
from tongtang.timetable.queries import calendar_of, minutes_of
from tongtang.timetable.weekly import OWN, OWN_MOVED, Bell, Entry, slots_of
from tongtang.timetable.weeks import Week, teaching_week

MOST_BELLS = 5
# Classes whose own lessons have room beside each other.
MOST_OWN = 3
LABEL_DISTANCE = 20
# Minutes of a block that is high enough for a title and a line under it.
TWO_LINES = 30
BETWEEN = " · "
LONG_BREAK = 60
NOON, NOON_ENDS = 12 * 60, 13 * 60
LEGEND: Mapping[str, Any] = {
    "now": gettext_lazy("Now taught"),
    "own": gettext_lazy("Taught by the school itself"),
    "off": gettext_lazy("Cancelled"),
    "mk": gettext_lazy("Make-up lesson"),
    "xtra": gettext_lazy("Extra lesson"),
    "obs": gettext_lazy("Does not fit the bells of every class"),
    "chg": gettext_lazy("Changed by an order"),
    "from": gettext_lazy("Where it was before"),
    "to": gettext_lazy("New time"),
    "many": gettext_lazy("Several lessons, press to open"),
    "win": gettext_lazy("Time that all bells share"),
    "alone": gettext_lazy("Period that fits no time of all the other bells"),
}
Words = Callable[[Entry], str]
Look = Callable[[Entry, datetime], tuple[str, str, str]]
"""Class of a block, its icon and its word."""


@dataclass(frozen=True)
class Block:
    """A lesson (or several at once) in a day's column; `lesson` is None where its page is not for the reader."""

    minute: int
    minutes: int
    lane: int
    lanes: int
    kind: str
    icon: str
    mark: str
    title: str
    line: str
    starts_at: datetime
    ends_at: datetime
    lesson: UUID | None = None
    # The one lesson of the block, whoever may open it; None where it stands for several.
    key: UUID | None = None
    # The lessons of a block that stands for several.
    inside: Sequence["Block"] = ()

    @property
    def parts(self) -> list[str]:
        """The line in pieces; a narrow block leaves out the last of them rather than cut one."""
        return self.line.split(BETWEEN) if self.line else []

    @property
    def brief(self) -> bool:
        """Whether the block is too low for more than one line."""
        return self.minutes < TWO_LINES


Window = tuple[int, int]
"""Minute of the day and minutes."""


@dataclass(frozen=True)
class Column:
    """A day; `note` says what departs from the week; in `windows` a lesson fits the bells of all classes."""

    day: date
    today: bool
    note: str
    off: bool
    blocks: Sequence[Block]
    windows: Sequence[Window] = ()


@dataclass(frozen=True)
class Ring:
    """A period of a bell schedule; `alone`: no time of the week fits it and all other bells."""

    minute: int
    minutes: int
    period: Period
    alone: bool = False


@dataclass(frozen=True)
class BellColumn:
    """A bell schedule; `schools` is None where there is only one, `days` where it is rung all week."""

    number: int
    schools: int | None
    rings: Sequence[Ring]
    days: tuple[date, date] | None = None


@dataclass(frozen=True)
class Grid:
    """The whole grid; `first` and `span` in minutes, `breaks` the long ones that all bells share."""

    first: int
    span: int
    columns: Sequence[Column]
    bells: Sequence[BellColumn]
    labels: Sequence[tuple[int, str]]
    breaks: Sequence[tuple[int, int]]

    @property
    def empty(self) -> bool:
        return not any(column.blocks for column in self.columns)

    @property
    def lunch(self) -> int | None:
        """The minute at which the break is drawn that holds a part of the hour after noon."""
        return next((start for start, minutes in self.breaks if start < NOON_ENDS and start + minutes > NOON), None)

    @property
    def middle(self) -> int:
        """The column, from 1, in which a word stands that is meant for all of them."""
        return (len(self.columns) + 1) // 2

    @property
    def legend(self) -> list[tuple[str, Any]]:
        """What the looks mean that stand on this page: class of the sign, words."""
        blocks = [block for column in self.columns for one in column.blocks for block in (one, *one.inside)]
        shown = {kind for block in blocks for kind in block.kind.split()}
        if any(column.windows for column in self.columns):
            shown.add("win")
        if any(ring.alone for bell in self.bells for ring in bell.rings):
            shown.add("alone")
        return [(kind, words) for kind, words in LEGEND.items() if kind in shown]

    @property
    def crowded(self) -> bool:
        """More than two lessons at once."""
        return any(block.lanes > 2 or block.inside for column in self.columns for block in column.blocks)


def _rings(bell: Bell, shared: Collection[tuple[int, int]] | None) -> list[Ring]:
    rings = []
    for period in bell.schedule.periods.all():
        start, end = minutes_of(period.starts), minutes_of(period.ends)
        alone = shared is not None and (bell.schedule.pk, period.number) not in shared
        rings.append(Ring(start, end - start, period, alone))
    return rings


def _labels(times: Iterable[int]) -> list[tuple[int, str]]:
    """Times at the left edge, none closer to the one above than a line of text is high."""
    kept: list[int] = []
    for minute in sorted(set(times)):
        if not kept or minute - kept[-1] >= LABEL_DISTANCE:
            kept.append(minute)
    return [(minute, f"{minute // 60}:{minute % 60:02}") for minute in kept]


def _breaks(busy: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """(minute, minutes) of the long breaks between the times at which anything rings or is taught."""
    found, reached = [], None
    for start, end in sorted(busy):
        if reached is not None and start - reached >= LONG_BREAK:
            found.append((reached + 4, start - reached - 8))
        reached = max(reached or 0, end)
    return found


def kind_of(entry: Entry, now: datetime) -> tuple[str, str, str]:
    """Class of the block, icon and word; a lesson as planned says nothing."""
    if entry.cancelled:
        return "off", "calendar-x", _("Cancelled")
    if entry.state == Lesson.State.LIVE:
        return "now", "broadcast", _("On air")
    current = entry.starts_at <= now < entry.ends_at and entry.state != Lesson.State.ENDED
    if entry.origin == OWN_MOVED:
        return "now own" if current else "own", "arrows-exchange", _("Moved here")
    if entry.origin == OWN:
        return "now own" if current else "own", "", ""
    if entry.origin == Lesson.Origin.MAKE_UP:
        return "now mk" if current else "mk", "calendar-plus", _("Make-up lesson")
    if entry.recorded:
        return "now" if current else "", "player-play", _("Recorded lesson")
    if entry.origin == Lesson.Origin.EXTRA:
        return "now" if current else "xtra", "plus", _("Extra lesson")
    return ("now", "clock", _("Now")) if current else ("", "", "")


def mark_of(entry: Entry) -> str:
    """The word of `kind_of` at the present moment."""
    return kind_of(entry, clock.now())[2]


def title_of(entry: Entry) -> str:
    """The subject, with the lesson's own title where it has one."""
    if not entry.title:
        return entry.name
    return pgettext("lesson", "%(subject)s: %(title)s") % {"subject": entry.name, "title": entry.title}


def joined(*parts: str) -> str:
    """The parts that say something, as a block's line."""
    return BETWEEN.join(part for part in parts if part)


def classes_words(count: int | None) -> str:
    """How many classes receive."""
    return ngettext("%(count)d class", "%(count)d classes", count or 0) % {"count": count or 0}


def broadcast_words(entry: Entry) -> str:
    """How many classes receive, as briefly as a narrow block asks for, and who teaches."""
    count = "" if entry.cancelled else pgettext("short", "%(count)d cl.") % {"count": entry.classes or 0}
    return joined(count, entry.teacher)


def turn_of(entry: Entry) -> str:
    """Every how many weeks, where not in each."""
    return _("every %(weeks)d weeks") % {"weeks": entry.every_weeks} if entry.every_weeks > 1 else ""


def _line(entry: Entry, words: Words) -> str:
    """What stands under the title; a lesson of every n-th week says so."""
    return joined(words(entry), turn_of(entry))


def _several_words(entries: Sequence[Entry]) -> tuple[str, str]:
    """Title and line of a block that stands for several lessons."""
    count = len(entries)
    if all(one.own for one in entries):
        title = ngettext("%(count)d own lesson", "%(count)d own lessons", count) % {"count": count}
        return title, _(", ").join(f"{one.home_class} {one.name}" for one in entries)
    title = ngettext("%(count)d lesson", "%(count)d lessons", count) % {"count": count}
    return title, classes_words(sum(one.classes or 0 for one in entries))


def _block(placed: Placed[Entry], words: Words, may_open: set[int], now: datetime, look: Look) -> Block:
    first = placed.items[0]
    kind, icon, mark = look(first, now)
    title, line = title_of(first), _line(first, words)
    lesson = first.public_id if first.lesson_id in may_open else None
    inside: list[Block] = []
    if len(placed.items) > 1:
        inside = [_block(Placed(placed.start, placed.end, (one,)), words, may_open, now, look) for one in placed.items]
        title, line = _several_words(placed.items)
        current = any(one.kind.startswith("now") for one in inside)
        kind = " ".join(
            ["many", *(["now"] if current else []), *(["own"] if all(one.own for one in placed.items) else [])]
        )
        icon, mark, lesson = "", "", None
    ends_at = max(one.ends_at for one in placed.items)
    return Block(
        placed.start,
        placed.minutes,
        placed.lane,
        placed.lanes,
        kind,
        icon,
        mark,
        title,
        line,
        first.starts_at,
        ends_at,
        lesson,
        None if inside else first.public_id,
        inside,
    )


def departures(county_code: int, week: Week) -> Mapping[date, tuple[bool, int | None]]:
    """Days that depart from the week: (no lesson by the calendar, the weekday that a make-up day follows)."""
    make_up = dict(
        CalendarDay.objects.filter(
            county_code=county_code, kind=CalendarDay.Kind.MAKE_UP, date__range=(week.monday, week.sunday)
        ).values_list("date", "as_weekday")
    )
    inside = {
        day: (True, None)
        for day in calendar_of(county_code, week.monday, week.sunday)
        if week.monday <= day <= week.sunday
    }
    return inside | {day: (False, as_weekday) for day, as_weekday in make_up.items()}


def _note(departure: tuple[bool, int | None] | None) -> str:
    if departure is None:
        return ""
    holiday, as_weekday = departure
    if holiday:
        return _("Holiday")
    if as_weekday is None:
        return _("School day without shared lessons")
    weekdays = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    return _("Taught as %(weekday)s") % {"weekday": weekdays[as_weekday - 1]}


def draw(
    *,
    week: Week,
    entries: Sequence[Entry],
    words: Words,
    may_open: set[int],
    bells: Sequence[Bell],
    county_code: int,
    look: Look = kind_of,
    windows: Mapping[date, Sequence[Window]] | None = None,
    shared: Collection[tuple[int, int]] | None = None,
    more_days: Collection[date] = (),
) -> Grid:
    """The grid of a week; days of the weekend only where a lesson or a make-up day stands, and those of `more_days`.

    `shared`: (key of the bell schedule, number) of the periods that share a time with all other bells; None: unasked.
    The own lessons of more than a few classes stand as one block a period, which opens as a list.
    """
    now, today = clock.now(), clock.today()
    slots = slots_of(entries)
    together = _together(entries)
    special = departures(county_code, week)
    shown = bells[:MOST_BELLS]
    rings = [_rings(bell, shared) for bell in shown]
    times = [(ring.minute, ring.minute + ring.minutes) for column in rings for ring in column]
    busy = [*times, *((slot.start, slot.end) for day in slots.values() for slot in day)]
    first, span = span_of(busy)
    make_up = [day for day, (holiday, _as) in special.items() if not holiday]
    columns = [
        Column(
            day,
            day == today,
            _note(special.get(day)),
            special.get(day, (False, None))[0],
            [_block(one, words, may_open, now, look) for one in place(slots.get(day, []), together=together)],
            (windows or {}).get(day, ()),
        )
        for day in week.days([*slots, *make_up, *more_days])
    ]
    return Grid(
        first,
        span,
        columns,
        [
            BellColumn(number, bell.schools if len(shown) > 1 or bell.days else None, found, bell.days)
            for number, (bell, found) in enumerate(zip(shown, rings, strict=True), start=1)
        ],
        _labels(start for start, _end in (times or busy)),
        _breaks(busy),
    )


def _together(entries: Sequence[Entry]) -> Callable[[Entry], bool]:
    crowd = len({one.whose for one in entries if one.own}) > MOST_OWN
    return lambda entry: crowd and entry.own


def week_words(week: Week, term: Term | None) -> str:
    """`Week 2`, or that the week lies outside the terms."""
    number = teaching_week(week, term.first_day, term.last_day) if term is not None else None
    if number is None:
        return _("Outside the term")
    return _("Week %(number)d") % {"number": number}
