"""The receiving classroom: its screen and the local teacher's phone."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongtang.access.api import ActorRequest, require_actor, require_person
from tongtang.classroom import forms, queries
from tongtang.classroom.actions import phone, room
from tongtang.classroom.actions.session import Refused
from tongtang.classroom.media.tickets import Right
from tongtang.classroom.policies import PHONE, STUDIO, WALL, Topic
from tongtang.classroom.tickets import media_ticket, push_ticket, will_token
from tongtang.classroom.views.answers import json_post
from tongtang.classroom.views.code import phone_code
from tongtang.curriculum.api import subject_name
from tongtang.foundation import clock
from tongtang.lessons.api import lessons_for, reception_for, receptions_for
from tongtang.lessons.models import Reception
from tongtang.library import api as library


def _reception(request: ActorRequest, public_id: UUID) -> Reception:
    return reception_for(request.actor, WALL, public_id)


@require_GET
@require_actor
def wall(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The classroom's screen; in a recorded lesson the recording that it shows."""
    reception = _reception(request, public_id)
    if reception.lesson.recorded:
        return _showing(request, reception)
    context = {
        "reception": reception,
        "subject": subject_name(reception.lesson.subject_id),
        "snapshot": queries.wall_snapshot(reception),
        "phone_code": phone_code(request.build_absolute_uri(reverse("classroom:phone", args=[public_id]))),
    }
    return render(request, "classroom/wall.html", context)


def _showing(request: ActorRequest, reception: Reception) -> HttpResponse:
    recording = library.shown_by(reception.lesson)
    if recording is None:
        subject = subject_name(reception.lesson.subject_id)
        return render(request, "classroom/no_recording.html", {"reception": reception, "subject": subject})
    address = reverse("library:replay", args=[recording.public_id])
    return redirect(f"{address}?reception={reception.public_id}")


@require_GET
@require_actor
def wall_snapshot(request: ActorRequest, public_id: UUID) -> JsonResponse:
    """All that the screen shows; fetched when push cannot resume."""
    return JsonResponse(queries.wall_snapshot(_reception(request, public_id)))


@json_post
def join(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    reception = _reception(request, public_id)
    client = forms.uuid_of(forms.body_of(request), "client")
    room.join_room(actor=request.actor, reception=reception, client=client)
    return {"now": clock.now().timestamp(), "will_token": will_token(reception)}


@json_post
def received(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    """Seconds that were received; with `link` and `quality` also that the screen is there now."""
    reception = _reception(request, public_id)
    body = forms.body_of(request)
    client, link, spans = forms.uuid_of(body, "client"), forms.link_of(body), forms.spans_of(body)
    if link is not None:
        room.renew_presence(actor=request.actor, reception=reception, client=client, link=link[0], quality=link[1])
    answers = room.report_received(actor=request.actor, reception=reception, spans=spans)
    return {"answers": answers, "now": clock.now().timestamp()}


@json_post
def leave(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    reception = _reception(request, public_id)
    room.leave_room(reception=reception, client=forms.uuid_of(forms.body_of(request), "client"))
    return {}


@json_post
def camera(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    """Whether the classroom on stage can be seen: `working`."""
    reception = _reception(request, public_id)
    room.report_camera(reception=reception, working=forms.body_of(request).get("working") is True)
    return {}


@json_post
def room_push_ticket(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    reception = _reception(request, public_id)
    topics = [Topic.LESSON.of(reception.lesson.public_id), Topic.RECEPTION.of(reception.public_id)]
    return {"ticket": push_ticket(request.actor, topics)}


@json_post
def room_media_ticket(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    """`purpose` receive | stage; refused with "use_hls" where the places of WebRTC are taken."""
    reception = _reception(request, public_id)
    body = forms.body_of(request)
    client = forms.uuid_of(body, "client")
    if body.get("purpose") == "stage":
        room.check_on_stage(reception)
        right = Right.PUBLISH_STAGE
    elif room.take_webrtc_place(reception=reception, client=client):
        right = Right.RECEIVE
    else:
        raise Refused("use_hls")
    participant = f"{right.value}-{client}" if right is Right.RECEIVE else f"stage-{reception.public_id}"
    return {"ticket": media_ticket(request, reception.lesson, right, participant=participant)}


@require_GET
@require_person
def phone_page(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The local teacher's phone for one reception; others of the same time are a tap away."""
    reception = reception_for(request.actor, PHONE, public_id)
    context = {
        "reception": reception,
        "subject": subject_name(reception.lesson.subject_id),
        "snapshot": queries.phone_snapshot(reception),
        "others": queries.at_the_same_time(request.actor, reception),
        "holder": queries.holder_of(request.actor),
    }
    return render(request, "classroom/phone.html", context)


@require_GET
@require_person
def phone_snapshot(request: ActorRequest, public_id: UUID) -> JsonResponse:
    """All that the phone shows and needs to go on without a link."""
    return JsonResponse(queries.phone_snapshot(reception_for(request.actor, PHONE, public_id)))


@json_post
def hand_over(request: ActorRequest, public_id: UUID) -> dict[str, Any]:
    reception = reception_for(request.actor, PHONE, public_id)
    entries = forms.entries_of(forms.body_of(request))
    return {"answers": phone.hand_over(actor=request.actor, reception=reception, entries=entries)}


@require_GET
@require_actor
def live_access(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Asked by nginx before it hands out a live file of a lesson: 204 for its classrooms and its studio."""
    classrooms = receptions_for(request.actor, WALL).filter(lesson__public_id=public_id, active=True)
    studio = lessons_for(request.actor, STUDIO).filter(public_id=public_id)
    if not classrooms.exists() and not studio.exists():
        raise Http404
    return HttpResponse(status=204)
