"""Two persons for one action: one asks, another one who governs there or above approves, then it is done once.

approval = request_approval(actor=actor, action="export.pupils", object="school:...", title="...", detail={"rows": 812})
...                                          # another person approves on the page of approvals
consume(approval, "export.pupils", "school:...")   # in the transaction of the action; a second time is refused
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from tongtang.access.actor import Actor, Assignment
from tongtang.access.models import Approval
from tongtang.access.policies import APPROVERS, POLICY, Verb
from tongtang.access.record import record
from tongtang.access.rules import visible
from tongtang.access.throttle import Refused
from tongtang.foundation import clock
from tongtang.organisations.models import School

GOOD_FOR = timedelta(hours=24)


def _node_of(actor: Actor, object: str) -> Assignment:
    """The widest node at which the actor governs what it is about: who approves governs there or above.

    Whoever heads two schools is answered for one by nobody of the other.

    Raises:
        Refused: the actor governs nowhere.
    """
    nodes = [held for held in actor.assignments if held.role in APPROVERS and held.group is None]
    if not nodes:
        raise Refused(_("Only somebody with an office at a school or a bureau can ask for an approval."))
    there = School.objects.filter(pk__in=[held.school_id for held in nodes if held.school_id is not None])
    about = {pk for pk, key in there.values_list("pk", "public_id") if object == f"school:{key}"}
    above = [held for held in nodes if held.school_id is None]
    nodes = above or [held for held in nodes if held.school_id in about] or nodes
    return max(nodes, key=lambda held: (held.code_high or 0) - (held.code_low or 0) if held.code_low else -1)


@transaction.atomic
def request_approval(
    *, actor: Actor, action: str, object: str, title: str, detail: Mapping[str, Any] | None = None
) -> Approval:
    """Ask for a second person. The same request that still waits or is approved is returned again.

    `action` is a dotted name, `object` what it is about ("school:<public id>"); `title` is what the approver reads;
    `detail` holds JSON values. No child's name or number stands in any of them.

    Raises:
        Refused: the actor governs nowhere.
    """
    node, now = _node_of(actor, object), clock.now()
    wanted = dict(detail or {})
    open_rows = open_approvals().filter(requested_by=actor.person_key, action=action, object=object)
    for row in open_rows:
        if row.detail == wanted:
            return row
    row = Approval.objects.create(
        action=action,
        object=object,
        title=title[:200],
        detail=wanted,
        school_id=node.school_id,
        code_low=node.code_low,
        code_high=node.code_high,
        requested_by_id=actor.person_key,
        requested_at=now,
        expires_at=now + GOOD_FOR,
    )
    record("approval.request", actor, f"approval:{row.public_id}", detail={"action": action, "object": object})
    return row


def open_approvals() -> QuerySet[Approval]:
    """Requests that are neither over, refused nor used."""
    rows = Approval.objects.filter(expires_at__gt=clock.now(), consumed_at=None)
    return rows.exclude(approved=False).select_related("requested_by", "decided_by", "school")


def approvals_to_decide(actor: Actor) -> QuerySet[Approval]:
    """What waits for this actor: requests of others at or below a node that the actor governs, oldest first."""
    rows = visible(open_approvals().filter(approved=None), actor, POLICY[Verb.APPROVE])
    return rows.order_by("requested_at")


def approval_to_decide(actor: Actor, public_id: UUID) -> Approval:
    """One of them; 404 where there is none for this actor."""
    return get_object_or_404(approvals_to_decide(actor), public_id=public_id)


def own_approvals(actor: Actor) -> QuerySet[Approval]:
    """What the actor asked for in the last days, newest first."""
    since = clock.now() - 7 * GOOD_FOR
    rows = Approval.objects.filter(requested_by=actor.person_key, requested_at__gt=since)
    return rows.select_related("decided_by").order_by("-requested_at")


def own_approval(actor: Actor, public_id: UUID) -> Approval:
    """One request of the actor's own; 404 where there is none."""
    return get_object_or_404(own_approvals(actor), public_id=public_id)


@transaction.atomic
def approve(*, actor: Actor, approval: Approval) -> Approval:
    """Another person approves.

    Raises:
        Refused: it is the requester, somebody who does not govern there, or the request is decided or over.
    """
    return _decide(actor, approval, approved=True)


@transaction.atomic
def refuse(*, actor: Actor, approval: Approval) -> Approval:
    """Another person refuses; raises as `approve`."""
    return _decide(actor, approval, approved=False)


def _decide(actor: Actor, approval: Approval, *, approved: bool) -> Approval:
    row = Approval.objects.select_for_update().get(pk=approval.pk)
    if row.requested_by_id == actor.person_id:
        raise Refused(_("A second person approves, not the one who asks."))
    if not approvals_to_decide(actor).filter(pk=row.pk).exists():
        raise Refused(_("This request is not yours to decide, is decided already, or is older than a day."))
    row.approved, row.decided_by_id, row.decided_at = approved, actor.person_key, clock.now()
    row.save(update_fields=["approved", "decided_by", "decided_at"])
    record("approval.approve" if approved else "approval.refuse", actor, f"approval:{row.public_id}")
    return row


@transaction.atomic
def consume(approval: Approval, action: str, object: str) -> None:
    """Use an approval, in the transaction of the action: once, within 24 hours of the request, for exactly this.

    Raises:
        Refused: not approved, for something else, used before, or too old. Nothing may then be done.
    """
    fits = Approval.objects.filter(
        pk=approval.pk,
        action=action,
        object=object,
        approved=True,
        decided_by__isnull=False,
        consumed_at=None,
        expires_at__gt=clock.now(),
    )
    if fits.update(consumed_at=clock.now()) != 1:
        raise Refused(
            _("There is no approval of a second person for this. Ask for one, and come back within 24 hours.")
        )
    record("approval.use", f"person:{approval.requested_by_id}", f"approval:{approval.public_id}")
