"""Reads of searches for weekly plans, by who may make one."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor, visible
from tongtang.organisations.models import Region, School, Studio
from tongtang.timetable.models import PlanRun
from tongtang.timetable.policies import PLAN_RUNS, SCHOOLS, Verb


def anchors_for(actor: Actor, verb: Verb = Verb.SOLVE) -> QuerySet[School]:
    """Schools with a studio for whose plan the actor may do `verb`."""
    rows = School.objects.filter(ended_on=None, pk__in=Studio.objects.filter(ended_on=None).values("school"))
    return visible(rows, actor, SCHOOLS[verb]).order_by("source_id")


def planning_county_for(actor: Actor, code: int) -> Region:
    """A county in which the actor may search for a plan.

    Raises:
        Http404: there is none, or none in which the actor may.
    """
    if not anchors_for(actor).filter(county_code=code).exists():
        raise Http404
    return get_object_or_404(Region, code=code)


def runs_for(actor: Actor) -> QuerySet[PlanRun]:
    """Searches that the actor may see, stop, resume and publish, the latest first."""
    return visible(PlanRun.objects.select_related("anchor", "made_by", "published"), actor, PLAN_RUNS[Verb.SOLVE])


def run_for(actor: Actor, public_id: UUID) -> PlanRun:
    """One of `runs_for`, else 404."""
    return get_object_or_404(runs_for(actor), public_id=public_id)
