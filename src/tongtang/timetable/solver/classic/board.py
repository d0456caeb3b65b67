"""Where the blocks of a search stand, as arrays, with a trail by which moves are taken back."""

from typing import Final, NamedTuple

import numba
import numpy as np
from numba.experimental import structref
from numpy.typing import NDArray

from tongtang.timetable.solver.classic.compiled import Flags, Floats, Ints, compiled, flip
from tongtang.timetable.solver.classic.facts import COUNTED, FACTS, day_facts
from tongtang.timetable.solver.classic.tables import NO_ROOM, Tables

NOWHERE: Final = -1
TRAIL, CALLS_LEFT, TRIED, FEWEST, IDLE_SINCE, HEAD, WAITING = range(7)
"""What is counted: moves on the trail, places that one swap may still try, places tried in all, the fewest that ever
waited in this round and when that was, and the line of those who wait: a ring from HEAD with WAITING in it."""
BLOCK, MARK, LEAVING, PLACED, TRIED_HERE = range(5)
"""What is known of each depth of the search: its block, the trail before its move, how many left for it and how many
of these have a place again, and how many starts were tried before."""


class Board(NamedTuple):
    """`starts[block]` is NOWHERE while it is not placed; sets of blocks by slot, first slot, first hour and day.

    filled: hours of each day of each week; facts: of each day, and their sum in the last row; lost: how often a block
    was pushed out of a start in this round. Depth by depth of the search: outs, harm, tie, ready, taken (the rooms),
    kept, steps, leaving. The rest is written and read within one function.
    """

    starts: Ints
    at: Ints
    starting: Ints
    at_hour: Ints
    on_day: Ints
    filled: Ints
    facts: Ints
    occupant: Ints
    room_of: Ints
    trail: Ints
    lost: Floats
    line: Ints
    counts: Ints
    random: NDArray[np.uint64]
    outs: Ints
    harm: Floats
    tie: Floats
    ready: Flags
    taken: Ints
    kept: Ints
    steps: Ints
    leaving: Ints
    near_days: Ints
    trial_filled: Ints
    trial_facts: Ints
    going: Ints
    drawn_from: Ints


@structref.register
class BoardType(numba.types.StructRef):
    """What compiled functions take: one handle instead of many arrays, read by the same names."""


class BoardHandle(structref.StructRefProxy):
    """Made of `Board`."""


structref.define_proxy(BoardHandle, BoardType, list(Board._fields))  # type: ignore[no-untyped-call]


@compiled
def handle_of_board(board: Board) -> BoardHandle:
    return BoardHandle(*board)  # type: ignore[no-untyped-call]


def board_of(tables: Tables, days: int, seed: int, depths: int, moves: int) -> Board:
    """An empty board; `depths` of the search, `moves` on the trail at most."""
    blocks, words = len(tables.duration), tables.sets.shape[1]
    weeks, rooms, choices = len(tables.bounds), len(tables.closed), len(tables.first_option) - 1
    slots = tables.hours * days
    most_starts = int(np.diff(tables.first_start).max(initial=1))
    most_choices = int(np.diff(tables.first_choice).max(initial=0))

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    facts = ints(weeks, days + 1, FACTS)
    for week in range(weeks):
        for day in range(days):
            facts[week, day] = day_facts(tables.bounds[week], tables.looked_at[week, day], 0)
    facts[:, days] = facts[:, :days].sum(axis=1)
    return Board(
        starts=np.full(blocks, NOWHERE, np.int64),
        at=ints(slots, words),
        starting=ints(slots, words),
        at_hour=ints(tables.hours, words),
        on_day=ints(days, words),
        filled=ints(weeks, days),
        facts=facts,
        occupant=np.full((rooms, slots), NOWHERE, np.int64),
        room_of=np.full(choices, NO_ROOM, np.int64),
        trail=ints(moves, 2 + most_choices),
        lost=np.zeros((blocks, slots)),
        line=ints(blocks),
        counts=ints(7),
        random=np.array([(seed * 0x9E3779B97F4A7C15 + 0x1234567) % (1 << 64) or 1], np.uint64),
        outs=ints(depths, most_starts, words),
        harm=np.zeros((depths, most_starts)),
        tie=np.zeros((depths, most_starts)),
        ready=np.zeros((depths, most_starts), np.bool_),
        taken=ints(depths, most_starts, most_choices),
        kept=ints(depths, words),
        steps=ints(depths, 5),
        leaving=ints(depths, blocks),
        near_days=ints(days, words),
        trial_filled=ints(days),
        trial_facts=ints(days + 1, FACTS),
        going=ints(2, words),
        drawn_from=ints(max(blocks, slots)),
    )


@compiled
def set_day(tables: Tables, week: int, day: int, hours: int, filled: Ints, facts: Ints) -> None:
    """Fills a day of a week with exactly these hours and keeps the sum of its facts."""
    filled[day] = hours
    now = day_facts(tables.bounds[week], tables.looked_at[week, day], hours)
    last = len(filled)
    for place in range(FACTS):
        facts[last, place] += now[place] - facts[day, place]
        facts[day, place] = now[place]


@compiled
def hours_at(tables: Tables, block: int, start: int) -> int:
    """The bits of the hours of its day that the block takes there."""
    return int(((1 << tables.duration[block]) - 1) << (start % tables.hours))


@compiled
def put(tables: Tables, board: Board, block: int, start: int, taken: Ints) -> None:
    """Places the block with a room for each of its choices."""
    row = board.counts[TRAIL]
    board.trail[row, 0] = block
    board.trail[row, 1] = NOWHERE
    board.counts[TRAIL] += 1
    _mark(tables, board, block, start, taken)


@compiled
def remove(tables: Tables, board: Board, block: int) -> None:
    row = board.counts[TRAIL]
    board.trail[row, 0] = block
    board.trail[row, 1] = board.starts[block]
    first = tables.first_choice[block]
    for place in range(tables.first_choice[block + 1] - first):
        board.trail[row, 2 + place] = board.room_of[first + place]
    board.counts[TRAIL] += 1
    _unmark(tables, board, block)


@compiled
def undo(tables: Tables, board: Board, mark: int) -> None:
    """Everything as it was when the trail had that length."""
    while board.counts[TRAIL] > mark:
        board.counts[TRAIL] -= 1
        row = board.trail[board.counts[TRAIL]]
        if row[1] == NOWHERE:
            _unmark(tables, board, row[0])
        else:
            _mark(tables, board, row[0], row[1], row[2:])


@compiled
def clear(tables: Tables, board: Board) -> None:
    """Nothing placed."""
    for block in range(len(board.starts)):
        if board.starts[block] != NOWHERE:
            _unmark(tables, board, block)
    board.counts[TRAIL] = 0


@compiled
def _flip(tables: Tables, board: Board, block: int, start: int) -> None:
    """What placing and removing have in common: the block's bits change."""
    flip(board.on_day[start // tables.hours], block)
    flip(board.starting[start], block)
    flip(board.at_hour[start % tables.hours], block)
    for slot in range(start, start + tables.duration[block]):
        flip(board.at[slot], block)


@compiled
def _fill(tables: Tables, board: Board, block: int, start: int, filling: bool) -> None:
    own, day = hours_at(tables, block, start), start // tables.hours
    for place in range(tables.first_week[block], tables.first_week[block + 1]):
        week = tables.weeks[place]
        hours = own & tables.bounds[week, COUNTED]
        filled = board.filled[week, day]
        set_day(
            tables, week, day, filled | hours if filling else filled & ~hours, board.filled[week], board.facts[week]
        )


@compiled
def _mark(tables: Tables, board: Board, block: int, start: int, taken: Ints) -> None:
    board.starts[block] = start
    _flip(tables, board, block, start)
    _fill(tables, board, block, start, True)
    first = tables.first_choice[block]
    for place in range(tables.first_choice[block + 1] - first):
        room = taken[place]
        board.room_of[first + place] = room
        if room != NO_ROOM:
            for slot in range(start, start + tables.duration[block]):
                board.occupant[room, slot] = block


@compiled
def _unmark(tables: Tables, board: Board, block: int) -> None:
    start = board.starts[block]
    _flip(tables, board, block, start)
    _fill(tables, board, block, start, False)
    for choice in range(tables.first_choice[block], tables.first_choice[block + 1]):
        room = board.room_of[choice]
        if room != NO_ROOM:
            for slot in range(start, start + tables.duration[block]):
                board.occupant[room, slot] = NOWHERE
    board.starts[block] = NOWHERE
