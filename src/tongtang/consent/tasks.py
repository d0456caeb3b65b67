"""Jobs of consent: a withdrawal takes effect within minutes; tombstones stand in the table and in the file."""

from datetime import timedelta
from uuid import UUID

from tongtang.audit import api as audit
from tongtang.consent import withdrawals
from tongtang.consent.actions import STREAM, name_of
from tongtang.consent.holdings import places_of
from tongtang.consent.ledger import may
from tongtang.consent.models import ConsentAnswer, Decision, Purpose
from tongtang.consent.tombstones import keep_in_step
from tongtang.foundation import clock
from tongtang.foundation.jobs import job, periodic
from tongtang.people.models import Pupil

LOOKS_BACK = timedelta(days=2)


@job(attempts=10)
def take_effect(pupil_id: str, purpose: str) -> None:
    """Close what exists of a purpose that is no longer allowed, place by place, with the proof in the audit chain."""
    pupil = Pupil.objects.filter(public_id=UUID(pupil_id)).first()
    if pupil is None or may(Purpose(purpose), [pupil]):
        return
    closed = {name: closing(pupil) for name, closing in places_of(Purpose(purpose)).items()}
    audit.append(
        stream=STREAM,
        action="consent.took_effect",
        actor="system",
        object=name_of(pupil),
        detail={"purpose": purpose, "closed": closed},
    )


@periodic("consent.take-effect-again", every=timedelta(hours=1))
def take_effect_again() -> None:
    """A withdrawal whose job was lost with a machine takes effect all the same, long before the day is over."""
    recent = ConsentAnswer.objects.filter(at__gt=clock.now() - LOOKS_BACK).exclude(decision=Decision.GIVEN)
    for pupil_id, purpose in recent.values_list("pupil", "purpose").distinct():
        pupil = Pupil.objects.filter(public_id=pupil_id).first()
        if pupil is not None and not may(Purpose(purpose), [pupil]):
            for closing in places_of(Purpose(purpose)).values():
                closing(pupil)


@periodic("consent.tombstones", every=timedelta(hours=6))
def keep_tombstones() -> None:
    """The files that outlive a restore hold every tombstone and withdrawal of the table."""
    keep_in_step()
    withdrawals.keep_in_step(clock.now())
