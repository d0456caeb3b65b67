"""The processes of a home, in the order in which they start."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from tongtang.config import nginx
from tongtang.config.addresses import EVENTS, SIGNALLING, WEB
from tongtang.config.supervisor import Service
from tongtang.config.words import gettext as _
from tongtang.foundation.environment import Environment

PROBE_SECONDS = 5.0


def services(env: Environment) -> list[Service]:
    """All processes of `env`; the front door comes last, so that its first page finds everything behind it."""
    return [
        Service("web", _own("web"), _answers(WEB.path(env))),
        Service("push", _own("push"), _answers(EVENTS.path(env))),
        Service("worker", _own("worker"), _at_once),
        Service("media", _own("media"), _answers(SIGNALLING.path(env)), _media_lacks),
        Service("nginx", lambda: nginx.command(env), lambda: _listens(env), _nginx_lacks),
    ]


def _own(name: str) -> Callable[[], list[str]]:
    return lambda: [sys.executable, "-m", "tongtang", name]


def _nginx_lacks() -> str:
    return "" if nginx.program() else _("the Debian package nginx is missing, run `make setup`")


def _media_lacks() -> str:
    missing = [name for name in ("janus", "ffmpeg") if not shutil.which(name)]
    return _("no live video without %(names)s, run `make setup`") % {"names": ", ".join(missing)} if missing else ""


async def _at_once() -> bool:
    return True


def _answers(path: Path) -> Callable[[], Awaitable[bool]]:
    """Whether an HTTP request on the Unix socket `path` is answered: a bound socket alone is no ready process."""

    async def probe() -> bool:
        try:
            reader, writer = await asyncio.open_unix_connection(str(path))
        except OSError:
            return False
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        try:
            return (await asyncio.wait_for(reader.read(5), PROBE_SECONDS)).startswith(b"HTTP/")
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()

    return probe


async def _listens(env: Environment) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(env.bind, env.bind)  # noqa: S104 - compared, not bound
    try:
        _reader, writer = await asyncio.open_connection(host, env.port)
    except OSError:
        return False
    writer.close()
    return True
