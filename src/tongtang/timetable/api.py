"""The door of timetable for the contexts above."""

from tongtang.timetable.actions import Publication, Refused, publish_plan
from tongtang.timetable.imports import write_blocks, write_requirements, write_rules, write_unavailabilities
from tongtang.timetable.local_sentences import breach_sentence, doubt_json
from tongtang.timetable.local_weeks import align_weeks, legal_slots, mend_weeks, solve_weeks
from tongtang.timetable.queries import rules_of
from tongtang.timetable.sentences import clock_text, row_text, sentence_of
from tongtang.timetable.solver.events import DayTransfer, Event, LessonMoved, LineDown, RoomLost, TeacherAway
from tongtang.timetable.solver.local_check import examine
from tongtang.timetable.solver.local_doubts import Doubt, anchor_slots, fit_of
from tongtang.timetable.solver.local_rules import LocalBreach, SoftRule
from tongtang.timetable.solver.model import (
    BellSchedule,
    Broadcast,
    Period,
    School,
    SchoolClass,
    Teacher,
    Unavailability,
)
from tongtang.timetable.solver.school_model import (
    AnchorLesson,
    LocalLesson,
    LocalRequirement,
    Pair,
    Slot,
    WholeSchool,
)
from tongtang.timetable.weekly import Entry, class_week
from tongtang.timetable.weeks import Week, parse_week, week_of

__all__ = [
    "AnchorLesson",
    "BellSchedule",
    "Broadcast",
    "DayTransfer",
    "Doubt",
    "Entry",
    "Event",
    "LessonMoved",
    "LineDown",
    "LocalBreach",
    "LocalLesson",
    "LocalRequirement",
    "Pair",
    "Period",
    "Publication",
    "Refused",
    "RoomLost",
    "School",
    "SchoolClass",
    "Slot",
    "SoftRule",
    "Teacher",
    "TeacherAway",
    "Unavailability",
    "Week",
    "WholeSchool",
    "align_weeks",
    "anchor_slots",
    "breach_sentence",
    "class_week",
    "clock_text",
    "doubt_json",
    "examine",
    "fit_of",
    "legal_slots",
    "mend_weeks",
    "parse_week",
    "publish_plan",
    "row_text",
    "rules_of",
    "sentence_of",
    "solve_weeks",
    "week_of",
    "write_blocks",
    "write_requirements",
    "write_rules",
    "write_unavailabilities",
]
