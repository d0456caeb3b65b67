"""Bell and clock algebra.

Spans are half-open (start, end) in minutes of the day: 08:40-09:20 and 09:20-10:00 do not overlap.
"""

from collections.abc import Sequence

from tongtang.timetable.solver.model import BellSchedule, Period

Span = tuple[int, int]


def fitting_periods(bell: BellSchedule, start: int, tolerance: int) -> tuple[Period, ...]:
    """The periods that a lesson starting at `start` may take: their own start lies at most `tolerance` minutes away.

    A class can attend only where exactly one fits.
    """
    return tuple(period for period in bell.periods if abs(period.start - start) <= tolerance)


def nearest_period(bell: BellSchedule, start: int) -> Period:
    return min(bell.periods, key=lambda period: (abs(period.start - start), period.number))


def overlaps(one: Span, other: Span, gap: int = 0) -> bool:
    """Whether two spans share a minute, or lie less than `gap` minutes apart."""
    return one[0] < other[1] + gap and other[0] < one[1] + gap


def close_pairs(spans: Sequence[Span], gap: int = 0) -> list[tuple[int, int]]:
    """Every pair of positions whose spans overlap or lie less than `gap` minutes apart, the earlier span first."""
    order = sorted(range(len(spans)), key=lambda index: spans[index])
    pairs = []
    for place, first in enumerate(order):
        for second in order[place + 1 :]:
            if spans[second][0] < spans[first][1] + gap:
                pairs.append((first, second))
    return pairs


def overlap_cliques(spans: Sequence[Span]) -> list[tuple[int, ...]]:
    """The maximal sets of positions whose spans all share a moment, in the order of the clock."""
    cliques: list[tuple[int, ...]] = []
    active: list[int] = []
    for index in sorted(range(len(spans)), key=lambda index: spans[index]):
        running = [other for other in active if spans[other][1] > spans[index][0]]
        if len(running) < len(active):
            cliques.append(tuple(active))
        active = [*running, index]
    if active:
        cliques.append(tuple(active))
    return cliques


def maximal_concurrency(spans: Sequence[Span]) -> int:
    """How many spans run at once at the fullest moment."""
    return max(map(len, overlap_cliques(spans)), default=0)
