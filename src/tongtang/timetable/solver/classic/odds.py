"""Who must go for a block to stand at a start: bits of blocks, None where the start is out of the question now."""

import math
from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import Final

from tongtang.timetable.solver.classic.blocks import Block, Crowd, RoomChoice
from tongtang.timetable.solver.classic.board import Board, RoomsTaken, bits
from tongtang.timetable.solver.classic.model import UNITS_PER_CONFLICT, Slot
from tongtang.timetable.solver.classic.week import Week

Harm = Callable[[int], float]
"""What it costs when these blocks must go; 1 for a single one is the least."""
EJECTED_FOR_A_WEEK: Final = 8
HELPED: Final = 4
"""So many may go for each hour by which a week comes nearer to what its limits allow."""


def at_odds(board: Board, block: Block) -> list[int | None]:
    """For each of the block's starts who cannot stay, weeks and rooms with a choice not yet asked."""
    at, near, length = board.at, block.near, block.duration
    if length == 1:
        outs = [at[start] & near for start in block.starts]
    else:
        outs = [_covered(at[start : start + length]) & near for start in block.starts]
    if block.spread:
        by_day = [_too_near(board, block, day) for day in range(len(board.on_day))]
        outs = [out | by_day[day] for out, day in zip(outs, block.day_of, strict=True)]
    if block.wished_spread:
        wished = [_wished_near(board, block, day) for day in range(len(board.on_day))]
        outs = [
            out | _wished_spread(board, block, start, wished[day]) if wished[day] else out
            for start, day, out in zip(block.starts, block.day_of, outs, strict=True)
        ]
    if not block.particular:
        return list(outs)
    return [_particular(board, block, start, out) for start, out in zip(block.starts, outs, strict=True)]


def _covered(masks: Sequence[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _too_near(board: Board, block: Block, day: int) -> int:
    found = 0
    for others, days in block.spread:
        for close in days[day]:
            found |= board.on_day[close] & others
    return found


def _particular(board: Board, block: Block, start: Slot, out: int) -> int | None:
    """With what not every block knows: wishes, prices, partners, the end of the day, crowds."""
    draw = board.random.random
    for wished, weight in block.wishes:
        if start not in wished and draw() < weight:
            return None
    day = start // board.hours
    for other, agree, weight in block.partners:
        there = board.starts[other]
        if there >= 0 and there not in agree[start] and (weight >= 1 or draw() < weight):
            out |= 1 << other
    out |= _alike(board, block, start)
    if block.gaps:
        out |= _within_a_gap(board, block, start, day)
    if block.after or block.before:
        out |= _after_the_end(board, block, start, day)
    if not block.crowds:
        return out
    crowd = _crowded(board, block, start)
    return None if crowd is None else out | crowd


def _wished_near(board: Board, block: Block, day: int) -> list[tuple[int, float, bool]]:
    """Who should not be as near as on this day, with the weight of that and whether an adjacent one may stay."""
    found = []
    for others, days, weight, adjacent in block.wished_spread:
        near = 0
        for close in days[day]:
            near |= board.on_day[close]
        if near & others:
            found.append((near & others, weight, adjacent))
    return found


def _wished_spread(board: Board, block: Block, start: Slot, wished: list[tuple[int, float, bool]]) -> int:
    """Each of the others is drawn for by itself: three on a day are rarer than two."""
    out = 0
    for near, weight, adjacent in wished:
        for other in bits(near):
            if board.random.random() < weight or (adjacent and _apart(board, block, start, other)):
                out |= 1 << other
    return out


def _apart(board: Board, block: Block, start: Slot, other: int) -> bool:
    """Whether the other stands on the same day and neither follows the other."""
    there = board.starts[other]
    follows = there == start + block.duration or there + board.blocks[other].duration == start
    return there // board.hours == start // board.hours and not follows


def _alike(board: Board, block: Block, start: Slot) -> int:
    """Those who should start at the same slot or hour and stand elsewhere."""
    out = 0
    for others, by_hour, weight in block.alike:
        there = board.starts_at_hour[start % board.hours] if by_hour else board.starting[start]
        astray = _covered(board.on_day) & others & ~there
        if astray and (weight >= 1 or board.random.random() < weight):
            out |= astray
    return out


def _within_a_gap(board: Board, block: Block, start: Slot, day: int) -> int:
    out = 0
    first, last = day * board.hours, (day + 1) * board.hours
    for others, gap, weight in block.gaps:
        near = _covered(board.at[max(first, start - gap) : min(last, start + block.duration + gap)]) & others
        if near and (weight >= 1 or board.random.random() < weight):
            out |= near
    return out


def _after_the_end(board: Board, block: Block, start: Slot, day: int) -> int:
    later = _covered(board.at[start + block.duration : (day + 1) * board.hours]) if block.after else 0
    earlier = _covered(board.at[day * board.hours : start]) if block.before else 0
    return (later & block.after) | (earlier & block.before)


def _crowded(board: Board, block: Block, start: Slot) -> int | None:
    """Who must go so that the counted slots are not overfull, None where even nobody else would be too many."""
    out = 0
    covered = range(start, start + block.duration)
    for crowd in block.crowds:
        mine = crowd.slots.intersection(covered)
        if not mine:
            continue
        if crowd.limit < (1 if crowd.at_once else len(mine)):
            return None
        out |= _thinned(board, crowd, mine) if crowd.at_once else _freed(board, crowd, mine)
    return out


def _thinned(board: Board, crowd: Crowd, mine: frozenset[Slot]) -> int:
    out = 0
    for slot in sorted(mine):
        running = list(bits(board.at[slot] & crowd.others))
        for other in board.random.sample(running, max(0, len(running) - crowd.limit + 1)):
            out |= 1 << other
    return out


def _freed(board: Board, crowd: Crowd, mine: frozenset[Slot]) -> int:
    out = 0
    used = sorted(slot for slot in crowd.slots - mine if board.at[slot] & crowd.others)
    for slot in board.random.sample(used, max(0, len(used) + len(mine) - crowd.limit)):
        out |= board.at[slot] & crowd.others
    return out


def for_weeks(board: Board, block: Block, start: Slot, out: int, kept: int, harm_of: Harm) -> int | None:
    """With `out`, who else must go so that every week of the block can still be completed; `kept` may not go."""
    day, hour = divmod(start, board.hours)
    own = block.shape << hour
    for number in block.weeks:
        week = board.weeks[number]
        gone, mine = out & week.members, own & week.counted
        days = week.days
        if not gone:
            mask, known = week.masks[day], days[day]
            if not week.excess[week.facts - known[mask] + known[mask | mine]]:
                continue
        masks = week.masks.copy()
        facts = _without(board, week, masks, week.facts, gone) if gone else week.facts
        mask, known = masks[day], days[day]
        masks[day] = mask | mine
        facts += known[mask | mine] - known[mask]
        if week.excess[facts]:
            more = _mended(board, week, masks, facts, week.members & ~out & ~kept, harm_of)
            if more is None:
                return None
            out |= more
    return out


def _without(board: Board, week: Week, masks: list[int], facts: int, gone: int) -> int:
    """The facts of the week without these blocks, whose hours leave `masks`."""
    days, day_of, hours_of = week.days, board.day_of, board.hours_of
    while gone:
        low = gone & -gone
        gone ^= low
        other = low.bit_length() - 1
        day = day_of[other]
        mask = masks[day]
        rest = masks[day] = mask & ~hours_of[other]
        known = days[day]
        facts += known[rest] - known[mask]
    return facts


def _mended(board: Board, week: Week, masks: list[int], facts: int, candidates: int, harm_of: Harm) -> int | None:
    """Who must go from the week until it can be completed; None where that takes too many."""
    out = 0
    while out.bit_count() < EJECTED_FOR_A_WEEK:
        gone = _best_gone(board, week, masks, facts, candidates & ~out, harm_of)
        if not gone:
            return None
        out |= gone
        facts = _without(board, week, masks, facts, gone)
        if not week.excess[facts]:
            return out
    return None


def _best_gone(board: Board, week: Week, masks: list[int], facts: int, candidates: int, harm_of: Harm) -> int:
    """Whose going helps the week most for the harm it does; any of them only where none of the likely ones may go.

    It begins with any day and stops at the first one whose going is enough.
    """
    best, least = 0, math.inf
    days = len(masks)
    turn = int(board.random.random() * days)
    for place in range(turn, turn + days):
        day = place % days
        mask, known = masks[day], week.days[day]
        rest = facts - known[mask]
        for gone, hours in _likely(board, week, day, mask, candidates) if mask else ():
            score = HELPED * week.excess[rest + known[mask & ~hours]] + harm_of(gone)
            if score < least:
                best, least = gone, score
                if score == 1:
                    return best
    if best:
        return best
    found = [one for one in bits(candidates) if board.starts[one] >= 0]
    return 1 << found[int(board.random.random() * len(found))] if found else 0


def _likely(board: Board, week: Week, day: int, mask: int, candidates: int) -> list[tuple[int, int]]:
    """Who of a day to think of, with the hours: its first or last lesson, all together, each one of a stretch."""
    first = day * board.hours
    low = board.at[first + (mask & -mask).bit_length() - 1] & candidates
    high = board.at[first + mask.bit_length() - 1] & candidates
    found = [(low, board.hours_of[low.bit_length() - 1])] if low else []
    if high and high != low:
        found.append((high, board.hours_of[high.bit_length() - 1]))
    if week.by_days or week.by_stretch:
        every = board.on_day[day] & week.members & candidates
        each = [(1 << other, board.hours_of[other]) for other in bits(every)]
        if week.by_stretch:
            found += each
        if week.by_days and len(each) > 1:
            found.append((every, reduce(or_, (hours for _one, hours in each))))
    return found


def for_rooms(board: Board, block: Block, start: Slot, out: int, kept: int) -> tuple[int, RoomsTaken] | None:
    """With `out`, who must go for rooms, and the rooms; None where there is no room."""
    if not block.rooms:
        return out, ()
    chosen: list[tuple[int, str | None]] = []
    taken: set[str | None] = set()
    for choice in block.rooms:
        option = _room(board, choice, range(start, start + block.duration), out, kept, taken)
        if option is None:
            return None
        out |= option[0]
        chosen.append((choice.activity_id, option[1]))
        if option[1] is not None:
            taken.add(option[1])
    return out, tuple(chosen)


def _room(
    board: Board, choice: RoomChoice, covered: range, out: int, kept: int, taken: set[str | None]
) -> tuple[int, str | None] | None:
    """Begins anywhere in the list and stops at the first room that takes nothing from anybody."""
    best: tuple[int, int, str | None] | None = None
    options = choice.options
    turn = int(board.random.random() * len(options))
    for room, price, away in options[turn:] + options[:turn]:
        if price and board.random.random() * UNITS_PER_CONFLICT < price:
            continue
        if room in taken or (away and not away.isdisjoint(covered)):
            continue
        more = _covered(board.room_at[room][covered.start : covered.stop]) if room is not None else 0
        if more & kept:
            continue
        harm = (more & ~out).bit_count()
        if best is None or harm < best[0]:
            best = harm, more, room
            if not harm:
                break
    return None if best is None else best[1:]
