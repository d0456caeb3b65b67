"""What their own schools teach classes, dated: the weekly lessons on the days and by the bells that hold them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

from django.db.models import F, Q

from tongtang.alliances.models import Membership
from tongtang.foundation import clock
from tongtang.lessons.models import Reception
from tongtang.organisations.models import Period, School, Term
from tongtang.timetable.models import DayTransfer, LocalLesson, LocalMove
from tongtang.timetable.orders.world import APPLIED, rings_in_force
from tongtang.timetable.queries import calendar_of

Days = tuple[date, date]
Bell = tuple[time, time]
NAMES = UUID("6f0c8b1e-52f0-4a0e-9d5c-1f3b7f6f8f0a")
"""The space of names of dated own lessons, which have no row of their own."""


@dataclass(frozen=True)
class OwnLesson:
    """An own lesson in a period of its day; `name` is its own wherever an order moves it, which `moved` tells."""

    name: UUID
    lesson: LocalLesson
    day: date
    period: int
    starts_at: datetime
    ends_at: datetime
    moved: bool


def own_lessons(which: Q, days: Days) -> list[OwnLesson]:
    """The dated own lessons of [first, last] that `which` takes of LocalLesson, in the order of time.

    None stands outside the terms, on a holiday, where the school rings no such period, or where the class receives a
    lesson at that time. Queries do not grow with the lessons.
    """
    rows = list(LocalLesson.objects.filter(which).select_related("home_class__school", "subject", "teacher"))
    if not rows:
        return []
    schools = {row.home_class.school_id: row.home_class.school for row in rows}
    bells = _bells(schools, days)
    held = _held(schools, days)
    moves = list(
        LocalMove.objects.filter(local_lesson__in=rows).filter(Q(from_day__range=days) | Q(to_day__range=days))
    )
    gone = {(move.local_lesson_id, move.from_day) for move in moves}
    by_key = {row.pk: row for row in rows}
    places = [
        *((row, day, day, row.period_number) for row in rows for day in _dates(days)
          if held[row.home_class.school_id, day] == row.weekday and (row.pk, day) not in gone),
        *((by_key[move.local_lesson_id], move.from_day, move.to_day, move.to_period) for move in moves),
    ]  # fmt: skip
    receptions = _receptions({row.home_class_id for row in rows}, days)
    found = []
    for row, from_day, day, period in places:
        bell = bells(row.home_class.school_id, day).get(period)
        if bell is None or not days[0] <= day <= days[1]:
            continue
        starts_at, ends_at = (clock.at(day, moment) for moment in bell)
        if not any(start < ends_at and starts_at < end for start, end in receptions[row.home_class_id]):
            name = uuid5(NAMES, f"{row.pk} {from_day}")
            moved = (from_day, row.period_number) != (day, period)
            found.append(OwnLesson(name, row, day, period, starts_at, ends_at, moved))
    return sorted(found, key=lambda one: (one.starts_at, one.lesson.pk))


def _dates(days: Days) -> Iterator[date]:
    for offset in range((days[1] - days[0]).days + 1):
        yield days[0] + timedelta(days=offset)


def _held(schools: Mapping[int, School], days: Days) -> dict[tuple[int, date], int | None]:
    """The weekday whose lessons each school holds on each day; None where it holds none."""
    found: dict[tuple[int, date], int | None] = {}
    for county in {school.county_code for school in schools.values()}:
        calendar = calendar_of(county, *days)
        terms = list(Term.objects.filter(county_code=county, ended_on=None).values_list("first_day", "last_day"))
        for day in _dates(days):
            inside = any(first <= day <= last for first, last in terms)
            weekday = calendar.get(day, day.isoweekday()) if inside else None
            found |= {(key, day): weekday for key, school in schools.items() if school.county_code == county}
    for school, from_day, to_day in _transfers(schools, days):
        county = schools[school].county_code
        found[school, to_day] = calendar_of(county, from_day, from_day).get(from_day) or from_day.isoweekday()
    return found


def _transfers(schools: Collection[int], days: Days) -> list[tuple[int, date, date]]:
    """(school, from, to) of the day transfers that an alliance of the school has in force."""
    rows = DayTransfer.objects.filter(APPLIED, to_day__range=days)
    anchor, member = "order__alliance__anchor_school", "order__alliance__memberships"
    anchors = rows.filter(**{f"{anchor}__in": schools}).values_list(anchor, "from_day", "to_day")
    today = {
        f"{member}__school__in": schools,
        f"{member}__state": Membership.State.ACTIVE,
        f"{member}__valid_from__lte": F("to_day"),
    }
    stays = Q(**{f"{member}__valid_to": None}) | Q(**{f"{member}__valid_to__gte": F("to_day")})
    return [*anchors, *rows.filter(stays, **today).values_list(f"{member}__school", "from_day", "to_day")]


def _bells(schools: Mapping[int, School], days: Days) -> Callable[[int, date], Mapping[int, Bell]]:
    """The periods that a school rings on a day by their numbers, the other bells of orders in force included."""
    rings = rings_in_force(schools, *days)
    periods: dict[int, dict[int, Bell]] = defaultdict(dict)
    wanted = {*(school.bell_schedule_id for school in schools.values()), *(ring.bell_schedule_id for ring in rings)}
    for row in Period.objects.filter(bell_schedule__in=wanted):
        periods[row.bell_schedule_id][row.number] = (row.starts, row.ends)

    def rung(school: int, day: date) -> Mapping[int, Bell]:
        others = [one for one in rings if one.school_id == school and one.first_day <= day <= one.last_day]
        return periods[others[-1].bell_schedule_id if others else schools[school].bell_schedule_id]

    return rung


def _receptions(classes: Collection[int], days: Days) -> Mapping[int, Sequence[tuple[datetime, datetime]]]:
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    rows = Reception.objects.filter(home_class__in=classes, active=True, date__range=days)
    for home_class, starts_at, ends_at in rows.values_list("home_class_id", "starts_at", "ends_at"):
        found[home_class].append((starts_at, ends_at))
    return found
