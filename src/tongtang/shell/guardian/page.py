"""What a guardian sees of one child. Nothing here counts the class or names another child."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from tongtang.access.api import Actor
from tongtang.consent.api import Verb, child_for, children_for, class_of
from tongtang.foundation import clock
from tongtang.lessons.api import Attended, attendance_of, rounded_minutes
from tongtang.organisations.models import HomeClass
from tongtang.people.models import Pupil
from tongtang.timetable.api import Entry, Week, class_week, parse_week, week_of

LOOKS_BACK = timedelta(days=28)


@dataclass(frozen=True)
class Day:
    """A day of the week with its lessons."""

    day: date
    today: bool
    entries: Sequence[Entry]


@dataclass(frozen=True)
class ChildPage:
    """One child: its class, the week that is shown by days, attendance of four weeks, the latest first."""

    pupil: Pupil
    home_class: HomeClass | None
    week: Week
    days: Sequence[Day]
    attended: Sequence[Attended]

    @property
    def today(self) -> Sequence[Entry]:
        return next((one.entries for one in self.days if one.today), ())

    @property
    def shows_today(self) -> bool:
        return self.week == week_of(clock.today())

    @property
    def present(self) -> int:
        return sum(one.standing == "present" for one in self.attended)

    @property
    def absent(self) -> int:
        return sum(one.standing in ("absent", "on_leave") for one in self.attended)

    @property
    def unknown(self) -> int:
        return sum(one.standing == "unknown" for one in self.attended)

    @property
    def minutes(self) -> int:
        return rounded_minutes(sum(one.received_seconds for one in self.attended if one.standing == "present"))


def _days(home_class: HomeClass | None, week: Week) -> list[Day]:
    entries = class_week(home_class, week) if home_class else []
    by_day = {day: list(found) for day, found in groupby(entries, key=lambda one: one.day)}
    return [Day(day, day == clock.today(), by_day.get(day, [])) for day in week.days(by_day)]


def children_of(actor: Actor) -> list[Pupil]:
    """The children whose guardian asks."""
    return list(children_for(actor, Verb.SEE_CHILD))


def page_of_child(actor: Actor, public_id: UUID, week: str = "") -> ChildPage:
    """One child of the guardian who asks, in this week or another one.

    Raises:
        Http404: there is no such child, or it is not the guardian's.
    """
    pupil = child_for(actor, Verb.SEE_CHILD, public_id)
    today = clock.today()
    home_class, chosen = class_of(pupil), parse_week(week) or week_of(today)
    past = [one for one in attendance_of(pupil, today - LOOKS_BACK, today) if one.reception.ends_at <= clock.now()]
    return ChildPage(pupil, home_class, chosen, _days(home_class, chosen), past[::-1])
