"""Chinese words as data: forms of school names, names of people with their weights."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LISTS = Path(__file__).with_name("word_lists")
ENTRY = re.compile(r"(\D+)(\d+)")


def _read(file: str) -> Mapping[str, Any]:
    return tomllib.loads((LISTS / file).read_text(encoding="utf-8"))


WORDS = _read("schools.toml")


@cache
def people() -> Mapping[str, Any]:
    return _read("people.toml")


def weighted(entries: str) -> Mapping[str, int]:
    """`AB12 C3` into words and weights."""
    found = [ENTRY.fullmatch(entry) for entry in entries.split()]
    return {match[1]: int(match[2]) for match in found if match}


def numeral(number: int) -> str:
    """1 to 99 in Chinese numerals; a larger number in digits."""
    digits, ten = WORDS["numerals"], WORDS["ten"]
    if number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if not tens else ten if tens == 1 else digits[tens - 1] + ten
    return head + (digits[ones - 1] if ones else "")
