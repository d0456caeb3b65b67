"""The session of a pupil's own page: opened by a sign-in, ended by sign-out, lesson end, or ten idle minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from tongtang.access.actor import PupilHere
from tongtang.access.models import ClassroomDevice
from tongtang.access.pupils import secrets
from tongtang.access.pupils.models import PupilSession
from tongtang.access.pupils.together import together
from tongtang.foundation import clock
from tongtang.organisations.models import Period

IDLE = timedelta(minutes=10)
NOTED_EVERY = timedelta(seconds=30)
WITHOUT_A_PERIOD = timedelta(minutes=45)
# A pupil who signs in shortly before the bell stays until the end of the period that begins.
BEFORE_THE_BELL = timedelta(minutes=15)


@dataclass(frozen=True)
class Opened:
    """The token of a pupil's page and when it ends at the latest."""

    token: str
    ends_at: datetime


def open_page(device_id: int, uuid: UUID) -> Opened | None:
    """Open the page of a sign-in that this device handed over just now; the device's other pages end.

    None where there is no such sign-in of today, or its page was opened before.
    """
    now = clock.now()
    device = ClassroomDevice.objects.select_related("room__school").get(pk=device_id)
    fresh = PupilSession.objects.filter(
        uuid=uuid, device=device, day=clock.today(), token_hash=None, ends_at=None, signed_at__gte=now - IDLE
    )
    token, ends_at = secrets.new_token(), lesson_end(device.room.school.bell_schedule_id, now)

    def opened() -> int:
        close_pages(device.pk)
        return fresh.update(token_hash=secrets.token_digest(token), ends_at=ends_at, last_seen_at=now)

    return Opened(token, ends_at) if together(opened) else None


def lesson_end(bell_schedule: int, now: datetime) -> datetime:
    """The end of the period that runs or begins within 15 minutes, else 45 minutes from now."""
    wall = clock.civil(now)
    soon = clock.civil(now + BEFORE_THE_BELL).time()
    period = Period.objects.filter(bell_schedule=bell_schedule, starts__lte=soon, ends__gt=wall.time()).first()
    return clock.at(wall.date(), period.ends) if period else now + WITHOUT_A_PERIOD


def close_pages(device_id: int) -> int:
    """End the pupils' pages that are open on a device."""
    return PupilSession.objects.filter(device=device_id, token_hash__isnull=False).update(token_hash=None)


def close_page(session_id: int) -> None:
    """Sign out: the page's token is worth nothing from now on."""
    PupilSession.objects.filter(pk=session_id).update(token_hash=None)


def pupil_of(token: str) -> PupilHere | None:
    """Who holds a token that still opens: device bound, pupil in the class, lesson not over, not idle."""
    now = clock.now()
    row = (
        PupilSession.objects.filter(
            Q(home_class__enrolments__valid_to=None) | Q(home_class__enrolments__valid_to__gte=clock.today()),
            token_hash=secrets.token_digest(token),
            day=clock.today(),
            ends_at__gt=now,
            last_seen_at__gt=now - IDLE,
            device__revoked_at=None,
            pupil__ended_on=None,
            home_class__enrolments__pupil=F("pupil"),
        )
        .values_list("pk", "pupil", "pupil__name", "home_class", "device", "last_seen_at")
        .first()
    )
    if row is None:
        return None
    session, pupil, name, home_class, device, seen = row
    if seen is None or now - seen > NOTED_EVERY:
        PupilSession.objects.filter(pk=session).update(last_seen_at=now)
    return PupilHere(pupil, name, home_class, device, session)
