"""What the studio does: open, start, slides, steps, stage, polls, end."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.classroom.announcements import announce_room, announce_session, announce_tally
from tongtang.classroom.models import LiveSession, Poll, RaisedHand, SessionEvent
from tongtang.classroom.queries import OPENS_BEFORE
from tongtang.foundation import clock
from tongtang.lessons.api import happened, record_evidence
from tongtang.lessons.models import EvidenceKind, Lesson, Reception
from tongtang.preparation.models import ScriptStep, Slide

MOST_OPTIONS, LONGEST_OPTION = 6, 40


class Refused(ValueError):
    """The lesson is not in a state for this; the message is a sentence for the person."""


def _locked(lesson: Lesson) -> LiveSession:
    """The session, its row locked until the transaction ends; call inside one.

    Raises:
        Refused: the lesson was not opened, or has ended.
    """
    session = LiveSession.objects.select_for_update().filter(lesson=lesson).first()
    if session is None:
        raise Refused(_("The lesson is not open yet. Enter the studio first."))
    if session.ended_at is not None:
        raise Refused(_("The lesson has ended."))
    session.lesson = lesson
    return session


def _changed(session: LiveSession, kind: SessionEvent.Kind, title: str = "", at: datetime | None = None) -> None:
    """Save a locked session's change under a new version, note it, and tell everybody of the lesson."""
    session.version += 1
    session.save()
    SessionEvent.objects.create(
        session=session, kind=kind, at=at or clock.now(), title=title[:160], slide=session.slide
    )
    announce_session(session.lesson, session)


@transaction.atomic
def open_lesson(*, actor: Actor | None, lesson: Lesson, now: datetime) -> LiveSession:
    """Open the room, from 10 minutes before the bell on; opening an open lesson changes nothing.

    Raises:
        Refused: too early, already over, or cancelled.
    """
    lesson = Lesson.objects.select_for_update().get(pk=lesson.pk)
    session = LiveSession.objects.filter(lesson=lesson).first()
    if session is not None:
        return session
    if lesson.state == Lesson.State.CANCELLED:
        raise Refused(_("This lesson was cancelled."))
    if now < lesson.starts_at - OPENS_BEFORE:
        raise Refused(_("Too early: the studio opens 10 minutes before the bell."))
    if now >= lesson.ends_at:
        raise Refused(_("The time of this lesson is over. Arrange a make-up."))
    lesson.state = Lesson.State.OPEN
    lesson.save(update_fields=["state"])
    first = Slide.objects.filter(courseware__lesson=lesson, courseware__state="ready").order_by(
        "courseware__uploaded_at", "number"
    )
    session = LiveSession.objects.create(lesson=lesson, opened_at=now, slide=first.first())
    SessionEvent.objects.create(session=session, kind=SessionEvent.Kind.OPENED, at=now)
    announce_session(lesson, session)
    return session


@transaction.atomic
def start_lesson(*, actor: Actor | None, lesson: Lesson, now: datetime) -> LiveSession:
    """The lesson goes live; what is received counts from now on. Starting twice changes nothing.

    Raises:
        Refused: the lesson is not open, or has ended.
    """
    session = _locked(lesson)
    if session.started_at is not None:
        return session
    session.started_at = now
    session.step = ScriptStep.objects.filter(lesson=lesson).first()
    session.step_started_at = now if session.step else None
    lesson.state = Lesson.State.LIVE
    lesson.save(update_fields=["state"])
    _changed(session, SessionEvent.Kind.STARTED, session.slide.title if session.slide else "", now)
    late = max(0, int((now - lesson.starts_at).total_seconds()))
    for reception in lesson.receptions.filter(active=True):
        opened = [happened(EvidenceKind.OPENED, now, {"late_seconds": late})]
        record_evidence(actor=actor, reception=reception, rows=opened, now=now)
    return session


@transaction.atomic
def end_lesson(*, actor: Actor | None, lesson: Lesson, now: datetime) -> LiveSession:
    """The lesson ends for everybody; ending twice changes nothing.

    Raises:
        Refused: the lesson was never opened.
    """
    session = LiveSession.objects.select_for_update().filter(lesson=lesson).first()
    if session is None:
        raise Refused(_("The lesson is not open yet. Enter the studio first."))
    if session.ended_at is not None:
        return session
    session.lesson = lesson
    session.ended_at = now
    session.on_stage = session.on_stage_since = None
    session.polls.filter(closed_at=None).update(closed_at=now)
    RaisedHand.objects.filter(reception__lesson=lesson, lowered_at=None).update(lowered_at=now)
    lesson.state = Lesson.State.ENDED
    lesson.save(update_fields=["state"])
    _changed(session, SessionEvent.Kind.ENDED, at=now)
    if session.started_at is not None and session.source == LiveSession.Source.CAMERA:
        _order_recording(lesson)
    return session


def _order_recording(lesson: Lesson) -> None:
    """The job is looked up by name: jobs import the actions, not the other way round."""
    import_string("tongtang.classroom.tasks.build_lesson_recording").using(
        run_after=clock.now() + timedelta(seconds=15)
    ).enqueue(str(lesson.public_id))


@transaction.atomic
def show_slide(*, actor: Actor, lesson: Lesson, slide: Slide) -> LiveSession:
    """Every page of the lesson turns to `slide`, which is one of the lesson's."""
    session = _locked(lesson)
    session.slide = slide
    _changed(session, SessionEvent.Kind.SLIDE, slide.title or str(slide.number))
    return session


@transaction.atomic
def go_to_step(*, actor: Actor, lesson: Lesson, step: ScriptStep) -> LiveSession:
    """The script moves to `step`; its countdown starts now on every page."""
    session = _locked(lesson)
    session.step, session.step_started_at = step, clock.now()
    _changed(session, SessionEvent.Kind.STEP, step.title)
    return session


@transaction.atomic
def call_on_stage(*, actor: Actor, lesson: Lesson, reception: Reception) -> LiveSession:
    """One receiving classroom is seen and heard; whoever was on stage leaves it, its raised hand is lowered."""
    session = _locked(lesson)
    now = clock.now()
    session.on_stage, session.on_stage_since = reception, now
    RaisedHand.objects.filter(reception=reception, lowered_at=None).update(lowered_at=now)
    record_evidence(actor=actor, reception=reception, rows=[happened(EvidenceKind.STAGE, now)], now=now)
    _changed(session, SessionEvent.Kind.STAGE, reception.school.name)
    announce_room(reception)
    return session


@transaction.atomic
def clear_stage(*, actor: Actor, lesson: Lesson) -> LiveSession:
    """Nobody is on stage; clearing an empty stage changes nothing."""
    session = _locked(lesson)
    if session.on_stage_id is not None:
        session.on_stage = session.on_stage_since = None
        _changed(session, SessionEvent.Kind.STAGE)
    return session


@transaction.atomic
def set_recording(*, actor: Actor, lesson: Lesson, recording: bool) -> LiveSession:
    """Switch the recording on or off; every page shows the notice."""
    session = _locked(lesson)
    session.recording = recording
    _changed(session, SessionEvent.Kind.MEDIA)
    return session


@transaction.atomic
def open_poll(*, actor: Actor, lesson: Lesson, question: str, options: Sequence[str]) -> Poll:
    """Ask all classes; an open poll is closed first.

    Raises:
        Refused: no question, fewer than 2 or more than 6 options, or a text too long for a wall screen.
    """
    session = _locked(lesson)
    texts = [text.strip() for text in options if text.strip()]
    if not question.strip() or not 2 <= len(texts) <= MOST_OPTIONS:
        raise Refused(_("A poll needs a question and 2 to 6 answers."))
    if max(map(len, texts)) > LONGEST_OPTION:
        raise Refused(_("An answer is too long for the wall screen: 40 characters at most."))
    now = clock.now()
    session.polls.filter(closed_at=None).update(closed_at=now)
    poll = Poll.objects.create(session=session, question=question.strip()[:120], options=texts, opened_at=now)
    _changed(session, SessionEvent.Kind.POLL, poll.question)
    announce_tally(lesson, poll)
    return poll


@transaction.atomic
def close_poll(*, actor: Actor, lesson: Lesson) -> LiveSession:
    """Answers are no longer taken; with no open poll nothing changes."""
    session = _locked(lesson)
    if session.polls.filter(closed_at=None).update(closed_at=clock.now()):
        _changed(session, SessionEvent.Kind.POLL)
    return session


@transaction.atomic
def media_restarted(*, lesson: Lesson, epoch: int, webrtc: bool, now: datetime) -> None:
    """The media server made the room (again): every page (re)joins, and each class's ledger shows the gap."""
    session = LiveSession.objects.select_for_update().get(lesson=lesson)
    session.lesson = lesson
    again = session.media_epoch > 0 and session.started_at is not None
    session.media_epoch, session.webrtc = epoch, webrtc
    _changed(session, SessionEvent.Kind.MEDIA, at=now)
    for reception in lesson.receptions.filter(active=True) if again else []:
        gap = [happened(EvidenceKind.GAP, now, {"cause": "media_restart"})]
        record_evidence(actor=None, reception=reception, rows=gap, now=now)


def end_overdue_lessons(now: datetime) -> int:
    """End every session still open 15 minutes after its planned end (a teacher who just closed the page)."""
    overdue = Lesson.objects.filter(
        session__ended_at=None, session__isnull=False, ends_at__lt=now - timedelta(minutes=15), is_demo=False
    )
    for lesson in overdue:
        end_lesson(actor=None, lesson=lesson, now=now)
    return len(overdue)
