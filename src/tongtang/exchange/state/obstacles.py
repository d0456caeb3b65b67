"""What a comparison may not do: end rows that lessons to come need, take an id or a code that another one has."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tongtang.exchange.county.damage import Damage
from tongtang.exchange.state.compare import CREATED, ENDED, Change
from tongtang.exchange.state.values import CLASSES, SCHOOLS, TEACHERS
from tongtang.lessons import api as lessons
from tongtang.organisations.models import HomeClass, School, SchoolChange
from tongtang.people.api import taken_ids
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


def merged_away(county: int, schools: Container[str]) -> Iterator[Damage]:
    """A finding for each of `schools` that was merged into another: no file of an older system brings it back."""
    merged = SchoolChange.objects.filter(
        school__county_code=county, kind=SchoolChange.Kind.MERGE, school__ended_on__isnull=False
    ).select_related("school", "other")
    for change in merged:
        if change.school.source_id in schools:
            sentence = _("This school was merged into %(other)s on %(day)s; write that school's id.")
            values = {"other": change.other.name if change.other else "", "day": change.day.isoformat()}
            yield Damage("", 0, "", change.school.source_id, sentence % values)


def ids_taken(county: int, changes: Iterable[Change]) -> Iterator[Damage]:
    """A finding for each new teacher whose id belongs to somebody who was added by hand: two people in one account."""
    fresh = {change.source_id for change in changes if change.table == TEACHERS and change.kind == CREATED}
    for source_id in sorted(taken_ids(county, fresh)):
        sentence = _("Somebody who was added here by hand has this id already; choose another one.")
        yield Damage(TEACHERS, 0, "", source_id, sentence)


def codes_taken(county: int, changes: Iterable[Change]) -> Iterator[Damage]:
    """A finding for each school code that two schools would have, one of them perhaps in another county."""
    codes = {
        change.source_id: str(change.attributes["code"][1])
        for change in changes
        if change.table == SCHOOLS and change.attributes.get("code", ("", ""))[1]
    }
    others = School.objects.filter(code__in=set(codes.values())).exclude(county_code=county, source_id__in=codes)
    holders = dict.fromkeys(others.values_list("code", flat=True), 1)
    for code, count in sorted(Counter([*codes.values(), *holders]).items()):
        if count > 1:
            yield Damage(SCHOOLS, 0, "code", code, _("Another school has this code."))
