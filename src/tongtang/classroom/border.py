"""The product's side of the media process: what should be on the air, who may still be there, what it reported."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import close_old_connections, transaction

from tongtang.classroom.actions.session import media_restarted
from tongtang.classroom.announcements import announce_session
from tongtang.classroom.media.desired import (
    Border,
    DesiredRoom,
    HlsReady,
    RecordingEnded,
    RecordingStarted,
    Report,
    RoomLost,
    RoomReady,
)
from tongtang.classroom.media.tickets import Grant, Right
from tongtang.classroom.models import LiveSession, MediaTrack
from tongtang.classroom.stage import STAGE, stage_is_recorded
from tongtang.foundation import clock
from tongtang.foundation.environment import environment


def open_sessions() -> list[LiveSession]:
    """Sessions that are open now; one forgotten for two hours after its lesson is none."""
    sessions = LiveSession.objects.filter(ended_at=None, lesson__ends_at__gt=clock.now() - timedelta(hours=2))
    return list(sessions.select_related("lesson", "on_stage"))


def desired_rooms() -> list[DesiredRoom]:
    """One room an open session; bytes are stored only from the start of the lesson and only where it is recorded."""
    close_old_connections()
    return [
        DesiredRoom(
            lesson_id=str(session.lesson.public_id),
            recording=session.recording and session.started_at is not None,
            source="file" if session.source == LiveSession.Source.FILE else "camera",
            file=environment().media / "demo" / "lesson.mp4" if session.source == LiveSession.Source.FILE else None,
            stage_reception=STAGE.format(session.on_stage.public_id) if session.on_stage else None,
            stage_recorded=session.on_stage is None or stage_is_recorded(session.on_stage),
        )
        for session in open_sessions()
    ]


def _session(lesson_id: str) -> LiveSession | None:
    return LiveSession.objects.filter(lesson__public_id=lesson_id).select_related("lesson").first()


def _room_ready(session: LiveSession, report: RoomReady) -> None:
    if (session.media_epoch, session.webrtc) != (report.epoch, report.webrtc):
        media_restarted(lesson=session.lesson, epoch=report.epoch, webrtc=report.webrtc, now=clock.now())


@transaction.atomic
def _hls_ready(session: LiveSession, report: HlsReady) -> None:
    session = LiveSession.objects.select_for_update().select_related("lesson").get(pk=session.pk)
    session.hls_ready_at = datetime.fromtimestamp(report.at, UTC)
    session.version += 1
    session.save(update_fields=["hls_ready_at", "version"])
    announce_session(session.lesson, session)


def take_report(report: Report) -> None:
    """Put news of the media process into the session, and tell the pages."""
    close_old_connections()
    session = _session(report.lesson_id)
    if session is None:
        return
    match report:
        case RoomReady():
            _room_ready(session, report)
        case HlsReady():
            _hls_ready(session, report)
        case RecordingStarted():
            started = datetime.fromtimestamp(report.at, UTC)
            MediaTrack.objects.create(session=session, participant=report.participant, started_at=started)
        case RecordingEnded():
            open_tracks = MediaTrack.objects.filter(session=session, participant=report.participant, ended_at=None)
            open_tracks.update(ended_at=datetime.fromtimestamp(report.at, UTC))
        case RoomLost():
            MediaTrack.objects.filter(session=session, ended_at=None).update(
                ended_at=datetime.fromtimestamp(report.at, UTC)
            )


def still_allowed(grants: Sequence[Grant]) -> list[bool]:
    """Whether each open connection keeps its right: the session is open, and a stage belongs to who is on it."""
    close_old_connections()
    sessions = {str(session.lesson.public_id): session for session in open_sessions()}
    return [_allowed(grant, sessions.get(grant.lesson)) for grant in grants]


def _allowed(grant: Grant, session: LiveSession | None) -> bool:
    if session is None:
        return False
    if grant.right is not Right.PUBLISH_STAGE:
        return True
    return session.on_stage is not None and grant.participant == STAGE.format(session.on_stage.public_id)


def border() -> Border:
    """What `tongtang media` runs with."""
    return Border(desired=desired_rooms, report=take_report, allowed=still_allowed)
