"""Pages of preparation: the next lessons, one lesson's slides and script, its slides as pictures."""

from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tongtang.access.api import ActorRequest, require_actor, require_person
from tongtang.foundation import clock
from tongtang.foundation.files import send_stored_file
from tongtang.foundation.once import key_of, once
from tongtang.lessons.models import Lesson
from tongtang.preparation import actions, queries
from tongtang.preparation.forms import CoursewareForm, MoveForm, StepForm, values_of
from tongtang.preparation.models import Courseware


@require_GET
@require_person
def lessons(request: ActorRequest) -> HttpResponse:
    found = queries.lessons_to_prepare_for(request.actor, clock.now())
    return render(request, "preparation/lessons.html", {"lessons": found})


@require_GET
@require_actor
def lesson(request: ActorRequest, public_id: UUID) -> HttpResponse:
    return _page(request, queries.lesson_to_view_for(request.actor, public_id))


@require_POST
@require_person
def upload(request: ActorRequest, public_id: UUID) -> HttpResponse:
    lesson = queries.lesson_to_prepare_for(request.actor, public_id)
    form = CoursewareForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, lesson, courseware_form=form)
    files, key = form.cleaned_data["files"], key_of(request, request.actor.subject)

    def keep() -> None:
        actions.upload_courseware(actor=request.actor, lesson=lesson, files=files, key=key)

    return _act(request, lesson, "slides", keep)


@require_POST
@require_person
def remove_courseware(request: ActorRequest, public_id: UUID) -> HttpResponse:
    courseware = queries.courseware_to_prepare_for(request.actor, public_id)
    return _act(request, courseware.lesson, "slides", lambda: actions.remove_courseware(courseware=courseware))


@require_POST
@require_person
def add_step(request: ActorRequest, public_id: UUID) -> HttpResponse:
    lesson = queries.lesson_to_prepare_for(request.actor, public_id)
    form = StepForm(request.POST)
    if not form.is_valid():
        return _page(request, lesson, step_form=form)
    return _act_once(request, lesson, "script", lambda: actions.add_step(lesson=lesson, step=form.step()))


@require_POST
@require_person
def add_default_script(request: ActorRequest, public_id: UUID) -> HttpResponse:
    lesson = queries.lesson_to_prepare_for(request.actor, public_id)
    return _act_once(request, lesson, "script", lambda: actions.add_default_script(lesson=lesson))


@require_POST
@require_person
def change_step(request: ActorRequest, public_id: UUID) -> HttpResponse:
    row = queries.step_to_prepare_for(request.actor, public_id)
    form = StepForm(request.POST, auto_id=f"{row.public_id}-%s")
    if not form.is_valid():
        return _page(request, row.lesson, edited=row.public_id, edit_form=form)
    return _act(request, row.lesson, "script", lambda: actions.change_step(row=row, step=form.step()))


@require_POST
@require_person
def move_step(request: ActorRequest, public_id: UUID) -> HttpResponse:
    row = queries.step_to_prepare_for(request.actor, public_id)
    form = MoveForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    return _act(request, row.lesson, "script", lambda: actions.move_step(row=row, to=form.cleaned_data["to"]))


@require_POST
@require_person
def delete_step(request: ActorRequest, public_id: UUID) -> HttpResponse:
    row = queries.step_to_prepare_for(request.actor, public_id)
    return _act(request, row.lesson, "script", lambda: actions.delete_step(row=row))


@require_GET
@require_actor
def slide(request: ActorRequest, public_id: UUID) -> HttpResponseBase:
    return send_stored_file(request, queries.slide_for(request.actor, public_id).path)


def _act(request: ActorRequest, lesson: Lesson, part: str, act: Callable[[], object]) -> HttpResponse:
    """Do it and go back to the page, or show the page with the reason why not beside `part`."""
    try:
        act()
    except actions.Refused as refused:
        return _page(request, lesson, problem=str(refused), problem_part=part)
    return redirect(reverse("preparation:lesson", args=[lesson.public_id]) + f"#{part}")


def _act_once(request: ActorRequest, lesson: Lesson, part: str, act: Callable[[], object]) -> HttpResponse:
    """The same for what must not happen twice."""
    key = key_of(request, request.actor.subject)

    def act_unless_done() -> None:
        with once(key) as first:
            if first:
                act()

    return _act(request, lesson, part, act_unless_done)


def _page(request: ActorRequest, lesson: Lesson, **shown: object) -> HttpResponse:
    """The lesson's page; `shown` replaces parts of its context."""
    uploads, steps = queries.courseware_of(lesson), queries.steps_of(lesson)
    context: dict[str, object] = {
        "lesson": lesson,
        "may_prepare": queries.may_prepare(request.actor, lesson),
        "takes_slides": lesson.state in actions.TAKES_SLIDES,
        "writes_script": lesson.state in actions.WRITES_SCRIPT,
        "uploads": uploads,
        "slides": queries.slides_of(lesson),
        "converting": any(one.state == Courseware.State.CONVERTING for one in uploads),
        "steps": steps,
        "script_minutes": queries.script_minutes(steps),
        "lesson_minutes": lesson.planned_seconds // 60,
        "courseware_form": CoursewareForm(),
        "step_form": StepForm(),
    }
    edited = next((step for step in steps if str(step.public_id) == request.GET.get("edit")), None)
    if edited is not None:
        form = StepForm(initial=values_of(edited), auto_id=f"{edited.public_id}-%s")
        context |= {"edited": edited.public_id, "edit_form": form}
    return render(request, "preparation/lesson.html", context | shown)
