"""Numbers of children: checked by the national standards, kept as keyed digests only."""

import hmac
import re
from collections.abc import Iterable
from datetime import date
from functools import cache

import polars as pl
from django.utils.translation import gettext as _

from tongtang.exchange.county.cells import BadCell
from tongtang.foundation.environment import environment

# GB 11643-1999: the last place is the sum of the seventeen before it, each times its weight, modulo 11.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_PLACES = "10X98765432"
ID_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]")
# The national pupil number is G, or L while provisional, before the ID number or a number of the same form.
PUPIL_NUMBER = re.compile(r"[GL][0-9A-Z]{18}")
DIGEST_BYTES = 16
# Columns whose cells no finding shows whole.
COLUMNS = frozenset(("id_number", "pupil_number"))
DIVISION_DIGITS = 6


def id_number(cell: str) -> str:
    """An ID number of 18 places with the right check place and a date of the calendar; empty where none is known."""
    if not cell:
        return cell
    if not ID_NUMBER.fullmatch(cell):
        raise BadCell(_("An ID number has 18 places, digits and at the end a digit or X; correct it."))
    try:
        date(int(cell[6:10]), int(cell[10:12]), int(cell[12:14]))
    except ValueError as error:
        raise BadCell(_("The date inside the ID number does not exist; correct the number.")) from error
    if CHECK_PLACES[sum(int(digit) * weight for digit, weight in zip(cell, WEIGHTS, strict=False)) % 11] != cell[17]:
        raise BadCell(_("The last place of the ID number does not fit the others; correct the number."))
    return cell


def pupil_number(cell: str) -> str:
    """A national pupil number; empty where none is known."""
    if cell and not PUPIL_NUMBER.fullmatch(cell):
        raise BadCell(_("A pupil number is G or L and 18 places; correct it."))
    if cell.startswith("G"):
        id_number(cell[1:])
    return cell


def hidden(cell: str) -> str:
    """A number as a finding may show it: which division it begins with, and no child's."""
    return f"{cell[:DIVISION_DIGITS]}..." if len(cell) > DIVISION_DIGITS else cell


def surely_id(column: str) -> pl.Expr:
    """Whether a text cell is surely an ID number, or empty."""
    cell = pl.col(column)
    form = cell.str.contains(f"^{ID_NUMBER.pattern}$")
    total = pl.sum_horizontal(
        cell.str.slice(place, 1).cast(pl.Int32, strict=False) * weight for place, weight in enumerate(WEIGHTS)
    )
    wanted = (total % 11).replace_strict(list(range(11)), list(CHECK_PLACES), default="", return_dtype=pl.String)
    born = cell.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    return (cell == "") | (form & born.is_not_null() & (wanted == cell.str.slice(17, 1))).fill_null(value=False)


def surely_pupil_number(column: str) -> pl.Expr:
    """Whether a text cell is surely a provisional pupil number, or empty; the others go by their ID numbers."""
    return (pl.col(column) == "") | pl.col(column).str.contains(f"^L{PUPIL_NUMBER.pattern[4:]}$")


@cache
def _key() -> bytes:
    return environment().secret("numbers").encode()


def digest(number: str) -> bytes | None:
    """The keyed digest of a number: the same number of another home has another one. None for no number."""
    return hmac.digest(_key(), number.encode(), "sha256")[:DIGEST_BYTES] if number else None


def digests(numbers: Iterable[str]) -> pl.Series:
    """The digests of many numbers, in hexadecimal."""
    key = _key()
    made = [hmac.digest(key, one.encode(), "sha256")[:DIGEST_BYTES].hex() if one else None for one in numbers]
    return pl.Series(made, dtype=pl.String)
