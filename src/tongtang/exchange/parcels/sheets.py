"""Tables that people take away, as XLSX or CSV: no cell is ever a formula.

In XLSX each text is written with the type "string", so that a spreadsheet shows it and never runs it. CSV has no
types: there a text that would be run gets an apostrophe before it, as OWASP advises.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter

from tongtang.foundation.spreadsheets import FORMULA_STARTS, is_dangerous, safe_text

# XML 1.0 has no way to write these.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
CELL_LENGTH = 32_767
TITLE_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
__all__ = ["FORMULA_STARTS", "Cell", "Page", "clean", "csv_text", "is_dangerous", "workbook", "xlsx"]
Cell = str | int | float | date | datetime | None


def clean(text: str) -> str:
    """`text` as a cell can hold it."""
    return NOT_IN_XML.sub("\ufffd", text)[:CELL_LENGTH]


@dataclass(frozen=True)
class Page:
    """One sheet of a workbook; `widths` of its columns in characters (None: as the program has them)."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] | None = None


def xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet; numbers and dates keep their type, every text is typed as text."""
    return workbook([Page(title, header, rows)])


def workbook(pages: Sequence[Page]) -> bytes:
    """A workbook of several sheets, under the same rules; a text with line breaks is shown in lines."""
    book = Workbook(write_only=True)
    for page in pages:
        sheet = book.create_sheet(TITLE_FORBIDDEN.sub(" ", clean(page.title))[:31] or "1")
        sheet.freeze_panes = "A2"
        for number, width in enumerate(page.widths or (), start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.append([_typed(sheet, cell) for cell in page.header])
        for row in page.rows:
            sheet.append([_typed(sheet, cell) for cell in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _typed(sheet: object, value: Cell) -> object:
    if value is None or isinstance(value, int | float | date):
        return value
    cell = WriteOnlyCell(sheet, value=clean(value))
    # openpyxl types a text that begins with "=" as a formula, and one that reads like "#REF!" as an error.
    cell.data_type = "s"
    if is_dangerous(value):
        # Shows the text as it is, also after somebody clicks into the cell.
        cell.quotePrefix = True
        cell.number_format = "@"
    if "\n" in value:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The same as CSV with a byte-order mark, which spreadsheets need to read Chinese."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([_guarded(cell) for cell in header])
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return "\ufeff" + target.getvalue()


def _guarded(value: Cell) -> object:
    if not isinstance(value, str):
        return value
    return safe_text(clean(value))
