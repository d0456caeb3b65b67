"""Whole schools' weeks for the contexts above. OR-Tools is loaded by whoever solves, never by a page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tongtang.timetable.solver.school_model import Pair, Slot, WholeSchool

if TYPE_CHECKING:
    from tongtang.timetable.solver.align import Aligned
    from tongtang.timetable.solver.local import LocalWeek


def solve_weeks(
    schools: Sequence[WholeSchool],
    seconds: float,
    workers: int,
    seed: int,
    fixed: Sequence[Mapping[Pair, frozenset[Slot]]] | None = None,
) -> "Iterator[LocalWeek]":
    """Each school's week from its requirements, around `fixed` slots; see `solver/local.py`."""
    from tongtang.timetable.solver.local import solve_all

    held = fixed if fixed is not None else [{} for _school in schools]
    return solve_all(schools, seconds, workers, seed, held)


def align_weeks(schools: Sequence[WholeSchool], seconds: float, workers: int, seed: int) -> "Iterator[Aligned]":
    """Each receiver's week with the anchor's lessons in it; see `solver/align.py`."""
    from tongtang.timetable.solver.align import align_all

    return align_all(schools, seconds, workers, seed)
