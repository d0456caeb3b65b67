"""Searches in processes of their own, so that an interrupt reaches the first process while CP-SAT runs."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from tongtang.timetable.solver.model import Broadcast
from tongtang.timetable.solver.search import OutOfTime

Unserved = tuple[tuple[str, str, int], ...]
"""Class, subject and how many of its lessons a week are left out."""
Found = tuple[Sequence[Broadcast], Unserved]
Tell = Callable[[Found], None]
Line = Callable[[float, Tell], None]
"""One search: it ends by itself, or with OutOfTime at its deadline (time.monotonic), and tells what it finds."""


def found_by(lines: Sequence[Line], deadline: float, nice: int, ended: Callable[[], bool]) -> Iterator[Found]:
    """The plans of all lines as they come, until each has ended, the time has, or `ended` says so."""
    context = multiprocessing.get_context("spawn")
    running: list[tuple[BaseProcess, Connection]] = []
    try:
        for line in lines:
            ours, theirs = context.Pipe(duplex=False)
            seconds = max(deadline - time.monotonic(), 0.1)
            process: BaseProcess = context.Process(target=_carry_out, args=(line, seconds, nice, theirs), daemon=True)
            process.start()
            theirs.close()
            running.append((process, ours))
        yield from _heard([each[1] for each in running], deadline, ended)
    finally:
        for process, ours in running:
            process.terminate()
            process.join()
            ours.close()


def _heard(ends: list[Connection], deadline: float, ended: Callable[[], bool]) -> Iterator[Found]:
    while ends and time.monotonic() < deadline and not ended():
        ready = set(wait(ends, timeout=min(0.2, max(deadline - time.monotonic(), 0))))
        for end in [each for each in ends if each in ready]:
            try:
                yield end.recv()
            except EOFError:
                ends.remove(end)


def _end_with_the_first_process() -> None:
    """Nobody hears a search whose first process was killed: it ends in the midst of CP-SAT, not at its deadline."""
    first = multiprocessing.parent_process()
    if first is not None:
        wait([first.sentinel])
        os._exit(1)


def _carry_out(line: Line, seconds: float, nice: int, end: Connection) -> None:
    """One search in a process of its own; an interrupt of the terminal is the first process's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(nice)
    threading.Thread(target=_end_with_the_first_process, daemon=True).start()
    try:
        line(time.monotonic() + seconds, end.send)
    except (OutOfTime, BrokenPipeError):
        return
    finally:
        end.close()
