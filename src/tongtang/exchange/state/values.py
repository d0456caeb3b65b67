"""The shape that every form of roster is turned into before it is compared.

A `State` is table -> id of source -> attribute -> JSON value. Rows name one another by those ids, never by keys of the
database, so that a state of a file and one of the house are compared as they are.
"""

from dataclasses import dataclass, field
from datetime import datetime

Value = str | int | list[int] | list[str] | None
Row = dict[str, Value]
State = dict[str, dict[str, Row]]

TERMS, SCHOOLS, CLASSES, TEACHERS, PUPILS = "terms", "schools", "classes", "teachers", "pupils"
# In the order in which rows need one another.
TABLES = (TERMS, SCHOOLS, CLASSES, TEACHERS, PUPILS)
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    TERMS: ("name", "first_day", "last_day"),
    SCHOOLS: ("name", "code", "parent"),
    CLASSES: ("name", "school", "grades"),
    TEACHERS: ("name", "posts"),
    PUPILS: ("name", "sex", "birth_date", "class"),
}


@dataclass(frozen=True)
class Waiting:
    """A row that can wait: `code` says why, `cells` what is known of it."""

    table: str
    source_id: str
    line: int
    column: str
    code: str
    cells: Row


@dataclass(frozen=True)
class Stamp:
    """What the source says of a row besides its values."""

    status: str = ""
    modified: datetime | None = None


@dataclass
class Wanted:
    """What a file says.

    `rows` hold only the attributes that the file speaks of. In a table of `complete` every row that the file does not
    name ends, except those of `kept`; `ended` are named as ended. `others` are ids of rows without a place in this
    house, by file: later deltas may refer to them. `uncarried` counts by name what has no place.
    """

    rows: State = field(default_factory=lambda: {table: {} for table in TABLES})
    complete: set[str] = field(default_factory=set)
    ended: dict[str, set[str]] = field(default_factory=lambda: {table: set() for table in TABLES})
    kept: dict[str, set[str]] = field(default_factory=lambda: {table: set() for table in TABLES})
    waiting: list[Waiting] = field(default_factory=list)
    stamps: dict[tuple[str, str], Stamp] = field(default_factory=dict)
    others: dict[str, set[str]] = field(default_factory=dict)
    uncarried: dict[str, int] = field(default_factory=dict)
