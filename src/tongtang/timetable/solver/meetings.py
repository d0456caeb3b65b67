"""How many class meetings can be the last lesson of their day: a matching, which bounds every timetable.

A meeting can be last in a slot only if the class can spare all later periods of that day, and a teacher holds one
meeting a slot. Nothing else is looked at, so no timetable does better.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from tongtang.timetable.solver.school_model import (
    CLASS_MEETING,
    LocalRequirement,
    Pair,
    Slot,
    WholeSchool,
    days_of,
    given_away,
    periods_of,
    slots_of,
    unavailable_slots,
)


@dataclass(frozen=True)
class LastMeetings:
    """`missed` meetings at least are not last; `at` is one way to place the others."""

    missed: int
    at: dict[Pair, frozenset[Slot]]


Seat = tuple[str, Slot]


def last_meetings(whole: WholeSchool, beyond: Collection[str] = ()) -> LastMeetings:
    """The most meetings that can be last, within the stated periods; anywhere for the classes `beyond` these."""
    owed = Counter[str]()
    for row in whole.requirements:
        owed[row.class_id] += row.lessons
    latest = {one: _latest(whole, one) for one in whole.classes}
    seats: list[tuple[LocalRequirement, list[Slot]]] = []
    for row in whole.requirements:
        if row.subject == CLASS_MEETING:
            # Classes that can end their day early leave the last period to those that cannot.
            slots = _last_slots(whole, row, owed[row.class_id], latest[row.class_id])
            seats += [(row, _any_slots(whole, row) if row.class_id in beyond else slots)] * row.lessons
    holder: dict[Seat, int] = {}
    for index in sorted(range(len(seats)), key=lambda one: (len(seats[one][1]), one)):
        _seat(index, seats, holder, set())
    at: dict[Pair, set[Slot]] = {}
    for (_teacher, slot), index in holder.items():
        at.setdefault(seats[index][0].pair, set()).add(slot)
    return LastMeetings(len(seats) - len(holder), {pair: frozenset(slots) for pair, slots in at.items()})


def _latest(whole: WholeSchool, class_id: str) -> int:
    """The last period that any subject of the class may take as stated."""
    return max((row.latest for row in whole.requirements if row.class_id == class_id), default=0)


def _last_slots(whole: WholeSchool, row: LocalRequirement, owed: int, latest: int) -> list[Slot]:
    gone, away = given_away(whole), unavailable_slots(whole)
    taken = {slot for one, slot in whole.taken if one == row.class_id}
    usable = [
        (day, period)
        for day in days_of(whole)
        for period in periods_of(whole)
        if period <= latest and (row.class_id, (day, period)) not in gone
    ]
    found = []
    for slot in usable:
        later = sum(other[0] == slot[0] and other[1] > slot[1] for other in usable)
        held = any(other[0] == slot[0] and other[1] > slot[1] for other in taken)
        free = row.earliest <= slot[1] <= row.latest and (row.teacher_id, slot) not in away and not held
        if free and later <= len(usable) - owed:
            found.append((later, slot))
    spare = len(usable) - owed
    return [slot for later, slot in sorted(found, key=lambda one: (one[0] == 0 and spare > 0, one))]


def _any_slots(whole: WholeSchool, row: LocalRequirement) -> list[Slot]:
    gone, away = given_away(whole), unavailable_slots(whole)
    taken = {slot for one, slot in whole.taken if one == row.class_id}
    return [
        slot
        for slot in slots_of(whole)
        if (row.class_id, slot) not in gone
        and (row.teacher_id, slot) not in away
        and not any(other[0] == slot[0] and other[1] > slot[1] for other in taken)
    ]


def _seat(
    index: int, seats: list[tuple[LocalRequirement, list[Slot]]], holder: dict[Seat, int], tried: set[Seat]
) -> bool:
    """Find a seat for one meeting, asking others to change theirs (augmenting paths)."""
    row, slots = seats[index]
    mine = {slot for (_teacher, slot), one in holder.items() if one != index and seats[one][0].pair == row.pair}
    for slot in slots:
        seat = row.teacher_id, slot
        if seat in tried or slot in mine:
            continue
        tried.add(seat)
        if seat not in holder or _seat(holder[seat], seats, holder, tried):
            holder[seat] = index
            return True
    return False
