"""Changes of pupils into SQLite: staged in temporary tables outside the write lock, then one statement for each set.

A connection's temporary tables live in a file of their own: filling them takes no lock that another one waits for.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
from django.db import connection

from tongtang.foundation.ids import many_time_ordered
from tongtang.people.bulk.changes import DIGESTS, Changes, Writing

TABLES = {
    "roster_new": "row INTEGER PRIMARY KEY, public_id, source_id, name, sex, birth_date, class_no INTEGER, "
    "id_digest BLOB, number_digest BLOB",
    "roster_update": "id INTEGER PRIMARY KEY, name, sex, birth_date, class_no INTEGER, moves INTEGER, "
    "id_digest BLOB, number_digest BLOB",
    "roster_end": "id INTEGER PRIMARY KEY",
    "roster_class": "no INTEGER PRIMARY KEY, class_id TEXT UNIQUE, home_class_id INTEGER",
}
UPDATED = ("id", "name", "sex", "birth_date", "class_no", "moves")


def stage(changes: Changes) -> None:
    """Put `changes` into this connection's temporary tables, in the order of the index that they will meet."""
    connection.ensure_connection()
    with _outside_the_lock():
        for table, columns in TABLES.items():
            _execute(f"DROP TABLE IF EXISTS temp.{table}")
            _execute(f"CREATE TEMPORARY TABLE {table} ({columns})")
        numbers: dict[str, int] = {}
        _stage_created(changes, numbers)
        for frame in changes.updated():
            _insert("roster_update", _rows(_numbered(frame, numbers), UPDATED, changes.digests))
        _insert("roster_end", ((pk,) for pk in changes.ended))
        _insert("roster_class", ((number, class_id, None) for class_id, number in numbers.items()))


def _stage_created(changes: Changes, numbers: dict[str, int]) -> None:
    frames = [frame for frame in changes.created() if frame.height]
    if not frames:
        return
    created = _numbered(pl.concat(frames), numbers).sort("source_id")
    public_ids = pl.Series("public_id", many_time_ordered(created.height))
    created = created.with_columns(public_ids).with_row_index("row", 1)
    columns = ("row", "public_id", "source_id", "name", "sex", "birth_date", "class_no")
    _insert("roster_new", _rows(created, columns, changes.digests))


def _numbered(frame: pl.DataFrame, numbers: dict[str, int]) -> pl.DataFrame:
    """`frame` with `class_no` in place of the id; `numbers` grows."""
    for class_id in frame["class_id"].unique(maintain_order=True):
        numbers.setdefault(class_id, len(numbers))
    return frame.with_columns(
        class_no=pl.col("class_id").replace_strict(list(numbers), list(numbers.values()), return_dtype=pl.Int64)
    )


def _rows(frame: pl.DataFrame, columns: Iterable[str], digests: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    given = [
        (pl.col(name).str.decode("hex") if name in digests else pl.lit(None, dtype=pl.Binary)).alias(name)
        for name in DIGESTS
    ]
    return frame.select(*columns, *given).iter_rows()


def write(changes: Changes, writing: Writing) -> None:
    """Write what was staged in the present transaction."""
    _place_classes(writing)
    _create(changes, writing)
    _update(changes, writing)
    _end(changes, writing)
    for table in TABLES:
        _execute(f"DROP TABLE temp.{table}")


def _place_classes(writing: Writing) -> None:
    pairs = writing.classes.select("home_class_id", "class_id").iter_rows()
    connection.connection.executemany("UPDATE temp.roster_class SET home_class_id = ? WHERE class_id = ?", pairs)


def _create(changes: Changes, writing: Writing) -> None:
    if not _execute("SELECT EXISTS (SELECT 1 FROM temp.roster_new)").fetchone()[0]:
        return
    (last,) = _execute("SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'people_pupil'), 0), "
                       "coalesce((SELECT max(id) FROM people_pupil), 0))").fetchone()  # fmt: skip
    _execute(
        "INSERT INTO people_pupil (id, public_id, county_code, source_id, name, sex, birth_date, run, updated_at, "
        "id_digest, number_digest) SELECT ? + row, public_id, ?, source_id, name, sex, birth_date, ?, ?, id_digest, "
        "number_digest FROM temp.roster_new ORDER BY row",
        (last, changes.county, writing.run, _moment(writing)),
    )
    _execute(
        "INSERT INTO people_enrolment (pupil_id, home_class_id, valid_from) SELECT ? + n.row, c.home_class_id, ? "
        "FROM temp.roster_new n CROSS JOIN temp.roster_class c ON c.no = n.class_no ORDER BY n.row",
        (last, writing.since.isoformat()),
    )


def _update(changes: Changes, writing: Writing) -> None:
    columns = ("name", "sex", "birth_date", *changes.digests)
    _execute(
        f"UPDATE people_pupil AS p SET {', '.join(f'{name} = u.{name}' for name in columns)}, ended_on = NULL, "
        "run = ?, updated_at = ? FROM temp.roster_update u WHERE p.id = u.id",
        (writing.run, _moment(writing)),
    )
    _leave(writing, "SELECT id FROM temp.roster_update WHERE moves")
    _execute(
        "INSERT INTO people_enrolment (pupil_id, home_class_id, valid_from) SELECT u.id, c.home_class_id, ? "
        "FROM temp.roster_update u CROSS JOIN temp.roster_class c ON c.no = u.class_no WHERE u.moves ORDER BY u.id",
        (writing.since.isoformat(),),
    )


def _end(changes: Changes, writing: Writing) -> None:
    if not changes.ended.len():
        return
    _execute(
        "UPDATE people_pupil SET ended_on = ?, run = ?, updated_at = ? WHERE id IN (SELECT id FROM temp.roster_end)",
        (writing.today.isoformat(), writing.run, _moment(writing)),
    )
    _leave(writing, "SELECT id FROM temp.roster_end")


def _leave(writing: Writing, whose: str) -> None:
    """The open enrolments of `whose` end yesterday; one that began today never was."""
    of = f"WHERE valid_to IS NULL AND pupil_id IN ({whose})"
    _execute(f"DELETE FROM people_enrolment {of} AND valid_from >= ?", (writing.today.isoformat(),))
    _execute(f"UPDATE people_enrolment SET valid_to = ? {of}", (writing.yesterday.isoformat(),))


def _moment(writing: Writing) -> str:
    return str(connection.ops.adapt_datetimefield_value(writing.now))


@contextmanager
def _outside_the_lock() -> Iterator[None]:
    """One transaction for many small inserts; deferred, so that only the temporary file is locked."""
    if connection.in_atomic_block:
        yield
        return
    _execute("BEGIN DEFERRED")
    try:
        yield
    except BaseException:
        _execute("ROLLBACK")
        raise
    _execute("COMMIT")


def _insert(table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    width = TABLES[table].count(",") + 1
    places = ", ".join("?" * width)
    connection.connection.executemany(f"INSERT INTO temp.{table} VALUES ({places})", rows)


def _execute(statement: str, values: tuple[Any, ...] = ()) -> Any:
    return connection.connection.execute(statement, values)
