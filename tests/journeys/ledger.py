"""What stands in the ledger: `python -m tests.journeys.ledger LESSON`, run with the home's own variables.

Prints JSON: for each reception its seconds as the lesson page counts them, and its rows of evidence by kind.
"""

import json
import sys
from collections import Counter
from typing import Any

from tongtang.config import home


def main(lesson_id: str) -> dict[str, Any]:
    """By the public id of the reception."""
    home.load_django()
    from tongtang.lessons.api import figures_of
    from tongtang.lessons.models import EvidenceRow, Reception

    found = {}
    receptions = list(Reception.objects.filter(lesson__public_id=lesson_id).select_related("lesson"))
    figures = figures_of(receptions)
    for reception in receptions:
        rows = EvidenceRow.objects.filter(reception=reception).order_by("id")
        of_it = figures[reception.pk]
        found[str(reception.public_id)] = {
            "live_seconds": of_it.live_seconds,
            "recorded_seconds": of_it.recorded_seconds,
            "present": of_it.roll_call.present if of_it.roll_call else None,
            "not_delivered": of_it.not_delivered_reason,
            "make_ups": list(of_it.make_ups),
            "kinds": dict(Counter(row.kind for row in rows)),
            "received": [(row.payload["from"], row.payload["to"]) for row in rows if row.kind == "received"],
        }
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
