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
    here = __name__
    return {
        "solve": Verb(f"{here}.solve", _("Find a weekly timetable for a county or for whole schools")),
        "check": Verb(f"{here}.check", _("Check a weekly timetable against every rule")),
        "align": Verb(f"{here}.align", _("Lay an anchor's lessons into its receivers' timetables, with least change")),
        "repair": Verb(f"{here}.repair", _("Mend the weeks that an event upsets, with least change")),
        "solve-fet": Verb(f"{here}.solve_fet", _("Find a timetable for a file of FET and write it back")),
        "import-fet": Verb(
            f"{here}.import_fet", _("Read a file of FET, name what is not covered, check its timetable")
        ),
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
