"""Putting a backup back: chosen, checked, written beside what is there, and only then put in place."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from tongtang.foundation import clock
from tongtang.foundation.environment import Environment
from tongtang.operations.backup import make, manifest, postgres, sqlite
from tongtang.operations.backup.files import is_tombstone, write_out
from tongtang.operations.backup.manifest import Manifest, Stored
from tongtang.operations.backup.vault import Damaged, Vault, VaultError

DRAFT = ".restoring"


class NotEmpty(VaultError):
    """Something stands where the backup is to go."""


class NothingThere(VaultError):
    """No backup reaches back to that moment."""


class NewerVersion(VaultError):
    """The backup was made by a newer version of this program."""


@dataclass(frozen=True)
class Chosen:
    """A backup, the moment to which its log is to be applied (None: its end), and the moment that it reaches."""

    base: Manifest
    to: datetime | None
    reaches: datetime


def choose(vault: Vault, to: datetime | None) -> Chosen:
    """The backup that comes closest to `to` (None: now) without passing it.

    Raises:
        NothingThere: there is none so early.
        NewerVersion: this program cannot serve it.
        Damaged: a backup or log that would be needed is.
    """
    until = to or clock.now()
    names = [name for name in vault.records() if manifest.moment_of(name) <= until]
    if not names:
        raise NothingThere(until.isoformat())
    # The last one by its moment reaches furthest, unless one before it has a log that goes on beyond it.
    reached = {name: _reach(vault, name, until) for name in names[-20:]}
    best = max(reached, key=lambda name: (reached[name], name))
    base = manifest.read(vault, best)
    if unknown := manifest.unknown_migrations(base):
        raise NewerVersion(unknown[0])
    return Chosen(base, to, reached[best])


def _reach(vault: Vault, name: str, until: datetime) -> datetime:
    last = manifest.moment_of(name)
    for at, _patches in manifest.log_of(vault, name):
        if at > until:
            break
        last = at
    return last


def occupied(home: Path, backup: Path, key: Path) -> list[str]:
    """What stands in a home beside the backup and its key."""
    if not home.exists():
        return []
    apart = {"backups", "backup.key", DRAFT, *(path.name for path in (backup, key) if path.parent == home)}
    return sorted(path.name for path in home.iterdir() if path.name not in apart)


def restore(env: Environment, vault: Vault, chosen: Chosen, *, replace: bool, postgres_data: Path | None) -> None:
    """Write the home (and a PostgreSQL data folder) of `chosen`; nothing is in place before all of it is written.

    Raises:
        NotEmpty: the home, the database or `postgres_data` exists, and `replace` is False.
        Damaged: a part of the backup is; nothing was put in place.
    """
    on_sqlite = chosen.base.engine == make.SQLITE
    _require_room(env, on_sqlite, replace, postgres_data)
    draft = env.home / DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "home").mkdir(parents=True, mode=0o700)
    try:
        for stored in _files(vault, chosen.base):
            write_out(vault, stored, draft / "home")
        data = draft / "database"
        data.mkdir(mode=0o700)
        _restore_database(vault, chosen, data)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    _put_in_place(env, draft, on_sqlite, postgres_data)


def _require_room(env: Environment, on_sqlite: bool, replace: bool, postgres_data: Path | None) -> None:
    if not on_sqlite and (postgres_data is None or (postgres_data.exists() and any(postgres_data.iterdir()))):
        raise NotEmpty(str(postgres_data or "--postgres-data"))
    if replace:
        return
    found = occupied(env.home, env.backup, env.backup_key)
    if not found and on_sqlite and make.sqlite_path(env).exists():
        found = [str(make.sqlite_path(env))]
    if found:
        raise NotEmpty(", ".join(found[:5]))


def _files(vault: Vault, base: Manifest) -> Iterator[Stored]:
    """The files of `base`, and of every backup, earlier or later, the newest tombstones."""
    stones: dict[str, Stored] = {}
    for one in manifest.sound(vault):
        stones |= {stored.path: stored for stored in one.files if is_tombstone(stored.path)}
    return chain((stored for stored in base.files if not is_tombstone(stored.path)), stones.values())


def _restore_database(vault: Vault, chosen: Chosen, data: Path) -> None:
    for stored in chosen.base.database:
        write_out(vault, stored, data)
    on_sqlite = chosen.base.engine == make.SQLITE
    for at, patches in manifest.log_of(vault, chosen.base.name):
        # PostgreSQL finds the moment itself, by the times of its commits.
        if on_sqlite and chosen.to is not None and at > chosen.to:
            break
        (sqlite.apply if on_sqlite else postgres.apply)(patches, data)
    if on_sqlite and not sqlite.is_whole(data / sqlite.NAME):
        raise Damaged(sqlite.NAME)


def _put_in_place(env: Environment, draft: Path, on_sqlite: bool, postgres_data: Path | None) -> None:
    aside = env.home / f"replaced-{manifest.name_at(clock.now())[:15]}"
    former = [name for name in occupied(env.home, env.backup, env.backup_key) if not name.startswith("replaced-")]
    target = make.sqlite_path(env)
    beside = [Path(f"{target}{ending}") for ending in ("", "-wal", "-shm")] if on_sqlite else []
    for path in (*(env.home / name for name in former), *beside):
        if path.exists():
            aside.mkdir(exist_ok=True, mode=0o700)
            shutil.move(path, aside / path.name)
    for path in (draft / "home").iterdir():
        path.rename(env.home / path.name)
    if on_sqlite:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(draft / "database" / sqlite.NAME, target)
    elif postgres_data is not None:
        if postgres_data.exists():
            postgres_data.rmdir()
        shutil.move(draft / "database", postgres_data)
    shutil.rmtree(draft)
