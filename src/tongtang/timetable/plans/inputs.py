"""What a search for a weekly plan begins with, and whether that is still what is loaded."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from operator import itemgetter
from typing import Any, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongtang.alliances.api import alliance_anchored_by
from tongtang.foundation import clock
from tongtang.organisations.models import School
from tongtang.timetable import queries
from tongtang.timetable.actions import limits_of
from tongtang.timetable.solver.model import Broadcast, County, RecordedLesson

PARTS: Mapping[str, Any] = {
    "bells": gettext_lazy("bells"),
    "schools": gettext_lazy("schools"),
    "classes": gettext_lazy("classes"),
    "teachers": gettext_lazy("teachers"),
    "studios": gettext_lazy("studios"),
    "requirements": gettext_lazy("what is owed to classes"),
    "rules": gettext_lazy("rules"),
    "facilitators": gettext_lazy("facilitators"),
    "recordable": gettext_lazy("what may be watched recorded"),
    "own_lessons": gettext_lazy("what schools teach themselves"),
}


def county_for_anchor(county_code: int, anchor: School) -> County:
    """The county with the studios of one school only, with the limits of the alliance that this school anchors.

    What schools teach themselves is in it.

    Raises:
        KeyError: a rule is missing.
        ValueError: a row names another that is gone (`doubts.doubts_of` says which).
    """
    county = queries.plan_county(county_code)
    studios = {key: one for key, one in county.studios.items() if one.school_id == anchor.source_id}
    alliance = alliance_anchored_by(anchor, clock.today())
    limits = county.rules.limits if alliance is None else limits_of(county, alliance)
    own = queries.own_lessons_of(county_code)
    return replace(county, studios=studios, rules=replace(county.rules, limits=limits), own_lessons=own)


def digests_of(county: County) -> dict[str, str]:
    """SHA-256 by part of the county, the same for the same rows in whatever order the database gives them."""
    return {part.name: _digest(getattr(county, part.name)) for part in fields(county)}


def _digest(rows: Any) -> str:
    if isinstance(rows, Mapping):
        rows = [one if is_dataclass(one) else (key, one) for key, one in sorted(rows.items(), key=itemgetter(0))]
    texts = sorted(repr(_plain(one)) for one in rows) if isinstance(rows, list | tuple) else [repr(_plain(rows))]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _plain(one: Any) -> Any:
    """Sets have no order of their own."""
    if not is_dataclass(one):
        return one
    return {
        name: sorted(value, key=repr) if isinstance(value, frozenset | tuple | list) else value
        for name, value in asdict(cast("Any", one)).items()
    }


def changed_parts(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Names of the parts that differ, as words; empty where none does."""
    names = [str(PARTS[name]) for name in PARTS if before.get(name) != after.get(name)]
    return _(", ").join(names)


def broadcasts_in(plan: Iterable[Mapping[str, Any]]) -> list[Broadcast]:
    """A plan as it is kept in a row (`PlanRun.plan`, `PublishedPlan.broadcasts`)."""
    return [Broadcast(**{**one, "class_ids": tuple(one["class_ids"])}) for one in plan]


def recorded_in(plan: Iterable[Mapping[str, Any]]) -> list[RecordedLesson]:
    """What is watched recorded in a plan as it is kept in a row."""
    return [RecordedLesson(**one) for one in plan]
