"""One supervisor for all processes of a home: starts them in order, restarts what dies, leaves none behind.

Every child leads its own process group, dies with the supervisor (PR_SET_PDEATHSIG), and writes to `logs/<name>.log`.
The supervisor is the reaper of its descendants, so that a grandchild whose parent was killed is found and ended too.
"""

import asyncio
import ctypes
import errno
import fcntl
import logging
import os
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tongtang.config.cli import Refused
from tongtang.config.words import gettext as _
from tongtang.foundation.environment import Environment

PR_SET_CHILD_SUBREAPER = 36
FIRST_DELAY, LONGEST_DELAY = 0.2, 30.0
STEADY_SECONDS = 60.0
STOP_SECONDS = 10.0
LOG_BYTES, LOG_FILES = 8_000_000, 3


@dataclass(frozen=True)
class Service:
    """One process to keep alive.

    `command` and `lacks` are asked at every start: `lacks` gives the reason why the service cannot run here, or "".
    `ready` tells whether it answers; `start_seconds` is how long the others wait for it.
    """

    name: str
    command: Callable[[], list[str]]
    ready: Callable[[], Awaitable[bool]]
    lacks: Callable[[], str] = lambda: ""
    start_seconds: float = 30.0


@dataclass
class Child:
    """A service and what the supervisor knows of its process."""

    service: Service
    log: logging.Logger
    process: asyncio.subprocess.Process | None = None
    output: asyncio.ReadTransport | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    complained: bool = False
    last_words: deque[str] = field(default_factory=lambda: deque(maxlen=50))


def say(sentence: str) -> None:
    print(f"tongtang: {sentence}", file=sys.stderr, flush=True)


def supervise(env: Environment, services: Sequence[Service], on_ready: Callable[[], None]) -> None:
    """Run `services` until SIGINT, SIGTERM or SIGHUP; calls `on_ready` when each has started or failed to.

    Raises:
        Refused: the port is taken, or another supervisor serves this home.
    """
    lock = _lock(env)
    require_free_port(env)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        asyncio.run(_Supervisor(env, services).run(on_ready))
    finally:
        end_descendants(spare=set())
        os.close(lock)


def _lock(env: Environment) -> int:
    """Hold the home: two supervisors would share sockets and a database's jobs."""
    path = env.run / "supervisor.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = path.read_text(encoding="ascii").strip() or "?"
        os.close(handle)
        words = _("%(home)s is served already, by process %(pid)s: stop that one or set TONGTANG_HOME")
        raise Refused(words % {"home": env.home, "pid": holder}) from None
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle


def require_free_port(env: Environment) -> None:
    """Raises Refused when the front door's address cannot be taken."""
    family = socket.AF_INET6 if ":" in env.bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((env.bind, env.port))
        except OSError as error:
            raise Refused(_port_words(error) % {"bind": env.bind, "port": env.port}) from None


def _port_words(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return _("port %(port)s is in use by another program: stop it or set TONGTANG_PORT to a free one")
    if error.errno == errno.EACCES:
        return _("port %(port)s may be opened by root only: set TONGTANG_PORT to 1024 or higher")
    return _("TONGTANG_BIND=%(bind)s is not an address of this machine")


class _Supervisor:
    """The children of one home, while they run."""

    def __init__(self, env: Environment, services: Sequence[Service]) -> None:
        self.env = env
        self.children = [Child(service, _log(env, service.name)) for service in services]
        self.stopping = asyncio.Event()
        # A sweep for orphans must not meet a child that is forked but not yet known.
        self.forking = asyncio.Lock()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Start the children in order, then watch them until a signal."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)
        keepers = []
        for child in self.children:
            keepers.append(asyncio.create_task(self._keep(child)))
            await self._settle(child)
        if not self.stopping.is_set():
            on_ready()
        await _first(self.stopping.wait(), *keepers)
        self.stopping.set()
        await asyncio.gather(*(_end(child.process) for child in self.children))
        await asyncio.gather(*keepers)

    def _on_signal(self) -> None:
        """The first signal ends the children in good order, a second one at once."""
        if self.stopping.is_set():
            for child in self.children:
                if child.process is not None:
                    kill_group(child.process.pid)
        self.stopping.set()

    async def _settle(self, child: Child) -> None:
        seconds = child.service.start_seconds
        await _first(child.settled.wait(), self.stopping.wait(), timeout=seconds)
        if not child.settled.is_set() and not self.stopping.is_set():
            _complain(child, _("no answer after %(seconds)d s") % {"seconds": seconds})

    async def _keep(self, child: Child) -> None:
        """Start, watch and restart one service until the stop."""
        delay = FIRST_DELAY
        while not self.stopping.is_set():
            began = time.monotonic()
            reason = child.service.lacks() or await self._run_once(child)
            if self.stopping.is_set():
                return
            if time.monotonic() - began > STEADY_SECONDS:
                delay = FIRST_DELAY
            _complain(child, reason)
            child.settled.set()
            await _first(self.stopping.wait(), timeout=delay)
            delay = min(delay * 2, LONGEST_DELAY)

    async def _run_once(self, child: Child) -> str:
        """Start the service and see it through to its end; how it ended."""
        async with self.forking:
            process = child.process = await _start(self.env, child)
        pid_file = self.env.run / f"{child.service.name}.pid"
        pid_file.write_text(f"{process.pid}\n", encoding="ascii")
        watcher = asyncio.create_task(_watch_ready(child))
        if self.stopping.is_set():
            await _end(process)
        code = await process.wait()
        pid_file.unlink(missing_ok=True)
        watcher.cancel()
        kill_group(process.pid)
        async with self.forking:
            end_descendants(spare={other.process.pid for other in self.children if other.process})
        # What it wrote last is in the pipe still.
        await asyncio.sleep(0.05)
        if child.output is not None:
            child.output.close()
        return _ending(code, child)


async def _first(*waits: Awaitable[object], timeout: float | None = None) -> None:
    """Wait for the first of `waits`; leaves tasks running, ends what it made itself."""
    own = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(own, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for task, wait in zip(own, waits, strict=True):
        if task is not wait:
            task.cancel()


async def _start(env: Environment, child: Child) -> asyncio.subprocess.Process:
    """Start the service with its output going to the child's log.

    The pipe is our own: asyncio would take a process for alive as long as a grandchild holds its output open.
    """
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *["setpriv", "--pdeathsig", "TERM", *child.service.command()],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            process_group=0,
            env={**os.environ, "TONGTANG_HOME": str(env.home), "PYTHONUNBUFFERED": "1"},
        )
    finally:
        os.close(writing)
    pipe = os.fdopen(reading, "rb", buffering=0)
    child.output, _protocol = await asyncio.get_running_loop().connect_read_pipe(lambda: _Lines(child), pipe)
    return process


class _Lines(asyncio.Protocol):
    """Moves a child's output into its log, line by line."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, rest = (self.rest + data).split(b"\n")
        # A line without an end must not grow for ever.
        self.rest = rest[-65_536:]
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            if text:
                self.child.last_words.append(text)
                self.child.log.info("%s", text)


async def _end(process: asyncio.subprocess.Process | None) -> None:
    """SIGTERM to a process, time to end what it started itself, then SIGKILL to its group."""
    if process is None or process.returncode is not None:
        return
    process.terminate()
    await _first(process.wait(), timeout=STOP_SECONDS)
    kill_group(process.pid)


def _complain(child: Child, reason: str) -> None:
    """One line for what does not run; the tries that follow are in its log."""
    child.log.warning("supervisor: %s", reason)
    if not child.complained:
        say(_("%(name)s does not run: %(reason)s. It is tried again.") % {"name": child.service.name, "reason": reason})
    child.complained = True


def _ending(code: int, child: Child) -> str:
    how = _("killed by %(signal)s") % {"signal": signal.Signals(-code).name} if code < 0 else _("it ended")
    words = next((line for line in reversed(child.last_words) if "rror" in line), "") if code >= 0 else ""
    return f"{how} ({words})" if words else how


async def _watch_ready(child: Child) -> None:
    """Announce the service once it answers."""
    while not await child.service.ready():
        await asyncio.sleep(0.1)
    if child.complained:
        say(_("%(name)s runs again.") % {"name": child.service.name})
    child.complained = False
    child.settled.set()


def kill_group(leader: int) -> None:
    """SIGKILL to what is left of a process group."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def end_descendants(spare: set[int]) -> None:
    """SIGKILL to every descendant of this process but `spare` and what these started, until none is left."""
    deadline = time.monotonic() + STOP_SECONDS
    while (found := _descendants(spare)) and time.monotonic() < deadline:
        for pid in found:
            _kill_and_reap(pid)
        time.sleep(0.02)


def _descendants(spare: set[int]) -> list[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
            continue
        children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found: list[int] = []
    queue = [os.getpid()]
    while queue:
        fresh = [pid for pid in children.get(queue.pop(), []) if pid not in spare]
        found += fresh
        queue += fresh
    return found


def _kill_and_reap(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, os.WNOHANG)
    except (ProcessLookupError, ChildProcessError):  # ended, or the child of another descendant
        return


def _log(env: Environment, name: str) -> logging.Logger:
    handler = RotatingFileHandler(env.logs / f"{name}.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger(f"tongtang.child.{name}")
    log.propagate = False
    log.setLevel(logging.INFO)
    log.handlers[:] = [handler]
    return log
