"""The week of an alliance across schools with different bells: what is taught, who receives, where the bells meet."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor, visible
from tongtang.alliances.api import members_of
from tongtang.alliances.models import Alliance
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import BellSchedule, School
from tongtang.people.models import Person
from tongtang.timetable.models import LessonBase, PlanRule
from tongtang.timetable.orders.patches import base_of
from tongtang.timetable.orders.world import rings_in_force
from tongtang.timetable.policies import ALLIANCES, Verb
from tongtang.timetable.queries import minutes_of
from tongtang.timetable.solver import model
from tongtang.timetable.solver.fit import fitting_periods
from tongtang.timetable.weekly import Bell, Entry, entry_of_lesson
from tongtang.timetable.weeks import Week

LESSON_MINUTES = 40
GHOST, AIM = "moved_from", "moved_to"
"""States of entries where a lesson was before it was moved, and where an order that is not applied would put it."""
Ringing = Mapping[tuple[int, date], model.BellSchedule]
"""What each school rings on each day; the id of a schedule is its key."""


def alliances_for(actor: Actor) -> QuerySet[Alliance]:
    """Alliances whose week the actor may see."""
    rows = Alliance.objects.select_related("anchor_school").order_by("name", "pk")
    return visible(rows, actor, ALLIANCES[Verb.SEE_ALLIANCE_WEEK])


def alliance_for(actor: Actor, public_id: UUID) -> Alliance:
    """One of `alliances_for`, else 404."""
    return get_object_or_404(alliances_for(actor), public_id=public_id)


@dataclass(frozen=True)
class Chosen:
    """The filters of an alliance's week; None or "" = all. Teacher and school by public id."""

    subject: str = ""
    grade: int | None = None
    teacher: UUID | None = None
    school: UUID | None = None

    @property
    def any(self) -> bool:
        return self != Chosen()


@dataclass(frozen=True)
class BellView:
    """The bells of a week: columns, common windows of each day (minute, minutes), periods that share one."""

    bells: list[Bell]
    windows: Mapping[date, list[tuple[int, int]]]
    shared: frozenset[tuple[int, int]]


@dataclass(frozen=True)
class AllianceWeek:
    """A week after its filters.

    `misfits`: by lesson, how many of its classes have no period at its time; `moved_to`: by lesson that left its place
    (`ghosts`), when it is held now.
    """

    entries: list[Entry]
    lessons: int
    receptions: int
    classes: int
    misfits: Mapping[int, int]
    ghosts: list[Entry]
    moved_to: Mapping[int, datetime]
    bells: BellView
    subjects: list[str]
    teachers: list[Person]
    schools: list[School]


def _rung(schools: Sequence[School], days: Sequence[date]) -> Ringing:
    own = {school.pk: school.bell_schedule_id for school in schools}
    rings = rings_in_force(list(own), days[0], days[-1])
    keys = {*own.values(), *(ring.bell_schedule_id for ring in rings)}
    rows = BellSchedule.objects.filter(pk__in=keys).prefetch_related("periods")
    known = {row.pk: _schedule(row) for row in rows}
    rung = {(school, day): known[bell] for school, bell in own.items() for day in days}
    for ring in rings:
        for day in days:
            if ring.first_day <= day <= ring.last_day:
                rung[ring.school_id, day] = known[ring.bell_schedule_id]
    return rung


def _schedule(row: BellSchedule) -> model.BellSchedule:
    periods = (model.Period(one.number, minutes_of(one.starts), minutes_of(one.ends)) for one in row.periods.all())
    return model.BellSchedule(str(row.pk), tuple(periods))


def common_starts(bells: Iterable[model.BellSchedule], tolerance: int) -> list[int]:
    """The starts of any of the bells that fit one period of each of them, in minutes of the day."""
    every = list(bells)
    starts = sorted({period.start for bell in every for period in bell.periods})
    return [start for start in starts if all(len(fitting_periods(bell, start, tolerance)) == 1 for bell in every)]


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """(minute, minutes) of spans given as (start, end), those that touch as one."""
    found: list[list[int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return [(start, end - start) for start, end in found]


def _bell_view(rung: Ringing, days: Sequence[date], tolerance: int, minutes: int) -> BellView:
    windows, shared, used = {}, set(), Counter[str]()
    for day in days:
        bells = {bell.bell_id: bell for (_school, on), bell in rung.items() if on == day}
        starts = common_starts(bells.values(), tolerance)
        windows[day] = merged((start, start + minutes) for start in starts)
        for bell in bells.values():
            fitting = (period for start in starts for period in fitting_periods(bell, start, tolerance))
            shared |= {(int(bell.bell_id), period.number) for period in fitting}
        used |= Counter(bell.bell_id for (_school, on), bell in rung.items() if on == day)
    rows = BellSchedule.objects.filter(pk__in=[int(key) for key in used]).prefetch_related("periods")
    columns = [Bell(row, used[str(row.pk)]) for row in rows]
    columns.sort(key=lambda one: (-one.schools, one.schedule.source_id))
    return BellView(columns, windows, frozenset(shared))


def _rule(county: int, name: str, otherwise: int) -> int:
    value = PlanRule.objects.filter(county_code=county, rule=name).values_list("value", flat=True).first()
    return otherwise if value is None else int(value)


def _lessons(alliance: Alliance, week: Week) -> list[Lesson]:
    rows = Lesson.objects.filter(alliance=alliance, date__range=(week.monday, week.sunday), is_demo=False)
    return list(rows.select_related("teacher", "school", "studio").order_by("starts_at", "pk"))


def _received(lessons: Sequence[Lesson]) -> dict[int, list[Reception]]:
    rows = Reception.objects.filter(active=True, lesson__in=lessons).select_related("home_class", "school")
    found: dict[int, list[Reception]] = defaultdict(list)
    for row in rows:
        found[row.lesson_id].append(row)
    return found


def _fits(chosen: Chosen, lesson: Lesson, rows: Sequence[Reception]) -> bool:
    if chosen.subject not in ("", lesson.subject_id):
        return False
    if chosen.teacher is not None and (lesson.teacher is None or lesson.teacher.public_id != chosen.teacher):
        return False
    if chosen.grade is None and chosen.school is None:
        return True
    return any(
        chosen.grade in (None, *row.home_class.grades) and chosen.school in (None, row.school.public_id) for row in rows
    )


def _misfits(lesson: Lesson, rows: Sequence[Reception], rung: Ringing, tolerance: int) -> int:
    wall = civil(lesson.starts_at)
    start = minutes_of(wall.time())
    heard = [rung[row.school_id, wall.date()] for row in rows if (row.school_id, wall.date()) in rung]
    return sum(len(fitting_periods(bell, start, tolerance)) != 1 for bell in heard)


def _ghosts(alliance: Alliance, week: Week, chosen: Chosen) -> list[tuple[Entry, datetime]]:
    """The places in the plan of the week that lessons left under an order, each with when its lesson is held now."""
    rows = LessonBase.objects.filter(
        lesson__alliance=alliance,
        lesson__changes__order__first_day__lte=week.sunday,
        lesson__changes__order__last_day__gte=week.monday,
    )
    left = {}
    for row in rows.select_related("lesson__teacher", "lesson__school", "lesson__studio").distinct():
        base, lesson = base_of(row.values), row.lesson
        day = civil(base.starts_at).date()
        if lesson.active and base.starts_at != lesson.starts_at and week.monday <= day <= week.sunday:
            left[lesson] = base.starts_at
    received = _received(list(left)) if left else {}
    found = []
    for lesson, starts_at in left.items():
        heard = received.get(lesson.pk, [])
        if _fits(chosen, lesson, heard):
            entry = entry_of_lesson(lesson, lesson.pk, len(heard))
            found.append((at_time(entry, starts_at, GHOST), lesson.starts_at))
    return found


def at_time(entry: Entry, starts_at: datetime, state: str) -> Entry:
    """The same lesson drawn at another time."""
    length = entry.ends_at - entry.starts_at
    day = civil(starts_at).date()
    return replace(
        entry, starts_at=starts_at, ends_at=starts_at + length, day=day, state=state, whose=(state, entry.lesson_id)
    )


def week_of_alliance(alliance: Alliance, week: Week, chosen: Chosen, days: Sequence[date]) -> AllianceWeek:
    """The dated lessons of the alliance in the week, each with how many of its classes fit the filters."""
    county = alliance.anchor_school.county_code
    tolerance = _rule(county, "start_tolerance_minutes", 0)
    rows = _lessons(alliance, week)
    received = _received(rows)
    schools = {one.school_id: one.school for heard in received.values() for one in heard}
    schools |= {school.pk: school for school in members_of(alliance, week.monday)}
    rung = _rung(list(schools.values()), days)
    shown = [row for row in rows if _fits(chosen, row, received[row.pk])]
    standing = [row for row in shown if row.active]
    counts = {row.pk: len(received[row.pk]) for row in shown}
    misfits = {row.pk: _misfits(row, received[row.pk], rung, tolerance) for row in standing}
    teachers = {row.teacher for row in rows if row.teacher is not None}
    ghosts = _ghosts(alliance, week, chosen)
    return AllianceWeek(
        entries=[entry_of_lesson(row, row.pk, counts[row.pk]) for row in shown],
        lessons=len(standing),
        receptions=sum(counts[row.pk] for row in standing),
        classes=len({one.home_class_id for heard in received.values() for one in heard}),
        misfits={key: count for key, count in misfits.items() if count},
        ghosts=[entry for entry, _held in ghosts],
        moved_to={entry.lesson_id: held for entry, held in ghosts},
        bells=_bell_view(rung, days, tolerance, _rule(county, "lesson_minutes", LESSON_MINUTES)),
        subjects=sorted({row.subject_id for row in rows}),
        teachers=sorted(teachers, key=lambda one: one.source_id),
        schools=sorted(schools.values(), key=lambda one: one.source_id),
    )
