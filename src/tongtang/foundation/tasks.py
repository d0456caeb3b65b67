"""The house's own periodic jobs."""

from datetime import timedelta

from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from tongtang.foundation import clock
from tongtang.foundation.jobs import periodic

KEPT = timedelta(days=1)


@periodic("foundation.forget-old-jobs", every=timedelta(hours=6))
def forget_old_jobs() -> None:
    """Delete the rows of jobs that were done a day ago; those that failed are kept longer, see `retention.toml`."""
    DBTaskResult.objects.filter(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=clock.now() - KEPT).delete()
