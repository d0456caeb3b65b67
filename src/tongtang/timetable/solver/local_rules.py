"""The words of a school's own week: hard rules, soft rules and what a breach of each costs; no sentence texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

Fact = str | int | tuple[str, ...] | tuple[int, ...]


class LocalRule(StrEnum):
    """Hard rules, in the order in which breaches are reported."""

    NO_SUCH_CLASS = "no_such_class"
    NO_SUCH_TEACHER = "no_such_teacher"
    NO_SUCH_PERIOD = "no_such_period"
    NOT_REQUIRED = "not_required"
    WRONG_TEACHER = "wrong_teacher"
    LESSONS_MISSING = "lessons_missing"
    LESSONS_TOO_MANY = "lessons_too_many"
    CLASS_CLASH = "class_clash"
    TEACHER_CLASH = "teacher_clash"
    CLASS_GIVEN_AWAY = "class_given_away"
    TEACHER_NOT_THERE = "teacher_not_there"
    ABOVE_WEEKLY_CAP = "above_weekly_cap"


class SoftRule(StrEnum):
    MAX_PER_DAY = "max_per_day"
    DOUBLE = "double"
    EARLIEST_PERIOD = "earliest_period"
    LATEST_PERIOD = "latest_period"
    FREE_PERIOD = "free_period"
    MEETING_NOT_LAST = "meeting_not_last"
    PE_FIRST = "pe_first"


WEIGHTS: Final[Mapping[SoftRule, int]] = MappingProxyType(
    {rule: 1 if rule in (SoftRule.MEETING_NOT_LAST, SoftRule.PE_FIRST) else 100 for rule in SoftRule}
)
"""One breach each. What the files state, and a class left alone, stand above the habits of the house: a school of up
to a hundred class meetings never breaks one of the former to keep any number of the latter."""


@dataclass(frozen=True, slots=True)
class LocalBreach:
    """A hard rule broken: the lines of local_timetable.csv concerned (header = 1), and the numbers."""

    rule: LocalRule
    school_id: str
    lines: tuple[int, ...]
    facts: Mapping[str, Fact]
