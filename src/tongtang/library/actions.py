"""Writes of the library: a recording is announced, then ready or failed."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.db import transaction
from django.utils._os import safe_join

from tongtang.access.api import Actor
from tongtang.audit.api import append
from tongtang.foundation import clock
from tongtang.lessons.models import Lesson
from tongtang.library.chapters import Mark, Moment, Segment, chapters
from tongtang.library.models import Chapter, Resource

PLAYLIST = "film.m3u8"


def start_recording_resource(lesson: Lesson) -> Resource:
    """The resource of a lesson's recording, waiting for its media; made once a lesson."""
    return Resource.objects.get_or_create(
        lesson=lesson,
        defaults={
            "kind": Resource.Kind.RECORDING,
            "title": lesson.title,
            "region_code": lesson.region_code,
            "made_at": clock.now(),
        },
    )[0]


def folder_of(resource: Resource) -> str:
    """Where the files of a resource are to lie, below the media folder."""
    return f"library/{resource.public_id}"


def finish_recording(
    resource: Resource,
    *,
    folder: str,
    duration: float,
    byte_size: int,
    segments: Sequence[Segment],
    moments: Sequence[Moment],
) -> None:
    """The media lie ready in `folder` below the media folder, with `PLAYLIST` in it; `duration` in seconds.

    The slides of `moments` are copied into the folder: a recording outlives the slides of its lesson. A second finish
    of the same resource replaces the first.

    Raises:
        FileNotFoundError: there is no playlist in `folder`.
    """
    target = Path(settings.MEDIA_ROOT) / folder
    if not (target / PLAYLIST).is_file():
        raise FileNotFoundError(target / PLAYLIST)
    marks = chapters(moments, segments)
    pictures = _keep_pictures(marks, target)
    with transaction.atomic():
        resource.chapters.all().delete()
        Chapter.objects.bulk_create(
            Chapter(
                resource=resource,
                starts_second=mark.second,
                title=mark.title[:160],
                picture=pictures.get(mark.picture, ""),
            )
            for mark in marks
        )
        Resource.objects.filter(pk=resource.pk).update(
            state=Resource.State.READY,
            folder=folder,
            duration_seconds=duration,
            byte_size=byte_size,
            ready_at=clock.now(),
            problem="",
        )


def _keep_pictures(marks: Sequence[Mark], target: Path) -> dict[str, str]:
    """Copy each picture once; its name in `target` by its path. A picture that is gone leaves a chapter without one."""
    names: dict[str, str] = {}
    for path in dict.fromkeys(mark.picture for mark in marks if mark.picture):
        try:
            source = Path(safe_join(str(settings.MEDIA_ROOT), path))
        except SuspiciousFileOperation:
            continue
        if source.is_file():
            names[path] = f"slide-{len(names) + 1:03d}{source.suffix}"
            shutil.copyfile(source, target / names[path])
    return names


def note_view(actor: Actor, recording: Resource) -> None:
    """Somebody opened a recording in which children may be seen or heard: an entry of the audit chain."""
    lesson = recording.lesson
    append(
        stream="reads",
        action="recording.viewed",
        actor=actor.subject,
        object=f"recording:{recording.public_id}",
        detail={"lesson": str(lesson.public_id)} if lesson else {},
        school=lesson.school if lesson else None,
        region_code=recording.region_code,
    )


def fail_recording(resource: Resource, problem: str) -> None:
    """There will be no recording; `problem` is a sentence for the people of the lesson. A ready one stays ready."""
    Resource.objects.filter(pk=resource.pk, state=Resource.State.WAITING).update(
        state=Resource.State.FAILED, problem=problem[:300]
    )


def retract_recording(resource: Resource) -> None:
    """A recording may not be watched as it is: nobody gets it from now on, and its files are deleted.

    It waits again: `finish_recording` brings a new film, `fail_recording` says that there will be none.
    """
    folder = resource.folder
    Resource.objects.filter(pk=resource.pk).update(
        state=Resource.State.WAITING, folder="", duration_seconds=None, byte_size=None, ready_at=None, problem=""
    )
    if folder:
        path = Path(safe_join(str(settings.MEDIA_ROOT), folder))
        transaction.on_commit(lambda: shutil.rmtree(path, ignore_errors=True))
