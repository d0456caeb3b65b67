"""Who is beside which class on which day: given anew whenever lessons or people change; what began stays."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from django.db.models import Q

from tongtang.foundation import clock
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Reception
from tongtang.timetable.models import Facilitator, TeacherUnavailability
from tongtang.timetable.queries import minutes_of
from tongtang.timetable.solver.facilitation import assigned
from tongtang.timetable.solver.fit import Span
from tongtang.timetable.solver.model import Teacher, Unavailability

BATCH = 500


def seat_facilitators(schools: Collection[int]) -> None:
    """Give each reception to come in these schools the person beside its class, None where nobody can be found.

    A person is with one class at a time and only while not unavailable. Schools that name nobody have always somebody.
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
    changed = []
    for (school, day), here in days.items():
        found = _beside(people.get(school, {}), day, here)
        for row in here:
            if row.facilitator_id != found.get(row.pk):
                row.facilitator_id = found.get(row.pk)
                changed.append(row)
    Reception.objects.bulk_update(changed, ["facilitator"], batch_size=BATCH)


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


def _beside(people: dict[int, Teacher], day: date, rows: Sequence[Reception]) -> dict[int, int]:
    """Keys of people by reception; where there are too few, those that begin first have somebody."""
    teachers, keys = list(people.values()), list(people)
    served: list[Reception] = []
    chosen: list[int] = []
    for row in rows:
        more = assigned(teachers, day.isoweekday(), [_span(one) for one in (*served, row)])
        if more is not None:
            served, chosen = [*served, row], more
    return {row.pk: keys[number] for row, number in zip(served, chosen, strict=True)}


def _span(row: Reception) -> Span:
    return minutes_of(civil(row.starts_at).time()), minutes_of(civil(row.ends_at).time())
