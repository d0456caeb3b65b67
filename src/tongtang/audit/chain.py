"""The form of an entry and its hash. Pure: knows no database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TypeAlias

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"
FORM = 1
GENESIS = "0" * 64
# The columns that a hash covers, in the order in which it covers them.
COVERED = (
    "stream", "seq", "previous", "at", "source", "actor", "action", "object", "school", "region_code", "result",
    "reason", "detail",
)  # fmt: skip
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Record:
    """What is to be written, before it has a place in its chain. `detail` is canonical JSON already."""

    at: str
    source: str
    actor: str
    action: str
    object: str
    school: int
    region_code: int
    result: str
    reason: str
    detail: str


def stamp(moment: datetime) -> str:
    """An aware moment as UTC text of one length, which sorts as time does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(text: str) -> datetime:
    """The moment of a stamp."""
    return datetime.fromisoformat(text)


def clean(text: str, most: int) -> str:
    """Text that both engines keep as it is: no NUL, no lone surrogate, at most `most` characters."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")[:most]


def canonical(value: Mapping[str, JSON]) -> str:
    """JSON with sorted keys and no space; only finite numbers, ASCII.

    Raises:
        ValueError, TypeError: a value that JSON does not know.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(columns: Sequence[str | int]) -> str:
    """SHA-256 in hex of the canonical JSON of the `COVERED` columns."""
    return sha256(_encode([FORM, *columns]).encode()).hexdigest()
