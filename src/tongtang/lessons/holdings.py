"""Who and what still holds lessons to come: nothing of that may end unnoticed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min, QuerySet

from tongtang.lessons.models import Lesson, Reception


@dataclass(frozen=True)
class Holding:
    """Lessons to come of one row: how many, and the day of the first."""

    count: int
    first: date


def _by(rows: QuerySet[Lesson] | QuerySet[Reception], column: str, ids: Collection[int]) -> dict[int, Holding]:
    found = rows.filter(**{f"{column}__in": ids}).values_list(column).annotate(Count("id"), Min("date"))
    return {key: Holding(count, first) for key, count, first in found.order_by(column)}


def _lessons(now: datetime) -> QuerySet[Lesson]:
    return Lesson.objects.filter(active=True, ends_at__gt=now)


def _receptions(now: datetime) -> QuerySet[Reception]:
    return Reception.objects.filter(active=True, ends_at__gt=now)


def held_by_teachers(ids: Collection[int], now: datetime) -> dict[int, Holding]:
    """Lessons that end after `now`, by the people who teach them."""
    return _by(_lessons(now), "teacher", ids)


def held_by_studios(ids: Collection[int], now: datetime) -> dict[int, Holding]:
    return _by(_lessons(now), "studio", ids)


def held_by_schools(ids: Collection[int], now: datetime) -> dict[int, Holding]:
    """Lessons taught by the schools; what they receive is held by their classes."""
    return _by(_lessons(now), "school", ids)


def held_by_classes(ids: Collection[int], now: datetime) -> dict[int, Holding]:
    return _by(_receptions(now), "home_class", ids)


def held_by_ended_rooms(schools: Collection[int], now: datetime) -> dict[int, Holding]:
    """Receptions in rooms that ended, by school."""
    return _by(_receptions(now).filter(room__ended_on__isnull=False), "school", schools)


def held_in_county(county: int, first_day: date, last_day: date, now: datetime) -> Holding | None:
    """Lessons to come of a county's schools from `first_day` to `last_day`, both included."""
    rows = _lessons(now).filter(region_code=county, date__range=(first_day, last_day), is_demo=False)
    found = rows.aggregate(count=Count("id"), first=Min("date"))
    return Holding(found["count"], found["first"]) if found["count"] else None
