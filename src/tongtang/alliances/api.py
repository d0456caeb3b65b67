"""The door of alliances for the contexts above."""

from tongtang.alliances.actions import (
    Refused,
    add_specialists,
    admit,
    apply_for_membership,
    approve_membership,
    check_group,
    check_member,
    check_teaching,
    end_membership,
    found_alliance,
    refuse_membership,
)
from tongtang.alliances.queries import alliance_anchored_by, has_left, held_on, last_membership, members_of

__all__ = [
    "Refused",
    "add_specialists",
    "admit",
    "alliance_anchored_by",
    "apply_for_membership",
    "approve_membership",
    "check_group",
    "check_member",
    "check_teaching",
    "end_membership",
    "found_alliance",
    "has_left",
    "held_on",
    "last_membership",
    "members_of",
    "refuse_membership",
]
