"""`tongtang restore`: a backup into an empty home, as of any moment that it reaches, and whether that is sound."""

import argparse
import fcntl
import json
import os
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from tongtang.config.cli import Refused
from tongtang.config.words import gettext as _
from tongtang.foundation import clock
from tongtang.foundation.environment import Environment, environment
from tongtang.operations.backup import make, postgres
from tongtang.operations.backup.restore import Chosen, choose, restore
from tongtang.operations.backup.vault import Vault, VaultError, read_key
from tongtang.operations.backup.wording import sentence


@dataclass
class Outcome:
    """What stands now: from which backup, up to when, and what the checks found (`unsound` empty: nothing)."""

    backup: str
    reaches: str
    rows: int = 0
    steps: dict[str, str] = field(default_factory=dict)
    unsound: list[str] = field(default_factory=list)
    seconds: float = 0.0


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            _("%(text)s is not a moment like 2026-09-07T08:30") % {"text": text}
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.SHANGHAI)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = _("moment like 2026-09-07T08:30 (of Asia/Shanghai unless it says otherwise); default: the last there is")
    parser.add_argument("--to", type=_moment, metavar="TIME", help=words)
    parser.add_argument("--replace", action="store_true", help=_("move what stands in the home aside first"))
    words = _("where PostgreSQL's data folder is to be; must be empty")
    parser.add_argument("--postgres-data", type=Path, metavar="DIR", help=words)
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 restored and sound, 1 refused (nothing put in place) or not sound (said what is not)."""
    env, began = environment(), time.monotonic()
    with ExitStack() as held:
        held.enter_context(_nobody_serves(env))
        try:
            vault = Vault(env.backup, read_key(env.backup_key))
            chosen = choose(vault, options.to)
            restore(env, vault, chosen, replace=options.replace, postgres_data=options.postgres_data)
            outcome = _prove(env, chosen, options.postgres_data, held)
        except (VaultError, OSError) as error:
            raise Refused(sentence(error, _)) from error
    outcome.seconds = round(time.monotonic() - began, 1)
    _tell(outcome, options.json)
    return 1 if outcome.unsound else 0


def _nobody_serves(env: Environment) -> ExitStack:
    """Hold the supervisor's lock.

    Raises:
        Refused: the home is being served.
    """
    held = ExitStack()
    path = env.run / "supervisor.lock"
    if path.exists():
        file = held.enter_context(path.open("r+"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            held.close()
            raise Refused(_("%(home)s is being served: stop that first") % {"home": env.home}) from error
    return held


def _prove(env: Environment, chosen: Chosen, postgres_data: Path | None, held: ExitStack) -> Outcome:
    """Set Django up over what was restored and look whether it is sound."""
    if chosen.base.engine == make.POSTGRESQL and postgres_data is not None:
        postgres.recover(postgres_data, chosen.to)
        folder = held.enter_context(postgres.running(postgres_data))
        os.environ["TONGTANG_DATABASE_URL"] = postgres.url_at(env.database_url, folder)
        environment.cache_clear()
    from tongtang.config import home

    home.load_django()
    # Older: made by an older version; the copy in the backup stays as it is.
    if home.schema() is home.Schema.OLDER:
        home.migrate()
    from django.db import connections

    from tongtang.operations.backup.checks import examine

    outcome = Outcome(chosen.base.name, chosen.reaches.isoformat())
    found = examine(chosen)
    outcome.rows, outcome.steps, outcome.unsound = found.rows, found.steps, found.unsound
    connections.close_all()
    return outcome


def _tell(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(outcome)))
    reached = clock.civil(datetime.fromisoformat(outcome.reaches)).strftime("%F %T")
    words = _("Restored from backup %(backup)s up to %(reached)s: %(rows)d rows; %(seconds)s s.")
    facts = {"backup": outcome.backup, "reached": reached, "rows": outcome.rows, "seconds": outcome.seconds}
    print(words % facts, file=sys.stderr)
    for name, said in outcome.steps.items():
        print(f"+ {name}: {said}", file=sys.stderr)
    for said in outcome.unsound:
        print(f"- {said}", file=sys.stderr)
    if outcome.unsound:
        print(
            _("The house was restored, but it is not sound: do not serve it before this is explained."), file=sys.stderr
        )
    else:
        print(_("All checks passed: `tongtang serve` starts it."), file=sys.stderr)
