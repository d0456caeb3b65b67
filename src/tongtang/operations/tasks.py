"""Periodic work of operations: the daily backup, the weekly look at all of them."""

import logging
import sqlite3
from datetime import timedelta

import psycopg

from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.foundation.jobs import periodic
from tongtang.operations.backup import make, report
from tongtang.operations.backup.facts import facts_now
from tongtang.operations.backup.vault import VaultError

logger = logging.getLogger(__name__)


@periodic("operations.backup", every=timedelta(hours=environment().backup_hours or 24), queue="media")
def back_up() -> None:
    """Make a backup and delete old ones; one that fails is told on the administrators' page."""
    env = environment()
    if not env.backup_hours:
        return
    try:
        vault = make.open_vault(env)
        with make.alone(env, wait=True):
            make.make_backup(env, vault, facts_now())
            make.forget_old(vault, clock.now(), env.backup_days)
    except (VaultError, OSError, sqlite3.Error, psycopg.Error) as error:
        make.note_failure(env, f"{type(error).__name__} {error}")
        raise


@periodic("operations.check-backups", every=timedelta(days=7), queue="media")
def check_backups() -> None:
    """Read every backup whole; damage is told on the administrators' page."""
    env = environment()
    if not (env.backup / "manifests").exists():
        return
    with make.alone(env, wait=True):
        bad = report.check(make.open_vault(env))
    if bad:
        make.note_failure(env, f"damaged: {', '.join(bad)}")
        logger.error("damaged backups: %s", bad)
