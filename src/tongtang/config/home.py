"""A Tongtang home: made at first use, checked at every start."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from hashlib import sha256
from pathlib import Path

import django

from tongtang.config.cli import Refused
from tongtang.config.words import gettext as _
from tongtang.foundation.environment import environment


class Schema(Enum):
    """How the tables of the database stand to this version of the code."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def load_django() -> None:
    """Make the home's folders and set Django up.

    Raises:
        Refused: the home cannot be written.
    """
    env = environment()
    try:
        env.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (env.run, env.logs, env.media):
            folder.mkdir(exist_ok=True, mode=0o700)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongtang.config.settings")
        django.setup()
    except PermissionError as error:
        words = _("%(path)s cannot be written: give it to this user or set TONGTANG_HOME to another folder")
        raise Refused(words % {"path": error.filename}) from error


def schema() -> Schema:
    """The state of the database.

    Raises:
        Refused: the database does not answer.
    """
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
    except OperationalError as error:
        words = _("the database does not answer (%(error)s); check TONGTANG_DATABASE_URL and that it runs")
        raise Refused(words % {"error": str(error).strip().splitlines()[0]}) from error
    applied = {key for key in executor.loader.applied_migrations if key[0] in executor.loader.migrated_apps}
    if not applied:
        return Schema.EMPTY
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return Schema.OLDER
    return Schema.NEWER if applied - set(executor.loader.disk_migrations) else Schema.CURRENT


def migrate() -> int:
    """Bring the database to this version, one process at a time; the number of migrations applied."""
    from django.core.management import call_command
    from django.db.migrations.recorder import MigrationRecorder

    with only_one("migrate"):
        before = MigrationRecorder.Migration.objects.count() if schema() is not Schema.EMPTY else 0
        call_command("migrate", interactive=False, verbosity=0)
        return MigrationRecorder.Migration.objects.count() - before


def require_current_schema() -> None:
    """Fill an empty database; refuse any other than this version's.

    Raises:
        Refused: the schema is older or newer than the code.
    """
    state = schema()
    if state is Schema.EMPTY:
        migrate()
    elif state is Schema.OLDER:
        raise Refused(_("the database is of an older version: run `tongtang migrate` (make a backup first)"))
    elif state is Schema.NEWER:
        raise Refused(_("the database is of a newer version than this program: install that version again"))


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Hold the home's lock `name`; waits for the process that holds it."""
    with (environment().run / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def collect_static() -> None:
    """Copy static files to where nginx serves them, when one has changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    total = sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda pair: pair[0]):
            status = Path(storage.path(path)).stat()
            total.update(f"{path}:{status.st_size}:{status.st_mtime_ns}\n".encode())
    with only_one("static"):
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        if stamp.exists() and stamp.read_text(encoding="ascii") == total.hexdigest():
            return
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(total.hexdigest(), encoding="ascii")
