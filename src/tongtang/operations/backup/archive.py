"""The process that writes each change of the database to the backup within a second of its commit.

It begins with a backup of everything and adds the changes to that backup's log. When the log has grown beyond its use,
or the changes could not be followed, it begins again.
"""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import psycopg

from tongtang.foundation import clock
from tongtang.foundation.environment import Environment
from tongtang.operations.backup import make, manifest, postgres, sqlite
from tongtang.operations.backup.files import tombstones, tombstones_as_they_stand
from tongtang.operations.backup.manifest import Manifest
from tongtang.operations.backup.sqlite import Gap
from tongtang.operations.backup.vault import Vault, VaultError

LOOK_SECONDS = 0.25
RETRY_SECONDS = 15.0
# A WAL that is not started over slows its readers: at this, or a quarter of the database, a new backup is made.
LEAST_LOG = 64 * 1024 * 1024
LONGEST_LOG = timedelta(hours=24)
# One look may not take all that there is; whoever goes on writing while we end is not waited for.
TURNS_AT_END = 32
logger = logging.getLogger(__name__)
Following = sqlite.Following | postgres.Following


def archive(env: Environment, stop: threading.Event) -> None:
    """Follow the database until `stop` is set; what fails is said and tried again after 15 s."""
    while not stop.is_set():
        try:
            vault = make.open_vault(env)
            with _begun(env, vault) as (base, following):
                logger.info("backup %s, %d new blocks, %s s", base.name, base.added, base.seconds)
                follow(env, vault, base, following, stop)
        except (Gap, OSError, sqlite3.Error, VaultError, psycopg.Error) as error:
            logger.warning("the archive begins again: %s %s", type(error).__name__, error)
            if not isinstance(error, Gap):
                make.note_failure(env, f"{type(error).__name__} {error}")
            stop.wait(RETRY_SECONDS)


@contextmanager
def _begun(env: Environment, vault: Vault) -> Iterator[tuple[Manifest, Following]]:
    """A new backup and what follows it, from the same point."""
    following: Following
    if make.engine_of(env) == make.SQLITE:
        following = sqlite.Following(make.sqlite_path(env))
    else:
        following = postgres.Following(env.database_url, env.run / "wal")
    with closing(following):
        with make.alone(env, wait=True):
            if isinstance(following, sqlite.Following):
                base = make.of_sqlite(env, vault, following.connection, following.at, {})
            else:
                base = make.of_postgresql(env, vault, {})
        yield base, following


def follow(env: Environment, vault: Vault, base: Manifest, following: Following, stop: threading.Event) -> None:
    """Add changes to the log of `base` until it has grown too long, or `stop` is set; then what is left.

    Raises:
        Gap: the changes could not be followed.
        OSError: the log could not be written.
    """
    secrets = _secrets(env)
    noted: list[tuple[str, int, int]] = []
    number, most = 0, max(LEAST_LOG, sum(stored.size for stored in base.database) // 4)
    while True:
        last = stop.wait(LOOK_SECONDS)
        for _turn in range(TURNS_AT_END if last else 1):
            found = following.next()
            if not found:
                break
            vault.append_to_log(base.name, number, manifest.pack(*found))
            number += 1
        if (standing := tombstones_as_they_stand(env)) != noted:
            manifest.write_tombstones(vault, tombstones(env))
            noted = standing
        # A new secret must not be lost with the house: it comes into a backup at once.
        if last or secrets != _secrets(env) or following.pinned_bytes() > most or clock.now() - base.at > LONGEST_LOG:
            return


def _secrets(env: Environment) -> list[str]:
    return sorted(path.name for path in (env.home / "secrets").glob("*"))
