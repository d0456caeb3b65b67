"""`tongtang audit`: is the chain of entries whole, its signed heads, the yearly report about the data of minors."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.audit import heads, minors, minors_sheets
from tongtang.audit.verify import Finding, Report, verify
from tongtang.foundation import clock

DONE, REFUSED = 0, 1
FIRST_YEAR = 2020
FAULTS = {
    "missing": gettext_lazy("is missing"),
    "link": gettext_lazy("does not follow the entry before it"),
    "changed": gettext_lazy("was changed"),
    "head": gettext_lazy("is not the entry that the head of the stream names"),
    "rewritten": gettext_lazy("is not the entry that a signed head names"),
    "truncated": gettext_lazy("and those after it were cut off"),
    "beyond": gettext_lazy("stands beyond the head of the stream"),
    "unreadable": gettext_lazy("cannot be read by the database"),
    "bad heads": gettext_lazy("a file of signed heads cannot be trusted"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    whole = parts.add_parser("verify", help=_("follow the whole chain; 1 on any finding"))
    whole.add_argument(
        "--heads",
        type=Path,
        action="append",
        metavar="FILE",
        help=_("a file of signed heads kept elsewhere; without it those of this home are used"),
    )
    whole.add_argument(
        "--key", default="", metavar="HEX", help=_("the public key that signed the heads, kept elsewhere")
    )
    whole.add_argument("--json", action="store_true", help=_("print the result as JSON"))
    yearly = parts.add_parser("minors-report", help=_("the yearly report about the data of minors"))
    yearly.add_argument("--year", type=int, required=True, metavar="YYYY", help=_("the civil year, like 2025"))
    shape = yearly.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help=_("print the result as JSON"))
    shape.add_argument("--xlsx", type=Path, metavar="FILE", help=_("write a workbook instead of text"))
    signed = parts.add_parser("heads", help=_("print signed heads, to be kept elsewhere"))
    signed.add_argument("--write", action="store_true", help=_("also leave them in the home's folder audit-heads"))


def run(options: argparse.Namespace) -> int:
    return {"verify": _verify, "heads": _heads, "minors-report": _minors}[options.part](options)


def _heads(options: argparse.Namespace) -> int:
    now = clock.now()
    if options.write:
        heads.write_heads(now)
    print(json.dumps(heads.signed_heads(now), indent=1))
    return DONE


def _minors(options: argparse.Namespace) -> int:
    """0 made, 1 made over a chain that is not whole, or refused."""
    if not FIRST_YEAR <= options.year <= clock.today().year:
        print(_("Give a year from %(first)d to this one.") % {"first": FIRST_YEAR}, file=sys.stderr)
        return REFUSED
    made = minors.report(options.year, clock.now())
    if options.xlsx:
        minors_sheets.write_workbook(made, options.xlsx)
        print(_("The report is written to %(path)s.") % {"path": options.xlsx}, file=sys.stderr)
    elif options.json:
        print(json.dumps(minors_sheets.as_json(made), ensure_ascii=False))
    else:
        print(minors_sheets.as_text(made))
    return DONE if made.whole else REFUSED


def _verify(options: argparse.Namespace) -> int:
    """0 whole, 1 for any finding."""
    files = options.heads if options.heads is not None else sorted(heads.folder().glob("*.json"))
    known: list[heads.SignedHead] = []
    distrusted: list[str] = []
    for path in files:
        try:
            known += heads.read_heads(path, options.key)
        except heads.BadHeads as bad:
            distrusted.append(str(bad))
    report = verify(known)
    report.findings += [Finding("", 0, "bad heads") for _bad in distrusted]
    if options.json:
        print(json.dumps(_as_json(report, len(files), distrusted), ensure_ascii=False))
    print(_words(report, len(files), distrusted), file=sys.stderr)
    return REFUSED if report.findings else DONE


def _as_json(report: Report, files: int, distrusted: list[str]) -> dict[str, object]:
    return {
        "whole": not report.findings,
        "entries": report.entries,
        "streams": report.streams,
        "head_files": files,
        "distrusted": distrusted,
        "findings": [asdict(finding) for finding in report.findings],
    }


def _words(report: Report, files: int, distrusted: list[str]) -> str:
    lines = [
        _("%(stream)s: entry %(seq)s %(fault)s.")
        % {"stream": finding.stream, "seq": finding.seq, "fault": FAULTS[finding.fault]}
        for finding in report.findings
        if finding.fault != "bad heads"
    ]
    lines += [f"{sentence}." for sentence in distrusted]
    counted = {"entries": report.entries, "files": files}
    if lines:
        last = _(
            "%(entries)d entries read, %(files)d files of signed heads. Tell the auditor, change nothing, keep a copy."
        )
    elif files:
        last = _("The chain is whole: %(entries)d entries, held against %(files)d files of signed heads.")
    else:
        last = _("The chain is whole: %(entries)d entries. Without a file of signed heads a cut tail goes unseen.")
    return "\n".join([*lines, last % counted])
