"""No edit of one bit, no drop, no reorder, no cut tail goes unseen, on the rows of the database."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tongtang.audit import heads
from tongtang.audit.actions import append
from tongtang.audit.heads import SignedHead
from tongtang.audit.models import Head
from tongtang.audit.restoring import verify_chain
from tongtang.audit.tests import attacks
from tongtang.audit.tests.attacks import SIZES, undone
from tongtang.audit.verify import verify
from tongtang.foundation import clock

on_rows = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def chain(db: None) -> list[SignedHead]:
    """The chain, and its heads as somebody else has kept them."""
    attacks.make_chain()
    return [SignedHead(*row) for row in Head.objects.values_list("stream", "seq", "hash")]


def faults(signed: list[SignedHead] | None = None) -> list[tuple[str, int, str]]:
    return [(found.stream, found.seq, found.fault) for found in verify(signed or []).findings]


def test_a_whole_chain_has_no_findings(chain: list[SignedHead]) -> None:
    report = verify(chain)
    assert report.findings == []
    assert (report.entries, report.streams) == (sum(SIZES.values()), SIZES)


@on_rows
@given(flip=attacks.text_flips)
def test_no_bit_of_a_text_can_change(chain: list[SignedHead], flip) -> None:
    (stream, seq), column, place, bit = flip
    with undone():
        assume(attacks.flip_text(stream, seq, column, place, bit))
        found = faults()
        assert found
        if column not in ("stream", "hash"):
            assert (stream, seq, "changed") in found
    assert faults(chain) == []


@on_rows
@given(flip=attacks.number_flips)
def test_no_bit_of_a_number_can_change(chain: list[SignedHead], flip) -> None:
    (stream, seq), column, bit = flip
    with undone():
        assume(attacks.flip_number(stream, seq, column, bit))
        found = faults()
        assert found
        if column != "seq":
            assert (stream, seq, "changed") in found


@on_rows
@given(data=st.data(), stream=attacks.streams)
def test_no_entry_can_be_dropped(chain: list[SignedHead], data: st.DataObject, stream: str) -> None:
    first = data.draw(st.integers(1, SIZES[stream]))
    last = data.draw(st.integers(first, SIZES[stream]))
    with undone():
        attacks.drop(stream, first, last)
        expected = "missing" if last < SIZES[stream] else "truncated"
        assert (stream, first, expected) in faults()


@on_rows
@given(data=st.data(), stream=attacks.streams)
def test_no_two_entries_can_change_places(chain: list[SignedHead], data: st.DataObject, stream: str) -> None:
    one = data.draw(st.integers(1, SIZES[stream]))
    other = data.draw(st.integers(1, SIZES[stream]).filter(lambda seq: seq != one))
    with undone():
        attacks.swap(stream, one, other)
        found = faults()
        assert {(stream, one, "changed"), (stream, other, "changed")} <= set(found)


@on_rows
@given(data=st.data(), stream=attacks.streams)
def test_a_signed_head_tells_of_a_tail_that_was_cut_off_without_a_trace(
    chain: list[SignedHead], data: st.DataObject, stream: str
) -> None:
    keep = data.draw(st.integers(0, SIZES[stream] - 1))
    with undone():
        attacks.cut_tail(stream, keep)
        assert faults() == []
        assert faults(chain) == [(stream, keep + 1, "truncated")]


@on_rows
@given(data=st.data(), stream=attacks.streams)
def test_a_signed_head_tells_of_a_history_that_was_written_anew(
    chain: list[SignedHead], data: st.DataObject, stream: str
) -> None:
    seq = data.draw(st.integers(1, SIZES[stream]))
    with undone():
        attacks.rewrite(stream, seq, "result", "refused")
        assert faults() == []
        assert faults(chain) == [(stream, SIZES[stream], "rewritten")]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_head SET seq = 4 WHERE stream = 'access'", "beyond"),
        ("UPDATE audit_head SET seq = 8 WHERE stream = 'access'", "truncated"),
        ("UPDATE audit_head SET hash = 'ab' WHERE stream = 'access'", "head"),
        ("DELETE FROM audit_head WHERE stream = 'access'", "beyond"),
    ],
)
def test_a_head_that_lies_is_found(chain: list[SignedHead], statement: str, fault: str) -> None:
    attacks.run(statement)
    assert fault in {name for _stream, _seq, name in faults()}


def test_a_file_of_heads_is_trusted_only_under_its_key(chain: list[SignedHead], tmp_path: Path) -> None:
    document = heads.signed_heads(datetime(2026, 9, 1, tzinfo=UTC))
    good, forged, torn = tmp_path / "good.json", tmp_path / "forged.json", tmp_path / "torn.json"
    good.write_text(json.dumps(document))
    assert heads.read_heads(good) == sorted(chain, key=lambda head: head.stream)
    document["heads"][0]["seq"] += 1
    forged.write_text(json.dumps(document))
    torn.write_text('{"heads": ')
    with pytest.raises(heads.BadHeads, match="forged"):
        heads.read_heads(forged)
    with pytest.raises(heads.BadHeads, match="torn"):
        heads.read_heads(torn)
    with pytest.raises(heads.BadHeads, match="good"):
        heads.read_heads(good, "11" * 32)


def test_heads_signed_while_a_backup_copied_its_files_do_not_make_the_restored_house_unsound(
    chain: list[SignedHead],
) -> None:
    """The database is copied first: heads that lie beside it may know entries that it does not have yet."""
    shutil.rmtree(heads.folder(), ignore_errors=True)
    reached = clock.now()
    heads.write_heads(reached)
    with undone():
        append(stream="system", action="x", actor="system", object="house")
        heads.write_heads(clock.now())
    assert str(sum(SIZES.values())) in verify_chain(reached)
    with pytest.raises(ValueError, match="truncated"):
        verify_chain(clock.now())
    shutil.rmtree(heads.folder())
