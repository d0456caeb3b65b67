"""The push process: `GET /events` streams events, `POST /events/renew` prolongs a stream, `POST /events/will` keeps
what a page wants said if it dies, a Unix socket takes the publications of the other processes. One asyncio loop, no
framework, no database.
"""

import asyncio
import json
import logging
import math
import os
import resource
import signal
import socket
import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.foundation.push import tickets, wills
from tongtang.foundation.push.hub import AUTHENTICATED_FOR, Hub, HubFull, Stream

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LONGEST_RENEWAL = 1024
LONGEST_PAGE_NAME = 64
STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class Refused(Exception):
    """An answer other than a stream: (status, sentence)."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def application(hub: Hub, hosts: tuple[str, ...]) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """The ASGI application over one hub, for the host names of `TONGTANG_HOSTS`."""

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        try:
            headers = _headers(scope)
            _check_origin(headers, hosts)
            route = (scope["method"], scope["path"])
            if route == ("GET", "/events"):
                await _stream(hub, _open(hub, scope, headers), receive, send)
            elif route == ("POST", "/events/renew"):
                await _renew(hub, headers, receive)
                await _answer(send, 204, "")
            elif route == ("POST", "/events/will"):
                _deposit(hub, headers)
                await _answer(send, 204, "")
            else:
                raise Refused(404, "push serves GET /events, POST /events/renew and POST /events/will")
        except Refused as refusal:
            await _answer(send, refusal.status, str(refusal))

    return serve


def _headers(scope: Message) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _check_origin(headers: dict[str, str], hosts: tuple[str, ...]) -> None:
    """Only pages of this house: a browser sends Origin or Sec-Fetch-Site, and scripts cannot change them."""
    host = headers.get("host", "")
    if not _known_host(host, hosts):
        raise Refused(421, "this host name is not one of TONGTANG_HOSTS")
    origin = headers.get("origin")
    if origin is not None and _parts(origin).netloc != host:
        raise Refused(403, "events are for pages of this host only")
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refused(403, "events are for pages of this host only")


def _known_host(host: str, hosts: tuple[str, ...]) -> bool:
    """Django's rule for ALLOWED_HOSTS: the name itself, ".name" for it and all below, "*" for any."""
    name = (_parts(f"//{host}").hostname or "").rstrip(".")
    return any(
        allowed in ("*", name) or (allowed.startswith(".") and (name == allowed[1:] or name.endswith(allowed)))
        for allowed in hosts
    )


def _parts(address: str) -> SplitResult:
    """An address in its parts; one that is none has none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _ticket(hub: Hub, headers: dict[str, str]) -> tuple[tickets.Ticket, float]:
    """The caller's ticket and for how many seconds its rights, looked at when it was issued, are still good."""
    scheme, _, text = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise Refused(401, "a ticket is missing: Authorization: Bearer TICKET")
    now = clock.now()
    try:
        ticket = tickets.read(text.strip(), now)
        hub.admit(ticket)
    except tickets.TicketRefused as refusal:
        raise Refused(401, str(refusal)) from refusal
    good_until = min(ticket.expires, ticket.issued + timedelta(seconds=AUTHENTICATED_FOR))
    if good_until <= now:
        raise Refused(401, "the ticket's rights were looked at too long ago: ask for another")
    return ticket, (good_until - now).total_seconds()


def _open(hub: Hub, scope: Message, headers: dict[str, str]) -> Stream:
    ticket, valid_for = _ticket(hub, headers)
    page = parse_qs(scope["query_string"].decode("latin-1")).get("page", [""])[0]
    if not 0 < len(page) <= LONGEST_PAGE_NAME:
        raise Refused(400, "give ?page=, a name of at most 64 characters that this page keeps")
    now = time.monotonic()
    try:
        hub.count_connect(ticket.subject, now)
        stream = hub.open(ticket, page, valid_for, now)
    except HubFull as full:
        raise Refused(429, str(full)) from full
    hub.resume(stream, headers.get("last-event-id", ""))
    return stream


async def _stream(hub: Hub, stream: Stream, receive: Receive, send: Send) -> None:
    """Send until the stream ends, the page goes or reads too slowly."""
    stream.task = asyncio.current_task()
    # send() says nothing when the page has gone: only receive() does.
    leaving = asyncio.ensure_future(_gone(stream, receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
        while block := await stream.take():
            stream.stuck_since = time.monotonic()
            await send({"type": "http.response.body", "body": block, "more_body": True})
            stream.sent_at, stream.stuck_since = time.monotonic(), 0.0
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except asyncio.CancelledError:
        # The hub cancels a stream that it dropped; the connection closes when this coroutine returns.
        if not stream.ended:
            raise
    finally:
        hub.forget(stream)
        leaving.cancel()


async def _gone(stream: Stream, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    stream.leave()


async def _renew(hub: Hub, headers: dict[str, str], receive: Receive) -> None:
    ticket, valid_for = _ticket(hub, headers)
    body = await _body(receive)
    try:
        identity = json.loads(body)["connection"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Refused(400, 'give {"connection": ID} with the ID of the hello event') from error
    if not isinstance(identity, str) or not hub.renew(identity, ticket, valid_for, time.monotonic()):
        raise Refused(404, "this connection is not open: connect again")


def _deposit(hub: Hub, headers: dict[str, str]) -> None:
    """Each living page comes here each second. In headers, for a body doubles what a request costs; without a ticket,
    for the connection's name, which only its page knows, is right enough.
    """
    will = headers.get("x-will", "")
    if len(will) > wills.LONGEST_WILL:
        raise Refused(413, "the will is too long")
    if not hub.deposit(headers.get("x-connection", ""), will):
        raise Refused(404, "this connection is not open: connect again")


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LONGEST_RENEWAL:
            raise Refused(413, "the body is too long")
        if not message.get("more_body"):
            return bytes(body)


async def _answer(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status == 429:
        headers.append((b"retry-after", b"2"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode(), "more_body": False})


class Ingest(asyncio.DatagramProtocol):
    """The publications of the other processes of this home, one JSON object a datagram."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002
        try:
            self._apply(json.loads(data))
        except (ValueError, TypeError, KeyError, RecursionError):
            log.exception("a publication of the wrong form was left out")

    def _apply(self, order: dict[str, Any]) -> None:
        now = time.monotonic()
        if order["do"] == "publish":
            self.hub.publish(order["topic"], order["event"], order["data"], order["key"], now)
        elif order["do"] == "lost":
            self.hub.lost(order["topics"], now)
        elif order["do"] == "revoke":
            self.hub.revoke(order["subject"], clock.now())
        else:
            raise ValueError(f"push cannot {order['do']!r}")


def ingest_path() -> Path:
    """The Unix datagram socket on which push takes publications."""
    return environment().run / "push.sock"


def _ingest_socket(path: Path) -> socket.socket:
    """A bound datagram socket that only its owner may write to."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    former = os.umask(0o177)
    try:
        sock.bind(str(path))
    finally:
        os.umask(former)
    sock.setblocking(False)
    return sock


async def _sweep(hub: Hub) -> None:
    while True:
        await asyncio.sleep(0.5)
        now = time.monotonic()
        hub.sweep(now, clock.now())
        if left := hub.take_wills(now):
            await asyncio.to_thread(wills.leave, left)


async def _main(host: str, port: int, uds: Path | None) -> None:
    hub = Hub(clock.now())
    loop = asyncio.get_running_loop()
    server = Server(
        application(hub, environment().hosts),
        address=host,
        port=port,
        uds=uds,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        # header_read_timeout ends idle connections that never send a request; the buffer bounds a request's head.
        http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=16_384),
        websockets=False,
        backlog=4096,
        # By default granian holds 1,024 requests at once and the next waits for ever: streams never end.
        backpressure=16_000,
        # At its level info granian writes a line on stdout for each page that goes.
        log_level=LogLevels.error,
        log_access=False,
    )
    ingest, _ = await loop.create_datagram_endpoint(lambda: Ingest(hub), sock=_ingest_socket(ingest_path()))
    sweeper = loop.create_task(_sweep(hub))
    serving = loop.create_task(server.serve())

    def end(_number: int, _frame: object) -> None:
        # loop.add_signal_handler loses a signal while the loop's wake-up socket is full: when a thousand pages leave.
        loop.call_soon_threadsafe(lambda: loop.create_task(_stop(hub, server)))

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    done, pending = await asyncio.wait((serving, sweeper), return_when=asyncio.FIRST_COMPLETED)
    ingest.close()
    for task in pending:
        task.cancel()
    for task in done:
        task.result()


async def _stop(hub: Hub, server: Server) -> None:
    # Pages that live deposit theirs anew with the next process; for those that are gone nobody else speaks.
    wills.leave(hub.take_wills(math.inf))
    hub.end_all()
    await asyncio.sleep(0.2)
    server.stop()  # type: ignore[no-untyped-call]


def run(*, host: str = "127.0.0.1", port: int = 8002, uds: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT, on a loopback port or, with `uds`, on a Unix socket."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(_main(host, port, uds))
