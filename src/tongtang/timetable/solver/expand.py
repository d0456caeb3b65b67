"""From a verified weekly plan to the dated lessons of a term."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import lcm

from tongtang.timetable.solver.fit import Span, fitting_periods, overlaps
from tongtang.timetable.solver.model import Broadcast, Calendar, County, Term

WeeklyLesson = tuple[str, int, int]
"""A group's lesson in the week: (group id, weekday, start)."""


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


@dataclass(frozen=True, slots=True)
class _Place:
    """A reception that needs a room: its home room, and the one it was published in."""

    position: int
    class_id: str
    span: Span
    home: int
    shown: int | None


def expand(
    county: County,
    broadcasts: Sequence[Broadcast],
    term: Term,
    calendar: Calendar | None = None,
    published: Iterable[DatedLesson] = (),
) -> tuple[DatedLesson, ...]:
    """The dated lessons of the whole term in the order of the clock.

    A holiday holds none, a make-up day those of the weekday that the calendar names, whatever day of the week it is;
    nothing lies outside the term's first to last day. A reception has the same room in every week of the same plan (of
    a plan with cycles: in the same week of each cycle), and one that is in `published` already keeps that room wherever
    the new plan leaves it free.
    Raises UnverifiedPlanError where the plan was not verified against this county.
    """
    cycle = lcm(*(each.every_weeks for each in broadcasts))
    before: list[list[DatedLesson]] = [[] for _week in range(cycle)]
    for lesson in published:
        before[_turn(term, lesson.day, cycle)].append(lesson)
    weeks = [_week(county, _held(broadcasts, turn), _shown(before[turn], calendar or {})) for turn in range(cycle)]
    return tuple(
        _dated(broadcast, receptions, day, county.rules.lesson_minutes)
        for day in _days(term)
        for broadcast, receptions in weeks[_turn(term, day, cycle)].get(_weekday_held(day, calendar or {}), ())
    )


def _held(broadcasts: Sequence[Broadcast], turn: int) -> list[Broadcast]:
    """What is held in the week of a cycle, counted from 0."""
    return [each for each in broadcasts if turn % each.every_weeks == each.week - 1]


def _turn(term: Term, day: date, cycle: int) -> int:
    """Which week of the cycle a day lies in, counted from 0."""
    return (teaching_week(term, day) - 1) % cycle


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


def _shown(published: Iterable[DatedLesson], calendar: Calendar) -> dict[tuple[WeeklyLesson, str], int]:
    """The room in which each weekly reception was shown, the latest date's where they differ."""
    shown: dict[tuple[WeeklyLesson, str], int] = {}
    for lesson in sorted(published, key=lambda lesson: lesson.day):
        weekday = _weekday_held(lesson.day, calendar)
        if weekday is not None:
            weekly = lesson.group_id, weekday, lesson.start
            shown |= {(weekly, each.class_id): each.room for each in lesson.receptions}
    return shown


def _week(
    county: County, broadcasts: Sequence[Broadcast], shown: Mapping[tuple[WeeklyLesson, str], int]
) -> dict[int | None, list[tuple[Broadcast, tuple[DatedReception, ...]]]]:
    """The lessons of each weekday with their receptions, in the order of the clock."""
    ordered = sorted(broadcasts, key=lambda each: (each.weekday, each.start, each.group_id))
    rooms = _rooms(county, ordered, shown)
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


def _rooms(
    county: County, ordered: Sequence[Broadcast], shown: Mapping[tuple[WeeklyLesson, str], int]
) -> dict[tuple[int, str], int]:
    """The room of each (position, class), school by school and weekday by weekday."""
    home = _home_rooms(county)
    places: dict[tuple[str, int], list[_Place]] = {}
    for position, broadcast in enumerate(ordered):
        span = broadcast.start, broadcast.start + county.rules.lesson_minutes
        lesson = broadcast.group_id, broadcast.weekday, broadcast.start
        for class_id in sorted(broadcast.class_ids):
            school_id = _school_of(county, broadcast, class_id)
            place = _Place(position, class_id, span, home[class_id], shown.get((lesson, class_id)))
            places.setdefault((school_id, broadcast.weekday), []).append(place)
    rooms: dict[tuple[int, str], int] = {}
    for (school_id, weekday), wanted in places.items():
        count = county.schools[school_id].receiving_rooms
        found = _coloured(wanted, count) or _coloured([replace(place, shown=None) for place in wanted], count)
        if not found:
            raise UnverifiedPlanError(f"no free room at school {school_id} on weekday {weekday}")
        rooms |= found
    return rooms


def _coloured(places: Sequence[_Place], count: int) -> dict[tuple[int, str], int] | None:
    """Interval colouring: rooms shown before stay, the others by start go to the home room or to the first free one.

    None where no room is left for one of them. That cannot happen by start alone, which never needs more rooms than
    receptions run at once, but it can around rooms that stay.
    """
    taken: dict[int, list[Span]] = {room: [] for room in range(1, count + 1)}
    rooms: dict[tuple[int, str], int] = {}
    for place in sorted(places, key=lambda place: place.shown is None):
        free = [room for room, spans in taken.items() if not any(overlaps(place.span, span) for span in spans)]
        if not free:
            return None
        room = next((room for room in (place.shown, place.home) if room in free), free[0])
        rooms[place.position, place.class_id] = room
        taken[room].append(place.span)
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
