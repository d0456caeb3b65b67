"""Reads of slides and scripts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor, can, visible
from tongtang.lessons.api import Verb as LessonVerb
from tongtang.lessons.api import lesson_for as viewed_lesson_for
from tongtang.lessons.api import lessons_for
from tongtang.lessons.models import Lesson
from tongtang.preparation.models import Courseware, ScriptStep, Slide
from tongtang.preparation.policies import LESSONS, Verb

AHEAD = timedelta(days=14)
LISTED = 60


def lesson_to_prepare_for(actor: Actor, public_id: UUID) -> Lesson:
    """A lesson that `actor` may prepare.

    Raises:
        Http404: there is none, or none that the actor may prepare.
    """
    return get_object_or_404(visible(Lesson.objects.all(), actor, LESSONS[Verb.PREPARE]), public_id=public_id)


def lesson_to_view_for(actor: Actor, public_id: UUID) -> Lesson:
    """A lesson whose slides and script `actor` may see; 404 as in `lesson_to_prepare_for`."""
    return viewed_lesson_for(actor, LessonVerb.VIEW, public_id)


def may_prepare(actor: Actor, lesson: Lesson) -> bool:
    """Whether `actor` may change the slides and the script of `lesson`."""
    return can(actor, LESSONS[Verb.PREPARE], lesson)


def lessons_to_prepare_for(actor: Actor, now: datetime) -> QuerySet[Lesson]:
    """The actor's lessons of the next fortnight, with `slide_count` and `script_minutes` (None where missing)."""
    mine = visible(Lesson.objects.filter(active=True), actor, LESSONS[Verb.PREPARE]).values("pk")
    ready = Courseware.objects.filter(lesson=OuterRef("pk"), state=Courseware.State.READY).values("lesson")
    steps = ScriptStep.objects.filter(lesson=OuterRef("pk")).order_by().values("lesson")
    return (
        Lesson.objects.filter(pk__in=mine, ends_at__gt=now, starts_at__lt=now + AHEAD)
        .select_related("subject")
        .annotate(
            slide_count=Subquery(ready.annotate(total=Sum("pages")).values("total")),
            script_minutes=Subquery(steps.annotate(total=Sum("minutes")).values("total")),
        )
        .order_by("starts_at")[:LISTED]
    )


def courseware_of(lesson: Lesson) -> list[Courseware]:
    """Uploads of a lesson in their order."""
    return list(Courseware.objects.filter(lesson=lesson).order_by("uploaded_at", "pk"))


def slides_of(lesson: Lesson) -> list[Slide]:
    """The slides of a lesson in their order: upload after upload; empty where none is ready."""
    ready = Slide.objects.filter(courseware__lesson=lesson, courseware__state=Courseware.State.READY)
    return list(ready.order_by("courseware__uploaded_at", "courseware", "number"))


def steps_of(lesson: Lesson) -> list[ScriptStep]:
    """The script of a lesson in its order."""
    return list(ScriptStep.objects.filter(lesson=lesson).order_by("number"))


def script_minutes(steps: Sequence[ScriptStep]) -> int:
    """The sum of the steps' minutes."""
    return sum(step.minutes for step in steps)


def slide_for(actor: Actor, public_id: UUID) -> Slide:
    """A slide of a lesson that `actor` may view; 404 as in `lesson_to_prepare_for`."""
    lessons = lessons_for(actor, LessonVerb.VIEW).values("pk")
    return get_object_or_404(Slide.objects.filter(courseware__lesson__in=lessons), public_id=public_id)


def courseware_to_prepare_for(actor: Actor, public_id: UUID) -> Courseware:
    """An upload to a lesson that `actor` may prepare; 404 as in `lesson_to_prepare_for`."""
    lessons = visible(Lesson.objects.all(), actor, LESSONS[Verb.PREPARE]).values("pk")
    rows = Courseware.objects.filter(lesson__in=lessons).select_related("lesson")
    return get_object_or_404(rows, public_id=public_id)


def step_to_prepare_for(actor: Actor, public_id: UUID) -> ScriptStep:
    """A step of the script of a lesson that `actor` may prepare; 404 as in `lesson_to_prepare_for`."""
    lessons = visible(Lesson.objects.all(), actor, LESSONS[Verb.PREPARE]).values("pk")
    rows = ScriptStep.objects.filter(lesson__in=lessons).select_related("lesson")
    return get_object_or_404(rows, public_id=public_id)
