"""A county as numbers: slots, classes, teachers and schools by position, sets of slots as bit masks."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import lcm

from tongtang.timetable.solver.demand import Demand, demand_of, receivers_at_once
from tongtang.timetable.solver.model import BellSchedule, Broadcast, County, SchoolClass, Unavailability
from tongtang.timetable.solver.starts import complete_starts, crowds, few_starts, maximal, period_taken
from tongtang.timetable.solver.studios import with_studios

WEEKDAYS = range(1, 6)
Slot = tuple[int, int]
"""Weekday and start."""
Turn = tuple[int, int]
"""How often: in every n-th week, from the week p (0 = the first) on. Weekly is (1, 0)."""
Mask = int
"""A set of slots: bit n stands for the n-th slot."""


def bits(mask: Mask) -> Iterator[int]:
    """The positions in the mask, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def mask_of(places: Iterable[int]) -> Mask:
    mask = 0
    for place in places:
        mask |= 1 << place
    return mask


@dataclass(frozen=True)
class Group:
    """A group of a block: its members are needs. Without teacher and slots it is still to be placed."""

    block: int
    teacher: str | None
    slots: tuple[int, ...]
    members: frozenset[int]


@dataclass(frozen=True)
class Problem:
    """What every phase of the search reads.

    `busy[n]` are the slots that a teacher or studio cannot serve beside slot n, itself among them; `crowds` are the
    maximal sets of slots of which they serve one. Where lessons are owed in every n-th week only, a weekday and start
    are several slots, one for each of `turns`; those that never meet in a week do not exclude one another.
    """

    county: County
    demand: Demand
    slots: tuple[Slot, ...]
    days: tuple[Mask, ...]
    busy: tuple[Mask, ...]
    crowds: tuple[tuple[int, ...], ...]
    turns: tuple[Turn, ...]

    @cached_property
    def weeks(self) -> int:
        """After so many weeks all turns repeat."""
        return weeks_of(self.turns)

    @cached_property
    def held_in(self) -> tuple[tuple[int, ...], ...]:
        """The weeks of each slot."""
        return tuple(tuple(week for week in range(self.weeks) if meets(turn, week)) for turn in self.turns)

    @cached_property
    def in_week(self) -> tuple[Mask, ...]:
        """The slots of each week."""
        slots = range(len(self.slots))
        return tuple(mask_of(slot for slot in slots if meets(self.turns[slot], week)) for week in range(self.weeks))

    @cached_property
    def of_cycle(self) -> dict[int, Mask]:
        """The slots for lessons of every n-th week."""
        cycles = {turn[0] for turn in self.turns}
        return {one: mask_of(slot for slot, turn in enumerate(self.turns) if turn[0] == one) for one in cycles}

    @cached_property
    def place_of(self) -> dict[tuple[Slot, Turn], int]:
        return {each: place for place, each in enumerate(zip(self.slots, self.turns, strict=True))}

    @cached_property
    def everything(self) -> Mask:
        return (1 << len(self.slots)) - 1

    @cached_property
    def per_day(self) -> int:
        return self.county.rules.same_subject_per_class_and_day

    @cached_property
    def dates(self) -> tuple[Mask, ...]:
        """The slots that are held on each weekday of each week until all turns repeat."""
        return tuple(
            mask_of(slot for slot in bits(day) if meets(self.turns[slot], week))
            for day, week in product(self.days, range(self.weeks))
        )

    @cached_property
    def dates_of(self) -> tuple[tuple[int, ...], ...]:
        """The positions in `dates` of each slot."""
        return tuple(
            tuple(date for date, mask in enumerate(self.dates) if mask >> slot & 1) for slot in range(len(self.slots))
        )

    @cached_property
    def class_of(self) -> tuple[SchoolClass, ...]:
        """The class of each need."""
        return tuple(self.county.classes[need.class_id] for need in self.demand.needs)

    @cached_property
    def block_of(self) -> dict[int, int]:
        """The block of each need."""
        return {need: place for place, block in enumerate(self.demand.blocks) for need in block.needs}

    @cached_property
    def teachers_of(self) -> dict[str, tuple[str, ...]]:
        """Who teaches each subject."""
        subjects = {block.subject for block in self.demand.blocks}
        return {
            subject: tuple(each.teacher_id for each in self.county.teachers.values() if subject in each.subjects)
            for subject in sorted(subjects)
        }

    @cached_property
    def teacher_free(self) -> dict[str, Mask]:
        """The slots in which each teacher is there and teaches no class of the own school."""
        own = own_hours(self.county)
        return {key: self.teacher_there[key] & self._outside(own.get(key, ())) for key in self.county.teachers}

    @cached_property
    def teacher_there(self) -> dict[str, Mask]:
        return {each.teacher_id: self._outside(each.unavailable) for each in self.county.teachers.values()}

    @cached_property
    def bells(self) -> dict[str, "BellSlots"]:
        return {bell.bell_id: bell_slots(bell, self.county, self.slots, self.turns) for bell in used_bells(self.county)}

    def bell(self, school_id: str) -> "BellSlots":
        return self.bells[self.county.schools[school_id].bell_id]

    @cached_property
    def need_free(self) -> tuple[Mask, ...]:
        """The slots of `class_free` for each need: not where the class's own school teaches it another subject."""
        own: dict[str, dict[tuple[int, int], str]] = defaultdict(dict)
        for (class_id, weekday, period), (subject, _teacher) in self.county.own_lessons.items():
            own[class_id][weekday, period] = subject
        return tuple(
            self._but_for(own[need.class_id], need.class_id, need.subject)
            if need.class_id in own
            else self.class_free[need.class_id]
            for need in self.demand.needs
        )

    def _but_for(self, own: Mapping[tuple[int, int], str], class_id: str, subject: str) -> Mask:
        periods = self.bell(self.county.classes[class_id].school_id).periods
        return mask_of(
            slot
            for slot in bits(self.class_free[class_id])
            if own.get((self.slots[slot][0], periods[slot] or 0), subject) == subject
        )

    @cached_property
    def class_free(self) -> dict[str, Mask]:
        """The slots that take a period of each class, one that it has not given away."""
        return {
            each.class_id: mask_of(
                slot
                for slot, period in enumerate(self.bell(each.school_id).periods)
                if period is not None
                and (self.slots[slot][0], period) not in each.blocked
                and self.places[each.school_id][slot]
            )
            for each in {each.class_id: each for each in self.class_of}.values()
        }

    @cached_property
    def places(self) -> dict[str, tuple[int, ...]]:
        """How many classes of each school can receive in each slot: rooms, and facilitators who are there."""
        return {school_id: self._places_of(school_id) for school_id in self.county.schools}

    def _places_of(self, school_id: str) -> tuple[int, ...]:
        most = receivers_at_once(self.county, school_id)
        if school_id not in self.watched:
            return (most,) * len(self.slots)
        people = [self.teacher_there[one] for one in self.county.facilitators[school_id]]
        return tuple(min(most, sum(mask >> slot & 1 for mask in people)) for slot in range(len(self.slots)))

    @cached_property
    def watched(self) -> frozenset[str]:
        """The schools whose facilitators are not always there: not anyone of them can take any slot."""
        teachers = self.county.teachers
        return frozenset(
            school_id
            for school_id, several in self.county.facilitators.items()
            if any(teachers[one].unavailable for one in several)
        )

    def lessons(self, need: int) -> int:
        return self.demand.needs[need].lessons * self.demand.needs[need].copies

    def missing(self, groups: Iterable[Group]) -> Counter[int]:
        """How many copies of each need no placed group has."""
        left = Counter({place: need.copies for place, need in enumerate(self.demand.needs)})
        for group in groups:
            if group.slots:
                left.subtract(group.members)
        return +left

    def unserved(self, groups: Iterable[Group]) -> int:
        """Class-lessons that the placed groups leave out."""
        return sum(self.demand.needs[need].lessons * count for need, count in self.missing(groups).items())

    def _outside(self, hours: Iterable[Unavailability]) -> Mask:
        """The slots that meet none of the hours."""
        minutes, free = self.county.rules.lesson_minutes, self.everything
        for away in hours:
            free &= ~mask_of(
                place
                for place in self._on_weekday.get(away.weekday, ())
                if self.slots[place][1] < away.end and away.start < self.slots[place][1] + minutes
            )
        return free

    @cached_property
    def _on_weekday(self) -> dict[int, tuple[int, ...]]:
        """The slots of each weekday."""
        return {self.slots[next(bits(day))][0]: tuple(bits(day)) for day in self.days}


@dataclass(frozen=True)
class BellSlots:
    """`periods[n]` is the period that slot n takes; `clash[n]` the slots that a class cannot attend beside it.

    `crowds` are the maximal sets of slots that count together against the rooms of a school; `by_day` has the slots of
    each period, weekday by weekday.
    """

    periods: tuple[int | None, ...]
    clash: tuple[Mask, ...]
    crowds: tuple[tuple[int, ...], ...]
    by_day: tuple[tuple[Mask, ...], ...]


def own_hours(county: County) -> dict[str, list[Unavailability]]:
    """When teachers teach classes of their own schools, by the bells of these."""
    found: dict[str, list[Unavailability]] = defaultdict(list)
    for (class_id, weekday, number), (_subject, teacher) in county.own_lessons.items():
        for period in county.bell_of(county.classes[class_id]).periods if teacher else ():
            if period.number == number:
                found[teacher].append(Unavailability(weekday, period.start, period.end))
    return found


def used_bells(county: County) -> list[BellSchedule]:
    """The bell schedules of the classes that are owed something."""
    ids = {county.bell_of(county.classes[owed.class_id]).bell_id for owed in county.requirements}
    return [county.bells[bell_id] for bell_id in sorted(ids)]


def meets(turn: Turn, week: int) -> bool:
    return week % turn[0] == turn[1]


def weeks_of(turns: Iterable[Turn]) -> int:
    return lcm(*(turn[0] for turn in turns))


def bell_slots(bell: BellSchedule, county: County, slots: tuple[Slot, ...], turns: tuple[Turn, ...]) -> BellSlots:
    rules = county.rules
    periods = tuple(period_taken(bell, start, rules.start_tolerance_minutes) for _, start in slots)
    sets = []
    weekdays = sorted({day for day, _start in slots})
    for weekday, week in product(weekdays, range(weeks_of(turns))):
        here = [
            place
            for place, slot in enumerate(slots)
            if slot[0] == weekday and periods[place] is not None and meets(turns[place], week)
        ]
        for period in {periods[place] for place in here}:
            sets.append([place for place in here if periods[place] == period])
        starts = [slots[place][1] for place in here]
        sets += [[here[each] for each in crowd] for crowd in crowds(starts, rules.lesson_minutes)]
    together = maximal(sets)
    clash = [0] * len(slots)
    for crowd in together:
        for place in crowd:
            clash[place] |= mask_of(crowd)
    taken: dict[Slot, list[int]] = defaultdict(list)
    for place, period in enumerate(periods):
        if period is not None:
            taken[slots[place][0], period].append(place)
    by_day = tuple(tuple(mask_of(each) for (on, _period), each in taken.items() if on == day) for day in weekdays)
    return BellSlots(periods, tuple(clash), tuple(together), by_day)


def problem_of(county: County, *, all_starts: bool = False) -> Problem:
    """The county with few starts a day, or with all that could matter."""
    bells = used_bells(county)
    if not all_starts:
        starts = few_starts(bells, county.rules, _worth(county))
        return with_slots(county, {(weekday, start) for weekday in WEEKDAYS for start in starts})
    ends = _ends_of_absences(county)
    each = ((weekday, complete_starts(bells, county.rules, ends[weekday])) for weekday in WEEKDAYS)
    return with_slots(county, {(weekday, start) for weekday, starts in each for start in starts})


def _ends_of_absences(county: County) -> dict[int, set[int]]:
    """When, on each weekday, those come back whom a broadcast may need, from their own lessons too."""
    subjects = {owed.subject for owed in county.requirements}
    beside = {one for several in county.facilitators.values() for one in several}
    found: dict[int, set[int]] = {weekday: set() for weekday in WEEKDAYS}
    own = own_hours(county)
    for each in county.teachers.values():
        if each.subjects & subjects or each.teacher_id in beside:
            for away in (*each.unavailable, *own.get(each.teacher_id, ())):
                found.get(away.weekday, set()).add(away.end)
    return found


def with_slots(county: County, wanted: set[Slot]) -> Problem:
    cycles = {owed.every_weeks for owed in county.requirements} or {1}
    turns = [(cycle, first) for cycle in sorted(cycles) for first in range(cycle)]
    each = sorted((slot, turn) for slot in wanted for turn in turns)
    slots, turn_of = tuple(slot for slot, _turn in each), tuple(turn for _slot, turn in each)
    rules = county.rules
    distance = rules.lesson_minutes + rules.changeover_minutes
    together, days = [], []
    for weekday in sorted({slot[0] for slot in slots}):
        here = [place for place, slot in enumerate(slots) if slot[0] == weekday]
        days.append(mask_of(here))
        for week in range(weeks_of(turns)):
            now = [place for place in here if meets(turn_of[place], week)]
            together += [tuple(now[one] for one in crowd) for crowd in crowds([slots[n][1] for n in now], distance)]
    busy = [0] * len(slots)
    for crowd in together:
        for place in crowd:
            busy[place] |= mask_of(crowd)
    return Problem(county, demand_of(county), slots, tuple(days), tuple(busy), tuple(together), turn_of)


def _worth(county: County) -> Callable[[int], float]:
    """How much a start serves: owed class-lessons that can be there, then hours of teachers who are free."""
    rules = county.rules
    owed: Counter[str] = Counter()
    for each in county.requirements:
        owed[county.bell_of(county.classes[each.class_id]).bell_id] += each.lessons_per_week
    subjects = {each.subject for each in county.requirements}
    spans = [span for each in county.teachers.values() if each.subjects & subjects for span in each.unavailable]

    def worth(start: int) -> float:
        end = start + rules.lesson_minutes
        served = sum(
            lessons
            for bell_id, lessons in owed.items()
            if period_taken(county.bells[bell_id], start, rules.start_tolerance_minutes) is not None
        )
        away = sum(1 for span in spans if start < span.end and span.start < end)
        return served - away / (1 + len(spans))

    return worth


def groups_of(problem: Problem, broadcasts: Iterable[Broadcast]) -> list[Group] | None:
    """The groups of a valid plan in the numbers of `problem`; None where it uses other slots."""
    needs = {(need.class_id, need.subject): place for place, need in enumerate(problem.demand.needs)}
    stable = problem.county.rules.group_is_stable
    found: dict[object, list[Broadcast]] = {}
    for number, each in enumerate(broadcasts):
        found.setdefault(each.group_id if stable else number, []).append(each)
    groups = []
    for rows in found.values():
        slots = [((each.weekday, each.start), (each.every_weeks, each.week - 1)) for each in rows]
        members = frozenset(needs[class_id, rows[0].subject] for class_id in rows[0].class_ids)
        blocks = {problem.block_of[member] for member in members}
        if len(blocks) > 1 or any(slot not in problem.place_of for slot in slots):
            return None
        places = tuple(sorted(problem.place_of[slot] for slot in slots))
        groups.append(Group(blocks.pop(), rows[0].teacher_id, places, members))
    return groups


def broadcasts_of(problem: Problem, groups: Iterable[Group]) -> list[Broadcast]:
    """The placed groups as rows of a plan, with studios by the order of the clock. Raises ValueError without studio."""
    ordered = sorted(
        (group for group in groups if group.slots and group.members),
        key=lambda group: (group.block, sorted(problem.demand.needs[need].class_id for need in group.members)),
    )
    numbers: Counter[str] = Counter()
    lessons = []
    for group in ordered:
        subject = problem.demand.blocks[group.block].subject
        numbers[subject] += 1
        classes = tuple(sorted(problem.demand.needs[need].class_id for need in group.members))
        name = f"{subject}-{numbers[subject]:02d}"
        for slot in group.slots:
            weekday, start = problem.slots[slot]
            every, first = problem.turns[slot]
            lessons.append(
                Broadcast(
                    name, subject, group.teacher or "", "", weekday, start, classes, every_weeks=every, week=first + 1
                )
            )
    return with_studios(problem.county, lessons)
