"""A quick first timetable: each lesson that waits takes a place, and those who must go for it wait in their turn.

First a few swaps are tried by which all of them find another place at once (recursive swapping, an ejection chain: the
idea is that of FET, as its author describes it). Where that fails the lesson is forced in, and who was pushed out goes
to the end of the line; to be pushed out of a start weighs more each time, so that the search does not go in circles
(an iterative forward search with the statistics of its conflicts). A constraint with a weight below 100 binds each
trial with that probability. The search never proves that nothing exists.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, cast

import numpy as np

from tongtang.timetable.solver.classic.blocks import WORD, Blocks
from tongtang.timetable.solver.classic.board import (
    BLOCK,
    CALLS_LEFT,
    FEWEST,
    HEAD,
    IDLE_SINCE,
    LEAVING,
    MARK,
    NOWHERE,
    PLACED,
    TRAIL,
    TRIED,
    TRIED_HERE,
    WAITING,
    Board,
    board_of,
    clear,
    handle_of_board,
    put,
    remove,
    undo,
)
from tongtang.timetable.solver.classic.compiled import Ints, compiled, count, drawn, flip, lowest
from tongtang.timetable.solver.classic.domains import Choice
from tongtang.timetable.solver.classic.ejection import complete_weeks, find_rooms, harm_of_all
from tongtang.timetable.solver.classic.model import Placed, Timetable
from tongtang.timetable.solver.classic.odds import NEVER, at_odds
from tongtang.timetable.solver.classic.tables import NO_ROOM, Tables, handle_of_tables, room_names, tables_of

DEPTH: Final = 14
NARROW_FROM: Final = 5
"""Below this depth only the best slot is tried."""
CALLS: Final = 20
"""Places tried by one recursive swap, all depths together: more cost more than they find."""
OUT_AT_ONCE: Final = 10
"""Moving more than so many for one is not tried."""
LOST_AGAIN: Final = 1.0
"""What each earlier loss of the same start adds to the harm of pushing a block out of it; the block itself is 1."""
PATIENCE: Final = 400.0
"""Places tried for each block of which none leaves fewer waiting than ever in the round, before the first fresh start.
"""
MORE_PATIENCE: Final = 1.3
BETWEEN_LOOKS: Final = 500
"""Places tried between two looks at the clock."""
ALL_PLACED, WORK_DONE, NO_HEADWAY = range(3)


def handles_of(tables: Tables, board: Board) -> tuple[Tables, Board]:
    """What compiled functions take for them: one handle each, with the same names and the same arrays behind."""
    return cast(Tables, handle_of_tables(tables)), cast(Board, handle_of_board(board))


class Swapper:
    """One search on a board of its own."""

    def __init__(self, made: Blocks, seed: int) -> None:
        self.blocks = made.blocks
        self.tables, self.rooms = tables_of(made), room_names(made)
        moves = CALLS * (OUT_AT_ONCE + 1) + 2 * len(self.blocks) + 1
        self.board = board_of(self.tables, made.days, seed, DEPTH, moves)
        self.handles = handles_of(self.tables, self.board)
        self.failed = np.zeros(len(self.blocks), np.int64)
        self.patience = PATIENCE * len(self.blocks)
        advance(*self.handles, self.failed, 0, 0.0)  # nobody waits: this only compiles what is not kept yet

    def run(self, deadline: float, work: int | None = None, ended: Callable[[], bool] = lambda: False) -> bool:
        """Whether every block found its place before the deadline of the monotonic clock; run again, it goes on.

        `work`: how many places may be tried for each block at most, the same on every machine. A round that makes no
        headway is given up for a fresh one, with more patience, that begins with what failed. `ended` is asked with
        each look at the clock.
        """
        counts = self.board.counts
        last = None if work is None else int(counts[TRIED]) + work * len(self.blocks)
        if not counts[WAITING]:
            self._begin()
        while time.monotonic() < deadline and not ended() and (last is None or counts[TRIED] < last):
            look = int(counts[TRIED]) + BETWEEN_LOOKS
            until = look if last is None else min(look, last)
            outcome = advance(*self.handles, self.failed, until, self.patience)
            if outcome == ALL_PLACED:
                return True
            if outcome == NO_HEADWAY:
                self.patience *= MORE_PATIENCE
                self._begin()
        return not counts[WAITING]

    def _begin(self) -> None:
        board = self.board
        clear(*self.handles)
        order = sorted(range(len(self.blocks)), key=self._ease)
        board.line[:] = order
        board.lost[:] = 0.0
        board.counts[HEAD], board.counts[WAITING] = 0, len(order)
        board.counts[FEWEST], board.counts[IDLE_SINCE] = len(order), board.counts[TRIED]

    def timetable(self, choices: Mapping[int, Choice]) -> Timetable:
        """The starts and rooms of all activities, those with a single possible room included."""
        rooms = {number: choice.only for number, choice in choices.items()}
        names = self.rooms
        asking = [choice.activity_id for block in self.blocks for choice in block.rooms]
        for number, room in zip(asking, self.board.room_of.tolist(), strict=True):
            rooms[number] = None if room == NO_ROOM else names[room]
        return {
            number: Placed(int(self.board.starts[index]), rooms.get(number))
            for index, block in enumerate(self.blocks)
            for number in block.activity_ids
        }

    def _ease(self, index: int) -> tuple[float, float]:
        block = self.blocks[index]
        busy = sum(self.blocks[other].duration for other in _bits(block.near))
        busy += sum(others.bit_count() for others, _days in block.spread)
        busy += sum(wished[0].bit_count() for wished in block.wished_spread)
        hardness = (busy + 1) * block.duration / max(1, len(block.starts))
        return -hardness * (1 + int(self.failed[index])), drawn(self.board.random)


def first_placed(
    searches: Sequence[Swapper], deadline: float, work: int | None, holds: Callable[[Swapper], bool]
) -> Swapper | None:
    """The first of them that places every block so that it `holds`, all at once in threads.

    A search whose blocks are placed and do not hold begins anew; None where none is done before the deadline, or
    within `work`.
    """
    ended = threading.Event()

    def placed(search: Swapper) -> bool:
        while search.run(deadline, work, ended.is_set):
            if holds(search):
                ended.set()
                return True
            if work is not None:
                break
        return False

    with ThreadPoolExecutor(len(searches)) as pool:
        try:
            return next((one for one, done in zip(searches, pool.map(placed, searches), strict=True) if done), None)
        finally:
            ended.set()


def _bits(mask: int) -> Iterator[int]:
    """The places of the set bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@compiled
def advance(tables: Tables, board: Board, failed: Ints, until: int, patience: float) -> int:
    """Places those who wait until all are placed, so many places have been tried, or no headway is made."""
    counts = board.counts
    while counts[WAITING]:
        if counts[TRIED] >= until:
            return WORK_DONE
        if counts[TRIED] - counts[IDLE_SINCE] > patience:
            return NO_HEADWAY
        _place(tables, board, failed, _next_in_line(board))
        if counts[WAITING] < counts[FEWEST]:
            counts[FEWEST], counts[IDLE_SINCE] = counts[WAITING], counts[TRIED]
    return ALL_PLACED


@compiled
def _next_in_line(board: Board) -> int:
    counts = board.counts
    block = board.line[counts[HEAD]]
    counts[HEAD] = (counts[HEAD] + 1) % len(board.line)
    counts[WAITING] -= 1
    return int(block)


@compiled
def _wait(board: Board, block: int) -> None:
    counts = board.counts
    board.line[(counts[HEAD] + counts[WAITING]) % len(board.line)] = block
    counts[WAITING] += 1


@compiled
def _place(tables: Tables, board: Board, failed: Ints, block: int) -> None:
    board.counts[CALLS_LEFT], board.counts[TRAIL] = CALLS, 0
    placed = _swap(tables, board, block)
    board.counts[TRIED] += CALLS - board.counts[CALLS_LEFT]
    if not placed:
        failed[block] += 1
        _force(tables, board, block)


@compiled
def _force(tables: Tables, board: Board, block: int) -> None:
    """Places the block where it does the least harm; who had to go waits until all others have had their turn."""
    board.kept[0, :] = 0
    flip(board.kept[0], block)
    _think(tables, board, block, 0, True)
    chosen = _next_trial(tables, board, block, 0, True)
    if chosen == NOWHERE:
        _wait(board, block)
        return
    for place in range(_list_leaving(tables, board, board.outs[0, chosen], 0)):
        other = board.leaving[0, place]
        board.lost[other, board.starts[other]] += LOST_AGAIN
        remove(tables, board, other)
        _wait(board, other)
    put(tables, board, block, tables.starts[tables.first_start[block] + chosen], board.taken[0, chosen])


@compiled
def _swap(tables: Tables, board: Board, block: int) -> bool:
    """Places the block and, one depth below, those that must go for it; everything is as before where it fails.

    A loop: Numba's machine code of functions that call themselves cannot be kept for the next process.
    """
    steps, depth = board.steps, 0
    if not _enter(tables, board, block, 0):
        return False
    moved = _try_next(tables, board, 0)
    while depth >= 0:
        if moved:
            while steps[depth, PLACED] == steps[depth, LEAVING]:
                depth -= 1
                if depth < 0:
                    return True
                steps[depth, PLACED] += 1
            if _enter(tables, board, board.leaving[depth, steps[depth, PLACED]], depth + 1):
                depth += 1
                moved = _try_next(tables, board, depth)
                continue
        else:
            depth -= 1
            if depth < 0:
                return False
        undo(tables, board, steps[depth, MARK])
        steps[depth, TRIED_HERE] += 1
        moved = _try_next(tables, board, depth)
    return False


@compiled
def _enter(tables: Tables, board: Board, block: int, depth: int) -> bool:
    """Begins with a block that waits at this depth; False where the search must not go so far."""
    if depth >= DEPTH or board.counts[CALLS_LEFT] <= 0:
        return False
    board.counts[CALLS_LEFT] -= 1
    for word in range(board.kept.shape[1]):
        board.kept[depth, word] = board.kept[depth - 1, word] if depth else 0
    flip(board.kept[depth], block)
    board.steps[depth, BLOCK], board.steps[depth, TRIED_HERE] = block, 0
    _think(tables, board, block, depth, False)
    return True


@compiled
def _try_next(tables: Tables, board: Board, depth: int) -> bool:
    """Puts the block of this depth at its next best start and removes who must go; False where nothing is left."""
    step = board.steps[depth]
    if step[TRIED_HERE] and (depth >= NARROW_FROM or board.counts[CALLS_LEFT] <= 0):
        return False
    block = step[BLOCK]
    chosen = _next_trial(tables, board, block, depth, False)
    if chosen == NOWHERE or _how_many(board.outs[depth, chosen]) > OUT_AT_ONCE:
        return False
    step[MARK], step[PLACED] = board.counts[TRAIL], 0
    step[LEAVING] = _list_leaving(tables, board, board.outs[depth, chosen], depth)
    for place in range(step[LEAVING]):
        remove(tables, board, board.leaving[depth, place])
    put(tables, board, block, tables.starts[tables.first_start[block] + chosen], board.taken[depth, chosen])
    return True


@compiled
def _how_many(blocks: Ints) -> int:
    found = 0
    for word in range(len(blocks)):
        found += count(blocks[word])
    return found


@compiled
def _list_leaving(tables: Tables, board: Board, out: Ints, depth: int) -> int:
    """Writes who must go, those with the fewest ways to move first, and returns how many they are."""
    many, leaving = 0, board.leaving[depth]
    for word in range(len(out)):
        left = out[word]
        while left:
            other = word * WORD + lowest(left)
            place = many
            while place and tables.room_to_move[leaving[place - 1]] > tables.room_to_move[other]:
                leaving[place] = leaving[place - 1]
                place -= 1
            leaving[place] = other
            many += 1
            left &= left - 1
    return many


@compiled
def _think(tables: Tables, board: Board, block: int, depth: int, weighed: bool) -> None:
    """Weighs all starts: how many must go, or, where `weighed`, with how often each has lost its start before.

    To return to a start that the block has lost itself weighs as well: two that must follow each other would
    push each other out of one place for ever where each finds the other in the way of every other place.
    """
    at_odds(tables, board, block, depth)
    first = tables.first_start[block]
    kept, harm = board.kept[depth], board.harm[depth]
    for place in range(tables.first_start[block + 1] - first):
        out = board.outs[depth, place]
        for word in range(len(out)):
            if out[word] & kept[word]:
                harm[place] = NEVER
        if harm[place] < NEVER:
            harm[place] = harm_of_all(board, out, weighed) + _own(tables, board, block, place, weighed)
        board.tie[depth, place] = drawn(board.random)
        board.ready[depth, place] = False


@compiled
def _own(tables: Tables, board: Board, block: int, place: int, weighed: bool) -> float:
    """How often the block has lost that start itself."""
    return board.lost[block, tables.starts[tables.first_start[block] + place]] if weighed else 0.0


@compiled
def _next_trial(tables: Tables, board: Board, block: int, depth: int, weighed: bool) -> int:
    """The next of the starts by harm, complete with weeks and rooms, or NOWHERE; it is not given again.

    Weeks and rooms are looked at only when a start's turn comes.
    """
    harm, tie, ready = board.harm[depth], board.tie[depth], board.ready[depth]
    while True:
        best = _least(tables, board, block, depth)
        if best == NOWHERE:
            return NOWHERE
        if ready[best]:
            harm[best] = NEVER
            return best
        if not _completed(tables, board, block, depth, best, weighed):
            harm[best] = NEVER
            continue
        ready[best] = True
        harm[best] = harm_of_all(board, board.outs[depth, best], weighed) + _own(tables, board, block, best, weighed)
        tie[best] = drawn(board.random)


@compiled
def _least(tables: Tables, board: Board, block: int, depth: int) -> int:
    harm, tie = board.harm[depth], board.tie[depth]
    best, least = NOWHERE, NEVER
    for place in range(tables.first_start[block + 1] - tables.first_start[block]):
        if harm[place] < least or (harm[place] == least and best != NOWHERE and tie[place] < tie[best]):
            best, least = place, harm[place]
    return best


@compiled
def _completed(tables: Tables, board: Board, block: int, depth: int, place: int, weighed: bool) -> bool:
    start = tables.starts[tables.first_start[block] + place]
    out, kept = board.outs[depth, place], board.kept[depth]
    if not complete_weeks(tables, board, block, start, out, kept, weighed):
        return False
    return find_rooms(tables, board, block, start, out, kept, board.taken[depth, place])
