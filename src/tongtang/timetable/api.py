"""The door of timetable for the contexts above."""

from tongtang.timetable.actions import Publication, Refused, publish_plan
from tongtang.timetable.imports import write_blocks, write_requirements, write_rules, write_unavailabilities
from tongtang.timetable.queries import rules_of
from tongtang.timetable.sentences import row_text, sentence_of
from tongtang.timetable.solver.model import Broadcast
from tongtang.timetable.weekly import (
    Entry,
    class_entries,
    class_for,
    class_week,
    room_entries,
    school_entries,
    school_for,
    studio_entries,
    teacher_entries,
    teacher_for,
)
from tongtang.timetable.weeks import Week, parse_week, week_of

__all__ = [
    "Broadcast",
    "Entry",
    "Publication",
    "Refused",
    "Week",
    "class_entries",
    "class_for",
    "class_week",
    "parse_week",
    "publish_plan",
    "room_entries",
    "row_text",
    "rules_of",
    "school_entries",
    "school_for",
    "sentence_of",
    "studio_entries",
    "teacher_entries",
    "teacher_for",
    "week_of",
    "write_blocks",
    "write_requirements",
    "write_rules",
    "write_unavailabilities",
]
