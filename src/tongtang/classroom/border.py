"""The product's side of the media process: what should be on the air, who may still be there, what it reported."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import close_old_connections, transaction
from django.db.models import F, IntegerField, QuerySet, Value

from tongtang.access.api import Actor, actors_now
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
from tongtang.classroom.policies import STUDIO, WALL
from tongtang.classroom.stage import STAGE, stage_is_recorded
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.lessons.api import lessons_for, receptions_for

# Of everybody connected, whose rights one statement asks for; SQLite takes at most 500 parts.
AT_ONCE = 100


def open_sessions() -> list[LiveSession]:
    """Sessions that are open now; one forgotten for two hours after its lesson is none."""
    sessions = LiveSession.objects.filter(ended_at=None, lesson__ends_at__gt=clock.now() - timedelta(hours=2))
    return list(sessions.select_related("lesson", "on_stage"))


def desired_rooms() -> list[DesiredRoom]:
    """What `wishes` says, asked by a process that lives for weeks."""
    close_old_connections()
    return wishes()


def wishes() -> list[DesiredRoom]:
    """One room an open session; bytes are stored only from the start of the lesson and only where it is recorded."""
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
    """Whether each open connection keeps its right: `holds` of what is open now and may be done now."""
    close_old_connections()
    return holds(grants)


def holds(grants: Sequence[Grant]) -> list[bool]:
    """The session is open, who asked for the ticket may still have one, and a stage belongs to who is on it.

    Asked every four seconds for everybody connected, so in a few queries for all of them together.
    """
    sessions = {session.lesson.public_id: session for session in open_sessions()}
    asked: dict[str, set[UUID]] = defaultdict(set)
    for grant in grants:
        if UUID(grant.lesson) in sessions:
            asked[grant.subject].add(UUID(grant.lesson))
    actors = actors_now(asked)
    taught = _reached(actors, asked, _taught)
    received = _reached(actors, asked, _received)
    return [_holds(grant, sessions.get(UUID(grant.lesson)), taught, received) for grant in grants]


def _taught(actor: Actor, lessons: set[UUID]) -> QuerySet[Any]:
    """Those of the lessons that the actor may teach now."""
    return lessons_for(actor, STUDIO).filter(public_id__in=lessons).annotate(found=F("public_id"))


def _received(actor: Actor, lessons: set[UUID]) -> QuerySet[Any]:
    """Those of the lessons that the actor may receive now."""
    rows = receptions_for(actor, WALL).filter(lesson__public_id__in=lessons, active=True)
    return rows.annotate(found=F("lesson__public_id"))


def _reached(
    actors: Mapping[str, Actor], asked: Mapping[str, set[UUID]], rows: Callable[[Actor, set[UUID]], QuerySet[Any]]
) -> set[tuple[str, UUID]]:
    """(subject, lesson) of everybody whom `rows` lets reach a lesson: the rows of many in one statement."""
    found: set[tuple[str, UUID]] = set()
    subjects = list(asked)
    for start in range(0, len(subjects), AT_ONCE):
        some = subjects[start : start + AT_ONCE]
        parts = [
            rows(actors[subject], asked[subject])
            .annotate(number=Value(number, output_field=IntegerField()))
            .order_by()
            .values_list("number", "found")
            for number, subject in enumerate(some)
        ]
        found |= {(some[number], lesson) for number, lesson in parts[0].union(*parts[1:], all=True)}
    return found


def _holds(
    grant: Grant, session: LiveSession | None, taught: set[tuple[str, UUID]], received: set[tuple[str, UUID]]
) -> bool:
    if session is None:
        return False
    wanted = (grant.subject, session.lesson.public_id)
    if grant.right is Right.PUBLISH_ANCHOR:
        return wanted in taught
    if grant.right is Right.RECEIVE:
        return wanted in taught or wanted in received
    staged = session.on_stage is not None and grant.participant == STAGE.format(session.on_stage.public_id)
    return staged and wanted in received


def border() -> Border:
    """What `tongtang media` runs with."""
    return Border(desired=desired_rooms, report=take_report, allowed=still_allowed)
