"""Arithmetic that tells, before any search, why a school's week cannot be; each doubt with its numbers.

Sentences are formed outside, from the code and the facts. `relaxation` names what would make room.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tongtang.timetable.solver.fit import fitting_periods, nearest_period
from tongtang.timetable.solver.local_rules import Fact
from tongtang.timetable.solver.school_model import (
    AnchorLesson,
    Pair,
    Slot,
    WholeSchool,
    given_away,
    slots_of,
    unavailable_slots,
)


@dataclass(frozen=True)
class Doubt:
    """`entity` is the id of the school, class or teacher that the sentence is about."""

    code: str
    entity: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


def doubts_of(whole: WholeSchool, fixed: Mapping[Pair, frozenset[Slot]]) -> tuple[Doubt, ...]:
    """Every rule of counting that the school's requirements break; none proves nothing."""
    checks = (_class_hours(whole), _teacher_hours(whole), _fixed_clashes(whole, fixed), _fixed_amounts(whole, fixed))
    return tuple(doubt for check in checks for doubt in check)


def _class_hours(whole: WholeSchool) -> Iterator[Doubt]:
    owed = Counter[str]()
    for row in whole.requirements:
        owed[row.class_id] += row.lessons
    gone = given_away(whole)
    for class_id, count in owed.items():
        left = sum((class_id, slot) not in gone for slot in slots_of(whole))
        if count > left:
            yield Doubt("class_hours", class_id, {"class_id": class_id, "count": count, "limit": left})


def _teacher_hours(whole: WholeSchool) -> Iterator[Doubt]:
    owed = Counter[str]()
    for row in whole.requirements:
        owed[row.teacher_id] += row.lessons
    away = unavailable_slots(whole)
    for teacher_id, count in owed.items():
        cap = whole.teachers[teacher_id].weekly_cap
        left = sum((teacher_id, slot) not in away for slot in slots_of(whole))
        if count > cap:
            yield Doubt("teacher_cap", teacher_id, {"teacher_id": teacher_id, "count": count, "limit": cap})
        elif count > left:
            yield Doubt("teacher_hours", teacher_id, {"teacher_id": teacher_id, "count": count, "limit": left})


def _fixed_amounts(whole: WholeSchool, fixed: Mapping[Pair, frozenset[Slot]]) -> Iterator[Doubt]:
    owed = {row.pair: row.lessons for row in whole.requirements}
    for (class_id, subject), slots in fixed.items():
        named: dict[str, Fact] = {"class_id": class_id, "subject": subject}
        if len(slots) > owed.get((class_id, subject), 0):
            limit = owed.get((class_id, subject), 0)
            yield Doubt("anchor_gives_more", class_id, {**named, "count": len(slots), "limit": limit})


def _fixed_clashes(whole: WholeSchool, fixed: Mapping[Pair, frozenset[Slot]]) -> Iterator[Doubt]:
    teacher_of = {row.pair: row.teacher_id for row in whole.requirements}
    gone, away = given_away(whole), unavailable_slots(whole)
    classes: dict[tuple[str, Slot], list[str]] = defaultdict(list)
    teachers: dict[tuple[str, Slot], list[str]] = defaultdict(list)
    for pair, slots in sorted(fixed.items()):
        teacher_id = teacher_of.get(pair, "")
        for slot in sorted(slots):
            classes[pair[0], slot].append(pair[1])
            teachers[teacher_id, slot].append(pair[0])
            when: dict[str, Fact] = {"weekday": slot[0], "period": slot[1], "subject": pair[1]}
            if (pair[0], slot) in gone:
                yield Doubt("anchor_in_given_away", pair[0], {"class_id": pair[0], **when})
            if (teacher_id, slot) in away:
                yield Doubt("anchor_teacher_away", teacher_id, {"teacher_id": teacher_id, "class_id": pair[0], **when})
    for (class_id, slot), subjects in classes.items():
        if len(subjects) > 1:
            facts: dict[str, Fact] = {"class_id": class_id, "weekday": slot[0], "period": slot[1]}
            yield Doubt("anchor_subjects_at_once", class_id, {**facts, "subjects": tuple(subjects)})
    for (teacher_id, slot), ids in teachers.items():
        if teacher_id and len(ids) > 1:
            facts = {"teacher_id": teacher_id, "weekday": slot[0], "period": slot[1]}
            yield Doubt("anchor_teacher_twice", teacher_id, {**facts, "class_ids": tuple(ids)})


def anchor_slots(whole: WholeSchool) -> tuple[dict[Pair, frozenset[Slot]], tuple[Doubt, ...]]:
    """Where the anchor's lessons fall in each receiver's own bell, and those that fall nowhere.

    A start fits the one period that begins within the tolerance of it; with none or two it cannot be received.
    """
    found: dict[Pair, set[Slot]] = defaultdict(set)
    doubts = []
    for class_id, subject in sorted(whole.receives):
        grades = whole.classes[class_id].grades
        for anchor in whole.anchors:
            if anchor.subject != subject or anchor.grade not in grades:
                continue
            period = fit_of(whole, anchor.start)
            if period is None:
                doubts.append(_misfit(whole, class_id, anchor))
                continue
            slot = anchor.weekday, period
            if slot in found[class_id, subject]:
                facts: dict[str, Fact] = {
                    "class_id": class_id,
                    "subject": subject,
                    "weekday": slot[0],
                    "period": slot[1],
                }
                doubts.append(Doubt("anchor_lessons_at_once", class_id, facts))
            found[class_id, subject].add(slot)
    doubts += _full_rooms(whole, found)
    return {pair: frozenset(slots) for pair, slots in found.items()}, tuple(doubts)


def fit_of(whole: WholeSchool, start: int) -> int | None:
    """The only period that a start on the clock fits."""
    fitting = fitting_periods(whole.bell, start, whole.tolerance)
    return fitting[0].number if len(fitting) == 1 else None


def _misfit(whole: WholeSchool, class_id: str, anchor: AnchorLesson) -> Doubt:
    near = nearest_period(whole.bell, anchor.start)
    facts: dict[str, Fact] = {
        "class_id": class_id, "subject": anchor.subject, "anchor_lesson_id": anchor.anchor_lesson_id,
        "weekday": anchor.weekday, "start": anchor.start, "tolerance": whole.tolerance,
        "nearest_period": near.number, "nearest_start": near.start,
    }  # fmt: skip
    return Doubt("anchor_fits_no_period", class_id, facts)


def _full_rooms(whole: WholeSchool, found: Mapping[Pair, set[Slot]]) -> Iterator[Doubt]:
    here: dict[Slot, list[Pair]] = defaultdict(list)
    for pair, slots in sorted(found.items()):
        for slot in slots:
            here[slot].append(pair)
    for slot, pairs in sorted(here.items()):
        lessons = {(subject, whole.classes[class_id].grades) for class_id, subject in pairs}
        when: dict[str, Fact] = {"weekday": slot[0], "period": slot[1]}
        ids = tuple(class_id for class_id, _subject in pairs)
        for code, count, limit in (
            ("receiving_rooms", len(pairs), whole.school.receiving_rooms),
            ("receiving_streams", len(lessons), whole.school.max_streams),
        ):
            if count > limit:
                facts = {"school_id": whole.school_id, **when, "class_ids": ids, "count": count, "limit": limit}
                yield Doubt(code, whole.school_id, facts)
