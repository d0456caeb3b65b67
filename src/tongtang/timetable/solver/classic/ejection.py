"""Who else must go for a block at a start: until every week of its people can be completed, and until it has a room."""

import math
from typing import Final

from tongtang.timetable.solver.classic.blocks import WORD
from tongtang.timetable.solver.classic.board import NOWHERE, Board, hours_at, set_day
from tongtang.timetable.solver.classic.compiled import (
    Ints,
    compiled,
    count,
    drawn,
    flip,
    highest,
    is_in,
    lowest,
)
from tongtang.timetable.solver.classic.facts import COUNTED, FACTS, day_facts, excess
from tongtang.timetable.solver.classic.tables import BY_DAYS, BY_STRETCH, NO_ROOM, Tables

EJECTED_FOR_A_WEEK: Final = 8
HELPED: Final = 4
"""So many may go for each hour by which a week comes nearer to what its limits allow."""
BEST, EVERY = range(2)
"""Sets in `going`: whose going helps most, and all of a day."""


@compiled
def harm_of(board: Board, block: int, weighed: bool) -> float:
    """What it costs when the block must go; 1 is the least. `weighed`: each earlier loss of its start counts too."""
    return 1.0 + (board.lost[block, board.starts[block]] if weighed else 0.0)


@compiled
def harm_of_all(board: Board, blocks: Ints, weighed: bool) -> float:
    found = 0.0
    for word in range(len(blocks)):
        left = blocks[word]
        if not weighed:
            found += count(left)
            continue
        while left:
            found += harm_of(board, word * WORD + lowest(left), weighed)
            left &= left - 1
    return found


@compiled
def complete_weeks(tables: Tables, board: Board, block: int, start: int, out: Ints, kept: Ints, weighed: bool) -> bool:
    """Adds to `out` who else must go so that every week of the block can be completed; False where none may."""
    own, day = hours_at(tables, block, start), start // tables.hours
    for place in range(tables.first_week[block], tables.first_week[block + 1]):
        week = tables.weeks[place]
        mine = own & tables.bounds[week, COUNTED]
        _copy_week(tables, board, week, out)
        set_day(tables, week, day, board.trial_filled[day] | mine, board.trial_filled, board.trial_facts)
        if _excess(tables, board, week) and not _mend(tables, board, week, out, kept, weighed):
            return False
    return True


@compiled
def _copy_week(tables: Tables, board: Board, week: int, out: Ints) -> None:
    """The week as it would be without those who go anyway."""
    filled, facts = board.trial_filled, board.trial_facts
    for day in range(len(filled)):
        filled[day] = board.filled[week, day]
        for fact in range(FACTS):
            facts[day, fact] = board.facts[week, day, fact]
    for fact in range(FACTS):
        facts[len(filled), fact] = board.facts[week, len(filled), fact]
    members = tables.sets[len(tables.duration) + week]
    for word in range(len(out)):
        gone = out[word] & members[word]
        while gone:
            _leave(tables, board, week, word * WORD + lowest(gone))
            gone &= gone - 1


@compiled
def _leave(tables: Tables, board: Board, week: int, block: int) -> None:
    start = board.starts[block]
    day, hours = start // tables.hours, hours_at(tables, block, start)
    set_day(tables, week, day, board.trial_filled[day] & ~hours, board.trial_filled, board.trial_facts)


@compiled
def _excess(tables: Tables, board: Board, week: int) -> int:
    return excess(tables.bounds[week], board.trial_facts[len(board.trial_filled)])


@compiled
def _mend(tables: Tables, board: Board, week: int, out: Ints, kept: Ints, weighed: bool) -> bool:
    """Lets go of lessons of the week until it can be completed; False where that takes too many."""
    best, many = board.going[BEST], 0
    while many < EJECTED_FOR_A_WEEK:
        if not _best_gone(tables, board, week, out, kept, weighed):
            return False
        for word in range(len(out)):
            out[word] |= best[word]
            left = best[word]
            while left:
                _leave(tables, board, week, word * WORD + lowest(left))
                many += 1
                left &= left - 1
        if not _excess(tables, board, week):
            return True
    return False


@compiled
def _best_gone(tables: Tables, board: Board, week: int, out: Ints, kept: Ints, weighed: bool) -> bool:
    """Finds whose going helps the week most for the harm it does; any of them only where none of the likely ones may.

    It begins with any day and stops at the first one whose going is enough.
    """
    least = math.inf
    days = len(board.trial_filled)
    turn = int(drawn(board.random) * days)
    for more in range(days):
        day = (turn + more) % days
        if board.trial_filled[day]:
            least = _best_of_day(tables, board, week, day, least, out, kept, weighed)
            if least == 1.0:
                return True
    return least < math.inf or _any_gone(tables, board, week, out, kept)


@compiled
def _any_gone(tables: Tables, board: Board, week: int, out: Ints, kept: Ints) -> bool:
    """Draws one of those who may go; False where there is none."""
    found, best = 0, board.going[BEST]
    for block in range(len(board.starts)):
        if board.starts[block] != NOWHERE and _may_go(tables, week, block, out, kept):
            found += 1
            if drawn(board.random) * found < 1.0:
                best[:] = 0
                flip(best, block)
    return found > 0


@compiled
def _may_go(tables: Tables, week: int, block: int, out: Ints, kept: Ints) -> bool:
    member = is_in(tables.sets[len(tables.duration) + week], block)
    return member and not is_in(out, block) and not is_in(kept, block)


@compiled
def _best_of_day(
    tables: Tables, board: Board, week: int, day: int, least: float, out: Ints, kept: Ints, weighed: bool
) -> float:
    """Thinks of the first and the last lesson of a day, of all together, of each one of a stretch: the least score."""
    filled, first = board.trial_filled[day], day * tables.hours
    low = _member_at(tables, board, week, first + lowest(filled), out, kept)
    high = _member_at(tables, board, week, first + highest(filled) - 1, out, kept)
    if low != NOWHERE:
        least = _thought(tables, board, week, day, low, least, weighed)
    if high != NOWHERE and high != low and least > 1.0:
        least = _thought(tables, board, week, day, high, least, weighed)
    if not (tables.removals[week, BY_DAYS] or tables.removals[week, BY_STRETCH]):
        return least
    every, many, hours = board.going[EVERY], 0, 0
    every[:] = 0
    members = tables.sets[len(tables.duration) + week]
    for word in range(len(every)):
        left = board.on_day[day, word] & members[word] & ~out[word] & ~kept[word]
        while left:
            block = word * WORD + lowest(left)
            flip(every, block)
            many, hours = many + 1, hours | hours_at(tables, block, board.starts[block])
            if tables.removals[week, BY_STRETCH]:
                least = _thought(tables, board, week, day, block, least, weighed)
            left &= left - 1
    if tables.removals[week, BY_DAYS] and many > 1:
        score = _score(tables, board, week, day, hours) + harm_of_all(board, every, weighed)
        if score < least:
            least = score
            board.going[BEST, :] = every
    return least


@compiled
def _member_at(tables: Tables, board: Board, week: int, slot: int, out: Ints, kept: Ints) -> int:
    """The block of the week that runs there and may go, or NOWHERE."""
    members = tables.sets[len(tables.duration) + week]
    for word in range(len(members)):
        found = board.at[slot, word] & members[word] & ~out[word] & ~kept[word]
        if found:
            return word * WORD + lowest(found)
    return NOWHERE


@compiled
def _thought(tables: Tables, board: Board, week: int, day: int, block: int, least: float, weighed: bool) -> float:
    """The least score, with this block noted as the best where it has it."""
    hours = hours_at(tables, block, board.starts[block])
    score = _score(tables, board, week, day, hours) + harm_of(board, block, weighed)
    if score < least:
        board.going[BEST, :] = 0
        flip(board.going[BEST], block)
        return score
    return least


@compiled
def _score(tables: Tables, board: Board, week: int, day: int, hours: int) -> float:
    """What the week still exceeds when these hours of the day are free, as harm."""
    facts = board.trial_facts
    now = day_facts(tables.bounds[week], tables.looked_at[week, day], board.trial_filled[day] & ~hours)
    last = len(facts) - 1
    for fact in range(FACTS):
        facts[last, fact] += now[fact] - facts[day, fact]
    found = excess(tables.bounds[week], facts[last])
    for fact in range(FACTS):
        facts[last, fact] -= now[fact] - facts[day, fact]
    return float(HELPED * found)


@compiled
def find_rooms(tables: Tables, board: Board, block: int, start: int, out: Ints, kept: Ints, taken: Ints) -> bool:
    """Adds to `out` who must go for rooms and writes the rooms to `taken`; False where there is none."""
    first = tables.first_choice[block]
    end = start + tables.duration[block]
    for place in range(tables.first_choice[block + 1] - first):
        room = _room(tables, board, first + place, start, end, out, kept, taken[:place])
        if room < NO_ROOM:
            return False
        taken[place] = room
        if room != NO_ROOM:
            for slot in range(start, end):
                other = board.occupant[room, slot]
                if other != NOWHERE and not is_in(out, other):
                    flip(out, other)
    return True


@compiled
def _room(tables: Tables, board: Board, choice: int, start: int, end: int, out: Ints, kept: Ints, taken: Ints) -> int:
    """The room that takes least from others, below NO_ROOM where there is none.

    It begins anywhere in the list and stops at the first room that takes nothing from anybody.
    """
    best, least = NO_ROOM - 1, len(board.starts) + 1
    first, many = tables.first_option[choice], tables.first_option[choice + 1] - tables.first_option[choice]
    turn = int(drawn(board.random) * many)
    for more in range(many):
        option = first + (turn + more) % many
        room = tables.options[option]
        if tables.prices[option] > 0.0 and drawn(board.random) < tables.prices[option]:
            continue
        harm = 0 if room == NO_ROOM else _harm_of_room(tables, board, room, start, end, out, kept, taken)
        if 0 <= harm < least:
            best, least = room, harm
            if harm == 0:
                break
    return best


@compiled
def _harm_of_room(
    tables: Tables, board: Board, room: int, start: int, end: int, out: Ints, kept: Ints, taken: Ints
) -> int:
    """How many more must go for the room; negative where it cannot be had."""
    for other_room in taken:
        if other_room == room:
            return -1
    harm, last = 0, NOWHERE
    for slot in range(start, end):
        if tables.closed[room, slot]:
            return -1
        other = board.occupant[room, slot]
        if other in (NOWHERE, last):
            continue
        last = other
        if is_in(kept, other):
            return -1
        if not is_in(out, other):
            harm += 1
    return harm
