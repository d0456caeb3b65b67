"""A week of lessons as a workbook: as a grid of clock and days, by class where there are several, and as a list."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from tongtang.exchange.parcels.sheets import Cell, Page
from tongtang.foundation import clock
from tongtang.foundation.clock import civil
from tongtang.timetable.api import Entry, Week, mark_of, turn_of

DAY_WIDTH, NARROW = 26, 14


def pages_of(entries: Sequence[Entry], week: Week) -> list[Page]:
    """The sheets of a week; `entries` are those of its page."""
    ordered = sorted(entries, key=lambda one: (one.starts_at, one.home_class, one.teacher, one.lesson_id))
    days = week.days(one.day for one in ordered)
    named = {one.home_class for one in ordered if one.home_class}
    pages = [_grid(ordered, days)]
    if len(named) > 1:
        pages.append(_by_class([one for one in ordered if one.home_class], days))
    return [*pages, _list(ordered)]


def _weekdays() -> list[str]:
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]


def _heads(days: Sequence[date]) -> list[str]:
    """The corner says of when the figures are."""
    as_of = civil(clock.now()).strftime("%Y-%m-%d %H:%M")
    return [
        _("As of %(moment)s") % {"moment": as_of},
        *(f"{_weekdays()[day.weekday()]} {day.isoformat()}" for day in days),
    ]


def _wall(moment: datetime) -> str:
    return civil(moment).strftime("%H:%M")


def _span(one: Entry) -> str:
    return f"{_wall(one.starts_at)}-{_wall(one.ends_at)}"


def _grid(entries: Sequence[Entry], days: Sequence[date]) -> Page:
    cells: dict[str, dict[date, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in entries:
        place = _("Room %(number)d") % {"number": one.room} if one.room is not None else one.studio
        cells[_span(one)][one.day].append(_lines(one, one.home_class, one.teacher, place))
    rows = [[span, *(_joined(cells[span][day]) for day in days)] for span in sorted(cells)]
    return Page(_("Week"), _heads(days), rows, [NARROW, *[DAY_WIDTH] * len(days)])


def _by_class(entries: Sequence[Entry], days: Sequence[date]) -> Page:
    cells: dict[str, dict[date, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in entries:
        cells[one.home_class][one.day].append(_lines(one, _span(one), one.teacher))
    rows = [[name, *(_joined(cells[name][day]) for day in days)] for name in sorted(cells)]
    return Page(_("By class"), _heads(days), rows, [NARROW, *[DAY_WIDTH] * len(days)])


def _lines(one: Entry, *parts: str) -> str:
    """The lesson and what belongs to it, one a line."""
    return "\n".join(part for part in (_titled(one), *parts, _beside(one), turn_of(one), mark_of(one)) if part)


def _beside(one: Entry) -> str:
    return _("Beside the class: %(name)s") % {"name": one.facilitator} if one.facilitator else ""


def _titled(one: Entry) -> str:
    return f"{one.name} {one.title}".strip()


def _joined(texts: Iterable[str]) -> str | None:
    return "\n\n".join(texts) or None


def _list(entries: Sequence[Entry]) -> Page:
    header = [
        _("Date"), _("Weekday"), _("Lesson begins"), _("Lesson ends"), _("Subject"), _("Title"), _("Class"),
        _("Number of classes"), _("Room"), _("Teacher"), _("Anchor school"), _("Studio"),
        _("Facilitator"), _("Cycle"), _("State"),
    ]  # fmt: skip
    return Page(_("List of lessons"), header, [_row(one) for one in entries], [NARROW] * len(header))


def _row(one: Entry) -> list[Cell]:
    return [
        one.day, _weekdays()[one.day.weekday()], _wall(one.starts_at), _wall(one.ends_at), one.name, one.title,
        one.home_class, one.classes, one.room, one.teacher, one.school, one.studio,
        one.facilitator, turn_of(one), mark_of(one),
    ]  # fmt: skip
