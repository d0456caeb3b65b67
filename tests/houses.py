"""Real processes of a house of their own: a home, a free port, and the `tongtang` command."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.ports import free_port

START_SECONDS = 60


@dataclass
class House:
    """A home on this machine; the pages' own tests use Django's client, these use what an operator has."""

    home: Path
    port: int
    variables: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("TONGTANG_")}
        return {**own, "TONGTANG_HOME": str(self.home), "TONGTANG_PORT": str(self.port), **self.variables}

    def tongtang(self, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run one command to its end."""
        environment = {**self.environment(), **variables}
        command = [sys.executable, "-m", "tongtang", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    def serve(self) -> "subprocess.Popen[str]":
        """Start the supervisor and wait until it says that it is ready."""
        with (self.home.parent / f"{self.home.name}.out").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tongtang", "serve"], env=self.environment(), stdout=log, stderr=log, text=True
            )
        wait_for(lambda: f":{self.port}/" in self.said() or process.poll() is not None, START_SECONDS)
        return process

    def said(self) -> str:
        return (self.home.parent / f"{self.home.name}.out").read_text(encoding="utf-8")

    def pid(self, name: str) -> int:
        """The process id of a supervised process; 0 while it is down."""
        try:
            return int((self.home / "run" / f"{name}.pid").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    def processes(self) -> list[str]:
        """Command lines of all living processes of this home; nginx overwrites its variables, its command names it."""
        marks = (f"TONGTANG_HOME={self.home}\0".encode(), f"{self.home}/run/nginx".encode())
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                command = (path / "cmdline").read_bytes()
                if marks[0] in (path / "environ").read_bytes() or marks[1] in command:
                    found.append(command.replace(b"\0", b" ").decode(errors="replace"))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        return found

    def kill_all(self) -> None:
        """End every living process that was started for this home, by its id."""
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if f"TONGTANG_HOME={self.home}\0".encode() in path.read_bytes():
                    os.kill(int(path.parent.name), signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue

    def is_gone(self) -> bool:
        """No process of this home lives, and nobody listens on its port."""
        with socket.socket() as probe:
            refused = probe.connect_ex(("127.0.0.1", self.port)) != 0
        return refused and self.processes() == []


def wait_for(condition: Callable[[], object], seconds: float = 20) -> bool:
    """Whether `condition` became true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def fresh_house() -> Iterator[House]:
    """A house with a home not made yet; whatever of its processes is left at the end is killed."""
    # Not tmp_path: a Unix socket's path must be short.
    folder = Path(mkdtemp(prefix="tt-"))
    made = House(folder / "h", free_port())
    try:
        yield made
    finally:
        made.kill_all()


@cache
def _migrated_home() -> Path:
    """A home with an empty database, made once in this process."""
    folder = Path(mkdtemp(prefix="tt-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    done = House(folder / "h", free_port()).tongtang("migrate")
    assert done.returncode == 0, done.stderr
    return folder / "h"


def furnish(house: House) -> None:
    """Give it a home as `tongtang migrate` leaves one, for tests of something else than that."""
    shutil.copytree(_migrated_home(), house.home)
