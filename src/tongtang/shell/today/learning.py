"""Today of a class: what its pupils read on their own page and on the tablet where they sign in."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tongtang.access.api import Actor
from tongtang.classroom.api import lesson_title
from tongtang.foundation import clock
from tongtang.lessons.api import Verb, receptions_for


@dataclass(frozen=True)
class Hour:
    """One lesson of the day; `over` and `now` as of the reading."""

    title: str
    starts_at: datetime
    ends_at: datetime
    over: bool
    now: bool


def hours_of_today(actor: Actor) -> dict[str, Sequence[Hour]]:
    """Today's lessons by the class's public id: the pupil's class, or the classes that sign in on the device."""
    now = clock.now()
    rows = receptions_for(actor, Verb.FOLLOW).filter(date=clock.today(), active=True).order_by("starts_at")
    found: dict[str, list[Hour]] = defaultdict(list)
    for row in rows:
        hour = Hour(
            lesson_title(row.lesson), row.starts_at, row.ends_at, row.ends_at <= now, row.starts_at <= now < row.ends_at
        )
        found[str(row.home_class.public_id)].append(hour)
    return dict(found)
