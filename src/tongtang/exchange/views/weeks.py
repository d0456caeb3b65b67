"""Weeks that people take away as a workbook: whoever sees the page, and on record."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tongtang.access.api import ActorRequest, require_person
from tongtang.audit.api import append
from tongtang.exchange.calendars import feeds
from tongtang.exchange.exports.weeks import pages_of
from tongtang.exchange.parcels.sheets import workbook
from tongtang.exchange.views.download import XLSX, attached
from tongtang.organisations.models import School
from tongtang.timetable import api as timetable
from tongtang.timetable.api import Entry, Week

ACTION = "export.week"
# A school's workbook holds its whole week; its calendar tells only what is shared.
ENTRIES = {**feeds.ENTRIES, feeds.Kind.SCHOOL: timetable.school_lessons}


@never_cache
@require_GET
@require_person
def sheet(request: ActorRequest, kind: str, of: UUID) -> HttpResponse:
    """The week (?week=) of a class, teacher, school, room or studio."""
    thing, week = feeds.thing_of(request.actor, kind, of), timetable.week_in(request.GET)
    entries = ENTRIES[kind](thing, (week.monday, week.sunday))
    place = _place(kind, thing)
    return _handed_out(request, f"{kind}:{of}", kind, week, entries, place)


@never_cache
@require_GET
@require_person
def county_sheet(request: ActorRequest, code: int) -> HttpResponse:
    """The unified timetable of a county, under the filters of its page."""
    county, week = timetable.county_for(request.actor, code), timetable.week_in(request.GET)
    found = timetable.county_week(request.actor, county, week, timetable.choice_in(request.GET))
    return _handed_out(request, f"region:{code}", "county", week, found.entries, {"region_code": code})


@never_cache
@require_GET
@require_person
def alliance_sheet(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The unified timetable of an alliance, under the filters of its page."""
    alliance, week = timetable.alliance_for(request.actor, public_id), timetable.week_in(request.GET)
    found = timetable.week_of_alliance(alliance, week, timetable.chosen_in(request.GET), week.days())
    place = {"school": alliance.anchor_school}
    return _handed_out(request, f"alliance:{public_id}", "alliance", week, found.entries, place)


def _place(kind: str, thing: Any) -> dict[str, Any]:
    """Whose matter the entry of the audit is."""
    if kind == feeds.Kind.TEACHER:
        return {}
    school: School = thing if kind == feeds.Kind.SCHOOL else thing.school
    return {"school": school}


def _handed_out(
    request: ActorRequest, object_: str, kind: str, week: Week, entries: Sequence[Entry], place: dict[str, Any]
) -> HttpResponse:
    append(
        stream="export",
        action=ACTION,
        actor=request.actor.subject,
        object=object_,
        detail={"week": week.key, "lessons": len(entries)},
        **place,
    )
    return attached(workbook(pages_of(timetable.with_turns(entries), week)), f"week-{kind}-{week.key}.xlsx", XLSX)
