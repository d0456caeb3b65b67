"""What a newly expanded plan does to the lessons published before: a pure comparison, nothing is written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date

from tongtang.timetable.solver.expand import DatedLesson

Week = tuple[str, int, int]
"""A group's ISO week: (group id, ISO year, ISO week), within which its lessons are the same lessons moved."""


@dataclass(frozen=True, slots=True)
class Move:
    """A lesson that stays the same lesson of its group in its week, with another time, place, person or class list."""

    before: DatedLesson
    after: DatedLesson

    @property
    def changed(self) -> frozenset[str]:
        """Names of the fields of DatedLesson that differ."""
        names = (each.name for each in fields(DatedLesson))
        return frozenset(name for name in names if getattr(self.before, name) != getattr(self.after, name))


@dataclass(frozen=True, slots=True)
class Difference:
    """Every lesson of either side from the date on stands in exactly one of the four, in the order of the clock."""

    unchanged: tuple[DatedLesson, ...]
    added: tuple[DatedLesson, ...]
    moved: tuple[Move, ...]
    removed: tuple[DatedLesson, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.moved or self.removed)


def difference(published: Iterable[DatedLesson], expanded: Iterable[DatedLesson], from_day: date) -> Difference:
    """Compares the published lessons with the newly expanded ones from `from_day` on; what lies before stays as it is.

    Within a group's ISO week identical lessons are unchanged; of the others those of the same day are paired first, the
    rest in the order of the clock, and each pair is a move. What finds no partner is added or removed.
    """
    old, new = _by_week(published, from_day), _by_week(expanded, from_day)
    unchanged: list[DatedLesson] = []
    moved: list[Move] = []
    added: list[DatedLesson] = []
    removed: list[DatedLesson] = []
    for week in old.keys() | new.keys():
        before, after = old.get(week, []), new.get(week, [])
        same = [lesson for lesson in after if lesson in before]
        before = [lesson for lesson in before if lesson not in same]
        after = [lesson for lesson in after if lesson not in same]
        pairs = _pairs(before, after)
        unchanged += same
        moved += pairs
        removed += [lesson for lesson in before if all(lesson is not pair.before for pair in pairs)]
        added += [lesson for lesson in after if all(lesson is not pair.after for pair in pairs)]
    return Difference(
        unchanged=_ordered(unchanged),
        added=_ordered(added),
        moved=tuple(sorted(moved, key=lambda move: _clock(move.after))),
        removed=_ordered(removed),
    )


def _by_week(lessons: Iterable[DatedLesson], from_day: date) -> dict[Week, list[DatedLesson]]:
    weeks: dict[Week, list[DatedLesson]] = {}
    for lesson in sorted(lessons, key=_clock):
        if lesson.day >= from_day:
            year, week, _ = lesson.day.isocalendar()
            weeks.setdefault((lesson.group_id, year, week), []).append(lesson)
    return weeks


def _pairs(before: Sequence[DatedLesson], after: Sequence[DatedLesson]) -> list[Move]:
    """As many pairs as the shorter side has, same day first, then in the order of the clock."""
    by_day = {lesson.day: lesson for lesson in reversed(after)}
    pairs = []
    for lesson in before:
        if partner := by_day.pop(lesson.day, None):
            pairs.append(Move(lesson, partner))
    old = [lesson for lesson in before if all(lesson is not pair.before for pair in pairs)]
    new = [lesson for lesson in after if all(lesson is not pair.after for pair in pairs)]
    return pairs + [Move(*pair) for pair in zip(old, new, strict=False)]


def _clock(lesson: DatedLesson) -> tuple[date, int, str]:
    return lesson.day, lesson.start, lesson.group_id


def _ordered(lessons: Iterable[DatedLesson]) -> tuple[DatedLesson, ...]:
    return tuple(sorted(lessons, key=_clock))
