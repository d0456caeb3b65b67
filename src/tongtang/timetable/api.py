"""The door of timetable for the contexts above."""

from tongtang.timetable.actions import Publication, Refused, publish_plan
from tongtang.timetable.imports import write_blocks, write_requirements, write_rules, write_unavailabilities
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
    "Cancel",
    "Entry",
    "MakeUp",
    "Move",
    "Preview",
    "Publication",
    "Refused",
    "Ring",
    "Rotation",
    "Substitute",
    "Swap",
    "Temporary",
    "Transfer",
    "Turn",
    "Week",
    "WeekBells",
    "alliance_to_change",
    "alliances_to_change",
    "apply_order",
    "class_entries",
    "class_for",
    "class_week",
    "make_order",
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
    "school_for",
    "sentence_of",
    "studio_entries",
    "teacher_entries",
    "teacher_for",
    "week_of",
    "withdraw_order",
    "write_blocks",
    "write_requirements",
    "write_rules",
    "write_unavailabilities",
]
