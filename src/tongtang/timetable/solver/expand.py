"""From a verified weekly plan to the dated lessons of a term."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tongtang.timetable.solver.fit import fitting_periods
from tongtang.timetable.solver.model import Broadcast, Calendar, County, Term


class UnverifiedPlanError(ValueError):
    """The plan breaks a rule that expansion relies on; `verify` names the rule and the rows."""


@dataclass(frozen=True, slots=True)
class DatedReception:
    """One class in a dated lesson: the period of its own bell, and the receiving room of its school, counted from 1."""

    class_id: str
    school_id: str
    period: int
    room: int


@dataclass(frozen=True, slots=True)
class DatedLesson:
    """A group's lesson on one civil date; `start` and `end` in minutes of that day."""

    group_id: str
    day: date
    start: int
    end: int
    subject: str
    teacher_id: str
    studio_id: str
    receptions: tuple[DatedReception, ...]
    alliance_id: str | None = None

    @property
    def key(self) -> tuple[str, date, int]:
        """Names the lesson within one published plan: a group has one lesson at a time."""
        return self.group_id, self.day, self.start


def expand(
    county: County, broadcasts: Sequence[Broadcast], term: Term, calendar: Calendar | None = None
) -> tuple[DatedLesson, ...]:
    """The dated lessons of the whole term in the order of the clock.

    A holiday holds none, a make-up day those of the weekday that the calendar names, whatever day of the week it is;
    nothing lies outside the term's first to last day. A reception has the same room in every week of the same plan.
    Raises UnverifiedPlanError where the plan was not verified against this county.
    """
    week = _week(county, broadcasts)
    return tuple(
        _dated(broadcast, receptions, day, county.rules.lesson_minutes)
        for day in _days(term)
        for broadcast, receptions in week.get(_weekday_held(day, calendar or {}), ())
    )


def teaching_week(term: Term, day: date) -> int:
    """The number of the week, Monday to Sunday; week 1 holds the term's first day."""
    return (_monday(day) - _monday(term.first_day)).days // 7 + 1


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _days(term: Term) -> Iterator[date]:
    for offset in range((term.last_day - term.first_day).days + 1):
        yield term.first_day + timedelta(days=offset)


def _weekday_held(day: date, calendar: Calendar) -> int | None:
    return calendar.get(day, day.isoweekday())


def _dated(broadcast: Broadcast, receptions: tuple[DatedReception, ...], day: date, minutes: int) -> DatedLesson:
    return DatedLesson(
        group_id=broadcast.group_id,
        day=day,
        start=broadcast.start,
        end=broadcast.start + minutes,
        subject=broadcast.subject,
        teacher_id=broadcast.teacher_id,
        studio_id=broadcast.studio_id,
        receptions=receptions,
        alliance_id=broadcast.alliance_id,
    )


def _week(
    county: County, broadcasts: Sequence[Broadcast]
) -> dict[int | None, list[tuple[Broadcast, tuple[DatedReception, ...]]]]:
    """The lessons of each weekday with their receptions, in the order of the clock."""
    ordered = sorted(broadcasts, key=lambda each: (each.weekday, each.start, each.group_id))
    rooms = _rooms(county, ordered)
    week: dict[int | None, list[tuple[Broadcast, tuple[DatedReception, ...]]]] = {}
    for index, broadcast in enumerate(ordered):
        receptions = tuple(
            DatedReception(
                class_id,
                county.classes[class_id].school_id,
                _period(county, broadcast, class_id),
                rooms[index, class_id],
            )
            for class_id in broadcast.class_ids
        )
        week.setdefault(broadcast.weekday, []).append((broadcast, receptions))
    return week


def _period(county: County, broadcast: Broadcast, class_id: str) -> int:
    bell = county.bell_of(county.classes[class_id])
    periods = fitting_periods(bell, broadcast.start, county.rules.start_tolerance_minutes)
    if len(periods) != 1:
        raise UnverifiedPlanError(f"group {broadcast.group_id}: {len(periods)} periods of {bell.bell_id} fit")
    return periods[0].number


def _rooms(county: County, ordered: Sequence[Broadcast]) -> dict[tuple[int, str], int]:
    """The room of each (position, class): interval colouring by start, which never needs more than run at once.

    A class goes to its home room while that is free, so that children seldom change rooms, and so that a change of plan
    moves no other class than those whose lessons overlap the changed one.
    """
    home = _home_rooms(county)
    rooms: dict[tuple[int, str], int] = {}
    ends: dict[tuple[str, int], dict[int, int]] = {}
    for index, broadcast in enumerate(ordered):
        for class_id in sorted(broadcast.class_ids):
            school = county.schools[_school_of(county, broadcast, class_id)]
            until = ends.setdefault((school.school_id, broadcast.weekday), {})
            free = [room for room in range(1, school.receiving_rooms + 1) if until.get(room, 0) <= broadcast.start]
            if not free:
                raise UnverifiedPlanError(f"group {broadcast.group_id}: no free room at school {school.school_id}")
            room = home[class_id] if home[class_id] in free else free[0]
            rooms[index, class_id] = room
            until[room] = broadcast.start + county.rules.lesson_minutes
    return rooms


def _home_rooms(county: County) -> dict[str, int]:
    """A school's classes in the order of their ids take its rooms in turn."""
    home: dict[str, int] = {}
    seen: Counter[str] = Counter()
    for class_id in sorted(county.classes):
        school = county.schools[county.classes[class_id].school_id]
        home[class_id] = seen[school.school_id] % max(school.receiving_rooms, 1) + 1
        seen[school.school_id] += 1
    return home


def _school_of(county: County, broadcast: Broadcast, class_id: str) -> str:
    if class_id not in county.classes:
        raise UnverifiedPlanError(f"group {broadcast.group_id}: unknown class {class_id}")
    return county.classes[class_id].school_id
