"""Tickets that a page gets for push and for the media server, by rights already checked."""

from collections.abc import Sequence

from django.conf import settings

from tongtang.access.api import DEVICE_COOKIE, Actor, ActorRequest
from tongtang.classroom.media.tickets import Right, issue_ticket
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.foundation.push import tickets
from tongtang.lessons.models import Lesson


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
        subject=actor.subject,
        now=clock.now().timestamp(),
        cookie=shown,
    )
