"""The door of timetable for the contexts above."""

from tongtang.timetable.actions import Publication, Refused, publish_plan
from tongtang.timetable.alliance_week import alliance_for, week_of_alliance
from tongtang.timetable.explain_sentences import Words, fallback_explanation
from tongtang.timetable.explanations import county_explanation, school_explanation
from tongtang.timetable.facilitators import seat_facilitators
from tongtang.timetable.forms import choice_in, chosen_in, week_in
from tongtang.timetable.imports import (
    write_blocks,
    write_facilitators,
    write_local_lessons,
    write_recordable,
    write_requirements,
    write_rules,
    write_unavailabilities,
)
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
from tongtang.timetable.page import mark_of, turn_of
from tongtang.timetable.plans.alliance import gathered_alliance
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
from tongtang.timetable.solver.facilitation import Facilitation, facilitations
from tongtang.timetable.solver.local_check import examine
from tongtang.timetable.solver.local_doubts import Doubt, anchor_slots, fit_of
from tongtang.timetable.solver.local_rules import WEIGHTS, LocalBreach, SoftRule
from tongtang.timetable.solver.model import (
    BellSchedule,
    Broadcast,
    County,
    Period,
    RecordedLesson,
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
    CountyLesson,
    LocalLesson,
    LocalRequirement,
    Pair,
    Slot,
    WholeSchool,
)
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.solver.violation import Violation
from tongtang.timetable.turns import with_turns
from tongtang.timetable.weekly import (
    Entry,
    class_entries,
    class_for,
    class_week,
    county_for,
    county_week,
    room_entries,
    room_for,
    school_entries,
    school_for,
    school_lessons,
    studio_entries,
    studio_for,
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
    "CountyLesson",
    "DayTransfer",
    "Doubt",
    "Effort",
    "Entry",
    "Event",
    "Facilitation",
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
    "RecordedLesson",
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
    "Violation",
    "Week",
    "WeekBells",
    "WeeklyAnswer",
    "WholeSchool",
    "Words",
    "align_weeks",
    "alliance_for",
    "alliance_to_change",
    "alliances_to_change",
    "anchor_slots",
    "apply_order",
    "breach_sentence",
    "choice_in",
    "chosen_in",
    "class_entries",
    "class_for",
    "class_week",
    "classic",
    "clock_text",
    "county_explanation",
    "county_for",
    "county_week",
    "doubt_json",
    "examine",
    "facilitations",
    "fallback_explanation",
    "fit_of",
    "gathered_alliance",
    "legal_slots",
    "make_order",
    "mark_of",
    "mend_weeks",
    "order_for",
    "orders_for",
    "orders_in_force",
    "orders_of_week",
    "parse_week",
    "preview_order",
    "publish_plan",
    "room_entries",
    "room_for",
    "row_text",
    "rules_of",
    "school_entries",
    "school_explanation",
    "school_for",
    "school_lessons",
    "seat_facilitators",
    "sentence_of",
    "solve_county",
    "solve_weeks",
    "studio_entries",
    "studio_for",
    "teacher_entries",
    "teacher_for",
    "turn_of",
    "verify",
    "week_in",
    "week_of",
    "week_of_alliance",
    "with_turns",
    "withdraw_order",
    "write_blocks",
    "write_facilitators",
    "write_local_lessons",
    "write_recordable",
    "write_requirements",
    "write_rules",
    "write_unavailabilities",
]
