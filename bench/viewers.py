"""CPU of nginx for each further HLS viewer.

A viewer is a kept connection with a session cookie of its own that asks for the playlist and for the newest segment
once a second: what a player of 1 s segments does. The viewers are raw sockets in one epoll loop of another process,
which lets the kernel drop the segments' bytes, so that the clients are cheap and their work is not counted.
"""

import heapq
import multiprocessing
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.media import Measured, slope

from tongtang.classroom.media import playlist
from tongtang.classroom.media.tests.house import eventually

LESSON = "00000000-0000-4000-8000-000000000003"
COUNTS = (100, 300, 600)
SETTLE_S, MEASURE_S = 3, 8
BUFFER = 262_144


def measure(house: Measured, film: Path) -> dict[str, Any]:
    """CPU of nginx in percent of a core at each number of viewers, and its slope a viewer."""
    house.wish({"lesson_id": LESSON, "source": "file", "file": str(film)})
    eventually(lambda: len(_timeline(house.home).segments) >= 4, 20)
    rows = [_at(house, count) for count in COUNTS]
    house.wish()
    each = slope([(row["viewers"], row["percent"]) for row in rows])
    return {
        "nginx_cpu_percent": {str(row["viewers"]): round(row["percent"], 1) for row in rows},
        "requests_per_s_each": round(rows[-1]["requests"], 2),
        "kbit_per_s_each": round(rows[-1]["kbit"]),
        "late_requests": sum(row["late"] for row in rows),
        "rights_asked_per_s_each": round(rows[-1]["asked"], 2),
        "cpu_percent_each": round(each, 4),
        "viewers_per_core": round(100 / each),
    }


def _timeline(home: Path) -> playlist.Timeline:
    path = home / "media" / "live" / LESSON / "live.m3u8"
    return playlist.read(path.read_text(encoding="utf-8")) if path.exists() else playlist.Timeline()


def _at(house: Measured, count: int) -> dict[str, float]:
    """Rates a viewer over the measured seconds, with `count` viewers."""
    with _watching(house, count) as pipe:
        time.sleep(SETTLE_S)
        before, spent, passed, began = _tallied(pipe), house.nginx_cpu, house.door.passed, time.monotonic()
        time.sleep(MEASURE_S)
        after, spent, passed = _tallied(pipe), house.nginx_cpu - spent, house.door.passed - passed
        seconds = time.monotonic() - began
    each = seconds * count
    return {
        "viewers": count,
        "percent": 100 * spent / seconds,
        "requests": (after.answered - before.answered) / each,
        "kbit": (after.received - before.received) * 8 / 1000 / each,
        "late": after.late - before.late,
        "asked": passed / each,
    }


@contextmanager
def _watching(house: Measured, count: int) -> Iterator[Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=watch, args=(theirs, house.port, house.home, count))
    process.start()
    try:
        if not ours.poll(20):
            raise SystemExit("the viewers did not connect within 20 s")
        ours.recv()
        yield ours
        ours.send("end")
        process.join(10)
    finally:
        process.kill()


@dataclass
class Tally:
    """Since the start: requests answered in full, those late (no answer within a second), bytes of bodies."""

    answered: int = 0
    late: int = 0
    received: int = 0


def _tallied(pipe: Connection) -> Tally:
    pipe.send("tally")
    if not pipe.poll(10):
        raise SystemExit("the viewers do not answer")
    try:
        tally: Tally = pipe.recv()
    except EOFError as error:
        raise SystemExit("the viewers ended early; their reason stands above") from error
    return tally


@dataclass
class Viewer:
    """One connection. `left` counts the bytes still to come, -1 while the head is read."""

    sock: socket.socket
    cookie: str
    left: int = 0
    head: bytes = b""
    busy: bool = False
    then: str = ""

    def ask(self, path: str, then: str = "") -> None:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={self.cookie}\r\nAccept-Encoding: gzip\r\n"
        self.sock.sendall(f"{head}\r\n".encode())
        self.left, self.head, self.busy, self.then = -1, b"", True, then


@dataclass
class Crowd:
    """All viewers of one process and what is due next."""

    home: Path
    viewers: dict[int, Viewer] = field(default_factory=dict)
    due: list[tuple[float, int]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    newest: str = ""
    buffer: bytearray = field(default_factory=lambda: bytearray(BUFFER))

    def look(self) -> None:
        """Learn the newest segment from the playlist's file: the viewers' own copies are not unpacked."""
        self.newest = f"/live/{LESSON}/{_timeline(self.home).segments[-1].uri}"

    def ask_due(self) -> None:
        now = time.monotonic()
        while self.due and self.due[0][0] <= now:
            moment, handle = heapq.heappop(self.due)
            heapq.heappush(self.due, (moment + 1, handle))
            if self.viewers[handle].busy:
                self.tally.late += 1
            else:
                self.viewers[handle].ask(f"/live/{LESSON}/live.m3u8", then=self.newest)

    def take(self, viewer: Viewer) -> None:
        """Read what has come; at the end of the playlist ask for the segment."""
        if viewer.left < 0:
            done = self._take_head(viewer)
        else:
            # On Linux, MSG_TRUNC drops a stream's bytes in the kernel.
            count = viewer.sock.recv_into(self.buffer, min(viewer.left, BUFFER), socket.MSG_TRUNC)
            viewer.left -= count
            self.tally.received += count
            done = viewer.left == 0
            if not count:
                raise SystemExit("nginx ended a connection")
        if done:
            self.tally.answered += 1
            viewer.busy = False
            if viewer.then:
                viewer.ask(viewer.then)

    def _take_head(self, viewer: Viewer) -> bool:
        viewer.head += viewer.sock.recv(4096)
        head, end, body = viewer.head.partition(b"\r\n\r\n")
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"nginx answered {head[:60]!r}")
        if b"Content-Length: " not in head:
            done = body.endswith(b"0\r\n\r\n")
            self.tally.received += len(body) if done else 0
            return done
        viewer.left = int(head.split(b"Content-Length: ", 1)[1].split(b"\r\n", 1)[0]) - len(body)
        self.tally.received += len(body)
        return viewer.left == 0


def watch(pipe: Connection, port: int, home: Path, count: int) -> None:
    """The viewers' process: `tally` through the pipe is answered with the tally, `end` ends it."""
    crowd, poller = Crowd(home), select.epoll()
    crowd.look()
    begin = time.monotonic() + 0.5
    for number in range(count):
        sock = socket.create_connection(("127.0.0.1", port), 10)
        viewer = crowd.viewers[sock.fileno()] = Viewer(sock, f"viewer-{number}")
        heapq.heappush(crowd.due, (begin + number / count, viewer.sock.fileno()))
        poller.register(sock, select.EPOLLIN)
    pipe.send("connected")
    poller.register(pipe.fileno(), select.EPOLLIN)
    look_at = time.monotonic()
    while True:
        for handle, _ in poller.poll(0.01):
            if handle != pipe.fileno():
                crowd.take(crowd.viewers[handle])
            elif pipe.recv() == "tally":
                pipe.send(crowd.tally)
            else:
                return
        crowd.ask_due()
        if time.monotonic() >= look_at:
            crowd.look()
            look_at = time.monotonic() + 0.2
