"""The week of one teacher or subgroup as bits of hours a day, and how far it is from what limits allow.

Used while lessons are still missing: a gap may yet be filled, so an excess is only what the missing hours cannot mend.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tongtang.timetable.solver.classic.model import Limit, Measure

NONE: Final = -1
"""Not limited."""
MANY: Final = 1_000_000
"""More than any limit needs; files may name greater numbers than an array holds."""


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


@dataclass(frozen=True, slots=True)
class Week:
    """One resource under bounds. `opened` has a number of bits a day; `total` hours are to be placed.

    `counted` are the hours of a day that the bounds look at, `members` the bits of its blocks.
    """

    bounds: Bounds
    opened: tuple[int, ...]
    total: int
    counted: int
    members: int

    @property
    def looked_at(self) -> list[int]:
        """The open hours of each day that the bounds look at."""
        return [opened & self.counted for opened in self.opened]

    @property
    def by_days(self) -> bool:
        """Whether a day that is used at all can be too much."""
        return self.bounds.most_days is not None or self.bounds.least_hours > 0

    @property
    def by_stretch(self) -> bool:
        """Whether a lesson in the midst of a day can be one too many."""
        return self.bounds.in_a_row is not None

    def columns(self) -> list[int]:
        """The bounds as numbers, in the order of the columns of `facts`."""
        bounds = self.bounds
        return [
            _number(bounds.gaps_week),
            _number(bounds.gaps_day),
            _number(bounds.late),
            MANY if bounds.most_hours is None else _number(bounds.most_hours),
            bounds.least_hours,
            int(bounds.empty_days),
            _number(bounds.most_days),
            _number(bounds.least_days),
            _number(bounds.in_a_row),
            self.total,
            self.counted,
            self._widest(),
        ]

    def _widest(self) -> int:
        """The hours of the longest day, NONE where hours may be placed that the bounds do not look at."""
        if any(opened & ~self.counted for opened in self.opened):
            return NONE
        most = MANY if self.bounds.most_hours is None else self.bounds.most_hours
        return max(min(opened.bit_count(), most) for opened in self.opened)


def _number(limit: int | None) -> int:
    return NONE if limit is None else min(limit, MANY)
