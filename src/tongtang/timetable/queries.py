"""Reads of the timetable: the county as the pure engine sees it, and what is published."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, time

from django.db.models import Q, QuerySet

from tongtang.alliances.models import Alliance
from tongtang.foundation.clock import civil
from tongtang.lessons.models import EvidenceKind, Lesson, Reception
from tongtang.organisations.api import state_holidays
from tongtang.organisations.models import BellSchedule, CalendarDay, HomeClass, ReceivingRoom, School, Studio, Term
from tongtang.people.models import Person, Post
from tongtang.timetable.models import (
    ClassBlock,
    Facilitator,
    LocalLesson,
    PlanRule,
    Recordable,
    Requirement,
    TeacherUnavailability,
)
from tongtang.timetable.solver import model
from tongtang.timetable.solver.expand import DatedLesson, DatedReception


def minutes_of(wall: time) -> int:
    """Minutes since midnight."""
    return wall.hour * 60 + wall.minute


def _bells(county_code: int) -> dict[str, model.BellSchedule]:
    rows = BellSchedule.objects.filter(county_code=county_code, ended_on=None).prefetch_related("periods")
    return {
        bell.source_id: model.BellSchedule(
            bell.source_id,
            tuple(model.Period(p.number, minutes_of(p.starts), minutes_of(p.ends)) for p in bell.periods.all()),
        )
        for bell in rows
    }


def _schools(county_code: int) -> dict[str, model.School]:
    rows = School.objects.filter(county_code=county_code, ended_on=None).select_related("bell_schedule")
    return {
        school.source_id: model.School(
            school.source_id,
            school.bell_schedule.source_id,
            school.receiving_rooms.filter(ended_on=None).count(),
            school.max_streams,
        )
        for school in rows
    }


def _classes(county_code: int) -> dict[str, model.SchoolClass]:
    blocks: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for home_class, weekday, period in ClassBlock.objects.filter(home_class__county_code=county_code).values_list(
        "home_class", "weekday", "period_number"
    ):
        blocks[home_class].add((weekday, period))
    return {
        row.source_id: model.SchoolClass(
            row.source_id, row.school.source_id, tuple(row.grades), row.pupil_count, frozenset(blocks[row.pk])
        )
        for row in HomeClass.objects.filter(county_code=county_code, ended_on=None).select_related("school")
    }


def _teachers(county_code: int) -> dict[str, model.Teacher]:
    away: dict[int, list[model.Unavailability]] = defaultdict(list)
    for row in TeacherUnavailability.objects.filter(person__county_code=county_code):
        away[row.person_id].append(model.Unavailability(row.weekday, minutes_of(row.starts), minutes_of(row.ends)))
    posts = Post.objects.filter(person__county_code=county_code, person__ended_on=None, valid_to=None)
    subjects: dict[Person, set[str]] = defaultdict(set)
    caps: dict[Person, int] = defaultdict(int)
    for post in posts.select_related("person"):
        subjects[post.person] |= set(post.subjects)
        caps[post.person] += post.weekly_cap
    return {
        person.source_id: model.Teacher(
            person.source_id, frozenset(subjects[person]), caps[person], tuple(away[person.pk])
        )
        for person in subjects
    }


def _facilitators(county_code: int, known: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Whoever has no post any more is beside nobody: a school that named only such people has none."""
    found: dict[str, tuple[str, ...]] = {}
    rows = Facilitator.objects.filter(school__county_code=county_code, school__ended_on=None)
    for school, person in rows.order_by("person__source_id").values_list("school__source_id", "person__source_id"):
        found[school] = found.get(school, ()) + ((person,) if person in known else ())
    return found


def grade_bands(text: str) -> tuple[model.GradeBand, ...]:
    """`1-2|3-4` as ((1, 2), (3, 4))."""
    pairs = [part.split("-") for part in text.split("|") if part]
    return tuple((int(pair[0]), int(pair[-1])) for pair in pairs)


def rules_of(county_code: int) -> model.Rules:
    """The rules of a county's rules.csv.

    Raises:
        KeyError: the county was loaded without a rule that plans need.
    """
    found = dict(PlanRule.objects.filter(county_code=county_code).values_list("rule", "value"))
    return model.Rules(
        lesson_minutes=int(found["lesson_minutes"]),
        start_tolerance_minutes=int(found["start_tolerance_minutes"]),
        changeover_minutes=int(found["changeover_minutes"]),
        limits=model.Limits(
            int(found["max_classes_per_broadcast"]),
            int(found["max_pupils_per_broadcast"]),
            grade_bands(found["grade_bands"]),
        ),
        same_subject_per_class_and_day=int(found["same_subject_per_class_and_day"]),
        group_is_stable=found["group_is_stable"] == "1",
    )


def plan_county(county_code: int) -> model.County:
    """The whole county as the checker of plans sees it.

    Without own lessons: which of them a published plan meets is told of its dated lessons (`own_clashes`), since orders
    may have moved some away.
    """
    requirements = Requirement.objects.filter(home_class__county_code=county_code, home_class__ended_on=None)
    teachers = _teachers(county_code)
    return model.County(
        bells=_bells(county_code),
        schools=_schools(county_code),
        classes=_classes(county_code),
        teachers=teachers,
        studios={
            studio.source_id: model.Studio(studio.source_id, studio.school.source_id)
            for studio in Studio.objects.filter(county_code=county_code, ended_on=None).select_related("school")
        },
        requirements=tuple(
            model.Requirement(*row)
            for row in requirements.order_by("pk").values_list(
                "home_class__source_id", "subject_id", "lessons_per_week", "every_weeks"
            )
        ),
        rules=rules_of(county_code),
        facilitators=_facilitators(county_code, teachers),
        recordable={
            (class_id, subject): lessons
            for class_id, subject, lessons in Recordable.objects.filter(
                home_class__county_code=county_code, home_class__ended_on=None
            ).values_list("home_class__source_id", "subject_id", "lessons_per_week")
        },
    )


def own_lessons_of(county_code: int) -> dict[model.OwnPlace, tuple[str, str]]:
    """What schools teach their present classes themselves, as the search for plans takes it."""
    rows = LocalLesson.objects.filter(home_class__county_code=county_code, home_class__ended_on=None)
    places = rows.values_list("home_class__source_id", "weekday", "period_number", "subject_id", "teacher__source_id")
    return {
        (class_id, weekday, period): (subject, teacher or "") for class_id, weekday, period, subject, teacher in places
    }


def calendar_of(county_code: int, first: date, last: date) -> Mapping[date, int | None]:
    """The days of [first, last] that depart from the week; a make-up day without a weekday holds no lesson.

    A county's own calendar decides for each of its days; elsewhere the state's holidays stand.
    """
    days: dict[date, int | None] = dict.fromkeys(state_holidays(first, last))
    rows = CalendarDay.objects.filter(county_code=county_code).values_list("date", "kind", "as_weekday")
    return days | {day: as_weekday if kind == CalendarDay.Kind.MAKE_UP else None for day, kind, as_weekday in rows}


def term_on(county_code: int, day: date) -> Term | None:
    """The term that a plan published for `day` belongs to: the first that has not ended by then."""
    terms = Term.objects.filter(county_code=county_code, ended_on=None, last_day__gte=day)
    return terms.order_by("first_day").first()


def published_lessons(alliance: Alliance, term: Term) -> dict[tuple[str, date, int], Lesson]:
    """The alliance's dated lessons of the weekly plan in a term, by the engine's key.

    A lesson that somebody cancelled belongs to the plan: publishing again does not bring it back.
    """
    planned = Lesson.objects.filter(
        Q(active=True) | Q(receptions__evidence__kind=EvidenceKind.CANCELLED),
        origin=Lesson.Origin.PLAN,
        alliance=alliance,
        date__range=(term.first_day, term.last_day),
    )
    rows = planned.select_related("course", "teacher", "studio", "base").distinct().order_by("active", "pk")
    return {
        (row.course.source_id, moment.date(), minutes_of(moment.time())): row
        for row in rows
        if row.course
        for moment in [civil(_planned_start(row))]
    }


def _planned_start(lesson: Lesson) -> datetime:
    """When the plan has the lesson, whatever orders stand on it."""
    return datetime.fromisoformat(lesson.base.values["starts_at"]) if hasattr(lesson, "base") else lesson.starts_at


def dated(lessons: Mapping[tuple[str, date, int], Lesson]) -> list[DatedLesson]:
    """Published lessons in the engine's form, as the plan has them: without the orders that stand on them."""
    receptions: dict[int, list[DatedReception]] = defaultdict(list)
    ordered = {lesson.pk: lesson.base.values for lesson in lessons.values() if hasattr(lesson, "base")}
    seats = {key: (room, period) for values in ordered.values() for key, room, period in values["seats"]}
    numbers = dict(
        ReceivingRoom.objects.filter(pk__in=[room for room, _ in seats.values()]).values_list("pk", "number")
    )
    rows = Reception.objects.filter(
        Q(active=True) | Q(evidence__kind=EvidenceKind.CANCELLED) | Q(pk__in=seats),
        lesson__in=[lesson.pk for lesson in lessons.values()],
    )
    for key, lesson, class_id, school_id, period, room in (
        rows.distinct()
        .order_by("pk")
        .values_list("pk", "lesson_id", "home_class__source_id", "school__source_id", "period_number", "room__number")
    ):
        if key in seats:
            period, room = seats[key][1], numbers[seats[key][0]]
        receptions[lesson].append(DatedReception(class_id, school_id, period or 0, room))
    people = _source_ids(Person.objects.all(), [values["teacher"] for values in ordered.values()])
    studios = _source_ids(Studio.objects.all(), [values["studio"] for values in ordered.values()])
    found = []
    for (group, day, start), row in lessons.items():
        values = ordered.get(row.pk)
        length = values["length"] // 60 if values else int((row.ends_at - row.starts_at).total_seconds()) // 60
        teacher = row.teacher.source_id if row.teacher else ""
        studio = row.studio.source_id if row.studio else ""
        found.append(
            DatedLesson(
                group_id=group,
                day=day,
                start=start,
                end=start + length,
                subject=row.subject_id,
                teacher_id=people.get(values["teacher"], "") if values else teacher,
                studio_id=studios.get(values["studio"], "") if values else studio,
                receptions=tuple(receptions[row.pk]),
                alliance_id=str(row.alliance_id),
            )
        )
    return found


def _source_ids(rows: QuerySet[Person] | QuerySet[Studio], keys: Collection[int | None]) -> dict[int, str]:
    return dict(rows.filter(pk__in=[key for key in keys if key]).values_list("pk", "source_id"))
