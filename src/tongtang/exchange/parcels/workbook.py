"""A spreadsheet (.xlsx) into CSV files of our form: one sheet, one file. Formulas and macros are refused, never run.

The zip around it is checked part by part before openpyxl sees it: bytes counted, no DTD or entity in any part.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from tongtang.exchange.parcels.archive import MEGABYTE, BadArchive, Caps, check_inside

CAPS = Caps(members=300, member_bytes=256 * MEGABYTE, total_bytes=512 * MEGABYTE, ratio=200)
MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 1_048_576, 64, 40
SHEET_NAME = re.compile(r"[a-z_]{1,31}")
CELL_LENGTH = 32_767
DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
LONGEST_MARK = 16
# A part that runs something, reaches out of the file, or is drawn over the cells.
REFUSED_PARTS = (
    "vbaproject",
    "macrosheets/",
    "externallinks/",
    "embeddings/",
    "activex/",
    "ctrlprops/",
    "connections.xml",
    "querytables/",
)
NEEDED = "[Content_Types].xml"
# What openpyxl raises for parts that are missing or are no XML of a workbook.
BROKEN = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    LookupError,
    SyntaxError,
    OverflowError,
    RecursionError,
)


class BadWorkbook(Exception):
    """The workbook is refused at sheet, row, column; the message is a sentence."""

    def __init__(self, message: str, sheet: str = "", line: int = 0, column: str = "", value: str = "") -> None:
        super().__init__(message)
        self.sheet, self.line, self.column, self.value = sheet, line, column, value


def check_parts(path: Path) -> None:
    """Every part of the workbook under caps, without what could run, reach out or expand.

    Raises:
        BadWorkbook: it is refused.
    """
    found = set()
    try:
        with path.open("rb") as source:
            for name, chunks in check_inside(source, CAPS):
                found.add(name)
                _check_part(name, chunks)
    except BadArchive as error:
        raise BadWorkbook(str(error), sheet=error.member) from error
    if NEEDED not in found:
        raise BadWorkbook(_("This is not a spreadsheet in the .xlsx form; save it anew."))


def _check_part(name: str, chunks: Iterator[bytes]) -> None:
    lowered = name.lower()
    if any(part in lowered for part in REFUSED_PARTS):
        raise BadWorkbook(_("The spreadsheet holds macros or links to other files; save it without."), sheet=name)
    tail = b""
    for number, chunk in enumerate(chunks):
        if not lowered.endswith((".xml", ".rels", ".vml")):
            continue
        if number == 0 and (chunk.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in chunk[:64]):
            raise BadWorkbook(_("A part of the spreadsheet is not UTF-8; save it anew."), sheet=name)
        window = tail + chunk
        if DECLARATION.search(window):
            raise BadWorkbook(
                _("A part of the spreadsheet declares entities (an XML bomb); it is refused."), sheet=name
            )
        if number == 0 and re.search(rb"encoding\s*=\s*[\"'](?!utf-?8[\"'])", window[:200], re.IGNORECASE):
            raise BadWorkbook(_("A part of the spreadsheet is not UTF-8; save it anew."), sheet=name)
        tail = window[-LONGEST_MARK:]


@dataclass(frozen=True)
class Written:
    """The CSV file made of a sheet."""

    file: str
    rows: int


def to_csv(path: Path, folder: Path, only: str = "") -> list[Written]:
    """Each sheet of the workbook as `<sheet>.csv` in `folder`; a line of the CSV is the row of the sheet.

    `only`: the workbook has one sheet that counts, and it makes this file whatever its name.

    Raises:
        BadWorkbook: a part, a sheet or a cell is refused.
    """
    check_parts(path)
    with path.open("rb") as source:
        try:
            # keep_links=False: nothing outside the file; not data_only: a cached result would hide a formula.
            book = load_workbook(source, read_only=True, data_only=False, keep_links=False)
            return [_sheet(book[title], _file_of(title, only), folder) for title in _titles(book, only)]
        except BROKEN as error:
            raise BadWorkbook(_("This is not a whole spreadsheet in the .xlsx form; save it anew.")) from error


def _titles(book: Any, only: str) -> list[str]:
    titles = list(book.sheetnames)
    if not titles or len(titles) > MOST_SHEETS:
        raise BadWorkbook(_("The spreadsheet has no sheet, or more than %(limit)d.") % {"limit": MOST_SHEETS})
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    if hidden:
        raise BadWorkbook(_("A sheet is hidden; show it or delete it, so that it is seen."), sheet=hidden[0])
    return titles[:1] if only and len(titles) == 1 else titles


def _file_of(title: str, only: str) -> str:
    if only:
        return only
    if not SHEET_NAME.fullmatch(title):
        raise BadWorkbook(_("A sheet has the name of its table in small letters, like pupils."), sheet=title)
    return f"{title}.csv"


def _sheet(sheet: Any, file: str, folder: Path) -> Written:
    # What a sheet declares as its size is not believed: rows are counted as they come.
    sheet.reset_dimensions()
    target = folder / file
    count = 0
    with target.open("x", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        for number, row in enumerate(sheet.iter_rows(), start=1):
            if number > MOST_ROWS:
                raise BadWorkbook(_("The sheet has too many rows; divide it."), sheet=file, line=number)
            cells = _row(row, file, number)
            count += bool(cells)
            writer.writerow(cells)
    return Written(file, count)


def _row(row: Any, file: str, number: int) -> list[str]:
    cells = [_text(cell, file, number) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise BadWorkbook(_("The row has more than %(limit)d columns.") % {"limit": MOST_COLUMNS}, file, number)
    return cells


def _text(cell: Any, file: str, number: int) -> str:
    value = cell.value
    if value is None:
        return ""
    column = str(getattr(cell, "column_letter", ""))
    if cell.data_type == "f" or not isinstance(value, str | int | float | bool | date | time):
        raise BadWorkbook(
            _("The cell holds a formula; write its value instead."), file, number, column, str(value)[:200]
        )
    if cell.data_type == "e":
        raise BadWorkbook(_("The cell holds an error; correct it."), file, number, column, str(value))
    text = _plain(value)
    if len(text) > CELL_LENGTH:
        raise BadWorkbook(_("The cell is far too long."), file, number, column, text[:200])
    return text


def _plain(value: str | int | float | bool | date | time) -> str:
    """A cell as our files write it: dates as 2026-09-01, times as 08:40, whole numbers without a point."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%dT%H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
