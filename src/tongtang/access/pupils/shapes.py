"""What a device may send: one batch of sign-ins, of a strict shape."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.utils.translation import gettext as _

from tongtang.access.pupils.models import Means
from tongtang.access.pupils.sign_ins import MOST, Entry, decoded

LONGEST_SECRET = 40
LONGEST_TEXT = 120
LATEST_MS = 4_102_444_800_000


class BadShape(BadRequest):
    """The body is not one that our page sends; the message is a sentence for the person."""


@dataclass(frozen=True)
class Batch:
    """Sign-ins made with the pack of `seal`; `opens` is the one whose page shall open."""

    seal: str
    entries: tuple[Entry, ...]
    opens: UUID | None


def batch_of(body: bytes) -> Batch:
    """The batch in a request's body.

    Raises:
        BadShape: not JSON, an unknown or missing field, a value of another kind, or too many entries.
    """
    try:
        given = json.loads(body)
        entries = tuple(_entry(one) for one in _listed(given["entries"]))
        opens = UUID(_text(given["opens"])) if given.get("opens") else None
        return Batch(_text(given["seal"]), entries, opens)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadShape(_("The sign-ins could not be read. Nothing was changed. Reload the page.")) from error


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST:
        raise ValueError("entries")
    return value


def _text(value: Any, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError("text")
    # Halves of characters have no bytes: nothing can be derived from them.
    value.encode()
    return value


def _entry(given: dict[str, Any]) -> Entry:
    at = given["at"]
    if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at <= LATEST_MS:
        raise ValueError("at")
    return Entry(
        uuid=UUID(_text(given["uuid"])),
        pupil=UUID(_text(given["pupil"])),
        means=Means(_text(given["means"])),
        at_ms=at,
        proof=decoded(_text(given.get("proof", ""))),
        secret=_text(given.get("secret", ""), LONGEST_SECRET),
    )
