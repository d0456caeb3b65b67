"""What a receiving classroom's screen reports: that it joined, and what it received."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.classroom.actions.session import Refused
from tongtang.classroom.announcements import announce_room
from tongtang.classroom.models import LiveSession, RoomPresence
from tongtang.classroom.queries import PRESENT_FOR, webrtc_in_use
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.lessons.api import Happened, happened, record_evidence
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Reception


@transaction.atomic
def join_room(*, actor: Actor, reception: Reception, client: UUID) -> RoomPresence:
    """A screen is in the lesson's room. `client` is the page's own random id.

    A further device in the room is a presence of its own; what both receive is counted once.
    """
    now = clock.now()
    presence, made = RoomPresence.objects.get_or_create(
        reception=reception,
        client=client,
        defaults={"joined_at": now, "seen_at": now, "device_id": actor.device.id if actor.device else None},
    )
    if made or presence.seen_at < now - PRESENT_FOR:
        record_evidence(
            actor=actor,
            reception=reception,
            rows=[happened(EvidenceKind.JOINED, now, {"client": str(client)})],
            now=now,
        )
    presence.seen_at = now
    presence.save(update_fields=["seen_at"])
    announce_room(reception)
    return presence


@transaction.atomic
def take_webrtc_place(*, reception: Reception, client: UUID) -> bool:
    """Whether this screen may receive by WebRTC: the first ones (a setting) may, and whoever is on stage."""
    session = LiveSession.objects.select_for_update().filter(lesson=reception.lesson_id, ended_at=None).first()
    presence = RoomPresence.objects.filter(reception=reception, client=client).first()
    if session is None or presence is None or not session.webrtc:
        return False
    on_stage = session.on_stage_id == reception.pk
    if not on_stage and webrtc_in_use(session, presence) >= environment().webrtc_receivers:
        return False
    presence.link, presence.seen_at = RoomPresence.Link.WEBRTC, clock.now()
    presence.save(update_fields=["link", "seen_at"])
    return True


def check_on_stage(reception: Reception) -> None:
    """Only the classroom that was called up may be seen and heard.

    Raises:
        Refused: another classroom is on stage, or none.
    """
    if not LiveSession.objects.filter(on_stage=reception, ended_at=None).exists():
        raise Refused(_("Your class is not on stage."))


@transaction.atomic
def report_received(
    *, actor: Actor, reception: Reception, client: UUID, link: str, quality: int, spans: Sequence[Happened]
) -> int:
    """A screen's report: how it is linked, and the seconds it received since. Returns how many spans are new.

    Raises:
        Refused: the lesson has not started, so that nothing can have been received.
    """
    now = clock.now()
    session = LiveSession.objects.filter(lesson=reception.lesson_id).first()
    if spans and (session is None or session.started_at is None):
        raise Refused(_("The lesson has not started: nothing can have been received yet."))
    presence = RoomPresence.objects.filter(reception=reception, client=client).first()
    if presence is None:
        presence = join_room(actor=actor, reception=reception, client=client)
    changed = presence.link != link or presence.quality != quality or presence.seen_at < now - PRESENT_FOR
    RoomPresence.objects.filter(pk=presence.pk).update(link=link, quality=quality, seen_at=now)
    if changed:
        announce_room(reception)
    return record_evidence(actor=actor, reception=reception, rows=spans, source=EvidenceRow.Source.DEVICE, now=now)


def leave_room(*, reception: Reception, client: UUID) -> None:
    """A screen says goodbye; one that does not is gone after two missed reports."""
    now = clock.now()
    gone = RoomPresence.objects.filter(reception=reception, client=client)
    if gone.update(seen_at=F("joined_at") - PRESENT_FOR, link=RoomPresence.Link.NONE):
        left = [happened(EvidenceKind.LEFT, now, {"client": str(client)})]
        record_evidence(actor=None, reception=reception, rows=left, source=EvidenceRow.Source.DEVICE, now=now)
        announce_room(reception)
