"""Which minutes of the day a broadcast may start at, and which starts exclude one another.

The solver's own algebra of bells and clock: the checker has its own in `fit`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise

from tongtang.timetable.solver.model import BellSchedule, Rules

Signature = tuple[int | None, ...]
"""The period that a start takes of each bell, None where it takes none or cannot tell which."""


def period_taken(bell: BellSchedule, start: int, tolerance: int) -> int | None:
    """The number of the one period whose start lies within the tolerance; None for none and for several."""
    near = [period.number for period in bell.periods if -tolerance <= start - period.start <= tolerance]
    return near[0] if len(near) == 1 else None


def signature(bells: Sequence[BellSchedule], start: int, tolerance: int) -> Signature:
    return tuple(period_taken(bell, start, tolerance) for bell in bells)


def candidate_starts(bells: Sequence[BellSchedule], rules: Rules) -> tuple[int, ...]:
    """The first and the last minute of each stretch that takes the same periods, and the bells' own starts.

    A start between two of these serves the same classes; the ends of a stretch leave most time to what lies before or
    after it.
    """
    own = {period.start for bell in bells for period in bell.periods}
    found = {*own, 0}
    for low, high in pairwise(_edges(bells, rules)):
        found |= {low, high - 1}
    return tuple(start for start in sorted(found) if _is_open(bells, rules, start))


def complete_starts(bells: Sequence[BellSchedule], rules: Rules, ends: Iterable[int]) -> tuple[int, ...]:
    """The candidates, and as many more as a whole day may need: `ends` are those of the hours in which people are away.

    Move each lesson of a plan to the left as far as it goes, within its stretch: then it begins with the stretch, where
    somebody comes back, or one lesson, with or without the changeover, after another one. So no plan needs others.
    """
    minutes = rules.lesson_minutes
    found: set[int] = set()
    waiting = [0, *_edges(bells, rules), *ends]
    while waiting:
        start = waiting.pop()
        if start not in found and _is_open(bells, rules, start):
            found.add(start)
            waiting += [start + minutes, start + minutes + rules.changeover_minutes]
    return tuple(sorted(found.union(candidate_starts(bells, rules))))


def _edges(bells: Sequence[BellSchedule], rules: Rules) -> list[int]:
    """The first minutes of the stretches."""
    tolerance = rules.start_tolerance_minutes
    own = {period.start for bell in bells for period in bell.periods}
    return sorted({start - tolerance for start in own} | {start + tolerance + 1 for start in own})


def _is_open(bells: Sequence[BellSchedule], rules: Rules, start: int) -> bool:
    """Whether a lesson within the day may start then for any bell."""
    periods = signature(bells, start, rules.start_tolerance_minutes)
    return 0 <= start <= 24 * 60 - rules.lesson_minutes and any(period is not None for period in periods)


def best_line(starts: Sequence[int], distance: int, worth: Callable[[int], float]) -> tuple[int, ...]:
    """The starts, all at least `distance` minutes apart, that are worth most together.

    Where one such line serves every bell's periods, no two starts of a day exclude one another and the model has a
    third of the variables: 14:20 serves bells at 14:10 and at 14:30 alike.
    """
    best: list[tuple[float, tuple[int, ...]]] = [(0, ())]
    for place, start in enumerate(starts):
        before = sum(1 for other in starts[:place] if other <= start - distance)
        total, line = best[before]
        taken = (total + worth(start), (*line, start))
        best.append(max(best[-1], taken, key=lambda each: each[0]))
    return best[-1][1]


def few_starts(bells: Sequence[BellSchedule], rules: Rules, worth: Callable[[int], float]) -> tuple[int, ...]:
    """A best line, and for each period that it misses the start that is worth most of those that take it."""
    starts = candidate_starts(bells, rules)
    tolerance = rules.start_tolerance_minutes
    takes = {start: set(enumerate(signature(bells, start, tolerance))) for start in starts}
    line = set(best_line(starts, rules.lesson_minutes + rules.changeover_minutes, worth))
    reached = {each for start in line for each in takes[start]}
    for start in sorted(starts, key=lambda start: (-worth(start), start)):
        if any(each[1] is not None and each not in reached for each in takes[start]):
            line.add(start)
            reached |= takes[start]
    return tuple(sorted(line))


def crowds(starts: Sequence[int], distance: int) -> list[tuple[int, ...]]:
    """The maximal sets of positions of ascending `starts` that all lie less than `distance` minutes apart."""
    found: list[tuple[int, ...]] = []
    for first, start in enumerate(starts):
        crowd = tuple(place for place in range(first, len(starts)) if starts[place] < start + distance)
        if not found or crowd[-1] > found[-1][-1]:
            found.append(crowd)
    return found


def maximal(sets: Iterable[Collection[int]]) -> list[tuple[int, ...]]:
    """The sets without those that lie in another one."""
    kept: list[frozenset[int]] = []
    for one in sorted({frozenset(each) for each in sets}, key=lambda each: (-len(each), sorted(each))):
        if not any(one <= other for other in kept):
            kept.append(one)
    return [tuple(sorted(each)) for each in kept]
