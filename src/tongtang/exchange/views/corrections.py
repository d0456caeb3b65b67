"""Source of record: the rules, and each value of a row with its source, corrected by hand with a reason."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tongtang.access.api import ActorRequest, require_person
from tongtang.audit.api import append
from tongtang.exchange import queries, wording
from tongtang.exchange.forms import CorrectionForm, RuleForm
from tongtang.exchange.models import Correction, SourceRule
from tongtang.exchange.policies import Verb
from tongtang.exchange.sources import hand
from tongtang.exchange.state.values import TABLES
from tongtang.organisations.models import Region


@never_cache
@require_GET
@require_person
def rules(request: ActorRequest) -> HttpResponse:
    """Which system owns which attribute, and the form of a new rule; with `id`, the row that is looked for."""
    if request.GET.get("id"):
        county = _county(request, request.GET.get("county", ""))
        if hand.row_of(county.code, request.GET.get("table", ""), request.GET["id"]) is not None:
            return redirect("exchange:row", county.code, request.GET["table"], request.GET["id"])
        return _rules(request, None, is_missing=True)
    return _rules(request, None)


def _rules(
    request: ActorRequest, form: RuleForm | None, status: int = 200, *, is_missing: bool = False
) -> HttpResponse:
    counties = queries.require_office(request.actor, Verb.CORRECT)
    names = {row.code: row.name for row in counties}
    rows = SourceRule.objects.filter(county_code__in=names) | SourceRule.objects.filter(county_code=None)
    shown = [
        {
            "rule": row,
            "county": names.get(row.county_code or 0, ""),
            "table": wording.TABLES.get(row.table, row.table),
            "attribute": wording.attribute(row.table, row.attribute),
            "others": ", ".join(row.may_overwrite),
        }
        for row in rows
    ]
    context = {
        "rows": shown,
        "form": form or RuleForm(counties=counties),
        "counties": counties,
        "is_missing": is_missing,
        "tables": [(table, wording.TABLES[table]) for table in TABLES],
    }
    return render(request, "exchange/rules.html", context, status=status)


@require_POST
@require_person
def new_rule(request: ActorRequest) -> HttpResponse:
    """A rule from a day on; the rules before it stay in the table."""
    county = _county(request, request.POST.get("county", ""))
    form = RuleForm(request.POST, counties=queries.counties_for(request.actor, Verb.CORRECT))
    if not form.is_valid():
        return _rules(request, form, status=400)
    given = form.cleaned_data
    table, _dot, attribute = given["attribute"].partition(".")
    others = [word.strip() for word in given["may_overwrite"].split(",") if word.strip()]
    SourceRule.objects.create(
        county_code=county.code,
        table=table,
        attribute=attribute,
        owner=given["owner"],
        may_overwrite=others,
        valid_from=given["valid_from"],
    )
    append(
        stream="import",
        action="source.rule_added",
        actor=request.actor.subject,
        object=f"region:{county.code}",
        detail={"attribute": given["attribute"], "owner": given["owner"], "others": list(others)},
        region_code=county.code,
    )
    return redirect("exchange:rules")


def _county(request: ActorRequest, text: str) -> Region:
    code = int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else 0
    return queries.county_for(request.actor, Verb.CORRECT, code)


@never_cache
@require_GET
@require_person
def row(request: ActorRequest, code: int, table: str, source_id: str) -> HttpResponse:
    """One row: each attribute with its source and who may overwrite it."""
    return _row(request, queries.county_for(request.actor, Verb.CORRECT, code), table, source_id, None)


def _row(
    request: ActorRequest, county: Region, table: str, source_id: str, refusal: str | None, status: int = 200
) -> HttpResponse:
    values = hand.row_of(county.code, table, source_id)
    if values is None:
        raise Http404
    attributes = [
        {
            "word": wording.attribute(table, one.name),
            "shown": wording.shown(one.value),
            "one": one,
            "who": queries.name_of(one.held.by) if one.held else "",
            "others": ", ".join(one.owner.may_overwrite),
        }
        for one in hand.attributes_of(county.code, table, source_id, values)
    ]
    past = Correction.objects.filter(county_code=county.code, table=table, source_id=source_id)
    history = [(one, wording.attribute(table, one.attribute), queries.name_of(one.by)) for one in past]
    context = {
        "county": county,
        "table": table,
        "table_word": wording.TABLES[table],
        "source_id": source_id,
        "name": values.get("name"),
        "attributes": attributes,
        "history": [(one, word, who, wording.shown(one.was), wording.shown(one.now)) for one, word, who in history],
        "refusal": refusal,
        "sexes": list(wording.SEXES.items()),
    }
    return render(request, "exchange/row.html", context, status=status)


@require_POST
@require_person
def correct(request: ActorRequest) -> HttpResponse:
    """Set one attribute by hand."""
    county = _county(request, request.POST.get("county", ""))
    table, source_id = request.POST.get("table", ""), request.POST.get("id", "")
    form = CorrectionForm(request.POST)
    if not form.is_valid():
        reasons = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _row(request, county, table, source_id, reasons, status=400)
    try:
        hand.correct(
            actor=request.actor,
            county=county.code,
            table=table,
            source_id=source_id,
            attribute=request.POST.get("attribute", ""),
            value=form.cleaned_data["value"],
            reason=form.cleaned_data["reason"],
        )
    except hand.Refused as error:
        return _row(request, county, table, source_id, str(error), status=409)
    return redirect("exchange:row", county.code, table, source_id)


@require_POST
@require_person
def release(request: ActorRequest) -> HttpResponse:
    """Let a corrected value go."""
    county = _county(request, request.POST.get("county", ""))
    number = request.POST.get("correction", "")
    rows = Correction.objects.filter(county_code=county.code)
    one = get_object_or_404(rows, pk=int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0)
    try:
        hand.release(actor=request.actor, correction=one)
    except hand.Refused as error:
        return _row(request, county, one.table, one.source_id, str(error), status=409)
    return redirect("exchange:row", county.code, one.table, one.source_id)
