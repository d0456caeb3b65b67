"""Who is beside which class on which day: given anew whenever lessons or people change; what began stays."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.db.models import Q

from tongtang.foundation import clock
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Reception
from tongtang.timetable.models import Facilitator, TeacherUnavailability
from tongtang.timetable.own_lessons import own_lessons
from tongtang.timetable.queries import minutes_of
from tongtang.timetable.solver.facilitation import assigned
from tongtang.timetable.solver.fit import Span
from tongtang.timetable.solver.model import Teacher, Unavailability

BATCH = 500


def seat_facilitators(schools: Collection[int]) -> None:
    """Give each reception to come in these schools the person beside its class, None where nobody can be found.

    A person is with one class at a time, and neither while unavailable nor while teaching an own lesson, wherever an
    order moved that. Schools that name nobody have always somebody.
    """
    people = _people(schools)
    rows = Reception.objects.filter(
        Q(facilitator__isnull=False) | Q(school__in=people),
        school__in=schools,
        active=True,
        starts_at__gt=clock.now(),
        lesson__is_demo=False,
    )
    days: dict[tuple[int, date], list[Reception]] = defaultdict(list)
    for row in rows.order_by("starts_at", "pk"):
        days[row.school_id, row.date].append(row)
    teaching = _teaching(people, {day for _school, day in days})
    changed = []
    for (school, day), here in days.items():
        found = _beside(people.get(school, {}), day, here, teaching)
        for row in here:
            if row.facilitator_id != found.get(row.pk):
                row.facilitator_id = found.get(row.pk)
                changed.append(row)
    Reception.objects.bulk_update(changed, ["facilitator"], batch_size=BATCH)


def names_people(schools: Collection[int]) -> bool:
    """Whether one of these schools says who can be beside its classes."""
    return Facilitator.objects.filter(school__in=schools).exists()


def unattended(schools: Collection[int], days: Collection[date]) -> set[int]:
    """Keys of receptions to come, in schools that say who can be beside their classes, that nobody is beside."""
    rows = Reception.objects.filter(
        school__in=Facilitator.objects.filter(school__in=schools).values("school"),
        date__in=days,
        active=True,
        starts_at__gt=clock.now(),
        facilitator=None,
        lesson__is_demo=False,
    )
    return set(rows.values_list("pk", flat=True))


def _people(schools: Collection[int]) -> dict[int, dict[int, Teacher]]:
    """By school the people that it names, by their keys."""
    rows = Facilitator.objects.filter(school__in=schools, person__ended_on=None).order_by("person__source_id")
    pairs = list(rows.values_list("school", "person"))
    away: dict[int, list[Unavailability]] = defaultdict(list)
    for row in TeacherUnavailability.objects.filter(person__in=[person for _school, person in pairs]):
        away[row.person_id].append(Unavailability(row.weekday, minutes_of(row.starts), minutes_of(row.ends)))
    found: dict[int, dict[int, Teacher]] = defaultdict(dict)
    for school, person in pairs:
        found[school][person] = Teacher(str(person), frozenset(), 0, tuple(away[person]))
    return found


def _teaching(people: Mapping[int, Collection[int]], days: Collection[date]) -> dict[tuple[int, date], list[Span]]:
    """When each of these people teaches own lessons on a day. None is held while its class receives."""
    found: dict[tuple[int, date], list[Span]] = defaultdict(list)
    if not days:
        return found
    teachers = [person for each in people.values() for person in each]
    for one in own_lessons(Q(teacher__in=teachers), (min(days), max(days))):
        span = minutes_of(civil(one.starts_at).time()), minutes_of(civil(one.ends_at).time())
        found[one.lesson.teacher_id or 0, one.day].append(span)
    return found


def _beside(
    people: Mapping[int, Teacher], day: date, rows: Sequence[Reception], teaching: Mapping[tuple[int, date], list[Span]]
) -> dict[int, int]:
    """Keys of people by reception; where there are too few, those that begin first have somebody."""
    keys = list(people)
    teachers = [
        replace(one, unavailable=(*one.unavailable, *_as_away(day, teaching.get((key, day), ()))))
        for key, one in people.items()
    ]
    served: list[Reception] = []
    chosen: list[int] = []
    for row in rows:
        more = assigned(teachers, day.isoweekday(), [_span(one) for one in (*served, row)])
        if more is not None:
            served, chosen = [*served, row], more
    return {row.pk: keys[number] for row, number in zip(served, chosen, strict=True)}


def _as_away(day: date, spans: Iterable[Span]) -> list[Unavailability]:
    return [Unavailability(day.isoweekday(), start, end) for start, end in spans]


def _span(row: Reception) -> Span:
    return minutes_of(civil(row.starts_at).time()), minutes_of(civil(row.ends_at).time())
