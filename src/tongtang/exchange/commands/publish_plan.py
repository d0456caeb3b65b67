"""`tongtang publish-plan`: check a weekly plan against every rule and publish it over the term."""

import argparse
import json
import sys
from datetime import date, timedelta

from django.utils.translation import gettext as _

from tongtang.exchange.commands.load_county import county_code, existing_folder
from tongtang.exchange.plan.publish import Outcome, publish_folder
from tongtang.foundation import clock
from tongtang.organisations.api import DivisionsMissing

DONE, REFUSED = 0, 1
SHOWN = 50


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(_("%(day)s is not a date like 2026-09-07") % {"day": text}) from error


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", metavar="DIR", type=existing_folder, help=_("county folder that holds broadcasts.csv")
    )
    parser.add_argument("--from", dest="starts", type=_day, metavar="DATE", help=_("first day; default tomorrow"))
    parser.add_argument("--county", type=county_code, metavar="CODE", help=_("6-digit division code of the county"))
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 published (even if nothing changed), 1 refused and nothing written."""
    starts = options.starts or clock.today() + timedelta(days=1)
    try:
        outcome = publish_folder(options.folder, starts, options.county)
    except DivisionsMissing as missing:
        sentence = _("%(path)s is missing: run `make setup`, then `tongtang load-regions`.")
        print(sentence % {"path": missing}, file=sys.stderr)
        return REFUSED
    if options.json:
        print(json.dumps(outcome.as_json(), ensure_ascii=False))
    print(_words(outcome), file=sys.stderr)
    return REFUSED if outcome.violations else DONE


def _words(outcome: Outcome) -> str:
    if not outcome.violations:
        sentence = _(
            "Published from %(from)s: %(published)d lessons, of which %(unchanged)d unchanged, %(added)d new, "
            "%(moved)d moved; %(removed)d removed."
        )
        return sentence % outcome.as_json()
    lines = [" ".join([*map(str, one["rows"]), str(one["sentence"])]) for one in outcome.violations[:SHOWN]]  # type: ignore[call-overload]
    if len(outcome.violations) > SHOWN:
        lines.append(_("and %d more") % (len(outcome.violations) - SHOWN))
    return "\n".join([*lines, _("Nothing was published. Correct the plan, then publish it again.")])
