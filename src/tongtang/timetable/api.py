"""The door of timetable for the contexts above."""

from tongtang.timetable.actions import Publication, Refused, publish_plan
from tongtang.timetable.imports import write_blocks, write_requirements, write_rules, write_unavailabilities
from tongtang.timetable.queries import rules_of
from tongtang.timetable.sentences import clock_text, row_text, sentence_of
from tongtang.timetable.solver.county_plan import (
    CheckerDisagrees,
    Effort,
    Progress,
    WeeklyAnswer,
    solve_county,
)
from tongtang.timetable.solver.model import (
    BellSchedule,
    Broadcast,
    County,
    Period,
    Requirement,
    Rules,
    School,
    SchoolClass,
    Studio,
    Teacher,
    Unavailability,
)
from tongtang.timetable.solver.model import Limits as GroupLimits
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.weekly import Entry, class_week
from tongtang.timetable.weeks import Week, parse_week, week_of

__all__ = [
    "BellSchedule",
    "Broadcast",
    "CheckerDisagrees",
    "County",
    "Effort",
    "Entry",
    "GroupLimits",
    "Period",
    "Progress",
    "Publication",
    "Refused",
    "Requirement",
    "Rules",
    "School",
    "SchoolClass",
    "Studio",
    "Teacher",
    "Unavailability",
    "Week",
    "WeeklyAnswer",
    "class_week",
    "clock_text",
    "parse_week",
    "publish_plan",
    "row_text",
    "rules_of",
    "sentence_of",
    "solve_county",
    "verify",
    "week_of",
    "write_blocks",
    "write_requirements",
    "write_rules",
    "write_unavailabilities",
]
