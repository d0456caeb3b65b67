"""Reads of the live lesson: the state that pages show, as plain JSON values."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from tongtang.access.api import Actor
from tongtang.classroom.models import LiveSession, Poll, PollCount, RaisedHand, RoomPresence
from tongtang.classroom.policies import PHONE
from tongtang.classroom.stage import stage_is_recorded, stage_is_shown
from tongtang.foundation import clock
from tongtang.lessons.api import receptions_for, roll_calls_of
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson, Reception
from tongtang.people.api import pupils_of
from tongtang.people.models import Person
from tongtang.preparation.models import ScriptStep, Slide

# A page reports every 10 s: after two missed reports the room counts as gone.
PRESENT_FOR = timedelta(seconds=25)
OPENS_BEFORE = timedelta(minutes=10)


def stamp(moment: datetime | None) -> float | None:
    """Seconds since 1970, or None."""
    return None if moment is None else moment.timestamp()


def session_of(lesson: Lesson) -> LiveSession | None:
    """The lesson's session, if it was opened."""
    return (
        LiveSession.objects.filter(lesson=lesson)
        .select_related("slide", "step", "on_stage__school", "on_stage__home_class")
        .first()
    )


def public_state(lesson: Lesson, session: LiveSession | None) -> dict[str, Any]:
    """What everybody of a lesson may know; sent whole with each change, so that any one event heals a page."""
    if session is None:
        return {"version": 0, "state": lesson.state}
    poll = session.polls.filter(closed_at=None).first()
    stage = session.on_stage
    return {
        "version": session.version,
        "state": lesson.state,
        "started_at": stamp(session.started_at),
        "ended_at": stamp(session.ended_at),
        "recording": session.recording,
        "slide": str(session.slide.public_id) if session.slide else None,
        "step": str(session.step.public_id) if session.step else None,
        "step_started_at": stamp(session.step_started_at),
        "stage": None
        if stage is None
        else {
            "reception": str(stage.public_id),
            "name": stage.school.name,
            "since": stamp(session.on_stage_since),
        },
        "poll": None if poll is None else poll_state(poll),
        "media_epoch": session.media_epoch,
        "hls": session.hls_ready_at is not None,
        "webrtc": session.webrtc,
        "source": session.source,
    }


def poll_state(poll: Poll) -> dict[str, Any]:
    """A poll as everybody sees it."""
    return {"id": str(poll.public_id), "question": poll.question, "options": poll.options}


def lesson_facts(lesson: Lesson) -> dict[str, Any]:
    """What does not change during a lesson."""
    slides = Slide.objects.filter(courseware__lesson=lesson, courseware__state="ready").order_by(
        "courseware__uploaded_at", "number"
    )
    return {
        "lesson": str(lesson.public_id),
        "starts_at": stamp(lesson.starts_at),
        "ends_at": stamp(lesson.ends_at),
        "slides": [{"id": str(s.public_id), "title": s.title, "width": s.width, "height": s.height} for s in slides],
        "steps": [
            {
                "id": str(step.public_id),
                "title": step.title,
                "minutes": step.minutes,
                "lead": step.lead,
                "cue": step.cue,
                "tasks": step.local_tasks,
            }
            for step in ScriptStep.objects.filter(lesson=lesson)
        ],
    }


def present_since(now: datetime) -> Q:
    """Presences that still report."""
    return Q(seen_at__gte=now - PRESENT_FOR)


def room_rows(receptions: Iterable[Reception]) -> list[dict[str, Any]]:
    """The studio's row a receiving classroom: counts only, no child's name. Few queries, whatever their number.

    `unrecorded`, `unshown`: it is on stage, and a child's consent to be recorded or shown is missing.
    """
    found = list(receptions)
    staged = set(LiveSession.objects.filter(on_stage__in=found).values_list("on_stage_id", flat=True))
    now = clock.now()
    seen: dict[int, RoomPresence] = {}
    gone: dict[int, datetime] = {}
    for presence in RoomPresence.objects.filter(reception__in=found).order_by("seen_at"):
        if presence.seen_at >= now - PRESENT_FOR:
            seen[presence.reception_id] = presence
        elif presence.link != RoomPresence.Link.NONE:
            gone[presence.reception_id] = presence.seen_at
    hands = dict(RaisedHand.objects.filter(reception__in=found, lowered_at=None).values_list("reception", "raised_at"))
    stages: dict[int, int] = {}
    for reception in EvidenceRow.objects.filter(reception__in=found, kind=EvidenceKind.STAGE).values_list(
        "reception_id", flat=True
    ):
        stages[reception] = stages.get(reception, 0) + 1
    calls = roll_calls_of(found)
    answered = set(
        PollCount.objects.filter(reception__in=found, poll__closed_at=None).values_list("reception_id", flat=True)
    )
    return [
        {
            "reception": str(one.public_id),
            "name": one.school.name,
            "class": one.home_class.name,
            "joined": one.pk in seen,
            "gone": None if one.pk in seen else stamp(gone.get(one.pk)),
            "link": seen[one.pk].link if one.pk in seen else "none",
            "quality": seen[one.pk].quality if one.pk in seen else 0,
            "present": calls[one.pk].present if one.pk in calls else None,
            "enrolled": one.home_class.pupil_count,
            "hand": stamp(hands.get(one.pk)),
            "answered": one.pk in answered,
            "staged": stages.get(one.pk, 0),
            "unrecorded": one.pk in staged and not stage_is_recorded(one),
            "unshown": one.pk in staged and not stage_is_shown(one),
        }
        for one in found
    ]


def lesson_rooms(lesson: Lesson) -> list[dict[str, Any]]:
    """All receiving classrooms of a lesson, for its studio."""
    return room_rows(lesson.receptions.filter(active=True).select_related("school", "home_class").order_by("pk"))


def poll_totals(poll: Poll) -> dict[str, Any]:
    """The sum of all classes, for the studio."""
    rows = list(PollCount.objects.filter(poll=poll).values_list("counts", flat=True))
    sums = [sum(row[index] for row in rows) for index in range(len(poll.options))]
    return {"id": str(poll.public_id), "classes": len(rows), "counts": sums}


def lesson_summary(lesson: Lesson, session: LiveSession) -> dict[str, Any]:
    """The lesson in figures, for its studio after the end: counts only."""
    receptions = list(lesson.receptions.filter(active=True))
    evidence = EvidenceRow.objects.filter(reception__in=receptions)
    calls = roll_calls_of(receptions).values()
    return {
        "classes": len(receptions),
        "joined": evidence.filter(kind=EvidenceKind.JOINED).values("reception").distinct().count(),
        "received": evidence.filter(kind=EvidenceKind.RECEIVED).values("reception").distinct().count(),
        "calls": len(calls),
        "present": sum(call.present for call in calls),
        "enrolled": sum(call.enrolled for call in calls),
        "polls": session.polls.count(),
        "stages": evidence.filter(kind=EvidenceKind.STAGE).count(),
    }


def studio_snapshot(lesson: Lesson) -> dict[str, Any]:
    """Everything the studio page needs to be right."""
    session = session_of(lesson)
    last = session.polls.order_by("-opened_at").first() if session else None
    notes = EvidenceRow.objects.filter(reception__lesson=lesson, kind=EvidenceKind.NOTE, payload__to="anchor")
    return {
        **lesson_facts(lesson),
        "session": public_state(lesson, session),
        "rooms": lesson_rooms(lesson),
        "tally": None if last is None else {**poll_totals(last), **poll_state(last), "open": last.closed_at is None},
        "notes": [
            {"name": row.reception.school.name, "text": row.payload["text"], "at": stamp(row.occurred_at)}
            for row in notes.select_related("reception__school").order_by("-id")[:20]
        ],
        "summary": lesson_summary(lesson, session) if session and session.ended_at else None,
    }


def class_state(reception: Reception) -> dict[str, Any]:
    """What one class alone may know about itself, without names."""
    call = roll_calls_of([reception]).get(reception.pk)
    hand = RaisedHand.objects.filter(reception=reception, lowered_at=None).exists()
    counts = (
        PollCount.objects.filter(reception=reception, poll__closed_at=None).values_list("counts", flat=True).first()
    )
    evidence = EvidenceRow.objects.filter(reception=reception)
    screen = RoomPresence.objects.filter(present_since(clock.now()), reception=reception).order_by("seen_at").last()
    return {
        "screen": None if screen is None else {"link": screen.link, "quality": screen.quality},
        "roll_call": None if call is None else {"present": call.present, "enrolled": call.enrolled},
        "hand": hand,
        "counts": counts,
        "steps_done": list(evidence.filter(kind=EvidenceKind.MARKER).values_list("payload__step", flat=True)),
        "not_delivered": evidence.filter(kind=EvidenceKind.NOT_DELIVERED).exists(),
        "unrecorded": LiveSession.objects.filter(on_stage=reception).exists() and not stage_is_recorded(reception),
    }


def wall_snapshot(reception: Reception) -> dict[str, Any]:
    """Everything a receiving classroom's screen needs to be right."""
    lesson = reception.lesson
    return {
        **lesson_facts(lesson),
        "reception": str(reception.public_id),
        "session": public_state(lesson, session_of(lesson)),
        "room": class_state(reception),
    }


def phone_snapshot(reception: Reception) -> dict[str, Any]:
    """Everything the local teacher's phone needs to be right and to go on without a link; holds pupils' names."""
    call = EvidenceRow.objects.filter(reception=reception, kind=EvidenceKind.ROLL_CALL).order_by("occurred_at", "id")
    latest = call.last()
    return {
        **wall_snapshot(reception),
        "pupils": [
            {"id": str(pupil.public_id), "name": pupil.name}
            for pupil in pupils_of(reception.home_class_id, reception.date)
        ],
        "roll": latest.payload if latest else None,
    }


def holder_of(actor: Actor) -> str:
    """Whose records a phone keeps: those of another teacher are not handed over in one's own name."""
    return str(Person.objects.get(pk=actor.person_key).public_id)


def webrtc_in_use(session: LiveSession, besides: RoomPresence) -> int:
    """Receiving classrooms that hold a WebRTC place now, other than one presence's own."""
    holders = RoomPresence.objects.filter(
        present_since(clock.now()),
        reception__lesson=session.lesson_id,
        link=RoomPresence.Link.WEBRTC,
    )
    return holders.exclude(pk=besides.pk).count()


def at_the_same_time(actor: Actor, reception: Reception) -> list[Reception]:
    """Other receptions that the local teacher has while this one lasts: one phone holds them all."""
    rows = receptions_for(actor, PHONE).filter(
        active=True, starts_at__lt=reception.ends_at, ends_at__gt=reception.starts_at
    )
    return list(rows.exclude(pk=reception.pk))
