"""`tongtang load-county`: a county from a folder of CSV files, whole or not at all."""

import argparse
import json
import sys
from pathlib import Path

from django.utils.translation import gettext as _

from tongtang.exchange.county.apply import Report, load_county
from tongtang.exchange.duplicates.find import find_duplicates
from tongtang.exchange.roster.diff import KINDS
from tongtang.exchange.roster.runs import CountyBusy
from tongtang.organisations.api import DivisionsMissing

DONE, REFUSED = 0, 1


def existing_folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(_("%(path)s is not a folder") % {"path": text})
    return path


def county_code(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) != 6:
        raise argparse.ArgumentTypeError(_("%(code)s is not a 6-digit division code of a county") % {"code": text})
    return int(text) * 10**6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=existing_folder, help=_("folder with the county's CSV files"))
    parser.add_argument(
        "--county",
        type=county_code,
        metavar="CODE",
        help=_("6-digit division code of the county, like 421223; without it the townships decide"),
    )
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 loaded (even if nothing was new), 1 refused and nothing written."""
    try:
        report = load_county(options.folder, options.county)
    except DivisionsMissing as missing:
        sentence = _("%(path)s is missing: run `make setup`, then `tongtang load-regions`.")
        print(sentence % {"path": missing}, file=sys.stderr)
        return REFUSED
    except CountyBusy as busy:
        print(busy, file=sys.stderr)
        return REFUSED
    if options.json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
    print(_words(report), file=sys.stderr)
    if report.is_news and (pairs := find_duplicates(report.county_code)):
        print(
            _("%d pairs of rows may be one pupil; an administrator settles them under rosters.") % pairs,
            file=sys.stderr,
        )
    return REFUSED if report.errors else DONE


def _words(report: Report) -> str:
    if report.errors:
        lines = [_place(*where) for where in ((d.file, d.line, d.column, d.value, d.message) for d in report.errors)]
        lines.append(_("Nothing was written. Correct these places, then load the folder again."))
        return "\n".join(lines)
    counts = {kind: sum(getattr(report, kind).values()) for kind in KINDS}
    sentence = _(
        "%(county)s is loaded: %(created)d rows new, %(changed)d changed, %(unchanged)d unchanged, %(ended)d ended."
    )
    return sentence % {"county": report.county, **counts}


def _place(file: str, line: int, column: str, value: str, message: str) -> str:
    if not file:
        return message
    where = file
    if line:
        where = _("%(file)s line %(line)d") % {"file": file, "line": line}
    if column:
        where = _("%(where)s, %(column)s") % {"where": where, "column": column}
    if value and value != file:
        where = _("%(where)s (%(value)s)") % {"where": where, "value": value}
    return _("%(where)s: %(message)s") % {"where": where, "message": message}
