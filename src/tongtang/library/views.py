"""The list of recordings, the replay page, and its media."""

import re
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tongtang.access.api import ActorRequest, require_actor
from tongtang.foundation.files import send_stored_file
from tongtang.lessons.api import receptions_for
from tongtang.library import queries
from tongtang.library.actions import PLAYLIST, note_view
from tongtang.library.models import Resource
from tongtang.library.policies import RECEIVE

PAGE = 30
# A browser keeps what it watched for at most this long: a withdrawn consent reaches its copies within the day.
KEPT_SECONDS = 12 * 3600
# A film lies in stretches: p1/init.mp4, p1/0001.m4s.
MEDIA_NAME = re.compile(r"([A-Za-z0-9_-]{1,40}/)?[A-Za-z0-9_-]{1,80}\.(m3u8|m4s|mp4|webp|png)")


@require_GET
@require_actor
def recordings(request: ActorRequest) -> HttpResponse:
    page = Paginator(queries.recordings_for(request.actor), PAGE).get_page(request.GET.get("page"))
    return render(request, "library/recordings.html", {"page": page})


@require_GET
@require_actor
def replay(request: ActorRequest, public_id: UUID) -> HttpResponse:
    recording = queries.recording_for(request.actor, public_id)
    note_view(request.actor, recording)
    chapters = list(recording.chapters.all())
    context = {
        "received": _received(request, recording),
        "recording": recording,
        "lesson": recording.lesson,
        "chapters": chapters,
        "has_slides": any(chapter.picture for chapter in chapters),
        "playlist": PLAYLIST,
    }
    return render(request, "library/replay.html", context)


def _received(request: ActorRequest, recording: Resource) -> str:
    """Where the classroom of `?reception=` reports what it watched; "" where this recording is not its lesson."""
    shown = receptions_for(request.actor, RECEIVE).filter(lesson__shows=recording.lesson_id, active=True)
    wanted = request.GET.get("reception", "")
    found = next((one.public_id for one in shown if str(one.public_id) == wanted), None)
    return reverse("classroom:received", args=[found]) if found else ""


@require_GET
@require_actor
def of_lesson(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """From a lesson to its recording, for the contexts below, which know no recordings."""
    found = get_object_or_404(queries.recordings_for(request.actor), lesson__public_id=public_id)
    return redirect("library:replay", found.public_id)


@require_GET
@require_actor
def media(request: ActorRequest, public_id: UUID, name: str) -> HttpResponseBase:
    recording = queries.recording_for(request.actor, public_id)
    if recording.state != Resource.State.READY or not MEDIA_NAME.fullmatch(name):
        raise Http404
    return send_stored_file(request, f"{recording.folder}/{name}", seconds=KEPT_SECONDS)
