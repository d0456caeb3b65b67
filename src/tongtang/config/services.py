"""The processes of a home, in the order in which they start."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from tongtang.config import nginx, tls
from tongtang.config.addresses import EVENTS, RUSH, SIGNALLING, WEB
from tongtang.config.supervisor import Service
from tongtang.config.words import gettext as _
from tongtang.foundation.environment import Environment

PROBE_SECONDS = 5.0
_PROGRAMS = (
    (("janus",), _("no lesson from a camera, no classroom on stage")),
    (("janus-pp-rec",), _("no recordings")),
    (("ffmpeg",), _("no lesson for many classrooms and no recordings")),
    (("pdftoppm",), _("no slides from PDF files")),
    (("soffice",), _("no slides from PPTX files")),
)


def services(env: Environment) -> list[Service]:
    """All processes of `env`; the front door comes last, so that its first page finds everything behind it."""
    return [
        Service("web", _own("web"), _answers(WEB.path(env))),
        Service("rush", _own("web", "--rush"), _answers(RUSH.path(env))),
        Service("push", _own("push"), _answers(EVENTS.path(env))),
        Service("worker", _own("worker"), _at_once),
        Service("media", _own("media"), _answers(SIGNALLING.path(env)), _media_lacks),
        *([Service("archive", _own("archive"), _at_once)] if env.backup_hours else []),
        Service("nginx", lambda: nginx.command(env), lambda: _listens(env), _nginx_lacks),
    ]


def _own(*words: str) -> Callable[[], list[str]]:
    return lambda: [sys.executable, "-m", "tongtang", *words]


def _nginx_lacks() -> str:
    return "" if nginx.program() else _("the Debian package nginx is missing, run `make setup`")


def _media_lacks() -> str:
    return "" if shutil.which("ffmpeg") or shutil.which("janus") else _("no live video without janus and ffmpeg")


def shortcomings() -> Iterator[str]:
    """What cannot be done on this machine, a sentence each; everything else goes on."""
    for names, loss in _PROGRAMS:
        missing = [name for name in names if not shutil.which(name)]
        if missing:
            yield _("%(names)s missing: %(loss)s (`make setup` installs it)") % {
                "names": ", ".join(missing),
                "loss": loss,
            }
    if not tls.lan_addresses():
        yield _("no address but loopback: lessons go out as HLS, a few seconds late, instead of WebRTC")


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
