"""Reads of exchange; objects reach a view only through these."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor, visible
from tongtang.exchange.models import DuplicatePair, ImportRun, QuarantinedRow, SchoolWeeksRun
from tongtang.exchange.policies import POLICY, Verb
from tongtang.organisations.models import Level, Region, School
from tongtang.people.models import Person


def counties_for(actor: Actor, verb: Verb) -> list[Region]:
    """Counties for which `actor` may do `verb`."""
    rows = Region.objects.filter(level=Level.COUNTY, valid_to=None)
    return list(visible(rows, actor, POLICY[verb]).order_by("code"))


def require_office(actor: Actor, verb: Verb) -> list[Region]:
    """The counties for which `actor` may do `verb`.

    Raises:
        Http404: there is none: the page does not exist for this actor.
    """
    counties = counties_for(actor, verb)
    if not counties:
        raise Http404
    return counties


def county_for(actor: Actor, verb: Verb, code: int) -> Region:
    """One county.

    Raises:
        Http404: there is none, or none for which the actor may do this.
    """
    rows = Region.objects.filter(level=Level.COUNTY, valid_to=None)
    return get_object_or_404(visible(rows, actor, POLICY[verb]), code=code)


def runs_for(actor: Actor) -> QuerySet[ImportRun]:
    """Import runs that `actor` may see, the latest first."""
    return visible(ImportRun.objects.all(), actor, POLICY[Verb.VIEW_RUN]).order_by("-created_at")


def run_for(actor: Actor, public_id: UUID) -> ImportRun:
    """One run; 404 as in `county_for`."""
    return get_object_or_404(runs_for(actor), public_id=public_id)


def waiting_rows(actor: Actor) -> QuerySet[QuarantinedRow]:
    """Rows kept apart by applied runs that nobody settled yet, the oldest first."""
    runs = runs_for(actor).filter(state=ImportRun.State.APPLIED)
    rows = QuarantinedRow.objects.filter(state=QuarantinedRow.State.WAITING, run__in=runs.order_by().values("pk"))
    return rows.select_related("run").order_by("run__created_at", "line", "pk")


def waiting_row_for(actor: Actor, public_id: UUID, number: int) -> QuarantinedRow:
    """One row kept apart by the run `public_id`; 404 as in `county_for`."""
    return get_object_or_404(waiting_rows(actor), run__public_id=public_id, pk=number)


def pairs_for(actor: Actor) -> QuerySet[DuplicatePair]:
    """Pairs that wait for a decision of `actor`; where one of the two has ended there is nothing to decide."""
    here = {"state": DuplicatePair.State.OPEN, "first__ended_on": None, "second__ended_on": None}
    rows = DuplicatePair.objects.select_related("first", "second").filter(**here)
    return visible(rows, actor, POLICY[Verb.SETTLE_PAIR]).order_by("why", "found_at", "pk")


def pair_for(actor: Actor, public_id: UUID) -> DuplicatePair:
    """One pair, decided or not; 404 as in `county_for`."""
    rows = visible(DuplicatePair.objects.select_related("first", "second"), actor, POLICY[Verb.SETTLE_PAIR])
    return get_object_or_404(rows, public_id=public_id)


def schools_for(actor: Actor, verb: Verb) -> QuerySet[School]:
    """Schools that stand today and to which `actor` may do `verb`."""
    return visible(School.objects.filter(ended_on=None), actor, POLICY[verb]).order_by("county_code", "source_id")


def school_for(actor: Actor, verb: Verb, public_id: UUID) -> School:
    """One school, also one that ended; 404 as in `county_for`."""
    return get_object_or_404(visible(School.objects.all(), actor, POLICY[verb]), public_id=public_id)


def weeks_runs_for(actor: Actor) -> QuerySet[SchoolWeeksRun]:
    """Searches for whole schools' weeks that `actor` may see, the latest first."""
    return visible(SchoolWeeksRun.objects.select_related("made_by"), actor, POLICY[Verb.VIEW_WEEKS])


def weeks_run_for(actor: Actor, public_id: UUID) -> SchoolWeeksRun:
    """One of them; 404 as in `county_for`."""
    return get_object_or_404(weeks_runs_for(actor), public_id=public_id)


def name_of(subject: str) -> str:
    """The name of a subject as audit and runs hold it; a command is its own name."""
    kind, _colon, key = subject.partition(":")
    if kind != "person" or not key.isdigit():
        return key or subject
    return Person.objects.filter(pk=int(key)).values_list("name", flat=True).first() or subject
