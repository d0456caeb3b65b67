"""The yearly report about minors' data: what it counts, what it says where nothing is registered, its three shapes."""

import json
from datetime import UTC, date, datetime

import pytest
from openpyxl import load_workbook
from tests.cast import Cast

from tongtang.audit import minors, minors_sheets
from tongtang.audit.api import append
from tongtang.audit.tests import attacks
from tongtang.foundation import clock
from tongtang.people.models import Pupil

IN_YEAR, BEFORE = datetime(2025, 6, 1, tzinfo=UTC), datetime(2024, 12, 31, 15, 59, tzinfo=UTC)


def rows(made: minors.Report, key: str) -> list[tuple]:
    return [tuple(row) for section in made.sections if section.key == key for row in section.rows]


def note(made: minors.Report, key: str) -> str:
    return next(section.note for section in made.sections if section.key == key)


@pytest.fixture
def made(cast: Cast) -> minors.Report:
    append(stream="reads", action="recording.viewed", actor="person:1", object="recording:1", now=IN_YEAR)
    append(stream="reads", action="recording.viewed", actor="person:1", object="recording:2", now=IN_YEAR)
    append(stream="reads", action="recording.viewed", actor="person:1", object="recording:2", now=BEFORE)
    append(stream="export", action="pupils.exported", actor="person:1", object="school:1", now=IN_YEAR)
    append(stream="consent", action="consent.given", actor="person:9", object="pupil:1", now=IN_YEAR)
    append(stream="access", action="session.failed", actor="nobody", object="person:x", result="refused", now=IN_YEAR)
    for count in (3, 4):
        append(
            stream="retention",
            action="retention.deleted",
            actor="system",
            object="category:recordings",
            detail={"count": count, "digest": "ab" * 32},
            now=IN_YEAR,
        )
    return minors.report(2025, clock.now())


def test_figures_are_those_of_the_year(made: minors.Report) -> None:
    assert ("recording.viewed", 2, 1) in rows(made, "reads")
    assert rows(made, "exports") == [("pupils.exported", "done", 1)]
    assert rows(made, "deletions") == [("有学生画面和声音的录像", 2, 7, f"2 {'ab' * 8}")]
    assert [row[1] for row in rows(made, "incidents")] == [0, 1, 0]
    assert made.whole


def test_pupils_are_counted_by_age_on_the_day(cast: Cast) -> None:
    before = dict(rows(minors.report(2025, datetime(2026, 3, 1, 4, tzinfo=UTC)), "about"))
    for number, born in enumerate([date(2012, 3, 2), date(2012, 3, 1), date(2008, 3, 2), date(2008, 3, 1)]):
        Pupil.objects.create(county_code=1, source_id=f"x{number}", name="甲", sex="male", birth_date=born)
    after = dict(rows(minors.report(2025, datetime(2026, 3, 1, 4, tzinfo=UTC)), "about"))
    grown = {key: after[key] - before[key] for key in after if isinstance(after[key], int) and key != "审计年度"}
    assert list(grown.values()) == [4, 1, 2, 1, 0]


def test_what_is_held_comes_from_the_catalogue(cast: Cast, made: minors.Report) -> None:
    held = {(row[0], row[1]): row[5] for row in rows(made, "held")}
    assert held["学生", "name"] == Pupil.objects.count()
    assert ("教职工", "name") not in held


def test_without_a_register_of_consents_it_says_so(made: minors.Report) -> None:
    usual = minors.FIGURES.pop("consents", None)
    try:
        without = minors.report(2025, clock.now())
        assert "没有启用监护人同意登记簿" in note(without, "consents")
        minors.figures("consents")(lambda first, end: [("录像：同意", 5)])
        assert rows(minors.report(2025, clock.now()), "consents") == [("录像：同意", 5), ("consent.given", 1)]
    finally:
        minors.FIGURES.pop("consents", None)
        if usual:
            minors.FIGURES["consents"] = usual


def test_a_broken_chain_is_said(made: minors.Report) -> None:
    with attacks.undone():
        attacks.run("UPDATE audit_entry SET actor = 'person:2' WHERE stream = 'reads' AND seq = 1")
        broken = minors.report(2025, clock.now())
        assert not broken.whole
        assert "不完整" in str(dict(rows(broken, "about"))["审计链"])


def test_text_json_and_workbook_hold_the_same(made: minors.Report, tmp_path) -> None:
    append(stream="export", action="=HYPERLINK(1)", actor="person:1", object="x:1", now=IN_YEAR)
    again = minors.report(2025, clock.now())
    text, document = minors_sheets.as_text(again), json.loads(json.dumps(minors_sheets.as_json(again)))
    minors_sheets.write_workbook(again, tmp_path / "r.xlsx")
    book = load_workbook(tmp_path / "r.xlsx")
    assert [section["title"] for section in document["sections"]] == book.sheetnames
    for section in again.sections:
        assert section.title in text
        sheet = book[section.title]
        assert [[cell.value for cell in row][: len(section.columns)] for row in sheet.iter_rows(min_row=5)] == [
            [cell or None for cell in row] if "" in row else list(row) for row in section.rows
        ]
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
