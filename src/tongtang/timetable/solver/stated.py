"""How far the stated wishes of a requirement (soft columns) can be kept at all: counted slot by slot, row by row."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from tongtang.timetable.solver.school_model import (
    PHYSICAL_EDUCATION,
    LocalRequirement,
    Pair,
    Slot,
    WholeSchool,
    adjacent_pairs,
    given_away,
    slots_of,
    unavailable_slots,
)

FIRST = 1
"""The period in which there is to be no PE, whatever the bell's first number is."""


def stated_room(whole: WholeSchool, row: LocalRequirement) -> frozenset[Slot]:
    """The slots from the earliest to the latest period in which class and teacher of the row are there."""
    gone, away = given_away(whole), unavailable_slots(whole)
    return frozenset(
        slot
        for slot in slots_of(whole)
        if row.earliest <= slot[1] <= row.latest
        and (row.class_id, slot) not in gone
        and (row.teacher_id, slot) not in away
    )


def most_by_day(slots: Collection[Slot], most: int) -> int:
    """How many lessons the slots hold with at most so many a day."""
    return sum(min(most, count) for count in Counter(day for day, _period in slots).values())


def least_a_day(row: LocalRequirement, slots: Collection[Slot]) -> int:
    """How many lessons a day have to be allowed, at least what is stated, for the slots to hold them all."""
    return next(
        (most for most in range(row.most_a_day, row.lessons) if most_by_day(slots, most) >= row.lessons), row.lessons
    )


def most_doubles(whole: WholeSchool, slots: Collection[Slot]) -> int:
    """How many double periods the slots allow, none used twice: adjacent pairs form paths, so the first fit is best."""
    made, left = 0, set(slots)
    for first, second in adjacent_pairs(whole.bell):
        for day in {day for day, _period in slots}:
            if (day, first) in left and (day, second) in left:
                left -= {(day, first), (day, second)}
                made += 1
    return made


def lessons_beyond(whole: WholeSchool, fixed: Mapping[Pair, frozenset[Slot]]) -> dict[str, int]:
    """Of each class that owes more than its rows together can hold as stated: how many lessons stand elsewhere.

    A matching of lessons to slots, teachers not looked at, so no week does with fewer. Classes whose short rows are
    short each by itself are left out.
    """
    rows: dict[str, list[LocalRequirement]] = defaultdict(list)
    for row in whole.requirements:
        rows[row.class_id].append(row)
    found = {}
    for class_id, several in rows.items():
        rooms = [stated_room(whole, row) | fixed.get(row.pair, frozenset()) for row in several]
        alone = sum(max(0, row.lessons - len(room)) for row, room in zip(several, rooms, strict=True))
        beyond = sum(row.lessons for row in several) - _most_held(several, rooms)
        if beyond > alone:
            found[class_id] = beyond
    return found


def _most_held(rows: Sequence[LocalRequirement], rooms: Sequence[frozenset[Slot]]) -> int:
    """How many lessons of one class find a slot of their own (augmenting paths)."""
    holder: dict[Slot, int] = {}

    def seated(row: int, tried: set[Slot]) -> bool:
        for slot in sorted(rooms[row] - tried):
            if slot in tried:
                continue
            tried.add(slot)
            if slot not in holder or seated(holder[slot], tried):
                holder[slot] = row
                return True
        return False

    for number, row in enumerate(rows):
        for _lesson in range(row.lessons):
            if not seated(number, set()):
                break
    return len(holder)


def first_periods(whole: WholeSchool, row: LocalRequirement) -> int:
    """How many lessons of PE at least stand in the first period where that saves a dearer breach of what is stated.

    Each makes room for one double period, or for one lesson without a lesson too many that day, at most.
    """
    if row.subject != PHYSICAL_EDUCATION or row.earliest > FIRST:
        return 0
    room = stated_room(whole, row)
    later = {slot for slot in room if slot[1] != FIRST}
    wanted = min(row.doubles, row.lessons // 2)
    doubles = min(wanted, most_doubles(whole, room)) - min(wanted, most_doubles(whole, later))
    lessons = min(row.lessons, most_by_day(room, row.most_a_day)) - min(row.lessons, most_by_day(later, row.most_a_day))
    return max(doubles, lessons)
