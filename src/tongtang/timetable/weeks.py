"""Week arithmetic of the timetable pages: ISO weeks in addresses, teaching weeks on the page. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

WRITTEN = re.compile(r"(\d{4})-W(\d{2})")
SCHOOL_DAYS = 5
ONE_WEEK = timedelta(days=7)


@dataclass(frozen=True, order=True)
class Week:
    """Monday to Sunday."""

    monday: date

    @property
    def key(self) -> str:
        """As in addresses: `2026-W37`."""
        year, number, _weekday = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def friday(self) -> date:
        return self.monday + timedelta(days=4)

    @property
    def previous(self) -> "Week":
        return Week(self.monday - ONE_WEEK)

    @property
    def next(self) -> "Week":
        return Week(self.monday + ONE_WEEK)

    def holds(self, day: date) -> bool:
        """Whether the day lies in the week."""
        return self.monday <= day <= self.sunday

    def days(self, besides: Iterable[date] = ()) -> list[date]:
        """Monday to Friday, and those days of the weekend that are in `besides`."""
        wanted = set(besides)
        whole = [self.monday + timedelta(days=offset) for offset in range(7)]
        return [day for day in whole if day.weekday() < SCHOOL_DAYS or day in wanted]


def week_of(day: date) -> Week:
    """The week that holds a day."""
    return Week(day - timedelta(days=day.weekday()))


def parse_week(text: str) -> Week | None:
    """The week written as `2026-W37`; None where there is no such week, or none that has weeks beside it."""
    match = WRITTEN.fullmatch(text)
    if match is None:
        return None
    try:
        week = Week(date.fromisocalendar(int(match[1]), int(match[2]), 1))
    except ValueError:
        return None
    return week if date.min + ONE_WEEK <= week.monday <= date.max - 2 * ONE_WEEK else None


def teaching_week(week: Week, first_day: date, last_day: date) -> int | None:
    """The number of a week in a term: week 1 holds the term's first day; None for a week outside the term."""
    first = week_of(first_day)
    if not first.monday <= week.monday <= last_day:
        return None
    return (week.monday - first.monday).days // 7 + 1
