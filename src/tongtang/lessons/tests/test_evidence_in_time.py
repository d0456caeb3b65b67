"""A transaction that holds evidence ends in time, or nothing of it is written."""

import time

import pytest
from django.db import OperationalError, connection, transaction
from tests.cast import TUESDAY, Cast, actor_for, add_lesson, utc

from tongtang.lessons.api import happened, record_evidence
from tongtang.lessons.forms import SETTLED
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson

SHORTEN = {"postgresql": "SET LOCAL tongtang.commit_within = '{0}'", "sqlite": "SELECT commit_within({0})"}
OWN_BOUND = 30


def bound(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SHORTEN[connection.vendor].format(seconds))


def note(cast: Cast, lesson: Lesson) -> None:
    rows = [happened(EvidenceKind.NOTE, utc(TUESDAY, 10, 31), {"text": "真的"})]
    record_evidence(actor=actor_for(cast.points[0].local), reception=lesson.receptions.first(), rows=rows)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_takes_too_long_is_refused_whole(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    with pytest.raises(OperationalError, match="open for"), transaction.atomic():
        bound(0.2)
        Lesson.objects.filter(pk=lesson.pk).update(title="改过")
        note(cast, lesson)
        time.sleep(0.3)
    lesson.refresh_from_db()
    assert lesson.title != "改过"
    assert not EvidenceRow.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_bound_ends_with_its_transaction_and_holds_for_evidence_alone(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    with pytest.raises(OperationalError), transaction.atomic():
        bound(0.1)
        note(cast, lesson)
        time.sleep(0.2)
    with transaction.atomic():
        Lesson.objects.filter(pk=lesson.pk).update(title="改过")
        time.sleep(0.2)
    lesson.refresh_from_db()
    assert lesson.title == "改过"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nobody_lengthens_the_bound(cast: Cast) -> None:
    """What the trigger itself asks for stays the longest: shown by the rule that it holds, not by waiting for it."""
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    with transaction.atomic():
        bound(3600)
        note(cast, lesson)
        assert longest() == OWN_BOUND
        transaction.set_rollback(True)
    assert SETTLED.total_seconds() >= OWN_BOUND + connection.settings_dict["OPTIONS"].get("timeout", 0)


def longest() -> float:
    """The bound that holds for the present transaction, as the engine has it."""
    if connection.vendor == "sqlite":
        return float(connection.bound)  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'lessons_evidencerow_in_time'")
        source = cursor.fetchone()[0]
        cursor.execute("SELECT " + source.partition("least(")[2].partition(" * interval")[0].join(("least(", "")))
        return float(cursor.fetchone()[0])
