"""Shape of a call for help: JSON from a phone."""

import json
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _


class BadShape(ValueError):
    """The body is not what this address takes."""


class Call(NamedTuple):
    """One call: the phone's own uuid, what is wrong, when."""

    uuid: UUID
    kind: str
    at: datetime


def call_of(request: HttpRequest) -> Call:
    """{"uuid", "kind", "at": seconds since 1970}.

    Raises:
        BadShape: anything else.
    """
    try:
        body = json.loads(request.body)
        return Call(UUID(str(body["uuid"])), str(body["kind"]), datetime.fromtimestamp(float(body["at"]), UTC))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, OSError) as error:
        raise BadShape(_("The request is not readable. Reload the page.")) from error
