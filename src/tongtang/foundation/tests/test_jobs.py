"""Jobs roll back with their change, are tried again, are due once, and survive the death of their worker."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from tongtang.foundation import clock
from tongtang.foundation.jobs import delay_after, run_due
from tongtang.foundation.tests import sample_jobs
from tongtang.foundation.worker import run_ready_jobs

HOUR = timedelta(hours=1)


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    return tmp_path / "marks"


def words(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []


@pytest.mark.django_db
def test_a_job_rolls_back_with_its_transaction(marks: Path) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        sample_jobs.succeed.enqueue(str(marks))
        raise ZeroDivisionError
    run_ready_jobs()
    assert DBTaskResult.objects.count() == 0
    assert words(marks) == []
    sample_jobs.succeed.enqueue(str(marks))
    run_ready_jobs()
    assert words(marks) == ["done"]


@pytest.mark.django_db
def test_a_failing_job_is_tried_later_with_its_error_in_sight_and_then_given_up(marks: Path) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False) as clock_hand:
        sample_jobs.fail.enqueue(str(marks))
        for attempt in (1, 2):
            run_ready_jobs()
            run_ready_jobs()
            row = DBTaskResult.objects.get()
            assert words(marks) == ["tried"] * attempt
            assert row.status == "READY"
            assert row.run_after - clock.now() == delay_after(attempt)
            assert "the line is gone" in row.traceback
            clock_hand.shift(delay_after(attempt))
        run_ready_jobs()
        clock_hand.shift(24 * HOUR)
        run_ready_jobs()
    row = DBTaskResult.objects.get()
    assert words(marks) == ["tried"] * 3 + ["gave up"]
    assert row.status == "FAILED"
    assert "the line is gone" in row.traceback


def test_the_wait_grows_and_is_bounded() -> None:
    waits = [delay_after(attempt) for attempt in range(1, 60)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=10)
    assert waits[-1] == HOUR


@pytest.mark.django_db
def test_a_periodic_job_is_due_once_an_interval_and_not_while_its_last_run_waits() -> None:
    now = clock.now()
    assert "tests.tick" in run_due(now)
    assert "tests.tick" not in run_due(now + timedelta(minutes=4))
    assert "tests.tick" not in run_due(now + timedelta(minutes=5))
    run_ready_jobs()
    assert "tests.tick" in run_due(now + timedelta(minutes=11))
