"""A class that watches a lesson recorded: who sees the recording, what counts as watched, where it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from tests.cast import TUESDAY, Cast, Point, actor_for, add_lesson, at_device, signed_in, utc
from time_machine import travel

from tongtang.consent.models import ConsentAnswer
from tongtang.foundation import clock
from tongtang.lessons.api import cancel_lesson, happened, record_evidence, standings_of
from tongtang.lessons.models import EvidenceKind, Lesson, Mode, Reception
from tongtang.library import api as library
from tongtang.library.models import Resource
from tongtang.timetable.gauges import gauges_of

THURSDAY = TUESDAY + timedelta(days=2)
BEGIN = utc(THURSDAY, 10, 30)


@dataclass
class Shown:
    """A lesson of Tuesday that the first point received live, and the second watches on Thursday."""

    cast: Cast
    held: Lesson
    recording: Resource
    showing: Lesson

    @property
    def watcher(self) -> Point:
        return self.cast.points[1]

    @property
    def reception(self) -> Reception:
        return self.showing.receptions.get()

    def url(self, name: str) -> str:
        return reverse(f"classroom:{name}", args=[self.reception.public_id])

    def report(self, start: int, end: int, at: datetime, client: Client | None = None, mode: str = "recorded") -> str:
        span = {"uuid": str(uuid4()), "from": start, "to": end, "mode": mode, "at": at.timestamp()}
        body = {"client": str(uuid4()), "spans": [span]}
        answer = (client or at_device(self.watcher)).post(self.url("received"), body, content_type="application/json")
        assert answer.status_code == 200
        return answer.json()["answers"][span["uuid"]]

    def call_the_roll(self) -> None:
        present = [str(one.public_id) for one in self.watcher.pupils]
        payload = {"present": present, "absent": [], "on_leave": []}
        entry = {"uuid": str(uuid4()), "kind": "roll_call", "at": clock.now().timestamp(), "payload": payload}
        url = self.url("hand-over")
        answer = signed_in(self.watcher.local).post(url, {"entries": [entry]}, content_type="application/json")
        assert answer.json()["answers"] == {entry["uuid"]: "recorded"}


def recorded(lesson: Lesson) -> Resource:
    made = library.start_recording_resource(lesson)
    file = Path(settings.MEDIA_ROOT) / library.folder_of(made) / library.PLAYLIST
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"#EXTM3U\n")
    library.finish_recording(
        made, folder=library.folder_of(made), duration=2400.0, byte_size=7, segments=[], moments=[]
    )
    made.refresh_from_db()
    return made


@pytest.fixture
def shown(cast: Cast) -> Shown:
    with travel(utc(TUESDAY, 12), tick=False):
        held = add_lesson(cast, utc(TUESDAY, 10, 30), cast.points[:1])
        showing = add_lesson(
            cast, BEGIN, [cast.points[1]], recorded=True, shows=held, teacher=None, studio=None, title=""
        )
        showing.receptions.update(mode=Mode.RECORDED)
        return Shown(cast, held, recorded(held), showing)


def text(answer: Any) -> str:
    return answer.content.decode()


def test_the_screen_goes_to_the_recording_and_reports_there(shown: Shown) -> None:
    with travel(BEGIN, tick=False):
        for client in (at_device(shown.watcher), signed_in(shown.watcher.local)):
            gone = client.get(shown.url("wall"))
            assert gone.status_code == 302
            page = text(client.get(gone.headers["Location"]))
            assert f'data-received="{shown.url("received")}"' in page
            assert str(shown.recording.public_id) in text(client.get(reverse("library:recordings")))
            media = client.get(reverse("library:media", args=[shown.recording.public_id, library.PLAYLIST]))
            assert b"".join(media.streaming_content) == b"#EXTM3U\n"


def test_nobody_else_sees_it_and_the_lesson_itself_stays_closed(shown: Shown) -> None:
    address = reverse("library:replay", args=[shown.recording.public_id])
    third = shown.cast.points[2]
    for client in (at_device(third), signed_in(third.local), signed_in(shown.cast.stranger)):
        assert client.get(f"{address}?reception={shown.reception.public_id}").status_code == 404
    watching = signed_in(shown.watcher.local)
    assert watching.get(reverse("lessons:lesson", args=[shown.held.public_id])).status_code == 404
    # A classroom of the lesson itself reports nothing for the other one.
    page = text(at_device(shown.cast.points[0]).get(f"{address}?reception={shown.reception.public_id}"))
    assert "data-received" not in page


def test_what_was_watched_counts_as_delivered_with_a_roll_call(shown: Shown) -> None:
    with travel(BEGIN + timedelta(minutes=39), tick=False):
        assert shown.report(0, 2280, clock.now()) == "recorded"
        shown.call_the_roll()
        standing = standings_of([shown.reception], clock.now())[shown.reception.pk]
    assert (standing.state, standing.figures.delivered) == ("shown", True)
    assert (standing.figures.live_seconds, standing.figures.recorded_seconds) == (0, 2280)
    with travel(BEGIN + timedelta(hours=1), tick=False):
        page = text(signed_in(shown.watcher.local).get(reverse("classroom:lessons")))
        assert "送达 1 / 1" in page
        [gauge] = gauges_of([shown.watcher.home_class], THURSDAY, THURSDAY)
        assert [(one.subject, one.due, one.delivered) for one in gauge.subjects] == [("music", 1, 1)]


@pytest.mark.parametrize(
    ("start", "end", "minute", "mode"),
    [(0, 600, 5, "recorded"), (0, 60, -1, "recorded"), (2390, 2420, 39, "recorded"), (0, 60, 10, "live")],
    ids=["more than passed", "before the lesson", "not in the recording", "live"],
)
def test_what_cannot_have_been_watched_is_refused(shown: Shown, start: int, end: int, minute: int, mode: str) -> None:
    with travel(BEGIN + timedelta(minutes=minute), tick=False):
        assert shown.report(start, end, clock.now(), mode=mode) not in ("recorded", "known")
    assert not shown.reception.evidence.exists()


def test_without_a_recording_there_is_nothing_to_watch_and_nothing_counts(shown: Shown) -> None:
    library.retract_recording(shown.recording)
    with travel(BEGIN + timedelta(minutes=10), tick=False):
        page = at_device(shown.watcher).get(shown.url("wall"))
        assert page.status_code == 200
        assert "没有可放的录像" in text(page)
        assert shown.report(0, 60, clock.now()) == "这节课没有可放的录像。"


def test_a_recording_with_a_child_whose_consent_is_missing_is_shown_to_no_other_class(shown: Shown) -> None:
    first = shown.held.receptions.get()
    with travel(utc(TUESDAY, 10, 40), tick=False):
        record_evidence(actor=None, reception=first, rows=[happened(EvidenceKind.STAGE, clock.now())])
    address = reverse("library:replay", args=[shown.recording.public_id])
    assert not ConsentAnswer.objects.exists()
    with travel(BEGIN + timedelta(minutes=10), tick=False):
        assert at_device(shown.cast.points[0]).get(address).status_code == 200
        assert at_device(shown.watcher).get(address).status_code == 404
        assert at_device(shown.watcher).get(shown.url("wall")).status_code == 200
        assert shown.report(0, 60, clock.now()) == "这节课没有可放的录像。"


def test_weeks_and_wall_call_it_recorded_and_name_who_is_seen(shown: Shown) -> None:
    point = shown.watcher
    week = f"?week={THURSDAY.isocalendar().year}-W{THURSDAY.isocalendar().week:02}"
    with travel(utc(THURSDAY, 8), tick=False):
        for kind, of in (("class", point.home_class), ("school", point.school), ("room", point.room)):
            address = reverse(f"timetable:{kind}-week", args=[of.public_id])
            page = text(signed_in(point.local).get(f"{address}{week}"))
            assert "录播课" in page, kind
            assert kind == "school" or shown.cast.teacher.name in page
        board = text(at_device(point).get(reverse("timetable:wall", args=[point.school.public_id])))
        assert "录播课" in board
        taught = text(signed_in(shown.cast.teacher).get(reverse("timetable:week") + week))
        assert "录播课" not in taught


def test_nobody_teaches_a_recorded_lesson(shown: Shown) -> None:
    for changes in ({"teacher": shown.cast.teacher}, {"studio": shown.cast.studio}, {"recorded": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Lesson.objects.filter(pk=shown.showing.pk).update(**changes)


def test_the_teacher_may_teach_at_the_same_time_and_the_class_may_not_learn_twice(shown: Shown) -> None:
    add_lesson(shown.cast, BEGIN, [shown.cast.points[0]])
    with pytest.raises(IntegrityError), transaction.atomic():
        add_lesson(shown.cast, BEGIN, [shown.watcher], teacher=None, studio=None)


def test_a_cancelled_one_shows_nothing_to_anybody(shown: Shown) -> None:
    with travel(utc(TUESDAY, 13), tick=False):
        cancel_lesson(actor=actor_for(shown.cast.head), lesson=shown.showing, reason="停电")
    assert at_device(shown.watcher).get(reverse("library:replay", args=[shown.recording.public_id])).status_code == 404


def test_a_missed_one_is_made_up_by_showing_it_again_while_its_teacher_teaches(shown: Shown) -> None:
    again = utc(THURSDAY + timedelta(days=1), 9, 30)
    add_lesson(shown.cast, again, [shown.cast.points[0]])
    with travel(BEGIN + timedelta(hours=2), tick=False):
        client = signed_in(shown.cast.officer)
        address = reverse("timetable:make-up", args=[shown.reception.public_id])
        assert client.get(address).status_code == 200
        moment = clock.civil(again)
        fields = {"date": moment.date().isoformat(), "time": f"{moment:%H:%M}"}
        fields |= {"room": shown.watcher.room.public_id, "studio": shown.cast.studio.public_id}
        assert client.post(address, fields).status_code == 302
    made = Lesson.objects.get(origin="make_up")
    assert (made.recorded, made.shows, made.teacher, made.studio) == (True, shown.held, None, None)
    reception = made.receptions.get()
    assert (reception.mode, reception.make_up_of, reception.starts_at) == (Mode.RECORDED, shown.reception, again)
