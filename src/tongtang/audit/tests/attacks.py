"""What somebody with the database in their hands may do to the chain: raw statements past the triggers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from hypothesis import strategies as st
from tests.chain_guard import LIFT

from tongtang.audit.api import append_all, written
from tongtang.audit.chain import COVERED, digest

TEXTS = ("stream", "previous", "at", "source", "actor", "action", "object", "result", "reason", "detail", "hash")
NUMBERS = ("seq", "school", "region_code")
SIZES = {"access": 7, "import": 3, "reads": 12}


def make_chain() -> None:
    """Three streams with words of all kinds."""
    for stream, size in SIZES.items():
        append_all(
            stream,
            [
                written(
                    action="pupils.exported",
                    actor=f"person:{number}",
                    object=f"import:{number}",
                    reason="家长要求 é 😀",
                    detail={"rows": number, "digest": "ab" * number},
                    region_code=421223000000 + number,
                )
                for number in range(size)
            ],
        )


class UndoneError(Exception):
    """Leaves `undone`."""


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside, triggers included, is rolled back."""
    try:
        with transaction.atomic():
            for statement in LIFT[connection.vendor]:
                run(statement)
            yield
            raise UndoneError
    except UndoneError:
        return


def run(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def places() -> list[tuple[str, int]]:
    return [(stream, seq) for stream, size in SIZES.items() for seq in range(1, size + 1)]


def flip_text(stream: str, seq: int, column: str, place: int, bit: int) -> bool:
    """Flip one bit of a text; False where there is no such bit, or the engine refuses what would come out."""
    [(text,)] = run(f"SELECT {column} FROM audit_entry WHERE stream = %s AND seq = %s", stream, seq)
    raw = bytearray(text.encode())
    if not raw:
        return False
    raw[place % len(raw)] ^= 1 << bit
    if connection.vendor == "sqlite":
        value, slot = bytes(raw), "CAST(%s AS TEXT)"
    else:
        try:
            value, slot = raw.decode(), "%s"
        except UnicodeDecodeError:
            return False
        if "\x00" in value:
            return False
    run(f"UPDATE audit_entry SET {column} = {slot} WHERE stream = %s AND seq = %s", value, stream, seq)
    return True


def flip_number(stream: str, seq: int, column: str, bit: int) -> bool:
    [(number,)] = run(f"SELECT {column} FROM audit_entry WHERE stream = %s AND seq = %s", stream, seq)
    value = number ^ (1 << bit)
    if column == "seq" and (stream, value) in places():
        return False
    run(f"UPDATE audit_entry SET {column} = %s WHERE stream = %s AND seq = %s", value, stream, seq)
    return True


def drop(stream: str, first: int, last: int) -> None:
    run("DELETE FROM audit_entry WHERE stream = %s AND seq BETWEEN %s AND %s", stream, first, last)


def swap(stream: str, one: int, other: int) -> None:
    """Two entries change places, whole."""
    for old, new in ((one, -1), (other, one), (-1, other)):
        run("UPDATE audit_entry SET seq = %s WHERE stream = %s AND seq = %s", new, stream, old)


def cut_tail(stream: str, keep: int) -> None:
    """The tail is cut off and the head set back: nothing in the database tells of it."""
    drop(stream, keep + 1, SIZES[stream])
    if keep:
        run("UPDATE audit_head SET seq = %s, hash = (SELECT hash FROM audit_entry WHERE stream = %s AND seq = %s) "
            "WHERE stream = %s", keep, stream, keep, stream)  # fmt: skip
    else:
        run("DELETE FROM audit_head WHERE stream = %s", stream)


def rewrite(stream: str, seq: int, column: str, value: str) -> None:
    """An entry is changed and everything after it hashed again, the head too: a forger who knows the code."""
    run(f"UPDATE audit_entry SET {column} = %s WHERE stream = %s AND seq = %s", value, stream, seq)
    last = None
    names = ", ".join(COVERED)
    for row in run(f"SELECT {names} FROM audit_entry WHERE stream = %s AND seq >= %s ORDER BY seq", stream, seq):
        columns = list(row)
        if last is not None:
            columns[COVERED.index("previous")] = last
        previous, last = columns[COVERED.index("previous")], digest(columns)
        run("UPDATE audit_entry SET previous = %s, hash = %s WHERE stream = %s AND seq = %s",
            previous, last, stream, columns[COVERED.index("seq")])  # fmt: skip
    run("UPDATE audit_head SET hash = %s WHERE stream = %s", last, stream)


entries = st.sampled_from(places())
text_flips = st.tuples(entries, st.sampled_from(TEXTS), st.integers(0, 200), st.integers(0, 7))
number_flips = st.tuples(entries, st.sampled_from(NUMBERS), st.integers(0, 62))
streams = st.sampled_from(list(SIZES))
