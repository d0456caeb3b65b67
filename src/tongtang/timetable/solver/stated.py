"""How far the stated wishes of a requirement (soft columns) can be kept at all: counted slot by slot, row by row."""

from collections import Counter
from collections.abc import Collection

from tongtang.timetable.solver.school_model import (
    LocalRequirement,
    Slot,
    WholeSchool,
    adjacent_pairs,
    given_away,
    slots_of,
    unavailable_slots,
)


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


def too_long(whole: WholeSchool) -> bool:
    """Whether a class owes more lessons than all the stated periods of its subjects hold."""
    owed, room = Counter[str](), dict[str, set[Slot]]()
    for row in whole.requirements:
        owed[row.class_id] += row.lessons
        room.setdefault(row.class_id, set()).update(stated_room(whole, row))
    return any(owed[class_id] > len(slots) for class_id, slots in room.items())
