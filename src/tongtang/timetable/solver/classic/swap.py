"""A quick first timetable: each lesson that waits takes a place, and those who must go for it wait in their turn.

First a few swaps are tried by which all of them find another place at once (recursive swapping, an ejection chain: the
idea is that of FET, as its author describes it). Where that fails the lesson is forced in, and who was pushed out goes
to the end of the line; to be pushed out of a start weighs more each time, so that the search does not go in circles
(an iterative forward search with the statistics of its conflicts). A constraint with a weight below 100 binds each
trial with that probability. The search never proves that nothing exists.
"""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Final

from tongtang.timetable.solver.classic.blocks import Blocks
from tongtang.timetable.solver.classic.board import Board, RoomsTaken, bits
from tongtang.timetable.solver.classic.domains import Choice
from tongtang.timetable.solver.classic.model import Placed, Slot, Timetable
from tongtang.timetable.solver.classic.odds import at_odds, for_rooms, for_weeks

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


@dataclass(frozen=True, slots=True)
class Trial:
    """A block at a start: who must go for it (bits), and the rooms its activities would take."""

    start: Slot
    out: int
    rooms: RoomsTaken


class Swapper:
    """One search on a board of its own.

    `lost` counts for each block and start how often it was pushed out of it in this round.
    """

    def __init__(self, made: Blocks, seed: int) -> None:
        self.board = Board(made, seed)
        self.blocks = made.blocks
        self.random = self.board.random
        self.failed = [0] * len(self.blocks)
        self.room_to_move = [len(block.starts) - block.near.bit_count() for block in self.blocks]
        self.waiting: deque[int] = deque()
        self.lost: list[list[float]] = []
        self.unlost = [0.0] * len(self.board.at)
        self.patience = PATIENCE * len(self.blocks)
        self.calls = self.tried = 0
        self.fewest, self.idle_since = 0, 0

    def run(self, deadline: float, work: int | None = None) -> bool:
        """Whether every block found its place before the deadline of the monotonic clock; run again, it goes on.

        `work`: how many places may be tried for each block at most, the same on every machine. A round that makes no
        headway is given up for a fresh one, with more patience, that begins with what failed.
        """
        last = None if work is None else self.tried + work * len(self.blocks)
        if not self.waiting:
            self._begin()
        while self.waiting:
            if time.monotonic() > deadline or (last is not None and self.tried >= last):
                return False
            if self.tried - self.idle_since > self.patience:
                self.patience *= MORE_PATIENCE
                self._begin()
            self._place(self.waiting.popleft())
            if len(self.waiting) < self.fewest:
                self.fewest, self.idle_since = len(self.waiting), self.tried
        return True

    def _begin(self) -> None:
        self.board.clear()
        self.waiting = deque(sorted(range(len(self.blocks)), key=self._ease))
        self.lost = [[0.0] * len(self.board.at) for _block in self.blocks]
        self.fewest, self.idle_since = len(self.waiting), self.tried

    def _place(self, block: int) -> None:
        self.calls = CALLS
        self.board.trail.clear()
        placed = self._swap(block, 0, 0)
        self.tried += CALLS - self.calls
        if not placed:
            self.failed[block] += 1
            self._force(block)

    def _force(self, block: int) -> None:
        """Places the block where it does the least harm; who had to go waits until all others have had their turn."""
        trial = next(self._trials(block, 1 << block, weighed=True), None)
        if trial is None:
            self.waiting.append(block)
            return
        for other in bits(trial.out):
            self.lost[other][self.board.starts[other]] += LOST_AGAIN
            self.board.remove(other)
            self.waiting.append(other)
        self.board.put(block, trial.start, trial.rooms)

    def timetable(self, choices: Mapping[int, Choice]) -> Timetable:
        """The starts and rooms of all activities, those with a single possible room included."""
        rooms = {number: choice.only for number, choice in choices.items()}
        rooms |= {number: room for own in self.board.rooms for number, room in own}
        return {
            number: Placed(self.board.starts[index], rooms.get(number))
            for index, block in enumerate(self.blocks)
            for number in block.activity_ids
        }

    def _ease(self, index: int) -> tuple[float, float]:
        block = self.blocks[index]
        busy = sum(self.blocks[other].duration for other in bits(block.near))
        busy += sum(others.bit_count() for others, _days in block.spread)
        busy += sum(wished[0].bit_count() for wished in block.wished_spread)
        hardness = (busy + 1) * block.duration / max(1, len(block.starts))
        return -hardness * (1 + self.failed[index]), self.random.random()

    def _swap(self, index: int, depth: int, kept: int) -> bool:
        """Places the block and, recursively, those that must go for it; everything is as before where it fails."""
        if depth >= DEPTH or self.calls <= 0:
            return False
        self.calls -= 1
        kept |= 1 << index
        board = self.board
        for tried, trial in enumerate(self._trials(index, kept)):
            if tried and (depth >= NARROW_FROM or self.calls <= 0):
                return False
            if trial.out.bit_count() > OUT_AT_ONCE:
                return False
            mark = len(board.trail)
            out = list(bits(trial.out))
            for other in out:
                board.remove(other)
            board.put(index, trial.start, trial.rooms)
            out.sort(key=self.room_to_move.__getitem__)
            if all(self._swap(other, depth + 1, kept) for other in out):
                return True
            board.undo(mark)
        return False

    def _harm(self, out: int) -> float:
        """How many must go, and how often each of them has lost its start before."""
        starts, lost = self.board.starts, self.lost
        return out.bit_count() + sum([lost[other][starts[other]] for other in bits(out)])

    def _trials(self, index: int, kept: int, weighed: bool = False) -> Iterator[Trial]:
        """Starts with who must go, the least harm first: how many they are, or, where `weighed`, as `_harm` has it.

        To return to a start that the block has lost itself weighs as well: two that must follow each other would
        push each other out of one place for ever where each finds the other in the way of every other place.
        Weeks and rooms are looked at only when a start's turn comes.
        """
        block, draw = self.blocks[index], self.random.random
        harm_of, own = (self._harm, self.lost[index]) if weighed else (int.bit_count, self.unlost)
        queue: list[tuple[float, float, Slot, int, RoomsTaken | None]] = [
            (harm_of(out) + own[start], draw(), start, out, None)
            for start, out in zip(block.starts, at_odds(self.board, block), strict=True)
            if out is not None and not out & kept
        ]
        heapify(queue)
        while queue:
            harm, _random, start, out, rooms = heappop(queue)
            if rooms is not None:
                yield Trial(start, out, rooms)
                continue
            full = for_weeks(self.board, block, start, out, kept, harm_of) if block.weeks else out
            chosen = for_rooms(self.board, block, start, full, kept) if full is not None else None
            if chosen is not None:
                more, rooms = chosen
                harm = harm_of(more) + own[start]
                if not queue or harm <= queue[0][0]:
                    yield Trial(start, more, rooms)
                else:
                    heappush(queue, (harm, draw(), start, more, rooms))
