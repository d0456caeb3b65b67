"""The door of timetable for the contexts above."""

from tongtang.timetable.actions import Publication, Refused, publish_plan
from tongtang.timetable.explain_sentences import Words, fallback_explanation
from tongtang.timetable.explanations import county_explanation, school_explanation
from tongtang.timetable.imports import write_blocks, write_requirements, write_rules, write_unavailabilities
from tongtang.timetable.local_sentences import breach_sentence, doubt_json
from tongtang.timetable.local_weeks import align_weeks, legal_slots, mend_weeks, solve_weeks
from tongtang.timetable.orders.actions import apply_order, make_order, preview_order, withdraw_order
from tongtang.timetable.orders.preview import Preview
from tongtang.timetable.orders.queries import (
    alliance_to_change,
    alliances_to_change,
    order_for,
    orders_for,
    orders_in_force,
    orders_of_week,
)
from tongtang.timetable.orders.requests import (
    Cancel,
    MakeUp,
    Move,
    Ring,
    Rotation,
    Substitute,
    Swap,
    Temporary,
    Transfer,
    Turn,
    WeekBells,
)
from tongtang.timetable.queries import rules_of
from tongtang.timetable.sentences import clock_text, row_text, sentence_of
from tongtang.timetable.solver import classic
from tongtang.timetable.solver.county_plan import (
    CheckerDisagrees,
    Effort,
    Progress,
    WeeklyAnswer,
    solve_county,
)
from tongtang.timetable.solver.events import DayTransfer, Event, LessonMoved, LineDown, RoomLost, TeacherAway
from tongtang.timetable.solver.local_check import examine
from tongtang.timetable.solver.local_doubts import Doubt, anchor_slots, fit_of
from tongtang.timetable.solver.local_rules import WEIGHTS, LocalBreach, SoftRule
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
from tongtang.timetable.solver.school_model import (
    AnchorLesson,
    LocalLesson,
    LocalRequirement,
    Pair,
    Slot,
    WholeSchool,
)
from tongtang.timetable.solver.verify import verify
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
    "WEIGHTS",
    "AnchorLesson",
    "BellSchedule",
    "Broadcast",
    "Cancel",
    "CheckerDisagrees",
    "County",
    "DayTransfer",
    "Doubt",
    "Effort",
    "Entry",
    "Event",
    "GroupLimits",
    "LessonMoved",
    "LineDown",
    "LocalBreach",
    "LocalLesson",
    "LocalRequirement",
    "MakeUp",
    "Move",
    "Pair",
    "Period",
    "Preview",
    "Progress",
    "Publication",
    "Refused",
    "Requirement",
    "Ring",
    "RoomLost",
    "Rotation",
    "Rules",
    "School",
    "SchoolClass",
    "Slot",
    "SoftRule",
    "Studio",
    "Substitute",
    "Swap",
    "Teacher",
    "TeacherAway",
    "Temporary",
    "Transfer",
    "Turn",
    "Unavailability",
    "Week",
    "WeekBells",
    "WeeklyAnswer",
    "WholeSchool",
    "Words",
    "align_weeks",
    "alliance_to_change",
    "alliances_to_change",
    "anchor_slots",
    "apply_order",
    "breach_sentence",
    "class_entries",
    "class_for",
    "class_week",
    "classic",
    "clock_text",
    "county_explanation",
    "doubt_json",
    "examine",
    "fallback_explanation",
    "fit_of",
    "legal_slots",
    "make_order",
    "mend_weeks",
    "order_for",
    "orders_for",
    "orders_in_force",
    "orders_of_week",
    "parse_week",
    "preview_order",
    "publish_plan",
    "room_entries",
    "row_text",
    "rules_of",
    "school_entries",
    "school_explanation",
    "school_for",
    "sentence_of",
    "solve_county",
    "solve_weeks",
    "studio_entries",
    "teacher_entries",
    "teacher_for",
    "verify",
    "week_of",
    "withdraw_order",
    "write_blocks",
    "write_requirements",
    "write_rules",
    "write_unavailabilities",
]
