"""A found plan as its page shows it: with names instead of ids."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tongtang.organisations.models import HomeClass, Period
from tongtang.timetable.models import PlanRule, PlanRun, Requirement
from tongtang.timetable.plans.comparison import ClassChange, Comparison, Lesson, compare
from tongtang.timetable.plans.inputs import broadcasts_in, recorded_in
from tongtang.timetable.plans.names import Names
from tongtang.timetable.plans.words import turn_words
from tongtang.timetable.queries import minutes_of
from tongtang.timetable.sentences import WEEKDAYS, wall_text
from tongtang.timetable.solver.model import Broadcast, RecordedLesson


@dataclass(frozen=True)
class Slot:
    """A broadcast in the day's list."""

    start: str
    end: str
    subject: str
    group: str
    teacher: str
    studio: str
    classes: Sequence[str]
    pupils: int
    turn: str = ""
    """Which weeks hold it, where not every week does."""


@dataclass(frozen=True)
class Group:
    name: str
    subject: str
    teacher: str
    times: Sequence[str]
    classes: Sequence[str]
    pupils: int


@dataclass(frozen=True)
class Served:
    """What a class is owed of a subject and what it gets live and recorded, in lessons a week."""

    home_class: str
    subject: str
    owed: int
    served: int
    recorded: int = 0

    @property
    def short(self) -> bool:
        return self.served + self.recorded < self.owed


@dataclass(frozen=True)
class Watched:
    """What a class watches recorded, and when."""

    home_class: str
    subject: str
    when: str


@dataclass(frozen=True)
class ChangedClass:
    home_class: str
    gone: Sequence[tuple[str, str]]
    new: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Outcome:
    """Everything about a plan; `classes` has what is left out first."""

    days: Sequence[tuple[str, Sequence[Slot]]]
    groups: Sequence[Group]
    classes: Sequence[Served]
    watched: Sequence[Watched]
    comparison: Comparison | None
    changes: Sequence[ChangedClass]

    @property
    def served(self) -> int:
        return sum(one.served for one in self.classes)

    @property
    def owed(self) -> int:
        return sum(one.owed for one in self.classes)


def outcome_of(run: PlanRun) -> Outcome:
    """The best plan of a search."""
    plan = broadcasts_in(run.plan)
    names = Names(run.county_code, plan)
    recorded = recorded_in(run.recorded)
    comparison = compare(run) if run.complete else None
    return Outcome(
        days=_days(plan, names, _lesson_minutes(run.county_code)),
        groups=_groups(plan, names),
        classes=_served(run, plan, names),
        watched=_watched(run.county_code, recorded, names),
        comparison=comparison,
        changes=[_changed(one, names) for one in comparison.changes] if comparison else [],
    )


def _lesson_minutes(county_code: int) -> int:
    value = PlanRule.objects.filter(county_code=county_code, rule="lesson_minutes").values_list("value", flat=True)
    return int(value.first() or 0)


def _days(plan: Sequence[Broadcast], names: Names, minutes: int) -> list[tuple[str, Sequence[Slot]]]:
    days: dict[int, list[Slot]] = defaultdict(list)
    for one in sorted(plan, key=lambda one: (one.weekday, one.start, one.subject, one.group_id)):
        days[one.weekday].append(
            Slot(
                wall_text(one.start),
                wall_text(one.start + minutes),
                one.subject,
                names.group(one.group_id),
                names.teacher(one.teacher_id),
                names.studio(one.studio_id),
                names.classes(one.class_ids),
                names.pupils(one.class_ids),
                turn_words(one),
            )
        )
    return [(str(WEEKDAYS[day - 1]), rows) for day, rows in sorted(days.items())]


def _time(weekday: int, start: int) -> str:
    return f"{WEEKDAYS[weekday - 1]} {wall_text(start)}"


def _groups(plan: Sequence[Broadcast], names: Names) -> list[Group]:
    rows: dict[str, list[Broadcast]] = defaultdict(list)
    for one in plan:
        rows[one.group_id].append(one)
    return [
        Group(
            names.group(name),
            many[0].subject,
            names.teacher(many[0].teacher_id),
            [_time(one.weekday, one.start) for one in sorted(many, key=lambda one: (one.weekday, one.start))],
            names.classes(keys := {key for one in many for key in one.class_ids}),
            names.pupils(keys),
        )
        for name, many in sorted(rows.items(), key=lambda each: (each[1][0].subject, names.number(each[0])))
    ]


def _served(run: PlanRun, plan: Sequence[Broadcast], names: Names) -> list[Served]:
    """By what is owed today; what is short stands first, then what is recorded."""
    counted: Mapping[tuple[str, str], int] = Counter((key, one.subject) for one in plan for key in one.class_ids)
    watched = Counter((one.class_id, one.subject) for one in recorded_in(run.recorded))
    owed = Requirement.objects.filter(home_class__county_code=run.county_code, home_class__ended_on=None)
    rows = [
        Served(names.home_class(key), subject, lessons, counted[key, subject], watched[key, subject])
        for key, subject, lessons in owed.order_by("home_class__source_id", "subject_id").values_list(
            "home_class__source_id", "subject_id", "lessons_per_week"
        )
    ]
    return sorted(rows, key=lambda one: (not one.short, not one.recorded))


def _watched(county_code: int, recorded: Sequence[RecordedLesson], names: Names) -> list[Watched]:
    """In the order of classes and the week; the clock is that of the class's own bells."""
    rows = HomeClass.objects.filter(county_code=county_code, source_id__in={one.class_id for one in recorded})
    periods = Period.objects.filter(bell_schedule__school__home_classes__in=rows).distinct()
    starts = {(row.bell_schedule_id, row.number): minutes_of(row.starts) for row in periods}
    clocks = {
        (key, number): start
        for key, bell in rows.values_list("source_id", "school__bell_schedule_id")
        for (ringing, number), start in starts.items()
        if ringing == bell
    }
    return [
        Watched(names.home_class(one.class_id), one.subject, _time(one.weekday, clocks[one.class_id, one.period]))
        for one in sorted(recorded, key=lambda one: (one.class_id, one.weekday, one.period))
        if (one.class_id, one.period) in clocks
    ]


def _changed(change: ClassChange, names: Names) -> ChangedClass:
    def words(lessons: Iterable[Lesson]) -> list[tuple[str, str]]:
        return [(subject, f"{_time(day, start)} {names.teacher(who)}") for subject, day, start, who in lessons]

    return ChangedClass(names.home_class(change.class_id), words(change.gone), words(change.new))
