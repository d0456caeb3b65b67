"""Calls for help: made on a phone, seen and solved by those who help."""

from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from tongtang.access.api import ActorRequest, require_person
from tongtang.curriculum.api import subject_name
from tongtang.foundation.environment import environment
from tongtang.lessons.api import Refused as LessonsRefused
from tongtang.lessons.api import Verb as LessonsVerb
from tongtang.lessons.api import reception_for
from tongtang.operations import actions, queries
from tongtang.operations.backup.report import standing
from tongtang.operations.forms import BadShape, call_of
from tongtang.operations.policies import Verb, may_view_backups


@require_POST
@require_person
def call(request: ActorRequest, public_id: UUID) -> JsonResponse:
    """A call from the classroom of one reception; 409 with the sentence where a rule refuses it."""
    reception = reception_for(request.actor, LessonsVerb.ASSIST, public_id)
    try:
        wish = call_of(request)
        fresh = actions.call_for_help(
            actor=request.actor, reception=reception, uuid=wish.uuid, kind=wish.kind, at=wish.at
        )
    except BadShape as bad:
        return JsonResponse({"error": str(bad)}, status=400)
    except (actions.Refused, LessonsRefused) as refused:
        return JsonResponse({"error": str(refused)}, status=409)
    return JsonResponse({"answers": {str(wish.uuid): "recorded" if fresh else "known"}})


@require_GET
@require_person
def calls(request: ActorRequest) -> HttpResponse:
    """Calls for help, the longest waiting first."""
    solvable = set(
        queries.help_calls_for(request.actor, Verb.SOLVE).filter(solved_at=None).values_list("pk", flat=True)
    )
    rows = queries.recent_help_calls(request.actor)
    for row in rows:
        row.subject = subject_name(row.reception.lesson.subject_id)  # type: ignore[attr-defined]
    waiting = sum(row.solved_at is None for row in rows)
    return render(request, "operations/calls.html", {"calls": rows, "solvable": solvable, "waiting": waiting})


@require_POST
@require_person
def solve(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Mark one call as solved."""
    actions.mark_solved(actor=request.actor, call=queries.help_call_for(request.actor, Verb.SOLVE, public_id))
    return redirect("operations:calls")


@require_GET
@require_person
def backups(request: ActorRequest) -> HttpResponse:
    """How the backups stand, for administrators."""
    if not may_view_backups(request.actor):
        raise Http404
    return render(request, "operations/backups.html", {"backups": standing(environment())})
