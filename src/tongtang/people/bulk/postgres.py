"""Changes of pupils into PostgreSQL: COPY for new rows, one statement over a staged set for the others."""

import polars as pl
from django.db import connection
from django.db.backends.utils import CursorWrapper

from tongtang.foundation.ids import many_time_ordered
from tongtang.people.bulk.changes import Changes, Writing

UPDATE_TABLE = """
    CREATE TEMPORARY TABLE roster_update (id bigint PRIMARY KEY, name text, sex text, birth_date date,
        home_class_id bigint, moves boolean, id_digest bytea, number_digest bytea)"""


def write(changes: Changes, writing: Writing) -> None:
    """Write `changes` in the present transaction."""
    with connection.cursor() as cursor:
        # Checked at the end of each statement: a queue of millions of checks until COMMIT would cost memory.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for frame in changes.created():
            _create(cursor, frame, changes, writing)
        _update(cursor, changes, writing)
        _end(cursor, changes, writing)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _create(cursor: CursorWrapper, frame: pl.DataFrame, changes: Changes, writing: Writing) -> None:
    if not frame.height:
        return
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence('people_pupil', 'id')) FROM generate_series(1, %s)", [frame.height]
    )
    ids = pl.Series("id", sorted(row[0] for row in cursor.fetchall()), dtype=pl.Int64)
    pupils = frame.with_columns(ids, public_id=pl.Series(many_time_ordered(frame.height)))
    values = [
        "id",
        "public_id",
        pl.lit(changes.county).alias("county_code"),
        "source_id",
        "name",
        "sex",
        "birth_date",
        pl.lit(writing.run, dtype=pl.Int64).alias("run"),
        pl.lit(writing.now.isoformat()).alias("updated_at"),
        *("\\x" + pl.col(name) for name in changes.digests),
    ]
    _copy(cursor, "people_pupil", pupils.select(values))
    enrolments = pupils.join(writing.classes, on="class_id", how="left", maintain_order="left").select(
        pl.col("id").alias("pupil_id"), "home_class_id", pl.lit(writing.since.isoformat()).alias("valid_from")
    )
    _copy(cursor, "people_enrolment", enrolments)


def _copy(cursor: CursorWrapper, table: str, frame: pl.DataFrame) -> None:
    columns = ", ".join(frame.columns)
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)") as rows:
        rows.write(frame.write_csv(include_header=False).encode())


def _update(cursor: CursorWrapper, changes: Changes, writing: Writing) -> None:
    cursor.execute(UPDATE_TABLE)
    for frame in changes.updated():
        placed = frame.join(writing.classes, on="class_id", how="left", maintain_order="left")
        values = ["id", "name", "sex", "birth_date", "home_class_id", "moves"]
        _copy(cursor, "roster_update", placed.select(*values, *("\\x" + pl.col(name) for name in changes.digests)))
    cursor.execute("ANALYZE roster_update")
    columns = ("name", "sex", "birth_date", *changes.digests)
    cursor.execute(
        f"UPDATE people_pupil p SET {', '.join(f'{name} = u.{name}' for name in columns)}, ended_on = NULL, "
        "run = %s, updated_at = %s FROM roster_update u WHERE p.id = u.id",
        [writing.run, writing.now],
    )
    cursor.execute(
        "UPDATE people_enrolment e SET valid_to = %s FROM roster_update u "
        "WHERE u.moves AND e.pupil_id = u.id AND e.valid_to IS NULL",
        [writing.yesterday],
    )
    cursor.execute(
        "INSERT INTO people_enrolment (pupil_id, home_class_id, valid_from) "
        "SELECT id, home_class_id, %s FROM roster_update WHERE moves",
        [writing.since],
    )
    cursor.execute("DROP TABLE roster_update")


def _end(cursor: CursorWrapper, changes: Changes, writing: Writing) -> None:
    if not changes.ended.len():
        return
    cursor.execute("CREATE TEMPORARY TABLE roster_end (id bigint PRIMARY KEY)")
    _copy(cursor, "roster_end", changes.ended.to_frame("id"))
    cursor.execute("ANALYZE roster_end")
    cursor.execute(
        "UPDATE people_pupil p SET ended_on = %s, run = %s, updated_at = %s FROM roster_end u WHERE p.id = u.id",
        [writing.today, writing.run, writing.now],
    )
    cursor.execute(
        "UPDATE people_enrolment e SET valid_to = %s FROM roster_end u WHERE e.pupil_id = u.id AND e.valid_to IS NULL",
        [writing.yesterday],
    )
    cursor.execute("DROP TABLE roster_end")
