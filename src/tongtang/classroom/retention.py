"""Retention of what the media server wrote in a lesson: it serves only to build the recording."""

import shutil
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from tongtang.audit.api import Forgotten, forget_rows, forgotten, retention
from tongtang.classroom.models import LiveSession, MediaTrack
from tongtang.foundation.environment import environment


@retention.category("media-tracks")
def media_tracks(before: datetime, dry_run: bool) -> Forgotten:
    """Track files and their rows of lessons that ended long ago; the proof names the lessons."""
    sessions = LiveSession.objects.filter(ended_at__lt=before).values_list("lesson__public_id", "ended_at")
    ended: dict[UUID | None, datetime] = {lesson: moment for lesson, moment in sessions if moment is not None}
    folders = {path: name for path in _folders() if (name := _lesson(path)) in ended}
    rows = MediaTrack.objects.filter(session__ended_at__lt=before)
    lessons = set(rows.values_list("session__lesson__public_id", flat=True)) | set(folders.values())
    forget_rows(rows, moment="started_at", dry_run=dry_run)
    if not dry_run:
        transaction.on_commit(lambda: _remove(list(folders)))
    return forgotten((name, ended[name]) for name in lessons)


def _folders() -> list[Path]:
    return sorted((environment().media / "tracks").glob("*"))


def _lesson(path: Path) -> UUID | None:
    try:
        return UUID(path.name)
    except ValueError:
        return None


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
