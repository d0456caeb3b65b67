"""The door of lessons for the contexts above."""

from tongtang.lessons.actions import (
    Happened,
    Receiver,
    Refused,
    add_lesson,
    add_receptions,
    arrange_make_up,
    clash_sentence,
    correct_evidence,
    happened,
    record_evidence,
)
from tongtang.lessons.ledger import Figures, rounded_minutes
from tongtang.lessons.policies import Verb
from tongtang.lessons.queries import (
    figures_of,
    lesson_for,
    lessons_for,
    reception_for,
    receptions_for,
    totals_of,
)

__all__ = [
    "Figures",
    "Happened",
    "Receiver",
    "Refused",
    "Verb",
    "add_lesson",
    "add_receptions",
    "arrange_make_up",
    "clash_sentence",
    "correct_evidence",
    "figures_of",
    "happened",
    "lesson_for",
    "lessons_for",
    "reception_for",
    "receptions_for",
    "record_evidence",
    "rounded_minutes",
    "totals_of",
]
