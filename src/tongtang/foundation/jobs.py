"""Background jobs on the database: retries with back-off and a periodic table. `foundation.worker` works them off.

A job is enqueued in the transaction of the change that asks for it and rolls back with it, on both engines. While a
failed job waits for its next attempt, its last error stands in its row (`traceback`), and stays there if it gives up.
A job may run twice (a worker can die after the work, before the note of it): jobs are written to bear that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ParamSpec

from django.db import transaction
from django.utils.module_loading import import_string
from django_tasks import TaskResultStatus, task
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from tongtang.foundation import clock
from tongtang.foundation.models import PeriodicJob

Given = ParamSpec("Given")
UNFINISHED = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=10), timedelta(hours=1)


@dataclass(frozen=True)
class Rule:
    """How often a job is tried, and what is called with its arguments when the last attempt failed."""

    attempts: int
    gave_up: Callable[..., None] | None


@dataclass(frozen=True)
class Periodic:
    """A job without arguments and how often it is due."""

    every: timedelta
    job: Task[..., Any]


RULES: dict[str, Rule] = {}
PERIODIC: dict[str, Periodic] = {}


def job(
    *, queue: str = "default", attempts: int = 4, gave_up: Callable[..., None] | None = None
) -> Callable[[Callable[Given, None]], Task[Given, None]]:
    """Make a function in a context's `tasks.py` a job: `convert.enqueue("id")`. Arguments are JSON values.

    `queue`: "media" for recordings, "plans" for timetables, which last minutes, else "default"; each is worked off one
    job at a time.
    """

    def decorate(function: Callable[Given, None]) -> Task[Given, None]:
        made: Task[Given, None] = task(queue_name=queue)(function)
        RULES[made.module_path] = Rule(attempts, gave_up)
        return made

    return decorate


def periodic(name: str, *, every: timedelta, queue: str = "default") -> Callable[[Callable[[], None]], Task[[], None]]:
    """Make a function a job that is due `every` so often; a run that failed is not repeated before the next one."""

    def decorate(function: Callable[[], None]) -> Task[[], None]:
        made = job(queue=queue, attempts=1)(function)
        PERIODIC[name] = Periodic(every, made)
        return made

    return decorate


def run_due(now: datetime) -> list[str]:
    """Enqueue the periodic jobs that are due at `now`; their names. Two workers at once enqueue each once.

    A job whose last run still waits or runs is not enqueued again.
    """
    last = dict(PeriodicJob.objects.values_list("name", "last_due"))
    due = {name: entry for name, entry in PERIODIC.items() if name not in last or last[name] <= now - entry.every}
    return [name for name, entry in due.items() if _claim_and_enqueue(name, entry, now)]


@transaction.atomic
def _claim_and_enqueue(name: str, entry: Periodic, now: datetime) -> bool:
    due = now - entry.every
    PeriodicJob.objects.bulk_create([PeriodicJob(name=name, last_due=due)], ignore_conflicts=True)
    if not PeriodicJob.objects.filter(name=name, last_due__lte=due).update(last_due=now):
        return False
    if DBTaskResult.objects.filter(task_path=entry.job.module_path, status__in=UNFINISHED).exists():
        return False
    entry.job.enqueue()
    return True


def delay_after(attempt: int) -> timedelta:
    """The wait after the failed `attempt` (counted from 1): 10 s, 1 min, 6 min, 36 min, then an hour."""
    wait: timedelta = FIRST_DELAY * 6 ** min(attempt - 1, 6)
    return min(wait, LONGEST_DELAY)


def _rule(task_path: str) -> Rule:
    """The rule of a job; a job that this version of the program no longer has is not tried again."""
    try:
        import_string(task_path)
    except ImportError:
        return Rule(1, None)
    return RULES[task_path]


def settle_failure(row: DBTaskResult[Any, Any]) -> None:
    """After a failed attempt: another one later, or the job's `gave_up`."""
    attempt = len(row.worker_ids)
    rule = _rule(row.task_path)
    if attempt < rule.attempts:
        DBTaskResult.objects.filter(pk=row.pk, status=TaskResultStatus.FAILED).update(
            status=TaskResultStatus.READY, run_after=clock.now() + delay_after(attempt), finished_at=None
        )
    elif rule.gave_up is not None:
        rule.gave_up(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
