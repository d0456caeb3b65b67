"""Reads what `judge` looks at: lessons under orders, and what else holds on their days."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.db.models import F, Q

from tongtang.foundation import clock
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import BellSchedule, Period, ReceivingRoom, School, Term
from tongtang.people.models import Person
from tongtang.timetable.models import (
    ChangeOrder,
    ClassBlock,
    DatedBells,
    DayTransfer,
    LessonBase,
    LessonChange,
    LocalLesson,
    LocalMove,
    PlanRule,
    TeacherUnavailability,
)
from tongtang.timetable.orders.judge import Busy, Ground, Local, Place, Receiver, Sitting, monday_of
from tongtang.timetable.orders.loads import loads_of, subjects_of
from tongtang.timetable.orders.patches import Base, Patch, Seat, base_of, patch_of
from tongtang.timetable.queries import calendar_of, minutes_of
from tongtang.timetable.solver import model

APPLIED = Q(order__state=ChangeOrder.State.APPLIED)


@dataclass(frozen=True)
class Ringing:
    """A school that rings another bell schedule from a day to a day, both included."""

    school_id: int
    bell_schedule_id: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Setting:
    """What one order brings besides patches: other bells, and one day's lessons on another."""

    bells: tuple[Ringing, ...] = ()
    transfer: tuple[date, date] | None = None


@dataclass
class _Scope:
    """The days, schools, classes and people that a change reaches."""

    days: set[date] = field(default_factory=set)
    schools: set[int] = field(default_factory=set)
    classes: set[int] = field(default_factory=set)
    teachers: set[int] = field(default_factory=set)
    studios: set[int] = field(default_factory=set)


def bases_of(lessons: Sequence[Lesson]) -> dict[int, Base]:
    """Each lesson as its plan has it: the kept base where orders stand on it, else what it is. Three queries."""
    kept = dict(LessonBase.objects.filter(lesson__in=lessons).values_list("lesson_id", "values"))
    seats: dict[int, dict[int, Seat]] = defaultdict(dict)
    for key, lesson, room, period in Reception.objects.filter(lesson__in=lessons, active=True).values_list(
        "id", "lesson_id", "room_id", "period_number"
    ):
        seats[lesson][key] = Seat(room, period)
    return {
        row.pk: base_of(kept[row.pk])
        if row.pk in kept
        else Base(
            row.starts_at,
            row.ends_at - row.starts_at,
            row.busy_until - row.ends_at,
            row.teacher_id,
            row.studio_id,
            seats[row.pk],
        )
        for row in lessons
    }


def patches_of(lessons: Collection[int]) -> dict[int, list[tuple[int, Patch]]]:
    """The patches in force of each lesson with their orders' keys, in the order in which they were applied."""
    found: dict[int, list[tuple[int, Patch]]] = defaultdict(list)
    rows = LessonChange.objects.filter(APPLIED, lesson__in=lessons).order_by("order__applied_at", "order_id", "id")
    for lesson, order, values in rows.values_list("lesson_id", "order_id", "patch"):
        found[lesson].append((order, patch_of(values)))
    return found


def receivers_of(bases: Mapping[int, Base]) -> dict[int, tuple[Receiver, ...]]:
    """The receptions that each base holds, in the order of their keys."""
    keys = [key for base in bases.values() for key in base.seats]
    rows = Reception.objects.filter(pk__in=keys).order_by("id")
    found: dict[int, list[Receiver]] = defaultdict(list)
    for key, lesson, home_class, school in rows.values_list("id", "lesson_id", "home_class_id", "school_id"):
        found[lesson].append(Receiver(key, home_class, school))
    return {lesson: tuple(found[lesson]) for lesson in bases}


def rings_in_force(schools: Collection[int], first: date, last: date, without: int | None = None) -> list[Ringing]:
    """Other bells of applied orders that touch [first, last], the later applied last. `without`: all but this order."""
    rows = DatedBells.objects.filter(APPLIED, school__in=schools, first_day__lte=last, last_day__gte=first)
    rows = rows.exclude(order=without).order_by("order__applied_at", "order_id")
    return [Ringing(*row) for row in rows.values_list("school_id", "bell_schedule_id", "first_day", "last_day")]


def _bells(scope: _Scope, rings: Sequence[Ringing]) -> dict[tuple[int, date], tuple[model.Period, ...]]:
    periods: dict[int, list[model.Period]] = defaultdict(list)
    own = dict(School.objects.filter(pk__in=scope.schools).values_list("pk", "bell_schedule_id"))
    wanted = {*own.values(), *(ring.bell_schedule_id for ring in rings)}
    for row in Period.objects.filter(bell_schedule__in=wanted).order_by("number"):
        periods[row.bell_schedule_id].append(model.Period(row.number, minutes_of(row.starts), minutes_of(row.ends)))
    rung = {(school, day): bell for school, bell in own.items() for day in scope.days}
    for ring in rings:
        for day in scope.days:
            if ring.first_day <= day <= ring.last_day and ring.school_id in own:
                rung[ring.school_id, day] = ring.bell_schedule_id
    return {place: tuple(periods[bell]) for place, bell in rung.items()}


def _rule(county: int, name: str) -> int | None:
    value = PlanRule.objects.filter(county_code=county, rule=name).values_list("value", flat=True).first()
    return None if value is None else int(value)


def tolerance_of(county: int) -> int:
    """Minutes by which a lesson may begin beside a class's own bell; 0 where the county named none."""
    return _rule(county, "start_tolerance_minutes") or 0


def lock_teachers(teachers: Iterable[int]) -> None:
    """Nobody else gives these people lessons by an order until the transaction ends: caps are looked at one by one.

    Taken after the schools' locks and before those of lessons, in the order of the keys.
    """
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=list(teachers)).order_by("pk").values_list("pk"))


def transfers_in_force(alliance: int, without: int | None = None) -> list[tuple[date, date]]:
    """(from, to) of the applied day transfers of an alliance."""
    rows = DayTransfer.objects.filter(APPLIED, order__alliance=alliance).exclude(order=without)
    return list(rows.values_list("from_day", "to_day"))


def _held(county: int, days: Collection[date], transfers: Iterable[tuple[date, date]]) -> dict[date, int | None]:
    pairs = list(transfers)
    every = {*days, *(day for pair in pairs for day in pair)}
    calendar = dict(calendar_of(county, min(every), max(every)))
    held = {day: calendar.get(day, day.isoweekday()) for day in every}
    return held | {to_day: held[from_day] or from_day.isoweekday() for from_day, to_day in pairs}


def _local_teachers(locals_: Mapping[tuple[int, int, int], Local]) -> dict[tuple[int, int, int], frozenset[int]]:
    found: dict[tuple[int, int, int], set[int]] = defaultdict(set)
    for (_class, weekday, period), local in locals_.items():
        if local.teacher_id is not None:
            found[local.teacher_id, weekday, period].add(local.local_id)
    return {place: frozenset(ids) for place, ids in found.items()}


def _sittings(scope: _Scope, touched: Collection[int]) -> tuple[Sitting, ...]:
    rows = Reception.objects.filter(
        Q(school__in=scope.schools) | Q(home_class__in=scope.classes), active=True, date__in=scope.days
    ).exclude(lesson__in=touched)
    return tuple(
        Sitting(*row)
        for row in rows.values_list(
            "lesson_id",
            "home_class_id",
            "school_id",
            "room_id",
            "period_number",
            "lesson__subject_id",
            "starts_at",
            "ends_at",
            "lesson__recorded",
        )
    )


def _busy(scope: _Scope, touched: Collection[int]) -> tuple[Busy, ...]:
    rows = Lesson.objects.filter(
        Q(teacher__in=scope.teachers) | Q(studio__in=scope.studios), active=True, date__in=scope.days
    ).exclude(pk__in=touched)
    return tuple(Busy(*row) for row in rows.values_list("teacher_id", "studio_id", "starts_at", "busy_until"))


def _moved(scope: _Scope, receptions: Collection[int]) -> tuple[frozenset[Place], frozenset[Place]]:
    """Where classes' and teachers' own lessons were moved to by receptions other than these."""
    rows = LocalMove.objects.filter(home_class__school__in=scope.schools, to_day__in=scope.days).exclude(
        reception__in=receptions
    )
    found = list(rows.values_list("home_class_id", "local_lesson__teacher_id", "to_day", "to_period"))
    return (
        frozenset((home_class, day, period) for home_class, _teacher, day, period in found),
        frozenset((teacher, day, period) for _class, teacher, day, period in found if teacher is not None),
    )


def _away(teachers: Collection[int]) -> dict[int, list[tuple[int, int, int]]]:
    away: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for row in TeacherUnavailability.objects.filter(person__in=teachers):
        away[row.person_id].append((row.weekday, minutes_of(row.starts), minutes_of(row.ends)))
    return away


def _own_lessons(teachers: Collection[int]) -> dict[int, list[tuple[int, int, int]]]:
    """When these people teach classes of their own schools, by the usual bells of these schools."""
    found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    rows = LocalLesson.objects.filter(
        teacher__in=teachers, home_class__school__bell_schedule__periods__number=F("period_number")
    )
    bell = "home_class__school__bell_schedule__periods__"
    for teacher, weekday, starts, ends in rows.values_list("teacher", "weekday", f"{bell}starts", f"{bell}ends"):
        found[teacher or 0].append((weekday, minutes_of(starts), minutes_of(ends)))
    return found


def _outside(county: int, days: Collection[date]) -> frozenset[date]:
    terms = list(Term.objects.filter(county_code=county, ended_on=None).values_list("first_day", "last_day"))
    return frozenset(day for day in days if not any(first <= day <= last for first, last in terms))


def _rooms(schools: Collection[int]) -> dict[int, tuple[int, ...]]:
    rooms: dict[int, list[int]] = defaultdict(list)
    rows = ReceivingRoom.objects.filter(school__in=schools, ended_on=None).order_by("number")
    for school, room in rows.values_list("school_id", "pk"):
        rooms[school].append(room)
    return {school: tuple(found) for school, found in rooms.items()}


def scope_of(bases: Mapping[int, Base], moments: Iterable[datetime], receivers: Iterable[Receiver]) -> _Scope:
    """Days of the bases and of the new times, and who receives; teachers and studios are added by the caller."""
    scope = _Scope({civil(base.starts_at).date() for base in bases.values()})
    scope.days |= {civil(moment).date() for moment in moments}
    for one in receivers:
        scope.schools.add(one.school_id)
        scope.classes.add(one.home_class_id)
    for base in bases.values():
        scope.teachers |= {base.teacher_id} if base.teacher_id else set()
        scope.studios |= {base.studio_id} if base.studio_id else set()
    return scope


def ground_of(
    alliance_id: int,
    county: int,
    scope: _Scope,
    touched: Collection[int],
    receptions: Collection[int],
    setting: Setting,
    without: int | None,
    now: datetime,
) -> Ground:
    """Everything `judge` needs about the scope; `setting`: what the new order brings; `without`: the one taken back."""
    first, last = min(scope.days), max(scope.days)
    rings = [*rings_in_force(scope.schools, first, last, without), *setting.bells]
    transfers = [*transfers_in_force(alliance_id, without), *([setting.transfer] if setting.transfer else [])]
    locals_ = {
        (row.home_class_id, row.weekday, row.period_number): Local(row.pk, row.subject_id, row.teacher_id)
        for row in LocalLesson.objects.filter(home_class__school__in=scope.schools)
    }
    teachers = scope.teachers | {one.teacher_id for one in locals_.values() if one.teacher_id is not None}
    moved_here, moved_teachers = _moved(scope, receptions)
    return Ground(
        now=now,
        bells=_bells(scope, rings),
        dated_bells=frozenset(
            (ring.school_id, day) for ring in rings for day in scope.days if ring.first_day <= day <= ring.last_day
        ),
        tolerance=tolerance_of(county),
        subjects_a_day=_rule(county, "same_subject_per_class_and_day"),
        rooms=_rooms(scope.schools),
        streams=dict(School.objects.filter(pk__in=scope.schools).values_list("pk", "max_streams")),
        blocked=frozenset(
            ClassBlock.objects.filter(home_class__in=scope.classes).values_list(
                "home_class_id", "weekday", "period_number"
            )
        ),
        away=_away(teachers),
        own_lessons=_own_lessons(scope.teachers),
        local={place: one for place, one in locals_.items() if place[0] in scope.classes},
        local_teachers=_local_teachers(locals_),
        moved_here=moved_here,
        moved_teachers=moved_teachers,
        held=_held(county, scope.days, transfers),
        outside=_outside(county, scope.days),
        lessons=_busy(scope, touched),
        sittings=_sittings(scope, touched),
        subjects=subjects_of(scope.teachers),
        loads=loads_of(scope.teachers, {monday_of(clock.at(day, time())) for day in scope.days}, touched),
    )


def bell_exists(bell_schedule_id: int) -> bool:
    """Whether a bell schedule has any period."""
    return BellSchedule.objects.filter(pk=bell_schedule_id, periods__isnull=False).exists()
