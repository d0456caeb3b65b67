"""Copies of a SQLite database in use, and its changes as they are committed.

A copy is made by SQLite's backup interface from one read transaction: writers are never blocked. While that transaction
stays open, the write-ahead log (WAL) cannot be started over; so each committed page after the copy can be read from the
WAL, up to the last commit that its index (the -shm file) names. Formats: https://www.sqlite.org/walformat.html
"""

import os
import sqlite3
import struct
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import quote

from tongtang.foundation import clock
from tongtang.operations.backup.files import store
from tongtang.operations.backup.manifest import Patch, Stored
from tongtang.operations.backup.vault import LONGEST_ENTRY, Vault

NAME = "tongtang.sqlite3"
HEADER, WAL_HEADER, FRAME_HEADER = 48, 32, 24
BUSY_SECONDS = 20.0


class Gap(Exception):
    """The changes cannot be followed without a hole: a new copy is needed."""


@dataclass(frozen=True)
class Index:
    """The WAL index's header: `frames` committed, the database's size in `pages` after them."""

    page_size: int
    frames: int
    pages: int
    salt: bytes


def connect(path: Path) -> sqlite3.Connection:
    """A connection without implicit transactions.

    Raises:
        sqlite3.OperationalError: there is no such database.
    """
    return sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None, timeout=BUSY_SECONDS)


def store_copy(source: sqlite3.Connection, vault: Vault, folder: Path) -> Stored:
    """Store the database as `source` sees it; needs its size free in `folder` for a moment."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix="backup-", suffix=".sqlite3") as draft:
        with closing(sqlite3.connect(draft.name)) as copy:
            source.backup(copy)
        return store(vault, NAME, cast("BinaryIO", draft.file), mode=0o600, squeeze=True)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection whose view of the database stays as it is now."""
    with closing(connect(path)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        yield connection


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Rows a table."""
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    quoted = {name: name.replace('"', '""') for name in names if not name.startswith("sqlite_")}
    return {
        name: connection.execute(f'SELECT count(*) FROM "{inner}"').fetchone()[0]  # noqa: S608 names of tables
        for name, inner in quoted.items()
    }


def migrations(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Applied migrations as "app.name"."""
    try:
        rows = connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    except sqlite3.OperationalError:
        return ()
    return tuple(f"{app}.{name}" for app, name in rows)


class Following:
    """A copy's read transaction, held open, and how far the WAL after it has been read.

    One process must not open `path` otherwise while this lives: closing any descriptor of a file lets go all of the
    process's locks on it, SQLite's included. So the files are opened once and closed after the connection.
    """

    def __init__(self, path: Path, longest: int = LONGEST_ENTRY) -> None:
        """`longest`: bytes of one entry of the log; larger changes are a gap."""
        self.longest = longest
        self.connection = connect(path)
        try:
            self._shorten_wal()
            self._shm = os.open(f"{path}-shm", os.O_RDONLY)
            self._wal = os.open(f"{path}-wal", os.O_RDONLY)
            index = self._pin()
        except BaseException:
            self.connection.close()
            raise
        self.salt, self.frames, self.page_size = index.salt, index.frames, index.page_size
        self.began_at = index.frames
        self.started_over = False
        self.at = clock.now()

    def _shorten_wal(self) -> None:
        """Begin with a short WAL that holds a commit: a read transaction pins a WAL only if it reads from it."""
        self.connection.execute("PRAGMA busy_timeout = 1000")
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self.connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
        version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        self.connection.execute(f"PRAGMA user_version = {(version + 1) % 2**31}")

    def _pin(self) -> Index:
        while True:
            before = self._index()
            self.connection.execute("BEGIN")
            self.connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
            if self._index() == before:
                return before
            self.connection.execute("ROLLBACK")

    def close(self) -> None:
        self.connection.close()
        os.close(self._shm)
        os.close(self._wal)

    def _index(self) -> Index:
        """The index's header, whose two copies agree unless a commit is being written."""
        while True:
            both = os.pread(self._shm, 2 * HEADER, 0)
            if len(both) == 2 * HEADER and both[:HEADER] == both[HEADER:]:
                size, frames, pages = struct.unpack_from("=HII", both, 14)
                return Index(65536 if size == 1 else size, frames, pages, both[32:40])

    def next(self) -> tuple[datetime, list[Patch]] | None:
        """What was committed since the last call, complete at that moment; None where there is nothing.

        Raises:
            Gap: the WAL was started over more often than could be seen, or this is more than one log entry takes.
        """
        index, at = self._index(), clock.now()
        if index.salt != self.salt:
            self._start_over(index)
        if index.frames == self.frames:
            return None
        # Commits cannot be split: half of one is no database. A new copy holds them.
        if (index.frames - self.frames) * self.page_size > self.longest // 2:
            raise Gap
        pages: dict[int, bytes] = {}
        for number in range(self.frames, index.frames):
            page, data = self._frame(number)
            pages[page] = data
        self.frames = index.frames
        size = index.pages * self.page_size
        return at, [Patch(NAME, (page - 1) * self.page_size, data, size) for page, data in sorted(pages.items())]

    def _start_over(self, index: Index) -> None:
        """A WAL that is started over counts its first salt up by one; while pinned this happens once at most."""
        ours, theirs = (int.from_bytes(salt[:4], "big") for salt in (self.salt, index.salt))
        if self.started_over or self.frames != self.began_at or theirs != (ours + 1) % 2**32:
            raise Gap
        self.salt, self.frames, self.began_at, self.started_over = index.salt, 0, 0, True

    def _frame(self, number: int) -> tuple[int, bytes]:
        length = FRAME_HEADER + self.page_size
        frame = os.pread(self._wal, length, WAL_HEADER + number * length)
        if len(frame) < length or frame[8:16] != self.salt:
            raise Gap
        return int.from_bytes(frame[:4], "big"), frame[FRAME_HEADER:]

    def pinned_bytes(self) -> int:
        """How much the WAL has grown since the copy."""
        return (self.frames - self.began_at) * (self.page_size + FRAME_HEADER)


def apply(patches: list[Patch], root: Path) -> None:
    """Write the changes into the restored database."""
    handle = os.open(root / NAME, os.O_RDWR)
    try:
        for patch in patches:
            os.pwrite(handle, patch.data, patch.offset)
        if patches:
            os.ftruncate(handle, patches[-1].size)
    finally:
        os.close(handle)


def is_whole(path: Path) -> bool:
    """SQLite's own check of a database."""
    with closing(connect(path)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
