"""The week of one teacher or subgroup as bits of hours a day, and how far it is from what limits allow.

Used while lessons are still missing: a gap may yet be filled, so an excess is only what the missing hours cannot mend.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tongtang.timetable.solver.classic.model import Limit, Measure


@dataclass(frozen=True, slots=True)
class Bounds:
    """The hard limits of one week together; None: not limited. `least_hours` of a day, `least_days` of the week."""

    gaps_week: int | None = None
    gaps_day: int | None = None
    late: int | None = None
    most_hours: int | None = None
    least_hours: int = 0
    empty_days: bool = True
    most_days: int | None = None
    least_days: int = 0
    in_a_row: int | None = None


def bounds_of(limits: Iterable[Limit], hours: int) -> Bounds:
    """The tightest of each measure; a day has `hours`, and to ask for more of one day is to ask for one more."""
    tight: dict[Measure, int] = {}
    empty_days = True
    for limit in limits:
        keep = max if limit.measure in (Measure.MIN_HOURS_A_DAY, Measure.MIN_DAYS) else min
        tight[limit.measure] = keep(limit.limit, tight.get(limit.measure, limit.limit))
        empty_days = empty_days and (limit.empty_days or limit.measure is not Measure.MIN_HOURS_A_DAY)
    return Bounds(
        tight.get(Measure.MAX_GAPS_A_WEEK),
        tight.get(Measure.MAX_GAPS_A_DAY),
        tight.get(Measure.MAX_LATE_BEGINNINGS),
        tight.get(Measure.MAX_HOURS_A_DAY),
        min(tight.get(Measure.MIN_HOURS_A_DAY, 0), hours + 1),
        empty_days,
        tight.get(Measure.MAX_DAYS),
        tight.get(Measure.MIN_DAYS, 0),
        tight.get(Measure.MAX_HOURS_IN_A_ROW),
    )


_BITS: Final = 14
_FIELD: Final = (1 << _BITS) - 1


def _day_facts(bounds: Bounds, opened: int, mask: int) -> tuple[int, ...]:
    """What a day adds to the sums of its week, as `_excess` takes them apart.

    Hours; hours it lacks to the least; whether it begins one hour late; whether it begins later; holes that nothing
    excuses; excess that only removal mends; gaps; whether it is used at all. A day that begins too late is mended by
    one lesson at its second hour, and what then lies between is gaps.
    """
    if not mask:
        return 0, 0 if bounds.empty_days else bounds.least_hours, 0, 0, 0, 0, 0, 0
    hours = mask.bit_count()
    low, high = mask & -mask, mask.bit_length()
    span = opened & ~(low - 1) & ((1 << high) - 1)
    gaps = (span & ~mask).bit_count()
    missed = (opened & (low - 1)).bit_count() if bounds.late is not None else 0
    gaps += max(0, missed - 2)
    holes = max(0, gaps - bounds.gaps_day) if bounds.gaps_day is not None else 0
    excess = max(0, hours - bounds.most_hours) if bounds.most_hours is not None else 0
    lacking = max(0, bounds.least_hours - hours)
    return hours, lacking, missed == 1, missed > 1, holes, excess + _in_a_row(bounds, mask), gaps - holes, 1


def _in_a_row(bounds: Bounds, mask: int) -> int:
    if bounds.in_a_row is None:
        return 0
    run = mask
    for _more in range(bounds.in_a_row):
        run &= run >> 1
    return run.bit_count()


class _Days(dict[int, int]):
    """The facts of one day by its bits of hours, worked out once for each."""

    def __init__(self, bounds: Bounds, opened: int) -> None:
        super().__init__()
        self.bounds, self.opened = bounds, opened

    def __missing__(self, mask: int) -> int:
        parts = _day_facts(self.bounds, self.opened, mask)
        found = self[mask] = sum(part << (place * _BITS) for place, part in enumerate(parts))
        return found


class _Weeks(dict[int, int]):
    """The excess of a week by the sum of its facts, worked out once for each."""

    def __init__(self, bounds: Bounds, total: int) -> None:
        super().__init__()
        self.bounds, self.total = bounds, total

    def __missing__(self, facts: int) -> int:
        found = self[facts] = _excess(self.bounds, self.total, facts)
        return found


def _excess(bounds: Bounds, total: int, facts: int) -> int:
    """What the missing hours cannot mend: hours too many, and those that would have to be filled beyond the missing."""
    hours, lacking, late, later, holes, excess, gaps, used = (facts >> place * _BITS & _FIELD for place in range(8))
    missing = total - hours
    if bounds.late is not None:
        holes += later + max(0, late - bounds.late)
        gaps += max(0, later - max(0, bounds.late - late))
    if bounds.gaps_week is not None:
        holes += max(0, gaps - bounds.gaps_week)
    excess += max(0, holes - missing) + max(0, lacking - missing)
    if bounds.most_days is not None:
        excess += max(0, used - bounds.most_days)
    return excess + max(0, bounds.least_days - used - missing)


@dataclass(slots=True)
class Week:
    """One resource under bounds. `opened` and `masks` have a number of bits a day; `total` hours are to be placed.

    `counted` are the hours of a day that the bounds look at, `members` the bits of its blocks. The facts of a day are
    one number with a field for each, so that a week is judged by their sum: `excess[sum]` is 0 when the missing hours
    can still complete it.
    """

    bounds: Bounds
    opened: tuple[int, ...]
    total: int
    counted: int
    members: int
    masks: list[int] = field(init=False)
    days: list[_Days] = field(init=False)
    excess: _Weeks = field(init=False)

    def __post_init__(self) -> None:
        self.masks = [0] * len(self.opened)
        self.days = [_Days(self.bounds, opened & self.counted) for opened in self.opened]
        self.excess = _Weeks(self.bounds, self.total)

    def sum(self, masks: Sequence[int]) -> int:
        return sum([facts[mask] for facts, mask in zip(self.days, masks, strict=True)])
