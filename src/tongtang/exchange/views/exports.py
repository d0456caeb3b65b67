"""Rosters that people take away: of a school as a spreadsheet, of a county as OneRoster. Every one is on record."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tongtang.access.api import ActorRequest, require_person
from tongtang.audit.api import append
from tongtang.exchange import queries, wording
from tongtang.exchange.exports import gate
from tongtang.exchange.oneroster.writing import bulk_zip
from tongtang.exchange.parcels.sheets import Cell
from tongtang.exchange.policies import Verb
from tongtang.exchange.state.present import present_state
from tongtang.exchange.state.values import PUPILS
from tongtang.exchange.views.download import attached, spreadsheet
from tongtang.foundation import clock
from tongtang.people.models import Enrolment, Pupil

ZIP = "application/zip"
SCHOOL_ROSTER, COUNTY_ROSTER = "export.school_roster", "export.oneroster"


@never_cache
@require_GET
@require_person
def school_roster(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The pupils of a school (of one class with ?class=) by class and id."""
    school = queries.school_for(request.actor, Verb.EXPORT_SCHOOL, public_id)
    rows = Enrolment.objects.filter(home_class__school=school, valid_to=None, pupil__ended_on=None)
    wanted = request.GET.get("class", "")[:64].replace("\x00", "")
    if wanted:
        rows = rows.filter(home_class__source_id=wanted)
    count, object_ = rows.count(), f"school:{school.public_id}"
    refusal = gate.refusal(request, SCHOOL_ROSTER, object_, count)
    if refusal is not None:
        return refusal
    header = [_("Class"), _("Id"), _("Name"), _("Sex"), _("Birth date")]
    values = rows.select_related("pupil", "home_class").order_by("home_class__source_id", "pupil__source_id")
    lines = [_line(one.home_class.name, one.pupil) for one in values]
    append(
        stream="export",
        action=SCHOOL_ROSTER,
        actor=request.actor.subject,
        object=object_,
        detail={"pupils": count},
        school=school,
    )
    return spreadsheet(f"roster-{clock.today():%Y%m%d}", school.name, header, lines)


def _line(home_class: str, pupil: Pupil) -> list[Cell]:
    return [home_class, pupil.source_id, pupil.name, str(wording.SEXES[pupil.sex]), pupil.birth_date]


@never_cache
@require_GET
@require_person
def oneroster(request: ActorRequest) -> HttpResponse:
    """The county (?county=) as a OneRoster 1.2 bulk zip; without it, the page that offers it."""
    text = request.GET.get("county", "")
    code = int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else 0
    counties = queries.require_office(request.actor, Verb.IMPORT)
    if not code:
        return render(request, "exchange/export.html", {"counties": counties})
    county = queries.county_for(request.actor, Verb.IMPORT, code)
    state = present_state(county.code)
    refusal = gate.refusal(request, COUNTY_ROSTER, f"region:{county.code}", len(state[PUPILS]))
    if refusal is not None:
        return refusal
    append(
        stream="export",
        action=COUNTY_ROSTER,
        actor=request.actor.subject,
        object=f"region:{county.code}",
        detail={"pupils": len(state[PUPILS])},
        region_code=county.code,
    )
    return attached(bulk_zip(state, (str(county.code), county.name)), f"oneroster-{county.code // 10**6}.zip", ZIP)
