"""The receiving classroom's screen: what it may, what it shows, and that its seconds are true."""

from datetime import timedelta
from pathlib import Path
from random import Random
from time import time
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import Cast, actor_for, add_lesson, at_device, signed_in
from time_machine import travel

from tongtang.classroom.actions.session import call_on_stage, end_lesson
from tongtang.classroom.media.tickets import Right, TicketRefused, UsedTickets, redeem
from tongtang.classroom.models import RoomPresence
from tongtang.classroom.tests.stage import UnderWay, text, under_way
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.lessons.api import figures_of
from tongtang.lessons.models import EvidenceKind, EvidenceRow


@pytest.fixture
def lesson(cast: Cast) -> UnderWay:
    return under_way(cast)


def seconds(lesson: UnderWay, number: int = 0) -> int:
    reception = lesson.reception(lesson.cast.points[number])
    return figures_of([reception])[reception.pk].live_seconds


def test_the_screen_names_the_class_and_no_child(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    for name in ("wall", "wall-snapshot"):
        page = text(at_device(point).get(lesson.url(name, point)))
        assert point.pupils[0].name not in page
    page = text(at_device(point).get(lesson.url("wall", point)))
    assert point.school.name in page
    assert "<svg" in page


def test_the_code_on_the_screen_leads_to_the_phone_page(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    phone = lesson.url("phone", point)
    unsigned = at_device(point).get(phone, headers={"Accept": "application/json"})
    assert unsigned.status_code == 404, "the phone page wants the local teacher's sign-in"
    assert signed_in(point.local).get(phone).status_code == 200


@pytest.mark.parametrize("name", ["wall", "wall-snapshot"])
def test_a_foreign_room_finds_nothing(lesson: UnderWay, name: str) -> None:
    first, second = lesson.cast.points[:2]
    for client in (at_device(second), signed_in(second.local), signed_in(lesson.cast.stranger)):
        assert client.get(lesson.url(name, first)).status_code == 404


@pytest.mark.parametrize("name", ["join", "received", "leave", "camera", "room-push-ticket", "room-media-ticket"])
def test_a_foreign_device_can_do_nothing(lesson: UnderWay, name: str) -> None:
    first, second = lesson.cast.points[:2]
    body = {"client": str(uuid4()), "spans": [lesson.span(0, 60)]}
    for client in (at_device(second), signed_in(lesson.cast.stranger), Client()):
        assert lesson.post(name, first, body, client).status_code == 404
    assert not EvidenceRow.objects.filter(kind=EvidenceKind.RECEIVED).exists()


def test_reported_seconds_count_once_however_often_they_come(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    span = lesson.span(10, 20)
    assert lesson.received(point, span) == {span["uuid"]: "recorded"}
    assert lesson.received(point, span) == {span["uuid"]: "known"}
    assert seconds(lesson) == 10


def test_two_devices_in_one_room_are_one_reception(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    lesson.received(point, lesson.span(0, 300), client=uuid4())
    lesson.received(point, lesson.span(200, 400), client=uuid4())
    assert seconds(lesson) == 400


def test_a_refused_row_does_not_hold_up_the_others(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    good, future = lesson.span(0, 60), lesson.span(60, 1200)
    odd, recorded = lesson.span(30, 20), lesson.span(0, 60, mode="recorded")
    answers = lesson.received(point, future, odd, recorded, good)
    assert answers[good["uuid"]] == "recorded"
    assert {answers[row["uuid"]] for row in (future, odd, recorded)}.isdisjoint({"recorded", "known"})
    assert seconds(lesson) == 60


def test_seconds_before_the_start_and_after_the_end_are_refused(cast: Cast) -> None:
    lesson = under_way(cast, since=900, started_late=300)
    point = cast.points[0]
    early, fair = lesson.span(290, 310), lesson.span(300, 320)
    answers = lesson.received(point, early, fair)
    assert answers[fair["uuid"]] == "recorded"
    assert answers[early["uuid"]] not in ("recorded", "known")
    end_lesson(actor=None, lesson=lesson.lesson, now=lesson.began + timedelta(seconds=600))
    shown_late, after = lesson.span(600, 610), lesson.span(610, 640)
    answers = lesson.received(point, shown_late, after)
    assert answers[shown_late["uuid"]] == "recorded"
    assert answers[after["uuid"]] not in ("recorded", "known")


def test_nothing_is_received_before_the_lesson_starts(cast: Cast) -> None:
    waiting = UnderWay(cast, add_lesson(cast, clock.now() - timedelta(minutes=5)), clock.now())
    span = waiting.span(0, 60)
    assert waiting.received(cast.points[0], span)[span["uuid"]] not in ("recorded", "known")


def test_a_report_long_after_the_lesson_still_counts(lesson: UnderWay) -> None:
    with travel(clock.now() + timedelta(days=3), tick=True):
        span = lesson.span(0, 300)
        assert lesson.received(lesson.cast.points[0], span) == {span["uuid"]: "recorded"}
        assert not RoomPresence.objects.exists(), "what a dead page left does not make its room present"
    assert seconds(lesson) == 300


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spans=st.lists(st.tuples(st.integers(0, 500), st.integers(1, 90)), min_size=1, max_size=8),
    again=st.integers(0, 3),
    seed=st.integers(0, 10**6),
)
def test_any_order_and_repetition_gives_the_same_seconds(
    cast: Cast, spans: list[tuple[int, int]], again: int, seed: int
) -> None:
    EXAMPLES.append(seed)
    lesson = under_way(cast, since=600 + 7200 * len(EXAMPLES))
    rows = [lesson.span(start, start + length) for start, length in spans]
    told = rows * (1 + again)
    Random(seed).shuffle(told)
    for row in told:
        lesson.received(cast.points[0], row)
    expected = {second for start, length in spans for second in range(start, start + length)}
    assert seconds(lesson) == len(expected)


# The ledger forgets nothing: each example has a lesson of its own, two hours before the last one.
EXAMPLES: list[int] = []


def test_a_screen_shows_as_joined_until_it_leaves_or_falls_silent(lesson: UnderWay) -> None:
    point, client = lesson.cast.points[0], uuid4()
    lesson.post("join", point, {"client": str(client)})
    lesson.post("received", point, {"client": str(client), "link": "webrtc", "quality": 3, "spans": []})
    assert at_device(point).get(lesson.url("wall-snapshot", point)).json()["room"]["screen"] == {
        "link": "webrtc",
        "quality": 3,
    }
    for _again in range(2):
        assert lesson.post("leave", point, {"client": str(client)}).status_code == 200
    assert at_device(point).get(lesson.url("wall-snapshot", point)).json()["room"]["screen"] is None
    kinds = EvidenceRow.objects.filter(reception=lesson.reception(point)).values_list("kind", flat=True)
    assert list(kinds).count(EvidenceKind.LEFT) == 1
    assert list(kinds).count(EvidenceKind.JOINED) == 1


def media_ticket(lesson: UnderWay, number: int, purpose: str = "receive") -> int:
    point, client = lesson.cast.points[number], uuid4()
    lesson.post("join", point, {"client": str(client)})
    answer = lesson.post("room-media-ticket", point, {"client": str(client), "purpose": purpose})
    if answer.status_code == 409 and purpose == "receive":
        assert answer.json() == {"error": "use_hls"}
    return int(answer.status_code)


@pytest.fixture
def two_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGTANG_WEBRTC_RECEIVERS", "2")
    environment.cache_clear()
    yield
    monkeypatch.undo()
    environment.cache_clear()


@pytest.mark.usefixtures("two_places")
def test_places_of_webrtc_are_as_many_as_set_and_the_stage_is_exempt(lesson: UnderWay) -> None:
    assert [media_ticket(lesson, number) for number in range(3)] == [200, 200, 409]
    last = lesson.reception(lesson.cast.points[2])
    call_on_stage(actor=actor_for(lesson.cast.teacher), lesson=lesson.lesson, reception=last)
    assert media_ticket(lesson, 2) == 200
    with travel(clock.now() + timedelta(seconds=30), tick=True):
        assert media_ticket(lesson, 0) == 200, "places of screens that fell silent are free again"


def test_a_media_ticket_is_good_in_the_browser_that_asked_alone(lesson: UnderWay, tmp_path: Path) -> None:
    point, client = lesson.cast.points[0], str(uuid4())
    lesson.post("join", point, {"client": client})
    ticket = lesson.post("room-media-ticket", point, {"client": client, "purpose": "receive"}).json()["ticket"]
    used = UsedTickets(tmp_path / "used", time())
    secret = environment().secret("rtc")
    for cookies in ([], ["another"], [lesson.cast.points[1].secret]):
        with pytest.raises(TicketRefused, match="another browser"):
            redeem(secret, ticket, used, now=time(), cookies=cookies)
    assert redeem(secret, ticket, used, now=time(), cookies=[point.secret]).right is Right.RECEIVE
    used.close()


def test_only_the_class_on_stage_may_publish(lesson: UnderWay) -> None:
    assert media_ticket(lesson, 0, "stage") == 409
    first = lesson.reception(lesson.cast.points[0])
    call_on_stage(actor=actor_for(lesson.cast.teacher), lesson=lesson.lesson, reception=first)
    assert media_ticket(lesson, 0, "stage") == 200
    assert media_ticket(lesson, 1, "stage") == 409


def test_a_camera_that_does_not_work_is_told_only_from_the_stage(lesson: UnderWay) -> None:
    point = lesson.cast.points[0]
    assert lesson.post("camera", point, {"working": False}).status_code == 409
    call_on_stage(actor=actor_for(lesson.cast.teacher), lesson=lesson.lesson, reception=lesson.reception(point))
    assert lesson.post("camera", point, {"working": False}).status_code == 200


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"client": 5}', '{"client": "x", "spans": 7}', "null"])
def test_a_body_of_a_wrong_form_is_answered_with_a_sentence(lesson: UnderWay, body: str) -> None:
    point = lesson.cast.points[0]
    answer = at_device(point).post(lesson.url("received", point), body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_worker_holds_no_data_and_governs_the_classroom_pages_alone(client: Client) -> None:
    address = reverse("classroom:worker")
    assert address.rsplit("/", 1)[0] == "/classroom"
    answer = client.get(address)
    assert answer.status_code in (200, 404), "404 where the front end is not built"
