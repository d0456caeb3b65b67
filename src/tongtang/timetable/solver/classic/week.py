"""The week of one teacher or subgroup as bits of hours a day, and how far it is from what limits allow.

Used while lessons are still missing: a gap may yet be filled, so an excess is only what the missing hours cannot mend.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tongtang.timetable.solver.classic.model import Limit, Measure

_BITS: Final = 14
_FIELD: Final = (1 << _BITS) - 1


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

    @property
    def day_most(self) -> int:
        """Hours of one day at most; a day has fewer than `_FIELD`."""
        return _FIELD if self.most_hours is None else self.most_hours


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


def _day_facts(bounds: Bounds, opened: int, mask: int) -> tuple[int, ...]:
    """What a day adds to the sums of its week, as `_excess` takes them apart.

    Hours; hours that it still needs; how many fewer where it may begin one hour late; how many fewer where its gaps
    may stay; excess that only removal mends; whether it is used; hours that it can still take. A day that begins too
    late needs a lesson at its first or second hour, and what then lies between is gaps.
    """
    room = min(opened.bit_count(), bounds.day_most) - mask.bit_count()
    if not mask:
        return 0, 0 if bounds.empty_days else bounds.least_hours, 0, 0, 0, 0, room if bounds.most_days is None else 0
    low, high = mask & -mask, mask.bit_length()
    gaps = (opened & ~(low - 1) & ((1 << high) - 1) & ~mask).bit_count()
    missed = (opened & (low - 1)).bit_count() if bounds.late is not None else 0
    gaps += max(0, missed - 2)
    holes = int(missed > 1) + (max(0, gaps - bounds.gaps_day) if bounds.gaps_day is not None else 0)
    first, lacking = int(missed > 0), max(0, bounds.least_hours - mask.bit_count())
    filled = gaps + int(missed > 1)
    need = max(lacking, filled + first)
    early, tight = need - max(lacking, filled), need - max(lacking, holes + int(missed == 1))
    excess = max(0, -room) + _in_a_row(bounds, mask)
    return mask.bit_count(), need, early, tight, excess, 1, max(0, room)


def _in_a_row(bounds: Bounds, mask: int) -> int:
    if bounds.in_a_row is None:
        return 0
    run = mask
    for _more in range(min(bounds.in_a_row, mask.bit_length())):
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

    def __init__(self, bounds: Bounds, total: int, widest: int | None) -> None:
        super().__init__()
        self.bounds, self.total, self.widest = bounds, total, widest

    def __missing__(self, facts: int) -> int:
        found = self[facts] = _excess(self.bounds, self.total, self.widest, facts)
        return found


def _excess(bounds: Bounds, total: int, widest: int | None, facts: int) -> int:
    """What the missing hours cannot mend: hours too many, hours that are needed beyond the missing, no room for them.

    `widest`: the hours of the longest day, None where hours may be placed that the bounds do not look at.
    """
    hours, need, early, tight, excess, used, room = (facts >> place * _BITS & _FIELD for place in range(7))
    missing = total - hours
    need -= early if bounds.late is None else min(early, bounds.late)
    need -= tight if bounds.gaps_week is None else min(tight, bounds.gaps_week)
    if bounds.most_days is not None:
        excess += max(0, used - bounds.most_days)
    if widest is not None and missing > room:
        days = -(-(missing - room) // widest) if widest else 0
        if bounds.most_days is not None:
            spare = max(0, bounds.most_days - used)
            excess += max(0, missing - room - spare * widest)
            need += min(days, spare) * bounds.least_hours
        else:
            excess += missing - room
    return excess + max(0, need - missing) + max(0, bounds.least_days - used - missing)


@dataclass(slots=True)
class Week:
    """One resource under bounds. `opened` and `masks` have a number of bits a day; `total` hours are to be placed.

    `counted` are the hours of a day that the bounds look at, `members` the bits of its blocks. The facts of a day are
    one number with a field for each, so that a week is judged by their sum, `facts`, which the board keeps up with
    `masks`: `excess[sum]` is 0 when the missing hours can still complete it.
    """

    bounds: Bounds
    opened: tuple[int, ...]
    total: int
    counted: int
    members: int
    masks: list[int] = field(init=False)
    days: list[_Days] = field(init=False)
    excess: _Weeks = field(init=False)
    facts: int = field(init=False)

    def __post_init__(self) -> None:
        self.masks = [0] * len(self.opened)
        self.days = [_Days(self.bounds, opened & self.counted) for opened in self.opened]
        inside = all(not opened & ~self.counted for opened in self.opened)
        widest = max(min(opened.bit_count(), self.bounds.day_most) for opened in self.opened)
        self.excess = _Weeks(self.bounds, self.total, widest if inside else None)
        self.facts = self.sum(self.masks)

    @property
    def by_days(self) -> bool:
        """Whether a day that is used at all can be too much."""
        return self.bounds.most_days is not None or self.bounds.least_hours > 0

    @property
    def by_stretch(self) -> bool:
        """Whether a lesson in the midst of a day can be one too many."""
        return self.bounds.in_a_row is not None

    def sum(self, masks: Sequence[int]) -> int:
        return sum([facts[mask] for facts, mask in zip(self.days, masks, strict=True)])
