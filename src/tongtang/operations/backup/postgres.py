"""Base backups of a PostgreSQL server, its WAL as it is written, and recovery to a moment.

pg_basebackup and pg_receivewal speak the replication protocol: no access to the server's files, and no setting of the
server, is needed; its user needs the attribute REPLICATION. A base backup holds the whole server, so Tongtang has one
of its own.
"""

import os
import pwd
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, cast
from urllib.parse import quote, unquote, urlsplit

import psycopg

from tongtang.foundation import clock
from tongtang.operations.backup.files import store
from tongtang.operations.backup.manifest import Patch, Stored
from tongtang.operations.backup.sqlite import Gap
from tongtang.operations.backup.vault import Vault, VaultError

# The server keeps the WAL that we have not received under this name.
SLOT = "tongtang_archive"
SLICE = 64 * 1024
# What is taken of the WAL at once: after a long base backup, or while much is imported, more than memory holds waits.
AT_ONCE = 64 * 1024 * 1024
PARTIAL = ".partial"
# A program that outlived us would fill the disk.
WITH_US = ("setpriv", "--pdeathsig", "TERM")
RECOVERY_SECONDS = 3600
TARGET_BEYOND = "recovery ended before configured recovery target was reached"


class ServerFailed(VaultError):
    """A program of PostgreSQL failed; the message is its last words."""


def program(name: str) -> str:
    """The path of a PostgreSQL program; Debian keeps the newest ones out of the search path.

    Raises:
        ServerFailed: it is not on this machine.
    """
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    path = str(found[-1]) if found else shutil.which(name)
    if not path:
        raise ServerFailed(f"{name} is missing: install the Debian package postgresql")
    return path


def _bare(url: str = "") -> dict[str, str]:
    parts = urlsplit(url)
    password = {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", **password}


def _where(url: str) -> str:
    """The server as programs take it, without the password."""
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{user}{host}{port}{parts.path}{query}"


def store_base(url: str, vault: Vault) -> list[Stored]:
    """Store a base backup, which stands by itself: the WAL that it needs is in it.

    Raises:
        ServerFailed: pg_basebackup did.
    """
    command = [
        *WITH_US,
        program("pg_basebackup"),
        "-d",
        _where(url),
        "-D",
        "-",
        "-Ft",
        "-X",
        "fetch",
        "--checkpoint=fast",
    ]
    found = []
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, env=_bare(url), stdout=subprocess.PIPE, stderr=complaints)
        try:
            with tarfile.open(fileobj=cast("IO[bytes]", process.stdout), mode="r|") as archive:
                found = [one for member in archive if (one := _store_member(vault, archive, member))]
        except tarfile.ReadError:
            found = []
        finally:
            cast("IO[bytes]", process.stdout).close()
            code = process.wait()
        complaints.seek(0)
        if code or not found:
            raise ServerFailed(complaints.read().decode(errors="replace").strip() or "pg_basebackup wrote nothing")
    return found


def _store_member(vault: Vault, archive: tarfile.TarFile, member: tarfile.TarInfo) -> Stored | None:
    name = member.name.removeprefix("./").rstrip("/")
    if member.isdir():
        return Stored(name, mode=0o700, folder=True) if name not in ("", ".") else None
    if not member.isfile():
        raise ServerFailed(f"{name}: tablespaces outside the data folder are not backed up")
    file = archive.extractfile(member)
    return store(vault, name, cast("IO[bytes]", file), mode=0o600, squeeze=True)  # type: ignore[arg-type]


def counts(url: str) -> dict[str, int]:
    """Rows a table of the public schema, as of one moment."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        names = [str(row[0]) for row in rows]
        found = {}
        for name in names:
            statement = psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(name))
            row = connection.execute(statement).fetchone()
            found[name] = int(row[0]) if row else 0
        return found


def migrations(url: str) -> tuple[str, ...]:
    """Applied migrations as "app.name"."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    return tuple(f"{app}.{name}" for app, name in rows)


class Following:
    """The server's WAL, received into `spool` as it is written and read from there slice by slice."""

    def __init__(self, url: str, spool: Path) -> None:
        shutil.rmtree(spool, ignore_errors=True)
        spool.mkdir(mode=0o700)
        self.spool = spool
        self.sent: dict[str, list[bytes]] = {}
        self._receiver = [program("pg_receivewal"), "-d", _where(url), "--slot", SLOT]
        self._environment = _bare(url)
        self._drop_slot()
        self._run(*self._receiver, "--create-slot", "--if-not-exists")
        command = [*WITH_US, *self._receiver, "-D", str(spool), "--no-loop", "--synchronous"]
        self.words = spool.with_name("wal.words")
        with self.words.open("wb") as file:
            self.process = subprocess.Popen(command, env=self._environment, stdout=file, stderr=file)
        deadline = time.monotonic() + 30
        while not any(spool.iterdir()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise ServerFailed("pg_receivewal does not receive: the user needs REPLICATION (docs/operator.md)")
            time.sleep(0.05)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        self._drop_slot()
        shutil.rmtree(self.spool, ignore_errors=True)

    def _drop_slot(self) -> None:
        """Without the slot the server keeps no WAL for us; that there is none is as good."""
        self._run(*self._receiver, "--drop-slot")

    def _run(self, *command: str) -> None:
        subprocess.run(command, env=self._environment, capture_output=True, check=False)

    def next(self) -> tuple[datetime, list[Patch]] | None:
        """The WAL that was written since the last call, the oldest first; about `AT_ONCE` bytes of it at most.

        Raises:
            Gap: the receiver ended.
        """
        if self.process.poll() is not None:
            raise Gap(self.words.read_text(errors="replace")[-500:])
        at, patches, taken = clock.now(), [], 0
        found = sorted(self.spool.glob("[0-9A-F]*"))
        for number, path in enumerate(found):
            if taken >= AT_ONCE:
                break
            changes = self._changes(path)
            patches += changes
            taken += sum(len(patch.data) for patch in changes)
            # The receiver still has a hand on a file that it completed this moment: the newest two stay.
            if number < len(found) - 2:
                path.unlink(missing_ok=True)
                self.sent.pop(path.name, None)
        return (at, patches) if patches else None

    def _changes(self, path: Path) -> list[Patch]:
        name = path.name.removesuffix(PARTIAL)
        try:
            data = path.read_bytes()
        except FileNotFoundError:  # renamed this moment: read at the next call
            return []
        former = self.sent.setdefault(name, [])
        patches = []
        for number, start in enumerate(range(0, len(data), SLICE)):
            piece = data[start : start + SLICE]
            digest = sha256(piece).digest()
            if number == len(former):
                former.append(b"")
            if former[number] != digest:
                former[number] = digest
                if piece.strip(b"\0"):
                    patches.append(Patch(f"pg_wal/{name}", start, piece, len(data)))
        return patches

    def pinned_bytes(self) -> int:
        """What the server keeps for us is freed as we receive it."""
        return 0


def apply(patches: list[Patch], root: Path) -> None:
    """Write received WAL into the restored data folder."""
    for patch in patches:
        handle = os.open(root / patch.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.pwrite(handle, patch.data, patch.offset)
            os.ftruncate(handle, max(patch.size, os.fstat(handle).st_size))
        finally:
            os.close(handle)


def _as_server_user() -> list[str]:
    """PostgreSQL refuses root: become `postgres` then."""
    if os.geteuid():
        return [*WITH_US]
    return [*WITH_US, "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _give_to_server_user(folder: Path) -> None:
    if os.geteuid():
        return
    account = pwd.getpwnam("postgres")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid)


def recover(data: Path, to: datetime | None) -> None:
    """Bring a restored data folder to the moment `to` (None: as far as its WAL reaches) and leave it stopped.

    Raises:
        ServerFailed: the server could not.
    """
    data.chmod(0o700)
    for folder in ("pg_wal", "pg_wal/archive_status"):
        (data / folder).mkdir(exist_ok=True, mode=0o700)
    (data / "recovery.signal").touch(mode=0o600)
    try:
        with running(data, to):
            return
    except ServerFailed as failed:
        if to is None or TARGET_BEYOND not in str(failed):
            raise
    # Nothing was committed between `to` and the end of the WAL: its end is the same state.
    with running(data, None):
        return


@contextmanager
def running(data: Path, to: datetime | None = None) -> Iterator[str]:
    """A server on `data`, reachable by nobody else; its socket folder."""
    _give_to_server_user(data)
    folder = Path(tempfile.mkdtemp(prefix="tongtang-restore-"))
    try:
        (folder / "postgresql.conf").write_text(_settings(folder, to), encoding="utf-8")
        (folder / "pg_hba.conf").write_text("local all all trust\n", encoding="ascii")
        (folder / "pg_ident.conf").touch()
        _give_to_server_user(folder)
        start = [program("postgres"), "-D", str(data), "-c", f"config_file={folder}/postgresql.conf"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*_as_server_user(), *start], env=_bare(), cwd=folder, stdout=log, stderr=log, start_new_session=True
            )
        try:
            _await(process, folder)
            yield str(folder)
        finally:
            process.terminate()
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settings(folder: Path, to: datetime | None) -> str:
    lines = [
        "listen_addresses = ''",
        f"unix_socket_directories = '{folder}'",
        "unix_socket_permissions = 0700",
        f"hba_file = '{folder}/pg_hba.conf'",
        f"ident_file = '{folder}/pg_ident.conf'",
        "hot_standby = off",
        "archive_mode = off",
        "restore_command = 'false'",
        "recovery_target_action = promote",
        *([f"recovery_target_time = '{to.isoformat()}'"] if to else []),
    ]
    return "\n".join(lines) + "\n"


def _await(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    ask = [program("pg_isready"), "-q", "-h", str(folder)]
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if subprocess.run(ask, env=_bare(), check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise ServerFailed((folder / "log").read_text(errors="replace")[-2000:])


def url_at(url: str, socket_folder: str) -> str:
    """`url` with the server at `socket_folder` in place of its own."""
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    return f"postgresql://{user}{parts.path}?host={quote(socket_folder)}"
