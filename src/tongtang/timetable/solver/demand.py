"""What the classes are owed, in blocks that can share broadcasts, and how few broadcasts could do it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from tongtang.timetable.solver.model import County, GradeBand, Limits, Requirement, SchoolClass


@dataclass(frozen=True, slots=True)
class Need:
    """What one class is owed of one subject: `copies` groups of its block.

    With stable groups one copy, whose group has all the lessons; without, one copy a lesson. The lessons are held once
    in `every` weeks.
    """

    class_id: str
    subject: str
    lessons: int
    copies: int
    every: int = 1


@dataclass(frozen=True, slots=True)
class Block:
    """Needs that may share groups: same subject, same grade band, same lessons of a group, in as many weeks.

    `needs` are positions in the demand; no plan has fewer than `fewest` groups.
    """

    subject: str
    band: GradeBand | None
    lessons: int
    needs: tuple[int, ...]
    fewest: int
    every: int = 1


@dataclass(frozen=True, slots=True)
class Demand:
    """`hopeless` needs fit in no broadcast at all: no band, no room, more pupils than one broadcast may have."""

    needs: tuple[Need, ...]
    blocks: tuple[Block, ...]
    hopeless: tuple[Requirement, ...]
    bound: int


def demand_of(county: County) -> Demand:
    """The blocks of the county and the counting bound: each block's lessons times its fewest groups."""
    stable = county.rules.group_is_stable
    needs: list[Need] = []
    hopeless: list[Requirement] = []
    blocks: dict[tuple[str, GradeBand | None, int, int], list[int]] = defaultdict(list)
    wide = _wide_bands(county)
    for owed in county.requirements:
        bands = bands_of(county.classes[owed.class_id], county.rules.limits)
        if not bands or not _has_place(county, owed):
            hopeless.append(owed)
            continue
        lessons = owed.lessons_per_week if stable else 1
        band = max(bands, key=lambda band: (wide[band], band or (0, 0)))
        every = owed.every_weeks
        blocks[owed.subject, band, lessons, every].append(len(needs))
        needs.append(Need(owed.class_id, owed.subject, lessons, 1 if stable else owed.lessons_per_week, every))
    made = tuple(
        Block(subject, band, lessons, tuple(places), fewest_groups(county, [needs[place] for place in places]), every)
        for (subject, band, lessons, every), places in sorted(blocks.items(), key=lambda item: repr(item[0]))
    )
    return Demand(tuple(needs), made, tuple(hopeless), _bound(county, needs, made))


def bands_of(school_class: SchoolClass, limits: Limits) -> list[GradeBand | None]:
    """The bands in which all grades of the class lie; [None] where the county knows no bands."""
    if not limits.grade_bands:
        return [None]
    grades = school_class.grades
    return [band for band in limits.grade_bands if all(band[0] <= grade <= band[1] for grade in grades)]


def _wide_bands(county: County) -> Counter[GradeBand | None]:
    return Counter(band for each in county.classes.values() for band in bands_of(each, county.rules.limits))


def _has_place(county: County, owed: Requirement) -> bool:
    school_class = county.classes[owed.class_id]
    school = county.schools[school_class.school_id]
    most = county.rules.limits.max_pupils
    return min(receivers_at_once(county, school.school_id), school.max_streams) > 0 and (
        most is None or school_class.pupils <= most
    )


def receivers_at_once(county: County, school_id: str) -> int:
    """How many classes of the school can receive at one moment: its rooms, and who can be beside them."""
    rooms = county.schools[school_id].receiving_rooms
    return min(rooms, len(county.facilitators[school_id])) if school_id in county.facilitators else rooms


def fewest_groups(county: County, needs: Sequence[Need]) -> int:
    """By classes, by pupils (bin packing) and by the rooms of each school: no partition of the block has fewer."""
    limits = county.rules.limits
    copies = sum(need.copies for need in needs)
    found = [1, max(need.copies for need in needs)]
    if limits.max_classes is not None:
        found.append(ceil(copies / limits.max_classes))
    if limits.max_pupils is not None:
        pupils = [county.classes[need.class_id].pupils for need in needs for _ in range(need.copies)]
        found.append(fewest_bins(pupils, limits.max_pupils))
        if limits.max_classes is not None:
            found.append(fewest_full(pupils, limits.max_classes, limits.max_pupils))
    at_school: Counter[str] = Counter()
    for need in needs:
        at_school[county.classes[need.class_id].school_id] += need.copies
    found += [ceil(count / receivers_at_once(county, school_id)) for school_id, count in at_school.items()]
    return max(found)


def fewest_bins(sizes: Iterable[int], capacity: int) -> int:
    """A lower bound of the bins that hold `sizes` (Martello and Toth's L2). Source: Knapsack Problems, 1990, ch. 8."""
    ordered = sorted(sizes)
    best = ceil(sum(ordered) / capacity)
    for small in {0, *(size for size in ordered if 2 * size <= capacity)}:
        huge = [size for size in ordered if size > capacity - small]
        large = [size for size in ordered if capacity < 2 * size <= 2 * (capacity - small)]
        medium = [size for size in ordered if small <= size and 2 * size <= capacity]
        spare = capacity * len(large) - sum(large)
        best = max(best, len(huge) + len(large) + max(0, ceil((sum(medium) - spare) / capacity)))
    return best


def fewest_full(sizes: Iterable[int], most: int, capacity: int) -> int:
    """A lower bound of the bins of at most `most` sizes each: so many of few bins are full that the smallest overflow.

    With b bins at least n - b * (most - 1) of n sizes make their bin a full one.
    """
    ordered = sorted(sizes)
    bins = ceil(len(ordered) / most)
    while True:
        full = max(0, len(ordered) - bins * (most - 1))
        if sum(ordered[: full * most]) <= full * capacity:
            return bins
        bins += 1


def _bound(county: County, needs: Sequence[Need], blocks: Sequence[Block]) -> int:
    """Where a class may choose between bands, its subject's blocks are counted as one."""
    several = {need.subject for need in needs if len(bands_of(county.classes[need.class_id], county.rules.limits)) > 1}
    total = sum(block.lessons * block.fewest for block in blocks if block.subject not in several)
    merged: dict[tuple[str, int, int], list[Need]] = defaultdict(list)
    for block in blocks:
        if block.subject in several:
            merged[block.subject, block.lessons, block.every] += [needs[place] for place in block.needs]
    return total + sum(lessons * fewest_groups(county, each) for (_, lessons, _), each in merged.items())
