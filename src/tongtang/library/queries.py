"""Reads of the library."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor
from tongtang.consent.api import Purpose, classes_allowed
from tongtang.lessons.api import lessons_for
from tongtang.lessons.models import EvidenceKind, Lesson, Reception
from tongtang.library.models import Resource
from tongtang.library.policies import VIEW, WATCH


def recordings_for(actor: Actor) -> QuerySet[Resource]:
    """Recordings that `actor` may watch, the latest lesson first; those in the making and those that failed too."""
    lessons = Q(lesson__in=lessons_for(actor, VIEW).values("pk")) | Q(lesson__in=_shown_to(actor))
    rows = Resource.objects.filter(lessons, kind=Resource.Kind.RECORDING)
    return rows.select_related("lesson__subject", "lesson__teacher", "lesson__school").order_by(
        "-lesson__starts_at", "-pk"
    )


def recording_for(actor: Actor, public_id: UUID) -> Resource:
    """One recording.

    Raises:
        Http404: there is none, or none that the actor may watch.
    """
    return get_object_or_404(recordings_for(actor), public_id=public_id)


def _shown_to(actor: Actor) -> set[int]:
    """Lessons whose recording the plan shows to a class of the actor's, and may."""
    lessons = set(lessons_for(actor, WATCH).values_list("pk", flat=True))
    return lessons - held_back(lessons)


def held_back(lessons: Collection[int]) -> set[int]:
    """Lessons whose recording no other class may see: a class was on stage in it, and a child's consent is missing."""
    staged = Reception.objects.filter(lesson__in=lessons, evidence__kind=EvidenceKind.STAGE)
    by_day: dict[date, set[tuple[int, int]]] = defaultdict(set)
    for lesson, home_class, day in staged.values_list("lesson", "home_class", "date"):
        by_day[day].add((lesson, home_class))
    found: set[int] = set()
    for day, pairs in by_day.items():
        classes = {home_class for _lesson, home_class in pairs}
        allowed = classes_allowed(Purpose.IMAGES, classes, day) & classes_allowed(Purpose.RECORDING, classes, day)
        found |= {lesson for lesson, home_class in pairs if home_class not in allowed}
    return found


def shown_by(lesson: Lesson) -> Resource | None:
    """The recording that a recorded lesson shows; None where there is none that is ready and may be shown."""
    if lesson.shows_id is None or held_back([lesson.shows_id]):
        return None
    rows = Resource.objects.filter(lesson=lesson.shows_id, kind=Resource.Kind.RECORDING, state=Resource.State.READY)
    return rows.first()


def recording_of(lesson: Lesson) -> Resource | None:
    """The recording of a lesson, in whatever state; None where the lesson was not recorded."""
    return Resource.objects.filter(lesson=lesson, kind=Resource.Kind.RECORDING).first()
