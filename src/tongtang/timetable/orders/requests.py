"""What a change order asks for, one class a kind, and its form as JSON. Lessons, people and rooms by public id."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tongtang.timetable.models import ChangeOrder
from tongtang.timetable.orders.cycles import EVERY_WEEK, WeekCycle

Kind = ChangeOrder.Kind


@dataclass(frozen=True)
class Move:
    """One lesson at another time, on the same day or another, if wanted from another studio."""

    lesson: UUID
    starts_at: datetime
    studio: UUID | None = None


@dataclass(frozen=True)
class Swap:
    """Two lessons take each other's time."""

    first: UUID
    second: UUID


@dataclass(frozen=True)
class Substitute:
    """Somebody else teaches these lessons, if wanted from another studio."""

    lessons: tuple[UUID, ...]
    teacher: UUID
    studio: UUID | None = None


@dataclass(frozen=True)
class Cancel:
    """These lessons are not held."""

    lessons: tuple[UUID, ...]


@dataclass(frozen=True)
class MakeUp:
    """What a class missed is given again; room and studio None: the first that are free."""

    missed: UUID
    starts_at: datetime
    room: UUID | None = None
    studio: UUID | None = None


@dataclass(frozen=True)
class Turn:
    """A weekly lesson, by its group, weekday (1 = Monday) and start in minutes of the day, in the weeks of a cycle.

    What is None stays. `cancelled`: not held in those weeks, so that another group may have the time.
    """

    group_id: str
    weekday: int
    start: int
    cycle: WeekCycle = EVERY_WEEK
    to_weekday: int | None = None
    to_start: int | None = None
    teacher: UUID | None = None
    studio: UUID | None = None
    cancelled: bool = False


@dataclass(frozen=True)
class Rotation:
    """Weekly lessons that take turns, each in its own cycle of n weeks."""

    first_day: date
    last_day: date
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Ring:
    """A school and the bell schedule that it rings."""

    school: UUID
    bell_schedule: UUID


@dataclass(frozen=True)
class WeekBells:
    """Schools ring other bells for some weeks; lessons that no longer fit are moved with it."""

    first_day: date
    last_day: date
    rings: tuple[Ring, ...]
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True)
class Temporary:
    """For some days, as of an exam, only these lessons are held: `moves` at other times, `kept` as planned."""

    first_day: date
    last_day: date
    moves: tuple[Move, ...] = ()
    kept: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Transfer:
    """The lessons of `from_day` are held on `to_day`, at their own times."""

    from_day: date
    to_day: date


Request = Move | Swap | Substitute | Cancel | MakeUp | Rotation | WeekBells | Temporary | Transfer
KINDS: Mapping[type[Any], ChangeOrder.Kind] = {
    Move: Kind.MOVE,
    Swap: Kind.SWAP,
    Substitute: Kind.SUBSTITUTE,
    Cancel: Kind.CANCEL,
    MakeUp: Kind.MAKE_UP,
    Rotation: Kind.ROTATION,
    WeekBells: Kind.BELLS,
    Temporary: Kind.TEMPORARY,
    Transfer: Kind.DAY_TRANSFER,
}


def kind_of(request: Request) -> ChangeOrder.Kind:
    """The kind of order that a request makes."""
    return KINDS[type(request)]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def request_json(request: Request) -> dict[str, Any]:
    """A request as its order keeps it."""
    found: dict[str, Any] = _plain(request)
    return found


def _id(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def _ids(values: list[str]) -> tuple[UUID, ...]:
    return tuple(UUID(value) for value in values)


def _move(values: Mapping[str, Any]) -> Move:
    return Move(UUID(values["lesson"]), datetime.fromisoformat(values["starts_at"]), _id(values.get("studio")))


def _moves(values: Mapping[str, Any]) -> tuple[Move, ...]:
    return tuple(_move(one) for one in values.get("moves", []))


def _span(values: Mapping[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(values["first_day"]), date.fromisoformat(values["last_day"])


def _turn(values: Mapping[str, Any]) -> Turn:
    cycle = values.get("cycle")
    return Turn(
        values["group_id"],
        int(values["weekday"]),
        int(values["start"]),
        WeekCycle(int(cycle["length"]), frozenset(cycle["weeks"])) if cycle else EVERY_WEEK,
        values.get("to_weekday"),
        values.get("to_start"),
        _id(values.get("teacher")),
        _id(values.get("studio")),
        bool(values.get("cancelled", False)),
    )


def _make_up(values: Mapping[str, Any]) -> MakeUp:
    moment = datetime.fromisoformat(values["starts_at"])
    return MakeUp(UUID(values["missed"]), moment, _id(values.get("room")), _id(values.get("studio")))


def _bells(values: Mapping[str, Any]) -> WeekBells:
    rings = tuple(Ring(UUID(one["school"]), UUID(one["bell_schedule"])) for one in values["rings"])
    return WeekBells(*_span(values), rings, _moves(values))


READERS: Mapping[str, Any] = {
    Kind.MOVE: _move,
    Kind.SWAP: lambda values: Swap(UUID(values["first"]), UUID(values["second"])),
    Kind.SUBSTITUTE: lambda values: Substitute(
        _ids(values["lessons"]), UUID(values["teacher"]), _id(values.get("studio"))
    ),
    Kind.CANCEL: lambda values: Cancel(_ids(values["lessons"])),
    Kind.MAKE_UP: _make_up,
    Kind.ROTATION: lambda values: Rotation(*_span(values), tuple(_turn(one) for one in values["turns"])),
    Kind.BELLS: _bells,
    Kind.TEMPORARY: lambda values: Temporary(*_span(values), _moves(values), _ids(values.get("kept", []))),
    Kind.DAY_TRANSFER: lambda values: Transfer(
        date.fromisoformat(values["from_day"]), date.fromisoformat(values["to_day"])
    ),
}


def request_of(kind: str, values: Mapping[str, Any]) -> Request:
    """The request of an order's kind and values.

    Raises:
        KeyError, ValueError, TypeError: the values have another form.
    """
    found: Request = READERS[kind](values)
    return found
