"""Retention of what the house itself keeps: keys of commands, background jobs, files of imports."""

from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from tongtang.audit import registry as retention
from tongtang.audit.registry import Forgotten, forget_rows, forgotten
from tongtang.foundation.environment import environment
from tongtang.foundation.models import DoneCommand

IMPORTS = "imports"


@retention.category("done-commands")
def done_commands(before: datetime, dry_run: bool) -> Forgotten:
    """Keys of commands that no page repeats any more."""
    return forget_rows(DoneCommand.objects.filter(done_at__lt=before), moment="done_at", dry_run=dry_run)


@retention.category("background-jobs")
def background_jobs(before: datetime, dry_run: bool) -> Forgotten:
    """Jobs that failed; those that were done go after a day (`foundation.tasks`)."""
    failed = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED, finished_at__lt=before)
    return forget_rows(failed, moment="finished_at", dry_run=dry_run)


@retention.category("import-files")
def import_files(before: datetime, dry_run: bool) -> Forgotten:
    """Files below the home's folder `imports`, by the day on which they were last written."""
    folder = environment().home / IMPORTS
    old = [
        (path, written)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (written := datetime.fromtimestamp(path.stat().st_mtime, UTC)) < before
    ]
    if not dry_run:
        transaction.on_commit(lambda: _unlink([path for path, _written in old]))
    return forgotten((path.relative_to(folder), written) for path, written in old)


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
