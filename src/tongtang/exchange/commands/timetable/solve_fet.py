"""`tongtang timetable solve-fet`: a timetable for a FET file, written back as a FET file."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tongtang.exchange.commands.timetable.import_fet import (
    breach_as_json,
    breach_words,
    refuse,
    summary,
    uncovered_words,
)
from tongtang.exchange.commands.timetable.solve import positive, processes
from tongtang.exchange.timetables.fet.elements import UnreadableFile
from tongtang.exchange.timetables.fet.reader import FetFile, read_fet
from tongtang.exchange.timetables.fet.tables import write_tables
from tongtang.exchange.timetables.fet.writer import write_fet
from tongtang.timetable.api import classic

DONE, REFUSED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.fet", type=Path, help=_("file of FET"))
    parser.add_argument("--out", type=Path, metavar="DIR", help=_("folder for the FET file with the timetable and CSV"))
    parser.add_argument("--seconds", type=positive, default=60.0, help=_("time limit; default 60"))
    parser.add_argument("--workers", type=processes, default=1, help=_("threads of the solver; default 1"))
    parser.add_argument("--seed", type=int, default=1, help=_("seed of the search; default 1"))
    parser.add_argument("--first", action="store_true", help=_("stop at the first timetable, as FET does"))
    parser.add_argument(
        "--leave-out", action="store_true", help=_("solve although some constraints are not covered; they are named")
    )
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 solved and checked, 1 refused, impossible or not found in time."""
    try:
        fet = read_fet(options.file)
    except UnreadableFile as error:
        return refuse(str(error), options.json)
    if fet.uncovered and not options.leave_out:
        return _refuse_uncovered(fet, options.json)
    limits = classic.Limits(options.seconds, workers=options.workers, seed=options.seed)
    result = classic.solve_institution(fet.institution, limits, first=options.first, report=_progress)
    breaches = classic.check(fet.institution, result.timetable) if result.timetable is not None else []
    binding = [breach for breach in breaches if breach.binding]
    solved = result.timetable is not None and not binding
    written = _write(fet, result, options.out) if solved and options.out is not None else None
    if options.json:
        print(json.dumps(_as_json(fet, result, breaches, written), ensure_ascii=False))
    for line in [*uncovered_words(fet.uncovered), *_words(result, binding)]:
        print(line, file=sys.stderr)
    return DONE if solved else REFUSED


def _progress(price: float, bound: float) -> None:
    sentence = _("conflicts %(cost).2f, at least %(bound).2f")
    print(
        sentence % {"cost": price / classic.UNITS_PER_CONFLICT, "bound": bound / classic.UNITS_PER_CONFLICT},
        file=sys.stderr,
    )


def _refuse_uncovered(fet: FetFile, as_json: bool) -> int:
    sentence = _("The file has constraints that are not covered. Switch them off in FET, or solve with --leave-out.")
    if as_json:
        print(json.dumps({"status": "refused", "error": sentence} | summary(fet), ensure_ascii=False))
    for line in [*uncovered_words(fet.uncovered), sentence]:
        print(line, file=sys.stderr)
    return REFUSED


def _write(fet: FetFile, result: classic.Result, folder: Path) -> Path:
    path = folder / f"{fet.path.stem}_timetable.fet"
    timetable = result.timetable or {}
    write_fet(fet, timetable, path)
    write_tables(fet, timetable, folder)
    return path


def _conflicts(units: int | None) -> float | None:
    return None if units is None else units / classic.UNITS_PER_CONFLICT


def _as_json(
    fet: FetFile, result: classic.Result, breaches: list[classic.Breach], written: Path | None
) -> dict[str, Any]:
    return {
        "status": "unknown" if any(breach.binding for breach in breaches) else str(result.status),
        "conflicts": _conflicts(result.cost),
        "bound": _conflicts(result.bound),
        "seconds": round(result.seconds, 3),
        "file": str(written) if written else None,
        "stuck": list(result.stuck),
        "breaches": [breach_as_json(breach) for breach in breaches],
        **summary(fet),
    }


def _words(result: classic.Result, binding: list[classic.Breach]) -> list[str]:
    if result.stuck:
        numbers = ", ".join(map(str, result.stuck[:10]))
        return [
            _("No start or no room is left for the activities %s: their binding times or rooms exclude each other.")
            % numbers
        ]
    if result.timetable is None:
        return [_("No timetable: %s.") % result.status]
    words = _("Status %(status)s, conflicts %(cost).2f, %(seconds).1f s.")
    said = {"status": result.status, "cost": _conflicts(result.cost) or 0, "seconds": result.seconds}
    return [words % said, *breach_words(binding)]
