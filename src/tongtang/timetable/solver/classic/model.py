"""An institution with one grid of days x hours, its activities and the constraints on them.

A slot is one hour of the week: `day * len(hours) + hour`, both from 0. A weight is a percentage: 100 binds, below that
each broken unit costs `weight / 100` (the measure of FET's "conflicts").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Slot = int
HARD: Final = 100.0
UNITS_PER_CONFLICT: Final = 10_000
"""Costs are counted in whole ten-thousandths of a conflict: a weight has up to two decimals."""


class Kind(StrEnum):
    TEACHER = "teacher"
    SUBGROUP = "subgroup"
    ROOM = "room"


Resource = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a constraint stands: its kind in the words of its file, and its place (from 1) in the file's list."""

    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class Activity:
    """One lesson of `duration` hours. `students` are names of sets, `pupils` how many they are together."""

    activity_id: int
    duration: int
    teachers: tuple[str, ...]
    students: tuple[str, ...]
    pupils: int


@dataclass(frozen=True, slots=True)
class Starts:
    """Each of the activities starts at one of `starts`."""

    source: Source
    weight: float
    activity_ids: tuple[int, ...]
    starts: frozenset[Slot]


@dataclass(frozen=True, slots=True)
class MinDays:
    """Every two lie at least `days` days apart; each day that lacks is a unit.

    With `adjacent_on_a_day`, two on one day follow each other without a gap, whatever the weight.
    """

    source: Source
    weight: float
    activity_ids: tuple[int, ...]
    days: int
    adjacent_on_a_day: bool


@dataclass(frozen=True, slots=True)
class MaxDays:
    """Every two lie at most `days` days apart."""

    source: Source
    weight: float
    activity_ids: tuple[int, ...]
    days: int


class Share(StrEnum):
    TIME = "time"
    DAY = "day"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class SameStart:
    """Every two start at the same time, on the same day or at the same hour of the day."""

    source: Source
    weight: float
    activity_ids: tuple[int, ...]
    share: Share


@dataclass(frozen=True, slots=True)
class MinGap:
    """Every two on one day have at least `hours` hours between them; with 0 they do not overlap."""

    source: Source
    weight: float
    activity_ids: tuple[int, ...]
    hours: int


class Order(StrEnum):
    """How `second` stands to `first`; breaks between two that follow each other do not count."""

    FOLLOWS = "follows"
    NEXT_TO = "next_to"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Pair:
    source: Source
    weight: float
    first: int
    second: int
    order: Order


@dataclass(frozen=True, slots=True)
class EndsDay:
    """Nothing follows the activity on that day for any of its students."""

    source: Source
    weight: float
    activity_ids: tuple[int, ...]


class Measure(StrEnum):
    """What of one resource is limited. Gaps are open hours without lesson between the first and last of a day."""

    MAX_HOURS_A_DAY = "max_hours_a_day"
    MIN_HOURS_A_DAY = "min_hours_a_day"
    MAX_HOURS_IN_A_ROW = "max_hours_in_a_row"
    MAX_GAPS_A_DAY = "max_gaps_a_day"
    MAX_GAPS_A_WEEK = "max_gaps_a_week"
    MAX_DAYS = "max_days"
    MIN_DAYS = "min_days"
    MAX_LATE_BEGINNINGS = "max_late_beginnings"


@dataclass(frozen=True, slots=True)
class Limit:
    """The `measure` of each of `whom` keeps `limit`.

    `empty_days`: whether a day without any lesson satisfies a minimum. `only`: the activities that count, None = all.
    `hours`: the hours of the day that count, first inside and last outside, None = all.
    """

    source: Source
    weight: float
    whom: tuple[Resource, ...]
    measure: Measure
    limit: int
    empty_days: bool = True
    only: frozenset[int] | None = None
    hours: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class SlotsUsed:
    """The activities together occupy at most `limit` different slots out of `slots`."""

    source: Source
    weight: float
    activity_ids: tuple[int, ...]
    slots: frozenset[Slot]
    limit: int


@dataclass(frozen=True, slots=True)
class AtOnce:
    """At most `limit` of the activities run at once in any of `slots`."""

    source: Source
    weight: float
    activity_ids: tuple[int, ...]
    slots: frozenset[Slot]
    limit: int


@dataclass(frozen=True, slots=True)
class Rooms:
    """Each of the activities takes place in one of `rooms`.

    `home`: only a fallback, which a room of the activity's other room constraints satisfies as well.
    """

    source: Source
    weight: float
    activity_ids: tuple[int, ...]
    rooms: frozenset[str]
    home: bool = False


Constraint = Starts | MinDays | MaxDays | SameStart | MinGap | Pair | EndsDay | Limit | SlotsUsed | AtOnce | Rooms


@dataclass(frozen=True, slots=True)
class Institution:
    """`subgroups` maps each set of students to the smallest groups it consists of; `rooms` maps a room to its seats.

    `breaks` are slots in which nothing can be; `away` maps a resource to the slots in which it cannot be had.
    """

    days: tuple[str, ...]
    hours: tuple[str, ...]
    activities: Mapping[int, Activity]
    subgroups: Mapping[str, frozenset[str]]
    rooms: Mapping[str, int]
    breaks: frozenset[Slot]
    away: Mapping[Resource, frozenset[Slot]]
    constraints: tuple[Constraint, ...]

    def day_of(self, slot: Slot) -> int:
        return slot // len(self.hours)

    def resources_of(self, activity: Activity) -> tuple[Resource, ...]:
        """Its teachers and subgroups, each once."""
        subgroups = {name for students in activity.students for name in self.subgroups[students]}
        people = [(Kind.TEACHER, name) for name in dict.fromkeys(activity.teachers)]
        return (*people, *((Kind.SUBGROUP, name) for name in sorted(subgroups)))


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an activity stands; `room` is None where none is asked for."""

    start: Slot
    room: str | None = None


Timetable = Mapping[int, Placed]


def is_hard(weight: float) -> bool:
    return weight >= HARD


def in_force(constraint: Constraint) -> bool:
    """Whether it can be broken at all: with weight 0 only what a `MinDays` binds whatever its weight."""
    adjacent = isinstance(constraint, MinDays) and constraint.adjacent_on_a_day
    return adjacent or units(constraint.weight) > 0


def units(weight: float) -> int:
    """What one broken unit costs."""
    return round(weight * UNITS_PER_CONFLICT / HARD)
