"""The counties of the fixtures' generator with other rules and other hours."""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tongtang.timetable.solver.model import County, Unavailability

LIMITS = frozenset(("max_classes", "max_pupils", "grade_bands"))


def changed(county: County, seed: int = 1, blocked: float = 0, away: float = 0, **rules: Any) -> County:
    """The county with these rules; `blocked` and `away` are shares of periods, drawn anew where they are not 0."""
    rng = random.Random(seed)
    limits = {name: value for name, value in rules.items() if name in LIMITS}
    others = {name: value for name, value in rules.items() if name not in LIMITS}
    fields: dict[str, Mapping[str, Any]] = {}
    if blocked:
        fields["classes"] = {
            class_id: replace(
                each,
                blocked=frozenset(
                    (weekday, period.number)
                    for weekday in range(1, 6)
                    for period in county.bell_of(each).periods
                    if rng.random() < blocked
                ),
            )
            for class_id, each in county.classes.items()
        }
    if away:
        bell = county.bells[min(county.bells)]
        fields["teachers"] = {
            teacher_id: replace(
                each,
                unavailable=tuple(
                    Unavailability(weekday, period.start, period.end)
                    for weekday in range(1, 6)
                    for period in bell.periods
                    if rng.random() < away
                ),
            )
            for teacher_id, each in county.teachers.items()
        }
    changed_rules = replace(county.rules, limits=replace(county.rules.limits, **limits), **others)
    return replace(county, rules=changed_rules, **fields)
