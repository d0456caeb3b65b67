"""Own lessons of schools as causes: those of a class, and those that a teacher gives classes of the own school."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from tongtang.timetable.solver.explain.cause import Cause, Changes, Kind
from tongtang.timetable.solver.explain.reason import Change
from tongtang.timetable.solver.model import Broadcast, County, OwnPlace
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.solver.violation import Rule

OWN: Mapping[Kind, Rule] = {
    Kind.CLASS_OWN: Rule.CLASS_TAUGHT_BY_OWN_SCHOOL,
    Kind.TEACHER_OWN: Rule.TEACHER_WITH_OWN_CLASS,
}
"""The causes, and the rule that a plan breaks which does not keep them."""


def own_places(county: County, cause: Cause) -> list[OwnPlace]:
    """The places of the own lessons of a class, or of those that a teacher gives."""
    return sorted(
        place
        for place, (_subject, teacher) in county.own_lessons.items()
        if cause.entity == (place[0] if cause.kind is Kind.CLASS_OWN else teacher)
    )


def without_own(county: County, cause: Cause, places: Collection[object]) -> tuple[County, Changes]:
    """The county without these own lessons of the cause."""
    gone = [place for place in own_places(county, cause) if place in places]
    kept = {place: own for place, own in county.own_lessons.items() if place not in gone}
    return replace(county, own_lessons=kept), tuple(_row(county, place) for place in gone)


def _row(county: County, place: OwnPlace) -> Change:
    (class_id, weekday, period), (subject, teacher_id) = place, county.own_lessons[place]
    row = {"class_id": class_id, "weekday": str(weekday), "period": str(period)}
    return Change("local_timetable.csv", row | {"subject": subject, "teacher_id": teacher_id}, before="row")


def own_in_the_way(county: County, cause: Cause, plan: Sequence[Broadcast]) -> list[OwnPlace]:
    """The own lessons of the cause that the plan does not keep."""
    facts = (each.facts for each in verify(county, plan) if each.rule == OWN[cause.kind])
    met = {(each["class_id"], each["weekday"], each["period"]) for each in facts}
    return [place for place in own_places(county, cause) if place in met]


def own_counts(county: County, kind: Kind) -> Counter[str]:
    """Own lessons by class or by teacher."""
    if kind is Kind.CLASS_OWN:
        return Counter(class_id for class_id, _weekday, _period in county.own_lessons)
    return Counter(teacher for _subject, teacher in county.own_lessons.values())
