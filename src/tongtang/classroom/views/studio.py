"""The studio of the anchor teacher."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongtang.access.api import ActorRequest, require_person
from tongtang.classroom import forms, queries
from tongtang.classroom.actions import phone, session
from tongtang.classroom.media.tickets import Right
from tongtang.classroom.policies import STUDIO, Topic
from tongtang.classroom.tickets import media_ticket, push_ticket
from tongtang.classroom.views.answers import json_post
from tongtang.curriculum.api import subject_name
from tongtang.foundation import clock
from tongtang.foundation.once import key_of, once
from tongtang.lessons.api import lesson_for
from tongtang.lessons.models import Lesson
from tongtang.preparation.models import ScriptStep, Slide

ADDRESSES = (
    "studio-snapshot", "studio-rooms", "open", "start", "end", "slide", "step", "stage", "clear-stage", "lower-hand",
    "recording", "open-poll", "close-poll", "studio-push-ticket", "studio-media-ticket",
)  # fmt: skip


def _lesson(request: ActorRequest, public_id: UUID) -> Lesson:
    return lesson_for(request.actor, STUDIO, public_id)


def _once(request: ActorRequest, act: Callable[[], object]) -> None:
    """Do it, unless it is a repeat: the answer is then the present state as well."""
    with once(key_of(request, request.actor.subject)) as first:
        if first:
            act()


def _state(lesson: Lesson) -> dict[str, Any]:
    lesson.refresh_from_db(fields=["state"])
    return {"session": queries.public_state(lesson, queries.session_of(lesson))}


@require_GET
@require_person
def studio(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The studio page; opening the session is the page's first act."""
    lesson = _lesson(request, public_id)
    config = {
        "snapshot": queries.studio_snapshot(lesson),
        "addresses": {name: reverse(f"classroom:{name}", args=[public_id]) for name in ADDRESSES},
        "opens_at": queries.stamp(lesson.starts_at - queries.OPENS_BEFORE),
    }
    context = {"lesson": lesson, "subject": subject_name(lesson.subject_id), "config": config}
    return render(request, "classroom/studio.html", context)


@require_GET
@require_person
def snapshot(request: ActorRequest, public_id: UUID) -> JsonResponse:
    """All that the page shows; fetched when push cannot resume."""
    return JsonResponse(queries.studio_snapshot(_lesson(request, public_id)))


@require_GET
@require_person
def rooms(request: ActorRequest, public_id: UUID) -> JsonResponse:
    """The wall of receiving classrooms; the page asks every 10 s, so that one that fell silent shows as gone."""
    return JsonResponse({"rooms": queries.lesson_rooms(_lesson(request, public_id))})


@json_post
def open_lesson(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    session.open_lesson(actor=request.actor, lesson=lesson, now=clock.now())
    return _state(lesson)


@json_post
def start(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    session.start_lesson(actor=request.actor, lesson=lesson, now=clock.now())
    return _state(lesson)


@json_post
def end(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    session.end_lesson(actor=request.actor, lesson=lesson, now=clock.now())
    return _state(lesson)


@json_post
def slide(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    wanted = forms.uuid_of(forms.body_of(request), "slide")
    found = get_object_or_404(Slide, public_id=wanted, courseware__lesson=lesson)
    _once(request, lambda: session.show_slide(actor=request.actor, lesson=lesson, slide=found))
    return _state(lesson)


@json_post
def step(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    wanted = forms.uuid_of(forms.body_of(request), "step")
    found = get_object_or_404(ScriptStep, public_id=wanted, lesson=lesson)
    _once(request, lambda: session.go_to_step(actor=request.actor, lesson=lesson, step=found))
    return _state(lesson)


@json_post
def stage(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    wanted = forms.uuid_of(forms.body_of(request), "reception")
    reception = get_object_or_404(lesson.receptions.filter(active=True).select_related("school"), public_id=wanted)
    _once(request, lambda: session.call_on_stage(actor=request.actor, lesson=lesson, reception=reception))
    return _state(lesson)


@json_post
def clear_stage(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    _once(request, lambda: session.clear_stage(actor=request.actor, lesson=lesson))
    return _state(lesson)


@json_post
def lower_hand(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    wanted = forms.uuid_of(forms.body_of(request), "reception")
    reception = get_object_or_404(lesson.receptions.filter(active=True), public_id=wanted)
    phone.lower_hand(reception=reception)
    return {}


@json_post
def recording(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    wanted = forms.body_of(request).get("recording")
    _once(request, lambda: session.set_recording(actor=request.actor, lesson=lesson, recording=wanted is True))
    return _state(lesson)


@json_post
def open_poll(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    body = forms.body_of(request)
    question, options = forms.text_of(body, "question"), forms.texts_of(body, "options")
    _once(request, lambda: session.open_poll(actor=request.actor, lesson=lesson, question=question, options=options))
    return _state(lesson)


@json_post
def close_poll(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    _once(request, lambda: session.close_poll(actor=request.actor, lesson=lesson))
    return _state(lesson)


@json_post
def studio_push_ticket(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    topics = [Topic.LESSON.of(lesson.public_id), Topic.STUDIO.of(lesson.public_id)]
    return {"ticket": push_ticket(request.actor, topics)}


@json_post
def studio_media_ticket(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    lesson = _lesson(request, public_id)
    right = Right.PUBLISH_ANCHOR if forms.body_of(request).get("purpose") == "publish" else Right.RECEIVE
    return {"ticket": media_ticket(request, lesson, right, participant=f"{right.value}-studio")}
