"""The media process' control socket (`TONGTANG_HOME/run/media.sock`): one JSON line asks, one JSON line answers.

Questions: `{"do":"poke"}` (look at the wished rooms now), `{"do":"revoke","lesson":..,"participant":..}`,
`{"do":"status"}`, `{"do":"legs","lesson":..}` (what Janus knows about each WebRTC leg of a lesson).
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

SOCKET = "media.sock"
MAX_LINE = 4096


def ask(run: Path, question: dict[str, Any], timeout_s: float = 2.0) -> dict[str, Any] | None:
    """The media process' answer, or None where no media process answers (it will look by itself within a second).

    For the web process, after commit.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        try:
            connection.connect(str(run / SOCKET))
            connection.sendall(json.dumps(question).encode() + b"\n")
            with connection.makefile("rb") as stream:
                answer = stream.readline()
        except OSError:
            return None
    return json.loads(answer) if answer else None


async def listen(run: Path, answer: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]) -> asyncio.Server:
    """Answer questions with `answer`; the socket is open to this user only."""
    path = run / SOCKET
    path.unlink(missing_ok=True)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            question = json.loads(await asyncio.wait_for(reader.readline(), 5))
            writer.write(json.dumps(await answer(question)).encode() + b"\n")
            await writer.drain()
        except (ValueError, TimeoutError, ConnectionError):
            writer.write(b'{"error":"one JSON line, please"}\n')
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, str(path), limit=MAX_LINE)
    path.chmod(0o600)
    return server
