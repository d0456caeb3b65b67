"""The state of a reception and of its eight facets: pure functions over its figures.

Sources: docs/architecture.md, "Roll call"; docs/decisions/0001-when-a-reception-is-delivered.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tongtang.lessons.ledger import Figures


class ReceptionState(StrEnum):
    """The order is that of a table: what needs somebody stands first.

    RECORDED: a live lesson was watched later; SHOWN: the plan has the class watch a recording, and it does or did.
    """

    NOT_DELIVERED = "not_delivered"
    CANCELLED = "cancelled"
    MADE_UP = "made_up"
    RECORDED = "recorded"
    BRIDGED = "bridged"
    PLANNED = "planned"
    LIVE = "live"
    SHOWN = "shown"
    EMBEDDED = "embedded"
    OBSERVED = "observed"


EXCEPTIONS = (
    ReceptionState.NOT_DELIVERED,
    ReceptionState.CANCELLED,
    ReceptionState.MADE_UP,
    ReceptionState.RECORDED,
    ReceptionState.BRIDGED,
)
MISSED = (ReceptionState.NOT_DELIVERED, ReceptionState.CANCELLED)
RANK = {state: rank for rank, state in enumerate(ReceptionState)}
BUILT_FACETS = ("TEACH", "ATTEND", "PRACTISE")
NOT_BUILT_FACETS = ("PREPARE", "RESEARCH", "EVALUATE", "PREVIEW", "ASSESS")


@dataclass(frozen=True)
class Facts:
    """One reception as a state needs it; `mode` a value of Mode, `made_up` once its make-up was delivered."""

    starts_at: datetime
    ends_at: datetime
    mode: str
    figures: Figures
    made_up: bool = False


def state_of(facts: Facts, moment: datetime) -> ReceptionState:
    """The state of a reception at `moment`.

    A lesson that is not over may still be delivered: it is missed only once it is over, or once its class said so.
    """
    found = facts.figures
    if facts.made_up:
        return ReceptionState.MADE_UP
    if found.cancelled:
        return ReceptionState.CANCELLED
    if found.delivered:
        return _delivered(facts)
    if found.reported_missing or moment >= facts.ends_at:
        return ReceptionState.NOT_DELIVERED
    begun = found.live_seconds or found.recorded_seconds or found.first_joined_at
    if not begun or moment < facts.starts_at:
        return ReceptionState.PLANNED
    return ReceptionState.SHOWN if facts.mode == ReceptionState.RECORDED else ReceptionState.LIVE


def _delivered(facts: Facts) -> ReceptionState:
    if facts.mode in (ReceptionState.EMBEDDED, ReceptionState.OBSERVED):
        return ReceptionState(facts.mode)
    if not facts.figures.live_seconds:
        return ReceptionState.SHOWN if facts.mode == ReceptionState.RECORDED else ReceptionState.RECORDED
    return ReceptionState.BRIDGED if facts.figures.recorded_seconds else ReceptionState.LIVE


def facets_of(facts: Facts, moment: datetime, polled: bool) -> dict[str, str]:
    """State by facet name. `polled`: whether any class of the lesson answered a question.

    TEACH stands on the received seconds, ATTEND on the roll call, PRACTISE on the answers to questions. The other
    five are not built yet, and say so.
    """
    found = facts.figures
    evidence = {"TEACH": found.reached, "ATTEND": found.roll_call is not None, "PRACTISE": found.polled}
    missing = _missing(found, over=moment >= facts.ends_at)
    states = dict.fromkeys(NOT_BUILT_FACETS, "not_built")
    for facet, there in evidence.items():
        states[facet] = "evidenced" if there else missing
    if not polled and missing == "late":
        states["PRACTISE"] = "not_applicable"
    return states


def _missing(found: Figures, over: bool) -> str:
    if found.cancelled:
        return "not_applicable"
    return "late" if over or found.reported_missing else "due"


def sync_rate(strips: Iterable[Mapping[str, str]]) -> tuple[int, int]:
    """Facets with evidence over facets that were due, of those that are built."""
    states = [strip[facet] for strip in strips for facet in BUILT_FACETS]
    evidenced = states.count("evidenced")
    return evidenced, evidenced + states.count("late")
