"""The house's own periodic jobs."""

from datetime import timedelta

from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from tongtang.foundation import clock
from tongtang.foundation.jobs import periodic
from tongtang.foundation.models import DoneCommand

KEPT = {TaskResultStatus.SUCCESSFUL: timedelta(days=1), TaskResultStatus.FAILED: timedelta(days=180)}
REPEATED_WITHIN = timedelta(days=7)


@periodic("foundation.forget-old-jobs", every=timedelta(hours=6))
def forget_old_jobs() -> None:
    """Delete the rows of finished jobs after the time of `KEPT`."""
    for status, kept in KEPT.items():
        DBTaskResult.objects.filter(status=status, finished_at__lt=clock.now() - kept).delete()


@periodic("foundation.forget-commands", every=timedelta(hours=6))
def forget_commands() -> None:
    """Delete the keys of commands that no page repeats any more."""
    DoneCommand.objects.filter(done_at__lt=clock.now() - REPEATED_WITHIN).delete()
