"""The decision of a person on a pair: the same child, or two."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.audit.api import append
from tongtang.exchange.models import DuplicatePair
from tongtang.exchange.roster.runs import beside_no_import
from tongtang.foundation import clock
from tongtang.organisations.models import Region
from tongtang.people.models import Enrolment, Pupil

State = DuplicatePair.State


class Refused(ValueError):
    """The pair cannot be settled so; the message is a sentence for the person."""


def settle_pair(*, actor: Actor, pair: DuplicatePair, same: bool, kept: str = "") -> None:
    """Decide a pair once. `kept`: "first" or "second", the pupil who goes on where both are the same.

    The other one ends today and leaves the class; the records of both stay with them, and the pair ties them together.

    Raises:
        Refused: somebody decided before, one of the two has ended, it is not said who goes on, or an import of the
            county is on its way.
    """
    with beside_no_import(pair.county_code, Refused), transaction.atomic():
        _settle(actor, pair, same, kept)


def _settle(actor: Actor, pair: DuplicatePair, same: bool, kept: str) -> None:
    # No import of the county beside it.
    Region.objects.select_for_update().get(code=pair.county_code)
    row = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if row.state != State.OPEN:
        raise Refused(_("Somebody decided on this pair already; reload the page."))
    if same and kept not in ("first", "second"):
        raise Refused(_("Choose which of the two goes on."))
    if row.first.ended_on or row.second.ended_on:
        raise Refused(_("One of the two is no longer a pupil of the county; reload the page."))
    row.state = State.SAME if same else State.DIFFERENT
    row.settled_by, row.settled_at = actor.subject, clock.now()
    if same:
        stays, leaves = (row.first, row.second) if kept == "first" else (row.second, row.first)
        row.kept = stays
        _merge(stays, leaves)
    row.save()
    append(
        stream="import",
        action="pupil.merged" if same else "pupil.told_apart",
        actor=actor.subject,
        object=f"pupil:{row.first.public_id}",
        detail={"other": str(row.second.public_id), "kept": str(row.kept.public_id) if row.kept else ""},
        region_code=row.county_code,
    )


def _merge(stays: Pupil, leaves: Pupil) -> None:
    today = clock.today()
    for column in ("id_digest", "number_digest"):
        if getattr(stays, column) is None:
            setattr(stays, column, getattr(leaves, column))
    stays.save(update_fields=["id_digest", "number_digest", "updated_at"])
    Enrolment.objects.filter(pupil=leaves, valid_to=None, valid_from__gte=today).delete()
    Enrolment.objects.filter(pupil=leaves, valid_to=None).update(valid_to=today - timedelta(days=1))
    leaves.ended_on = today
    leaves.save(update_fields=["ended_on", "updated_at"])
    others = DuplicatePair.objects.filter(state=State.OPEN, first=leaves) | DuplicatePair.objects.filter(
        state=State.OPEN, second=leaves
    )
    others.delete()
