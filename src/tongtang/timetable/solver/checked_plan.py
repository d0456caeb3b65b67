"""A weekly plan as the checker looks at it: who attends what, in which week, and how a breach is written down."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import lcm
from typing import Final, TypeVar

from tongtang.timetable.solver.fit import Span, fitting_periods
from tongtang.timetable.solver.model import Broadcast, County, Limits, Period, RecordedLesson, SchoolClass
from tongtang.timetable.solver.violation import Fact, Row, Rule, Violation

FIRST_LINE: Final = 2
MOST_WEEKS: Final = 60
RECORDED: Final = ""
"""Stands where a broadcast has its group."""

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Attendance:
    """One class in one broadcast of the plan, the `index`-th.

    `period` is the one of the class's own bell that the lesson takes, None if not exactly one fits. A recorded lesson
    is a broadcast to its class alone, at the start of its period, with an index below 0.
    """

    index: int
    broadcast: Broadcast
    school_class: SchoolClass
    period: int | None


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    county: County
    broadcasts: tuple[Broadcast, ...]
    attendances: tuple[Attendance, ...]
    limits: Mapping[str, Limits]
    recorded: tuple[RecordedLesson, ...]

    @property
    def live(self) -> list[Attendance]:
        return [each for each in self.attendances if each.index >= 0]

    def span(self, broadcast: Broadcast) -> Span:
        return broadcast.start, broadcast.start + self.county.rules.lesson_minutes

    def known_classes(self, broadcast: Broadcast) -> list[SchoolClass]:
        return _known_classes(self.county, broadcast)


def _known_classes(county: County, broadcast: Broadcast) -> list[SchoolClass]:
    return [county.classes[class_id] for class_id in dict.fromkeys(broadcast.class_ids) if class_id in county.classes]


def plan_of(
    county: County,
    broadcasts: Sequence[Broadcast],
    limits: Mapping[str, Limits],
    recorded: Sequence[RecordedLesson],
) -> CheckedPlan:
    numbered = tuple(
        broadcast if broadcast.line else replace(broadcast, line=line)
        for line, broadcast in enumerate(broadcasts, FIRST_LINE)
    )
    attendances = tuple(
        Attendance(index, broadcast, school_class, _only_period(county, school_class, broadcast))
        for index, broadcast in enumerate(numbered)
        for school_class in _known_classes(county, broadcast)
    )
    lined = tuple(each if each.line else replace(each, line=line) for line, each in enumerate(recorded, FIRST_LINE))
    return CheckedPlan(county, numbered, (*attendances, *_watching(county, lined)), limits, lined)


def weeks_of(plan: CheckedPlan) -> Iterator[CheckedPlan]:
    """The plan as it is held in each week until all repeats; what names no week of its cycle is held in none."""
    cycles = [each.every_weeks for each in plan.broadcasts if each.every_weeks > 0]
    for week in range(min(lcm(*cycles), MOST_WEEKS)):
        held = {
            index
            for index, each in enumerate(plan.broadcasts)
            if each.every_weeks > 0 and week % each.every_weeks == each.week - 1
        }
        broadcasts = tuple(plan.broadcasts[index] for index in sorted(held))
        attendances = tuple(each for each in plan.attendances if each.index < 0 or each.index in held)
        yield replace(plan, broadcasts=broadcasts, attendances=attendances)


def _watching(county: County, recorded: Sequence[RecordedLesson]) -> Iterator[Attendance]:
    """The recorded lessons of known classes in periods that their bells have."""
    for number, each in enumerate(recorded, 1):
        school_class = county.classes.get(each.class_id)
        period = own_period(county, each) if school_class else None
        if school_class and period:
            shown = Broadcast(
                RECORDED, each.subject, "", "", each.weekday, period.start, (each.class_id,), None, each.line
            )
            yield Attendance(-number, shown, school_class, period.number)


def own_period(county: County, each: RecordedLesson) -> Period | None:
    bell = county.bell_of(county.classes[each.class_id])
    return next((period for period in bell.periods if period.number == each.period), None)


def _only_period(county: County, school_class: SchoolClass, broadcast: Broadcast) -> int | None:
    periods = fitting_periods(county.bell_of(school_class), broadcast.start, county.rules.start_tolerance_minutes)
    return periods[0].number if len(periods) == 1 else None


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def row_of(broadcast: Broadcast) -> Row:
    if broadcast.group_id == RECORDED:
        return Row("recorded_lessons", broadcast.class_ids[0], broadcast.line)
    return Row("broadcasts", broadcast.group_id, broadcast.line)


def breach_of(rule: Rule, broadcast: Broadcast, **facts: Fact) -> Violation:
    return Violation(rule, (row_of(broadcast),), {"group_id": broadcast.group_id, **facts})


def breach_about(rule: Rule, about: Row, broadcasts: Sequence[Broadcast], **facts: Fact) -> Violation:
    return Violation(rule, (about, *map(row_of, broadcasts)), facts)


def moment_of(broadcasts: Sequence[Broadcast]) -> dict[str, Fact]:
    return {
        "weekday": broadcasts[0].weekday,
        "group_ids": tuple(broadcast.group_id for broadcast in broadcasts),
        "starts": tuple(broadcast.start for broadcast in broadcasts),
    }
