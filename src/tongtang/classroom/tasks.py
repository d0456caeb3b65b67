"""Jobs of the live lesson: the recording is built after the end; forgotten lessons are ended; wills are carried out."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.signing import BadSignature
from django.utils.translation import gettext as _

from tongtang.classroom import forms
from tongtang.classroom.actions.room import leave_room, report_received
from tongtang.classroom.actions.session import end_overdue_lessons
from tongtang.classroom.child_records import end_film_with
from tongtang.classroom.media.recording import Built, RecordingFailed, build_recording, has_recording
from tongtang.classroom.models import LiveSession, SessionEvent
from tongtang.classroom.stage import classes_in_tracks, drop_unallowed, note_classes, unallowed_meanwhile
from tongtang.classroom.tickets import reception_of_will
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.foundation.jobs import job, periodic
from tongtang.foundation.push import wills
from tongtang.lessons.models import Lesson, Reception
from tongtang.library import api as library
from tongtang.library.models import Resource

# The media process closes the files within seconds of the end; it is asked again where they are still open.
STILL_OPEN_FOR = timedelta(minutes=5)
logger = logging.getLogger(__name__)


class StillRecording(Exception):
    """The files are not closed yet; the job's next attempt will find them so."""


def give_up(lesson_id: str) -> None:
    """Each attempt failed: the people of the lesson are told."""
    resource = Resource.objects.filter(lesson__public_id=lesson_id).first()
    if resource is not None:
        library.fail_recording(
            resource, _("The recording could not be built. Its files are kept: tell the technician.")
        )


@job(queue="media", gave_up=give_up)
def build_lesson_recording(lesson_id: str) -> None:
    """Make the library resource of an ended lesson from what the media server wrote; nothing where it wrote nothing."""
    build_film(lesson_id, build_recording)


def build_film(lesson_id: str, build: Callable[[Path, Path], Built]) -> None:
    """`build` makes the film's files out of the tracks, which takes minutes; consents may change meanwhile."""
    session = LiveSession.objects.select_related("lesson__subject").get(lesson__public_id=lesson_id)
    tracks = environment().media / "tracks" / lesson_id
    if not has_recording(tracks):
        return
    resource = library.start_recording_resource(session.lesson)
    if _still_open(session):
        raise StillRecording(lesson_id)
    drop_unallowed(session.lesson)
    staged = classes_in_tracks(session.lesson)
    folder = library.folder_of(resource)
    out = environment().media / folder
    try:
        built = build(tracks, out)
    except RecordingFailed as failed:
        library.fail_recording(resource, str(failed))
        return
    note_classes(staged, out)
    library.finish_recording(
        resource,
        folder=folder,
        duration=built.duration_s,
        byte_size=sum(path.stat().st_size for path in out.iterdir()),
        segments=[
            library.Segment(datetime.fromtimestamp(part.wall_start, UTC), part.offset_s, part.duration_s)
            for part in built.segments
        ],
        moments=_moments(session),
    )
    for reception in unallowed_meanwhile(session.lesson, staged):
        end_film_with(reception)


def _still_open(session: LiveSession) -> bool:
    waited = session.ended_at is not None and clock.now() - session.ended_at > STILL_OPEN_FOR
    return not waited and session.tracks.filter(ended_at=None).exists()


def _moments(session: LiveSession) -> list[library.Moment]:
    """Chapters: what was on the screen when the lesson started, then each change of slide or step."""
    kinds = (SessionEvent.Kind.STARTED, SessionEvent.Kind.SLIDE, SessionEvent.Kind.STEP)
    rows = session.events.filter(kind__in=kinds).select_related("slide")
    return [library.Moment(row.at, row.title or _("Start"), row.slide.path if row.slide else "") for row in rows]


@periodic("end-overdue-lessons", every=timedelta(minutes=1))
def end_overdue() -> None:
    """A teacher who just closed the page has taught all the same."""
    end_overdue_lessons(clock.now())


@periodic("build-missing-recordings", every=timedelta(minutes=5), queue="media")
def build_missing_recordings() -> None:
    """A recording whose job was lost with a machine is built after all."""
    ended = Lesson.objects.filter(
        session__ended_at__lt=clock.now() - timedelta(minutes=10),
        session__ended_at__gt=clock.now() - timedelta(days=7),
        session__started_at__isnull=False,
        recording=None,
    )
    for public_id in ended.values_list("public_id", flat=True):
        if has_recording(environment().media / "tracks" / str(public_id)):
            build_lesson_recording.enqueue(str(public_id))


@periodic("carry-out-wills", every=timedelta(seconds=5))
def carry_out_wills() -> None:
    """A classroom's screen that died without a goodbye: what it had received and not reported is put on record."""
    for text in wills.left():
        try:
            _carry_out(text)
        except (forms.BadShape, BadSignature, Reception.DoesNotExist) as error:
            logger.warning("a will was left out: %s", error)


def _carry_out(text: str) -> None:
    will = forms.object_of(text)
    reception = Reception.objects.get(public_id=reception_of_will(forms.text_of(will, "token")))
    client, spans = forms.uuid_of(will, "client"), forms.spans_of(will)
    report_received(actor=None, reception=reception, spans=spans)
    leave_room(reception=reception, client=client)
