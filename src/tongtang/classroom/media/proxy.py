"""The signalling proxy at `/rtc`: a browser redeems a ticket, then speaks Janus' JSON through the allow-list.

One connection = one ticket = one seat; it has its own connection to Janus, so that sessions cannot be mixed up. When
either side goes, both go, and the browser comes back with a new ticket. Besides Janus' own messages the proxy sends
`{"tongtang":"redeemed",...}` once and `{"tongtang":"feeds",...}` whenever who publishes has changed.
"""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tongtang.classroom.media import signalling
from tongtang.classroom.media.configuration import JanusConfiguration
from tongtang.classroom.media.janus import core_token, room_token
from tongtang.classroom.media.tickets import Grant, Right, TicketRefused, UsedTickets, redeem

logger = logging.getLogger(__name__)

REDEEM_WITHIN_S = 5
MAX_MESSAGE = 32 * 1024
BURST, PER_SECOND = 80, 20.0
MAX_REFUSALS = 30
MAX_CONNECTIONS = 2000
CLOSE_REFUSED, CLOSE_REPLACED, CLOSE_REVOKED, CLOSE_MEDIA_GONE = 4403, 4409, 4410, 4503


@dataclass(frozen=True)
class Feed:
    """One publisher of a room. `since` changes when the same participant publishes anew."""

    feed: str
    display: str
    since: int

    def as_json(self) -> dict[str, Any]:
        return {"feed": self.feed, "kind": self.feed.partition(".")[0], "display": self.display, "since": self.since}


@dataclass(eq=False)
class Connection:
    """A browser with a redeemed ticket."""

    socket: ServerConnection
    janus: ClientConnection
    seat: signalling.Seat
    allowance: float = BURST
    filled_at: float = field(default_factory=time.monotonic)
    refusals: int = 0

    @property
    def grant(self) -> Grant:
        return self.seat.grant

    async def end(self, code: int, reason: str) -> None:
        """Janus' side first: media stops at once, also when the browser no longer answers."""
        await self.janus.close()
        await self.socket.close(code, reason)

    def spend(self) -> bool:
        """Take one message from the allowance; False when it is used up."""
        now = time.monotonic()
        self.allowance = min(BURST, self.allowance + (now - self.filled_at) * PER_SECOND)
        self.filled_at = now
        if self.allowance < 1:
            return False
        self.allowance -= 1
        return True


@dataclass(frozen=True)
class Doors:
    """What the proxy asks of the rooms: may this grant come in now (else a reason), and who publishes."""

    refusal: Callable[[Grant], Awaitable[str | None]]
    feeds: Callable[[str], Sequence[Feed]]
    epoch: Callable[[], int]


class Proxy:
    """The open connections. `start` listens; `revoke`, `tell_feeds` and `close_all` act on them."""

    def __init__(self, *, secret: str, used: UsedTickets, hosts: Sequence[str], doors: Doors) -> None:
        self._secret = secret
        self._used = used
        self._hosts = tuple(hosts)
        self._doors = doors
        self._connections: set[Connection] = set()
        self._server: Server | None = None
        self.janus: JanusConfiguration | None = None
        self.counts: Counter[str] = Counter()

    async def start(self, path: Path) -> None:
        """Listen on the Unix socket `path`, which only this user's processes (nginx) can reach."""
        path.unlink(missing_ok=True)
        self._server = await unix_serve(
            self._serve, str(path), process_request=self._look_at_the_handshake, max_size=MAX_MESSAGE, max_queue=32,
            compression=None, ping_interval=10, ping_timeout=10, close_timeout=1,
        )  # fmt: skip
        path.chmod(0o660)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    @property
    def grants(self) -> list[Grant]:
        return [connection.grant for connection in self._connections]

    @property
    def legs(self) -> list[tuple[Grant, int, list[int]]]:
        """Grant, Janus session and handles of every open connection, for `handle_info`."""
        return [(c.grant, c.seat.session, list(c.seat.handles)) for c in self._connections if c.seat.session]

    async def revoke(self, lesson: str, participant: str, *, right: Right | None = None) -> int:
        """Close the connections of a participant (with this right, if one is given); their number."""
        return await self._close(
            lambda grant: (grant.lesson, grant.participant) == (lesson, participant) and right in (None, grant.right),
            CLOSE_REVOKED,
            "the right was taken back",
        )

    async def close_lesson(self, lesson: str) -> int:
        return await self._close(lambda grant: grant.lesson == lesson, CLOSE_REVOKED, "the lesson has ended")

    async def close_refused(self, allowed: Callable[[Sequence[Grant]], Awaitable[Sequence[bool]]]) -> int:
        """Ask `allowed` about every open grant and close what it denies."""
        connections = list(self._connections)
        answers = await allowed([connection.grant for connection in connections])
        denied = {id(c) for c, good in zip(connections, answers, strict=True) if not good}
        reason = "the right was taken back"
        await asyncio.gather(*(c.end(CLOSE_REVOKED, reason) for c in connections if id(c) in denied))
        return len(denied)

    async def _close(self, chosen: Callable[[Grant], bool], code: int, reason: str) -> int:
        doomed = [connection for connection in self._connections if chosen(connection.grant)]
        await asyncio.gather(*(connection.end(code, reason) for connection in doomed))
        return len(doomed)

    async def tell_feeds(self, lesson: str) -> None:
        """Send everybody in the lesson who publishes now."""
        news = json.dumps({"tongtang": "feeds", "feeds": self._feeds(lesson)})
        for connection in [c for c in self._connections if c.grant.lesson == lesson]:
            with suppress(ConnectionClosed):
                await connection.socket.send(news)

    def _feeds(self, lesson: str) -> list[dict[str, Any]]:
        return [feed.as_json() for feed in self._doors.feeds(lesson)]

    async def _serve(self, socket: ServerConnection) -> None:
        try:
            if len(self._connections) >= MAX_CONNECTIONS:
                await socket.close(1013, "too many connections")
                return
            grant = await self._admit(socket)
        except TicketRefused as refusal:
            self.counts["tickets refused"] += 1
            with suppress(ConnectionClosed):
                await socket.send(json.dumps({"tongtang": "refused", "code": 403, "reason": str(refusal)}))
                await socket.close(CLOSE_REFUSED, "ticket refused")
            return
        except ConnectionClosed:
            return
        await self._relay(socket, grant)

    async def _admit(self, socket: ServerConnection) -> Grant:
        try:
            async with asyncio.timeout(REDEEM_WITHIN_S):
                first = json.loads(await socket.recv())
        except (TimeoutError, ValueError, RecursionError) as error:
            raise TicketRefused("the first message redeems a ticket") from error
        if not isinstance(first, dict) or first.get("tongtang") != "redeem":
            raise TicketRefused("the first message redeems a ticket")
        cookies = _cookies(socket.request.headers.get("Cookie", "") if socket.request else "")
        grant = redeem(self._secret, first.get("ticket"), self._used, now=time.time(), cookies=cookies)
        if first.get("lesson", grant.lesson) != grant.lesson:
            raise TicketRefused("the ticket is for another lesson")
        refusal = await self._doors.refusal(grant)
        if refusal is not None:
            raise TicketRefused(refusal)
        return grant

    def _look_at_the_handshake(self, socket: ServerConnection, request: Request) -> Response | None:
        if request.path.partition("?")[0] != "/rtc":
            return socket.respond(HTTPStatus.NOT_FOUND, "There is nothing here.\n")
        if not self._own_origin(request.headers.get("Origin", ""), request.headers.get("Host", "")):
            self.counts["foreign pages refused"] += 1
            return socket.respond(HTTPStatus.FORBIDDEN, "This page is not ours.\n")
        return None

    def _own_origin(self, origin: str, host: str) -> bool:
        """The page's origin is the host it now speaks to, and that host is one of ours (no DNS rebinding)."""
        try:
            named = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        if not named or named != host.lower():
            return False
        name = host.lower().rsplit(":", 1)[0] if not host.endswith("]") else host.lower()
        return any(
            pattern in ("*", name) or (pattern.startswith(".") and name.endswith(pattern)) for pattern in self._hosts
        )

    async def _relay(self, socket: ServerConnection, grant: Grant) -> None:
        if grant.may_publish:
            # A publisher who comes back is faster than the end of its dead connection: the later one wins.
            await self._close(
                lambda old: old.may_publish and (old.lesson, old.feed) == (grant.lesson, grant.feed),
                CLOSE_REPLACED,
                "the same participant came in elsewhere",
            )
        if self.janus is None:
            await socket.close(CLOSE_MEDIA_GONE, "the media server is starting")
            return
        connection = None
        try:
            async with connect(
                self.janus.url, subprotocols=[Subprotocol("janus-protocol")], open_timeout=3, close_timeout=1
            ) as janus:
                connection = Connection(socket, janus, signalling.Seat(grant))
                self._connections.add(connection)
                hello = {"tongtang": "redeemed", "lesson": grant.lesson, "right": grant.right, "own": grant.feed}
                await socket.send(
                    json.dumps({**hello, "epoch": self._doors.epoch(), "feeds": self._feeds(grant.lesson)})
                )
                await self._both_ways(connection)
        except (OSError, TimeoutError, WebSocketException) as error:
            logger.info("signalling of %s ended: %s", grant.feed, error)
        finally:
            if connection is not None:
                self._connections.discard(connection)
            with suppress(ConnectionClosed):
                await socket.close(CLOSE_MEDIA_GONE, "the media server went away")

    async def _both_ways(self, connection: Connection) -> None:
        async def down() -> None:
            async for text in connection.janus:
                signalling.observe(json.loads(text), connection.seat)
                await connection.socket.send(text)

        async def up() -> None:
            async for text in connection.socket:
                if not await self._pass_on(text, connection):
                    return

        tasks = [asyncio.create_task(down()), asyncio.create_task(up())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                with suppress(ConnectionClosed):
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pass_on(self, text: str | bytes, connection: Connection) -> bool:
        """Forward one message or answer its refusal; False when the connection has refused too often."""
        message: object = None
        try:
            if not connection.spend():
                raise signalling.Refused("too many messages; slow down")
            message = _parsed(text)
            rebuilt = signalling.rebuild(message, connection.seat, self._tokens(connection.grant.lesson))
        except signalling.Refused as refusal:
            self.counts["messages refused"] += 1
            connection.refusals += 1
            await connection.socket.send(json.dumps(_refusal(message, str(refusal))))
            if connection.refusals > MAX_REFUSALS:
                await connection.socket.close(1008, "too many refused messages")
            return connection.refusals <= MAX_REFUSALS
        await connection.janus.send(json.dumps(rebuilt))
        return True

    def _tokens(self, lesson: str) -> signalling.Tokens:
        if self.janus is None:
            raise signalling.Refused("the media server is starting")
        return signalling.Tokens(core_token(self.janus), room_token(self.janus, lesson))


def _parsed(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise signalling.Refused("a message is JSON") from error


def _refusal(message: object, reason: str) -> dict[str, Any]:
    transaction = message.get("transaction") if isinstance(message, dict) else None
    known = transaction if isinstance(transaction, str) and len(transaction) <= 64 else None
    return {"janus": "error", "transaction": known, "error": {"code": 403, "reason": reason}}


def _cookies(header: str) -> list[str]:
    try:
        return [morsel.value for morsel in SimpleCookie(header).values()]
    except CookieError:
        return []
