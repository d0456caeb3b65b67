"""A county small enough to read: two points, four classes, four broadcasts that break no rule."""

from dataclasses import replace
from typing import Any

from tongtang.timetable.solver.model import (
    BellSchedule,
    Broadcast,
    County,
    Limits,
    Period,
    Requirement,
    Rules,
    School,
    SchoolClass,
    Studio,
    Teacher,
    Unavailability,
)

EIGHT, NINE, TEN = 480, 540, 600


def bell(bell_id: str, *starts: int) -> BellSchedule:
    return BellSchedule(bell_id, tuple(Period(number, start, start + 40) for number, start in enumerate(starts, 1)))


def keyed(*items: Any) -> dict[str, Any]:
    """By the id that stands first in every dataclass of the model."""
    return {getattr(item, item.__slots__[0]): item for item in items}


COUNTY = County(
    bells=keyed(bell("b1", EIGHT, NINE, TEN), bell("b2", EIGHT + 10, NINE + 10, TEN + 10)),
    schools=keyed(School("p1", "b1", 1, 1), School("p2", "b2", 2, 1)),
    classes=keyed(
        SchoolClass("x1", "p1", (1,), 10),
        SchoolClass("x2", "p1", (2,), 10, frozenset({(1, 3)})),
        SchoolClass("y1", "p2", (1,), 10),
        SchoolClass("y3", "p2", (3, 4), 10),
    ),
    teachers=keyed(
        Teacher("t1", frozenset({"music"}), 3),
        Teacher("t2", frozenset({"art"}), 3, (Unavailability(5, 570, 600),)),
        Teacher("t3", frozenset({"music", "art"}), 3),
    ),
    studios=keyed(Studio("s1", "a1"), Studio("s2", "a1")),
    requirements=(
        Requirement("x1", "music", 2),
        Requirement("y1", "music", 2),
        Requirement("x2", "art", 1),
        Requirement("y3", "art", 1),
    ),
    rules=Rules(40, 10, 10, Limits(2, 30, ((1, 2), (3, 4)))),
)

PLAN = {
    2: Broadcast("m1", "music", "t1", "s1", 1, EIGHT, ("x1", "y1")),
    3: Broadcast("m1", "music", "t1", "s1", 3, EIGHT, ("x1", "y1")),
    4: Broadcast("r1", "art", "t2", "s2", 2, NINE, ("x2",)),
    5: Broadcast("r2", "art", "t2", "s2", 4, NINE + 10, ("y3",)),
}
"""By line."""


def plan(changes: dict[int, dict[str, Any] | Broadcast | None]) -> list[Broadcast]:
    """The plan with some lines changed, added, or (None) taken out; the others keep their lines."""
    lines: dict[int, Broadcast] = dict(PLAN)
    for line, change in changes.items():
        if change is None:
            del lines[line]
        else:
            lines[line] = change if isinstance(change, Broadcast) else replace(lines[line], **change)
    return [replace(broadcast, line=line) for line, broadcast in sorted(lines.items())]


def county(**changes: Any) -> County:
    """The county with some rows replaced: schools, classes, teachers by row; rules and limits by field."""
    fields: dict[str, Any] = {}
    limits = {name: value for name, value in changes.items() if name in ("max_classes", "max_pupils")}
    rules = {
        name: changes[name] for name in ("lesson_minutes", "changeover_minutes", "group_is_stable") if name in changes
    }
    fields["rules"] = replace(COUNTY.rules, limits=replace(COUNTY.rules.limits, **limits), **rules)
    for table in ("bells", "schools", "teachers"):
        fields[table] = getattr(COUNTY, table) | keyed(*changes.get(table, ()))
    owed = {(each.class_id, each.subject): each for each in (*COUNTY.requirements, *changes.get("requirements", ()))}
    fields["requirements"] = tuple(each for each in owed.values() if each.lessons_per_week)
    return replace(COUNTY, **fields)
