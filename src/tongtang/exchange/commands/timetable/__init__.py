"""`tongtang timetable VERB`: weekly timetables out of files and into files, without the database."""

import argparse
import importlib
from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Verb:
    """A module with `add_arguments(parser)` and `run(options) -> int` (0 done, 1 refused or impossible)."""

    module: str
    summary: str


def verbs() -> dict[str, Verb]:
    here = "tongtang.exchange.commands.timetable"
    return {
        "align": Verb(f"{here}.align", _("Lay an anchor's lessons into its receivers' timetables, with least change")),
        "repair": Verb(f"{here}.repair", _("Mend the weeks that an event upsets, with least change")),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    chosen = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, verb in verbs().items():
        module = importlib.import_module(verb.module)
        one = chosen.add_parser(name, help=verb.summary, description=verb.summary)
        module.add_arguments(one)
        one.set_defaults(run_verb=module.run)


def run(options: argparse.Namespace) -> int:
    code: int = options.run_verb(options)
    return code
