"""Reads of the curriculum plans."""

from datetime import date

from django.db.models import Q

from tongtang.curriculum.models import CurriculumPlan
from tongtang.curriculum.plans import Area, Grade, Plan

PROVINCE_DIGITS = 10**10


def plan_on(county_code: int, day: date) -> Plan:
    """The plan that holds in a county on a day: the province's own where it has one, else the nation's.

    Raises:
        CurriculumPlan.DoesNotExist: none is in force that day.
    """
    province = county_code // PROVINCE_DIGITS * PROVINCE_DIGITS
    rows = CurriculumPlan.objects.filter(
        Q(province=province) | Q(province=None), Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day
    )
    found = sorted(rows, key=lambda row: (row.province is None, -row.valid_from.toordinal()))
    if not found:
        raise CurriculumPlan.DoesNotExist
    return plan_of(found[0])


def plan_of(row: CurriculumPlan) -> Plan:
    """A plan's rows in the form of `plans`."""
    grades = tuple(Grade(one.grade, one.periods_per_week, one.weeks) for one in row.grades.all())
    areas = tuple(
        Area(
            one.code,
            frozenset(one.subjects),
            frozenset(one.grades),
            one.low,
            one.high,
            one.printed,
            {printed.grade: printed.periods_per_week for printed in one.periods.all()},
        )
        for one in row.areas.prefetch_related("periods")
    )
    return Plan(row.code, grades, areas)
