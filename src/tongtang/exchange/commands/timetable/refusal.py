"""What `tongtang timetable` says where it has no answer: each documented key, null where there is nothing, and why."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from tongtang.exchange.county.damage import Damage

DONE, REFUSED, USAGE = 0, 1, 2
SHOWN = 50
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "solve": ("broadcasts", "bound", "served", "required", "seconds", "unserved"),
    "check": ("broadcasts", "violations"),
    "align": ("school_id", "moved", "forced_minimum", "seconds", "penalty"),
    "repair": ("moved", "fallbacks", "cost", "bound", "alternatives", "weeks", "seconds"),
}
"""The keys of each verb's JSON beside `status` and `explanation`."""


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def refuse(verb: str, errors: Iterable[Damage], *, as_json: bool) -> int:
    """Say what is wrong in the files; nothing was done. 1."""
    errors = list(errors)
    if as_json:
        nothing: dict[str, Any] = {"status": "unknown", **dict.fromkeys(KEYS[verb]), "explanation": []}
        print(json.dumps(nothing | {"errors": [each.as_json() for each in errors]}, ensure_ascii=False))
    for each in errors[:SHOWN]:
        place = f"{each.file}:{each.line}" if each.line else each.file
        say(" ".join(part for part in (place, each.column, each.value, each.message) if part))
    if len(errors) > SHOWN:
        say(_("and %d more") % (len(errors) - SHOWN))
    say(_("Nothing was written. Correct these places, then try again."))
    return REFUSED


def refuse_folder(verb: str, folder: Path, *, as_json: bool) -> int:
    """Say that the folder is neither a county's nor schools'."""
    sentence = _(
        "This folder holds neither requirements.csv (a county's broadcasts) nor local_requirements.csv (whole schools)."
    )
    return refuse(verb, [Damage(str(folder), 0, "", "", sentence)], as_json=as_json)


def unwritten(path: Path, error: OSError) -> Damage:
    """Where an answer could not be kept, and why."""
    sentence = _("%(path)s cannot be written (%(reason)s). Nothing was changed.")
    return Damage(str(path), 0, "", "", sentence % {"path": path, "reason": error.strerror or error})
