"""How far the week of one teacher or subgroup is from what its limits allow, from the bits of the hours of its days."""

from typing import Final

from tongtang.timetable.solver.classic.compiled import Ints, compiled, count, highest
from tongtang.timetable.solver.classic.week import NONE

FACTS: Final = 8
"""What a day adds to the sums of its week: see `day_facts`."""
(
    GAPS_WEEK,
    GAPS_DAY,
    LATE,
    DAY_MOST,
    LEAST_HOURS,
    EMPTY_DAYS,
    MOST_DAYS,
    LEAST_DAYS,
    IN_A_ROW,
    TOTAL,
    COUNTED,
    WIDEST,
) = range(12)
"""The columns of the bounds of a week, as numbers."""


@compiled
def day_facts(bounds: Ints, opened: int, mask: int) -> tuple[int, int, int, int, int, int, int, int]:
    """What a day adds to the sums of its week, as `excess` takes them.

    Hours; hours that it still needs; how many fewer where it may begin one hour late; how many fewer where its gaps
    may stay; excess that only removal mends; whether it is used; hours that it can still take; hours that it needs even
    where it may begin one hour late and keep its gaps. A day that begins later needs a lesson at its first or second
    hour, and what then lies between is gaps.
    """
    filled = count(mask)
    room = min(count(opened), bounds[DAY_MOST]) - filled
    if mask == 0:
        need = 0 if bounds[EMPTY_DAYS] else bounds[LEAST_HOURS]
        return 0, need, 0, 0, 0, 0, room if bounds[MOST_DAYS] == NONE else 0, need
    below = (mask & -mask) - 1
    gaps = count(opened & ~below & ((1 << highest(mask)) - 1) & ~mask)
    missed = count(opened & below) if bounds[LATE] != NONE else 0
    gaps += max(0, missed - 2)
    holes = 1 if missed > 1 else 0
    if bounds[GAPS_DAY] != NONE:
        holes += max(0, gaps - bounds[GAPS_DAY])
    first = 1 if missed > 0 else 0
    lacking = max(0, bounds[LEAST_HOURS] - filled)
    without_first = gaps + (1 if missed > 1 else 0)
    need = max(lacking, without_first + first)
    early = need - max(lacking, without_first)
    tight = need - max(lacking, holes + (1 if missed == 1 else 0))
    too_many = max(0, -room) + _in_a_row(bounds[IN_A_ROW], mask)
    return filled, need, early, tight, too_many, 1, max(0, room), max(lacking, holes)


@compiled
def _in_a_row(most: int, mask: int) -> int:
    if most == NONE:
        return 0
    run = mask
    for _more in range(min(most, highest(mask))):
        run &= run >> 1
    return count(run)


@compiled
def excess(bounds: Ints, sums: Ints) -> int:
    """What the missing hours cannot mend: hours too many, hours needed beyond the missing, no room for them.

    `sums`: of the facts of all days.
    """
    hours, need, early, tight = sums[0], sums[1], sums[2], sums[3]
    found, used, room = sums[4], sums[5], sums[6]
    missing = bounds[TOTAL] - hours
    need -= early if bounds[LATE] == NONE else min(early, bounds[LATE])
    need -= tight if bounds[GAPS_WEEK] == NONE else min(tight, bounds[GAPS_WEEK])
    need = max(need, sums[7])
    most_days, widest = bounds[MOST_DAYS], bounds[WIDEST]
    if most_days != NONE:
        found += max(0, used - most_days)
    if widest != NONE and missing > room:
        days = -(-(missing - room) // widest) if widest else 0
        if most_days != NONE:
            spare = max(0, most_days - used)
            found += max(0, missing - room - spare * widest)
            need += min(days, spare) * bounds[LEAST_HOURS]
        else:
            found += missing - room
    return int(found + max(0, need - missing) + max(0, bounds[LEAST_DAYS] - used - missing))
