"""The page that arranges a make-up."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tongtang.access.api import ActorRequest, require_person
from tongtang.curriculum.api import subject_name
from tongtang.foundation import clock
from tongtang.lessons.api import Refused, Verb, check_missed, reception_for
from tongtang.lessons.models import Reception
from tongtang.timetable.make_up_forms import MakeUpForm
from tongtang.timetable.make_ups import plan_make_up, proposals, rooms_for, studios_for
from tongtang.timetable.slots import Slot


def _refusal(missed: Reception) -> str:
    """Why nothing can be arranged at all; empty where something can."""
    try:
        check_missed(missed, clock.now())
    except Refused as refused:
        return str(refused)
    return ""


def _form(missed: Reception, found: Sequence[Slot], data: Any = None) -> MakeUpForm:
    return MakeUpForm(data, slots=found, rooms=rooms_for(missed), studios=studios_for(missed))


@require_http_methods(["GET", "POST"])
@require_person
def make_up(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Propose free periods, and arrange the one chosen or another time."""
    missed = reception_for(request.actor, Verb.ARRANGE_MAKE_UP, public_id)
    refusal = _refusal(missed)
    form = _form(missed, [] if refusal else proposals(missed, clock.now()), request.POST or None)
    if request.method == "POST" and not refusal and form.is_valid():
        try:
            plan_make_up(actor=request.actor, missed=missed, **form.chosen)
            return redirect(reverse("lessons:reception", args=[missed.public_id]))
        except Refused as refused:
            form.add_error(None, str(refused))
    context = {
        "missed": missed,
        "title": f"{subject_name(missed.lesson.subject_id)} {missed.lesson.title}".strip(),
        "form": form,
        "refusal": refusal,
    }
    failed = bool(form.errors) or (request.method == "POST" and bool(refusal))
    return render(request, "timetable/make_up.html", context, status=400 if failed else 200)
