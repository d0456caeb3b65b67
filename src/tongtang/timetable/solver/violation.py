"""The words in which the checker speaks: a rule, the rows that break it, the facts of the breach; no sentence texts.

Facts named `start`, `end`, `*_start` or `*_end` are minutes of the day, and `starts` is a tuple of them; `weekday` is
ISO; `limit` is what the rule allows and `count` what the plan has. Where `starts` stands, the n-th of `group_ids`
belongs to the n-th of `starts`, and both follow the broadcasts among `rows`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

Fact = str | int | tuple[str, ...] | tuple[int, ...] | tuple[tuple[int, int], ...]


class Rule(StrEnum):
    """One name a rule, in the order in which breaches are reported."""

    UNKNOWN_CLASS = "unknown_class"
    UNKNOWN_TEACHER = "unknown_teacher"
    UNKNOWN_STUDIO = "unknown_studio"
    UNKNOWN_ALLIANCE = "unknown_alliance"
    WEEKDAY_OUTSIDE_WEEK = "weekday_outside_week"
    LESSON_OUTSIDE_DAY = "lesson_outside_day"
    BROADCAST_WITHOUT_CLASS = "broadcast_without_class"
    CLASS_TWICE_IN_BROADCAST = "class_twice_in_broadcast"
    TEACHER_NOT_OF_SUBJECT = "teacher_not_of_subject"
    SUBJECT_NOT_REQUIRED = "subject_not_required"
    REQUIREMENT_MISSED = "requirement_missed"
    REQUIREMENT_EXCEEDED = "requirement_exceeded"
    WEEK_OUTSIDE_CYCLE = "week_outside_cycle"
    CYCLE_NOT_AS_OWED = "cycle_not_as_owed"
    RECORDED_FOR_UNKNOWN_CLASS = "recorded_for_unknown_class"
    RECORDED_IN_NO_PERIOD = "recorded_in_no_period"
    RECORDED_TOO_OFTEN = "recorded_too_often"
    START_FITS_NO_PERIOD = "start_fits_no_period"
    START_FITS_SEVERAL_PERIODS = "start_fits_several_periods"
    CLASS_TWICE_IN_PERIOD = "class_twice_in_period"
    CLASS_OVERLAP = "class_overlap"
    CLASS_BLOCKED = "class_blocked"
    CLASS_TAUGHT_BY_OWN_SCHOOL = "class_taught_by_own_school"
    SUBJECT_TOO_OFTEN_A_DAY = "subject_too_often_a_day"
    GRADES_SHARE_NO_BAND = "grades_share_no_band"
    TOO_MANY_CLASSES = "too_many_classes"
    TOO_MANY_PUPILS = "too_many_pupils"
    TEACHER_OVERLAP = "teacher_overlap"
    TEACHER_CHANGEOVER = "teacher_changeover"
    TEACHER_UNAVAILABLE = "teacher_unavailable"
    TEACHER_WITH_OWN_CLASS = "teacher_with_own_class"
    TEACHER_ABOVE_CAP = "teacher_above_cap"
    STUDIO_OVERLAP = "studio_overlap"
    STUDIO_CHANGEOVER = "studio_changeover"
    ROOMS_IN_PERIOD = "rooms_in_period"
    ROOMS_AT_ONCE = "rooms_at_once"
    STREAMS_IN_PERIOD = "streams_in_period"
    STREAMS_AT_ONCE = "streams_at_once"
    FACILITATORS_AT_ONCE = "facilitators_at_once"
    GROUP_CHANGES_SUBJECT = "group_changes_subject"
    GROUP_CHANGES_TEACHER = "group_changes_teacher"
    GROUP_CHANGES_CLASSES = "group_changes_classes"
    CLASS_CHANGES_GROUP = "class_changes_group"
    CLASS_CHANGES_TEACHER = "class_changes_teacher"


_FIT: Final = ("group_id", "class_id", "school_id", "bell_id", "weekday", "start", "tolerance")
_PAIR: Final = ("weekday", "group_ids", "starts", "lesson_minutes")
_SHARED: Final = ("group_id", "subject", "class_ids")
_FULL_PERIOD: Final = ("school_id", "weekday", "period", "class_ids", "group_ids", "starts", "count", "limit")
_FULL_MOMENT: Final = ("school_id", "weekday", "start", "end", "class_ids", "group_ids", "starts", "count", "limit")

FACTS: Final[Mapping[Rule, tuple[str, ...]]] = MappingProxyType(
    {
        Rule.UNKNOWN_CLASS: ("group_id", "class_id"),
        Rule.UNKNOWN_TEACHER: ("group_id", "teacher_id"),
        Rule.UNKNOWN_STUDIO: ("group_id", "studio_id"),
        Rule.UNKNOWN_ALLIANCE: ("group_id", "alliance_id"),
        Rule.WEEKDAY_OUTSIDE_WEEK: ("group_id", "weekday"),
        Rule.LESSON_OUTSIDE_DAY: ("group_id", "weekday", "start", "end"),
        Rule.BROADCAST_WITHOUT_CLASS: ("group_id", "weekday", "start"),
        Rule.CLASS_TWICE_IN_BROADCAST: ("group_id", "class_id", "count"),
        Rule.TEACHER_NOT_OF_SUBJECT: ("group_id", "teacher_id", "subject", "teacher_subjects"),
        Rule.SUBJECT_NOT_REQUIRED: ("group_id", "class_id", "subject", "required_subjects"),
        Rule.REQUIREMENT_MISSED: ("class_id", "subject", "count", "limit"),
        Rule.REQUIREMENT_EXCEEDED: ("class_id", "subject", "count", "limit"),
        Rule.WEEK_OUTSIDE_CYCLE: ("group_id", "every_weeks", "week"),
        Rule.CYCLE_NOT_AS_OWED: ("group_id", "class_id", "subject", "count", "limit"),
        Rule.RECORDED_FOR_UNKNOWN_CLASS: ("class_id",),
        Rule.RECORDED_IN_NO_PERIOD: ("class_id", "weekday", "period"),
        Rule.RECORDED_TOO_OFTEN: ("class_id", "subject", "count", "limit"),
        Rule.START_FITS_NO_PERIOD: (*_FIT, "nearest_period", "nearest_start"),
        Rule.START_FITS_SEVERAL_PERIODS: (*_FIT, "periods"),
        Rule.CLASS_TWICE_IN_PERIOD: ("class_id", "weekday", "period", "group_ids", "starts"),
        Rule.CLASS_OVERLAP: ("class_id", *_PAIR),
        Rule.CLASS_BLOCKED: ("group_id", "class_id", "weekday", "start", "period"),
        Rule.CLASS_TAUGHT_BY_OWN_SCHOOL: ("group_id", "class_id", "weekday", "start", "period", "subject"),
        Rule.SUBJECT_TOO_OFTEN_A_DAY: ("class_id", "subject", "weekday", "group_ids", "starts", "count", "limit"),
        Rule.GRADES_SHARE_NO_BAND: (*_SHARED, "grades", "grade_bands"),
        Rule.TOO_MANY_CLASSES: (*_SHARED, "count", "limit"),
        Rule.TOO_MANY_PUPILS: (*_SHARED, "count", "limit"),
        Rule.TEACHER_OVERLAP: ("teacher_id", *_PAIR),
        Rule.TEACHER_CHANGEOVER: ("teacher_id", *_PAIR, "count", "limit"),
        Rule.TEACHER_UNAVAILABLE: ("group_id", "teacher_id", "weekday", "start", "end", "away_start", "away_end"),
        Rule.TEACHER_WITH_OWN_CLASS: ("group_id", "teacher_id", "class_id", "weekday", "start", "period", "subject"),
        Rule.TEACHER_ABOVE_CAP: ("teacher_id", "count", "limit"),
        Rule.STUDIO_OVERLAP: ("studio_id", *_PAIR),
        Rule.STUDIO_CHANGEOVER: ("studio_id", *_PAIR, "count", "limit"),
        Rule.ROOMS_IN_PERIOD: _FULL_PERIOD,
        Rule.ROOMS_AT_ONCE: _FULL_MOMENT,
        Rule.STREAMS_IN_PERIOD: _FULL_PERIOD,
        Rule.STREAMS_AT_ONCE: _FULL_MOMENT,
        Rule.FACILITATORS_AT_ONCE: ("school_id", "class_ids", "weekday", "group_ids", "starts", "count", "limit"),
        Rule.GROUP_CHANGES_SUBJECT: ("group_id", "subjects"),
        Rule.GROUP_CHANGES_TEACHER: ("group_id", "teacher_ids"),
        Rule.GROUP_CHANGES_CLASSES: ("group_id", "class_ids"),
        Rule.CLASS_CHANGES_GROUP: ("class_id", "subject", "group_ids"),
        Rule.CLASS_CHANGES_TEACHER: ("class_id", "subject", "teacher_ids"),
    }
)
"""The facts that a breach of each rule carries: the contract with whoever forms sentences.

`count` and `limit` of a changeover are minutes between the two lessons and minutes needed, of a requirement the
lessons planned and owed; `start` and `end` of a full moment bound the time when all its lessons run; `class_ids` of a
group that changes classes are those that are not in every one of its broadcasts; `subject` and `period` of what a
school teaches itself are those of its own lesson.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the county's files: `table` is the file's name without ending.

    `line` is given only for broadcasts (header = 1), whose group id stands in many rows. A row of requirements bears
    the id of its class; its subject is among the facts.
    """

    table: str
    id: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """`rows` are the broadcasts concerned, in the order of their facts, after the person or place they clash on."""

    rule: Rule
    rows: tuple[Row, ...]
    facts: Mapping[str, Fact]
