"""Guardians of the cast, made through the front door."""

import re
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.test import Client
from tests.cast import Browser, Cast, Point, add_lesson, signed_in

from tongtang.classroom.models import LiveSession, MediaTrack
from tongtang.foundation import clock
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson
from tongtang.library.models import Resource
from tongtang.people.models import Person, Pupil

CODE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}")
PASSWORD = "mountain-17-river"


def slip_for(one: Point, pupil: Pupil) -> str:
    """The code of a slip that the local teacher prints."""
    page = signed_in(one.local).post(f"/consent/pupils/{pupil.public_id}/slip").content.decode()
    found = CODE.search(page)
    assert found
    return found[0]


def join(code: str, client: Client | None = None, **more: str):
    """What the form of a slip sends."""
    form = {"code": code, "kind": "mother", "name": "", "password": PASSWORD, "again": PASSWORD}
    return (client or Browser()).post("/consent/join", form | more)


def guardian_of(one: Point, pupil: Pupil) -> Client:
    """A browser in which a guardian of the child has just joined."""
    client = Browser()
    assert join(slip_for(one, pupil), client).status_code == 200
    return client


def say(client: Client, pupil: Pupil, purpose: str, agree: str):
    return client.post(f"/consent/children/{pupil.public_id}/answer", {"purpose": purpose, "agree": agree})


def person_of(pupil: Pupil) -> Person:
    return Person.objects.get(guardianships__pupil=pupil)


def past_lesson(cast: Cast, days: int = 2) -> Lesson:
    """A lesson that is over, received at all points, with a session."""
    lesson = add_lesson(cast, clock.now() - timedelta(days=days))
    LiveSession.objects.create(
        lesson=lesson, opened_at=lesson.starts_at, started_at=lesson.starts_at, ended_at=lesson.ends_at
    )
    return lesson


def call_roll(lesson: Lesson, one: Point, present: list[Pupil], absent: list[Pupil]) -> EvidenceRow:
    return EvidenceRow.objects.create(
        reception=lesson.receptions.get(home_class=one.home_class),
        kind=EvidenceKind.ROLL_CALL,
        occurred_at=lesson.starts_at,
        recorded_at=lesson.starts_at,
        source="person",
        payload={"present": [str(p.public_id) for p in present], "absent": [str(p.public_id) for p in absent]},
    )


def record_with(lesson: Lesson, *staged: Point) -> Resource:
    """A finished film of a lesson, and the track files of the anchor and of classes on stage."""
    folder = Path(settings.MEDIA_ROOT)
    tracks = folder / "tracks" / str(lesson.public_id)
    film = folder / "library" / str(lesson.public_id)
    for one in (tracks, film):
        one.mkdir(parents=True)
    (tracks / f"videoroom-{lesson.public_id}-user-anchor.anchor-studio-1-video-0.mjr").write_bytes(b"x")
    for point in staged:
        reception = lesson.receptions.get(home_class=point.home_class)
        for medium in ("audio", "video"):
            name = f"videoroom-{lesson.public_id}-user-stage.stage-{reception.public_id}-1-{medium}-0.mjr"
            (tracks / name).write_bytes(b"x")
        MediaTrack.objects.create(
            session=lesson.session, participant=f"stage-{reception.public_id}", started_at=lesson.starts_at
        )
    (film / "film.m3u8").write_text("#EXTM3U")
    return Resource.objects.create(
        kind="recording",
        state="ready",
        lesson=lesson,
        title="茉莉花",
        region_code=lesson.region_code,
        folder=f"library/{lesson.public_id}",
        duration_seconds=2400,
        byte_size=7,
        made_at=clock.now(),
        ready_at=clock.now(),
    )


def tracks_of(lesson: Lesson) -> list[str]:
    folder = Path(settings.MEDIA_ROOT) / "tracks" / str(lesson.public_id)
    return sorted(path.name for path in folder.glob("*.mjr"))


OLD_ENOUGH = date(2010, 1, 1)
