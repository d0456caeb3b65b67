"""The real push process in a subprocess, and a page's side of it on a raw socket."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from tests.ports import free_port

from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.foundation.push import tickets
from tongtang.foundation.push.server import ingest_path

PATIENCE = 10
_sockets: list[socket.socket] = []


def close_all() -> None:
    """Close what a test opened."""
    while _sockets:
        _sockets.pop().close()


@contextmanager
def push_process() -> Iterator[int]:
    """Runs push for this test run's home; its port."""
    port = free_port()
    ingest_path().unlink(missing_ok=True)
    code = f"from tongtang.foundation.push.server import run; run(port={port})"
    env = os.environ | {"TONGTANG_HOME": str(environment().home)}
    with subprocess.Popen([sys.executable, "-c", code], env=env) as process:
        try:
            _await_port(port)
            yield port
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _await_port(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("push did not start")


def ticket_for(*topics: str, subject: str = "device:1", seconds: float = 90) -> str:
    return tickets.issue(topics=topics, subject=subject, now=clock.now(), ttl=timedelta(seconds=seconds))


def ask(port: int, head: Sequence[str], body: bytes = b"") -> tuple[int, socket.socket, bytes]:
    """Send one request; (status, socket, bytes after the head)."""
    sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
    _sockets.append(sock)
    lines = [*head, "Host: localhost", *([f"Content-Length: {len(body)}"] if body else []), "", ""]
    sock.sendall("\r\n".join(lines).encode() + body)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += sock.recv(65536)
    head_bytes, _, rest = answer.partition(b"\r\n\r\n")
    return int(head_bytes.split(b" ")[1]), sock, rest


def status_of(port: int, *head: str, body: bytes = b"") -> int:
    status, sock, _ = ask(port, head, body)
    sock.close()
    return status


def renew(port: int, ticket: str, connection: str) -> int:
    body = json.dumps({"connection": connection}).encode()
    return status_of(port, "POST /events/renew HTTP/1.1", f"Authorization: Bearer {ticket}", body=body)


def deposit(port: int, connection: str, will: str) -> int:
    """Leave a will with push for the page of this connection."""
    return status_of(port, "POST /events/will HTTP/1.1", f"X-Connection: {connection}", f"X-Will: {will}")


class Listener:
    """One page's stream. `next()` gives (event, data, id) and skips heartbeats."""

    def __init__(self, port: int, ticket: str, *, page: str = "page-1", last: str = "") -> None:
        resume = [f"Last-Event-ID: {last}"] if last else []
        head = [f"GET /events?page={page} HTTP/1.1", f"Authorization: Bearer {ticket}", *resume]
        status, self.sock, self.rest = ask(port, head)
        assert status == 200
        event, self.hello, _ = self.next()
        assert event == "hello"

    def next(self, patience: float = PATIENCE) -> tuple[str, Any, str]:
        until = time.monotonic() + patience
        while True:
            message = self._message()
            if message:
                return message
            self.sock.settimeout(max(0.01, until - time.monotonic()))
            self._fill()

    def _fill(self) -> None:
        piece = self.sock.recv(65536)
        if not piece:
            raise EOFError("push ended the stream")
        self.rest += piece

    def _message(self) -> tuple[str, Any, str] | None:
        """The next whole message of what was read. Chunk sizes stand on lines of their own between messages."""
        while b"\n\n" in self.rest:
            block, _, self.rest = self.rest.partition(b"\n\n")
            fields = dict(line.split(b": ", 1) for line in block.splitlines() if b": " in line)
            if b"event" in fields:
                return fields[b"event"].decode(), json.loads(fields[b"data"]), fields.get(b"id", b"").decode()
        return None

    def nothing_within(self, seconds: float) -> bool:
        try:
            self.next(seconds)
        except TimeoutError:
            return True
        return False

    def ends_within(self, seconds: float) -> bool:
        """Reads to the end of the answer; False where the stream still stands."""
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until and b"\r\n0\r\n\r\n" not in b"\r\n" + self.rest[-16:]:
                self.sock.settimeout(max(0.01, until - time.monotonic()))
                self._fill()
        except (EOFError, ConnectionResetError):
            return True
        except TimeoutError:
            return False
        return time.monotonic() < until

    def close(self) -> None:
        self.sock.close()
