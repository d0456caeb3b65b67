"""Tickets for the signalling proxy: signed, short-lived, single use, bound to one lesson and one browser session.

The web process issues a ticket after it has checked the person's right on the lesson; the media process redeems it.
A ticket travels in a POST answer and in the first WebSocket message, never in a URL.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

MAX_LIFE_S = 60
IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Right(StrEnum):
    """What the holder may do in the room; both publish rights include receiving."""

    PUBLISH_ANCHOR = "publish_anchor"
    PUBLISH_STAGE = "publish_stage"
    RECEIVE = "receive"


class TicketRefused(Exception):
    """The ticket gives no right; the message says why, without naming secrets."""


@dataclass(frozen=True)
class Grant:
    """What a redeemed ticket allows. `subject`: the person and device that asked, to be looked at again."""

    lesson: str
    participant: str
    display: str
    right: Right
    subject: str

    @property
    def may_publish(self) -> bool:
        return self.right is not Right.RECEIVE

    @property
    def feed(self) -> str:
        """The id under which the holder publishes in the room: the kind, then the participant."""
        return f"{'stage' if self.right is Right.PUBLISH_STAGE else 'anchor'}.{self.participant}"


def binding(cookie: str) -> str:
    """A short digest of a session cookie's value; it ties a ticket to the browser that asked for it."""
    return hashlib.sha256(cookie.encode()).hexdigest()[:32]


def issue_ticket(
    secret: str,
    *,
    lesson: str,
    participant: str,
    display: str,
    right: Right,
    subject: str,
    now: float,
    cookie: str = "",
    life_s: float = 45,
) -> str:
    """A ticket to be redeemed within `life_s` (at most 60) seconds after `now` (Unix seconds).

    `cookie` is the value of the session or device cookie that the redeeming connection must show; empty binds to none.

    Raises:
        ValueError: an identifier of the wrong form, or a life above 60 s.
    """
    if not IDENTIFIER.fullmatch(lesson) or not IDENTIFIER.fullmatch(participant):
        raise ValueError("lesson and participant are 1 to 64 letters, digits, - or _")
    if not 0 < life_s <= MAX_LIFE_S:
        raise ValueError(f"a ticket lives at most {MAX_LIFE_S} s")
    payload = {
        "id": secrets.token_urlsafe(16),
        "exp": now + life_s,
        "lesson": lesson,
        "participant": participant,
        "display": display[:80],
        "right": Right(right).value,
        "subject": subject,
        "bind": binding(cookie) if cookie else "",
    }
    body = _encode(json.dumps(payload, separators=(",", ":")).encode())
    return f"{body}.{_signature(secret, body)}"


class UsedTickets:
    """The ids of redeemed tickets, kept in a file until they expire, so that a restart forgets none.

    One process writes the file; each line is `id expiry`.
    """

    def __init__(self, path: Path, now: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
        pairs = (line.split(" ") for line in lines)
        # A line cut short by a crash belongs to a redemption that was never answered.
        self._expiry = {pair[0]: float(pair[1]) for pair in pairs if len(pair) == 2 and float(pair[1]) > now}
        draft = path.with_suffix(".draft")
        draft.write_text("".join(f"{key} {expiry!r}\n" for key, expiry in self._expiry.items()), encoding="ascii")
        draft.chmod(0o600)
        draft.replace(path)
        self._file = path.open("a", encoding="ascii")

    def claim(self, ticket_id: str, expiry: float, now: float) -> bool:
        """True for the first claim of this id; on disk before it answers."""
        if ticket_id in self._expiry:
            return False
        self._expiry = {key: until for key, until in self._expiry.items() if until > now}
        self._expiry[ticket_id] = expiry
        self._file.write(f"{ticket_id} {expiry!r}\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        return True

    def close(self) -> None:
        self._file.close()


def redeem(secret: str, ticket: object, used: UsedTickets, *, now: float, cookies: list[str]) -> Grant:
    """The grant of `ticket`, which is worthless afterwards.

    `cookies` are the values of the cookies that the connection showed.

    Raises:
        TicketRefused: forged, expired, used before, or shown by another browser than the one that asked for it.
    """
    payload = _verified(secret, ticket)
    if not now <= payload["exp"] <= now + MAX_LIFE_S:
        raise TicketRefused("the ticket has expired")
    if payload["bind"] and payload["bind"] not in [binding(value) for value in cookies]:
        raise TicketRefused("the ticket belongs to another browser session")
    if not used.claim(payload["id"], payload["exp"], now):
        raise TicketRefused("the ticket was used before")
    return Grant(
        lesson=payload["lesson"],
        participant=payload["participant"],
        display=payload["display"],
        right=Right(payload["right"]),
        subject=payload["subject"],
    )


def _verified(secret: str, ticket: object) -> dict[str, Any]:
    if not isinstance(ticket, str) or len(ticket) > 2000 or not ticket.isascii():
        raise TicketRefused("this is no ticket")
    body, _, signature = ticket.partition(".")
    if not hmac.compare_digest(signature, _signature(secret, body)):
        raise TicketRefused("the ticket is not signed by this server")
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return payload


def _signature(secret: str, body: str) -> str:
    return _encode(hmac.new(secret.encode(), b"rtc-ticket:" + body.encode(), hashlib.sha256).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
