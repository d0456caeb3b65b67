"""Why no plan can serve everything, as {entity, sentence, relaxation}: what the page and the row of a search show."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from tongtang.organisations.models import HomeClass, School
from tongtang.timetable.sentences import in_words
from tongtang.timetable.solver.county_plan import WeeklyAnswer
from tongtang.timetable.solver.shortage import Kind, Shortage

WORDS: Mapping[Kind, tuple[Any, Any]] = {
    Kind.NO_PLACE: (
        gettext_lazy(
            "%(entity)s is owed %(needed)s lessons of %(subject)s a week, but no broadcast may hold it: there is no "
            "room, no line, no grade band, or there are too many pupils."
        ),
        gettext_lazy("Give the school a receiving room and a line, or raise the limits of a broadcast."),
    ),
    Kind.NO_TEACHER: (
        gettext_lazy("%(entity)s is owed %(needed)s lessons of %(subject)s a week, which nobody teaches."),
        gettext_lazy("Name a teacher of %(subject)s."),
    ),
    Kind.CLASS_DAYS: (
        gettext_lazy(
            "%(entity)s is owed %(needed)s lessons of %(subject)s a week; its free periods and the hours of the "
            "teachers have room for %(is)s."
        ),
        gettext_lazy("Free %(missing)s more periods of the class on another day, or widen the hours of a teacher."),
    ),
    Kind.CLASS_PERIODS: (
        gettext_lazy("%(entity)s is owed %(needed)s lessons a week by broadcast, but has %(is)s free periods."),
        gettext_lazy("Free %(missing)s more periods of the class."),
    ),
    Kind.SCHOOL_ROOMS: (
        gettext_lazy(
            "%(entity)s receives %(needed)s lessons a week in %(rooms)s rooms; the free periods of its classes have "
            "room for %(is)s."
        ),
        gettext_lazy("Add a receiving room, or free periods for %(missing)s more lessons."),
    ),
    Kind.STUDIOS: (
        gettext_lazy("At least %(needed)s broadcasts a week are needed; %(studios)s studios hold %(is)s."),
        gettext_lazy("Add a studio."),
    ),
    Kind.SUBJECT_SUPPLY: (
        gettext_lazy(
            "%(subject)s needs at least %(needed)s broadcasts a week; its %(teachers)s teachers can give %(is)s."
        ),
        gettext_lazy("Add a teacher of %(subject)s, or raise caps by %(missing)s lessons a week."),
    ),
    Kind.TEACHERS_TOGETHER: (
        gettext_lazy("At least %(needed)s broadcasts a week are needed; all teachers together can give %(is)s."),
        gettext_lazy("Add a teacher, or raise caps where one teaches several subjects."),
    ),
}


def explanation_of(county_code: int, answer: WeeklyAnswer) -> list[dict[str, str]]:
    """The proofs of the answer in sentences, with names instead of ids. Empty where nothing is proven."""
    return [_explained(county_code, one) for one in answer.shortages]


def _explained(county_code: int, shortage: Shortage) -> dict[str, str]:
    facts: dict[str, Any] = dict(shortage.facts)
    if shortage.kind == Kind.SUBJECT_SUPPLY:
        facts["subject"] = shortage.entity
    facts["entity"] = _name(county_code, shortage)
    facts["missing"] = int(facts["needed"]) - int(facts["is"])
    sentence, relaxation = WORDS[shortage.kind]
    return {
        "entity": shortage.entity,
        "sentence": in_words(sentence, facts),
        "relaxation": in_words(relaxation, facts),
    }


def _name(county_code: int, shortage: Shortage) -> str:
    own = {"county_code": county_code, "source_id": shortage.entity}
    if shortage.kind == Kind.SCHOOL_ROOMS:
        return School.objects.filter(**own).values_list("name", flat=True).first() or shortage.entity
    home_class = HomeClass.objects.filter(**own).select_related("school").first()
    return f"{home_class.school.name} {home_class.name}" if home_class else shortage.entity
