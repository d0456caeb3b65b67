"""Pages of searches for weekly plans: begin one, watch it, stop it, resume it, look at the plan, publish it."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tongtang.access.api import ActorRequest, require_person
from tongtang.foundation import clock
from tongtang.foundation.once import key_of, once
from tongtang.organisations.models import Region, School
from tongtang.timetable.models import PlanRun
from tongtang.timetable.plans import actions, queries
from tongtang.timetable.plans.beside import beside_of
from tongtang.timetable.plans.doubts import doubts_of
from tongtang.timetable.plans.forms import PublishForm, ResumeForm, StartForm
from tongtang.timetable.plans.outcome import outcome_of
from tongtang.timetable.plans.publishing import publish_run
from tongtang.timetable.plans.words import sign_of, verdict_of
from tongtang.timetable.policies import Verb
from tongtang.timetable.weeks import week_of

A_PAGE = 20
SILENT_SECONDS = 30


@never_cache
@require_GET
@require_person
def plans(request: ActorRequest, code: int) -> HttpResponse:
    """Where a search begins, what stands against it, and the searches before."""
    return _plans(request, queries.planning_county_for(request.actor, code))


def _plans(
    request: ActorRequest,
    county: Region,
    form: StartForm | None = None,
    refusals: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    anchors = _anchors(request, county)
    page = Paginator(queries.runs_for(request.actor).filter(county_code=county.code), A_PAGE).get_page(
        request.GET.get("page")
    )
    for one in page:
        one.sign, one.verdict = sign_of(one), verdict_of(one)  # type: ignore[attr-defined]
    doubts = {doubt.sentence: doubt for anchor in anchors for doubt in doubts_of(county.code, anchor)}
    context = {
        "county": county,
        "form": form or StartForm(anchors=anchors),
        "doubts": list(doubts.values()),
        "refusals": refusals,
        "gathers": queries.anchors_for(request.actor, Verb.GATHER).filter(county_code=county.code).exists(),
        "page": page,
        "busy": next((one for one in page if one.busy), None),
    }
    return render(request, "timetable/plans.html", context, status=status)


def _anchors(request: ActorRequest, county: Region) -> list[School]:
    return list(queries.anchors_for(request.actor).filter(county_code=county.code))


@require_POST
@require_person
def start(request: ActorRequest, code: int) -> HttpResponse:
    """Begin a search, or say why not."""
    county = queries.planning_county_for(request.actor, code)
    form = StartForm(request.POST, anchors=_anchors(request, county))
    if not form.is_valid():
        return _plans(request, county, form, status=400)
    made: list[PlanRun] = []

    def begin() -> None:
        seconds, seed = form.cleaned_data["seconds"], form.cleaned_data["seed"]
        made.append(
            actions.start_run(
                actor=request.actor,
                anchor=form.chosen_anchor,
                seconds=seconds,
                seed=seed,
                keep_published=form.keeps_published,
            )
        )

    try:
        _once(request, begin)
    except actions.Refused as refused:
        return _plans(request, county, form, refused.sentences, status=409)
    return redirect("timetable:plan", made[0].public_id) if made else redirect("timetable:plans", code)


def _once(request: ActorRequest, act: Callable[[], object]) -> None:
    """Carry out a command under its key; what refuses leaves no key."""
    with once(key_of(request, request.actor.subject)) as first:
        if first:
            act()


@never_cache
@require_GET
@require_person
def plan(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """One search: its progress while it runs, its best plan after that."""
    return _plan(request, queries.run_for(request.actor, public_id))


def _plan(
    request: ActorRequest,
    run: PlanRun,
    *,
    resume: Form | None = None,
    publish: Form | None = None,
    refusals: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    silent = run.seen_at is not None and (clock.now() - run.seen_at).total_seconds() > SILENT_SECONDS
    outcome = outcome_of(run) if run.has_plan and not run.busy else None
    context = {
        "run": run,
        "county": Region.objects.get(pk=run.county_code),
        "sign": sign_of(run),
        "verdict": verdict_of(run),
        "left": max(0, round(run.until - run.spent)),
        "percent": min(100, round(100 * (run.spent - run.since) / (run.until - run.since))),
        "silent": run.state in (PlanRun.State.RUNNING, PlanRun.State.STOPPING) and silent,
        "log": [[*row, None][:5] for row in reversed(run.log)],
        "resumable": not run.busy and actions.can_be_better(run),
        "outcome": outcome,
        "beside": beside_of(run) if outcome else None,
        "fan_out": f"{outcome.served / len(run.plan):.2f}" if outcome and run.plan else "—",
        "spent": f"{run.spent:.0f}",
        "published_week": week_of(run.published.applies_from).key if run.published else "",
        "resume": resume or ResumeForm(),
        "publish": publish or PublishForm(),
        "refusals": refusals,
        "stopping": run.state == PlanRun.State.STOPPING,
    }
    return render(request, "timetable/plan.html", context, status=status)


@require_POST
@require_person
def stop(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """End a search; its best plan stays."""
    run = queries.run_for(request.actor, public_id)
    return _step(request, run, lambda: actions.stop_run(run))


@require_POST
@require_person
def resume(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Search on from the best plan so far."""
    run = queries.run_for(request.actor, public_id)
    form = ResumeForm(request.POST)
    if not form.is_valid():
        return _plan(request, run, resume=form, status=400)
    return _step(request, run, lambda: actions.resume_run(run=run, seconds=form.cleaned_data["seconds"]))


@require_POST
@require_person
def publish(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Publish the best plan from a day on, or name what stands against it."""
    run = queries.run_for(request.actor, public_id)
    form = PublishForm(request.POST)
    if not form.is_valid():
        return _plan(request, run, publish=form, status=400)
    return _step(request, run, lambda: publish_run(actor=request.actor, run=run, starts=form.cleaned_data["starts"]))


def _step(request: ActorRequest, run: PlanRun, act: Callable[[], object]) -> HttpResponse:
    try:
        _once(request, act)
    except actions.Refused as refused:
        run.refresh_from_db()
        return _plan(request, run, refusals=refused.sentences, status=409)
    return redirect("timetable:plan", run.public_id)
