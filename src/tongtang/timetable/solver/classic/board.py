"""Where the blocks of a search stand, as bits by slot, day and week, with a trail by which moves are taken back."""

import random
from collections.abc import Iterator

from tongtang.timetable.solver.classic.blocks import Blocks

RoomsTaken = tuple[tuple[int, str | None], ...]
"""The rooms of a block's activities that have a choice."""


def bits(mask: int) -> Iterator[int]:
    """The places of the set bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Board:
    """`starts[block]` is -1 while the block is not placed, `hours_of` are the bits of its hours in its day,
    `day_of`; `starting` and `starts_at_hour` hold only first hours."""

    def __init__(self, made: Blocks, seed: int) -> None:
        self.blocks, self.weeks, self.hours = made.blocks, made.weeks, made.hours
        self.random = random.Random(seed)  # noqa: S311
        slots = made.hours * made.days
        self.starts = [-1] * len(self.blocks)
        self.hours_of = [0] * len(self.blocks)
        self.day_of = [0] * len(self.blocks)
        self.weeks_of = [[made.weeks[number] for number in block.weeks] for block in self.blocks]
        self.at = [0] * slots
        self.starting = [0] * slots
        self.starts_at_hour = [0] * made.hours
        self.on_day = [0] * made.days
        self.rooms: list[RoomsTaken] = [()] * len(self.blocks)
        self.room_at = {room: [0] * slots for block in self.blocks for choice in block.rooms for room in choice.rooms}
        self.trail: list[tuple[int, int, RoomsTaken]] = []

    def clear(self) -> None:
        """Nothing placed."""
        for index, start in enumerate(self.starts):
            if start >= 0:
                self._unmark(index)
        self.trail.clear()

    def put(self, index: int, start: int, rooms: RoomsTaken) -> None:
        self.trail.append((index, -1, ()))
        self._mark(index, start, rooms)

    def remove(self, index: int) -> None:
        self.trail.append((index, self.starts[index], self.rooms[index]))
        self._unmark(index)

    def undo(self, mark: int) -> None:
        """Everything as it was when the trail had that length."""
        while len(self.trail) > mark:
            index, start, rooms = self.trail.pop()
            if start < 0:
                self._unmark(index)
            else:
                self._mark(index, start, rooms)

    def _mark(self, index: int, start: int, rooms: RoomsTaken) -> None:
        block, bit = self.blocks[index], 1 << index
        self.starts[index] = start
        day, hour = divmod(start, self.hours)
        self.on_day[day] |= bit
        self.starting[start] |= bit
        self.starts_at_hour[hour] |= bit
        own = self.hours_of[index] = block.shape << hour
        self.day_of[index] = day
        for week in self.weeks_of[index]:
            masks, known = week.masks, week.days[day]
            mask = masks[day]
            filled = masks[day] = mask | (own & week.counted)
            week.facts += known[filled] - known[mask]
        for slot in range(start, start + block.duration):
            self.at[slot] |= bit
        self.rooms[index] = rooms
        for _number, room in rooms:
            if room is not None:
                for slot in range(start, start + block.duration):
                    self.room_at[room][slot] |= bit

    def _unmark(self, index: int) -> None:
        block, start, bit = self.blocks[index], self.starts[index], 1 << index
        day, hour = divmod(start, self.hours)
        self.on_day[day] ^= bit
        self.starting[start] ^= bit
        self.starts_at_hour[hour] ^= bit
        own = self.hours_of[index]
        for week in self.weeks_of[index]:
            masks, known = week.masks, week.days[day]
            mask = masks[day]
            rest = masks[day] = mask & ~own
            week.facts += known[rest] - known[mask]
        for slot in range(start, start + block.duration):
            self.at[slot] ^= bit
        for _number, room in self.rooms[index]:
            if room is not None:
                for slot in range(start, start + block.duration):
                    self.room_at[room][slot] &= ~bit
        self.starts[index] = -1
        self.rooms[index] = ()
