"""One CSV file into typed rows. Every row is read even after a bad one; a row with a bad cell is kept apart."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from django.utils.translation import gettext as _

from tongtang.exchange.county import numbers
from tongtang.exchange.county.cells import BadCell
from tongtang.exchange.county.damage import DamageList
from tongtang.exchange.county.layout import Table
from tongtang.exchange.county.rows import Row

RowT = TypeVar("RowT", bound=Row)
MOST_BYTES = 512 * 1024 * 1024
BOM = b"\xef\xbb\xbf"
# Stands for a carriage return inside a line while the csv module reads, to which it would end the line. No character.
INNER_RETURN = "\ufdd0"
LONE_RETURN = re.compile("\r(?!\n)")


@dataclass
class Sheet(Generic[RowT]):
    """The rows of one file.

    `broken` holds, for each row that could not be used, the cells that could. `complete` is False when part of the
    file is unread: then nothing may be concluded from what is missing in it. `absent`: there is no such file, and it
    need not be.
    """

    table: Table
    rows: list[RowT] = field(default_factory=list)
    broken: list[dict[str, object]] = field(default_factory=list)
    complete: bool = True
    absent: bool = False

    def ids(self, column: str) -> set[object]:
        """Every value of `column`, of broken rows too: a row in trouble still exists for those that refer to it."""
        found = {getattr(row, column) for row in self.rows}
        return found | {cells[column] for cells in self.broken if column in cells}


def read_sheet(folder: Path, table: Table, damage: DamageList) -> Sheet[Row]:
    """The file of `table` in `folder`; what is wrong goes to `damage`."""
    sheet: Sheet[Row] = Sheet(table)
    path = folder / table.file
    if not path.exists() and not path.is_symlink():
        sheet.absent = not table.required
        if table.required:
            damage.add(table.file, 0, "", table.file, _("The folder has no file of this name; add it."))
            sheet.complete = False
        return sheet
    content = file_text(path, table, damage)
    records = records_of(content, table, damage) if content is not None else None
    header = next(records, None) if records else None
    if records is None or header is None or not header_fits(header[1], table, damage):
        sheet.complete = False
        return sheet
    _fill(sheet, header[1], records, damage)
    if not sheet.rows and not sheet.broken and sheet.complete and not table.may_be_bare:
        damage.add(table.file, 1, "", "", _("The file has a header and no rows; add the rows."))
        sheet.complete = False
    return sheet


def file_text(path: Path, table: Table, damage: DamageList) -> str | None:
    """The file's text without a byte-order mark, or None with the reason in `damage`."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            sentence = _("This is not a readable file of at most %(limit)d MB; replace it.")
            damage.add(table.file, 0, "", table.file, sentence % {"limit": MOST_BYTES // 1024 // 1024})
            return None
        data = path.read_bytes().removeprefix(BOM)
    except OSError as error:
        sentence = _("The file cannot be opened (%(reason)s); check its permissions.")
        damage.add(table.file, 0, "", table.file, sentence % {"reason": error.strerror or ""})
        return None
    return _decoded(data, table, damage)


def _decoded(data: bytes, table: Table, damage: DamageList) -> str | None:
    if not data.strip():
        damage.add(table.file, 1, "", "", _("The file is empty; fill it or put the right one in its place."))
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        sentence = _("The file is not UTF-8 from this line on; save it anew as UTF-8.")
        damage.add(table.file, _line_of(data, error.start), "", f"0x{data[error.start]:02X}", sentence)
        return None
    nul = data.find(b"\x00")
    if nul >= 0:
        sentence = _("The file holds a NUL byte: it is damaged or not a text file; replace it.")
        damage.add(table.file, _line_of(data, nul), "", "0x00", sentence)
        return None
    return LONE_RETURN.sub(INNER_RETURN, text) if "\n" in text else text


def _line_of(data: bytes, position: int) -> int:
    return data[:position].count(b"\n" if b"\n" in data else b"\r") + 1


def records_of(content: str, table: Table, damage: DamageList) -> Iterator[tuple[int, list[str]]]:
    """(line on which the record begins, its cells); blank lines are passed over.

    A record whose quotation marks do not close swallows the rest of the file: it ends the reading, with (0, []) last.
    """
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            damage.add(table.file, begins, "", _line_text(content, begins), _quoting_sentence(str(error)))
            yield 0, []
            return
        if cells is None:
            return
        if cells:
            yield begins, [cell.replace(INNER_RETURN, "\r") for cell in cells]


def _line_text(content: str, line: int) -> str:
    return list(io.StringIO(content, newline=None))[line - 1].rstrip("\n")


def _quoting_sentence(error: str) -> str:
    if "unexpected end" in error:
        return _("A quotation mark opens in this row and never closes; close or remove it.")
    if "field larger" in error:
        return _("A cell of this row is far too long; a quotation mark is probably missing.")
    return _("A quotation mark stands inside a cell of this row; double it or remove it.")


def header_fits(header: list[str], table: Table, damage: DamageList) -> bool:
    """Whether `header` names each column of `table` once, and no other."""
    if not header:
        return False
    if len(header) == 1 and len(table.columns) > 1 and re.search("[;\t]", header[0]):
        sentence = _("The columns are not separated by commas; save the file with commas.")
        damage.add(table.file, 1, "", header[0], sentence)
        return False
    fits = True
    for column in table.columns:
        if column not in header:
            damage.add(table.file, 1, column, "", _("The column %(column)s is missing; add it.") % {"column": column})
            fits = False
    for index, column in enumerate(header):
        sentence = ""
        if column in header[:index]:
            sentence = _("The column %(column)s stands twice; leave one.")
        elif column not in table.parsers:
            sentence = _("The column %(column)s is not known here; rename or remove it.")
        if sentence:
            damage.add(table.file, 1, column, column, sentence % {"column": column})
            fits = False
    return fits


@dataclass(frozen=True)
class Reading:
    """One file while it is read: `seen` holds the line of each key."""

    table: Table
    header: list[str]
    damage: DamageList
    seen: dict[tuple[object, ...], int] = field(default_factory=dict)


def _fill(sheet: Sheet[Row], header: list[str], records: Iterator[tuple[int, list[str]]], damage: DamageList) -> None:
    reading = Reading(sheet.table, header, damage)
    for line, record in records:
        if line == 0:
            sheet.complete = False
            return
        values = read_cells(reading, line, record) if right_width(reading, line, record) else {}
        repeated = _repeated(reading, line, record, values)
        if len(values) < len(header) or repeated:
            sheet.broken.append(values)
        else:
            sheet.rows.append(sheet.table.row(line, **values))


def right_width(reading: Reading, line: int, record: list[str]) -> bool:
    """Whether `record` has a cell for each column of the header, and anything in them."""
    found, wanted = len(record), len(reading.header)
    if any(record) and found == wanted:
        return True
    if any(record):
        sentence = _("The row has %(found)d cells, the header %(wanted)d; compare the commas.")
        sentence = sentence % {"found": found, "wanted": wanted}
    else:
        sentence = _("The row holds nothing but commas; delete the line.")
    shown = record[:1] if numbers.COLUMNS & set(reading.header) else record
    reading.damage.add(reading.table.file, line, "", ",".join(shown), sentence)
    return False


def read_cells(reading: Reading, line: int, record: list[str]) -> dict[str, object]:
    """The cells that could be read, by column."""
    values: dict[str, object] = {}
    parsers = reading.table.parsers
    for column, cell in zip(reading.header, record, strict=True):
        try:
            values[column] = parsers[column](cell)
        except BadCell as refusal:
            shown = numbers.hidden(cell) if column in numbers.COLUMNS else cell
            reading.damage.add(reading.table.file, line, column, shown, str(refusal))
    return values


def _repeated(reading: Reading, line: int, record: list[str], values: dict[str, object]) -> bool:
    key_columns = [one for one in reading.table.key if one in reading.header or one not in reading.table.optional]
    if not key_columns or any(column not in values for column in key_columns):
        return False
    first = reading.seen.setdefault(tuple(values[column] for column in key_columns), line)
    if first == line:
        return False
    if len(key_columns) == 1:
        sentence = _("This id stands already on line %(first)d; each id is used once.")
    else:
        sentence = _("This row repeats line %(first)d; leave one of them.")
    cell = record[reading.header.index(key_columns[-1])]
    reading.damage.add(reading.table.file, line, key_columns[-1], cell, sentence % {"first": first})
    return True
