"""The door of timetable for the contexts above."""

from tongtang.timetable.actions import Publication, Refused, publish_plan
from tongtang.timetable.imports import write_blocks, write_requirements, write_rules, write_unavailabilities
from tongtang.timetable.queries import rules_of
from tongtang.timetable.sentences import row_text, sentence_of
from tongtang.timetable.solver import classic
from tongtang.timetable.solver.model import Broadcast
from tongtang.timetable.weekly import Entry, class_week
from tongtang.timetable.weeks import Week, parse_week, week_of

__all__ = [
    "Broadcast",
    "Entry",
    "Publication",
    "Refused",
    "Week",
    "class_week",
    "classic",
    "parse_week",
    "publish_plan",
    "row_text",
    "rules_of",
    "sentence_of",
    "week_of",
    "write_blocks",
    "write_requirements",
    "write_rules",
    "write_unavailabilities",
]
