"""County folders for tests: made, read back, damaged at one place."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

from django.db import connection

from tongtang.config.cli import main
from tongtang.foundation.environment import CHECKOUT
from tongtang.organisations.divisions import PACKAGE, read_divisions
from tongtang.organisations.imports import load_regions

FIXTURES = CHECKOUT / "tests" / "fixtures"
COUNTY = 421223000000


def make_county(folder: Path, *arguments: str) -> Path:
    """A county written by the fixtures' own maker."""
    command = [sys.executable, str(FIXTURES / "make_county.py"), "--out", str(folder), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def copy_of(folder: Path, where: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(folder, where / "county"))


def load_chongyang_regions() -> None:
    """Only the one county and what lies above it: a small tree is enough where no test asks for more."""
    load_regions(
        division for division in read_divisions(PACKAGE, ["42"]) if division.code // 10**6 in (420000, 421200, 421223)
    )


def load(capsys, folder: Path, *arguments: str) -> tuple[int, dict]:
    """Exit code and JSON of `tongtang load-county`."""
    capsys.readouterr()
    code = main(["load-county", str(folder), "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def dump() -> dict[str, list[str]]:
    """Every row of every table."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = {}
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = sorted(map(repr, cursor.fetchall()))
    return rows


def lines(folder: Path, file: str) -> list[str]:
    return (folder / file).read_text(encoding="utf-8").split("\n")


def set_line(folder: Path, file: str, line: int, text: str | None) -> None:
    """Put `text` in place of a line (counted from 1); None takes the line away."""
    rows = lines(folder, file)
    rows[line - 1 : line] = [] if text is None else [text]
    (folder / file).write_text("\n".join(rows), encoding="utf-8", newline="")


def set_cell(folder: Path, file: str, line: int, column: str, text: str) -> None:
    """Write one cell, in quotation marks where it needs them."""
    with (folder / file).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    rows[line - 1][rows[0].index(column)] = text
    with (folder / file).open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(rows)


def cell(folder: Path, file: str, line: int, column: str) -> str:
    """What stands in a cell."""
    with (folder / file).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    return rows[line - 1][rows[0].index(column)]


def add_line(folder: Path, file: str, text: str) -> int:
    """Add a row at the end; its line."""
    body = (folder / file).read_text(encoding="utf-8")
    (folder / file).write_text(body + text + "\n", encoding="utf-8", newline="")
    return body.count("\n") + 1
