"""Reads of calls for help."""

from datetime import timedelta
from uuid import UUID

from django.db.models import F, QuerySet
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor, visible
from tongtang.foundation import clock
from tongtang.operations.models import HelpCall
from tongtang.operations.policies import HELP_CALLS, Verb

SHOWN_FOR = timedelta(days=14)
MOST = 200


def help_calls_for(actor: Actor, verb: Verb) -> QuerySet[HelpCall]:
    """Calls for help to which `actor` may do `verb`."""
    rows = HelpCall.objects.select_related(
        "reception__school", "reception__home_class", "reception__lesson__subject", "called_by", "solved_by"
    )
    return visible(rows, actor, HELP_CALLS[verb])


def help_call_for(actor: Actor, verb: Verb, public_id: UUID) -> HelpCall:
    """One call.

    Raises:
        Http404: there is none, or none to which the actor may do this.
    """
    return get_object_or_404(help_calls_for(actor, verb), public_id=public_id)


def recent_help_calls(actor: Actor) -> list[HelpCall]:
    """Open calls, the longest waiting first; then those solved within 14 days, the latest first. At most 200."""
    rows = help_calls_for(actor, Verb.VIEW)
    waiting = list(rows.filter(solved_at=None).order_by("called_at")[:MOST])
    solved = rows.filter(solved_at__gte=clock.now() - SHOWN_FOR).order_by(F("solved_at").desc())
    return [*waiting, *solved[: MOST - len(waiting)]]
