"""Where a child can be seen or heard: recordings in which its class was on stage, and the stage itself."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from tongtang.classroom.announcements import announce_room
from tongtang.classroom.models import LiveSession
from tongtang.classroom.stage import cut_from_recording, recorded_on_stage
from tongtang.consent.api import Purpose, Sheet, holding, place
from tongtang.foundation.clock import civil
from tongtang.lessons.api import receptions_of_child
from tongtang.lessons.models import Reception
from tongtang.library import api as library
from tongtang.people.models import Pupil


@holding
def recordings(pupil: Pupil) -> Sequence[Sheet]:
    """Recordings in which the class of the child was on stage."""
    rows = []
    for one in recorded_on_stage(receptions_of_child(pupil, date.min, date.max)):
        resource = library.recording_of(one.lesson)
        state = resource.state if resource else ""
        rows.append([f"{civil(one.starts_at):%Y-%m-%d %H:%M}", one.lesson.title, one.home_class.name, state])
    return [
        Sheet("classroom-recordings", _("Recordings with the class on stage"), ["at", "title", "class", "state"], rows)
    ]


@place("recordings", Purpose.RECORDING)
@transaction.atomic
def close_recordings(pupil: Pupil) -> int:
    """Each such film ends at once and is built anew without the class; where it cannot be, there is none any more."""
    found = recorded_on_stage(receptions_of_child(pupil, date.min, date.max))
    for reception in found:
        end_film_with(reception)
    return len(found)


def end_film_with(reception: Reception) -> None:
    """The film that holds this class ends; one without it is ordered where it can be built."""
    if cut_from_recording(reception):
        import_string("tongtang.classroom.tasks.build_lesson_recording").enqueue(str(reception.lesson.public_id))
    else:
        _no_film(reception.lesson_id)


def _no_film(lesson_id: int) -> None:
    session = LiveSession.objects.filter(lesson=lesson_id).select_related("lesson").first()
    resource = library.recording_of(session.lesson) if session else None
    if resource is not None:
        library.fail_recording(resource, _("The recording was ended: a consent to be recorded was withdrawn."))


@place("stage", Purpose.RECORDING, Purpose.IMAGES)
def close_stage(pupil: Pupil) -> int:
    """A class on stage now: its pages are told at once; the media process asks each second and stops keeping it."""
    staged = LiveSession.objects.filter(ended_at=None, on_stage__home_class__enrolments__pupil=pupil)
    sessions = list(staged.select_related("on_stage__lesson", "on_stage__school", "on_stage__home_class").distinct())
    for session in sessions:
        if session.on_stage is not None:
            announce_room(session.on_stage)
    return len(sessions)
