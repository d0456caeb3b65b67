"""The blocks as arrays for the compiled search: nothing here changes while it runs."""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

import numba
import numpy as np
from numba.experimental import structref

from tongtang.timetable.solver.classic.blocks import WORD, Block, Blocks, Days
from tongtang.timetable.solver.classic.compiled import Flags, Floats, Ints, compiled
from tongtang.timetable.solver.classic.model import UNITS_PER_CONFLICT, Slot
from tongtang.timetable.solver.classic.week import MANY

SPREAD, WISHED_SPREAD, WISH, PARTNER, ALIKE_START, ALIKE_HOUR, GAP, LATER_THAT_DAY, EARLIER_THAT_DAY, AT_ONCE, USED = (
    range(11)
)
"""How a block is related to others, or to slots."""
KIND, OTHERS, TABLE, NUMBER = range(4)
"""The columns of a relation: its kind, the row of others in `sets` (of a partner: the block), the row of its table, and
a number: hours of a gap, limit of a crowd, 1 where wished ones of a day may be adjacent."""
NO_ROOM: Final = -1
BY_DAYS, BY_STRETCH = range(2)


class Tables(NamedTuple):
    """Arrays by block, each relation, week, choice or option; `first_*` has for each one where its own begin, and an
    end.

    sets: rows of words: near of each block, then members of each week, then others of each relation.
    """

    hours: int
    sets: Ints
    first_start: Ints
    starts: Ints
    duration: Ints
    room_to_move: Ints
    first_relation: Ints
    relations: Ints
    weights: Floats
    day_tables: Flags
    slot_tables: Flags
    agreements: Flags
    first_week: Ints
    weeks: Ints
    bounds: Ints
    looked_at: Ints
    removals: Flags
    first_choice: Ints
    first_option: Ints
    options: Ints
    prices: Floats
    closed: Flags


@structref.register
class TablesType(numba.types.StructRef):
    """What compiled functions take: one handle instead of many arrays, read by the same names."""


class TablesHandle(structref.StructRefProxy):
    """Made of `Tables`."""


structref.define_proxy(TablesHandle, TablesType, list(Tables._fields))  # type: ignore[no-untyped-call]


@compiled
def handle_of_tables(tables: Tables) -> TablesHandle:
    """The handle, made by machine code that is kept: the constructor itself would be compiled in each process."""
    return TablesHandle(*tables)  # type: ignore[no-untyped-call]


def words_of(mask: int, words: int) -> list[int]:
    """The bits of a number of any size as words, lowest first."""
    return [(mask >> (WORD * place)) & ((1 << WORD) - 1) for place in range(words)]


class _Relations:
    """The relations of all blocks with the tables that they point to."""

    def __init__(self, made: Blocks, sets: list[int]) -> None:
        self.made, self.sets = made, sets
        self.slots = made.hours * made.days
        self.found: list[tuple[int, int, int, int]] = []
        self.weights: list[float] = []
        self.day_tables: list[list[list[bool]]] = []
        self.slot_tables: list[list[bool]] = []
        self.agreements: list[list[list[bool]]] = []
        self.known: dict[int, int] = {}  # by identity: the blocks keep these objects alive

    def add(self, kind: int, others: int = 0, table: int = 0, number: int = 0, weight: float = 1.0) -> None:
        """`others`: bits of blocks, of a partner its number."""
        if kind != PARTNER:
            self.sets.append(others)
            others = len(self.sets) - 1
        self.found.append((kind, others, table, min(number, MANY)))
        self.weights.append(weight)

    def days(self, days: Days) -> int:
        """The row of a table; those of one constraint share it."""
        if id(days) not in self.known:
            self.known[id(days)] = len(self.day_tables)
            self.day_tables.append([[other in own for other in range(self.made.days)] for own in days])
        return self.known[id(days)]

    def slots_of(self, slots: frozenset[Slot]) -> int:
        if id(slots) not in self.known:
            self.known[id(slots)] = len(self.slot_tables)
            self.slot_tables.append([slot in slots for slot in range(self.slots)])
        return self.known[id(slots)]

    def agreement(self, agree: Sequence[frozenset[Slot]]) -> int:
        """The row of a table that many pairs share."""
        if id(agree) not in self.known:
            self.known[id(agree)] = len(self.agreements)
            self.agreements.append([[there in own for there in range(self.slots)] for own in agree])
        return self.known[id(agree)]

    def of_block(self, block: Block) -> None:
        for others, days in block.spread:
            self.add(SPREAD, others, self.days(days))
        for others, days, weight, adjacent in block.wished_spread:
            self.add(WISHED_SPREAD, others, self.days(days), int(adjacent), weight)
        for slots, weight in block.wishes:
            self.add(WISH, table=self.slots_of(slots), weight=weight)
        for other, agree, weight in block.partners:
            self.add(PARTNER, other, self.agreement(agree), weight=weight)
        for others, by_hour, weight in block.alike:
            self.add(ALIKE_HOUR if by_hour else ALIKE_START, others, weight=weight)
        for others, hours, weight in block.gaps:
            self.add(GAP, others, number=hours, weight=weight)
        if block.after:
            self.add(LATER_THAT_DAY, block.after)
        if block.before:
            self.add(EARLIER_THAT_DAY, block.before)
        for crowd in block.crowds:
            self.add(AT_ONCE if crowd.at_once else USED, crowd.others, self.slots_of(crowd.slots), crowd.limit)


def tables_of(made: Blocks) -> Tables:
    blocks = made.blocks
    sets = [block.near for block in blocks] + [week.members for week in made.weeks]
    relations = _Relations(made, sets)
    firsts = [0]
    for block in blocks:
        relations.of_block(block)
        firsts.append(len(relations.found))
    rooms = room_names(made)
    choices = [choice for block in blocks for choice in block.rooms]
    options = [option for choice in choices for option in choice.options]
    place = {room: index for index, room in enumerate(rooms)}
    closed = {room: away for room, _price, away in options if room is not None}
    slots = range(made.hours * made.days)
    words = max(1, -(-len(blocks) // WORD))
    return Tables(
        hours=made.hours,
        sets=_ints([words_of(mask, words) for mask in sets], words),
        first_start=_firsts(blocks, lambda block: len(block.starts)),
        starts=_ints(start for block in blocks for start in block.starts),
        duration=_ints(block.duration for block in blocks),
        room_to_move=_ints(len(block.starts) - block.near.bit_count() for block in blocks),
        first_relation=_ints(firsts),
        relations=_ints(relations.found, 4),
        weights=np.array(relations.weights, np.float64),
        day_tables=_flags(relations.day_tables, made.days, made.days),
        slot_tables=_flags(relations.slot_tables, len(slots)),
        agreements=_flags(relations.agreements, len(slots), len(slots)),
        first_week=_firsts(blocks, lambda block: len(block.weeks)),
        weeks=_ints(week for block in blocks for week in block.weeks),
        bounds=_ints([week.columns() for week in made.weeks], 12),
        looked_at=_ints([week.looked_at for week in made.weeks], made.days),
        removals=_flags([(week.by_days, week.by_stretch) for week in made.weeks], 2),
        first_choice=_firsts(blocks, lambda block: len(block.rooms)),
        first_option=_ints([0, *accumulate(len(choice.options) for choice in choices)]),
        options=_ints(NO_ROOM if room is None else place[room] for room, _price, _away in options),
        prices=np.array([price / UNITS_PER_CONFLICT for _room, price, _away in options], np.float64),
        closed=_flags([[slot in closed[room] for slot in slots] for room in rooms], len(slots)),
    )


def room_names(made: Blocks) -> list[str]:
    """The rooms that somebody may choose, in the order of their rows."""
    return sorted({room for block in made.blocks for choice in block.rooms for room in choice.rooms})


def _ints(rows: Iterable[object], width: int = 0) -> Ints:
    """A column, or, with a width, as many rows of it as there are, none included."""
    found = list(rows)
    return np.array(found, np.int64).reshape((len(found), width) if width else (len(found),))


def _flags(rows: Sequence[object], *shape: int) -> Flags:
    return np.array(rows, np.bool_).reshape(len(rows), *shape)


def _firsts(blocks: Sequence[Block], length: Callable[[Block], int]) -> Ints:
    return _ints([0, *accumulate(length(block) for block in blocks)])
