"""`tongtang timetable align`: an anchor's fixed lessons into the timetables of its receivers, with least change."""

import argparse
import json
from typing import Any

from django.utils.translation import gettext as _

from tongtang.exchange.commands.load_county import existing_folder
from tongtang.exchange.commands.timetable.effort import add_effort, folder_to_be
from tongtang.exchange.commands.timetable.refusal import DONE, REFUSED, refuse, say, unwritten
from tongtang.exchange.timetables.local_write import write_local_timetable
from tongtang.exchange.timetables.schools import read_schools
from tongtang.timetable.api import align_weeks, doubt_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=existing_folder, help=_("folder of whole schools"))
    parser.add_argument("--out", type=folder_to_be, metavar="DIR", help=_("folder that receives local_timetable.csv"))
    add_effort(parser, seconds=120.0)
    parser.add_argument("--json", action="store_true", help=_("print a line of JSON for each school"))


def run(options: argparse.Namespace) -> int:
    """0 every school is aligned, 1 one is not; then nothing is written. What receives nothing stays as it is."""
    folder = read_schools(options.folder)
    if folder.errors:
        return refuse("align", folder.errors, as_json=options.json)
    found = []
    for one in align_weeks(folder.schools, options.seconds, options.workers, options.seed):
        found.append(one)
        if options.json:
            print(json.dumps(_line(one), ensure_ascii=False), flush=True)
        _tell(one)
    if any(one.moved is None for one in found):
        return REFUSED
    if options.out:
        try:
            write_local_timetable(options.out, [lesson for one in found for lesson in one.lessons])
        except OSError as error:
            say(unwritten(options.out, error).message)
            return REFUSED
    moved, forced = sum(one.moved or 0 for one in found), sum(one.forced_minimum or 0 for one in found)
    words = _("%(schools)d schools aligned: %(moved)d lessons moved, at least %(forced)d have to.")
    say(words % {"schools": len(found), "moved": moved, "forced": forced})
    return DONE


def _line(one: Any) -> dict[str, Any]:
    return {
        "school_id": one.school_id,
        "status": str(one.status),
        "moved": one.moved,
        "forced_minimum": one.forced_minimum,
        "seconds": round(one.seconds, 3),
        "penalty": one.penalty,
        "explanation": [doubt_json(doubt) for doubt in one.doubts],
    }


def _tell(one: Any) -> None:
    words = _("%(school)s: %(status)s, %(moved)s moved, at least %(forced)s, %(seconds).1f s")
    say(words % {"school": one.school_id, "status": one.status, "moved": one.moved, "forced": one.forced_minimum,
                 "seconds": one.seconds})  # fmt: skip
    for doubt in one.doubts:
        told = doubt_json(doubt)
        say(f"  {told['sentence']} {told['relaxation']}")
