"""`tongtang timetable solve DIR`: the weekly plan with the fewest broadcasts, or as good as the time allows."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tongtang.curriculum.api import SUBJECTS
from tongtang.exchange.commands.load_county import existing_folder
from tongtang.exchange.commands.timetable.effort import add_effort, existing_file, folder_to_be
from tongtang.exchange.commands.timetable.refusal import (
    DONE,
    REFUSED,
    USAGE,
    refuse,
    refuse_folder,
    say,
    unwritten,
)
from tongtang.exchange.commands.timetable.schools import solve_schools
from tongtang.exchange.county.damage import Damage
from tongtang.exchange.timetables.county import is_county, read_broadcasts, read_for_solver
from tongtang.exchange.timetables.county_options import RECORDED
from tongtang.exchange.timetables.explain import explain_county_folder
from tongtang.exchange.timetables.schools import is_schools_folder
from tongtang.exchange.timetables.write import FACILITATIONS, write_broadcasts, write_facilitations, write_recorded
from tongtang.timetable.api import (
    Broadcast,
    County,
    Effort,
    Progress,
    WeeklyAnswer,
    facilitations,
    solve_county,
    verify,
)

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=existing_folder, help=_("folder of a county or of whole schools"))
    parser.add_argument(
        "--out",
        type=folder_to_be,
        metavar="DIR",
        help=_("where the plan goes, and where an earlier one is taken up; default DIR"),
    )
    parser.add_argument(
        "--keep",
        type=existing_file,
        metavar="PLAN",
        help=_("a county's earlier broadcasts.csv: of the plans with fewest broadcasts one that changes little of it"),
    )
    add_effort(parser)
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 solved and written, 1 refused, impossible or nothing complete found."""
    if is_county(options.folder):
        return _solve(options)
    if options.keep:
        say(_("--keep is for a county's folder only; `align` and `repair` change whole schools little."))
        return USAGE
    if is_schools_folder(options.folder):
        return solve_schools(options)
    return refuse_folder("solve", options.folder, as_json=options.json)


def _solve(options: argparse.Namespace) -> int:
    read = read_for_solver(options.folder)
    if read.county is None:
        return refuse("solve", read.errors, as_json=options.json)
    keep, errors = _to_keep(options.keep)
    if errors:
        return refuse("solve", errors, as_json=options.json)
    out: Path = options.out or options.folder
    effort = Effort(options.seconds, options.workers, options.seed)
    answer = solve_county(read.county, effort, first=_earlier(out, read.county), keep=keep, report=_tell)
    errors = _write(out, read.county, answer) if answer.is_plan else []
    explanation = explain_county_folder(options.folder, read.county, answer)
    if options.json:
        found = as_json(answer, explanation) | fallbacks_json(read.county, answer)
        unkept = {"errors": [each.as_json() for each in errors]} if errors else {}
        print(json.dumps(found | unkept, ensure_ascii=False))
    for damage in errors:
        say(damage.message)
    print(_words(answer), file=sys.stderr)
    if answer.changed is not None:
        facts = {"changed": answer.changed, "required": answer.required}
        print(_("%(changed)d of %(required)d class-lessons differ from the plan to keep.") % facts, file=sys.stderr)
    for each in explanation:
        print(f"{each['sentence']} {each['relaxation']}", file=sys.stderr)
    return DONE if answer.is_plan and not errors else REFUSED


def _write(out: Path, county: County, answer: WeeklyAnswer) -> list[Damage]:
    """Keep the plan, and what goes with it where the county asks for it or an earlier plan had it; what cannot be
    written."""
    try:
        write_broadcasts(out, answer.broadcasts)
        if county.recordable or (out / RECORDED.file).exists():
            write_recorded(out, answer.recorded)
        if county.facilitators or (out / FACILITATIONS).exists():
            write_facilitations(out, facilitations(county, answer.broadcasts, answer.recorded))
    except OSError as error:
        return [unwritten(out, error)]
    return []


def fallbacks_json(county: County, answer: WeeklyAnswer) -> dict[str, object]:
    """Further keys where there is a plan to keep, facilitators, substitutes or lessons that may be recorded; else none.

    `changed`: class-lessons that are not in the plan to keep.
    """
    found: dict[str, object] = {}
    if answer.changed is not None:
        found["changed"] = answer.changed
    if any(each.stands_in_for for each in county.teachers.values()):
        found["substituted"] = answer.substituted
    if county.recordable:
        found["recorded"] = len(answer.recorded)
    if county.facilitators:
        found["facilitated"] = _facilitated(county, answer)
    return found


def _facilitated(county: County, answer: WeeklyAnswer) -> int:
    """Class-lessons, live and recorded, at schools that name who is beside their classes."""
    watching = [class_id for each in answer.broadcasts for class_id in each.class_ids]
    watching += [each.class_id for each in answer.recorded]
    return sum(county.classes[class_id].school_id in county.facilitators for class_id in watching)


def _to_keep(file: Path | None) -> tuple[list[Broadcast], list[Damage]]:
    """The plan that is to be kept as far as can be, and what is wrong with its file; it need not hold any more."""
    return read_broadcasts(file) if file else ([], [])


def _earlier(out: Path, county: County) -> list[Broadcast]:
    """The plan that lies there already, if it is a valid one: the search begins from it and is never worse."""
    file = out / "broadcasts.csv"
    if not file.exists():
        return []
    broadcasts, errors = read_broadcasts(file)
    return [] if errors or verify(county, broadcasts) else broadcasts


def as_json(answer: WeeklyAnswer, explanation: list[dict[str, Any]]) -> dict[str, object]:
    """Exactly status, broadcasts, bound, served, required, seconds, unserved and explanation.

    `broadcasts` is the number a week, null without a complete plan.
    """
    return {
        "status": str(answer.status),
        "broadcasts": len(answer.broadcasts) if answer.is_plan else None,
        "bound": None if answer.recorded else answer.bound,
        "served": answer.served,
        "required": answer.required,
        "seconds": round(answer.seconds, 2),
        "unserved": [
            {"class_id": class_id, "subject": subject, "lessons": lessons}
            for class_id, subject, lessons in answer.unserved
        ],
        "explanation": explanation,
    }


def _tell(progress: Progress) -> None:
    if progress.unserved:
        sentence = _("%(seconds).1f s: %(unserved)d class-lessons still without a place (%(broadcasts)d broadcasts)")
    else:
        sentence = _("%(seconds).1f s: %(broadcasts)d broadcasts; no plan has fewer than %(bound)d")
        if progress.changed is not None:
            sentence = _(
                "%(seconds).1f s: %(broadcasts)d broadcasts; no plan has fewer than %(bound)d; "
                "%(changed)d class-lessons changed"
            )
    print(sentence % vars(progress), file=sys.stderr, flush=True)


def _words(answer: WeeklyAnswer) -> str:
    facts = {
        "broadcasts": len(answer.broadcasts),
        "bound": answer.bound,
        "served": answer.served,
        "required": answer.required,
        "seconds": answer.seconds,
    }
    if answer.recorded or answer.substituted:
        sentence = _(
            "%(broadcasts)d broadcasts serve %(served)d of %(required)d class-lessons live; %(substituted)d of them "
            "are given by a substitute; %(recorded)d lessons are watched recorded. %(seconds).1f s"
        )
        return sentence % {**facts, "recorded": len(answer.recorded), "substituted": answer.substituted}
    if answer.is_plan:
        sentence = _(
            "%(broadcasts)d broadcasts serve all %(required)d class-lessons; at least %(bound)d are needed. "
            "%(seconds).1f s"
        )
        return sentence % facts
    if answer.status == "infeasible":
        head = _("No plan can serve all %(required)d class-lessons; the best serves %(served)d. Nothing was written.")
    else:
        head = _(
            "No complete plan was found: the best serves %(served)d of %(required)d class-lessons. "
            "Nothing was written; more --seconds may help."
        )
    row = _("Without a place: class %(class_id)s, %(lessons)d lessons of %(subject)s")
    rows = [
        row % {"class_id": class_id, "subject": SUBJECTS.get(subject, subject), "lessons": lessons}
        for class_id, subject, lessons in answer.unserved[:SHOWN]
    ]
    more = [_("and %d more") % (len(answer.unserved) - SHOWN)] if len(answer.unserved) > SHOWN else []
    return "\n".join([head % facts, *rows, *more])
