"""The `tongtang` command: one table of subcommands; each lives in the context whose work it does.

A command is a module with `add_arguments(parser)` and `run(options) -> int`. Exit codes: 0 done, 1 refused (nothing
written), 2 usage. With `--json` a command prints one JSON document alone on standard output; words for people go to
standard error.
"""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from types import ModuleType
from urllib.parse import urlsplit

from tongtang.config.words import gettext as _
from tongtang.foundation.environment import BadVariable, Environment, parse

DONE, REFUSED, USAGE = 0, 1, 2
PATIENCE = 10


class Needs(IntEnum):
    """What stands before a command runs."""

    NOTHING = 0
    DJANGO = 1
    DATABASE = 2


class Refused(Exception):
    """The command cannot do what was asked and wrote nothing; the message says why and what to do."""


@dataclass(frozen=True)
class Command:
    """Where a subcommand lives (a module), its one line of help, and what it needs first.

    `patient`: beside PostgreSQL, in a process of its own, it takes only the processor time that pages leave.
    """

    module: str
    summary: str
    needs: Needs = Needs.DATABASE
    patient: bool = False


COMMANDS = {
    "demo": Command(
        "tongtang.config.commands.demo", _("Run the demonstration county and print its sign-ins"), Needs(0)
    ),
    "serve": Command("tongtang.config.commands.serve", _("Run everything under one supervisor until Ctrl-C")),
    "migrate": Command("tongtang.config.commands.migrate", _("Bring the database to this version"), Needs.DJANGO),
    "check": Command("tongtang.config.commands.check", _("Say what is ready here and what is missing"), Needs.DJANGO),
    "create-administrator": Command("tongtang.access.commands.create_administrator", _("Make the first administrator")),
    "activation-codes": Command(
        "tongtang.access.commands.activation_codes", _("Print one-time sign-in codes by school")
    ),
    "consent": Command("tongtang.consent.commands.consent", _("Keep deleted children deleted after a restore")),
    "load-regions": Command("tongtang.organisations.commands.load_regions", _("Load the administrative divisions")),
    "load-county": Command(
        "tongtang.exchange.commands.load_county", _("Load a county from a folder of files"), patient=True
    ),
    "generate": Command(
        "tongtang.exchange.commands.generate", _("Make up a region at true scale and load it"), patient=True
    ),
    "publish-plan": Command("tongtang.exchange.commands.publish_plan", _("Check and publish a weekly plan")),
    "timetable": Command(
        "tongtang.exchange.commands.timetable", _("Solve, check, repair and align weekly timetables"), Needs.DJANGO
    ),
    "audit": Command(
        "tongtang.audit.commands.audit", _("Verify the audit chain, sign its heads, report on minors' data")
    ),
    "retention": Command("tongtang.audit.commands.retention", _("Forget what is past its time, with proof")),
    "backup": Command("tongtang.operations.commands.backup", _("Make a backup, list or check those there are")),
    "restore": Command(
        "tongtang.config.commands.restore", _("Put a backup back, as of any moment that it reaches"), Needs.NOTHING
    ),
    "web": Command("tongtang.config.commands.web", _("Run the pages alone (started by serve)")),
    "push": Command("tongtang.config.commands.push", _("Run the push process alone (started by serve)")),
    "worker": Command("tongtang.config.commands.worker", _("Run the background jobs alone (started by serve)")),
    "archive": Command("tongtang.config.commands.archive", _("Write changes to the backup (started by serve)")),
    "media": Command("tongtang.config.commands.media", _("Run the media server alone (started by serve)")),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        environment = parse(os.environ)
        if argv is None and words and words[0] in COMMANDS:
            _be_patient(COMMANDS[words[0]], environment)
        return _dispatch(words)
    except BadVariable as bad:
        return _say(str(bad), USAGE)
    except Refused as refused:
        return _say(str(refused), REFUSED)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _be_patient(command: Command, environment: Environment) -> None:
    """On SQLite whoever writes holds the lock that pages wait for: there it must not be slow."""
    if command.patient and urlsplit(environment.database_url).scheme != "sqlite":
        os.nice(PATIENCE)


def _say(sentence: str, code: int) -> int:
    print(f"tongtang: {sentence}", file=sys.stderr)
    return code


def _dispatch(words: list[str]) -> int:
    chosen = _front_parser().parse_args(words[:1])
    command = COMMANDS[chosen.command]
    module = _load(command.module)
    parser = argparse.ArgumentParser(prog=f"tongtang {chosen.command}", description=command.summary)
    module.add_arguments(parser)
    options = parser.parse_args(words[1:])
    if command.needs is not Needs.NOTHING:
        _home().load_django()
    if command.needs is Needs.DATABASE:
        _home().require_current_schema()
    run: Callable[[argparse.Namespace], int] = module.run
    return run(options)


def _front_parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    parser = argparse.ArgumentParser(
        prog="tongtang",
        description=_("One good lesson reaches every classroom."),
        epilog="\n".join([*lines, "", _("`tongtang COMMAND --help` explains one command.")]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", metavar="COMMAND", choices=COMMANDS, help=_("one of those below"))
    return parser


def _load(name: str) -> ModuleType:
    """A context's command imports its models, so Django stands first; the house's own commands do not."""
    if not name.startswith("tongtang.config."):
        _home().load_django()
    return importlib.import_module(name)


def _home() -> ModuleType:
    return importlib.import_module("tongtang.config.home")
