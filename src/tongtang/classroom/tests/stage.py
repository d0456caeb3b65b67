"""A lesson that is under way, and how tests speak to it as its pages do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from tests.cast import Cast, Point, actor_for, add_lesson, at_device, signed_in

from tongtang.classroom.actions.session import media_restarted, open_lesson, start_lesson
from tongtang.foundation import clock
from tongtang.lessons.models import Lesson, Reception


@dataclass
class UnderWay:
    """A lesson `began` seconds ago by plan and in truth."""

    cast: Cast
    lesson: Lesson
    began: datetime

    def reception(self, point: Point) -> Reception:
        return self.lesson.receptions.get(home_class=point.home_class)

    def url(self, name: str, point: Point) -> str:
        return reverse(f"classroom:{name}", args=[self.reception(point).public_id])

    def post(self, name: str, point: Point, body: object, client: Client | None = None) -> Any:
        asking = client or at_device(point)
        return asking.post(self.url(name, point), body, content_type="application/json")

    def span(self, start: int, end: int, *, uuid: UUID | None = None, mode: str = "live") -> dict[str, Any]:
        at = (self.lesson.starts_at + timedelta(seconds=end)).timestamp()
        return {"uuid": str(uuid or uuid4()), "from": start, "to": end, "mode": mode, "at": at}

    def received(self, point: Point, *spans: dict[str, Any], client: UUID | None = None) -> dict[str, str]:
        answer = self.post("received", point, {"client": str(client or uuid4()), "spans": list(spans)})
        assert answer.status_code == 200, answer.content
        answers: dict[str, str] = answer.json()["answers"]
        return answers

    def hand_over(self, point: Point, *entries: dict[str, Any], client: Client | None = None) -> dict[str, str]:
        answer = self.post("hand-over", point, {"entries": list(entries)}, client or signed_in(point.local))
        assert answer.status_code == 200, answer.content
        answers: dict[str, str] = answer.json()["answers"]
        return answers


def under_way(cast: Cast, *, since: int = 600, started_late: int = 0) -> UnderWay:
    """A lesson whose bell rang `since` seconds ago, opened then and started `started_late` seconds after the bell."""
    bell = (clock.now() - timedelta(seconds=since)).replace(microsecond=0)
    lesson = add_lesson(cast, bell)
    actor = actor_for(cast.teacher)
    open_lesson(actor=actor, lesson=lesson, now=bell)
    media_restarted(lesson=lesson, epoch=1, webrtc=True, now=bell)
    start_lesson(actor=actor, lesson=lesson, now=bell + timedelta(seconds=started_late))
    return UnderWay(cast, lesson, bell)


def entry(kind: str, payload: dict[str, Any], *, uuid: UUID | None = None) -> dict[str, Any]:
    """One thing that a phone hands over, done just now."""
    return {"uuid": str(uuid or uuid4()), "kind": kind, "at": clock.now().timestamp(), "payload": payload}


def text(answer: HttpResponse) -> str:
    return answer.content.decode()
