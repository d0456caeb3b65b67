"""How exchange forgets."""

from datetime import datetime

from django.db import transaction

from tongtang.audit.api import Forgotten, forget_rows, retention
from tongtang.exchange.models import SchoolWeeksRun
from tongtang.exchange.school_weeks import files


@retention.category("school-weeks")
def school_weeks(before: datetime, dry_run: bool) -> Forgotten:
    """Searches for whole schools' weeks, with their uploads and results."""
    old = SchoolWeeksRun.objects.filter(made_at__lt=before).exclude(state__in=SchoolWeeksRun.BUSY)
    if not dry_run:
        gone = list(old)
        transaction.on_commit(lambda: _unlink(gone))
    return forget_rows(old, moment="made_at", dry_run=dry_run)


def _unlink(runs: list[SchoolWeeksRun]) -> None:
    for run in runs:
        files.forget(run)
