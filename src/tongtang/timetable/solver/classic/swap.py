"""A quick first timetable: place the hardest lessons first, and make room by moving others, recursively.

The idea (recursive swapping, an ejection chain) is that of FET, as its author describes it. A constraint with a weight
below 100 binds each trial with that probability. The search never proves that nothing exists.
"""

import time
from collections import Counter, deque
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
CALLS_PER_BLOCK: Final = 0.2
OUT_AT_ONCE: Final = 10
"""Moving more than so many for one is not tried."""
PATIENCE: Final = 40.0
"""Attempts for each block of which none leaves fewer waiting than ever in the round, before the first fresh start."""
MORE_PATIENCE: Final = 1.3


@dataclass(frozen=True, slots=True)
class Trial:
    """A block at a start: who must go for it (bits), and the rooms its activities would take."""

    start: Slot
    out: int
    rooms: RoomsTaken


class Swapper:
    """One search on a board of its own.

    `lost` counts how often a block was pushed out of a start in this round: what keeps it from going in circles.
    """

    def __init__(self, made: Blocks, seed: int) -> None:
        self.board = Board(made, seed)
        self.blocks = made.blocks
        self.random = self.board.random
        self.failed = [0] * len(self.blocks)
        self.room_to_move = [len(block.starts) - block.near.bit_count() for block in self.blocks]
        self.calls = 0.0
        self.waiting: deque[int] = deque()
        self.lost: Counter[tuple[int, Slot]] = Counter()
        self.patience = PATIENCE * len(self.blocks)
        self.fewest, self.spent = 0, 0.0

    def run(self, deadline: float) -> bool:
        """Whether every block found its place before the deadline of the monotonic clock; run again, it goes on.

        A round that makes no headway is given up for a fresh one, with more patience, that begins with what failed.
        """
        if not self.waiting:
            self._begin()
        while not self._go_on(deadline):
            if time.monotonic() > deadline:
                return False
            self.patience *= MORE_PATIENCE
            self._begin()
        return True

    def _begin(self) -> None:
        self.board.clear()
        self.waiting = deque(sorted(range(len(self.blocks)), key=self._ease))
        self.lost.clear()
        self.fewest, self.spent = len(self.waiting), 0.0

    def _go_on(self, deadline: float) -> bool:
        """Until nothing waits (True), or more attempts have passed than there is patience for, or the deadline."""
        waiting = self.waiting
        while waiting:
            if time.monotonic() > deadline or self.spent > self.patience:
                return False
            block = waiting.popleft()
            self.calls = CALLS_PER_BLOCK * len(self.blocks)
            self.board.trail.clear()
            placed = self._swap(block, 0, 0, deadline)
            self.spent += CALLS_PER_BLOCK * len(self.blocks) - self.calls
            if not placed:
                self.failed[block] += 1
                self._force(block)
            if len(waiting) < self.fewest:
                self.fewest, self.spent = len(waiting), 0.0
        return True

    def _force(self, block: int) -> None:
        """Places the block where it does the least harm; who had to go is next."""
        trial = self._least_harm(block)
        if trial is None:
            self.waiting.append(block)
            return
        for other in bits(trial.out):
            self.lost[other, self.board.starts[other]] += 1
            self.board.remove(other)
            self.waiting.appendleft(other)
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

    def _swap(self, index: int, depth: int, kept: int, deadline: float) -> bool:
        """Places the block and, recursively, those that must go for it; everything is as before where it fails."""
        if depth >= DEPTH or self.calls <= 0:
            return False
        self.calls -= 1
        kept |= 1 << index
        board = self.board
        for tried, trial in enumerate(self._trials(index, kept)):
            if tried and (depth >= NARROW_FROM or self.calls <= 0 or time.monotonic() > deadline):
                return False
            if trial.out.bit_count() > OUT_AT_ONCE:
                return False
            mark = len(board.trail)
            out = list(bits(trial.out))
            for other in out:
                board.remove(other)
            board.put(index, trial.start, trial.rooms)
            out.sort(key=self.room_to_move.__getitem__)
            if all(self._swap(other, depth + 1, kept, deadline) for other in out):
                return True
            board.undo(mark)
        return False

    def _least_harm(self, index: int) -> Trial | None:
        """The trial that pushes blocks out of the starts they lost least often, then the fewest of them."""
        best: tuple[tuple[int, int, float], Trial] | None = None
        for trial in self._trials(index, 1 << index):
            often = sum(self.lost[other, self.board.starts[other]] for other in bits(trial.out))
            harm = often, trial.out.bit_count(), self.random.random()
            if best is None or harm < best[0]:
                best = harm, trial
        return best[1] if best else None

    def _trials(self, index: int, kept: int) -> Iterator[Trial]:
        """Starts with who must go, the fewest first; weeks and rooms are looked at only when a start's turn comes."""
        block, draw = self.blocks[index], self.random.random
        queue: list[tuple[int, float, Slot, int, RoomsTaken | None]] = [
            (out.bit_count(), draw(), start, out, None)
            for start, out in zip(block.starts, at_odds(self.board, block), strict=True)
            if out is not None and not out & kept
        ]
        heapify(queue)
        while queue:
            _count, _random, start, out, rooms = heappop(queue)
            if rooms is not None:
                yield Trial(start, out, rooms)
                continue
            full = for_weeks(self.board, block, start, out, kept) if block.weeks else out
            chosen = for_rooms(self.board, block, start, full, kept) if full is not None else None
            if chosen is not None:
                out, rooms = chosen
                if not queue or out.bit_count() <= queue[0][0]:
                    yield Trial(start, out, rooms)
                else:
                    heappush(queue, (out.bit_count(), draw(), start, out, rooms))
