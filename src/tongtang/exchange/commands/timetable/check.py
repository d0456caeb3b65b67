"""`tongtang timetable check DIR`: every breach of every rule in a weekly plan."""

import argparse
import json
import sys
from pathlib import Path

from django.utils.translation import gettext as _

from tongtang.exchange.commands.load_county import existing_folder
from tongtang.exchange.commands.timetable.effort import existing_file
from tongtang.exchange.commands.timetable.refusal import DONE, REFUSED, refuse, refuse_folder
from tongtang.exchange.commands.timetable.schools import check_schools
from tongtang.exchange.timetables.county import is_county, read_broadcasts, read_for_solver
from tongtang.exchange.timetables.county_options import read_recorded
from tongtang.exchange.timetables.schools import is_schools_folder
from tongtang.timetable.api import row_text, sentence_of, verify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=existing_folder, help=_("folder of a county or of whole schools"))
    parser.add_argument("--plan", type=existing_file, metavar="FILE", help=_("another plan than the folder's own"))
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 no breach, 1 breaches or files that cannot be read."""
    if is_county(options.folder):
        return _check(options)
    if is_schools_folder(options.folder):
        return check_schools(options)
    return refuse_folder("check", options.folder, as_json=options.json)


def _check(options: argparse.Namespace) -> int:
    read = read_for_solver(options.folder)
    plan: Path = options.plan or options.folder / "broadcasts.csv"
    broadcasts, errors = read_broadcasts(plan, to_check=True)
    recorded, damage = read_recorded(plan.parent)
    errors += damage
    if read.county is None or errors:
        return refuse("check", [*read.errors, *errors], as_json=options.json)
    violations: list[dict[str, object]] = [
        {
            "rule": str(each.rule),
            "rows": [row_text(row.table, row.id, row.line) for row in each.rows],
            "sentence": sentence_of(each),
        }
        for each in verify(read.county, broadcasts, recorded=recorded)
    ]
    if options.json:
        more = {"recorded": len(recorded)} if recorded else {}
        print(json.dumps({"broadcasts": len(broadcasts), "violations": violations, **more}, ensure_ascii=False))
    for each in violations:
        print(" ".join([*map(str, each["rows"]), str(each["sentence"])]), file=sys.stderr)  # type: ignore[call-overload]
    if violations:
        print(_("%d breaches of rules.") % len(violations), file=sys.stderr)
        return REFUSED
    print(_("%d broadcasts, no breach of any rule.") % len(broadcasts), file=sys.stderr)
    return DONE
