"""The one statement that records a class's sign-ins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from tongtang.access.pupils.models import Means, PupilSession


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that was proved; pupil, class and class code by their keys."""

    uuid: UUID
    pupil: int
    home_class: int
    means: Means
    class_code: int | None
    signed_at: datetime
    recorded_at: datetime
    offline: bool


def record(device: int, day: date, signed: Sequence[SignedIn]) -> set[UUID]:
    """Write them; the uuids of those that are new. One whose uuid or class code stands already changes nothing.

    Written as SQL because the ORM does not tell which rows of `ignore_conflicts` are new.
    """
    if not signed:
        return set()
    names = (
        "uuid",
        "device",
        "pupil",
        "home_class",
        "day",
        "means",
        "class_code",
        "signed_at",
        "recorded_at",
        "offline",
    )
    columns = ", ".join(connection.ops.quote_name(_column(name)) for name in names)
    places = f"({', '.join(['%s'] * len(names))})"
    statement = (
        f"INSERT INTO {connection.ops.quote_name(PupilSession._meta.db_table)} ({columns}) "  # noqa: S608 - our names
        f"VALUES {', '.join([places] * len(signed))} ON CONFLICT DO NOTHING RETURNING uuid"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for one in signed for value in _row(device, day, one)])
        return {UUID(str(uuid)) for (uuid,) in cursor.fetchall()}


def _column(name: str) -> str:
    return str(PupilSession._meta.get_field(name).column)  # type: ignore[union-attr] # a field of this table


def _row(device: int, day: date, one: SignedIn) -> tuple[Any, ...]:
    adapted = connection.ops
    return (
        one.uuid if connection.features.has_native_uuid_field else one.uuid.hex,
        device,
        one.pupil,
        one.home_class,
        adapted.adapt_datefield_value(day),
        one.means.value,
        one.class_code,
        adapted.adapt_datetimefield_value(one.signed_at),
        adapted.adapt_datetimefield_value(one.recorded_at),
        one.offline,
    )
