"""Shapes of what pages send: JSON bodies, read into typed values. Rules are in the actions."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tongtang.classroom.actions.phone import Entry
from tongtang.classroom.models import RoomPresence
from tongtang.lessons.api import Happened
from tongtang.lessons.models import EvidenceKind

MOST_ROWS = 500
Value = TypeVar("Value")


class BadShape(ValueError):
    """The body is not what this address takes."""


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        BadShape: not JSON, or not an object.
    """
    return object_of(request.body or b"{}")


def object_of(text: bytes | str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        BadShape: not JSON, or not an object.
    """
    try:
        found = _storable(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise BadShape(_("The request is not readable. Reload the page.")) from error
    if not isinstance(found, dict):
        raise BadShape(_("The request is not readable. Reload the page."))
    return found


def _storable(value: Any) -> Any:
    """`value` with texts that every database takes: half an emoji, cut by a page, becomes a question mark."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "")
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return value


def _take(body: Mapping[str, Any], name: str, read: Callable[[Any], Value]) -> Value:
    try:
        return read(body[name])
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise BadShape(_("The request lacks %(name)s or has it in a wrong form.") % {"name": name}) from error


def _moment(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(value)
    return datetime.fromtimestamp(value, UTC)


def _rows(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = body.get(name, [])
    if not isinstance(rows, list) or len(rows) > MOST_ROWS or not all(isinstance(row, dict) for row in rows):
        raise BadShape(_("The request lacks %(name)s or has it in a wrong form.") % {"name": name})
    return rows


def uuid_of(body: Mapping[str, Any], name: str) -> UUID:
    """A UUID of the body."""
    return _take(body, name, lambda value: UUID(str(value)))


def text_of(body: Mapping[str, Any], name: str) -> str:
    """A text of the body."""
    value = body.get(name)
    if not isinstance(value, str):
        raise BadShape(_("The request lacks %(name)s or has it in a wrong form.") % {"name": name})
    return value


def texts_of(body: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts of the body."""
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadShape(_("The request lacks %(name)s or has it in a wrong form.") % {"name": name})
    return value


def spans_of(body: Mapping[str, Any]) -> list[Happened]:
    """Received seconds: [{uuid, at, from, to, mode}]; `at` seconds since 1970, `from` and `to` of the slot."""
    return [
        Happened(
            EvidenceKind.RECEIVED,
            _take(row, "at", _moment),
            {key: row.get(key) for key in ("from", "to", "mode")},
            uuid_of(row, "uuid"),
        )
        for row in _rows(body, "spans")
    ]


def link_of(body: Mapping[str, Any]) -> tuple[str, int] | None:
    """How a screen is linked, and how well: 0 nothing, 1 audio, 2 smooth, 3 high. None: it is there no more."""
    if "link" not in body:
        return None
    link, quality = body.get("link"), body.get("quality")
    if link not in RoomPresence.Link.values or quality not in (0, 1, 2, 3):
        raise BadShape(_("The request lacks %(name)s or has it in a wrong form.") % {"name": "link, quality"})
    return link, quality


def entries_of(body: Mapping[str, Any]) -> list[Entry]:
    """What a phone hands over: [{uuid, kind, at, payload}]."""
    return [
        Entry(
            uuid_of(row, "uuid"),
            _take(row, "kind", EvidenceKind),
            _take(row, "at", _moment),
            _take(row, "payload", dict),
        )
        for row in _rows(body, "entries")
    ]
