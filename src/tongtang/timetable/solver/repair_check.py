"""The independent checker of a mended week: shares no code with the repair."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import lcm

from tongtang.timetable.solver.local_check import examine
from tongtang.timetable.solver.school_model import LocalLesson, Slot
from tongtang.timetable.solver.week_case import WeekCase

Filled = tuple[str, str, Slot, str]
"""Class, subject, slot and substitute (or "") of a lesson that a fallback takes the place of."""
Fallen = tuple[str, str, Slot]
"""Class, subject and slot of a lesson that is not held and whose slot the class uses otherwise."""


def faults_of(
    case: WeekCase, lessons: Sequence[LocalLesson], filled: Sequence[Filled], fallen: Sequence[Fallen] = ()
) -> list[str]:
    """What is wrong with a mended week, in short words for whoever mends the program."""
    whole = case.whole
    less = Counter((one[0], one[1]) for one in (*filled, *fallen))
    rows = tuple(
        replace(row, lessons=row.lessons - less[row.class_id, row.subject])
        for row in whole.requirements
        if row.lessons > less[row.class_id, row.subject]
    )
    taken = whole.taken | {(class_id, slot) for class_id, _subject, slot, _teacher in filled}
    found = examine(replace(whole, requirements=rows, taken=frozenset(taken)), lessons)
    faults = [f"{breach.rule} {dict(breach.facts)}" for breach in found.breaches]
    teaching = Counter((one.teacher_id, one.slot) for one in lessons)
    teaching.update((teacher, slot) for _class_id, _subject, slot, teacher in filled if teacher)
    faults += [f"{teacher} twice in {slot}" for (teacher, slot), count in teaching.items() if count > 1]
    faults += [f"{teacher} is away in {slot}" for teacher, slot in case.away if teaching[teacher, slot]]
    faults += [f"{one.pair} stands in {one.slot}, closed" for one in lessons if (one.pair, one.slot) in case.closed]
    beside = [(class_id, subject, slot) for class_id, subject, slot, teacher in filled if teacher]
    receiving = Counter(one.slot for one in lessons if case.is_live(one.pair, one.slot))
    receiving.update(slot for class_id, subject, slot in beside if case.is_live((class_id, subject), slot))
    faults += [f"rooms in {slot}" for slot, left in case.rooms.items() if receiving[slot] > left]
    faults += _overloads(case, lessons, [one for one in filled if one[3]])
    standing = {(one.class_id, one.subject, one.slot) for one in lessons}
    faults += [f"{one} is held, and is not" for one in fallen if one in standing - _came(case)]
    held = standing | {one[:3] for one in filled}
    for (class_id, subject), slots in case.pinned.items():
        faults += [f"{class_id} {subject} left {slot}" for slot in slots if (class_id, subject, slot) not in held]
    return faults


def _came(case: WeekCase) -> set[Fallen]:
    """Where a lesson that comes stands: it may take the period of another of the same subject that falls out."""
    return {(*pair, slot) for pair in case.carried for slot in case.wanted[pair]}


def _overloads(case: WeekCase, lessons: Sequence[LocalLesson], beside: Sequence[Filled]) -> list[str]:
    """Slots in which the link carries too much, unless it did so before the event."""
    whole, found = case.whole, []
    bells = {period.number: (period.start, period.end) for period in whole.bell.periods}
    for slot in sorted({one.slot for one in lessons}):
        start, end = bells[slot[1]]
        here = [one for one in whole.county if one.weekday == slot[0] and one.start < end and start < one.end]
        county = max(
            len(
                {one.lesson for one in here if one.start <= minute < one.end and week % one.every_weeks == one.week - 1}
            )
            for minute in range(start, end)
            for week in range(lcm(*(one.every_weeks for one in here)))
        )
        live = {(one.subject, whole.classes[one.class_id].grades) for one in lessons
                if one.slot == slot and case.is_live(one.pair, slot)}  # fmt: skip
        live |= {(subject, whole.classes[class_id].grades) for class_id, subject, at, _teacher in beside
                 if at == slot and case.is_live((class_id, subject), slot)}  # fmt: skip
        before = {(one.subject, whole.classes[one.class_id].grades) for one in whole.base
                  if one.slot == slot and case.is_live(one.pair, slot)}  # fmt: skip
        limit = max(0, case.link.get(slot, whole.school.max_streams) - county)
        if len(live) > (limit if slot in case.link else max(limit, len(before))):
            found.append(f"link in {slot}")
    return found
