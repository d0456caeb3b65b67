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


def bounds_of(limits: Iterable[Limit]) -> Bounds:
    """The tightest of each measure."""
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
        tight.get(Measure.MIN_HOURS_A_DAY, 0),
        empty_days,
        tight.get(Measure.MAX_DAYS),
        tight.get(Measure.MIN_DAYS, 0),
        tight.get(Measure.MAX_HOURS_IN_A_ROW),
    )


_BITS: Final = 10
_FIELD: Final = (1 << _BITS) - 1


def _day_facts(bounds: Bounds, opened: int, mask: int) -> tuple[int, ...]:
    """What a day adds to the sums of its week, as `Week.judge` takes them apart.

    Hours; hours it lacks to the least; whether it begins late; holes that nothing excuses; excess that only removal
    mends; gaps; whether it is used at all.
    """
    if not mask:
        return 0, 0 if bounds.empty_days else bounds.least_hours, 0, 0, 0, 0, 0
    hours = mask.bit_count()
    low, high = mask & -mask, mask.bit_length()
    span = opened & ~(low - 1) & ((1 << high) - 1)
    gaps = (span & ~mask).bit_count()
    missed = (opened & (low - 1)).bit_count()
    late, holes = 0, 0
    if bounds.late is not None and missed:
        late, holes = 1, missed - 1
    if bounds.gaps_day is not None:
        holes += max(0, gaps - bounds.gaps_day)
    excess = max(0, hours - bounds.most_hours) if bounds.most_hours is not None else 0
    return hours, max(0, bounds.least_hours - hours), late, holes, excess + _in_a_row(bounds, mask), gaps, 1


def _in_a_row(bounds: Bounds, mask: int) -> int:
    if bounds.in_a_row is None:
        return 0
    run = mask
    for _more in range(bounds.in_a_row):
        run &= run >> 1
    return run.bit_count()


@dataclass(slots=True)
class Week:
    """One resource under bounds. `opened` and `masks` have a number of bits a day; `total` hours are to be placed.

    The facts of a day are one number with a field for each, so that a week is judged by their sum.
    """

    bounds: Bounds
    opened: tuple[int, ...]
    total: int
    masks: list[int] = field(default_factory=list)
    _known: list[dict[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.masks = [0] * len(self.opened)
        self._known = [{} for _day in self.opened]

    def facts(self, day: int, mask: int) -> int:
        known = self._known[day]
        found = known.get(mask)
        if found is None:
            parts = _day_facts(self.bounds, self.opened[day], mask)
            found = known[mask] = sum(part << (place * _BITS) for place, part in enumerate(parts))
        return found

    def sum(self, masks: Sequence[int]) -> int:
        return sum(map(self.facts, range(len(masks)), masks))

    def judge(self, facts: int) -> int:
        """The excess: 0 when the missing hours can still complete these days to an allowed week."""
        bounds = self.bounds
        missing = self.total - (facts & _FIELD)
        lacking = (facts >> _BITS) & _FIELD
        holes = (facts >> 3 * _BITS) & _FIELD
        excess = (facts >> 4 * _BITS) & _FIELD
        if bounds.late is not None:
            holes += max(0, ((facts >> 2 * _BITS) & _FIELD) - bounds.late)
        if bounds.gaps_week is not None:
            holes += max(0, ((facts >> 5 * _BITS) & _FIELD) - bounds.gaps_week)
        if holes > missing:
            excess += holes - missing
        if lacking > missing:
            excess += lacking - missing
        used = facts >> 6 * _BITS
        if bounds.most_days is not None and used > bounds.most_days:
            excess += used - bounds.most_days
        return excess + max(0, bounds.least_days - used - missing)
