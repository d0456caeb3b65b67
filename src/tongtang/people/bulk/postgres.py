"""Changes of pupils into PostgreSQL: COPY for new rows, one statement over a staged set for the others."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import polars as pl
from django.db import connection
from django.db.backends.utils import CursorWrapper

from tongtang.foundation.ids import many_time_ordered
from tongtang.people.bulk.changes import Changes, Writing

# The server's own count may come while new rows are nobody's yet: it then takes a county for empty, and reads of it
# cost the square of its pupils until the next count. Ours sees them, and holds off any other until they are committed.
COUNTED_FROM = 1000
UPDATE_TABLE = """
    CREATE TEMPORARY TABLE roster_update (id bigint PRIMARY KEY, name text, sex text, birth_date date,
        home_class_id bigint, moves boolean, id_digest bytea, number_digest bytea)"""


def write(changes: Changes, writing: Writing) -> None:
    """Write `changes` in the present transaction."""
    with connection.cursor() as cursor:
        # Checked at the end of each statement: a queue of millions of checks until COMMIT would cost memory.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _create(cursor, changes, writing)
        _update(cursor, changes, writing)
        _end(cursor, changes, writing)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        if changes.created_rows >= COUNTED_FROM:
            cursor.execute("ANALYZE people_pupil, people_enrolment, organisations_homeclass")


def _create(cursor: CursorWrapper, changes: Changes, writing: Writing) -> None:
    """One frame becomes text in a thread of its own while the server takes in the one before it."""
    frames = changes.created()
    with ThreadPoolExecutor(1) as beside:
        ids = _reserve(cursor, changes.created_rows)
        coming = beside.submit(_next_text, frames, ids, changes, writing)
        while texts := coming.result():
            coming = beside.submit(_next_text, frames, ids, changes, writing)
            for table, columns, text in texts:
                _copy_text(cursor, table, columns, text)


def _reserve(cursor: CursorWrapper, count: int) -> Iterator[int]:
    """`count` new keys of pupils from the sequence."""
    query = "SELECT nextval(pg_get_serial_sequence('people_pupil', 'id')) AS id FROM generate_series(1, %s)"
    cursor.execute(f"SELECT min(id), max(id) FROM ({query}) AS drawn", [count])
    first, last = cursor.fetchone()
    if count == 0 or last - first + 1 == count:
        return iter(range(first or 0, (last or -1) + 1))
    # Somebody drew between two of ours: these are left unused, and the next ones taken one by one.
    cursor.execute(query, [count])
    return iter(sorted(row[0] for row in cursor.fetchall()))


def _next_text(
    frames: Iterator[pl.DataFrame], ids: Iterator[int], changes: Changes, writing: Writing
) -> list[tuple[str, list[str], bytes]]:
    """The rows of the next frame for COPY: table, columns, text. Empty at the end."""
    frame = next((frame for frame in frames if frame.height), None)
    if frame is None:
        return []
    keys = pl.Series("id", list(islice(ids, frame.height)), dtype=pl.Int64)
    pupils = frame.with_columns(keys, public_id=pl.Series(many_time_ordered(frame.height)))
    rows = pupils.select(
        "id",
        "public_id",
        pl.lit(changes.county).alias("county_code"),
        "source_id",
        "name",
        "sex",
        "birth_date",
        pl.lit(writing.run, dtype=pl.Int64).alias("run"),
        pl.lit(writing.now.isoformat()).alias("updated_at"),
        *_digests(changes),
    )
    enrolments = pupils.join(writing.classes, on="class_id", how="left", maintain_order="left").select(
        pl.col("id").alias("pupil_id"), "home_class_id", pl.lit(writing.since.isoformat()).alias("valid_from")
    )
    return [("people_pupil", rows.columns, _text(rows)), ("people_enrolment", enrolments.columns, _text(enrolments))]


def _text(frame: pl.DataFrame) -> bytes:
    return frame.write_csv(include_header=False).encode()


def _copy_text(cursor: CursorWrapper, table: str, columns: list[str], text: bytes) -> None:
    into = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)"
    with connection.wrap_database_errors, cursor.copy(into) as rows:
        rows.write(text)


def _copy(cursor: CursorWrapper, table: str, frame: pl.DataFrame) -> None:
    _copy_text(cursor, table, frame.columns, _text(frame))


def _update(cursor: CursorWrapper, changes: Changes, writing: Writing) -> None:
    cursor.execute(UPDATE_TABLE)
    for frame in changes.updated():
        placed = frame.join(writing.classes, on="class_id", how="left", maintain_order="left")
        values = ["id", "name", "sex", "birth_date", "home_class_id", "moves"]
        _copy(cursor, "roster_update", placed.select(*values, *_digests(changes)))
    cursor.execute("ANALYZE roster_update")
    columns = ("name", "sex", "birth_date", *changes.digests)
    cursor.execute(
        f"UPDATE people_pupil p SET {', '.join(f'{name} = u.{name}' for name in columns)}, ended_on = NULL, "
        "run = %s, updated_at = %s FROM roster_update u WHERE p.id = u.id",
        [writing.run, writing.now],
    )
    _leave(cursor, writing, "roster_update u WHERE u.moves AND")
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
    _leave(cursor, writing, "roster_end u WHERE")
    cursor.execute("DROP TABLE roster_end")


def _leave(cursor: CursorWrapper, writing: Writing, whose: str) -> None:
    """The open enrolments of `whose` end yesterday; one that began today never was."""
    of = f"{whose} e.pupil_id = u.id AND e.valid_to IS NULL"
    cursor.execute(f"DELETE FROM people_enrolment e USING {of} AND e.valid_from >= %s", [writing.today])
    cursor.execute(f"UPDATE people_enrolment e SET valid_to = %s FROM {of}", [writing.yesterday])


def _digests(changes: Changes) -> list[pl.Expr]:
    """Digests as PostgreSQL reads bytes."""
    return [(pl.lit("\\x") + pl.col(name)).alias(name) for name in changes.digests]
