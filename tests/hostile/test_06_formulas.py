"""Class 6: whatever a name says, no table that people take away holds a formula. (The rule itself: exchange/tests.)"""

import csv
import io
import zipfile
from collections.abc import Iterator

import pytest
from django.test import Client
from openpyxl import load_workbook

from tests.cast import actor_for, signed_in
from tests.world import World, make_world
from tongtang.consent.export import build
from tongtang.exchange.tests.test_formula_injection import HOSTILE
from tongtang.foundation.spreadsheets import is_dangerous
from tongtang.lessons.models import Lesson
from tongtang.organisations.models import HomeClass, School
from tongtang.people.models import Person, Pupil


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def spoil(text: str) -> None:
    """Every name that a table may show is the sample."""
    School.objects.update(name=text)
    Person.objects.update(name=text)
    Pupil.objects.update(name=text)
    HomeClass.objects.update(name=text)
    Lesson.objects.update(title=text)


def cells_of(client: Client, address: str) -> Iterator[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    yield from (cell for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")) for cell in row)


def is_harmless(cell: str) -> bool:
    return not is_dangerous(cell) or is_number(cell)


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_a_table_of_lessons_holds_no_formula(world: World) -> None:
    client, lesson = signed_in(world.people["county officer"]), world.things["lesson"]
    for text in HOSTILE:
        spoil(text)
        for address in ("/lessons/ledger.csv", f"/lessons/{lesson.public_id}/receptions.csv"):
            cells = list(cells_of(client, address))
            assert [cell for cell in cells if not is_harmless(cell)] == [], (text, address)
            assert f"'{text}" in cells


def test_what_a_guardian_takes_home_holds_no_formula(world: World) -> None:
    for text in HOSTILE:
        spoil(text)
        child = Pupil.objects.get(pk=world.things["p01 child"].pk)
        with zipfile.ZipFile(io.BytesIO(build(actor_for(world.people["p01 guardian"]), child))) as packed:
            names = [name for name in packed.namelist() if name.endswith(".csv")]
            tables = [packed.read(name).decode("utf-8-sig") for name in names]
        cells = [cell for table in tables for row in csv.reader(io.StringIO(table, newline="")) for cell in row]
        assert [cell for cell in cells if not is_harmless(cell)] == [], text
        assert f"'{text}" in cells


def test_a_roster_as_a_workbook_holds_no_formula(world: World) -> None:
    client, school = signed_in(world.people["p01 head"]), world.things["p01 school"]
    for text in HOSTILE:
        spoil(text)
        answer = client.get(f"/imports/schools/{school.public_id}/roster.xlsx")
        assert answer.status_code == 200
        book = load_workbook(io.BytesIO(b"".join(answer) if answer.streaming else answer.content))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert len(cells) > 10
        assert [cell.coordinate for cell in cells if cell.data_type == "f"] == [], text


def test_there_are_enough_samples() -> None:
    assert len(HOSTILE) >= 20
