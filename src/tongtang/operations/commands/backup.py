"""`tongtang backup [make|list|check|drill]`: a backup now, those there are, whether each can be read, and restored."""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import psycopg
from django.utils.translation import gettext as _

from tongtang.foundation import clock
from tongtang.foundation.environment import Environment, environment
from tongtang.operations.backup import make, manifest, report
from tongtang.operations.backup.facts import facts_now
from tongtang.operations.backup.manifest import Manifest
from tongtang.operations.backup.vault import Damaged, Vault, VaultError, WrongKey
from tongtang.operations.backup.wording import sentence

DONE, REFUSED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = _("make (default): a backup now; list: those there are; check: read each whole; drill: restore one aside")
    parser.add_argument("what", nargs="?", choices=["make", "list", "check", "drill"], default="make", help=words)
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 done or sound, 1 refused, failed or damaged."""
    env = environment()
    try:
        vault = make.open_vault(env)
        return {"make": _make, "list": _list, "check": _check, "drill": _drill}[options.what](env, vault, options.json)
    except (VaultError, OSError, sqlite3.Error, psycopg.Error, make.Busy) as error:
        print(sentence(error, _), file=sys.stderr)
        if options.what == "make" and not isinstance(error, make.Busy | WrongKey):
            make.note_failure(env, f"{type(error).__name__} {error}")
        return REFUSED


def _make(env: Environment, vault: Vault, as_json: bool) -> int:
    with make.alone(env, wait=False):
        made = make.make_backup(env, vault, facts_now())
        make.forget_old(vault, clock.now(), env.backup_days)
    if as_json:
        print(json.dumps(_facts(made)))
    words = _("Backup %(name)s: %(files)d files, %(size)s, of which %(added)d new blocks; %(seconds)s s.")
    print(words % {**_facts(made), "size": _size(made.size())}, file=sys.stderr)
    if report.standing(env).same_disk:
        print(_("It stands on the same disk as the house: set TONGTANG_BACKUP to another one."), file=sys.stderr)
    print(_("Keep a copy of the key %(path)s elsewhere: without it no backup can be read.") % {"path": env.backup_key},
          file=sys.stderr)  # fmt: skip
    return DONE


def _facts(one: Manifest) -> dict[str, object]:
    return {
        "name": one.name,
        "at": one.at.isoformat(),
        "engine": one.engine,
        "files": len(one.files),
        "size": one.size(),
        "rows": sum(one.counts.values()),
        "added": one.added,
        "seconds": one.seconds,
    }


def _list(env: Environment, vault: Vault, as_json: bool) -> int:
    rows = []
    for name in vault.records():
        try:
            rows.append({**_facts(manifest.read(vault, name)), "until": _end(vault, name), "damaged": False})
        except Damaged:
            rows.append({"name": name, "damaged": True})
    if as_json:
        print(json.dumps(rows))
        return DONE
    for row in rows:
        print(_line(row))
    if not rows:
        print(_("There is no backup yet: run `tongtang backup`."), file=sys.stderr)
    return DONE


def _line(row: dict[str, object]) -> str:
    if row["damaged"]:
        return f"{row['name']}  {_('damaged')}"
    moments = [clock.civil(datetime.fromisoformat(str(row[part]))).strftime("%F %T") for part in ("at", "until")]
    return f"{row['name']}  {moments[0]} - {moments[1]}  {_size(int(str(row['size'])))}  {row['rows']}"


def _end(vault: Vault, name: str) -> str:
    last = manifest.moment_of(name)
    try:
        for at, _patches in manifest.log_of(vault, name):
            last = at
    except Damaged:
        return last.isoformat()
    return last.isoformat()


def _check(env: Environment, vault: Vault, as_json: bool) -> int:
    bad = report.check(vault)
    count = len(vault.records())
    if as_json:
        print(json.dumps({"backups": count, "damaged": bad}))
    for name, paths in bad.items():
        print(_("%(name)s is damaged: %(paths)s") % {"name": name, "paths": ", ".join(paths[:10])}, file=sys.stderr)
    if bad:
        print(_("Make a new backup now, and find out what the disk has."), file=sys.stderr)
        return REFUSED
    print(_("%(count)d backups, all of them whole.") % {"count": count}, file=sys.stderr)
    return DONE


def _drill(env: Environment, vault: Vault, as_json: bool) -> int:
    """Restore the last backup into a folder of its own, as after a disaster, and leave the result for the page."""
    with tempfile.TemporaryDirectory(prefix="tongtang-drill-") as folder:
        Path(folder).chmod(0o711)
        own = {"TONGTANG_HOME": f"{folder}/home", "TONGTANG_BACKUP": env.backup, "TONGTANG_BACKUP_KEY": env.backup_key}
        others = {name: value for name, value in os.environ.items() if name not in {*own, "TONGTANG_DATABASE_URL"}}
        words = [sys.executable, "-m", "tongtang", "restore", "--json"]
        if make.engine_of(env) == make.POSTGRESQL:
            words += ["--postgres-data", f"{folder}/data"]
            others["TONGTANG_DATABASE_URL"] = env.database_url
        began = time.monotonic()
        environ = {**others, **{name: str(value) for name, value in own.items()}}
        done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    told = done.stderr.strip().splitlines()
    drill = report.Drill(clock.now(), done.returncode == 0, round(time.monotonic() - began, 1), told[0] if told else "")
    report.note_drill(env, drill)
    if as_json:
        print(json.dumps({"sound": drill.sound, "seconds": drill.seconds, "words": told}))
    print(done.stderr.strip(), file=sys.stderr)
    return DONE if drill.sound else REFUSED


def _size(count: int) -> str:
    return f"{count / 10**9:.2f} GB" if count >= 10**9 else f"{count / 10**6:.1f} MB"
