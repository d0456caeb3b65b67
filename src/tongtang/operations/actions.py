"""Writes of calls for help."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.foundation import clock
from tongtang.lessons.api import Happened, record_evidence
from tongtang.lessons.models import EvidenceKind, Reception
from tongtang.operations.models import HelpCall


class Refused(ValueError):
    """The call cannot be taken; the message is a sentence for the person."""


@transaction.atomic
def call_for_help(*, actor: Actor, reception: Reception, uuid: UUID, kind: str, at: datetime) -> bool:
    """A classroom asks for help; the lesson's ledger holds it, the anchor teacher is not interrupted.

    `uuid` is the phone's own: the same call handed over again changes nothing. Returns whether it is new.

    Raises:
        Refused: no such kind of help.
        lessons.api.Refused: it lies in the future, or the uuid stands for another record.
    """
    if kind not in HelpCall.Kind.values:
        raise Refused(_("Choose what the classroom needs help with."))
    row = Happened(EvidenceKind.HELP, at, {"kind": kind}, uuid)
    if not record_evidence(actor=actor, reception=reception, rows=[row]):
        return False
    call = {"reception": reception, "kind": kind, "called_by_id": actor.person_key, "called_at": at}
    # Two repeats at once may both seem new to the ledger, which then keeps one.
    return HelpCall.objects.get_or_create(public_id=uuid, defaults=call)[1]


def mark_solved(*, actor: Actor, call: HelpCall) -> None:
    """Somebody helped; who was first stays on record."""
    HelpCall.objects.filter(pk=call.pk, solved_at=None).update(solved_at=clock.now(), solved_by=actor.person_id)
