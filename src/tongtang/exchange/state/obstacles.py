"""Rows that may not end yet, because lessons to come need them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tongtang.exchange.county.damage import Damage
from tongtang.exchange.state.compare import ENDED, Change
from tongtang.exchange.state.values import CLASSES, SCHOOLS, TEACHERS
from tongtang.lessons import api as lessons
from tongtang.organisations.models import HomeClass, School
from tongtang.people.models import Person

HELD_BY = (
    (SCHOOLS, School, lessons.held_by_schools),
    (CLASSES, HomeClass, lessons.held_by_classes),
    (TEACHERS, Person, lessons.held_by_teachers),
)


def obstacles(county: int, changes: Iterable[Change], now: datetime) -> Iterator[Damage]:
    """A finding for each row that would end and still has lessons to come."""
    ending = [change for change in changes if change.kind == ENDED]
    for table, model, held_by in HELD_BY:
        ids = [change.source_id for change in ending if change.table == table]
        rows: Any = model.objects.filter(county_code=county, source_id__in=ids)
        names = dict(rows.values_list("pk", "source_id"))
        for pk, holding in sorted(held_by(set(names), now).items()):
            sentence = _(
                "%(id)s is no longer in the file but has %(count)d lessons to come, the first on %(day)s; "
                "move or cancel them first, or put the row back."
            )
            values = {"id": names[pk], "count": holding.count, "day": holding.first.isoformat()}
            yield Damage(table, 0, "", names[pk], sentence % values)
