"""Tickets: the short-lived signed right of one subject to listen to a set of topics."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tongtang.foundation.environment import environment

TTL = timedelta(seconds=90)
LONGEST_TTL = timedelta(minutes=5)
CLOCK_SLACK = timedelta(seconds=5)
MOST_TOPICS = 32
LONGEST_TICKET = 6144
TOPIC = re.compile(r"[a-z0-9][a-z0-9:._-]{0,119}")
SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,119}")


class TicketRefused(Exception):
    """The ticket gives no right; the message says why."""


class TicketForged(TicketRefused):
    """Not a ticket of this home: wrong form or wrong signature."""


class TicketExpired(TicketRefused):
    """A true ticket whose time is over, or has not come yet."""


@dataclass(frozen=True)
class Ticket:
    """What a true ticket says. `issued` and `expires` are aware moments in UTC."""

    subject: str
    topics: frozenset[str]
    issued: datetime
    expires: datetime


def issue(*, topics: Sequence[str], subject: str, now: datetime, ttl: timedelta = TTL) -> str:
    """A ticket for `topics`, to be sent as `Authorization: Bearer TICKET`.

    `subject` names who listens ("person:UUID", "device:UUID"): `bus.revoke(subject)` ends its streams.

    Raises:
        ValueError: no or too many topics, a name of the wrong form, or a ttl out of bounds.
    """
    if not 0 < len(topics) <= MOST_TOPICS:
        raise ValueError(f"{len(topics)} topics: give 1 to {MOST_TOPICS}")
    wrong = [name for name in topics if not TOPIC.fullmatch(name)]
    if wrong or not SUBJECT.fullmatch(subject):
        raise ValueError(f"not a name push can carry: {wrong or subject!r}")
    if not timedelta() < ttl <= LONGEST_TTL:
        raise ValueError(f"ttl {ttl}: give more than 0 and at most {LONGEST_TTL}")
    body = {"s": subject, "t": sorted(set(topics)), "i": _milliseconds(now), "e": _milliseconds(now + ttl)}
    text = _encode(json.dumps(body, separators=(",", ":")).encode())
    return f"{text}.{_encode(_signature(text))}"


def read(ticket: str, now: datetime) -> Ticket:
    """The content of a true ticket that is valid at `now`.

    Raises:
        TicketForged: not issued with this home's secret, or not a ticket at all.
        TicketExpired: its time is over, or it is from the future.
    """
    text, _, signature = ticket.partition(".")
    if len(ticket) > LONGEST_TICKET or not ticket.isascii():
        raise TicketForged("the ticket has not the form of one")
    if not hmac.compare_digest(_encode(_signature(text)), signature):
        raise TicketForged("the ticket's signature is wrong")
    body = json.loads(_decode(text))
    found = Ticket(body["s"], frozenset(body["t"]), _moment(body["i"]), _moment(body["e"]))
    if now >= found.expires or now < found.issued - CLOCK_SLACK:
        raise TicketExpired("the ticket is not valid at this time")
    return found


def _signature(text: str) -> bytes:
    return hmac.digest(environment().secret("push").encode(), text.encode(), hashlib.sha256)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
