"""Entries are appended in the transaction of the change, chained, and never changed."""

import json
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from tests.cast import Cast

from tongtang.audit.api import append, append_all, coming_from, written
from tongtang.audit.chain import COVERED, GENESIS, digest
from tongtang.audit.models import Entry, Head

ATTACKS = {
    "update": "UPDATE audit_entry SET result = 'refused'",
    "delete": "DELETE FROM audit_entry",
    "replace": "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry",
    "truncate": "TRUNCATE audit_entry CASCADE",
    "upsert": "INSERT INTO audit_entry SELECT * FROM audit_entry WHERE true "
    "ON CONFLICT (stream, seq) DO UPDATE SET result = 'refused'",
}
ONLY = {"replace": "sqlite", "truncate": "postgresql"}
MOMENT = datetime(2026, 9, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_entries_of_a_stream_are_chained(db: None) -> None:
    with coming_from("192.0.2.7"):
        append(stream="import", action="import.applied", actor="system", object="import:1", now=MOMENT)
    append(stream="import", action="import.applied", actor="system", object="import:2", detail={"行": 1, "a": None})
    append(stream="access", action="sign-in", actor="person:1", object="person:1", reason="a\x00b")
    first, second = Entry.objects.filter(stream="import").order_by("seq")
    other = Entry.objects.get(stream="access")
    assert (first.seq, first.previous, first.at, first.source) == (
        1,
        GENESIS,
        "2026-09-01T02:03:04.000005Z",
        "192.0.2.7",
    )
    assert (second.seq, second.previous, second.source) == (2, first.hash, "")
    assert json.loads(second.detail) == {"a": None, "行": 1}
    assert (other.seq, other.previous, other.reason) == (1, GENESIS, "ab")
    for entry in (first, second, other):
        assert entry.hash == digest([getattr(entry, column) for column in COVERED])
    head = Head.objects.get(stream="import")
    assert (head.seq, head.hash) == (2, second.hash)


def test_an_entry_goes_with_the_change_that_is_undone(db: None) -> None:
    append(stream="access", action="one", actor="system", object="x:1")
    with pytest.raises(LookupError), transaction.atomic():
        append(stream="access", action="two", actor="system", object="x:2")
        raise LookupError
    append(stream="access", action="three", actor="system", object="x:3")
    assert list(Entry.objects.order_by("seq").values_list("seq", "action")) == [(1, "one"), (2, "three")]


def test_many_are_appended_under_one_lock(db: None, django_assert_max_num_queries) -> None:
    records = [written(action="a", actor="system", object=f"x:{n}") for n in range(500)]
    append(stream="reads", action="first", actor="system", object="x:0")
    with django_assert_max_num_queries(16):
        append_all("reads", records)
    assert Head.objects.get(stream="reads").seq == 501
    assert Entry.objects.filter(stream="reads").count() == 501


def test_an_unknown_stream_and_what_is_not_json_are_refused(db: None) -> None:
    with pytest.raises(ValueError, match="rumours"):
        append(stream="rumours", action="a", actor="system", object="x:1")
    with pytest.raises(ValueError, match="JSON"):
        append(stream="access", action="a", actor="system", object="x:1", detail={"x": float("nan")})
    assert not Entry.objects.exists()


def test_an_entry_knows_whose_matter_it_is(cast: Cast) -> None:
    school, local = cast.points[0].school, cast.points[0].local
    append(stream="access", action="a", actor="system", object=f"school:{school.public_id}")
    append(stream="access", action="a", actor=f"person:{local.pk}", object="plan:9")
    append(stream="access", action="a", actor="system", object="x:1", school=school)
    append(stream="access", action="a", actor="system", object="x:1", region_code=42)
    append(stream="access", action="a", actor="command:x", object="x:1")
    assert list(Entry.objects.order_by("seq").values_list("school", "region_code")) == [
        (school.pk, school.region_code),
        (0, local.county_code),
        (school.pk, school.region_code),
        (0, 42),
        (0, 0),
    ]


@pytest.mark.parametrize("attack", [name for name in ATTACKS if ONLY.get(name, connection.vendor) == connection.vendor])
def test_the_chain_withstands(db: None, attack: str) -> None:
    append(stream="access", action="a", actor="system", object="x:1")
    before = list(Entry.objects.values())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ATTACKS[attack])
    assert list(Entry.objects.values()) == before


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("time", [1, 2])
def test_a_test_that_commits_leaves_no_entries(time: int) -> None:
    append(stream="access", action="a", actor="system", object="x:1")
    assert Entry.objects.count() == 1
