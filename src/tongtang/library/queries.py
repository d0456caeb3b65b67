"""Reads of the library."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor
from tongtang.lessons.api import lessons_for
from tongtang.lessons.models import Lesson
from tongtang.library.models import Resource
from tongtang.library.policies import VIEW


def recordings_for(actor: Actor) -> QuerySet[Resource]:
    """Recordings that `actor` may watch, the latest lesson first; those in the making and those that failed too."""
    lessons = lessons_for(actor, VIEW).values("pk")
    rows = Resource.objects.filter(kind=Resource.Kind.RECORDING, lesson__in=lessons)
    return rows.select_related("lesson__subject", "lesson__teacher", "lesson__school").order_by(
        "-lesson__starts_at", "-pk"
    )


def recording_for(actor: Actor, public_id: UUID) -> Resource:
    """One recording.

    Raises:
        Http404: there is none, or none that the actor may watch.
    """
    return get_object_or_404(recordings_for(actor), public_id=public_id)


def recording_of(lesson: Lesson) -> Resource | None:
    """The recording of a lesson, in whatever state; None where the lesson was not recorded."""
    return Resource.objects.filter(lesson=lesson, kind=Resource.Kind.RECORDING).first()
