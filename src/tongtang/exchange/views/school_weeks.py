"""Whole schools' weeks: hand in a zip, watch the search, take the result away."""

from uuid import UUID

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tongtang.access.api import ActorRequest, require_person
from tongtang.exchange import queries, wording
from tongtang.exchange.forms import SchoolWeeksForm
from tongtang.exchange.models import SchoolWeeksRun
from tongtang.exchange.policies import Verb
from tongtang.exchange.school_weeks import files
from tongtang.exchange.school_weeks import run as weeks
from tongtang.exchange.tasks import solve_schools
from tongtang.exchange.views.download import attached
from tongtang.foundation.once import key_of, once

A_PAGE = 20


@never_cache
@require_GET
@require_person
def runs(request: ActorRequest) -> HttpResponse:
    """The form of a new search and the searches before."""
    return _runs(request, None)


def _runs(request: ActorRequest, form: SchoolWeeksForm | None, status: int = 200) -> HttpResponse:
    counties = queries.require_office(request.actor, Verb.MAKE_WEEKS)
    page = Paginator(queries.weeks_runs_for(request.actor), A_PAGE).get_page(request.GET.get("page"))
    for one in page:
        one.sign = wording.WEEKS_STATES[one.state]  # type: ignore[attr-defined]
        one.solved = _solved(one)  # type: ignore[attr-defined]
    context = {"page": page, "form": form or SchoolWeeksForm(counties=counties)}
    return render(request, "exchange/weeks_runs.html", context, status=status)


def _solved(run: SchoolWeeksRun) -> int:
    """Schools that have a week."""
    return sum(1 for row in run.weeks if row[2] is not None)


@require_POST
@require_person
def upload(request: ActorRequest) -> HttpResponse:
    """Keep a zip and have its schools solved in the background."""
    counties = queries.require_office(request.actor, Verb.MAKE_WEEKS)
    form = SchoolWeeksForm(request.POST, request.FILES, counties=counties)
    if not form.is_valid():
        return _runs(request, form, status=400)
    given = form.cleaned_data
    made: list[SchoolWeeksRun] = []
    try:
        with once(key_of(request, request.actor.subject)) as first, transaction.atomic():
            if first:
                made.append(
                    weeks.hand_in(
                        actor=request.actor,
                        county=given["county"],
                        name=given["file"].name,
                        seconds=given["seconds"],
                        chunks=given["file"].chunks(),
                    )
                )
                solve_schools.enqueue(str(made[0].public_id))
    except files.TooLarge as error:
        form.add_error("file", str(error))
        return _runs(request, form, status=400)
    return redirect("exchange:weeks-run", made[0].public_id) if made else redirect("exchange:weeks-runs")


@never_cache
@require_GET
@require_person
def run(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """One search: its progress, its findings, its result."""
    return _run(request, queries.weeks_run_for(request.actor, public_id))


def _run(request: ActorRequest, row: SchoolWeeksRun, refusal: str = "", status: int = 200) -> HttpResponse:
    done = len(row.weeks)
    context = {
        "run": row,
        "sign": wording.WEEKS_STATES[row.state],
        "solved": _solved(row),
        "done": done,
        "percent": round(100 * done / row.schools) if row.schools else 0,
        "weeks": [(*week, wording.WEEK_STATUSES[week[1]]) for week in row.weeks],
        "has_result": weeks.has_result(row),
        "refusal": refusal,
    }
    return render(request, "exchange/weeks_run.html", context, status=status)


@require_POST
@require_person
def stop(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """End a search; what is done is given back."""
    row = queries.weeks_run_for(request.actor, public_id)
    try:
        with once(key_of(request, request.actor.subject)) as first:
            if first:
                weeks.stop(row)
    except weeks.Refused as refused:
        row.refresh_from_db()
        return _run(request, row, str(refused), status=409)
    return redirect("exchange:weeks-run", row.public_id)


@never_cache
@require_GET
@require_person
def result(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The zip with local_timetable.csv and the checker's verdict."""
    row = queries.weeks_run_for(request.actor, public_id)
    if not weeks.has_result(row):
        raise Http404
    return attached(files.result_of(row).read_bytes(), "local_timetable.zip", "application/zip")
