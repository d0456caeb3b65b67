"""Is the chain whole? Every entry is hashed again, every link and head followed; each fault is named by its place."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection, transaction

from tongtang.audit.chain import COVERED, GENESIS, digest
from tongtang.audit.heads import SignedHead
from tongtang.audit.models import Head

AT_ONCE = 5000
MOST_FINDINGS = 1000
SELECT = f"SELECT {', '.join(COVERED)}, hash FROM audit_entry ORDER BY stream, seq"  # noqa: S608 names of this file
SEQ, PREVIOUS = COVERED.index("seq"), COVERED.index("previous")


@dataclass(frozen=True)
class Finding:
    """Something is wrong with entry `seq` of `stream`. `fault`: see `FAULTS` of the command."""

    stream: str
    seq: int
    fault: str


@dataclass
class Report:
    """`entries` read in all, by stream in `streams`; `findings` in the order of the chain, at most `MOST_FINDINGS`."""

    entries: int = 0
    streams: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, stream: str, seq: int, fault: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(stream, seq, fault))


@dataclass
class _Walk:
    """Where the walk along one stream stands."""

    stream: str
    seq: int = 0
    last: str = GENESIS


def verify(signed: Sequence[SignedHead] = ()) -> Report:
    """Walk along every stream; `signed` are heads of files whose signatures were checked.

    Writers may go on meanwhile: the heads are read before the entries and again after them.
    """
    report = Report()
    before = _heads()
    wanted = _expected(signed, before)
    reached: dict[str, _Walk] = {}
    try:
        for row in _rows():
            walk = reached.get(row[0])
            if walk is None:
                walk = reached[row[0]] = _Walk(row[0])
            _step(walk, row, wanted, report)
    except DatabaseError:
        last = list(reached.values())[-1] if reached else _Walk("")
        report.add(last.stream, last.seq + 1, "unreadable")
    report.streams = {str(stream): walk.seq for stream, walk in reached.items()}
    _check_ends(reached, before, signed, report)
    return report


def _heads() -> dict[str, tuple[int, str]]:
    return {stream: (seq, last) for stream, seq, last in Head.objects.values_list("stream", "seq", "hash")}


def _expected(
    signed: Sequence[SignedHead], heads: Mapping[str, tuple[int, str]]
) -> dict[tuple[str, int], list[tuple[str, str]]]:
    """(stream, seq) -> what its hash has to be, and the fault if it is not."""
    wanted: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for stream, (seq, last) in heads.items():
        wanted.setdefault((stream, seq), []).append((last, "head"))
    for head in signed:
        wanted.setdefault((head.stream, head.seq), []).append((head.hash, "rewritten"))
    return wanted


def _step(
    walk: _Walk,
    row: Sequence[Any],
    wanted: Mapping[tuple[str, int], Sequence[tuple[str, str]]],
    report: Report,
) -> None:
    columns, found, seq = row[:-1], row[-1], row[SEQ]
    report.entries += 1
    if seq != walk.seq + 1:
        # The link is broken by what is missing: one finding for the gap is enough.
        report.add(walk.stream, walk.seq + 1, "missing")
    elif row[PREVIOUS] != walk.last:
        report.add(walk.stream, seq, "link")
    if _digest(columns) != found:
        report.add(walk.stream, seq, "changed")
    for expected, fault in wanted.get((walk.stream, seq), ()):
        if expected != found:
            report.add(walk.stream, seq, fault)
    walk.seq, walk.last = (seq if isinstance(seq, int) else walk.seq + 1), found


def _digest(columns: Sequence[Any]) -> str:
    """ "" for columns that no writer of ours could have hashed."""
    try:
        return digest(columns)
    except (TypeError, UnicodeEncodeError):
        return ""


def _check_ends(
    reached: Mapping[str, _Walk],
    before: Mapping[str, tuple[int, str]],
    signed: Sequence[SignedHead],
    report: Report,
) -> None:
    after = _heads()
    ends = {stream: (seq, "truncated") for stream, (seq, _last) in before.items()}
    for head in signed:
        if head.seq > ends.get(head.stream, (0, ""))[0]:
            ends[head.stream] = (head.seq, "truncated")
    for stream, (seq, fault) in sorted(ends.items()):
        got = reached[stream].seq if stream in reached else 0
        if got < seq:
            report.add(stream, got + 1, fault)
    for stream, walk in reached.items():
        if walk.seq > after.get(stream, (0, ""))[0]:
            report.add(stream, walk.seq, "beyond")


@contextmanager
def _bytes_as_they_are() -> Iterator[None]:
    """SQLite keeps any bytes in a text; those that are no UTF-8 must reach us too, as lone surrogates."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    usual = raw.text_factory
    raw.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        raw.text_factory = usual


def _rows() -> Iterator[Sequence[Any]]:
    with transaction.atomic(), _bytes_as_they_are(), connection.chunked_cursor() as cursor:
        cursor.execute(SELECT)
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows
