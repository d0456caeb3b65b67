"""What a receiving classroom's screen reports: that it joined, and what it received."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.classroom.actions.session import Refused
from tongtang.classroom.announcements import announce_camera, announce_note, announce_room
from tongtang.classroom.models import LiveSession, RoomPresence
from tongtang.classroom.queries import PRESENT_FOR, present_since, webrtc_in_use
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.lessons.api import Happened, happened, record_evidence
from tongtang.lessons.api import Refused as LessonsRefused
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson, Mode, Reception
from tongtang.library import api as library

# Screens count whole seconds, so that the second of the start itself may begin a little before it.
EDGE = timedelta(seconds=2)
# What is in a HLS player's buffer at the end is shown afterwards.
SHOWN_LATE = timedelta(seconds=15)


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
def renew_presence(*, actor: Actor, reception: Reception, client: UUID, link: str, quality: int) -> None:
    """A screen is still there, linked like this; its studio and its phone hear of a change."""
    now = clock.now()
    presence = RoomPresence.objects.filter(reception=reception, client=client).first()
    if presence is None or presence.seen_at < now - PRESENT_FOR:
        presence = join_room(actor=actor, reception=reception, client=client)
    changed = (presence.link, presence.quality) != (link, quality)
    RoomPresence.objects.filter(pk=presence.pk).update(link=link, quality=quality, seen_at=now)
    if changed:
        announce_room(reception)


def _check_in_lesson(session: LiveSession | None, reception: Reception, span: Happened) -> None:
    """Live seconds lie between the start and the end of the lesson itself."""
    if span.payload.get("mode") != Mode.LIVE:
        raise Refused(_("A classroom's screen reports live seconds only."))
    if session is None or session.started_at is None:
        raise Refused(_("The lesson has not started: nothing can have been received yet."))
    starts, ends = span.payload.get("from"), span.payload.get("to")
    if not isinstance(starts, int) or not isinstance(ends, int):
        return
    if starts < (session.started_at - EDGE - reception.starts_at).total_seconds():
        raise Refused(_("These seconds lie before the start of the lesson."))
    if session.ended_at and ends > (session.ended_at + SHOWN_LATE - reception.starts_at).total_seconds():
        raise Refused(_("These seconds lie after the end of the lesson."))


def _check_watched(lesson: Lesson, span: Happened) -> None:
    """Seconds of the recording that the lesson shows, watched in its time: no more of them than have passed."""
    recording = library.shown_by(lesson)
    if recording is None:
        raise Refused(_("There is no recording to be shown in this lesson."))
    starts, ends = span.payload.get("from"), span.payload.get("to")
    if span.payload.get("mode") != Mode.RECORDED or not isinstance(starts, int) or not isinstance(ends, int):
        raise Refused(_("In a recorded lesson a screen reports seconds of the recording only."))
    if starts < 0 or ends > (recording.duration_seconds or 0) + EDGE.total_seconds():
        raise Refused(_("These seconds are not in the recording."))
    if span.occurred_at - timedelta(seconds=ends - starts) < lesson.starts_at - EDGE:
        raise Refused(_("These seconds lie before the start of the lesson."))


def report_received(*, actor: Actor | None, reception: Reception, spans: Sequence[Happened]) -> dict[str, str]:
    """Put the seconds that a screen received on record, at once or long after; a refused row does not hold up others.

    `actor` None: the screen is gone, and its will is carried out.

    Returns, by uuid: "recorded", "known" (handed over before), or the sentence that refused it.
    """
    session = LiveSession.objects.filter(lesson=reception.lesson_id).first()
    answers: dict[str, str] = {}
    for span in spans:
        try:
            if reception.lesson.recorded:
                _check_watched(reception.lesson, span)
            else:
                _check_in_lesson(session, reception, span)
            fresh = record_evidence(
                actor=actor, reception=reception, rows=[span], source=EvidenceRow.Source.DEVICE, now=clock.now()
            )
            answers[str(span.uuid)] = "recorded" if fresh else "known"
        except (Refused, LessonsRefused) as refused:
            answers[str(span.uuid)] = str(refused)
    return answers


@transaction.atomic
def leave_room(*, reception: Reception, client: UUID) -> None:
    """A screen says goodbye; one that does not is gone after two missed reports. Leaving twice changes nothing."""
    now = clock.now()
    gone = RoomPresence.objects.filter(present_since(now), reception=reception, client=client)
    if gone.update(seen_at=now - PRESENT_FOR - EDGE, link=RoomPresence.Link.NONE):
        left = [happened(EvidenceKind.LEFT, now, {"client": str(client)})]
        record_evidence(actor=None, reception=reception, rows=left, source=EvidenceRow.Source.DEVICE, now=now)
        announce_room(reception)


@transaction.atomic
def report_camera(*, reception: Reception, working: bool) -> None:
    """The classroom on stage can be seen, or has no camera that works: said to its phone and to the studio.

    Raises:
        Refused: the class is not on stage.
    """
    check_on_stage(reception)
    announce_camera(reception, working)
    if not working:
        text = _("The camera of this classroom does not work. The class hears you and cannot be seen.")
        announce_note(reception, text, clock.now().timestamp())
