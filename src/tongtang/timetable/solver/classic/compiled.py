"""Functions over arrays that Numba compiles when they are first called; the machine code is kept for the next process.

Sets of blocks are rows of words of 62 bits, so that no word is ever negative; sets of hours are single such words.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import config
from numpy.typing import NDArray

from tongtang.timetable.solver.classic.blocks import WORD

Function = TypeVar("Function", bound=Callable[..., Any])
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HERE = Path(__file__).parent


def state_of_the_code() -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(HERE.glob("*.py")))).hexdigest()[:16]


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


KEPT_IN = HERE / "__pycache__" / state_of_the_code()
# Numba asks only whether the file of a function itself has changed, not those of the functions that it calls.
config.CACHE_DIR = str(KEPT_IN)  # type: ignore[attr-defined]
KEPT = _is_writable(KEPT_IN)
"""Whether the machine code is kept; else each process compiles for itself, which takes it half a minute."""


def compiled(function: Function) -> Function:
    """The function as machine code, which runs beside other threads. Only names without underscore are called from
    outside."""
    njit = cast(Callable[..., Any], numba.njit)  # two of these options are not in its types
    inner = function.__name__.startswith("_")
    make = njit(cache=KEPT, nogil=True, no_cpython_wrapper=inner, no_cfunc_wrapper=True, error_model="numpy")
    return cast(Function, make(function))


@compiled
def count(word: int) -> int:
    """How many bits are set (Hacker's Delight, 5-1)."""
    word = word - ((word >> 1) & 0x5555555555555555)
    word = (word & 0x3333333333333333) + ((word >> 2) & 0x3333333333333333)
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F
    word = word + (word >> 8)
    word = word + (word >> 16)
    word = word + (word >> 32)
    return word & 0x7F


@compiled
def lowest(word: int) -> int:
    """The place of the lowest set bit."""
    return count((word & -word) - 1)


@compiled
def highest(word: int) -> int:
    """One more than the place of the highest set bit; 0 where none is set."""
    word |= word >> 1
    word |= word >> 2
    word |= word >> 4
    word |= word >> 8
    word |= word >> 16
    word |= word >> 32
    return count(word)


@compiled
def is_in(row: Ints, block: int) -> bool:
    return bool((row[block // WORD] >> (block % WORD)) & 1)


@compiled
def flip(row: Ints, block: int) -> None:
    row[block // WORD] ^= 1 << (block % WORD)


@compiled
def drawn(random: NDArray[np.uint64]) -> float:
    """A number from 0 to below 1 (xorshift64*, Vigna 2016): the same row of them for a seed on every machine."""
    word = random[0]
    word ^= word >> np.uint64(12)
    word ^= word << np.uint64(25)
    word ^= word >> np.uint64(27)
    random[0] = word
    return float((word * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) / 9007199254740992.0
