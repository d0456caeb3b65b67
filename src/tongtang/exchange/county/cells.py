"""One cell of text into one typed value; each refusal has its own sentence."""

import re
from collections.abc import Callable
from datetime import date, time

from django.utils.translation import gettext as _

from tongtang.curriculum.api import PRESCHOOL_GRADES

ID_LENGTH = 40
TEXT_LENGTH = 60
# A spreadsheet runs a cell that begins with one of these; U+FF0x are the full-width forms of = + - @.
FORMULA_STARTS = frozenset("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
# Controls, invisible and direction-changing characters, line separators, the sign of an earlier wrong conversion.
UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd\ud800-\udfff]"
)
ID_FORBIDDEN = re.compile(r"[\s;|,]")
WHOLE = re.compile(r"[0-9]+")
NEGATIVE = re.compile(r"-[0-9]+")
DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})")
MALE, FEMALE = "\u7537", "\u5973"
GRADES = range(1, 13)
WEEKDAYS = range(1, 8)

Parser = Callable[[str], object]


class BadCell(ValueError):
    """The cell cannot be used; the argument is the sentence for the reader."""


def filled(cell: str) -> str:
    if not cell:
        raise BadCell(_("This cell is empty; fill it in."))
    return cell


def _printable(cell: str, length: int) -> str:
    if cell[:1] in FORMULA_STARTS and cell:
        raise BadCell(_("The text begins like a spreadsheet formula; remove the first character."))
    bad = UNPRINTABLE.search(cell)
    if bad:
        sentence = _("The text holds an invisible or damaged character (U+%(code)s); type it anew.")
        raise BadCell(sentence % {"code": f"{ord(bad.group()):04X}"})
    if cell != cell.strip():
        raise BadCell(_("There is a space before or after the text; remove it."))
    if len(cell) > length:
        raise BadCell(_("The text is longer than %(limit)d characters; shorten it.") % {"limit": length})
    return cell


def text(cell: str) -> str:
    return _printable(filled(cell), TEXT_LENGTH)


def text_or_empty(cell: str) -> str:
    return _printable(cell, TEXT_LENGTH)


def identifier(cell: str) -> str:
    """An id of the file: no spaces and none of the signs that separate lists."""
    _printable(filled(cell), ID_LENGTH)
    if ID_FORBIDDEN.search(cell):
        raise BadCell(_("An id has no spaces, commas, semicolons or bars; write it without."))
    return cell


def identifier_or_empty(cell: str) -> str:
    return identifier(cell) if cell else ""


def identifiers(cell: str) -> tuple[str, ...]:
    """Ids separated by `;`, at least one, none twice."""
    return _distinct(tuple(identifier(part) for part in filled(cell).split(";")))


def _distinct(parts: tuple[str, ...]) -> tuple[str, ...]:
    for index, part in enumerate(parts):
        if part in parts[:index]:
            raise BadCell(_("%(part)s stands twice in this cell; write it once.") % {"part": part})
    return parts


def whole(low: int, high: int) -> Callable[[str], int]:
    """A parser of whole numbers from `low` to `high`."""

    def parse(cell: str) -> int:
        if NEGATIVE.fullmatch(cell):
            raise BadCell(_("The number is negative; write %(low)d or more.") % {"low": low})
        if not WHOLE.fullmatch(filled(cell)):
            raise BadCell(_("This is not a whole number; write it with the digits 0 to 9 only."))
        # The length first: int() of a hostile cell of a million digits would take minutes.
        number = int(cell) if len(cell) <= 9 else high + 1
        if number > high:
            raise BadCell(_("The number is too large; the most is %(high)d.") % {"high": high})
        if number < low:
            raise BadCell(_("The number is too small; the least is %(low)d.") % {"low": low})
        return number

    return parse


def civil_date(cell: str) -> date:
    match = DAY.fullmatch(filled(cell))
    if not match:
        raise BadCell(_("This is not a date; write it like 2026-09-01."))
    try:
        day = date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise BadCell(_("The calendar has no such date; correct it.")) from error
    if not 1900 <= day.year <= 2100:
        raise BadCell(_("The year is outside 1900 to 2100; correct it."))
    return day


def clock(cell: str) -> time:
    match = CLOCK.fullmatch(filled(cell))
    if not match:
        raise BadCell(_("This is not a time; write it like 08:40."))
    hour, minute = (int(part) for part in match.groups())
    if hour > 23 or minute > 59:
        raise BadCell(_("The clock has no such time; it runs from 00:00 to 23:59."))
    return time(hour, minute)


def weekday(cell: str) -> int:
    if not WHOLE.fullmatch(filled(cell)) or len(cell) > 1 or int(cell) not in WEEKDAYS:
        raise BadCell(_("This is not a weekday; write 1 (Monday) to 7 (Sunday)."))
    return int(cell)


def weekday_or_empty(cell: str) -> int | None:
    return weekday(cell) if cell else None


def grades(cell: str) -> tuple[int, ...]:
    """Grades from 1 to 12, or k1 to k3 of a kindergarten, separated by `;`; two or more make a multi-grade class."""
    parts = _distinct(tuple(filled(cell).split(";")))
    numbers = []
    for part in parts:
        if part in PRESCHOOL_GRADES:
            numbers.append(PRESCHOOL_GRADES[part])
        elif WHOLE.fullmatch(part) and len(part) <= 2 and int(part) in GRADES:
            numbers.append(int(part))
        else:
            sentence = _("%(part)s is not a grade; write 1 to 12, or k1 to k3, several with ; between.")
            raise BadCell(sentence % {"part": part or "-"})
    return tuple(sorted(numbers))


def yes_or_no(cell: str) -> bool:
    if filled(cell) not in ("0", "1"):
        raise BadCell(_("Write 1 for yes or 0 for no."))
    return cell == "1"


def sex(cell: str) -> str:
    word = {MALE: "male", FEMALE: "female"}.get(filled(cell))
    if word is None:
        raise BadCell(_("The sex is written %(male)s or %(female)s.") % {"male": MALE, "female": FEMALE})
    return word


def one_of(words: tuple[str, ...], sentence: Callable[[], str]) -> Callable[[str], str]:
    """A parser of one of `words`; `sentence()` is the refusal and has `%(words)s`."""

    def parse(cell: str) -> str:
        if filled(cell) not in words:
            raise BadCell(sentence() % {"words": ", ".join(words)})
        return cell

    return parse


def several_of(words: frozenset[str], sentence: Callable[[], str]) -> Callable[[str], tuple[str, ...]]:
    """A parser of `words` separated by `;`; `sentence()` is the refusal and has `%(part)s`."""

    def parse(cell: str) -> tuple[str, ...]:
        parts = _distinct(tuple(filled(cell).split(";")))
        for part in parts:
            if part not in words:
                raise BadCell(sentence() % {"part": part or "-"})
        return parts

    return parse


def as_written(value: object) -> str:
    """A parsed value in the form of the file."""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, tuple):
        return ";".join(str(part) for part in value)
    return "" if value is None else str(value)
