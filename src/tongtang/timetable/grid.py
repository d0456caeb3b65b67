"""Where lessons stand on a page of a week: lanes of what happens at once, the minutes that the page spans. Pure."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
MOST_LANES = 6
MARGIN = 10
# A shorter lesson is drawn as high as its one line of words.
LEAST_MINUTES = 15


@dataclass(frozen=True)
class Slot(Generic[Item]):
    """Something that lasts [start, end), in minutes of the day."""

    start: int
    end: int
    item: Item

    @property
    def minutes(self) -> int:
        return self.end - self.start

    @property
    def drawn_end(self) -> int:
        """The minute down to which the block of the slot reaches."""
        return max(self.end, self.start + LEAST_MINUTES)

    def overlaps(self, other: "Slot[Item]") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Placed(Generic[Item]):
    """Slots shown as one block in `lane` (from 1) of `lanes`; several where a day is too full for a block each."""

    start: int
    end: int
    items: tuple[Item, ...]
    lane: int = 1
    lanes: int = 1

    @property
    def minutes(self) -> int:
        return self.end - self.start

    @property
    def drawn_end(self) -> int:
        """The minute down to which the block reaches."""
        return max(self.end, self.start + LEAST_MINUTES)


def _clusters(slots: Iterable[Slot[Item]]) -> list[list[Slot[Item]]]:
    """Groups of slots that hang together by overlapping."""
    groups: list[list[Slot[Item]]] = []
    reached = 0
    for slot in sorted(slots, key=lambda one: (one.start, one.end)):
        if not groups or slot.start >= reached:
            groups.append([])
            reached = slot.drawn_end
        groups[-1].append(slot)
        reached = max(reached, slot.drawn_end)
    return groups


def _lanes(blocks: Sequence[Placed[Item]]) -> list[Placed[Item]]:
    """Each block in the first lane that is free; all blocks of a cluster share the width."""
    ends: list[int] = []
    chosen: list[int] = []
    for block in blocks:
        lane = next((index for index, end in enumerate(ends) if end <= block.start), len(ends))
        ends[lane : lane + 1] = [block.drawn_end]
        chosen.append(lane)
    return [
        Placed(block.start, block.end, block.items, lane + 1, len(ends))
        for block, lane in zip(blocks, chosen, strict=True)
    ]


def _merged(cluster: Sequence[Slot[Item]], by_time: bool) -> list[Placed[Item]]:
    """Slots of the same times as one block each; or all of the cluster as one."""
    spans: dict[tuple[int, int], list[Item]] = {}
    whole = (min(slot.start for slot in cluster), max(slot.end for slot in cluster))
    for slot in cluster:
        spans.setdefault((slot.start, slot.end) if by_time else whole, []).append(slot.item)
    return [Placed(start, end, tuple(items)) for (start, end), items in sorted(spans.items())]


def _apart(slot: Slot[Item]) -> Placed[Item]:
    return Placed(slot.start, slot.end, (slot.item,))


def _gathered(cluster: Sequence[Slot[Item]], together: Callable[[Item], bool]) -> list[Placed[Item]]:
    """A block each, but one for all slots of the same times whose items belong `together`."""
    many = [slot for slot in cluster if together(slot.item)]
    apart = [_apart(slot) for slot in cluster if not together(slot.item)]
    merged = _merged(many, by_time=True) if many else []
    return sorted([*apart, *merged], key=lambda one: (one.start, one.end))


def place(
    slots: Iterable[Slot[Item]], most: int = MOST_LANES, together: Callable[[Item], bool] = lambda _item: False
) -> list[Placed[Item]]:
    """One block a slot, side by side where they overlap; where more than `most` would, blocks hold several slots.

    Slots of the same times whose items belong `together` share a block anyway.
    """
    placed: list[Placed[Item]] = []
    for cluster in _clusters(slots):
        found = _lanes(_gathered(cluster, together))
        if found[0].lanes > most:
            found = _lanes(_merged(cluster, by_time=True))
        if found[0].lanes > most:
            found = _lanes(_merged(cluster, by_time=False))
        placed += found
    return placed


def without_replaced(
    standing: Sequence[tuple[Slot[Item], Hashable]], cancelled: Sequence[tuple[Slot[Item], Hashable]]
) -> list[Slot[Item]]:
    """Those of `cancelled` at whose time nothing else stands for the same key (a class, a teacher)."""
    return [
        slot for slot, key in cancelled if not any(other.overlaps(slot) and whose == key for other, whose in standing)
    ]


def span_of(times: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """First minute and number of minutes of a page that holds all `times`, with a margin; 8:00 to 17:00 for none."""
    found = list(times) or [(8 * 60, 17 * 60)]
    first = max(0, (min(start for start, _end in found) - MARGIN) // 10 * 10)
    last = min(24 * 60, max(end for _start, end in found) + MARGIN)
    return first, last - first
