"""Retention of recordings: one school year, unless released."""

import shutil
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from tongtang.audit.api import Forgotten, forget_rows, retention
from tongtang.library.models import Resource


@retention.category("recordings")
def recordings(before: datetime, dry_run: bool) -> Forgotten:
    """Recordings of lessons that nobody released to be kept: row, chapters and films."""
    old = Resource.objects.filter(kind=Resource.Kind.RECORDING, released_at=None, lesson__starts_at__lt=before)
    folders = [folder for folder in old.values_list("folder", flat=True) if folder]
    done = forget_rows(old, moment="lesson__starts_at", key="public_id", dry_run=dry_run)
    if not dry_run:
        transaction.on_commit(lambda: _remove(folders))
    return done


def _remove(folders: list[str]) -> None:
    for folder in folders:
        shutil.rmtree(Path(settings.MEDIA_ROOT) / folder, ignore_errors=True)
