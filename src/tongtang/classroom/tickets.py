"""Tickets that a page gets for push, for the media server and for its will, by rights already checked."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import TimestampSigner

from tongtang.access.api import DEVICE_COOKIE, Actor, ActorRequest, subjects_of
from tongtang.classroom.media.tickets import Right, issue_ticket
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.foundation.push import tickets
from tongtang.lessons.models import Lesson, Reception

# A screen may stay on the page of its lesson until the evening; its will is carried out within the minute.
WILL_HOLDS_FOR = timedelta(days=1)
_wills = TimestampSigner(salt="tongtang.classroom.will")


def will_token(reception: Reception) -> str:
    """The signed right of a screen to have its last seconds of this reception put on record when it is gone."""
    return _wills.sign(str(reception.public_id))


def reception_of_will(token: str) -> UUID:
    """The public id of the reception whose screen was given this token.

    Raises:
        BadSignature: not a token of this house, or older than a day.
    """
    return UUID(_wills.unsign(token, max_age=WILL_HOLDS_FOR))


def push_ticket(actor: Actor, topics: Sequence[str]) -> str:
    """A short-lived ticket for these topics."""
    return tickets.issue(topics=topics, subject=actor.subject, now=clock.now())


def media_ticket(request: ActorRequest, lesson: Lesson, right: Right, participant: str) -> str:
    """A single-use ticket for the lesson's room, 60 s to redeem, by the browser that asked for it."""
    actor = request.actor
    shown = request.COOKIES.get(settings.SESSION_COOKIE_NAME) or request.COOKIES.get(DEVICE_COOKIE, "")
    return issue_ticket(
        environment().secret("rtc"),
        lesson=str(lesson.public_id),
        participant=participant,
        display=actor.display_name,
        right=right,
        subject=subjects_of(actor),
        now=clock.now().timestamp(),
        cookie=shown,
    )
