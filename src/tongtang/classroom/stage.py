"""A class on stage is seen by all classes and heard in the recording: what its children's consents allow."""

from collections.abc import Iterable
from pathlib import Path

from tongtang.classroom.media.recording import has_anchor_picture, stage_tracks, staged_participants
from tongtang.classroom.models import MediaTrack
from tongtang.consent.api import Purpose, classes_allowed
from tongtang.foundation.environment import environment
from tongtang.lessons.models import EvidenceKind, Lesson, Reception
from tongtang.library import api as library

STAGE = "stage-{}"
CLASSES = "classes.txt"


def stage_is_recorded(reception: Reception) -> bool:
    """Whether everybody who answers for a child of the class allows its voice and picture in the recording."""
    return bool(classes_allowed(Purpose.RECORDING, [reception.home_class_id], reception.date))


def stage_is_shown(reception: Reception) -> bool:
    """Whether the picture of the class may be shown without a warning."""
    return bool(classes_allowed(Purpose.IMAGES, [reception.home_class_id], reception.date))


def tracks_of(lesson: Lesson) -> Path:
    """The folder of a lesson's track files."""
    return environment().media / "tracks" / str(lesson.public_id)


def drop_stage(reception: Reception) -> int:
    """Delete the track files of one class of a lesson; how many there were."""
    participant = STAGE.format(reception.public_id)
    paths = stage_tracks(tracks_of(reception.lesson), participant)
    for path in paths:
        path.unlink(missing_ok=True)
    MediaTrack.objects.filter(session__lesson=reception.lesson_id, participant=participant).delete()
    return len(paths)


def drop_unallowed(lesson: Lesson) -> int:
    """Before a film is built: delete the tracks of classes that may not be in it; of how many classes."""
    staged = staged_participants(tracks_of(lesson))
    receptions = [one for one in lesson.receptions.all() if STAGE.format(one.public_id) in staged]
    dropped = [one for one in receptions if not stage_is_recorded(one)]
    for reception in dropped:
        drop_stage(reception)
    return len(dropped)


def classes_in_tracks(lesson: Lesson) -> set[str]:
    """The participants whose classes are in the track files of a lesson, as a film of these will hold them."""
    return set(staged_participants(tracks_of(lesson)))


def note_classes(staged: Iterable[str], film: Path) -> None:
    """Leave beside a film which classes it holds: it outlives its tracks."""
    (film / CLASSES).write_text("\n".join(sorted(staged)), encoding="ascii")


def unallowed_meanwhile(lesson: Lesson, staged: Iterable[str]) -> list[Reception]:
    """Classes that a film holds and that may no longer be in it: building takes minutes, a withdrawal an instant."""
    names = set(staged)
    receptions = [one for one in lesson.receptions.all() if STAGE.format(one.public_id) in names]
    return [one for one in receptions if not stage_is_recorded(one)]


def _is_in_film(reception: Reception) -> bool:
    resource = library.recording_of(reception.lesson)
    if resource is None or not resource.folder:
        return False
    note = environment().media / resource.folder / CLASSES
    if note.exists():
        return STAGE.format(reception.public_id) in note.read_text(encoding="ascii").split()
    # A film of an earlier release tells nothing: whoever was called on stage may be in it.
    return reception.evidence.filter(kind=EvidenceKind.STAGE).exists()


def recorded_on_stage(receptions: Iterable[Reception]) -> list[Reception]:
    """Those whose class is in the recording of its lesson: in a track of it, or in its film."""
    rows = list(receptions)
    names = {STAGE.format(one.public_id): one for one in rows}
    lessons = {one.lesson_id for one in rows}
    found = MediaTrack.objects.filter(session__lesson__in=lessons, participant__in=list(names))
    told = set(found.values_list("participant", flat=True).distinct())
    return [
        one
        for name, one in names.items()
        if name in told or stage_tracks(tracks_of(one.lesson), name) or _is_in_film(one)
    ]


def cut_from_recording(reception: Reception) -> bool:
    """End the film that holds this class, at once; whether there was one and it can be built anew without the class."""
    resource = library.recording_of(reception.lesson)
    drop_stage(reception)
    if resource is None:
        return False
    library.retract_recording(resource)
    return has_anchor_picture(tracks_of(reception.lesson))
