"""Pages of gauges: whether each class gets every subject and enough periods of it, from what was delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tongtang.access.api import ActorRequest, require_person
from tongtang.alliances.api import members_of
from tongtang.alliances.models import Alliance
from tongtang.curriculum.api import Violation, subject_name, violation_sentence
from tongtang.foundation import clock
from tongtang.lessons.api import LONGEST_SPAN
from tongtang.organisations.models import HomeClass
from tongtang.timetable import forms
from tongtang.timetable.alliance_week import alliance_for
from tongtang.timetable.gauges import ClassGauge, Gauge, classes_for, gauges_of
from tongtang.timetable.orders.queries import alliances_to_change
from tongtang.timetable.weekly import term_of
from tongtang.timetable.weeks import Week, teaching_week, week_of

MOST_SHORT = 6


@dataclass(frozen=True)
class Days:
    """The days that are counted: from the term's first to the end of a week. `weeks`: teaching weeks, 0 outside."""

    first: date
    last: date
    weeks: int


@dataclass(frozen=True)
class Line:
    """One subject of one class."""

    home_class: HomeClass
    subject: str
    gauge: Gauge


@dataclass(frozen=True)
class ClassPart:
    """One class: its subjects, those that are short first; in sentences what the plan misses and what is not due."""

    gauge: ClassGauge
    lines: Sequence[Line]
    violations: Sequence[str]
    not_due: Sequence[str]
    # Whether the class's own timetable is known: without it nobody can say that a subject is missing.
    own_known: bool


def days_of(county: int, week: Week) -> Days:
    """From the first day of the term that holds the week to its Sunday; the week alone outside the terms."""
    term = term_of(county, week)
    if term is None:
        return Days(week.monday, week.sunday, 0)
    return Days(
        term.first_day, min(week.sunday, term.last_day), teaching_week(week, term.first_day, term.last_day) or 0
    )


def _sentence(code: str, grade: int, area: str) -> str:
    return violation_sentence(Violation(code, area, grade, 0, 0))


def _violations(gauge: ClassGauge) -> list[str]:
    return [_sentence("undelivered" if one in gauge.undelivered else "missing", *one) for one in gauge.lacking]


def part_of(gauge: ClassGauge) -> ClassPart:
    """A class's gauge as its page shows it."""
    lines = [Line(gauge.home_class, subject_name(one.subject), one) for one in gauge.subjects]
    own = any(one.local_per_week for one in gauge.subjects)
    return ClassPart(
        gauge,
        sorted(lines, key=lambda line: (-line.gauge.missing, line.subject)),
        _violations(gauge) if own else [],
        [_sentence("not_due", *one) for one in gauge.not_due] if own else [],
        own,
    )


@dataclass(frozen=True)
class Sum:
    """Classes with every subject, of those whose own timetable is `known`; with enough, of those with anything due."""

    classes: int
    known: int
    complete: int
    counted: int
    sufficient: int


def sum_of(parts: Sequence[ClassPart]) -> Sum:
    """Numerators and denominators over classes."""
    known = [part for part in parts if part.own_known]
    due = [part for part in parts if part.gauge.due]
    return Sum(
        len(parts),
        len(known),
        sum(part.gauge.subjects_complete for part in known),
        len(due),
        sum(part.gauge.periods_sufficient for part in due),
    )


def _classes_of(request: ActorRequest, alliance: Alliance, day: date) -> list[HomeClass]:
    return list(classes_for(request.actor, Q(school__in=members_of(alliance, day))))


@require_GET
@require_person
def alliance_gauge(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The strip of an alliance's week: the classes that are short, worst first. A fragment of that page."""
    alliance = alliance_for(request.actor, public_id)
    week = forms.week_in(request.GET)
    days = days_of(alliance.anchor_school.county_code, week)
    parts = [part_of(one) for one in gauges_of(_classes_of(request, alliance, week.monday), days.first, days.last)]
    short = [line for part in parts for line in part.lines if line.gauge.missing > 0]
    short.sort(key=lambda line: -line.gauge.missing)
    context = {
        "alliance": alliance,
        "days": days,
        "sum": sum_of(parts),
        "short": short[:MOST_SHORT],
        "more": max(0, len(short) - MOST_SHORT),
        "week": week,
        "may_change": alliances_to_change(request.actor).filter(pk=alliance.pk).exists(),
    }
    return render(request, "timetable/_gauge.html", context)


def _page(
    request: ActorRequest, heading: str, classes: Sequence[HomeClass], home_class: HomeClass | None
) -> HttpResponse:
    if not classes:
        raise Http404
    week = forms.week_in(request.GET)
    school = classes[0].school
    days = days_of(school.county_code, week)
    parts = [part_of(one) for one in gauges_of(classes, days.first, days.last)]
    context = {
        "heading": heading,
        "school": school,
        "home_class": home_class,
        "week": week,
        "days": days,
        "since": max(days.first, days.last - timedelta(days=LONGEST_SPAN - 1)),
        "parts": parts,
        "sum": sum_of(parts),
        "due": sum(part.gauge.due for part in parts),
        "delivered": sum(part.gauge.delivered for part in parts),
        "as_of": clock.now(),
        "is_this_week": week == week_of(clock.today()),
    }
    return render(request, "timetable/gauge.html", context)


@require_GET
@require_person
def school_gauge(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """All classes of a school, those that are short first."""
    classes = classes_for(request.actor, Q(school__public_id=public_id))
    heading = classes[0].school.name if classes else ""
    return _page(request, heading, classes, None)


@require_GET
@require_person
def class_gauge(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """One class."""
    classes = classes_for(request.actor, Q(public_id=public_id))
    heading = f"{classes[0].school.name} {classes[0].name}" if classes else ""
    return _page(request, heading, classes, classes[0] if classes else None)
