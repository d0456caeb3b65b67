"""Bulk writes of what a county's files say about its timetable: what is owed, what is blocked, and the rules."""

from collections.abc import Mapping
from datetime import time

from tongtang.foundation import clock
from tongtang.organisations.api import Written, write_rows
from tongtang.timetable.models import (
    ClassBlock,
    Facilitator,
    LocalLesson,
    PlanRule,
    Recordable,
    Requirement,
    TeacherUnavailability,
)


def write_requirements(county: int, wanted: Mapping[tuple[int, str], tuple[int, int]]) -> Written:
    """Lessons a week, and once in how many weeks, by (class, subject code)."""
    rows = Requirement.with_ended.filter(home_class__county_code=county)
    values = {key: {"lessons_per_week": lessons, "every_weeks": weeks} for key, (lessons, weeks) in wanted.items()}
    return write_rows(rows, ("home_class_id", "subject_id"), values, clock.today())


def write_facilitators(county: int, wanted: Mapping[int, int]) -> Written:
    """School by person."""
    rows = Facilitator.with_ended.filter(school__county_code=county)
    values = {(person,): {"school_id": school} for person, school in wanted.items()}
    return write_rows(rows, ("person_id",), values, clock.today())


def write_recordable(county: int, wanted: Mapping[tuple[int, str], int]) -> Written:
    """Lessons a week that may be watched recorded, by (class, subject code)."""
    rows = Recordable.with_ended.filter(home_class__county_code=county)
    values = {key: {"lessons_per_week": lessons} for key, lessons in wanted.items()}
    return write_rows(rows, ("home_class_id", "subject_id"), values, clock.today())


def write_unavailabilities(county: int, wanted: Mapping[tuple[int, int, time], time]) -> Written:
    """Ends by (person, weekday, start)."""
    rows = TeacherUnavailability.with_ended.filter(person__county_code=county)
    values = {key: {"ends": end} for key, end in wanted.items()}
    return write_rows(rows, ("person_id", "weekday", "starts"), values, clock.today())


def write_blocks(county: int, wanted: set[tuple[int, int, int]]) -> Written:
    """Periods that classes have given away: (class, weekday, period number)."""
    rows = ClassBlock.with_ended.filter(home_class__county_code=county)
    return write_rows(rows, ("home_class_id", "weekday", "period_number"), {key: {} for key in wanted}, clock.today())


def write_local_lessons(county: int, wanted: Mapping[tuple[int, int, int], tuple[str, int]]) -> Written:
    """(subject code, person) by (class, weekday, period number)."""
    rows = LocalLesson.with_ended.filter(home_class__county_code=county)
    values = {key: {"subject_id": subject, "teacher_id": teacher} for key, (subject, teacher) in wanted.items()}
    return write_rows(rows, ("home_class_id", "weekday", "period_number"), values, clock.today())


def write_rules(county: int, wanted: Mapping[str, str]) -> Written:
    """Values by rule."""
    rows = PlanRule.with_ended.filter(county_code=county)
    values = {(county, rule): {"value": value} for rule, value in wanted.items()}
    return write_rows(rows, ("county_code", "rule"), values, clock.today())
