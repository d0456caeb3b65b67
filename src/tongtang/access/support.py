"""Help from outside, and single pupils seen from above: both time-boxed, with a reason, recorded. Nothing stands."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from tongtang.access.actor import Actor, person_subject
from tongtang.access.models import PupilReason, Role, SupportAccess
from tongtang.access.record import READS, SUPPORT, record
from tongtang.access.throttle import Refused
from tongtang.foundation import clock
from tongtang.foundation.push import bus
from tongtang.organisations.models import School

MOST_HOURS = 4
WAITS = timedelta(days=1)
"""How long a request lies before the school; then it is void."""
PUPIL_REASON_LASTS = timedelta(minutes=60)


def running_support() -> QuerySet[SupportAccess]:
    """Support accesses that run now."""
    now = clock.now()
    return SupportAccess.objects.filter(starts_at__lte=now, ends_at__gt=now)


def waiting_support() -> QuerySet[SupportAccess]:
    """Requests that a school has not decided yet."""
    since = clock.now() - WAITS
    return SupportAccess.objects.filter(requested_at__gt=since, starts_at=None, refused_at=None)


def _object(row: SupportAccess) -> str:
    return f"school:{row.school.public_id}"


@transaction.atomic
def request_support(*, actor: Actor, school: School, reason: str, hours: int) -> SupportAccess:
    """Ask a school to be let in for `hours` (1 to 4)."""
    if not 1 <= hours <= MOST_HOURS:
        raise Refused(_("A support access lasts one to four hours."))
    if waiting_support().filter(person=actor.person_key, school=school).exists():
        raise Refused(_("The school has your request already. Wait for its answer."))
    row = SupportAccess.objects.create(
        school=school, person_id=actor.person_key, reason=reason, hours=hours, requested_at=clock.now()
    )
    record("support.request", actor, _object(row), stream=SUPPORT, reason=reason, detail={"hours": hours})
    return row


def _locked(row: SupportAccess) -> SupportAccess:
    return SupportAccess.objects.select_for_update().select_related("school", "person").get(pk=row.pk)


@transaction.atomic
def decide_support(*, actor: Actor, row: SupportAccess, let_in: bool) -> None:
    """The school lets in, from now for the hours asked, or refuses.

    Raises:
        Refused: it is decided or void, or the one who asked would decide.
    """
    row = _locked(row)
    if not waiting_support().filter(pk=row.pk).exists():
        raise Refused(_("This request is decided already, or older than a day."))
    if row.person_id == actor.person_id:
        raise Refused(_("Somebody of the school decides, not the one who asks."))
    row.decided_by_id = actor.person_key
    now = clock.now()
    if let_in:
        row.starts_at, row.ends_at = now, now + timedelta(hours=row.hours)
    else:
        row.refused_at = now
    row.save()
    record(
        "support.approve" if let_in else "support.refuse",
        actor,
        _object(row),
        stream=SUPPORT,
        reason=row.reason,
        detail={"for": row.person_id, "hours": row.hours},
    )


@transaction.atomic
def end_support(*, actor: Actor, row: SupportAccess) -> None:
    """The access ends now: by the school, or by the one who helps. The helper's streams end with it."""
    row = _locked(row)
    if row.ends_at is None or row.ends_at <= clock.now():
        return
    row.ends_at = clock.now()
    row.save(update_fields=["ends_at"])
    bus.revoke(person_subject(row.person_id))
    record("support.end", actor, _object(row), stream=SUPPORT)


def note_page(actor: Actor, page: str) -> None:
    """A page that somebody opened in a support access stands in the audit log."""
    if actor.visit is not None:
        record("support.page", actor, f"support:{actor.visit.public_id}", stream=SUPPORT, detail={"page": page})


@transaction.atomic
def state_reason(*, actor: Actor, reason: str) -> PupilReason:
    """Open single pupils to somebody above the schools for an hour."""
    now = clock.now()
    row = PupilReason.objects.create(
        person_id=actor.person_key, reason=reason, starts_at=now, ends_at=now + PUPIL_REASON_LASTS
    )
    record("pupils.reason", actor, f"reason:{row.public_id}", stream=READS, reason=reason)
    return row


def support_of_schools(schools: QuerySet[School]) -> QuerySet[SupportAccess]:
    """What these schools have to decide, and what runs or ran in the last 30 days; newest first."""
    since = clock.now() - timedelta(days=30)
    rows = SupportAccess.objects.filter(Q(school__in=schools), requested_at__gt=since)
    return rows.select_related("school", "person", "decided_by").order_by("-requested_at")


def visits_at(actor: Actor | None) -> list[SupportAccess]:
    """Support accesses that run now at the schools that `actor` heads, for the banner of their pages."""
    if actor is None or not actor.holds(Role.SCHOOL_HEAD):
        return []
    schools = [held.school_id for held in actor.assignments if held.role is Role.SCHOOL_HEAD]
    return list(running_support().filter(school__in=schools).select_related("school", "person"))
