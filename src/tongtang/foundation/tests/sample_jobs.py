"""Jobs that the tests of the worker run; they leave marks in files, which a worker in another process shares."""

import time
from datetime import timedelta
from pathlib import Path

from tongtang.foundation.jobs import job, periodic


def mark(path: str, word: str) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{word}\n")


def give_up(path: str) -> None:
    mark(path, "gave up")


@job(attempts=3, gave_up=give_up)
def fail(path: str) -> None:
    """Fails each time."""
    mark(path, "tried")
    raise RuntimeError("the line is gone")


@job()
def succeed(path: str) -> None:
    """Leaves a mark."""
    mark(path, "done")


@job(queue="media", attempts=3)
def last_long(path: str) -> None:
    """Lasts longer than any test waits at its first run, not at its second."""
    text = Path(path).read_text(encoding="utf-8") if Path(path).exists() else ""
    mark(path, "started")
    if "started" not in text:
        time.sleep(120)
    mark(path, "done")


@periodic("tests.tick", every=timedelta(minutes=5))
def tick() -> None:
    """Due every five minutes."""
