"""Run a command beside a PostgreSQL of its own: `python tools/with_postgres.py COMMAND...`.

The server has its data and its socket in a temporary folder, no TCP port, and ends with the command, whose exit code is
passed on. The command finds it in TONGTANG_DATABASE_URL. Durability is off: the data live as long as the command.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 30
# Whoever waits a minute for a lock is told so: a transaction that a test left open would hang the next test.
SETTINGS = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=60",
    "lock_timeout=60s",
)
# For measurements: what is acknowledged is on the disk.
LASTING = ("listen_addresses=", "max_connections=60")


def programs() -> Path:
    """The folder of the newest PostgreSQL server on this machine; Debian keeps it out of the search path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found:
        sys.exit("with_postgres: no PostgreSQL server here; install the Debian package postgresql (make test does)")
    return found[-1].parent


def as_server_user() -> list[str]:
    """PostgreSQL refuses root: become `postgres` then, and end with this process in any case."""
    end_with_us = ["setpriv", "--pdeathsig", "INT"]
    return (
        [*end_with_us, "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else end_with_us
    )


@contextmanager
def server(settings: Sequence[str] = SETTINGS) -> Iterator[str]:
    """A running server with an empty database and `settings` (name=value); yields its URL."""
    folder = Path(tempfile.mkdtemp(prefix="tongtang-pg-"))
    try:
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
        bare = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        make = [str(programs() / "initdb"), "-D", str(folder / "data"), "-U", "tongtang", "-A", "trust"]
        _run([*as_server_user(), *make, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], folder, bare)
        options = [word for setting in settings for word in ("-c", setting)]
        start = [str(programs() / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *options]
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen([*as_server_user(), *start], cwd=folder, env=bare, stdout=log, stderr=log)
        try:
            _await_answer(process, folder)
            yield f"postgresql://tongtang@/postgres?host={folder}"
        finally:
            process.terminate()
            _end(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"with_postgres: {command[-1]} failed:\n{done.stdout}{done.stderr}")


def _await_answer(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    ask = [str(programs() / "pg_isready"), "-q", "-h", str(folder)]
    for _turn in range(START_SECONDS * 10):
        if process.poll() is not None:
            break
        if subprocess.run(ask, check=False).returncode == 0:
            return
        time.sleep(0.1)
    sys.exit(f"with_postgres: the server does not answer:\n{(folder / 'server.log').read_text(errors='replace')}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 2
    with server() as url:
        try:
            return subprocess.run(
                sys.argv[1:], env={**os.environ, "TONGTANG_DATABASE_URL": url}, check=False
            ).returncode
        except KeyboardInterrupt:
            return 130


if __name__ == "__main__":
    sys.exit(main())
