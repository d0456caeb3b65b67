"""Rosters that people take away: of a school as a spreadsheet, of a county as OneRoster. Every one is on record."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongtang.access.api import ActorRequest, require_person
from tongtang.audit.api import append
from tongtang.exchange import queries, wording
from tongtang.exchange.exports import gate
from tongtang.exchange.oneroster.writing import bulk_zip
from tongtang.exchange.parcels.sheets import Cell
from tongtang.exchange.policies import Verb
from tongtang.exchange.state.present import present_state
from tongtang.exchange.state.values import PUPILS, State
from tongtang.exchange.views.download import attached, spreadsheet
from tongtang.foundation import clock
from tongtang.organisations.models import Region, School
from tongtang.people.models import Enrolment, Pupil

ZIP = "application/zip"


@never_cache
@require_http_methods(["GET", "POST"])
@require_person
def school_roster(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    """The pupils of a school (of one class with ?class=) by class and id."""
    school = queries.school_for(request.actor, Verb.EXPORT_SCHOOL, public_id)
    rows = Enrolment.objects.filter(home_class__school=school, valid_to=None, pupil__ended_on=None)
    wanted = request.GET.get("class", "")[:64].replace("\x00", "")
    if wanted:
        rows = rows.filter(home_class__source_id=wanted)
    title = _("Roster of %(school)s") % {"school": school.name}
    export = gate.Export(gate.SCHOOL_ROSTER, f"school:{school.public_id}", title, rows.count(), wanted)
    return gate.passage(request, export, lambda: _school_file(request, school, rows, export))


def _school_file(request: ActorRequest, school: School, rows: QuerySet[Enrolment], export: gate.Export) -> HttpResponse:
    header = [_("Class"), _("Id"), _("Name"), _("Sex"), _("Birth date")]
    values = rows.select_related("pupil", "home_class").order_by("home_class__source_id", "pupil__source_id")
    lines = [_line(one.home_class.name, one.pupil) for one in values]
    append(
        stream="export",
        action=export.action,
        actor=request.actor.subject,
        object=export.object,
        detail=export.detail,
        school=school,
    )
    return spreadsheet(f"roster-{clock.today():%Y%m%d}", school.name, header, lines)


def _line(home_class: str, pupil: Pupil) -> list[Cell]:
    return [home_class, pupil.source_id, pupil.name, str(wording.SEXES[pupil.sex]), pupil.birth_date]


@never_cache
@require_http_methods(["GET", "POST"])
@require_person
def oneroster(request: ActorRequest) -> HttpResponseBase:
    """The county (?county=) as a OneRoster 1.2 bulk zip; without it, the page that offers it."""
    text = request.GET.get("county", "")
    code = int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else 0
    counties = queries.require_office(request.actor, Verb.IMPORT)
    if not code:
        return render(request, "exchange/export.html", {"counties": counties})
    county = queries.county_for(request.actor, Verb.IMPORT, code)
    state = present_state(county.code)
    title = _("OneRoster export of %(county)s") % {"county": county.name}
    export = gate.Export(gate.COUNTY_ROSTER, f"region:{county.code}", title, len(state[PUPILS]))
    return gate.passage(request, export, lambda: _county_file(request, county, state, export))


def _county_file(request: ActorRequest, county: Region, state: State, export: gate.Export) -> HttpResponse:
    append(
        stream="export",
        action=export.action,
        actor=request.actor.subject,
        object=export.object,
        detail=export.detail,
        region_code=county.code,
    )
    return attached(bulk_zip(state, (str(county.code), county.name)), f"oneroster-{county.code // 10**6}.zip", ZIP)
