"""Builders of these tests: orders made and applied, and what a timetable must always hold."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import combinations

from tests.cast import Cast, Point, actor_for, point
from tests.cast import add_lesson as cast_lesson

from tongtang.alliances.models import Membership
from tongtang.curriculum.models import Subject
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Course, Lesson, Reception
from tongtang.organisations.models import Period
from tongtang.people.models import Person
from tongtang.timetable.models import ChangeOrder, LessonBase, LocalLesson, LocalMove, PublishedPlan
from tongtang.timetable.orders.actions import apply_order, make_order, preview_order
from tongtang.timetable.orders.preview import Preview
from tongtang.timetable.orders.requests import Request


def draft(cast: Cast, request: Request, reason: str = "教师外出培训") -> ChangeOrder:
    return make_order(actor=actor_for(cast.officer), alliance=cast.alliance, request=request, reason=reason)


def order(cast: Cast, request: Request, confirmed: Collection[str] = ()) -> tuple[ChangeOrder, Preview]:
    """An order that was made and tried; it holds if the preview is possible."""
    made = draft(cast, request)
    found = apply_order(actor=actor_for(cast.officer), order=made, confirmed=confirmed)
    made.refresh_from_db()
    return made, found


def agreed(cast: Cast, request: Request) -> tuple[ChangeOrder, Preview]:
    """The same by somebody who reads and confirms whatever the preview warns of."""
    made = draft(cast, request)
    found = preview_order(made, actor_for(cast.officer))
    found = apply_order(actor=actor_for(cast.officer), order=made, confirmed=wanted(found))
    made.refresh_from_db()
    return made, found


def codes(preview: Preview) -> set[str]:
    return {one.code for one in preview.reasons}


def cautions(preview: Preview) -> set[str]:
    return {one.code for one in preview.cautions}


def wanted(preview: Preview) -> list[str]:
    """What somebody confirms who has read all of the preview."""
    return [one.words for one in preview.cautions]


def teaches(who: Person, *subjects: str, cap: int | None = None) -> Person:
    """The same person with a post for these subjects, if wanted of so many lessons a week."""
    who.posts.update(subjects=list(subjects), **({} if cap is None else {"weekly_cap": cap}))
    return who


def add_lesson(cast: Cast, starts_at, points: Sequence[Point] | None = None, **changes) -> Lesson:
    """A lesson of the cast whose receptions know the period of the class's bell."""
    group = changes.pop("group", None)
    if group is not None:
        subject = changes.get("subject", Subject.objects.get(code="music"))
        changes["course"] = Course.objects.get_or_create(
            alliance=cast.alliance, source_id=group, defaults={"subject": subject, "teacher": cast.teacher}
        )[0]
    lesson = cast_lesson(cast, starts_at, points, **changes)
    number = Period.objects.filter(bell_schedule=cast.bell, starts=civil(starts_at).time()).values_list("number")
    lesson.receptions.update(period_number=number[0][0] if number else None)
    return lesson


def more_points(cast: Cast, upto: int) -> None:
    """Points until there are `upto`, all members of the alliance."""
    for number in range(len(cast.points) + 1, upto + 1):
        made = point(cast.county, cast.bell, number, 2, cast.central)
        Membership.objects.create(
            alliance=cast.alliance,
            school=made.school,
            state="active",
            applied_on=date(2020, 9, 1),
            valid_from=date(2020, 9, 1),
        )
        cast.points.append(made)


def own_lesson(one: Point, weekday: int, period: int, subject: str = "maths", teacher=None) -> LocalLesson:
    return LocalLesson.objects.create(
        home_class=one.home_class,
        weekday=weekday,
        period_number=period,
        subject_id=subject,
        teacher=teacher or one.local,
    )


def base_rows() -> tuple[list, list]:
    """The weekly base: plans and courses, whole."""
    return list(PublishedPlan.objects.order_by("pk").values()), list(Course.objects.order_by("pk").values())


def dated_rows() -> tuple[list, list, int, int]:
    """Every dated lesson and reception as it stands, and how much of orders is left on them."""
    lessons = list(Lesson.objects.order_by("pk").values())
    receptions = list(Reception.objects.order_by("pk").values())
    return lessons, receptions, LessonBase.objects.count(), LocalMove.objects.count()


def clashes() -> list[str]:
    """What is in two places at once: recomputed here from all rows, by pairs."""
    found = []
    lessons = list(Lesson.objects.filter(active=True))
    for one, other in combinations(lessons, 2):
        if one.starts_at < other.busy_until and other.starts_at < one.busy_until:
            found += ["teacher"] * (one.teacher_id is not None and one.teacher_id == other.teacher_id)
            found += ["studio"] * (one.studio_id is not None and one.studio_id == other.studio_id)
    receptions = list(Reception.objects.filter(active=True).select_related("lesson"))
    for one, other in combinations(receptions, 2):
        if one.starts_at < other.ends_at and other.starts_at < one.ends_at:
            found += ["class"] * (one.home_class_id == other.home_class_id) + ["room"] * (one.room_id == other.room_id)
    found += ["time" for one in receptions if one.starts_at != one.lesson.starts_at or not one.lesson.active]
    places = {(row.home_class_id, row.date, row.period_number) for row in receptions}
    moves = list(LocalMove.objects.select_related("local_lesson"))
    found += ["local" for row in moves if (row.home_class_id, row.to_day, row.to_period) in places]
    by_teacher = [(row.local_lesson.teacher_id, row.to_day, row.to_period) for row in moves]
    found += ["local teacher"] * (len(by_teacher) - len(set(by_teacher)))
    return found
