"""Pages of an alliance's week: the unified timetable, where a lesson may go, and the strip of its gauges."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from tongtang.access.api import Actor, ActorRequest, require_person
from tongtang.alliances.models import Alliance
from tongtang.curriculum.api import grade_names, subject_name
from tongtang.foundation import clock
from tongtang.lessons.models import Lesson
from tongtang.notices.api import told_count
from tongtang.timetable import forms, weekly
from tongtang.timetable.alliance_page import (
    Proposal,
    lesson_words,
    look_of,
    overlaid,
    place_json,
    places_by_day,
    proposed_move,
    proposed_order,
    tasks_of,
)
from tongtang.timetable.alliance_week import AllianceWeek, alliance_for, alliances_for, week_of_alliance
from tongtang.timetable.models import ChangeOrder
from tongtang.timetable.orders.done import held_rows
from tongtang.timetable.orders.places import places_of
from tongtang.timetable.orders.queries import alliances_to_change, order_for, orders_of_week
from tongtang.timetable.orders.sentences import KIND_WORDS
from tongtang.timetable.page import broadcast_words, departures, draw, week_words
from tongtang.timetable.turns import with_turns
from tongtang.timetable.views import navigation_of, sheet_query
from tongtang.timetable.weeks import Week, week_of

MOST_OTHERS = 4


def days_of(alliance: Alliance, week: Week) -> list[date]:
    """The days of a week on which the alliance may teach: Monday to Friday and the make-up days of its county."""
    special = departures(alliance.anchor_school.county_code, week)
    taught = Lesson.objects.filter(alliance=alliance, date__range=(week.monday, week.sunday)).values_list("date")
    return week.days([*(day for day, (holiday, _as) in special.items() if not holiday), *(day for (day,) in taught)])


def may_change(actor: Actor, alliance: Alliance) -> bool:
    """Whether the actor may order changes of this alliance."""
    return alliances_to_change(actor).filter(pk=alliance.pk).exists()


def lesson_of(alliance: Alliance, public_id: UUID | None) -> Lesson | None:
    """A lesson of the alliance that is still to come, or None."""
    if public_id is None:
        return None
    rows = Lesson.objects.select_related("alliance__anchor_school", "teacher", "studio")
    return rows.filter(alliance=alliance, public_id=public_id, is_demo=False).first()


def _filters(found: AllianceWeek) -> dict[str, Any]:
    return {
        "subjects": [(subject, subject_name(subject)) for subject in found.subjects],
        "grades": [(grade, grade_names([grade])) for grade in range(1, forms.GRADES + 1)],
        "teachers": found.teachers,
        "schools": found.schools,
    }


def _proposal(request: ActorRequest, alliance: Alliance, lesson: Lesson | None) -> Proposal | None:
    """What the address asks to look at: an order, or a move of the chosen lesson."""
    order = forms.uuid_in(request.GET, "order")
    if order is not None:
        return proposed_order(request.actor, order_for(request.actor, order))
    moment = forms.moment_in(request.GET, "to")
    if lesson is None or moment is None or not may_change(request.actor, alliance):
        return None
    return proposed_move(request.actor, alliance, lesson, moment)


def _addresses(request: HttpRequest) -> dict[str, str]:
    """This page without what is chosen, the same with a lesson to be named at its end, and its filters alone."""
    query = request.GET.copy()
    for name in ("lesson", "to", "order"):
        query.pop(name, None)
    plain = f"{request.path}?{query.urlencode()}"
    filters = urlencode({name: str(query[name]) for name in forms.FILTERS if query.get(name)})
    return {"plain": plain, "choose": f"{plain}{'&' if query else ''}lesson=", "filters": filters}


@require_GET
@require_person
def alliance_week(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The unified timetable of an alliance, with one lesson or one change looked at."""
    alliance = alliance_for(request.actor, public_id)
    week, now = forms.week_in(request.GET), clock.now()
    days = days_of(alliance, week)
    chosen = forms.chosen_in(request.GET)
    found = week_of_alliance(alliance, week, chosen, days)
    lesson = lesson_of(alliance, forms.uuid_in(request.GET, "lesson"))
    proposal = _proposal(request, alliance, lesson)
    county = alliance.anchor_school.county_code
    term = weekly.term_of(county, week)
    entries = with_turns(overlaid(found, proposal, week))
    grid = draw(
        week=week,
        entries=entries,
        words=broadcast_words,
        may_open=set(),
        bells=found.bells.bells,
        county_code=county,
        look=look_of(found, proposal),
        windows=found.bells.windows,
        shared=found.bells.shared,
        more_days=days,
    )
    orders = orders_of_alliance(request.actor, alliance, week)
    changes = may_change(request.actor, alliance)
    context: dict[str, Any] = {
        "alliance": alliance,
        "others": [one for one in alliances_for(request.actor) if one.pk != alliance.pk],
        "heading": alliance.name,
        "week": week,
        "last_day": grid.columns[-1].day,
        "is_this_week": week == week_of(clock.today()),
        "week_words": week_words(week, term),
        "term": term,
        "grid": grid,
        "navigation": navigation_of(request, week),
        "as_of": now,
        "sheet_query": sheet_query(request, week),
        "found": found,
        "chosen": chosen,
        "may_change": changes,
        "movable": _movable(found, now) if changes else set(),
        "lesson": lesson,
        "proposal": proposal,
        "told": told_count(f"change-order:{proposal.order.public_id}:applied") if proposal and proposal.order else 0,
        "held": held_rows(request.actor, proposal.order) if proposal is not None and proposal.order else [],
        "orders": order_rows(orders),
        "tasks": tasks_of(found, orders),
        "addresses": _addresses(request),
        "kinds": [(kind.value, KIND_WORDS[kind]) for kind in ChangeOrder.Kind],
    }
    if lesson is not None and proposal is not None and not proposal.possible:
        context["free_times"] = _free_times(lesson, proposal, days, now, context["addresses"]["choose"])
    if lesson is not None:
        context["lesson_words"] = lesson_words(lesson)
        if changes and proposal is None and lesson.starts_at > now:
            context["places"] = places_by_day(lesson, days, now)
            context["may_go"] = any(day.possible for day in context["places"])
    return render(request, "timetable/alliance_week.html", context | _filters(found))


def _free_times(
    lesson: Lesson, proposal: Proposal, days: Sequence[date], now: datetime, choose: str
) -> list[tuple[str, str]]:
    """The possible places that are nearest to the one that was wished for, each with the address of its preview."""
    wished = proposal.starts_at or lesson.starts_at
    found = [one for one in places_of(lesson, days, now) if one.possible]
    found.sort(key=lambda one: abs(one.starts_at - wished))
    told = [place_json(one) for one in found[:MOST_OTHERS]]
    return [(str(one["when"]), f"{choose}{lesson.public_id}&to={one['day']}T{one['time']}") for one in told]


def _movable(found: AllianceWeek, now: datetime) -> set[UUID]:
    return {one.public_id for one in found.entries if one.starts_at > now and not one.cancelled}


def orders_of_alliance(actor: Actor, alliance: Alliance, week: Week) -> list[ChangeOrder]:
    """The orders of a week that are the alliance's."""
    return [one for one in orders_of_week(actor, week) if one.alliance_id == alliance.pk]


def order_rows(orders: list[ChangeOrder]) -> list[tuple[ChangeOrder, Any, str]]:
    """Each order with the word of its kind and its state of today."""
    today = clock.today()
    return [(one, KIND_WORDS[ChangeOrder.Kind(one.kind)], str(one.state_on(today))) for one in orders]


@require_GET
@require_person
def places(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Where a lesson may go in a week, as JSON: what the island asks when somebody takes it up."""
    rows = Lesson.objects.select_related("alliance__anchor_school").filter(is_demo=False)
    lesson = get_object_or_404(rows, alliance__in=alliances_to_change(request.actor), public_id=public_id)
    found = places_of(lesson, days_of(lesson.alliance, forms.week_in(request.GET)), clock.now())
    return JsonResponse({"places": [place_json(one) for one in found]})
