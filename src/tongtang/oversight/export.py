"""What the log shows, as a signed document: whoever gets it can check that this installation wrote it."""

from dataclasses import asdict
from typing import Any

from tongtang.access.api import Actor
from tongtang.audit.api import append, signed, stamp
from tongtang.audit.models import Entry
from tongtang.foundation import clock
from tongtang.oversight.queries import MOST_EXPORTED, Wanted, entries_for

# What is typed may be a child's name, which never enters the chain: that something was typed, not what.
TYPED = ("who", "about")
COLUMNS = [field.name for field in Entry._meta.concrete_fields]


def signed_entries(actor: Actor, wanted: Wanted) -> dict[str, Any]:
    """The latest `MOST_EXPORTED` entries of the filter, signed; `more` says whether there are others.

    The export is an entry of the log itself.
    """
    found = list(entries_for(actor, wanted)[: MOST_EXPORTED + 1].values(*COLUMNS))
    now = clock.now()
    narrowed = {name: str(value) for name, value in asdict(wanted).items() if value}
    append(
        stream="export",
        action="audit.exported",
        actor=actor.subject,
        object="audit:log",
        detail={
            "entries": min(len(found), MOST_EXPORTED),
            "filter": {name: "typed" if name in TYPED else value for name, value in narrowed.items()},
        },
        now=now,
    )
    return signed(
        {
            "made_at": stamp(now),
            "made_by": actor.subject,
            "filter": narrowed,
            "more": len(found) > MOST_EXPORTED,
            "entries": found[:MOST_EXPORTED],
        }
    )
