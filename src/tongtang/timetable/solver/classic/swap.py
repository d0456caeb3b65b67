"""A quick first timetable: place the hardest lessons first, and make room by moving others, recursively.

The idea (recursive swapping, an ejection chain) is that of FET, as its author describes it. A constraint with a weight
below 100 binds each trial with that probability. The search never proves that nothing exists.
"""

import random
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Final

from tongtang.timetable.solver.classic.blocks import Block, Blocks
from tongtang.timetable.solver.classic.domains import Choice
from tongtang.timetable.solver.classic.model import UNITS_PER_CONFLICT, Kind, Placed, Slot, Timetable
from tongtang.timetable.solver.classic.week import Week

DEPTH: Final = 14
NARROW_FROM: Final = 5
"""Below this depth only the best slot is tried."""
CALLS_PER_BLOCK: Final = 0.5
OUT_AT_ONCE: Final = 10
"""Moving more than so many for one is not tried."""
EJECTED_FOR_A_WEEK: Final = 8
FORGET_AFTER: Final = 60


RoomsTaken = tuple[tuple[int, str | None], ...]
"""The rooms of a block's activities that have a choice."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A block at a start: who must go for it (bits), and the rooms its activities would take."""

    start: Slot
    out: int
    rooms: RoomsTaken


def bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Swapper:
    """The state of one search. `starts[block]` is -1 while the block is not placed."""

    def __init__(self, made: Blocks, seed: int) -> None:
        self.made, self.blocks, self.weeks = made, made.blocks, made.weeks
        self.hours = made.hours
        self.random = random.Random(seed)  # noqa: S311
        self.starts = [-1] * len(self.blocks)
        self.at = [0] * (made.hours * made.days)
        self.on_day = [0] * made.days
        self.rooms: dict[int, RoomsTaken] = {}
        self.room_at: dict[tuple[str, Slot], int] = {}
        self.members = [
            sum(1 << index for index, block in enumerate(self.blocks) if number in block.weeks)
            for number in range(len(self.weeks))
        ]
        self.ejected = [0] * len(self.blocks)
        self.calls = 0.0
        self.trail: list[tuple[int, int, RoomsTaken]] = []

    def run(self, deadline: float) -> bool:
        """Whether every block found its place before the deadline of the monotonic clock."""
        waiting = deque(sorted(range(len(self.blocks)), key=self._ease))
        tabu: dict[tuple[int, Slot], int] = {}
        steps = 0
        while waiting:
            if time.monotonic() > deadline:
                return False
            steps += 1
            block = waiting.popleft()
            self.calls = CALLS_PER_BLOCK * len(self.blocks)
            self.trail.clear()
            if self._swap(block, 0, 0, deadline):
                continue
            trial = self._least_harm(block, tabu, steps)
            if trial is None:
                waiting.append(block)
                if steps > FORGET_AFTER * len(self.blocks):
                    return False
                continue
            for other in bits(trial.out):
                tabu[other, self.starts[other]] = steps
                self.ejected[other] += 1
                self._remove(other)
                waiting.appendleft(other)
            self._put(block, trial.start, trial.rooms)
        return True

    def timetable(self, choices: Mapping[int, Choice]) -> Timetable:
        """The starts and rooms of all activities, those with a single possible room included."""
        rooms = {number: choice.only for number, choice in choices.items()}
        rooms |= {number: room for own in self.rooms.values() for number, room in own}
        return {
            number: Placed(self.starts[index], rooms.get(number))
            for index, block in enumerate(self.blocks)
            for number in block.activity_ids
        }

    def _ease(self, index: int) -> tuple[float, float]:
        block = self.blocks[index]
        busy = sum(self.blocks[other].duration for other in bits(block.near)) + sum(
            own.bit_count() * (days > 0) for own, days, _weight, _adjacent in block.spread
        )
        return -(busy + 1) * block.duration / max(1, len(block.starts)), self.random.random()

    def _swap(self, index: int, depth: int, locked: int, deadline: float) -> bool:
        """Places the block and, recursively, those that must go for it; everything is as before where it fails."""
        if depth >= DEPTH or self.calls <= 0:
            return False
        self.calls -= 1
        locked |= 1 << index
        for tried, trial in enumerate(self._trials(index, locked)):
            if tried and (depth >= NARROW_FROM or self.calls <= 0 or time.monotonic() > deadline):
                return False
            if trial.out.bit_count() > OUT_AT_ONCE:
                return False
            mark = len(self.trail)
            for other in bits(trial.out):
                self._remove(other)
            self._put(index, trial.start, trial.rooms)
            out = sorted(bits(trial.out), key=self._ease_now)
            if all(self._swap(other, depth + 1, locked, deadline) for other in out):
                return True
            self._undo(mark)
        return False

    def _ease_now(self, index: int) -> int:
        return len(self.blocks[index].starts) - self.blocks[index].near.bit_count()

    def _least_harm(self, index: int, tabu: Mapping[tuple[int, Slot], int], steps: int) -> Trial | None:
        """The trial that takes the least from others that were pushed around least; not the place it just lost."""
        best: tuple[float, Trial] | None = None
        for trial in self._trials(index, 1 << index):
            harm = sum(1 + self.ejected[other] for other in bits(trial.out)) + self.random.random()
            if steps - tabu.get((index, trial.start), -len(self.blocks)) < len(self.blocks):
                harm += 1000
            if best is None or harm < best[0]:
                best = harm, trial
        return best[1] if best else None

    def _trials(self, index: int, locked: int) -> Iterator[Trial]:
        """Starts with who must go, the fewest first; weeks and rooms are looked at only when a start's turn comes."""
        block = self.blocks[index]
        queue: list[tuple[int, float, Slot, int, RoomsTaken | None]] = []
        for start in block.starts:
            out = self._at_odds(index, block, start)
            if out is not None and not out & locked:
                queue.append((out.bit_count(), self.random.random(), start, out, None))
        heapify(queue)
        while queue:
            _count, _random, start, out, rooms = heappop(queue)
            if rooms is not None:
                yield Trial(start, out, rooms)
                continue
            full = self._for_weeks(index, block, start, out, locked)
            chosen = self._for_rooms(block, start, full, locked) if full is not None else None
            if chosen is not None:
                out, rooms = chosen
                if not queue or out.bit_count() <= queue[0][0]:
                    yield Trial(start, out, rooms)
                else:
                    heappush(queue, (out.bit_count(), self.random.random(), start, out, rooms))

    def _at_odds(self, index: int, block: Block, start: Slot) -> int | None:
        """Bits of the blocks that cannot stay where they are, None where the start is out of the question now."""
        out = 0
        for slot in range(start, start + block.duration):
            out |= self.at[slot]
        out &= block.near
        for wished, weight in block.wishes:
            if start not in wished and self.random.random() < weight:
                return None
        day = start // self.hours
        if block.spread:
            out |= self._too_near(block, start, day)
        for other, agree, weight in block.partners:
            there = self.starts[other]
            if there >= 0 and not agree(start, there) and (weight >= 1 or self.random.random() < weight):
                out |= 1 << other
        if self.made.enders:
            out |= self._after_the_end(block, start, day)
        crowd = self._crowded(block, start) if block.crowds else 0
        return None if crowd is None else (out | crowd) & ~(1 << index)

    def _too_near(self, block: Block, start: Slot, day: int) -> int:
        out = 0
        for mask, days, weight, adjacent in block.spread:
            near = 0
            for close in range(max(0, day - days + 1), min(len(self.on_day), day + days)):
                near |= self.on_day[close]
            near &= mask
            if not near:
                continue
            if weight >= 1 or self.random.random() < weight:
                out |= near
            elif adjacent:
                for other in bits(self.on_day[day] & mask):
                    there = self.starts[other]
                    if there != start + block.duration and there + self.blocks[other].duration != start:
                        out |= 1 << other
        return out

    def _after_the_end(self, block: Block, start: Slot, day: int) -> int:
        later = earlier = 0
        if block.ends_day:
            for slot in range(start + block.duration, (day + 1) * self.hours):
                later |= self.at[slot]
        for slot in range(day * self.hours, start):
            earlier |= self.at[slot]
        return (later & block.followers) | (earlier & block.followers & self.made.enders)

    def _crowded(self, block: Block, start: Slot) -> int | None:
        """Who must go so that the counted slots are not overfull, None where even nobody else would be too many."""
        out = 0
        covered = range(start, start + block.duration)
        for others, slots, limit, at_once in block.crowds:
            mine = slots.intersection(covered)
            if not mine:
                continue
            if limit < (1 if at_once else len(mine)):
                return None
            out |= self._thinned(others, mine, limit) if at_once else self._freed(others, slots, mine, limit)
        return out

    def _thinned(self, others: int, mine: frozenset[Slot], limit: int) -> int:
        out = 0
        for slot in sorted(mine):
            running = list(bits(self.at[slot] & others))
            for other in self.random.sample(running, max(0, len(running) - limit + 1)):
                out |= 1 << other
        return out

    def _freed(self, others: int, slots: frozenset[Slot], mine: frozenset[Slot], limit: int) -> int:
        out = 0
        used = sorted(slot for slot in slots - mine if self.at[slot] & others)
        for slot in self.random.sample(used, max(0, len(used) + len(mine) - limit)):
            out |= self.at[slot] & others
        return out

    def _for_weeks(self, index: int, block: Block, start: Slot, out: int, locked: int) -> int | None:
        """With `out`, who else must go so that every week of the block can still be completed."""
        day, hour = divmod(start, self.hours)
        own = ((1 << block.duration) - 1) << hour
        for number in block.weeks:
            week, members = self.weeks[number], self.members[number]
            masks = list(week.masks)
            for other in bits(out & members):
                self._wipe(masks, other)
            masks[day] |= own
            facts = week.sum(masks)
            tries = 0
            while week.judge(facts):
                tries += 1
                gone = self._best_gone(week, masks, facts, members & ~out & ~locked & ~(1 << index))
                if gone is None or tries > EJECTED_FOR_A_WEEK:
                    return None
                out |= 1 << gone
                self._wipe(masks, gone)
                facts = week.sum(masks)
        return out

    def _wipe(self, masks: list[int], index: int) -> None:
        day, hour = divmod(self.starts[index], self.hours)
        masks[day] &= ~(((1 << self.blocks[index].duration) - 1) << hour)

    def _best_gone(self, week: Week, masks: list[int], facts: int, candidates: int) -> int | None:
        """Whose going helps the week most: the first or last lesson of a day, any other only where none may go."""
        edges = self._edges(masks, candidates)
        return self._best_of(week, masks, facts, edges or [one for one in bits(candidates) if self.starts[one] >= 0])

    def _edges(self, masks: list[int], candidates: int) -> list[int]:
        found = 0
        for day, mask in enumerate(masks):
            if mask:
                first = day * self.hours
                found |= self.at[first + (mask & -mask).bit_length() - 1] | self.at[first + mask.bit_length() - 1]
        return list(bits(found & candidates))

    def _best_of(self, week: Week, masks: list[int], facts: int, candidates: list[int]) -> int | None:
        best: tuple[int, int] | None = None
        turn = self.random.randrange(len(candidates)) if candidates else 0
        for other in candidates[turn:] + candidates[:turn]:
            day, hour = divmod(self.starts[other], self.hours)
            mask = masks[day]
            without = mask & ~(((1 << self.blocks[other].duration) - 1) << hour)
            left = week.judge(facts - week.facts(day, mask) + week.facts(day, without))
            if best is None or left < best[0]:
                best = left, other
                if not left:
                    break
        return best[1] if best else None

    def _for_rooms(self, block: Block, start: Slot, out: int, locked: int) -> tuple[int, RoomsTaken] | None:
        chosen: list[tuple[int, str | None]] = []
        covered = range(start, start + block.duration)
        for number, choice in block.rooms:
            option = self._room(choice, covered, out, locked, {room for _number, room in chosen if room is not None})
            if option is None:
                return None
            out |= option[0]
            chosen.append((number, option[1]))
        return out, tuple(chosen)

    def _room(
        self, choice: Choice, covered: range, out: int, locked: int, taken: set[str]
    ) -> tuple[int, str | None] | None:
        best: tuple[float, int, str | None] | None = None
        for room, cost in choice.costs.items():
            if cost and self.random.random() * UNITS_PER_CONFLICT < cost:
                continue
            more = 0
            if room is not None:
                away = self.made.away.get((Kind.ROOM, room), frozenset())
                if room in taken or not away.isdisjoint(covered):
                    continue
                for slot in covered:
                    more |= self.room_at.get((room, slot), 0)
            if more & locked:
                continue
            harm = (more & ~out).bit_count() + self.random.random()
            if best is None or harm < best[0]:
                best = harm, more, room
        return None if best is None else best[1:]

    def _put(self, index: int, start: Slot, rooms: RoomsTaken) -> None:
        self.trail.append((index, -1, ()))
        self._mark(index, start, rooms)

    def _mark(self, index: int, start: Slot, rooms: RoomsTaken) -> None:
        block, bit = self.blocks[index], 1 << index
        self.starts[index] = start
        day, hour = divmod(start, self.hours)
        self.on_day[day] |= bit
        own = ((1 << block.duration) - 1) << hour
        for number in block.weeks:
            self.weeks[number].masks[day] |= own
        for slot in range(start, start + block.duration):
            self.at[slot] |= bit
        self.rooms[index] = rooms
        for _number, room in rooms:
            if room is not None:
                for slot in range(start, start + block.duration):
                    self.room_at[room, slot] = bit

    def _remove(self, index: int) -> None:
        self.trail.append((index, self.starts[index], self.rooms[index]))
        self._unmark(index)

    def _unmark(self, index: int) -> None:
        block, start, bit = self.blocks[index], self.starts[index], 1 << index
        day = start // self.hours
        self.on_day[day] &= ~bit
        for number in block.weeks:
            self._wipe(self.weeks[number].masks, index)
        for slot in range(start, start + block.duration):
            self.at[slot] &= ~bit
        for _number, room in self.rooms.pop(index):
            if room is not None:
                for slot in range(start, start + block.duration):
                    self.room_at.pop((room, slot), None)
        self.starts[index] = -1

    def _undo(self, mark: int) -> None:
        while len(self.trail) > mark:
            index, start, rooms = self.trail.pop()
            if start < 0:
                self._unmark(index)
            else:
                self._mark(index, start, rooms)
