"""The list of a day's lessons with the way into each."""

from datetime import date, timedelta

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tongtang.access.api import ActorRequest, require_actor
from tongtang.classroom.agenda import agenda, lessons_on
from tongtang.foundation import clock
from tongtang.lessons.models import Lesson

A_PAGE = 60
FIRST, LAST = date(2000, 1, 3), date(2100, 1, 1)


def day_in(text: str) -> date:
    """`?day=2026-09-07`, else today."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return clock.today()
    return day if FIRST <= day <= LAST else clock.today()


@require_GET
@require_actor
def lessons(request: ActorRequest) -> HttpResponse:
    """Lessons of a day that the actor may see: state, classrooms, and the way in by right."""
    day = day_in(request.GET.get("day", ""))
    found = lessons_on(request.actor, day).order_by("starts_at", "pk")
    page = Paginator(found.values_list("pk", flat=True), A_PAGE).get_page(request.GET.get("page"))
    rows = agenda(request.actor, Lesson.objects.filter(pk__in=list(page)))
    context = {
        "day": day,
        "today": clock.today(),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "page": page,
        "lessons": rows,
        "running": sum(row.current for row in rows),
    }
    return render(request, "classroom/lessons.html", context)
