"""Making a backup: the database's copy, the home's files, and last the manifest that makes them one."""

import fcntl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tongtang.foundation import clock
from tongtang.foundation.environment import KNOWN, Environment
from tongtang.operations.backup import manifest, postgres, sqlite
from tongtang.operations.backup.files import SETTINGS, store_files
from tongtang.operations.backup.manifest import Manifest, Stored
from tongtang.operations.backup.vault import Vault, make_key, read_key, write_whole

SQLITE, POSTGRESQL = "sqlite", "postgresql"
# Within this time every backup is kept, so that its log leads to any moment; before it one a day.
KEPT_WHOLE = timedelta(days=3)
STATUS = "last-failure"


class Busy(Exception):
    """Another backup of this home is being made."""


def open_vault(env: Environment) -> Vault:
    """The vault of this home, with a key made at the first use.

    Raises:
        WrongKey, OSError: it cannot be used.
    """
    vault_is_new = not (env.backup / "key").exists()
    if vault_is_new:
        make_key(env.backup_key)
    vault = Vault(env.backup, read_key(env.backup_key))
    vault.prepare()
    return vault


def engine_of(env: Environment) -> str:
    return urlsplit(env.database_url).scheme


def sqlite_path(env: Environment) -> Path:
    return Path("/" + unquote(urlsplit(env.database_url).path).lstrip("/"))


@contextmanager
def alone(env: Environment, *, wait: bool) -> Iterator[None]:
    """Only one process makes backups or deletes old ones.

    Raises:
        Busy: another one does, and `wait` is False.
    """
    env.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (env.run / "backup.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise Busy from error
        yield


def make_backup(env: Environment, vault: Vault, facts: Mapping[str, Any] | None = None) -> Manifest:
    """Make a backup of everything as it is now.

    Raises:
        OSError, sqlite3.Error, VaultError: it could not be made; earlier backups are as they were.
    """
    if engine_of(env) == SQLITE:
        with sqlite.reading(sqlite_path(env)) as connection:
            return of_sqlite(env, vault, connection, clock.now(), facts or {})
    return of_postgresql(env, vault, facts or {})


def of_sqlite(env: Environment, vault: Vault, connection: Any, at: datetime, facts: Mapping[str, Any]) -> Manifest:
    """A backup of what `connection`'s open transaction sees, whose moment is `at`."""
    began = time.monotonic()
    database = [sqlite.store_copy(connection, vault, env.run)]
    known = {"migrations": sqlite.migrations(connection), "counts": sqlite.counts(connection)}
    return _finish(env, vault, at, SQLITE, database, known, facts, began)


def of_postgresql(env: Environment, vault: Vault, facts: Mapping[str, Any]) -> Manifest:
    """A backup of the server; rows are counted before it, so that it holds at least what was counted."""
    began = time.monotonic()
    known = {"migrations": postgres.migrations(env.database_url), "counts": postgres.counts(env.database_url)}
    database = postgres.store_base(env.database_url, vault)
    return _finish(env, vault, clock.now(), POSTGRESQL, database, known, facts, began)


def _finish(
    env: Environment,
    vault: Vault,
    at: datetime,
    engine: str,
    database: list[Stored],
    known: Mapping[str, Any],
    facts: Mapping[str, Any],
    began: float,
) -> Manifest:
    _note_settings(env)
    former = manifest.sound(vault)
    unchanged = {stored.path: stored for stored in former[-1].files} if former else {}
    files = tuple(store_files(env, vault, unchanged))
    held = {block for one in former for block in one.blocks()}
    made = Manifest(
        name=manifest.name_at(at),
        at=at,
        engine=engine,
        migrations=known["migrations"],
        database=tuple(database),
        files=files,
        counts=known["counts"],
        facts=dict(facts),
        seconds=round(time.monotonic() - began, 2),
        added=len({block for stored in (*database, *files) for block in stored.blocks} - held),
    )
    manifest.write(vault, made)
    (vault.folder / STATUS).unlink(missing_ok=True)
    return made


def _note_settings(env: Environment) -> None:
    """Write the settings beside the secrets, to read after a disaster: with them the house can be set up again."""
    import os

    lines = [f"{name}={os.environ[name]}\n" for name in sorted(KNOWN) if name in os.environ]
    path, text = env.home / SETTINGS, "".join(lines).encode()
    if not path.exists() or path.read_bytes() != text:
        write_whole(path, text)


def note_failure(env: Environment, reason: str) -> None:
    """Leave word, where the administrators' page looks, that the last backup could not be made."""
    try:
        write_whole(env.backup / STATUS, f"{clock.now().isoformat()} {reason}".encode()[:4000])
    except OSError:
        # The disk that refused the backup refuses this too: the age of the last good one tells it.
        return


def forget_old(vault: Vault, now: datetime, days: int) -> int:
    """Delete backups that are older than `days`, and of earlier days all but the last; how many. The last one stays."""
    names = vault.records()
    last_of_day = {name[:8]: name for name in names}
    kept = {
        name
        for name in names
        if name == names[-1]
        or (age := now - manifest.moment_of(name)) <= KEPT_WHOLE
        or (age <= timedelta(days=days) and last_of_day[name[:8]] == name)
    }
    # The state at the beginning of the kept span leads on from the one before it.
    for name in set(names) - kept:
        vault.forget(name)
    remaining = manifest.sound(vault)
    if len(remaining) == len(vault.records()):
        vault.sweep({block for one in remaining for block in one.blocks()})
    return len(names) - len(kept)
