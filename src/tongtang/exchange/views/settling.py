"""What a person settles: rows that wait, and pupils who may be one."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongtang.access.api import ActorRequest, require_person
from tongtang.exchange import queries, wording
from tongtang.exchange.duplicates import settle as pairs
from tongtang.exchange.forms import WaitingForm
from tongtang.exchange.models import QuarantinedRow
from tongtang.exchange.policies import Verb
from tongtang.exchange.stages.run import Refused
from tongtang.exchange.stages.waiting import discard, release
from tongtang.people.models import Enrolment, Pupil

A_PAGE = 20


@never_cache
@require_GET
@require_person
def waiting(request: ActorRequest) -> HttpResponse:
    """Rows that wait, each with what is wrong."""
    queries.require_office(request.actor, Verb.IMPORT)
    page = Paginator(queries.waiting_rows(request.actor), A_PAGE).get_page(request.GET.get("page"))
    rows = [(row, wording.REASONS.get(row.reason, row.reason)) for row in page]
    return render(request, "exchange/waiting.html", {"page": page, "rows": rows})


@never_cache
@require_http_methods(["GET", "POST"])
@require_person
def settle_row(request: ActorRequest, public_id: UUID, number: int) -> HttpResponse:
    """Correct one row and take it in, or discard it."""
    row = queries.waiting_row_for(request.actor, public_id, number)
    given = request.POST if request.method == "POST" else None
    form = WaitingForm(given, county=row.run.county_code, initial=_initial(row))
    try:
        if request.method == "POST" and request.POST.get("do") == "discard":
            discard(actor=request.actor, row=row)
            return redirect("exchange:waiting")
        if request.method == "POST" and form.is_valid():
            right = form.cleaned_data
            values = {
                "name": right["name"],
                "sex": right["sex"],
                "birth_date": right["birth_date"].isoformat(),
                "class": right["home_class"],
            }
            release(actor=request.actor, row=row, values=values)
            return redirect("exchange:waiting")
    except Refused as error:
        return render(request, "exchange/refused.html", {"reason": str(error), "run": row.run}, status=409)
    reason = wording.REASONS.get(row.reason, row.reason)
    status = 400 if form.is_bound else 200
    return render(request, "exchange/settle_row.html", {"row": row, "form": form, "reason": reason}, status=status)


def _initial(row: QuarantinedRow) -> dict[str, Any]:
    return {**row.row, "home_class": row.row.get("class") or ""}


@never_cache
@require_GET
@require_person
def duplicates(request: ActorRequest) -> HttpResponse:
    """Pairs of pupils who may be one, both beside each other."""
    queries.require_office(request.actor, Verb.IMPORT)
    page = Paginator(queries.pairs_for(request.actor), A_PAGE).get_page(request.GET.get("page"))
    keys = {key for pair in page for key in (pair.first_id, pair.second_id)}
    places = _places(keys)
    rows = [(pair, _side(pair.first, places), _side(pair.second, places), pair.why) for pair in page]
    return render(request, "exchange/duplicates.html", {"page": page, "rows": rows})


def _places(pupils: set[int]) -> dict[int, list[str]]:
    """School and class of each pupil through the years, the latest first."""
    found: dict[int, list[str]] = {}
    rows = Enrolment.objects.filter(pupil__in=pupils).select_related("home_class__school").order_by("-valid_from")
    for row in rows:
        span = f"{row.valid_from.isoformat()} – {row.valid_to.isoformat() if row.valid_to else ''}"
        found.setdefault(row.pupil_id, []).append(f"{row.home_class.school.name} {row.home_class.name} {span}".strip())
    return found


def _side(pupil: Pupil, places: dict[int, list[str]]) -> dict[str, Any]:
    return {"pupil": pupil, "sex": wording.SEXES[pupil.sex], "places": places.get(pupil.pk, [])}


@require_POST
@require_person
def settle(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Decide on a pair: `do` is "first", "second" (the same child; this one goes on) or "different"."""
    pair = queries.pair_for(request.actor, public_id)
    word = request.POST.get("do", "")
    try:
        pairs.settle_pair(actor=request.actor, pair=pair, same=word != "different", kept=word)
    except pairs.Refused as error:
        return render(request, "exchange/refused.html", {"reason": str(error), "run": None}, status=409)
    return redirect("exchange:duplicates")
