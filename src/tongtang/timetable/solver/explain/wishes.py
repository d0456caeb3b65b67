"""Stated wishes of a school's requirements (soft columns) that no week can keep, by counting alone.

A week breaks them at a price; this says which of them it had to, and what would have to be stated instead.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tongtang.timetable.solver.explain.reason import Change, Reason
from tongtang.timetable.solver.local_rules import Fact
from tongtang.timetable.solver.school_model import LocalLesson, LocalRequirement, Pair, Slot, WholeSchool
from tongtang.timetable.solver.stated import lessons_beyond, most_by_day, most_doubles, stated_room


def explain_wishes(whole: WholeSchool, lessons: Sequence[LocalLesson]) -> tuple[Reason, ...]:
    """The stated columns that the week breaks because no week keeps them; the change is what this week keeps."""
    held: dict[Pair, list[Slot]] = {}
    for lesson in lessons:
        held.setdefault(lesson.pair, []).append(lesson.slot)
    of_rows = [reason for row in whole.requirements for reason in _of_row(whole, row, held.get(row.pair, []))]
    return (*_of_classes(whole, held), *of_rows)


def _of_classes(whole: WholeSchool, held: Mapping[Pair, Sequence[Slot]]) -> Iterator[Reason]:
    """Classes that owe more than the stated periods of all their subjects hold together."""
    for class_id, beyond in lessons_beyond(whole, {}).items():
        rows = [row for row in whole.requirements if row.class_id == class_id]
        owed = sum(row.lessons for row in rows)
        facts: dict[str, Fact] = {"class_id": class_id, "count": owed, "limit": owed - beyond, "beyond": beyond}
        changes = tuple(change for row in rows for change in _window(row, held.get(row.pair, ())))
        yield Reason(class_id, "class_window", facts, "stated", {}, changes, verified=True)


def _of_row(whole: WholeSchool, row: LocalRequirement, held: Sequence[Slot]) -> Iterator[Reason]:
    room = stated_room(whole, row)
    facts: dict[str, Fact] = {"class_id": row.class_id, "subject": row.subject, "count": row.lessons}
    busiest = max(Counter(day for day, _period in held).values(), default=0)
    if len(room) < row.lessons:
        window: dict[str, Fact] = {"earliest": row.earliest, "latest": row.latest, "limit": len(room)}
        yield _reason(row, "window", {**facts, **window}, _window(row, held))
    elif busiest > row.most_a_day and most_by_day(room, row.most_a_day) < row.lessons:
        most: dict[str, Fact] = {"most": row.max_per_day, "limit": most_by_day(room, row.most_a_day)}
        yield _reason(row, "most_a_day", {**facts, **most}, [_change(row, "max_per_day", row.max_per_day, busiest)])
    there = most_doubles(whole, room)
    if there < min(row.doubles, row.lessons // 2):
        change = _change(row, "double", row.doubles, there)
        yield _reason(row, "doubles", {**facts, "count": row.doubles, "limit": there}, [change])


def _window(row: LocalRequirement, held: Sequence[Slot]) -> list[Change]:
    first = min((period for _day, period in held), default=row.earliest)
    last = max((period for _day, period in held), default=row.latest)
    changes = [_change(row, "earliest_period", row.earliest, first)] if first < row.earliest else []
    return changes + ([_change(row, "latest_period", row.latest, last)] if last > row.latest else [])


def _change(row: LocalRequirement, column: str, before: int, after: int) -> Change:
    key = {"class_id": row.class_id, "subject": row.subject}
    return Change("local_requirements.csv", key, column, str(before), str(after))


def _reason(row: LocalRequirement, proof: str, facts: dict[str, Fact], changes: list[Change]) -> Reason:
    return Reason(row.class_id, proof, facts, "stated", {}, tuple(changes), verified=True)
