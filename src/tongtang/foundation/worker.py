"""The process that works off the jobs of `foundation.jobs`: one thread a queue, one for the periodic table."""

import fcntl
import logging
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any

from django.db import close_old_connections, transaction
from django.db.models import Q
from django.utils.module_loading import autodiscover_modules
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult, get_date_max

from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.foundation.jobs import run_due, settle_failure

QUEUES = ("default", "media", "plans")
# A job of another machine, whose locks cannot be seen from here, is taken for dead after this time.
FOREIGN_LEASE = timedelta(hours=6)
STOP_SECONDS = 7.0
ORPHAN_LOOK_SECONDS = 15
logger = logging.getLogger(__name__)


class WorkerDied(Exception):
    """The worker ended while the job was running."""


class _Worker(Worker):
    def run_task(self, db_task_result: DBTaskResult[Any, Any]) -> None:
        super().run_task(db_task_result)
        if db_task_result.status == TaskResultStatus.FAILED:
            settle_failure(db_task_result)


def _worker(queues: list[str], worker_id: str, interval: float) -> _Worker:
    return _Worker(
        queue_names=queues,
        interval=interval,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=worker_id,
        excluded_queue_names=[],
    )


def run_ready_jobs() -> None:
    """Run in this thread every job that is ready now, then return: for tests and for commands that may not wait.

    The connection stays open, and a transaction around the call stays whole.
    """
    process_id = _new_process_id()
    with _held_lock(process_id):
        worker = _worker(["*"], f"{process_id}.all", interval=0)
        while (row := _claim_next(worker.worker_id)) is not None:
            worker.run_task(row)


@transaction.atomic
def _claim_next(worker_id: str) -> DBTaskResult[Any, Any] | None:
    ready = Q(run_after=get_date_max()) | Q(run_after__lte=clock.now())
    rows = DBTaskResult.objects.filter(ready, status=TaskResultStatus.READY).select_for_update(skip_locked=True)
    row = rows.first()
    if row is not None:
        row.claim(worker_id)
    return row


def _host() -> str:
    return socket.gethostname().split(".")[0][:24]


def _new_process_id() -> str:
    return f"{_host()}.{secrets.token_hex(6)}"


def _lock_path(process_id: str) -> Path:
    return environment().run / f"worker-{process_id}.lock"


@contextmanager
def _held_lock(process_id: str) -> Iterator[None]:
    """A lock file that the system lets go when this process ends, however it ends."""
    path = _lock_path(process_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    path.unlink(missing_ok=True)


def _is_dead(row: DBTaskResult[Any, Any], now: datetime) -> bool:
    process_id = row.worker_ids[-1].rpartition(".")[0]
    if process_id.partition(".")[0] != _host():
        return row.started_at is not None and row.started_at < now - FOREIGN_LEASE
    path = _lock_path(process_id)
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    path.unlink(missing_ok=True)
    return True


def release_orphans(now: datetime) -> int:
    """Count as failed attempts the jobs whose worker died while it ran them; how many there were."""
    orphans = [row for row in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING) if _is_dead(row, now)]
    return sum(_release(row, now) for row in orphans)


def _release(row: DBTaskResult[Any, Any], now: datetime) -> int:
    # The conditional update decides between two workers that look at the same time.
    mine = DBTaskResult.objects.filter(pk=row.pk, status=TaskResultStatus.RUNNING, started_at=row.started_at).update(
        status=TaskResultStatus.FAILED,
        finished_at=now,
        exception_class_path=f"{__name__}.{WorkerDied.__name__}",
        traceback=f"{WorkerDied.__name__}: {WorkerDied.__doc__}",
    )
    if mine:
        settle_failure(row)
    return mine


def work(ends: SimpleQueue[None], interval: float) -> bool:
    """Work off all queues and the periodic table until `ends` holds something; False if a part of it broke down.

    A signal's handler may put into such a queue; setting an Event that this thread is about to wait for locks it up.
    A job that still runs `STOP_SECONDS` after the end is left to the next worker.
    """
    autodiscover_modules("tasks")
    process_id = _new_process_id()
    stop, broken = threading.Event(), threading.Event()

    def guarded(run: Callable[[], None]) -> None:
        try:
            run()
        except Exception:
            logger.exception("the worker breaks off")
            broken.set()
            ends.put(None)

    with _held_lock(process_id):
        workers = [_worker([queue], f"{process_id}.{queue}", interval) for queue in QUEUES]
        runs: list[Callable[[], None]] = [lambda: _keep_time(stop), *(worker.run for worker in workers)]
        threads = [threading.Thread(target=guarded, args=[run], daemon=True) for run in runs]
        for thread in threads:
            thread.start()
        ends.get()
        stop.set()
        for worker in workers:
            worker.running = False
        deadline = monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - monotonic()))
    return not broken.is_set()


def _keep_time(stop: threading.Event) -> None:
    """Each second look at the periodic table, now and then for jobs left behind."""
    beats = 0
    while not stop.is_set():
        close_old_connections()
        now = clock.now()
        if beats % ORPHAN_LOOK_SECONDS == 0:
            release_orphans(now)
        run_due(now)
        beats += 1
        stop.wait(1)
