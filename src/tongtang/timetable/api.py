"""The door of timetable for the contexts above."""

from tongtang.timetable.actions import Publication, Refused, publish_plan
from tongtang.timetable.imports import write_blocks, write_requirements, write_rules, write_unavailabilities
from tongtang.timetable.queries import rules_of
from tongtang.timetable.sentences import row_text, sentence_of
from tongtang.timetable.solver.model import Broadcast

__all__ = [
    "Broadcast",
    "Publication",
    "Refused",
    "publish_plan",
    "row_text",
    "rules_of",
    "sentence_of",
    "write_blocks",
    "write_requirements",
    "write_rules",
    "write_unavailabilities",
]
