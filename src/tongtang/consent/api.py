"""The door of consent for the contexts above."""

from tongtang.consent.actions import enter_paper
from tongtang.consent.erasure import replay_tombstones
from tongtang.consent.holdings import Kept, Sheet, forgetting, holding, keeping, place
from tongtang.consent.ledger import allowed_pupils, classes_allowed, may
from tongtang.consent.models import Purpose
from tongtang.consent.policies import Verb, own_children
from tongtang.consent.queries import child_for, children_for, class_of

__all__ = [
    "Kept",
    "Purpose",
    "Sheet",
    "Verb",
    "allowed_pupils",
    "child_for",
    "children_for",
    "class_of",
    "classes_allowed",
    "enter_paper",
    "forgetting",
    "holding",
    "keeping",
    "may",
    "own_children",
    "place",
    "replay_tombstones",
]
