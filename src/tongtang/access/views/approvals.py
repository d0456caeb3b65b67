"""Two persons: what waits for one's word, and what one has asked for."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from tongtang.access import approvals
from tongtang.access.guards import ActorRequest, require_person, require_second_factor
from tongtang.access.throttle import Refused

REFUSED = 422


def _page(request: ActorRequest, sentence: str = "") -> HttpResponse:
    context = {
        "waiting": approvals.approvals_to_decide(request.actor),
        "own": approvals.own_approvals(request.actor)[:50],
        "sentence": sentence,
    }
    return render(request, "access/approvals.html", context, status=REFUSED if sentence else 200)


@require_GET
@require_person
def list_approvals(request: ActorRequest) -> HttpResponse:
    """Requests of others that wait here, and one's own."""
    return _page(request)


@require_POST
@require_second_factor
def approve(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Say yes."""
    try:
        approvals.approve(actor=request.actor, approval=approvals.approval_to_decide(request.actor, public_id))
    except Refused as refused:
        return _page(request, str(refused))
    return redirect("access:approvals")


@require_POST
@require_second_factor
def refuse(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Say no."""
    try:
        approvals.refuse(actor=request.actor, approval=approvals.approval_to_decide(request.actor, public_id))
    except Refused as refused:
        return _page(request, str(refused))
    return redirect("access:approvals")
