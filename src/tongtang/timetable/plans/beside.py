"""Who is beside which class in a found plan, where schools say who can be."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tongtang.organisations.models import HomeClass
from tongtang.people.models import Person
from tongtang.timetable.models import Facilitator, PlanRun
from tongtang.timetable.plans.actions import Refused, check_inputs
from tongtang.timetable.plans.inputs import broadcasts_in, county_for_anchor, recorded_in
from tongtang.timetable.plans.words import turn_words
from tongtang.timetable.sentences import WEEKDAYS, wall_text
from tongtang.timetable.solver.facilitation import Facilitation, facilitations


@dataclass(frozen=True)
class BesideClass:
    """A class and its lessons in the order of the week: subject, when, with whom, and which weeks where not every."""

    home_class: str
    lessons: Sequence[tuple[str, str, str, str]]


@dataclass(frozen=True)
class Beside:
    """`is_known`: whether it can be told at all; where the county's data changed since the search it cannot."""

    classes: Sequence[BesideClass] = ()
    is_known: bool = True


def beside_of(run: PlanRun) -> Beside | None:
    """Who is beside the classes of a complete plan; None where no school names anybody."""
    if not run.complete or not Facilitator.objects.filter(school__county_code=run.county_code).exists():
        return None
    try:
        check_inputs(run)
        county = county_for_anchor(run.county_code, run.anchor)
        found = facilitations(county, broadcasts_in(run.plan), recorded_in(run.recorded))
    except (Refused, ValueError):
        return Beside(is_known=False)
    return Beside(_by_class(run.county_code, found))


def _by_class(county_code: int, found: Sequence[Facilitation]) -> list[BesideClass]:
    people = Person.objects.filter(county_code=county_code, source_id__in={one.teacher_id for one in found})
    names = dict(people.values_list("source_id", "name"))
    lessons: dict[str, list[Facilitation]] = defaultdict(list)
    for one in sorted(found, key=lambda one: (one.weekday, one.start, one.week)):
        lessons[one.class_id].append(one)
    rows = HomeClass.objects.filter(county_code=county_code, source_id__in=lessons).select_related("school")
    return [
        BesideClass(
            f"{row.school.name} {row.name}",
            [
                (one.subject, _when(one), names.get(one.teacher_id, one.teacher_id), turn_words(one))
                for one in lessons[row.source_id]
            ],
        )
        for row in rows.order_by("source_id")
    ]


def _when(one: Facilitation) -> str:
    return f"{WEEKDAYS[one.weekday - 1]} {wall_text(one.start)}"
