"""New rows by the thousand, by what the engine does best."""

from collections.abc import Sequence
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Model

BATCH = 2000
# Below this, a statement costs less than drawing keys.
FEW = 50
ModelT = TypeVar("ModelT", bound=Model)


def insert_many(rows: Sequence[ModelT]) -> Sequence[ModelT]:
    """Insert new rows of one model in their order, whole or not at all; each gets its primary key. As `bulk_create`.

    PostgreSQL takes many in by COPY, with keys drawn from the sequence beforehand.
    """
    if not rows:
        return rows
    if connection.vendor != "postgresql" or len(rows) < FEW:
        return type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH)
    with transaction.atomic():
        _copy(rows)
    return rows


def _copy(rows: Sequence[ModelT]) -> None:
    meta = rows[0]._meta
    key = meta.pk.column
    fields = meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [meta.db_table, key, len(rows)],
        )
        for row, (pk,) in zip(rows, sorted(cursor.fetchall()), strict=True):
            row.pk = pk
        into = f"COPY {connection.ops.quote_name(meta.db_table)} ({columns}) FROM STDIN"
        with connection.wrap_database_errors, cursor.copy(into) as lines:
            for row in rows:
                lines.write_row([field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
