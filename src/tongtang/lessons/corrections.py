"""Corrections: a new row beside the one it corrects, which stays as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.audit.api import append
from tongtang.foundation import clock
from tongtang.lessons.actions import Refused, source_of
from tongtang.lessons.models import EvidenceKind, EvidenceRow


@transaction.atomic
def correct_evidence(*, actor: Actor, row: EvidenceRow, payload: Mapping[str, Any] | None, reason: str) -> EvidenceRow:
    """A new row that stands in place of `row`, or withdraws it (`payload` None); `row` itself stays as it is.

    Raises:
        Refused: no reason given, or the row is a correction itself (correct the original again instead).
    """
    if not reason.strip():
        raise Refused(_("Say why: a correction needs a reason."))
    if row.kind == EvidenceKind.CORRECTION:
        raise Refused(_("Correct the original row again, not its correction."))
    now = clock.now()
    body: dict[str, Any] = {"reason": reason.strip()}
    body |= {"withdrawn": True} if payload is None else {"payload": dict(payload)}
    made = EvidenceRow.objects.create(
        reception_id=row.reception_id,
        kind=EvidenceKind.CORRECTION,
        facet=row.facet,
        occurred_at=now,
        recorded_at=now,
        source=source_of(actor),
        actor_id=actor.person_id,
        payload=body,
        corrects=row,
    )
    append(
        stream="evidence",
        action="evidence.withdrawn" if payload is None else "evidence.corrected",
        actor=actor.subject,
        object=f"evidence:{row.uuid}",
        reason=reason.strip(),
        detail={"reception": str(row.reception.public_id), "kind": row.kind},
        school=row.reception.school,
    )
    return made


@transaction.atomic
def withdraw_evidence(*, actor: Actor, rows: Sequence[EvidenceRow], reason: str) -> list[EvidenceRow]:
    """Withdraw rows that belong together, such as the ten-second reports of one stretch, for one reason.

    Raises:
        Refused: as in `correct_evidence`; nothing is withdrawn then.
    """
    return [correct_evidence(actor=actor, row=row, payload=None, reason=reason) for row in rows]
