"""The field catalogue: what each field of the database is, what for, how long and for whom.

Each context describes its fields in `fields.toml`: `[Model]` or `["app.Model"]` of a library, one line a field with
`class` (`Sensitivity`), `purpose`, `retention` (a category of `retention.toml`) and `roles`: values of the roles of
access, or "everyone" signed in, "self", "device", "guardian", "pupil"; an empty list is for the program alone.
`_` is the word for the table.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.db import models
from django.utils.translation import gettext_lazy as _

# Tables of Django that hold no data about anybody: the list of tables, rights and groups that nobody uses.
EMPTY_APPS = frozenset(["contenttypes", "auth"])
# The key under which a model's table has its word.
TITLE = "_"
BESIDES_ROLES = frozenset(["everyone", "self", "device", "guardian", "pupil"])


class Sensitivity(models.TextChoices):
    """How much harm a field does in wrong hands; `MINOR` and `SENSITIVE` are sensitive personal data by law."""

    PUBLIC = "public", _("Public")
    INTERNAL = "internal", _("Internal")
    PERSONAL = "personal", _("Personal")
    MINOR = "minor", _("Of minors")
    SENSITIVE = "sensitive", _("Sensitive")
    SECRET = "secret", _("Secret")


class Then(StrEnum):
    """What happens at the end of the time."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    KEEP = "keep"


class BadCatalogue(ValueError):
    """A `fields.toml` or `retention.toml` of another form; the message names the place."""


@dataclass(frozen=True)
class Category:
    """What is kept how long. `days` after `since` (0: no fixed time); `title`, `since`, `reason`, `how` are words."""

    name: str
    title: str
    days: int
    since: str
    reason: str
    then: Then
    how: str


@dataclass(frozen=True)
class Field:
    """One field. `model` is Django's label, "people.Pupil"; `context` whose file describes it."""

    context: str
    model: str
    name: str
    sensitivity: Sensitivity
    purpose: str
    retention: str
    roles: tuple[str, ...]


@cache
def categories() -> Mapping[str, Category]:
    """Every retention category by its name.

    Raises:
        BadCatalogue: the file is of another form.
    """
    try:
        return {
            name: Category(name, row["title"], row["days"], row["from"], row["reason"], Then(row["then"]), row["how"])
            for name, row in _read(Path(__file__).with_name("retention.toml")).items()
        }
    except (KeyError, ValueError) as error:
        raise BadCatalogue(f"retention.toml: {error}") from error


@cache
def fields() -> tuple[Field, ...]:
    """The catalogue of all contexts of this installation, in their order.

    Raises:
        BadCatalogue: a file is of another form.
    """
    return tuple(
        _field(context, model, name, row)
        for context in _contexts()
        for model, rows in _read(Path(context.path) / "fields.toml").items()
        for name, row in rows.items()
        if name != TITLE
    )


@cache
def table_names() -> Mapping[str, str]:
    """Model label -> the word for its table, of those that have one."""
    return {
        _label(context, model): rows[TITLE]
        for context in _contexts()
        for model, rows in _read(Path(context.path) / "fields.toml").items()
        if TITLE in rows
    }


def described() -> frozenset[tuple[str, str]]:
    """(model label, field) of every entry."""
    return frozenset((field.model, field.name) for field in fields())


def stored() -> frozenset[tuple[str, str]]:
    """(model label, field) of every column of the database but the automatic primary keys."""
    return frozenset(
        (model._meta.label, field.name)
        for model in apps.get_models()
        if model._meta.app_label not in EMPTY_APPS
        for field in model._meta.concrete_fields
        if not isinstance(field, models.AutoField | models.BigAutoField)
    )


def _contexts() -> Iterator[AppConfig]:
    return (app for app in apps.get_app_configs() if app.name.startswith("tongtang."))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise BadCatalogue(f"{path.parent.name}/{path.name}: {error}") from error


def _label(context: AppConfig, model: str) -> str:
    return model if "." in model else f"{context.label}.{model}"


def _field(context: AppConfig, model: str, name: str, row: Mapping[str, Any]) -> Field:
    label = _label(context, model)
    try:
        sensitivity, purpose, retention = Sensitivity(row["class"]), row["purpose"], row["retention"]
        return Field(context.label, label, name, sensitivity, purpose, retention, tuple(row["roles"]))
    except (KeyError, ValueError, TypeError) as error:
        raise BadCatalogue(f"{context.label}/fields.toml [{model}] {name}: {error}") from error
