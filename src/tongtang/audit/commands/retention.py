"""`tongtang retention run`: forget now what is past its time, with proof in the audit chain."""

import argparse
import json
import sys

from django.utils.translation import gettext as _

from tongtang.audit.catalogue import categories
from tongtang.audit.registry import Outcome, run_all
from tongtang.foundation import clock

DONE, REFUSED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    once = parts.add_parser("run", help=_("forget what is past its time; the worker does it each day"))
    once.add_argument("--dry-run", action="store_true", help=_("only say what would be forgotten"))
    once.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 done, 1 a category failed (the others are done)."""
    outcomes = run_all(clock.now(), actor="command:retention", dry_run=options.dry_run)
    if options.json:
        print(json.dumps([_as_json(outcome) for outcome in outcomes], ensure_ascii=False))
    for outcome in outcomes:
        print(_words(outcome, options.dry_run), file=sys.stderr)
    return REFUSED if any(outcome.problem for outcome in outcomes) else DONE


def _as_json(outcome: Outcome) -> dict[str, object]:
    done = outcome.forgotten
    return {
        "category": outcome.category,
        "count": done.count,
        "from": done.first and done.first.isoformat(),
        "to": done.last and done.last.isoformat(),
        "digest": done.digest,
        "problem": outcome.problem,
    }


def _words(outcome: Outcome, dry_run: bool) -> str:
    title, count = categories()[outcome.category].title, outcome.forgotten.count
    if outcome.problem:
        return _("%(title)s: not done, %(problem)s") % {"title": title, "problem": outcome.problem}
    sentence = _("%(title)s: %(count)d would be deleted") if dry_run else _("%(title)s: %(count)d deleted")
    return sentence % {"title": title, "count": count}
