"""What contexts above hold about a child, and where a withdrawn consent must take effect: they say so here.

A context writes `child_records.py` with functions under these decorators; it is found like `tasks.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules

from tongtang.consent.models import Purpose
from tongtang.people.models import Pupil


@dataclass(frozen=True)
class Sheet:
    """A table of an export: `key` names its files; `words` are the columns for people, where they differ."""

    key: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: Sequence[str] = ()

    @property
    def heads(self) -> Sequence[str]:
        return self.words or self.columns


@dataclass(frozen=True)
class Kept:
    """What a deletion leaves, without the child: how many rows of what, and why."""

    what: str
    count: int
    why: str


StrOrPromise = str | Promise
Holding = Callable[[Pupil], Sequence[Sheet]]
Keeping = Callable[[Pupil], Sequence[Kept]]
Closing = Callable[[Pupil], int]
_HOLDINGS: list[Holding] = []
_KEEPINGS: list[Keeping] = []
_FORGETTINGS: list[tuple[StrOrPromise, Closing]] = []
_PLACES: dict[str, tuple[frozenset[Purpose], Closing]] = {}


def holding(function: Holding) -> Holding:
    """What a context holds about a child, for the export of the child's own data."""
    _HOLDINGS.append(function)
    return function


def keeping(function: Keeping) -> Keeping:
    """What of it stays, anonymised, when the child is deleted, for the report."""
    _KEEPINGS.append(function)
    return function


def forgetting(name: StrOrPromise) -> Callable[[Closing], Closing]:
    """Rows that name the child without a foreign key, deleted with it; the function says how many they were."""

    def register(function: Closing) -> Closing:
        _FORGETTINGS.append((name, function))
        return function

    return register


def place(name: str, *purposes: Purpose) -> Callable[[Closing], Closing]:
    """A place where a withdrawn purpose takes effect; the function says how many things it closed. Bears repetition."""

    def register(function: Closing) -> Closing:
        _PLACES[name] = (frozenset(purposes), function)
        return function

    return register


def sheets_of(pupil: Pupil) -> list[Sheet]:
    """All sheets of all contexts."""
    autodiscover_modules("child_records")
    return [sheet for function in _HOLDINGS for sheet in function(pupil)]


def kept_of(pupil: Pupil) -> list[Kept]:
    """All that a deletion leaves behind."""
    autodiscover_modules("child_records")
    return [row for function in _KEEPINGS for row in function(pupil) if row.count]


def forget_rows_of(pupil: Pupil) -> list[tuple[StrOrPromise, int]]:
    """Delete what names the child in all contexts without a foreign key: what it was, and how many rows."""
    autodiscover_modules("child_records")
    return [(name, function(pupil)) for name, function in _FORGETTINGS]


def places_of(purpose: Purpose) -> dict[str, Closing]:
    """The places where `purpose` takes effect, by name."""
    autodiscover_modules("child_records")
    return {name: function for name, (purposes, function) in _PLACES.items() if purpose in purposes}
