"""What a reception's evidence amounts to: pure functions over its rows.

Sources: docs/architecture.md, "Minutes" and "Roll call"; docs/decisions/0001-when-a-reception-is-delivered.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tongtang.foundation.clock import civil

LIVE, RECORDED = "live", "recorded"


@dataclass(frozen=True)
class Row:
    """One row of evidence; `id` orders rows as they were recorded."""

    id: int
    kind: str
    occurred_at: datetime
    payload: Mapping[str, Any]
    corrects: int | None = None


@dataclass(frozen=True)
class Span:
    """Received seconds [start, end) of the planned slot, counted from its planned start."""

    start: int
    end: int
    live: bool


@dataclass(frozen=True)
class Seconds:
    """Seconds of the slot that were received; a second received both ways is live."""

    live: int
    recorded: int

    @property
    def total(self) -> int:
        return self.live + self.recorded


@dataclass(frozen=True)
class RollCall:
    """Head counts of the roll call that holds."""

    present: int
    absent: int
    on_leave: int

    @property
    def enrolled(self) -> int:
        return self.present + self.absent + self.on_leave


@dataclass(frozen=True)
class Figures:
    """What a reception amounts to. `roll_call` None = unknown, never "all present".

    `reached`: the seconds of the day itself reach the rule's share. `shown`: from when until when it was received.
    `make_ups`: public ids of the receptions that were arranged in its place.
    """

    live_seconds: int
    recorded_seconds: int
    roll_call: RollCall | None
    delivered: bool
    not_delivered_reason: str
    first_joined_at: datetime | None
    reached: bool = False
    shown: tuple[datetime, datetime] | None = None
    reported_missing: bool = False
    cancelled: bool = False
    polled: bool = False
    make_ups: tuple[str, ...] = ()


def effective(rows: Iterable[Row]) -> list[Row]:
    """The rows that hold after their corrections, in the order recorded.

    A correction's payload is {"payload": {...}} to stand in place of the row's own, or {"withdrawn": true}; of
    several corrections of one row the last recorded holds.
    """
    ordered = sorted(rows, key=lambda row: row.id)
    corrections = {row.corrects: row for row in ordered if row.kind == "correction" and row.corrects is not None}
    held = []
    for row in ordered:
        correction = corrections.get(row.id)
        if row.kind == "correction" or (correction is not None and correction.payload.get("withdrawn")):
            continue
        payload = row.payload if correction is None else correction.payload["payload"]
        held.append(Row(row.id, row.kind, row.occurred_at, payload))
    return held


def union_length(spans: Iterable[tuple[int, int]]) -> int:
    """Length of the union of half-open intervals."""
    total, reached = 0, None
    for start, end in sorted(spans):
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total += end - begin
            reached = end
    return total


def received_seconds(spans: Sequence[Span], planned: int) -> Seconds:
    """Union of the spans clipped to [0, planned); live beats recorded."""
    clipped = [(max(0, span.start), min(planned, span.end), span.live) for span in spans]
    kept = [part for part in clipped if part[1] > part[0]]
    live = union_length((start, end) for start, end, is_live in kept if is_live)
    both = union_length((start, end) for start, end, _ in kept)
    return Seconds(live, both - live)


def spans_of(rows: Iterable[Row]) -> list[Span]:
    """The received spans of effective rows; payload {"from": s, "to": s, "mode": "live" | "recorded"}."""
    return [
        Span(row.payload["from"], row.payload["to"], row.payload["mode"] == LIVE)
        for row in rows
        if row.kind == "received"
    ]


def roll_call_of(rows: Sequence[Row]) -> RollCall | None:
    """The latest roll call; payload {"present": [pupil ids], "absent": [...], "on_leave": [...]}."""
    calls = [row for row in rows if row.kind == "roll_call"]
    if not calls:
        return None
    latest = max(calls, key=lambda row: (row.occurred_at, row.id))
    return RollCall(*(len(latest.payload.get(key, [])) for key in ("present", "absent", "on_leave")))


def shown_between(rows: Iterable[Row]) -> tuple[datetime, datetime] | None:
    """From when until when a lesson was received; a received row occurred at its end."""
    spans = [
        (row.occurred_at - timedelta(seconds=row.payload["to"] - row.payload["from"]), row.occurred_at)
        for row in rows
        if row.kind == "received"
    ]
    return (min(start for start, _end in spans), max(end for _start, end in spans)) if spans else None


def figures(rows: Iterable[Row], *, day: date, planned_seconds: int, minimum_percent: int) -> Figures:
    """What the rows of one reception of a lesson on `day` amount to."""
    held = effective(rows)
    kinds = {row.kind for row in held}
    seconds = received_seconds(spans_of(held), planned_seconds)
    that_day = received_seconds(spans_of(r for r in held if civil(r.occurred_at).date() == day), planned_seconds)
    reached = that_day.total * 100 >= planned_seconds * minimum_percent
    roll_call = roll_call_of(held)
    reasons = [row.payload.get("reason", "") for row in held if row.kind == "not_delivered"]
    joined = [row.occurred_at for row in held if row.kind == "joined"]
    return Figures(
        live_seconds=seconds.live,
        recorded_seconds=seconds.recorded,
        roll_call=roll_call,
        delivered=reached and roll_call is not None and roll_call.present >= 1,
        not_delivered_reason=reasons[-1] if reasons else "",
        first_joined_at=min(joined, default=None),
        reached=reached,
        shown=shown_between(held),
        reported_missing="not_delivered" in kinds,
        cancelled="cancelled" in kinds,
        polled="poll" in kinds,
        make_ups=tuple(row.payload["reception"] for row in held if row.kind == "make_up"),
    )


def rounded_minutes(seconds: int) -> int:
    """Whole minutes of a sum of seconds: rounded once, half up."""
    return (seconds + 30) // 60
