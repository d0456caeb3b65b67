"""The independent checker of a school's own week: pure Python, shares no code with the solver.

Hard rules are breaches; soft ones are counted apart. Source of both: "Whole schools as CSV" of the fixtures' README
(clashes, lessons a week and the teacher are hard; a day's most, doubles, earliest and latest period are soft). Rules of
the house, soft as well: the class meeting is the last lesson of its day, no PE in the first period, no free period
between two lessons of a class.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tongtang.timetable.solver.local_rules import WEIGHTS, Fact, LocalBreach, LocalRule, SoftRule
from tongtang.timetable.solver.school_model import LocalLesson, Pair, Slot, WholeSchool


@dataclass(frozen=True, slots=True)
class Findings:
    """`soft` counts breaches by rule."""

    breaches: tuple[LocalBreach, ...]
    soft: Mapping[SoftRule, int]

    @property
    def penalty(self) -> int:
        return sum(WEIGHTS[rule] * count for rule, count in self.soft.items())


Placed = tuple[int, LocalLesson]


def examine(whole: WholeSchool, lessons: Sequence[LocalLesson], lines: Sequence[int] = ()) -> Findings:
    """Every breach of `lessons`, which are all of the school's week; `lines` are their lines in the file."""
    placed = list(zip(lines or range(2, len(lessons) + 2), lessons, strict=True))
    found = [breach for check in _HARD for breach in check(whole, placed)]
    order = {rule: index for index, rule in enumerate(LocalRule)}
    found.sort(key=lambda breach: (order[breach.rule], breach.lines))
    return Findings(tuple(found), _soft(whole, lessons))


def _breach(whole: WholeSchool, rule: LocalRule, placed: Iterable[Placed], **facts: Fact) -> LocalBreach:
    return LocalBreach(rule, whole.school_id, tuple(line for line, _lesson in placed), facts)


def _references(whole: WholeSchool, placed: list[Placed]) -> Iterator[LocalBreach]:
    required = {(row.class_id, row.subject): row for row in whole.requirements}
    numbers = {period.number for period in whole.bell.periods}
    for line, lesson in placed:
        at = [(line, lesson)]
        if lesson.class_id not in whole.classes:
            yield _breach(whole, LocalRule.NO_SUCH_CLASS, at, class_id=lesson.class_id)
            continue
        if lesson.teacher_id not in whole.teachers:
            yield _breach(whole, LocalRule.NO_SUCH_TEACHER, at, teacher_id=lesson.teacher_id)
        if lesson.period not in numbers or not 1 <= lesson.weekday <= 7:
            when = {"weekday": lesson.weekday, "period": lesson.period}
            yield _breach(whole, LocalRule.NO_SUCH_PERIOD, at, class_id=lesson.class_id, **when)
        row = required.get((lesson.class_id, lesson.subject))
        named = {"class_id": lesson.class_id, "subject": lesson.subject}
        if row is None:
            yield _breach(whole, LocalRule.NOT_REQUIRED, at, **named)
        elif row.teacher_id != lesson.teacher_id:
            both = {"teacher_id": lesson.teacher_id, "owed_teacher_id": row.teacher_id}
            yield _breach(whole, LocalRule.WRONG_TEACHER, at, **named, **both)


def _amounts(whole: WholeSchool, placed: list[Placed]) -> Iterator[LocalBreach]:
    count = Counter((lesson.class_id, lesson.subject) for _line, lesson in placed)
    for row in whole.requirements:
        held = count[row.class_id, row.subject]
        if held != row.lessons:
            rule = LocalRule.LESSONS_MISSING if held < row.lessons else LocalRule.LESSONS_TOO_MANY
            facts: dict[str, Fact] = {"class_id": row.class_id, "subject": row.subject}
            yield _breach(whole, rule, [], **facts, count=held, limit=row.lessons)


def _clashes(whole: WholeSchool, placed: list[Placed]) -> Iterator[LocalBreach]:
    classes: dict[tuple[str, int, int], list[Placed]] = defaultdict(list)
    teachers: dict[tuple[str, int, int], list[Placed]] = defaultdict(list)
    for line, lesson in placed:
        classes[lesson.class_id, lesson.weekday, lesson.period].append((line, lesson))
        teachers[lesson.teacher_id, lesson.weekday, lesson.period].append((line, lesson))
    for (who, weekday, period), met in classes.items():
        if len(met) > 1:
            subjects = tuple(lesson.subject for _line, lesson in met)
            when: dict[str, Fact] = {"weekday": weekday, "period": period}
            yield _breach(whole, LocalRule.CLASS_CLASH, met, class_id=who, **when, subjects=subjects)
    for (who, weekday, period), met in teachers.items():
        if len(met) > 1:
            ids = tuple(lesson.class_id for _line, lesson in met)
            when = {"weekday": weekday, "period": period}
            yield _breach(whole, LocalRule.TEACHER_CLASH, met, teacher_id=who, **when, class_ids=ids)


def _absences(whole: WholeSchool, placed: list[Placed]) -> Iterator[LocalBreach]:
    gone = {(one.class_id, slot) for one in whole.classes.values() for slot in one.blocked} | whole.taken
    clock = {period.number: (period.start, period.end) for period in whole.bell.periods}
    for line, lesson in placed:
        when: dict[str, Fact] = {"weekday": lesson.weekday, "period": lesson.period}
        if (lesson.class_id, (lesson.weekday, lesson.period)) in gone:
            yield _breach(whole, LocalRule.CLASS_GIVEN_AWAY, [(line, lesson)], class_id=lesson.class_id, **when)
        teacher = whole.teachers.get(lesson.teacher_id)
        start, end = clock.get(lesson.period, (0, 0))
        for away in teacher.unavailable if teacher else ():
            if away.weekday == lesson.weekday and away.start < end and start < away.end:
                facts: dict[str, Fact] = {"teacher_id": lesson.teacher_id, "class_id": lesson.class_id}
                yield _breach(whole, LocalRule.TEACHER_NOT_THERE, [(line, lesson)], **facts, **when)
                break


def _caps(whole: WholeSchool, placed: list[Placed]) -> Iterator[LocalBreach]:
    held = Counter(lesson.teacher_id for _line, lesson in placed)
    for teacher_id, count in sorted(held.items()):
        teacher = whole.teachers.get(teacher_id)
        if teacher and count > teacher.weekly_cap:
            facts: dict[str, Fact] = {"count": count, "limit": teacher.weekly_cap}
            yield _breach(whole, LocalRule.ABOVE_WEEKLY_CAP, [], teacher_id=teacher_id, **facts)


_HARD: Final[tuple[Callable[[WholeSchool, list[Placed]], Iterator[LocalBreach]], ...]] = (
    _references,
    _amounts,
    _clashes,
    _absences,
    _caps,
)


def _soft(whole: WholeSchool, lessons: Sequence[LocalLesson]) -> dict[SoftRule, int]:
    where: dict[Pair, set[Slot]] = defaultdict(set)
    busy: dict[tuple[str, int], set[int]] = defaultdict(set)
    for lesson in lessons:
        where[lesson.class_id, lesson.subject].add((lesson.weekday, lesson.period))
        busy[lesson.class_id, lesson.weekday].add(lesson.period)
    for class_id, (weekday, period) in {*whole.taken}:
        busy[class_id, weekday].add(period)
    count: Counter[SoftRule] = Counter()
    for row in whole.requirements:
        held = where[row.class_id, row.subject]
        most = max(row.max_per_day, 2) if row.doubles else row.max_per_day
        days = Counter(weekday for weekday, _period in held)
        count[SoftRule.MAX_PER_DAY] += sum(max(0, number - most) for number in days.values())
        count[SoftRule.EARLIEST_PERIOD] += sum(period < row.earliest for _weekday, period in held)
        count[SoftRule.LATEST_PERIOD] += sum(period > row.latest for _weekday, period in held)
        count[SoftRule.DOUBLE] += max(0, min(row.doubles, row.lessons // 2) - _doubles(whole, held))
        if row.subject == "pe" and row.earliest <= 1:
            count[SoftRule.PE_FIRST] += sum(period == 1 for _weekday, period in held)
        if row.subject == "class_meeting":
            late = sum(max(busy[row.class_id, weekday]) > period for weekday, period in held)
            count[SoftRule.MEETING_NOT_LAST] += late
    blocked = {(one.class_id, weekday, period) for one in whole.classes.values() for weekday, period in one.blocked}
    numbers = sorted(period.number for period in whole.bell.periods)
    for (class_id, weekday), held_periods in busy.items():
        between = [number for number in numbers if number < max(held_periods) and number not in held_periods]
        count[SoftRule.FREE_PERIOD] += sum((class_id, weekday, number) not in blocked for number in between)
    return {rule: count[rule] for rule in SoftRule}


def _doubles(whole: WholeSchool, held: set[Slot]) -> int:
    """How many double periods the lessons make, none used twice."""
    ordered = sorted(whole.bell.periods, key=lambda period: period.start)
    made = 0
    for weekday in {weekday for weekday, _period in held}:
        left = {period for day, period in held if day == weekday}
        for first, second in itertools.pairwise(ordered):
            joined = second.start - first.end < first.end - first.start
            if joined and first.number in left and second.number in left:
                left -= {first.number, second.number}
                made += 1
    return made
