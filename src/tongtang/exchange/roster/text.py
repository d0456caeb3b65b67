"""A file of pupils as batches of text cells. Plain files go through Polars, all others through the csv module.

A plain file is UTF-8 without quotation marks, NUL bytes and lone carriage returns: there a line is a row.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path

import polars as pl

from tongtang.exchange.county.damage import DamageList
from tongtang.exchange.county.layout import Table
from tongtang.exchange.county.sheet import BOM, file_text, header_fits, records_of

CHUNK_BYTES = 8 * 1024 * 1024
BATCH_ROWS = 200_000
# The csv module refuses a longer cell, and says so.
LONGEST_CELL = 131_072
MOST_PLAIN_BYTES = 8 * 1024**3
Record = tuple[int, list[str]]


@dataclass(frozen=True)
class TextBatch:
    """Rows of one file: `frame` holds `line` and a text column for each of the header, none of them null.

    `odd` are the records that did not fit into it (an empty cell, another number of cells), by line; a line of 0 says
    that the rest of the file cannot be read.
    """

    frame: pl.DataFrame
    odd: list[Record] = field(default_factory=list)


@dataclass(frozen=True)
class TextFile:
    """An opened file: its header, and its rows, to be read once."""

    header: list[str]
    batches: Iterator[TextBatch]


def file_digest(path: Path) -> str:
    """SHA-256 of the file in hexadecimal."""
    total = sha256()
    with path.open("rb") as handle:
        while block := handle.read(CHUNK_BYTES):
            total.update(block)
    return total.hexdigest()


def open_text(path: Path, table: Table, damage: DamageList) -> TextFile | None:
    """The file at `path`, or None with the reason in `damage`."""
    header = _plain_header(path)
    if header is not None and header_fits(header, table, DamageList()) and _is_plain(path):
        return TextFile(header, _plain_batches(path, header))
    content = file_text(path, table, damage)
    records = records_of(content, table, damage) if content is not None else None
    first = next(records, None) if records else None
    if records is None or first is None or not header_fits(first[1], table, damage):
        return None
    return TextFile(first[1], _record_batches(records, first[1]))


def _plain_header(path: Path) -> list[str] | None:
    if not path.is_file() or path.stat().st_size > MOST_PLAIN_BYTES:
        return None
    with path.open("rb") as handle:
        first = handle.readline(CHUNK_BYTES).removeprefix(BOM)
    if not first.endswith(b"\n"):
        return None
    try:
        return first.decode().rstrip("\r\n").split(",")
    except UnicodeDecodeError:
        return None


def _is_plain(path: Path) -> bool:
    with path.open("rb") as handle:
        for block in _blocks(handle):
            if b'"' in block or b"\0" in block or block.count(b"\r") != block.count(b"\r\n") or _has_long_line(block):
                return False
            try:
                block.decode()
            except UnicodeDecodeError:
                return False
    return True


def _has_long_line(block: bytes) -> bool:
    """Whether a line may hold a cell that the csv module refuses."""
    step = LONGEST_CELL // 2
    return any(block.find(b"\n", at, at + step) < 0 for at in range(0, len(block) - step, step))


def _blocks(handle: io.BufferedIOBase) -> Iterator[bytes]:
    """The rest of a file in pieces that end at line ends."""
    kept = b""
    while block := handle.read(CHUNK_BYTES):
        end = block.rfind(b"\n") + 1
        if end:
            yield kept + block[:end]
            kept = block[end:]
        else:
            kept += block
    if kept:
        yield kept


def _plain_batches(path: Path, header: list[str]) -> Iterator[TextBatch]:
    line = 2
    with path.open("rb") as handle:
        handle.readline()
        for block in _blocks(handle):
            block = block.replace(b"\r\n", b"\n")
            yield _plain_batch(block, header, line)
            line += block.count(b"\n")


def _plain_batch(block: bytes, header: list[str], line: int) -> TextBatch:
    rows = block.count(b"\n") + (not block.endswith(b"\n"))
    schema = dict.fromkeys(header, pl.String)
    try:
        frame = pl.read_csv(block, has_header=False, schema=schema, quote_char=None, glob=False)
    except pl.exceptions.PolarsError:
        return TextBatch(_frame([], header), _split(block, range(rows), line))
    if frame.height != rows:
        return TextBatch(_frame([], header), _split(block, range(rows), line))
    numbered = frame.with_row_index("line", line)
    whole = pl.all_horizontal(pl.col(header).is_not_null())
    full = numbered.select(whole.alias("whole"))["whole"]
    if full.all():
        return TextBatch(numbered)
    wanted = (~full).arg_true().to_list()
    return TextBatch(numbered.filter(full), _split(block, wanted, line))


def _split(block: bytes, wanted: "range | list[int]", line: int) -> list[Record]:
    """The records of the `wanted` lines of a block; blank lines are passed over."""
    lines = block.decode().split("\n")
    return [(line + index, lines[index].split(",")) for index in wanted if lines[index]]


def _record_batches(records: Iterator[Record], header: list[str]) -> Iterator[TextBatch]:
    while part := list(islice(records, BATCH_ROWS)):
        fit = [record for record in part if len(record[1]) == len(header) and all(record[1])]
        odd = [record for record in part if not (len(record[1]) == len(header) and all(record[1]))]
        yield TextBatch(_frame(fit, header), odd)


def _frame(records: list[Record], header: list[str]) -> pl.DataFrame:
    columns = {name: [cells[index] for _line, cells in records] for index, name in enumerate(header)}
    lines = pl.Series("line", [line for line, _cells in records], dtype=pl.UInt32)
    return pl.DataFrame([lines, *(pl.Series(name, cells, dtype=pl.String) for name, cells in columns.items())])
