"""`tongtang timetable repair`: the weeks that an event upsets, mended with least change. Writes no file."""

import argparse
import json
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tongtang.exchange.commands.load_county import existing_folder
from tongtang.exchange.commands.timetable.effort import add_effort
from tongtang.exchange.commands.timetable.refusal import DONE, REFUSED, refuse, say
from tongtang.exchange.commands.timetable.schools import overall
from tongtang.exchange.county.damage import Damage
from tongtang.exchange.timetables.events import BadEvent, read_events
from tongtang.exchange.timetables.explain import explain_fallbacks
from tongtang.exchange.timetables.schools import read_schools
from tongtang.timetable.api import Event, LessonMoved, WholeSchool, clock_text, doubt_json, legal_slots, mend_weeks

ALTERNATIVES = 10
BECAUSE = {"left": "makes_room", "none": "not_received"}
"""Why a lesson is cancelled, by what becomes of its period, where it is not one that the event itself strikes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=existing_folder, help=_("folder of whole schools"))
    parser.add_argument("--event", type=Path, required=True, metavar="FILE", help=_("JSON file with what happened"))
    add_effort(parser, seconds=1.5)
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 mended, 1 refused or proven impossible."""
    began = time.monotonic()
    folder = read_schools(options.folder)
    if folder.errors:
        return refuse("repair", folder.errors, as_json=options.json)
    try:
        events = read_events(options.event, folder.schools)
    except BadEvent as bad:
        return refuse("repair", [Damage(str(options.event), 0, "", "", str(bad))], as_json=options.json)
    mended = mend_weeks(folder.schools, events, options.seconds, options.workers, options.seed)
    result = _result(folder.schools, events, mended)
    proven = [str(one.status) == "optimal" for one in mended for _fallback in one.fallbacks]
    result["explanation"] += explain_fallbacks(options.folder, zip(result["fallbacks"], proven, strict=True))
    result["seconds"] = round(time.monotonic() - began, 3)
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    words = _("%(status)s: %(lessons)d lessons moved, %(others)d otherwise provided for; bound %(bound)s.")
    counts = {"lessons": len(result["moved"]), "others": len(result["fallbacks"])}
    say(words % {"status": result["status"], "bound": result["bound"], **counts})
    for one in result["explanation"]:
        say(f"{one['sentence']} {one['relaxation']}")
    return DONE if result["status"] in ("optimal", "feasible") else REFUSED


def _result(schools: Sequence[WholeSchool], events: Sequence[Event], mended: Sequence[Any]) -> dict[str, Any]:
    bells = {whole.school_id: {one.number: one.start for one in whole.bell.periods} for whole in schools}
    told = [doubt_json(note) for one in mended for note in one.notes]
    explanation = list({one["sentence"]: one for one in told}.values())
    stuck = any(one.cost is None or one.fallbacks for one in mended)
    alternatives = _alternatives(schools, events) if stuck else []
    return {
        "status": overall(str(one.status) for one in mended),
        "moved": [
            {
                "class_id": move.class_id,
                "subject": move.subject,
                "from": _place(bells[one.school_id], *move.left),
                "to": _place(bells[one.school_id], *move.came),
            }
            for one in mended
            for move in one.moves
        ],
        "fallbacks": [_fallback(one, fallback, bells[one.school_id]) for one in mended for fallback in one.fallbacks],
        "cost": sum(one.cost for one in mended) if all(one.cost is not None for one in mended) else None,
        "bound": sum(one.bound or 0 for one in mended) if all(one.cost is not None for one in mended) else None,
        "explanation": explanation,
        "alternatives": alternatives,
        "weeks": [
            {"school_id": one.school_id, "monday": one.monday.isoformat(), "status": str(one.status),
             "cost": one.cost, "bound": one.bound, "seconds": round(one.seconds, 3)}
            for one in mended
        ],
    }  # fmt: skip


def _place(starts: dict[int, int], day: date, period: int) -> dict[str, Any]:
    return {
        "date": day.isoformat(),
        "weekday": day.isoweekday(),
        "period": period,
        "start": clock_text(starts.get(period, 0)),
    }


def _fallback(one: Any, fallback: Any, starts: dict[int, int]) -> dict[str, Any]:
    day = date.fromordinal(one.monday.toordinal() + fallback.slot[0] - 1)
    found = {
        "kind": str(fallback.kind),
        "class_id": fallback.class_id,
        "subject": fallback.subject,
        "at": _place(starts, day, fallback.slot[1]),
    }
    if fallback.teacher_id:
        found["teacher_id"] = fallback.teacher_id
    if fallback.partner:
        found["with_class_id"] = fallback.partner
    if str(fallback.period) in BECAUSE:
        found["because"] = BECAUSE[str(fallback.period)]
    return found


def _alternatives(schools: Sequence[WholeSchool], events: Sequence[Event]) -> list[dict[str, str]]:
    """For each lesson moved by the anchor: other times of the week that suit every receiver."""
    return [
        {"anchor_lesson_id": event.anchor_lesson_id, "date": day.isoformat(), "start": clock_text(start)}
        for event in events
        if isinstance(event, LessonMoved)
        for day, start in legal_slots(schools, event)[:ALTERNATIVES]
    ]
