"""The clients of `bench/signin.py`, each kind in a process of its own that says what it saw and what it cost.

    python bench/signin_clients.py PORT ORDERS warm|ready|hand_over|singles|plain|staff|probe

ORDERS is the JSON file of `signin_seed.seed`. The answer is one JSON object on stdout: `failed`, `times` by kind in
seconds, `seconds` from the first to the last, `cpu` seconds of this process. `probe` asks for another page until its
stdin ends. Classrooms step back (nice) for the servers: in truth they are other machines.
"""

import asyncio
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

OTHER_PAGE = "/rooms/"
PROBE_EVERY = 0.1
AT_ONCE = 8
STEP_BACK = 15


def main() -> int:
    port, orders, work = int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), sys.argv[3]
    tally = Tally()
    if work != "probe":
        os.nice(STEP_BACK)
    began = time.monotonic()
    asyncio.run(_work(port, orders, work, tally))
    used = resource.getrusage(resource.RUSAGE_SELF)
    seen = {**asdict(tally), "seconds": time.monotonic() - began, "cpu": used.ru_utime + used.ru_stime}
    print(json.dumps(seen))
    return 0


def _work(port: int, orders: dict[str, Any], work: str, tally: "Tally") -> Coroutine[Any, Any, None]:
    if work == "probe":
        return probe(port, orders["teacher"], tally)
    if work == "staff":
        return run_staff(port, orders["staff"], tally)
    if work in ("singles", "plain"):
        return run_singles(port, orders[work], tally)
    devices = orders["devices"][:8] if work == "warm" else orders["devices"]
    return run_devices(port, devices, tally, hands_over=work == "hand_over")


@dataclass
class Tally:
    """What the clients saw. Times are in seconds."""

    failed: list[str] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=dict)

    def add(self, kind: str, began: float, status: int, wanted: int, body: bytes = b"") -> None:
        self.times.setdefault(kind, []).append(time.monotonic() - began)
        if status != wanted:
            self.failed.append(f"{kind}: {status} {body[:80]!r}")


class Line:
    """One kept-alive HTTP/1.1 connection."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        self._port, self.cookies = port, dict(cookies)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        head = [
            f"{method} {path} HTTP/1.1",
            f"Host: localhost:{self._port}",
            "Accept: text/html,application/json",
            "Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        ]
        if method == "POST":
            head += [
                f"X-CSRFToken: {self.cookies['csrftoken']}",
                f"Content-Type: {kind}",
                f"Content-Length: {len(body)}",
            ]
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        return await self._read(reader)

    async def _read(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = [line.partition(": ") for line in text.split("\r\n")[1:]]
        low = {name.lower(): value for name, _colon, value in headers}
        for name, _colon, value in headers:
            if name.lower() == "set-cookie":
                key, _, content = value.partition(";")[0].partition("=")
                self.cookies[key] = content
        if low.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(await reader.readline(), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        else:
            body = await reader.readexactly(int(low.get("content-length", "0")))
        if low.get("connection") == "close":
            self.close()
        return int(text.split(" ", 2)[1]), body

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
        self._streams = None


async def probe(port: int, cookies: dict[str, str], tally: Tally) -> None:
    """Somebody opens another page over and over until our stdin ends."""
    line, over = Line(port, cookies), threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    while not over.is_set():
        began = time.monotonic()
        status, body = await line.ask("GET", OTHER_PAGE)
        tally.add("other_page", began, status, 200, body)
        await asyncio.sleep(PROBE_EVERY)
    line.close()


async def run_devices(port: int, devices: list[dict[str, Any]], tally: Tally, *, hands_over: bool) -> None:
    await asyncio.gather(*(_hand_over(port, one, tally) if hands_over else _ready(port, one, tally) for one in devices))


async def _ready(port: int, device: dict[str, Any], tally: Tally) -> None:
    line = Line(port, device["cookies"])
    for kind, method, path in (
        ("page", "GET", "/pupils/sign-in"),
        ("pack", "GET", "/pupils/pack"),
        ("push_ticket", "POST", device["ticket"]),
    ):
        began = time.monotonic()
        status, body = await line.ask(method, path, b"{}" if method == "POST" else b"")
        tally.add(kind, began, status, 200, body)
    line.close()


async def _hand_over(port: int, device: dict[str, Any], tally: Tally) -> None:
    line, began = Line(port, device["cookies"]), time.monotonic()
    status, body = await line.ask("POST", "/pupils/sign-ins", device["batch"].encode())
    recorded = body.count(b'"recorded"')
    tally.add("hand_over", began, status if recorded == device["count"] else 0, 200, body)
    line.close()


async def run_singles(port: int, orders: list[tuple[dict[str, str], str]], tally: Tally) -> None:
    """One sign-in a request, some at the same time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(cookies: dict[str, str], batch: str) -> None:
        async with gate:
            line, began = Line(port, cookies), time.monotonic()
            status, body = await line.ask("POST", "/pupils/sign-ins", batch.encode())
            tally.add("single", began, status if b'"recorded"' in body else 0, 200, body)
            line.close()

    await asyncio.gather(*(one(*order) for order in orders))


async def run_staff(port: int, forms: list[str], tally: Tally) -> None:
    """Members of staff by the page of signing in, some at the same time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(form: str) -> None:
        async with gate:
            line, began = Line(port, {"csrftoken": "c" * 32}), time.monotonic()
            status, body = await line.ask("POST", "/sign-in", form.encode(), "application/x-www-form-urlencoded")
            tally.add("staff", began, status, 302, body)
            line.close()

    await asyncio.gather(*(one(form) for form in forms))


if __name__ == "__main__":
    sys.exit(main())
