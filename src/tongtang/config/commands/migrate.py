"""`tongtang migrate`: bring the database to this version of the code."""

import argparse
import json
import sys

from tongtang.config import home
from tongtang.config.words import gettext as _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    applied = home.migrate()
    if options.json:
        print(json.dumps({"applied": applied}))
    print(_("%(count)s migrations applied.") % {"count": applied}, file=sys.stderr)
    return 0
