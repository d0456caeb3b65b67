"""The door of lessons for the contexts above."""

from tongtang.lessons.actions import (
    Happened,
    Receiver,
    Refused,
    add_lesson,
    add_receptions,
    clash_sentence,
    happened,
    record_evidence,
)
from tongtang.lessons.attendance import Attended, attendance_of, receptions_of_child
from tongtang.lessons.corrections import correct_evidence, withdraw_evidence
from tongtang.lessons.forms import LONGEST_SPAN
from tongtang.lessons.holdings import (
    Holding,
    held_by_classes,
    held_by_ended_rooms,
    held_by_schools,
    held_by_studios,
    held_by_teachers,
    held_in_county,
)
from tongtang.lessons.ledger import Figures, rounded_minutes
from tongtang.lessons.make_ups import arrange_make_up, cancel_lesson, cancel_make_up, check_missed
from tongtang.lessons.policies import Verb
from tongtang.lessons.queries import (
    figures_of,
    lesson_for,
    lessons_for,
    reception_for,
    receptions_for,
    roll_calls_of,
    totals_of,
)
from tongtang.lessons.showings import bind_showings, check_shown, empty_showings, in_order, touched_by
from tongtang.lessons.standings import Standing, standings_of
from tongtang.lessons.states import RANK, ReceptionState

__all__ = [
    "LONGEST_SPAN",
    "RANK",
    "Attended",
    "Figures",
    "Happened",
    "Holding",
    "Receiver",
    "ReceptionState",
    "Refused",
    "Standing",
    "Verb",
    "add_lesson",
    "add_receptions",
    "arrange_make_up",
    "attendance_of",
    "bind_showings",
    "cancel_lesson",
    "cancel_make_up",
    "check_missed",
    "check_shown",
    "clash_sentence",
    "correct_evidence",
    "empty_showings",
    "figures_of",
    "happened",
    "held_by_classes",
    "held_by_ended_rooms",
    "held_by_schools",
    "held_by_studios",
    "held_by_teachers",
    "held_in_county",
    "in_order",
    "lesson_for",
    "lessons_for",
    "reception_for",
    "receptions_for",
    "receptions_of_child",
    "record_evidence",
    "roll_calls_of",
    "rounded_minutes",
    "standings_of",
    "totals_of",
    "touched_by",
    "withdraw_evidence",
]
