"""Who must go for a block to stand at a start: sets of blocks, and harm without end where it cannot now."""

import math
from typing import Final

from tongtang.timetable.solver.classic.blocks import WORD
from tongtang.timetable.solver.classic.board import NOWHERE, Board
from tongtang.timetable.solver.classic.compiled import Flags, Floats, Ints, compiled, drawn, lowest
from tongtang.timetable.solver.classic.tables import (
    ALIKE_HOUR,
    ALIKE_START,
    AT_ONCE,
    EARLIER_THAT_DAY,
    GAP,
    KIND,
    LATER_THAT_DAY,
    NUMBER,
    OTHERS,
    PARTNER,
    SPREAD,
    TABLE,
    USED,
    WISH,
    WISHED_SPREAD,
    Tables,
)

NEVER: Final = math.inf
"""The harm of a start that is out of the question now."""


@compiled
def at_odds(tables: Tables, board: Board, block: int, depth: int) -> None:
    """Writes for each of the block's starts who cannot stay, weeks and rooms with a choice not yet asked."""
    first = tables.first_start[block]
    outs, harm = board.outs[depth], board.harm[depth]
    near = tables.sets[block]
    for place in range(tables.first_start[block + 1] - first):
        start = tables.starts[first + place]
        harm[place] = 0.0
        for word in range(len(near)):
            found = 0
            for slot in range(start, start + tables.duration[block]):
                found |= board.at[slot, word]
            outs[place, word] = found & near[word]
    for relation in range(tables.first_relation[block], tables.first_relation[block + 1]):
        _relate(tables, board, block, relation, tables.starts[first : tables.first_start[block + 1]], outs, harm)


@compiled
def _relate(tables: Tables, board: Board, block: int, relation: int, starts: Ints, outs: Ints, harm: Floats) -> None:
    kind = tables.relations[relation, KIND]
    if kind in (SPREAD, WISHED_SPREAD):
        _spread(tables, board, block, relation, starts, outs)
        return
    weight = tables.weights[relation]
    number, table = tables.relations[relation, NUMBER], tables.relations[relation, TABLE]
    for place in range(len(starts)):
        start = starts[place]
        if kind == WISH:
            if not tables.slot_tables[table, start] and drawn(board.random) < weight:
                harm[place] = NEVER
        elif kind == PARTNER:
            other = tables.relations[relation, OTHERS]
            there = board.starts[other]
            if there != NOWHERE and not tables.agreements[table, start, there] and _binds(board, weight):
                outs[place, other // WORD] |= 1 << (other % WORD)
        elif kind in (AT_ONCE, USED):
            if not _crowded(tables, board, block, relation, start, outs[place]):
                harm[place] = NEVER
        else:
            _stretch(tables, board, block, relation, start, outs[place], number, weight)


@compiled
def _binds(board: Board, weight: float) -> bool:
    return weight >= 1.0 or drawn(board.random) < weight


@compiled
def _spread(tables: Tables, board: Board, block: int, relation: int, starts: Ints, outs: Ints) -> None:
    """Those who stand too near to a day; a wish is drawn for with each of them, so that three are rarer than two."""
    days, table = board.near_days, tables.relations[relation, TABLE]
    others = tables.sets[tables.relations[relation, OTHERS]]
    for day in range(len(days)):
        for word in range(len(others)):
            days[day, word] = 0
        for close in range(len(days)):
            if tables.day_tables[table, day, close]:
                for word in range(len(others)):
                    days[day, word] |= board.on_day[close, word] & others[word]
    wished = tables.relations[relation, KIND] == WISHED_SPREAD
    for place in range(len(starts)):
        near = days[starts[place] // tables.hours]
        for word in range(len(others)):
            if wished and near[word]:
                outs[place, word] |= _wished(tables, board, block, relation, starts[place], word, near[word])
            else:
                outs[place, word] |= near[word]


@compiled
def _wished(tables: Tables, board: Board, block: int, relation: int, start: int, word: int, near: int) -> int:
    out = 0
    adjacent = tables.relations[relation, NUMBER] == 1
    while near:
        bit = near & -near
        near ^= bit
        other = word * WORD + lowest(bit)
        if drawn(board.random) < tables.weights[relation] or (adjacent and _apart(tables, board, block, start, other)):
            out |= bit
    return out


@compiled
def _apart(tables: Tables, board: Board, block: int, start: int, other: int) -> bool:
    """Whether the other stands on the same day and neither follows the other."""
    there = board.starts[other]
    follows = there == start + tables.duration[block] or there + tables.duration[other] == start
    return there // tables.hours == start // tables.hours and not follows


@compiled
def _stretch(
    tables: Tables, board: Board, block: int, relation: int, start: int, out: Ints, number: int, weight: float
) -> None:
    """Those of a stretch of the day, or of everywhere but one slot or hour."""
    kind, others = tables.relations[relation, KIND], tables.sets[tables.relations[relation, OTHERS]]
    end, day = start + tables.duration[block], start // tables.hours
    first, last = day * tables.hours, (day + 1) * tables.hours
    if kind == GAP:
        first, last = max(first, start - number), min(last, end + number)
    elif kind == LATER_THAT_DAY:
        first = end
    elif kind == EARLIER_THAT_DAY:
        last = start
    bound = weight >= 1.0 or drawn(board.random) < weight
    for word in range(len(out)):
        found = 0
        if kind in (ALIKE_HOUR, ALIKE_START):
            for every in range(len(board.on_day)):
                found |= board.on_day[every, word]
            here = board.at_hour[start % tables.hours, word] if kind == ALIKE_HOUR else board.starting[start, word]
            found &= ~here
        else:
            for slot in range(first, last):
                found |= board.at[slot, word]
        if bound:
            out[word] |= found & others[word]


@compiled
def _crowded(tables: Tables, board: Board, block: int, relation: int, start: int, out: Ints) -> bool:
    """Adds who must go so that the counted slots are not overfull; False where nobody else would be too many."""
    counted = tables.slot_tables[tables.relations[relation, TABLE]]
    limit = tables.relations[relation, NUMBER]
    others = tables.sets[tables.relations[relation, OTHERS]]
    end = start + tables.duration[block]
    mine = 0
    for slot in range(start, end):
        mine += counted[slot]
    if mine == 0:
        return True
    at_once = tables.relations[relation, KIND] == AT_ONCE
    if limit < (1 if at_once else mine):
        return False
    if not at_once:
        _freed(board, counted, others, start, end, limit - mine, out)
        return True
    for slot in range(start, end):
        if counted[slot]:
            _thinned(board, others, slot, limit - 1, out)
    return True


@compiled
def _thinned(board: Board, others: Ints, slot: int, stay: int, out: Ints) -> None:
    """So many of the others that run there stay; the rest, drawn, goes."""
    running = 0
    for word in range(len(others)):
        left = board.at[slot, word] & others[word]
        while left:
            board.drawn_from[running] = word * WORD + lowest(left)
            running += 1
            left &= left - 1
    for place in range(running - stay):
        other = _draw(board, place, running)
        out[other // WORD] |= 1 << (other % WORD)


@compiled
def _freed(board: Board, counted: Flags, others: Ints, start: int, end: int, stay: int, out: Ints) -> None:
    """So many of the counted slots outside stay in use; the rest, drawn, is freed."""
    used = 0
    for slot in range(len(counted)):
        if counted[slot] and not start <= slot < end:
            for word in range(len(others)):
                if board.at[slot, word] & others[word]:
                    board.drawn_from[used] = slot
                    used += 1
                    break
    for place in range(used - stay):
        slot = _draw(board, place, used)
        for word in range(len(others)):
            out[word] |= board.at[slot, word] & others[word]


@compiled
def _draw(board: Board, place: int, many: int) -> int:
    """One of those from `place` on, which changes its place with the one there."""
    chosen = place + int(drawn(board.random) * (many - place))
    found = board.drawn_from[chosen]
    board.drawn_from[chosen] = board.drawn_from[place]
    board.drawn_from[place] = found
    return int(found)
