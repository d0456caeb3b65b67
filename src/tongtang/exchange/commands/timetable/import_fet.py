"""`tongtang timetable import-fet`: read a FET file, name what of it is not covered, check its timetable."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tongtang.exchange.timetables.fet.elements import UnreadableFile
from tongtang.exchange.timetables.fet.reader import FetFile, Uncovered, read_fet
from tongtang.exchange.timetables.fet.result import timetable_inside
from tongtang.exchange.timetables.fet.tables import write_tables
from tongtang.timetable.api import classic

DONE, REFUSED = 0, 1
SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.fet", type=Path, help=_("file of FET"))
    parser.add_argument("--out", type=Path, metavar="DIR", help=_("folder for the activities and constraints as CSV"))
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 read whole, 1 unreadable, with constraints that are not covered, or with a timetable that breaks some."""
    try:
        fet = read_fet(options.file)
    except UnreadableFile as error:
        return refuse(str(error), options.json)
    inside = timetable_inside(fet)
    breaches = classic.check(fet.institution, inside) if len(inside) == len(fet.institution.activities) else None
    binding = [breach for breach in breaches or [] if breach.binding]
    if options.out is not None:
        write_tables(fet, inside, options.out)
    if options.json:
        print(json.dumps(summary(fet) | {"timetable": _timetable(breaches)}, ensure_ascii=False))
    for line in [*_words(fet, breaches), *uncovered_words(fet.uncovered)]:
        print(line, file=sys.stderr)
    return REFUSED if fet.uncovered or binding else DONE


def refuse(sentence: str, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"status": "refused", "error": sentence}, ensure_ascii=False))
    print(sentence, file=sys.stderr)
    return REFUSED


def summary(fet: FetFile) -> dict[str, Any]:
    institution = fet.institution
    return {
        "days": len(institution.days),
        "hours": len(institution.hours),
        "activities": len(institution.activities),
        "lessons": sum(activity.duration for activity in institution.activities.values()),
        "teachers": len({name for one in institution.activities.values() for name in one.teachers}),
        "student_sets": len(institution.subgroups),
        "rooms": len(institution.rooms),
        "switched_off": fet.switched_off,
        "constraints": dict(sorted(fet.kinds.items())),
        "not_covered": [{"kind": one.kind, "count": one.count, "ids": list(one.ids)} for one in fet.uncovered],
    }


def _timetable(breaches: list[classic.Breach] | None) -> dict[str, Any] | None:
    return None if breaches is None else {"breaches": [breach_as_json(breach) for breach in breaches]}


def breach_as_json(breach: classic.Breach) -> dict[str, Any]:
    return {
        "kind": breach.source.kind,
        "number": breach.source.number,
        "rule": breach.words,
        "binding": breach.binding,
        "count": breach.count,
        "conflicts": breach.cost / classic.UNITS_PER_CONFLICT,
        "activities": list(breach.activity_ids),
        "whom": breach.whom[1] if breach.whom else None,
    }


def _words(fet: FetFile, breaches: list[classic.Breach] | None) -> list[str]:
    read = _("%(activities)d activities, %(teachers)d teachers, %(rooms)d rooms, %(kinds)d kinds of constraints.")
    lines = [read % (summary(fet) | {"kinds": len(fet.kinds)})]
    if fet.switched_off:
        lines.append(_("%d activities and constraints are switched off in the file.") % fet.switched_off)
    if breaches is None:
        lines.append(_("The file holds no whole timetable."))
    else:
        lines += breach_words([breach for breach in breaches if breach.binding])
    return lines


def breach_words(breaches: list[classic.Breach]) -> list[str]:
    """A line for each kind of binding breach, and one that says when there is none."""
    if not breaches:
        return [_("The timetable keeps every binding constraint.")]
    counted = Counter((breach.source.kind, breach.words) for breach in breaches)
    sentence = _("%(kind)s is broken: %(rule)s (%(count)d).")
    return [
        sentence % {"kind": kind, "rule": rule, "count": count} for (kind, rule), count in counted.most_common(SHOWN)
    ]


def uncovered_words(uncovered: tuple[Uncovered, ...]) -> list[str]:
    sentence = _("Not covered: %(kind)s, %(count)d, first %(ids)s.")
    return [sentence % {"kind": one.kind, "count": one.count, "ids": ", ".join(one.ids)} for one in uncovered]
