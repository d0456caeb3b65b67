"""A command is carried out once: its page names it by a UUID of its own, and a repeat under the same key does nothing.

Islands send the key as the header `Idempotency-Key` with every attempt, forms as a hidden field (`{% command_key %}`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tongtang.foundation import clock
from tongtang.foundation.models import DoneCommand

HEADER, FIELD = "Idempotency-Key", "command_key"
CSRF_FIELD = "csrfmiddlewaretoken"


class BadKey(BadRequest):
    """The command has no key, or one that stands for another command; the message is a sentence for the person."""


@dataclass(frozen=True)
class Key:
    """`value` is the page's own; `command` (a SHA-256 in hex) is who asks for what: address and content."""

    value: UUID
    command: str


def key_of(request: HttpRequest, who: str) -> Key:
    """The key of the command that `who` (an actor's subject) posts.

    Raises:
        BadKey: there is none, or it is no UUID.
    """
    given = request.headers.get(HEADER) or request.POST.get(FIELD, "")
    try:
        value = UUID(given)
    except ValueError as error:
        raise BadKey(
            _("The request carries no key that marks a repeat. Nothing was changed. Reload the page and do it again.")
        ) from error
    return Key(value, sha256("\n".join([who, request.path, *_content_of(request)]).encode()).hexdigest())


def _content_of(request: HttpRequest) -> list[str]:
    if request.content_type == "application/json":
        return [sha256(request.body).hexdigest()]
    fields = [repr((name, values)) for name, values in sorted(request.POST.lists()) if name not in (FIELD, CSRF_FIELD)]
    files = [repr((name, file.name, file.size)) for name, many in request.FILES.lists() for file in many]
    return [*fields, *files]


@contextmanager
def once(key: Key) -> Iterator[bool]:
    """One transaction for the key and what is done under it; yields whether this is the first time.

    A repeat that runs beside the first one waits for its end. What the first one refuses (it raises) leaves no key.

    Raises:
        BadKey: the key stands for another command: of another actor, at another address, or of another content.
    """
    with transaction.atomic():
        row, first = DoneCommand.objects.get_or_create(
            key=key.value, defaults={"command": key.command, "done_at": clock.now()}
        )
        if row.command != key.command:
            raise BadKey(
                _("This key stands for another request. Nothing was changed. Reload the page and do it again.")
            )
        yield first
