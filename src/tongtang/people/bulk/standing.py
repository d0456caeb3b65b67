"""What stands in the database of one county's pupils, as frames for comparison."""

import io
from collections.abc import Iterator

import polars as pl
from django.db import connection, transaction

BATCH_ROWS = 100_000
BATCH_BYTES = 8 * 1024 * 1024
STANDING = {
    "id": pl.Int64,
    "source_id": pl.String,
    "name": pl.String,
    "sex": pl.String,
    "birth_date": pl.String,
    "ended_on": pl.String,
    "held": pl.String,
    "id_digest": pl.String,
    "number_digest": pl.String,
    "class_id": pl.String,
}
QUERY = """
    SELECT p.id, p.source_id, p.name, p.sex, {birth_date}, {ended_on}, {held}, {id_digest}, {number_digest}, c.source_id
    FROM people_pupil p
    LEFT JOIN people_enrolment e ON e.pupil_id = p.id AND e.valid_to IS NULL
    LEFT JOIN organisations_homeclass c ON c.id = e.home_class_id
    WHERE p.county_code = """
POSTGRES = QUERY.format(
    birth_date="p.birth_date",
    ended_on="p.ended_on",
    held="p.held::text",
    id_digest="encode(p.id_digest, 'hex')",
    number_digest="encode(p.number_digest, 'hex')",
)
# One processor at most: the others are for those who read pages meanwhile.
MODEST = "SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '64MB'"
# An expression has no declared type, so that the text is left as it is.
SQLITE = QUERY.format(
    birth_date="p.birth_date || ''",
    ended_on="p.ended_on || ''",
    held="p.held",
    id_digest="lower(hex(p.id_digest))",
    number_digest="lower(hex(p.number_digest))",
)


def standing(county: int) -> Iterator[pl.DataFrame]:
    """Every pupil that the county ever had, ended ones too, in the columns of STANDING.

    Dates are ISO text, digests hexadecimal; `class_id` is the id, within the county's files, of the class of the open
    enrolment.
    """
    return _of_postgres(county) if connection.vendor == "postgresql" else _of_sqlite(county)


def _of_postgres(county: int) -> Iterator[pl.DataFrame]:
    query = f"COPY ({POSTGRES}{int(county)}) TO STDOUT (FORMAT csv)"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MODEST)
        with cursor.copy(query) as rows:
            kept, size = [], 0
            for row in rows:
                kept.append(bytes(row))
                size += len(row)
                if size > BATCH_BYTES:
                    yield _parsed(kept)
                    kept, size = [], 0
            if kept:
                yield _parsed(kept)


def _parsed(rows: list[bytes]) -> pl.DataFrame:
    return pl.read_csv(io.BytesIO(b"".join(rows)), has_header=False, schema=STANDING)


def _of_sqlite(county: int) -> Iterator[pl.DataFrame]:
    with connection.cursor() as cursor:
        cursor.execute(f"{SQLITE}%s", [county])
        while rows := cursor.fetchmany(BATCH_ROWS):
            frame = pl.DataFrame(rows, schema=STANDING, orient="row")
            empty = [pl.col(name).replace("", None) for name in ("id_digest", "number_digest")]
            yield frame.with_columns(empty)
