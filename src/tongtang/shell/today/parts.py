"""The parts that sections of the page of today are made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import NoReverseMatch, reverse

from tongtang.classroom.api import DayLesson, DayReception


@dataclass(frozen=True)
class Check:
    """One line of what is ready for the next lesson."""

    ok: bool
    text: str


@dataclass(frozen=True)
class Next:
    """The next lesson with its one action; `open` once it may be entered."""

    title: str
    starts_at: datetime
    facts: Sequence[str]
    checks: Sequence[Check]
    url: str
    action: str
    icon: str
    open: bool
    today: bool


@dataclass(frozen=True)
class Todo:
    """Something that waits for this person."""

    icon: str
    title: str
    note: str
    url: str
    action: str


@dataclass(frozen=True)
class Alert:
    """An exception: what happened, whose it is, the day it belongs to."""

    title: str
    what: str
    owner: str
    day: date
    url: str
    grave: bool


@dataclass(frozen=True)
class Figure:
    """A key figure; `note` prints its numerator and denominator."""

    name: str
    value: str
    note: str
    unit: str = ""


@dataclass(frozen=True)
class Cell:
    """A reception in a school's table of today."""

    title: str
    state: str
    url: str
    current: bool


@dataclass(frozen=True)
class Row:
    """A time of the day in a school's table: one cell (or None) a class."""

    starts_at: datetime
    period: int | None
    cells: Sequence[Cell | None]


@dataclass(frozen=True)
class SchoolTable:
    """Today's receptions of a school: columns are its classes that receive something."""

    name: str
    week_url: str
    classes: Sequence[str]
    rows: Sequence[Row]


@dataclass
class Section:
    """What one role sees; only the parts that it has."""

    kind: str
    title: str
    week_url: str = ""
    figures: Sequence[Figure] = ()
    lessons: Sequence[DayLesson] = ()
    receptions: Sequence[DayReception] = ()
    tables: Sequence[SchoolTable] = ()
    running: int = 0
    more: int = 0
    todos: Sequence[Todo] = ()
    alerts: Sequence[Alert] | None = None
    candidates: Sequence[Next] = field(default_factory=list)


def address(name: str, *arguments: Any) -> str:
    """The address of a page, or "" in an installation without it."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def share_of(numerator: int, denominator: int) -> str:
    """`95.5%`, or a dash where there is nothing to divide by."""
    return f"{numerator / denominator:.1%}" if denominator else "—"
