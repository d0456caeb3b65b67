"""A lesson as its plan has it, what orders change in it, and what it is then: pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Seat:
    """A reception's room and the number of its class's own period; None between the bells."""

    room_id: int
    period: int | None


@dataclass(frozen=True)
class Base:
    """A dated lesson without any order; `seats` by the key of the receptions that stand."""

    starts_at: datetime
    length: timedelta
    changeover: timedelta
    teacher_id: int | None
    studio_id: int | None
    seats: Mapping[int, Seat]


@dataclass(frozen=True)
class Patch:
    """What one order changes; None: leaves it as it is. `cancelled` None: leaves it, False: held all the same.

    `made`: the order itself brought the lesson into being, without it there is none.
    """

    starts_at: datetime | None = None
    teacher_id: int | None = None
    studio_id: int | None = None
    cancelled: bool | None = None
    made: bool = False


@dataclass(frozen=True)
class Shape:
    """What a lesson is once every order in force is laid over its base."""

    starts_at: datetime
    ends_at: datetime
    busy_until: datetime
    teacher_id: int | None
    studio_id: int | None
    cancelled: bool = False


def shape_of(base: Base, patches: Iterable[Patch]) -> Shape:
    """The base with the patches laid over it in their order; the later one wins where two change the same."""
    starts_at, teacher, studio, cancelled = base.starts_at, base.teacher_id, base.studio_id, False
    for patch in patches:
        starts_at = patch.starts_at or starts_at
        teacher = patch.teacher_id or teacher
        studio = patch.studio_id or studio
        cancelled = cancelled if patch.cancelled is None else patch.cancelled
    ends_at = starts_at + base.length
    return Shape(starts_at, ends_at, ends_at + base.changeover, teacher, studio, cancelled)


def merged(first: Patch, second: Patch) -> Patch:
    """Both changes of one order to one lesson; `second` wins."""
    given: dict[str, Any] = {name: value for name, value in vars(second).items() if value is not None}
    return replace(first, **given | {"made": first.made or second.made})


def base_json(base: Base) -> dict[str, Any]:
    """A base as its row keeps it."""
    return {
        "starts_at": base.starts_at.isoformat(),
        "length": int(base.length.total_seconds()),
        "changeover": int(base.changeover.total_seconds()),
        "teacher": base.teacher_id,
        "studio": base.studio_id,
        "seats": [[key, seat.room_id, seat.period] for key, seat in sorted(base.seats.items())],
    }


def base_of(values: Mapping[str, Any]) -> Base:
    """The base of a row's values."""
    return Base(
        starts_at=datetime.fromisoformat(values["starts_at"]),
        length=timedelta(seconds=values["length"]),
        changeover=timedelta(seconds=values["changeover"]),
        teacher_id=values["teacher"],
        studio_id=values["studio"],
        seats={key: Seat(room, period) for key, room, period in values["seats"]},
    )


def patch_json(patch: Patch) -> dict[str, Any]:
    """A patch as its row keeps it: only what it changes."""
    values = {name: value for name, value in vars(patch).items() if value is not None and value is not False}
    if patch.cancelled is False:
        values["cancelled"] = False
    if patch.starts_at is not None:
        values["starts_at"] = patch.starts_at.isoformat()
    return values


def patch_of(values: Mapping[str, Any]) -> Patch:
    """The patch of a row's values."""
    moved = values.get("starts_at")
    return Patch(**{**values, "starts_at": datetime.fromisoformat(moved) if moved else None})
