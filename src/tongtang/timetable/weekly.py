"""Reads of the week pages: dated lessons of a class, a teacher, a school, a county, never the weekly plan."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor, visible
from tongtang.curriculum.api import subject_name
from tongtang.foundation.clock import civil
from tongtang.lessons.api import Verb as LessonVerb
from tongtang.lessons.api import lessons_for
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import BellSchedule, HomeClass, Level, ReceivingRoom, Region, School, Studio, Term
from tongtang.people.models import Person
from tongtang.timetable.grid import Slot, without_replaced
from tongtang.timetable.models import LocalLesson
from tongtang.timetable.orders.world import rings_in_force
from tongtang.timetable.own_lessons import own_lessons
from tongtang.timetable.policies import CLASSES, COUNTIES, LESSONS, SCHOOLS, TEACHERS, Verb
from tongtang.timetable.queries import minutes_of
from tongtang.timetable.weeks import Week

DAY_END = 24 * 60
OWN, OWN_MOVED = "own", "own_moved"
Days = tuple[date, date]
"""First and last day, both inside."""
# A reception that was taken back: the last one of a lesson that is cancelled as a whole, not what a move left behind.
SHOWN = Q(active=True) | Q(lesson__active=False, starts_at=F("lesson__starts_at"))


@dataclass(frozen=True)
class Entry:
    """A dated lesson as one page shows it; `classes` is None where the entry is about one class.

    What the class's own school teaches is no lesson that could be opened: `lesson_id` is 0, `origin` OWN or OWN_MOVED,
    `public_id` the name of `own_lessons`.
    """

    lesson_id: int
    public_id: UUID
    day: date
    subject: str
    title: str
    state: str
    origin: str
    starts_at: datetime
    ends_at: datetime
    whose: Hashable
    teacher: str = ""
    school: str = ""
    studio: str = ""
    home_class: str = ""
    room: int | None = None
    classes: int | None = None
    recorded: bool = False
    facilitator: str = ""
    every_weeks: int = 1

    @property
    def own(self) -> bool:
        """Taught by the class's own school."""
        return not self.lesson_id

    @property
    def cancelled(self) -> bool:
        return self.state == Lesson.State.CANCELLED

    @property
    def name(self) -> str:
        return subject_name(self.subject)


def class_for(actor: Actor, public_id: UUID) -> HomeClass:
    """A class whose week the actor may see, else 404."""
    rows = visible(HomeClass.objects.select_related("school"), actor, CLASSES[Verb.SEE_CLASS_WEEK])
    return get_object_or_404(rows, public_id=public_id)


def teacher_for(actor: Actor, public_id: UUID) -> Person:
    """A teacher whose week the actor may see, else 404."""
    return get_object_or_404(teachers_for(actor), public_id=public_id)


def teachers_for(actor: Actor) -> QuerySet[Person]:
    """People whose week the actor may see."""
    return visible(Person.objects.all(), actor, TEACHERS[Verb.SEE_TEACHER_WEEK])


def person_of(actor: Actor) -> Person:
    """The person who asks; only for one who is signed in."""
    if actor.person_id is None:
        raise Http404
    return Person.objects.get(pk=actor.person_id)


def school_for(actor: Actor, public_id: UUID, verb: Verb = Verb.SEE_SCHOOL_WEEK) -> School:
    """A school whose week (or wall) the actor may see, else 404."""
    return get_object_or_404(schools_for(actor, verb), public_id=public_id)


def schools_for(actor: Actor, verb: Verb = Verb.SEE_SCHOOL_WEEK) -> QuerySet[School]:
    """Schools to which the actor may do `verb`."""
    rows = School.objects.select_related("bell_schedule").order_by("source_id")
    return visible(rows, actor, SCHOOLS[verb])


def room_for(actor: Actor, public_id: UUID) -> ReceivingRoom:
    """A receiving room of a school whose week the actor may see, else 404."""
    rows = ReceivingRoom.objects.select_related("school").filter(school__in=schools_for(actor))
    return get_object_or_404(rows, public_id=public_id)


def studio_for(actor: Actor, public_id: UUID) -> Studio:
    """A studio of a school whose week the actor may see, else 404."""
    rows = Studio.objects.select_related("school").filter(school__in=schools_for(actor))
    return get_object_or_404(rows, public_id=public_id)


def counties_for(actor: Actor) -> QuerySet[Region]:
    """Counties with schools whose unified timetable the actor may see."""
    rows = Region.objects.filter(level=Level.COUNTY, code__in=School.objects.values("region_code"))
    return visible(rows, actor, COUNTIES[Verb.SEE_COUNTY_WEEK]).order_by("code")


def county_for(actor: Actor, code: int) -> Region:
    """A county of `counties_for`, else 404."""
    return get_object_or_404(counties_for(actor), code=code)


def entry_of(row: Reception, whose: Hashable) -> Entry:
    """A reception with its lesson, teacher, school, class and room selected."""
    lesson = row.lesson
    return Entry(
        lesson.pk,
        lesson.public_id,
        row.date,
        lesson.subject_id,
        lesson.title,
        lesson.state,
        lesson.origin,
        row.starts_at,
        row.ends_at,
        whose,
        teacher=_teacher_of(lesson),
        school=lesson.school.name,
        home_class=row.home_class.name,
        room=row.room.number,
        recorded=lesson.recorded,
        facilitator=row.facilitator.name if row.facilitator else "",
    )


def entry_of_lesson(row: Lesson, whose: Hashable, classes: int) -> Entry:
    return Entry(
        row.pk,
        row.public_id,
        row.date,
        row.subject_id,
        row.title,
        row.state,
        row.origin,
        row.starts_at,
        row.ends_at,
        whose,
        teacher=_teacher_of(row),
        school=row.school.name,
        studio=row.studio.name if row.studio else "",
        classes=classes,
        recorded=row.recorded,
    )


def _teacher_of(lesson: Lesson) -> str:
    """Who teaches; in a recorded lesson who is seen."""
    seen = lesson.shows if lesson.recorded else lesson
    return seen.teacher.name if seen and seen.teacher else ""


def _receptions(days: Days) -> QuerySet[Reception]:
    rows = Reception.objects.filter(SHOWN, date__range=days, lesson__is_demo=False)
    rows = rows.select_related(
        "lesson__teacher", "lesson__shows__teacher", "lesson__school", "home_class", "room", "facilitator"
    )
    return rows.order_by("starts_at", "pk")


def _lessons(days: Days) -> QuerySet[Lesson]:
    rows = Lesson.objects.filter(date__range=days, is_demo=False)
    return rows.select_related("teacher", "shows__teacher", "school", "studio").order_by("starts_at", "pk")


def _once(entries: Iterable[Entry]) -> list[Entry]:
    """A lesson that was moved and cancelled has several old receptions of one class at one time."""
    return list({(one.lesson_id, one.whose): one for one in entries}.values())


def class_entries(home_class: HomeClass, days: Days) -> list[Entry]:
    """What a class receives and what its own school teaches it, in the order of time."""
    received = _once(entry_of(row, row.home_class_id) for row in _receptions(days).filter(home_class=home_class))
    own = _own_entries(Q(home_class=home_class), days, lambda row: row.home_class_id)
    return sorted([*received, *own], key=lambda one: one.starts_at)


def teacher_entries(person: Person, days: Days) -> list[Entry]:
    """What a teacher teaches to receivers and to classes of the own school, and the classes to be beside."""
    taught = _taught(_lessons(days).filter(teacher=person), lambda row: row.teacher_id)
    beside = _once(entry_of(row, ("class", row.home_class_id)) for row in _receptions(days).filter(facilitator=person))
    return [*taught, *beside, *_own_entries(Q(teacher=person), days, lambda row: row.teacher_id)]


def school_entries(school: School, days: Days) -> list[Entry]:
    """What a school's classes receive, and what is taught from its studios: what its calendar tells.

    What it teaches itself would be ten thousand events a half-year; classes and teachers have calendars with theirs.
    """
    received = _once(entry_of(row, ("class", row.home_class_id)) for row in _receptions(days).filter(school=school))
    return [*received, *_taught(_lessons(days).filter(school=school), lambda row: ("teacher", row.teacher_id))]


def room_entries(room: ReceivingRoom, days: Days) -> list[Entry]:
    """What is received in a room."""
    return _once(entry_of(row, row.home_class_id) for row in _receptions(days).filter(room=room))


def studio_entries(studio: Studio, days: Days) -> list[Entry]:
    """What is taught from a studio."""
    return _taught(_lessons(days).filter(studio=studio), lambda row: row.teacher_id)


def _taught(lessons: QuerySet[Lesson], whose: Callable[[Lesson], Hashable]) -> list[Entry]:
    rows = lessons.filter(recorded=False).annotate(received=Count("receptions", filter=Q(receptions__active=True)))
    return [entry_of_lesson(row, whose(row), row.received) for row in rows]


def _own_entries(which: Q, days: Days, whose: Callable[[LocalLesson], Hashable]) -> list[Entry]:
    return [
        Entry(
            0,
            one.name,
            one.day,
            one.lesson.subject_id,
            "",
            Lesson.State.PLANNED,
            OWN_MOVED if one.moved else OWN,
            one.starts_at,
            one.ends_at,
            whose(one.lesson),
            teacher=one.lesson.teacher.name if one.lesson.teacher else "",
            school=one.lesson.home_class.school.name,
            home_class=one.lesson.home_class.name,
        )
        for one in own_lessons(which, days)
    ]


def class_week(home_class: HomeClass, week: Week) -> list[Entry]:
    return class_entries(home_class, (week.monday, week.sunday))


def teacher_week(person: Person, week: Week) -> list[Entry]:
    return teacher_entries(person, (week.monday, week.sunday))


def school_lessons(school: School, days: Days) -> list[Entry]:
    """`school_entries`, and what the school itself teaches its present classes."""
    own = _own_entries(Q(home_class__school=school, home_class__ended_on=None), days, _class_of)
    return [*school_entries(school, days), *own]


def _class_of(row: LocalLesson) -> Hashable:
    return "class", row.home_class_id


def school_week(school: School, week: Week) -> list[Entry]:
    return school_lessons(school, (week.monday, week.sunday))


@dataclass(frozen=True)
class Choice:
    """The filters of the unified timetable; None or "" = all. `township` is a division code, `school` a public id."""

    subject: str = ""
    grade: int | None = None
    township: int | None = None
    school: UUID | None = None

    @property
    def of_classes(self) -> bool:
        return self.grade is not None or self.township is not None or self.school is not None


@dataclass(frozen=True)
class CountyWeek:
    """The unified timetable after its filters, and what the filters may offer."""

    entries: list[Entry]
    lessons: int
    receptions: int
    subjects: list[str]
    schools: list[School]
    townships: list[Region]


def county_week(actor: Actor, county: Region, week: Week, choice: Choice) -> CountyWeek:
    """The dated lessons taught or received in the county, each with how many of the chosen classes receive it."""
    inside = Q(region_code__range=county.span) | Q(receptions__region_code__range=county.span)
    may = visible(Lesson.objects.filter(inside), actor, LESSONS[Verb.SEE_UNIFIED])
    rows = list(_lessons((week.monday, week.sunday)).filter(pk__in=may.values("pk")))
    counts, schools = _classes_of(rows, choice)
    chosen = [
        row for row in rows if choice.subject in ("", row.subject_id) and (counts[row.pk] or not choice.of_classes)
    ]
    standing = [row for row in chosen if row.active]
    townships = {school.township for school in schools if school.township is not None}
    return CountyWeek(
        entries=[entry_of_lesson(row, row.teacher_id, counts[row.pk]) for row in chosen],
        lessons=sum(not row.recorded for row in standing),
        receptions=sum(counts[row.pk] for row in standing),
        subjects=sorted({row.subject_id for row in rows}),
        schools=sorted(schools, key=lambda school: school.source_id),
        townships=sorted(townships, key=lambda township: township.code),
    )


def _classes_of(lessons: Sequence[Lesson], choice: Choice) -> tuple[dict[int, int], set[School]]:
    """Numbers of receiving classes that match the choice by lesson, and all schools that receive. One query."""
    counts: dict[int, int] = defaultdict(int)
    schools: set[School] = set()
    rows = Reception.objects.filter(active=True, lesson__in=[row.pk for row in lessons])
    for row in rows.select_related("home_class", "school__township"):
        schools.add(row.school)
        counts[row.lesson_id] += (
            choice.grade in (None, *row.home_class.grades)
            and choice.township in (None, row.school.township_id)
            and choice.school in (None, row.school.public_id)
        )
    return counts, schools


def openable(actor: Actor, entries: Iterable[Entry]) -> set[int]:
    """Ids of those lessons whose page the actor may open. One query."""
    wanted = [one.lesson_id for one in entries]
    return set(lessons_for(actor, LessonVerb.VIEW).filter(pk__in=wanted).values_list("pk", flat=True))


def slots_of(entries: Sequence[Entry]) -> dict[date, list[Slot[Entry]]]:
    """Entries by day in minutes of the day, without what was cancelled and replaced at the same time."""
    found: dict[date, list[Slot[Entry]]] = defaultdict(list)
    by_day: dict[date, list[tuple[Slot[Entry], Hashable]]] = defaultdict(list)
    for one in entries:
        start, end = minutes_of(civil(one.starts_at).time()), minutes_of(civil(one.ends_at).time())
        by_day[one.day].append((Slot(start, end if end > start else DAY_END, one), one.whose))
    for day, slots in by_day.items():
        standing = [(slot, whose) for slot, whose in slots if not slot.item.cancelled]
        cancelled = [(slot, whose) for slot, whose in slots if slot.item.cancelled]
        found[day] = [*(slot for slot, _whose in standing), *without_replaced(standing, cancelled)]
    return found


def term_of(county_code: int, week: Week) -> Term | None:
    """The county's term that holds a day of the week."""
    terms = Term.objects.filter(county_code=county_code, ended_on=None)
    return terms.filter(first_day__lte=week.sunday, last_day__gte=week.monday).order_by("first_day").first()


@dataclass(frozen=True)
class Bell:
    """A bell schedule and how many of the page's schools ring it; `days`: by order, on these days only."""

    schedule: BellSchedule
    schools: int
    days: Days | None = None


def bells_of(schools: Q, week: Week) -> list[Bell]:
    """The bell schedules that the schools which `schools` reaches ring in the week: the most used first, orders' last.

    A school that rings other bells from Monday to Friday rings its usual ones not at all.
    """
    own = dict(School.objects.filter(schools).values_list("pk", "bell_schedule_id"))
    usual = dict(own)
    dated: dict[tuple[int, Days], set[int]] = defaultdict(set)
    for ring in rings_in_force(own, week.monday, week.sunday):
        days = max(ring.first_day, week.monday), min(ring.last_day, week.sunday)
        dated[ring.bell_schedule_id, days].add(ring.school_id)
        if days[0] == week.monday and days[1] >= week.friday:
            usual.pop(ring.school_id, None)
    used = Counter(usual.values())
    rows = BellSchedule.objects.filter(pk__in={*used, *(bell for bell, _days in dated)}).prefetch_related("periods")
    known = {row.pk: row for row in rows}
    ordinary = [Bell(known[key], count) for key, count in used.items()]
    ordered = [Bell(known[key], len(ringing), days) for (key, days), ringing in dated.items()]
    return [
        *sorted(ordinary, key=lambda one: (-one.schools, one.schedule.source_id)),
        *sorted(ordered, key=lambda one: (one.days or (), one.schedule.source_id)),
    ]
