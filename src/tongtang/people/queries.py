"""Reads of people."""

from datetime import date

from django.db.models import Q, QuerySet

from tongtang.people.models import Pupil


def pupils_of(home_class_id: int, day: date) -> QuerySet[Pupil]:
    """Pupils enrolled in a class on a day, by their number."""
    return Pupil.objects.filter(
        Q(enrolments__valid_to=None) | Q(enrolments__valid_to__gte=day),
        enrolments__home_class=home_class_id,
        enrolments__valid_from__lte=day,
        ended_on=None,
    ).order_by("source_id")


def names_of_rows(pks: list[int]) -> list[dict[str, object]]:
    """The ids, within their county's files, of some pupils: {"id"} each."""
    found = Pupil.objects.filter(pk__in=pks).values_list("source_id", flat=True).order_by("source_id")
    return [{"id": source_id} for source_id in found]
