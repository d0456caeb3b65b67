"""A withdrawal outlives the restore of an older backup; with a real one in tests/faults/test_deleted_children.py."""

import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks
from tests.cast import Cast

from tongtang.audit.models import Entry
from tongtang.consent import withdrawals
from tongtang.consent.ledger import may
from tongtang.consent.models import ConsentAnswer, Purpose
from tongtang.consent.tasks import keep_tombstones
from tongtang.consent.tests.family import guardian_of, say
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.people.models import Pupil


def clear() -> None:
    for path in (environment().home / "tombstones").glob("withdrawn-*"):
        path.unlink()


@pytest.fixture(autouse=True)
def no_files(db: None) -> Iterator[None]:
    clear()
    yield
    clear()


@pytest.fixture
def child(cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Pupil:
    """A child whose consent was given, withdrawn, given."""
    one = cast.points[0]
    client = guardian_of(one, one.pupils[0])
    for agree in ("yes", "no", "yes"):
        with django_capture_on_commit_callbacks(execute=True):
            say(client, one.pupils[0], "recording", agree)
    return one.pupils[0]


def lost_by_the_restore() -> None:
    """The line stays, under a number that the restored table does not have."""
    (path,) = (environment().home / "tombstones").glob("withdrawn-*")
    (line,) = withdrawals.written()
    path.write_text("\n" + json.dumps(line | {"uuid": str(uuid4())}) + '\n{"torn')


def test_a_withdrawal_that_a_restore_lost_holds_again(child: Pupil) -> None:
    (line,) = withdrawals.written()
    assert child.name not in json.dumps(line, ensure_ascii=False)
    assert withdrawals.replay(clock.now() + timedelta(days=9)) == 0
    lost_by_the_restore()
    DBTaskResult.objects.all().delete()
    assert may(Purpose.RECORDING, [child])
    assert withdrawals.replay(clock.now() + timedelta(days=9)) == 1
    assert not may(Purpose.RECORDING, [child])
    (job,) = DBTaskResult.objects.filter(task_path="tongtang.consent.tasks.take_effect")
    assert job.args_kwargs["args"] == [str(child.public_id), "recording"]
    assert Entry.objects.filter(action="consent.withdrawn_again", object=f"pupil:{child.public_id}").count() == 1
    assert withdrawals.replay(clock.now() + timedelta(days=9)) == 0


def test_what_was_refused_shortly_before_the_moment_is_closed_once_more(child: Pupil) -> None:
    """Its film comes back with the files of the backup's base, which is older than the database."""
    DBTaskResult.objects.all().delete()
    assert withdrawals.replay(clock.now()) == 0
    assert DBTaskResult.objects.filter(task_path="tongtang.consent.tasks.take_effect").count() == 1


def test_the_withdrawal_of_a_deleted_child_leads_to_nobody(child: Pupil) -> None:
    lost_by_the_restore()
    Pupil.objects.filter(pk=child.pk).update(public_id=uuid4())
    before = ConsentAnswer.objects.count()
    assert withdrawals.replay(clock.now() + timedelta(days=9)) == 0
    assert ConsentAnswer.objects.count() == before


def test_files_hold_what_the_table_knows_and_go_with_the_last_backup_that_needs_them(child: Pupil) -> None:
    clear()
    keep_tombstones.func()
    assert len(list(withdrawals.written())) == 1
    keep_tombstones.func()
    assert len(list(withdrawals.written())) == 1
    with time_machine.travel(clock.now() + timedelta(days=environment().backup_days + 93), tick=False):
        keep_tombstones.func()
    assert list(withdrawals.written()) == []
