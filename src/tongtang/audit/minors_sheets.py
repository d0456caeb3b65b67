"""The report about minors' data for reading: as text, as JSON, as a workbook."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from tongtang.audit.minors import Cell, Report, Section

WIDEST = 60
LONGEST_TITLE = 31


def as_json(report: Report) -> dict[str, Any]:
    return {**asdict(report), "made_at": report.made_at.isoformat()}


def as_text(report: Report) -> str:
    """Plain text with tables of Markdown."""
    parts = [f"# {report.title} {report.year}", report.basis, *(_text(section) for section in report.sections)]
    return "\n\n".join(parts)


def _text(section: Section) -> str:
    lines = [f"## {section.title}", "", section.note]
    if section.rows:
        lines += ["", _line(section.columns), _line(["---"] * len(section.columns))]
        lines += [_line(row) for row in section.rows]
    return "\n".join(lines)


def _line(cells: Any) -> str:
    return "| " + " | ".join(str(cell).replace("|", "/").replace("\n", " ") for cell in cells) + " |"


def write_workbook(report: Report, path: Path) -> None:
    """One sheet a section. Every text is a text: what begins like a formula is none."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for section in report.sections:
        sheet = book.create_sheet(section.title[:LONGEST_TITLE])
        heads = ([f"{report.title} {report.year}"], [section.title], [section.note], section.columns)
        for number, row in enumerate((*heads, *section.rows), start=1):
            for column, cell in enumerate(row, start=1):
                _write(sheet.cell(number, column), cell)
        for title in (sheet.cell(1, 1), sheet.cell(2, 1), *sheet[4]):
            title.font = Font(bold=True)
        _fit(sheet, section)
    book.save(path)


def _write(target: Any, cell: Cell) -> None:
    target.value = cell
    if isinstance(cell, str):
        target.data_type = "s"
        target.alignment = Alignment(wrap_text=True, vertical="top")


def _fit(sheet: Any, section: Section) -> None:
    for column in range(1, len(section.columns) + 1):
        texts = [str(row[column - 1]) for row in (section.columns, *section.rows)]
        sheet.column_dimensions[get_column_letter(column)].width = min(WIDEST, 4 + 2 * max(map(len, texts)))
