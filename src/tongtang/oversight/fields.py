"""The catalogue of data as the page shows it: what is kept about whom, what for, how long, and who sees it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.functional import Promise

from tongtang.access.models import Role
from tongtang.audit.api import Category, Field, categories, fields, last_proofs, table_names
from tongtang.oversight.wording import BESIDES, CONTEXTS


@dataclass(frozen=True)
class Line:
    """A field with its words."""

    field: Field
    category: Category
    readers: list[str]


@dataclass(frozen=True)
class Table:
    """The fields of one model; `name` is its word."""

    context: str
    model: str
    name: str
    lines: list[Line]


@dataclass(frozen=True)
class Term:
    """A category of retention, how many fields are of it, and the last deletion that is proved."""

    category: Category
    count: int
    deleted: int
    deleted_at: datetime | None


def tables(*, text: str = "", sensitivity: str = "", retention: str = "") -> list[Table]:
    """The catalogue, narrowed; empty texts narrow nothing."""
    chosen = [
        line
        for line in map(_line, fields())
        if (not sensitivity or line.field.sensitivity.value == sensitivity)
        and (not retention or line.field.retention == retention)
        and (not text or text.lower() in _words(line))
    ]
    names = table_names()
    return [
        Table(_context(model), model, names.get(model, model), list(lines))
        for model, lines in groupby(chosen, key=lambda line: line.field.model)
    ]


def _line(field: Field) -> Line:
    return Line(field, categories()[field.retention], [_reader(role) for role in field.roles])


def _reader(role: str) -> str:
    return str(BESIDES[role] if role in BESIDES else Role(role).label)


def _context(model: str) -> str:
    word: str | Promise = CONTEXTS.get(model.partition(".")[0], "")
    return str(word)


def _words(line: Line) -> str:
    """Everything that the search looks through."""
    field = line.field
    parts: Iterable[str] = (
        field.model,
        table_names().get(field.model, ""),
        field.name,
        field.purpose,
        str(field.sensitivity.label),
        line.category.title,
        *line.readers,
    )
    return "\n".join(parts).lower()


def terms() -> list[Term]:
    """Every category of retention in the order of its file."""
    counts: Mapping[str, int] = {name: sum(field.retention == name for field in fields()) for name in categories()}
    proofs = last_proofs()
    return [Term(category, counts[name], *proofs.get(name, (0, None))) for name, category in categories().items()]
