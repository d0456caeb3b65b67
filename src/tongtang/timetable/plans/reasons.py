"""Why no plan can serve everything live, and what would help: what the page and the row of a search show."""

from typing import Any

from tongtang.organisations.models import HomeClass, School, Studio
from tongtang.people.models import Person
from tongtang.timetable.explain_sentences import Words, explanation_json
from tongtang.timetable.solver.county_plan import WeeklyAnswer
from tongtang.timetable.solver.explain.county import explain_county
from tongtang.timetable.solver.model import County

SECONDS = 20.0
"""The guard of one explanation, beyond its usual work; what it cuts off is told."""


def explanation_of(county_code: int, county: County, answer: WeeklyAnswer) -> list[dict[str, Any]]:
    """The reasons behind the proofs of the answer, as `explain_sentences` tells them. Empty where nothing is proven."""
    if not answer.shortages:
        return []
    words = _words(county_code, county)
    return [explanation_json(reason, words) for reason in explain_county(county, answer.shortages, SECONDS)]


def _words(county_code: int, county: County) -> Words:
    names: dict[str, str] = {}
    # Ids are one kind's own: where two kinds share one, the school or class is meant, which reasons name most.
    for rows in (Studio.objects, Person.objects, HomeClass.objects, School.objects):
        names |= dict(rows.filter(county_code=county_code).values_list("source_id", "name"))

    def clocks(class_id: str, period: int) -> tuple[int, int] | None:
        bell = county.bell_of(county.classes[class_id])
        return next(((one.start, one.end) for one in bell.periods if one.number == period), None)

    return Words(names, {one.class_id: one.school_id for one in county.classes.values()}, clocks)
