"""The history of a school for its page: names, changes, classes that it gave away."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from tongtang.exchange.wording import CHANGES
from tongtang.organisations.models import ClassPlacement, HomeClass, School, SchoolChange, SchoolName


@dataclass(frozen=True)
class Named:
    """A name with its first day (None: always) and its last (None: still)."""

    name: str
    first: date | None
    last: date | None


def names_of(school: School) -> list[Named]:
    """Every name of a school, the present one first."""
    former = list(SchoolName.objects.filter(school=school).order_by("-valid_to"))
    since = date.fromordinal(former[0].valid_to.toordinal() + 1) if former else None
    return [Named(school.name, since, None), *(Named(row.name, row.valid_from, row.valid_to) for row in former)]


def changes_of(school: School) -> list[tuple[SchoolChange, str]]:
    """Changes in which the school took part, with their word, the latest first."""
    rows = SchoolChange.objects.filter(Q(school=school) | Q(other=school)).select_related("school", "other")
    return [(row, str(CHANGES[row.kind])) for row in rows]


def classes_on(school: School, day: date) -> list[HomeClass]:
    """The classes that belonged to the school on a day."""
    gone = ClassPlacement.objects.filter(school=school, valid_to__gte=day).values("home_class")
    came = ClassPlacement.objects.filter(home_class__school=school, valid_to__gte=day).exclude(school=school)
    here = HomeClass.objects.filter(Q(school=school) | Q(pk__in=gone)).exclude(pk__in=came.values("home_class"))
    return list(here.filter(Q(ended_on=None) | Q(ended_on__gt=day)).order_by("source_id"))
