"""Transactions of classrooms that come in the same minute: on SQLite, which has one writer, they share a commit.

A commit is acknowledged when it is on the disk, and each costs a wait for the disk and, on a busy machine, for the CPU.
So whoever comes while another writes waits here, is woken when it is over, and one of those who wait writes for all.
On PostgreSQL each has a transaction of its own: there they wait for the disk together already.
"""

import fcntl
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from django.db import connection, transaction

from tongtang.foundation.environment import environment

Result = TypeVar("Result")


@dataclass(frozen=True)
class _Work:
    """What to do, in the context of the request that asked for it, and how it ended."""

    do: Callable[[], Any]
    end: "Future[Any]" = field(default_factory=Future)


_writing = Lock()
_adding = Lock()
_waiting: list[_Work] = []


def together(do: Callable[[], Result]) -> Result:
    """The result of `do`, which ran in a transaction and is on the disk; its errors are raised and undo it alone."""
    if connection.vendor != "sqlite":
        with transaction.atomic():
            return do()
    context = copy_context()
    work = _Work(lambda: context.run(do))
    with _adding:
        _waiting.append(work)
    with _writing:
        if not work.end.done():
            _write_all()
    result: Result = work.end.result()
    return result


def _write_all() -> None:
    works: list[_Work] = []
    try:
        with _turn():
            works = _taken()
            with transaction.atomic():
                ends = [_done(work) for work in works]
    except BaseException as error:
        # Nothing of it is on the disk, whatever each came to; nobody shall wait for an answer that never comes.
        ends = [(work, None, error) for work in works or _taken()]
    for work, result, failure in ends:
        if failure is None:
            work.end.set_result(result)
        else:
            work.end.set_exception(failure)


def _taken() -> list[_Work]:
    with _adding:
        works = _waiting[:]
        _waiting.clear()
    return works


def _done(work: _Work) -> tuple[_Work, Any, BaseException | None]:
    try:
        with transaction.atomic():
            return work, work.do(), None
    except Exception as error:
        return work, None, error


@contextmanager
def _turn() -> Iterator[None]:
    """One process after the other, woken by the kernel: in SQLite they would look again after up to 100 ms each."""
    folder = environment().run
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "classrooms.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
