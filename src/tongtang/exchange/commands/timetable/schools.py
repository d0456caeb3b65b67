"""What `solve` and `check` do with a folder of whole schools."""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tongtang.exchange.commands.timetable.refusal import DONE, REFUSED, SHOWN, refuse, say, unwritten
from tongtang.exchange.county.damage import Damage
from tongtang.exchange.timetables.explain import Items, schools_explainer
from tongtang.exchange.timetables.local_write import FILE, write_local_timetable
from tongtang.exchange.timetables.schools import SchoolsFolder, read_schools
from tongtang.timetable.api import WEIGHTS, LocalLesson, SoftRule, breach_sentence, examine, solve_weeks


def overall(statuses: Iterable[str]) -> str:
    """One status for many: the worst."""
    found = set(statuses)
    return next((one for one in ("infeasible", "unknown", "feasible") if one in found), "optimal")


def solve_schools(options: argparse.Namespace) -> int:
    """Every school's week from local_requirements.csv; local_timetable.csv goes to `--out` when all have one."""
    began = time.monotonic()
    folder = read_schools(options.folder)
    if folder.errors:
        return refuse("solve", folder.errors, as_json=options.json)
    weeks, hard, soft = [], Items(), Items()
    explained = schools_explainer(options.folder, folder.schools)
    for week in solve_weeks(folder.schools, options.seconds, options.workers, options.seed):
        weeks.append(week)
        line = _("%(school)s: %(status)s, penalty %(penalty)s, bound %(bound)s, %(seconds).1f s")
        say(line % {"school": week.school_id, "status": week.status, "penalty": week.penalty, "bound": week.bound,
                    "seconds": week.seconds})  # fmt: skip
        if _to_tell(week):
            (soft if week.lessons else hard).extend(_told(explained(week.school_id, week.lessons)))
    solved = all(week.penalty is not None for week in weeks)
    errors = _keep(options, [lesson for week in weeks for lesson in week.lessons]) if solved else []
    result: dict[str, Any] = {
        "status": overall(week.status for week in weeks),
        "broadcasts": None,
        "penalty": sum(week.penalty or 0 for week in weeks) if solved else None,
        "bound": sum(week.bound or 0 for week in weeks) if solved else None,
        "served": sum(len(week.lessons) for week in weeks),
        "required": sum(row.lessons for whole in folder.schools for row in whole.requirements),
        "unserved": [] if solved else None,
        "seconds": round(time.monotonic() - began, 3),
        "soft": soft_counts(folder, {week.school_id: week.lessons for week in weeks}),
        "schools": [
            {"school_id": week.school_id, "status": str(week.status), "penalty": week.penalty, "bound": week.bound,
             "seconds": round(week.seconds, 3)}
            for week in weeks
        ],
        "explanation": [*hard, *soft],
    }  # fmt: skip
    if errors:
        result["errors"] = [each.as_json() for each in errors]
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    words = _("%(status)s: %(served)d of %(required)d lessons, penalty %(penalty)s, bound %(bound)s, %(seconds).1f s")
    say(words % result)
    for damage in errors:
        say(damage.message)
    return DONE if solved and not errors else REFUSED


def _to_tell(week: Any) -> bool:
    """Without a week, or with one that breaks what the files state."""
    return not week.lessons or (week.penalty or 0) >= WEIGHTS[SoftRule.DOUBLE]


def _told(items: Items) -> Items:
    """The explanation of one school, said as soon as it is found."""
    for one in items[:SHOWN]:
        say(f"{one['sentence']} {one['relaxation']}")
    if len(items) > SHOWN:
        say(_("and %d more") % (len(items) - SHOWN))
    return items


def _keep(options: argparse.Namespace, lessons: Iterable[LocalLesson]) -> list[Damage]:
    """Into `--out`; without it into the folder itself, but never over a timetable that is there. What goes wrong."""
    out: Path = options.out or options.folder
    if options.out is None and (out / FILE).exists():
        say(_("Not written: the folder has a %(file)s already. Name another folder with --out.") % {"file": FILE})
        return []
    try:
        say(_("Written: %(path)s") % {"path": write_local_timetable(out, lessons)})
    except OSError as error:
        return [unwritten(out, error)]
    return []


def soft_counts(folder: SchoolsFolder, lessons: dict[str, Any]) -> dict[str, int]:
    """Soft rules broken, by rule."""
    count: Counter[str] = Counter()
    for whole in folder.schools:
        if lessons.get(whole.school_id):
            count.update({str(rule): number for rule, number in examine(whole, lessons[whole.school_id]).soft.items()})
    return dict(count)


def check_schools(options: argparse.Namespace) -> int:
    """Every hard breach of local_timetable.csv, or of `--plan`; soft rules are counted apart. 1 if any is hard."""
    plan: Path | None = options.plan
    folder = read_schools(options.folder, plan)
    if folder.errors:
        return refuse("check", folder.errors, as_json=options.json)
    violations = []
    penalty = 0
    for whole in folder.schools:
        found = examine(whole, whole.base, folder.lines[whole.school_id])
        penalty += found.penalty
        for breach in found.breaches:
            violations.append({"rule": str(breach.rule), "school_id": breach.school_id, "lines": list(breach.lines),
                               "sentence": breach_sentence(breach)})  # fmt: skip
    result = {
        "broadcasts": None,
        "violations": violations,
        "soft": soft_counts(folder, {whole.school_id: whole.base for whole in folder.schools}),
        "penalty": penalty,
        "schools": len(folder.schools),
    }
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    file = plan.name if plan else "local_timetable.csv"
    for one in violations[:SHOWN]:
        say(f"{file}:{','.join(map(str, one['lines'])) or '-'} {one['sentence']}")
    say(_("%(count)d violations of hard rules, penalty %(penalty)d for soft ones.") % {"count": len(violations),
        "penalty": penalty})  # fmt: skip
    return REFUSED if violations else DONE
