"""Class 12: the signalling of sound and picture is for this house's pages, with a ticket of its own, within bounds."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.sync.client import unix_connect
from websockets.typing import Origin

from tests.hostile.samples import ORIGINS
from tongtang.classroom.media.proxy import MAX_MESSAGE, REDEEM_WITHIN_S, Doors, Proxy
from tongtang.classroom.media.tickets import Grant, Right, UsedTickets, issue_ticket
from tongtang.foundation.push.tests.listener import ticket_for


@pytest.fixture(scope="module")
def signalling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The signalling proxy on its socket, without a media server behind it."""
    folder = tmp_path_factory.mktemp("rtc")
    path, stop, ready = folder / "rtc.sock", Event(), Event()

    async def serve() -> None:
        async def refusal(grant: Grant) -> str | None:
            return None

        used = UsedTickets(folder / "used", time.time())
        proxy = Proxy(
            secret="s", used=used, hosts=["localhost", ".house.example"], doors=Doors(refusal, lambda _l: [], lambda: 1)
        )
        await proxy.start(path)
        ready.set()
        while not stop.is_set():
            await asyncio.sleep(0.05)
        await proxy.stop()
        used.close()

    with ThreadPoolExecutor(1) as pool:
        serving = pool.submit(asyncio.run, serve())
        assert ready.wait(5)
        yield str(path)
        stop.set()
        serving.result(10)


def room_ticket(**more: Any) -> str:
    given = {"lesson": "l1", "participant": "p1", "display": "一班", "right": Right.RECEIVE, "subject": "device:1"}
    return issue_ticket("s", **{**given, "now": time.time(), **more})


def redeemed(**more: Any) -> str:
    return json.dumps({"tongtang": "redeem", "ticket": room_ticket(), **more})


@pytest.mark.parametrize("name", ORIGINS)
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_signalling_is_for_the_houses_own_pages(signalling: str, name: str, host: str) -> None:
    """Also where the page and the host agree, but the host is not ours: a name that was made to point here."""
    with pytest.raises((InvalidStatus, InvalidMessage), match=r"403|400|431|did not receive"):
        unix_connect(signalling, f"ws://{host}/rtc", origin=Origin(ORIGINS[name]), compression=None)
    with pytest.raises(InvalidStatus, match="403"):
        unix_connect(signalling, "ws://evil.example/rtc", origin=Origin("http://evil.example"), compression=None)


MESSAGES: dict[str, Callable[[], str | bytes]] = {
    "nothing": lambda: "",
    "no JSON": lambda: "x",
    "a list": lambda: "[]",
    "a number": lambda: "7",
    "null": lambda: "null",
    "deep": lambda: "[" * 20_000,
    "deep objects": lambda: '{"a":' * 5000,
    "bytes": lambda: b"\x00\xff",
    "no ticket": lambda: redeemed(ticket=None),
    "a ticket that is a list": lambda: redeemed(ticket=[]),
    "a ticket that is an object": lambda: redeemed(ticket={}),
    "an empty ticket": lambda: redeemed(ticket=""),
    "a ticket in Chinese": lambda: redeemed(ticket="票.票"),
    "a long ticket": lambda: redeemed(ticket="a" * 20_000),
    "another secret": lambda: redeemed(
        ticket=issue_ticket(
            "t", lesson="l1", participant="p", display="", right=Right.RECEIVE, subject="", now=time.time()
        )
    ),
    "an old one": lambda: redeemed(ticket=room_ticket(now=time.time() - 100)),
    "one of the future": lambda: redeemed(ticket=room_ticket(now=time.time() + 100)),
    "somebody's": lambda: redeemed(ticket=room_ticket(cookie="the browser of another")),
    "for another lesson": lambda: redeemed(lesson="l2"),
    "a lesson that is a list": lambda: redeemed(lesson=["l1"]),
    "a ticket of push": lambda: redeemed(ticket=ticket_for("a:1")),
    "cut": lambda: redeemed(ticket=room_ticket()[:-1]),
    "Janus at once": lambda: json.dumps({"janus": "create", "transaction": "x"}),
    "admin": lambda: json.dumps({"janus": "info", "admin_secret": "x", "transaction": "x"}),
    "too large": lambda: "x" * (MAX_MESSAGE + 1),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_signalling_lets_nobody_in_without_a_ticket_of_its_own(signalling: str, name: str) -> None:
    with unix_connect(signalling, "ws://localhost/rtc", origin=Origin("http://localhost"), compression=None) as one:
        began = time.monotonic()
        one.send(MESSAGES[name]())
        said = ""
        with pytest.raises(ConnectionClosed) as closed:
            said = one.recv(REDEEM_WITHIN_S)
            one.recv(2)
        assert "redeemed" not in said
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code in (4403, 1009)
        assert time.monotonic() - began < 2


def test_signalling_lets_in_whoever_has_one_once(signalling: str) -> None:
    """The media server is missing here: whoever got in hears of that, and nobody else does."""
    shown, codes = redeemed(), []
    for _time in range(2):
        with unix_connect(signalling, "ws://localhost/rtc", origin=Origin("http://localhost"), compression=None) as one:
            one.send(shown)
            with pytest.raises(ConnectionClosed) as closed:
                one.recv(2)
                one.recv(2)
            codes.append(closed.value.rcvd.code if closed.value.rcvd else 0)
    assert codes == [4503, 4403]


def test_there_are_enough_samples() -> None:
    assert len(ORIGINS) >= 20
    assert len(MESSAGES) >= 20
