"""Subscribed calendars: exactly the lessons, stable ids, rising sequences, and nobody's but the owner's."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar
from tests.cast import TUESDAY, Cast, add_lesson, person, signed_in, utc

from tongtang.access.models import Role, RoleAssignment
from tongtang.exchange.models import CalendarFeed
from tongtang.lessons.models import Lesson, Reception

NOW = utc(TUESDAY, 8)


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


def address_of(client: Client, kind: str, of: object) -> str:
    page = client.post("/calendar/subscribe", {"kind": kind, "of": str(of)})
    assert page.status_code == 200
    found = next(word for word in page.content.decode().split('"') if word.endswith(".ics"))
    return found.removeprefix("http://testserver")


def events_of(address: str) -> list:
    answer = Client().get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/calendar")
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def facts(address: str) -> set:
    return {
        (one["DTSTART"].dt, one["DTEND"].dt, str(one["STATUS"]), int(one["SEQUENCE"])) for one in events_of(address)
    }


def test_a_class_sees_its_lessons_and_nothing_else(cast: Cast) -> None:
    one, other = cast.points[:2]
    mine = add_lesson(cast, utc(TUESDAY, 10, 30))
    add_lesson(cast, utc(TUESDAY, 14, 0), points=[other])
    address = address_of(signed_in(one.local), "class", one.home_class.public_id)
    [event] = events_of(address)
    assert str(event["UID"]) == f"{mine.public_id}@tongtang"
    assert event["DTSTART"].dt == mine.starts_at
    assert str(event["DTSTART"].dt.tzinfo) == "Asia/Shanghai"
    text = Client().get(address).content.decode()
    assert all(pupil.name not in text for pupil in one.pupils)
    assert "BEGIN:VTIMEZONE" in text
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75


def test_a_move_and_a_cancellation_raise_the_sequence_of_the_same_event(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    address = address_of(signed_in(cast.teacher), "teacher", cast.teacher.public_id)
    first = Client().get(address)
    assert Client().get(address).content == first.content
    assert Client().get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    later = {"starts_at": utc(TUESDAY, 14), "ends_at": utc(TUESDAY, 14, 40), "busy_until": utc(TUESDAY, 14, 50)}
    # As the publication of a plan moves it: the old receptions are taken back, the new ones follow the lesson.
    Reception.objects.filter(lesson=lesson).update(active=False)
    Lesson.objects.filter(pk=lesson.pk).update(**later)
    assert facts(address) == {(later["starts_at"], later["ends_at"], "CONFIRMED", 1)}
    Lesson.objects.filter(pk=lesson.pk).update(state="cancelled", active=False)
    assert facts(address) == {(later["starts_at"], later["ends_at"], "CANCELLED", 2)}
    changed = Client().get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_a_lesson_that_is_no_more_is_told_as_cancelled_once(cast: Cast) -> None:
    one = cast.points[0]
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    address = address_of(signed_in(one.local), "class", one.home_class.public_id)
    assert [int(event["SEQUENCE"]) for event in events_of(address)] == [0]
    Reception.objects.filter(lesson=lesson).delete()
    lesson.delete()
    for _again in range(2):
        [event] = events_of(address)
        assert (str(event["STATUS"]), int(event["SEQUENCE"])) == ("CANCELLED", 1)


@pytest.mark.parametrize("kind", ["room", "school"])
def test_two_classes_of_one_lesson_are_two_events_of_a_place(cast: Cast, kind: str) -> None:
    one, other = cast.points[:2]
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30), points=[one])
    Reception.objects.create(
        lesson=lesson, home_class=other.home_class, school=one.school, region_code=one.school.region_code,
        room=one.room, date=lesson.date, starts_at=lesson.starts_at, ends_at=lesson.ends_at, active=False,
    )  # fmt: skip
    of = one.room.public_id if kind == "room" else one.school.public_id
    found = events_of(address_of(signed_in(one.local), kind, of))
    assert len({str(event["UID"]) for event in found}) == len(found) == 1


def test_whoever_lost_the_right_is_answered_no_more(cast: Cast) -> None:
    one = cast.points[0]
    address = address_of(signed_in(one.local), "class", one.home_class.public_id)
    assert Client().get(address).status_code == 200
    RoleAssignment.objects.filter(person=one.local).update(valid_to=TUESDAY - timedelta(days=1))
    assert Client().get(address).status_code == 404


def test_a_revoked_address_answers_nobody(cast: Cast) -> None:
    one = cast.points[0]
    client = signed_in(one.local)
    address = address_of(client, "class", one.home_class.public_id)
    feed = CalendarFeed.objects.get()
    assert signed_in(cast.teacher).post(f"/calendar/{feed.public_id}/revoke").status_code == 404
    assert client.post(f"/calendar/{feed.public_id}/revoke").status_code == 302
    assert Client().get(address).status_code == 404
    assert Client().get("/calendar/guessed.ics").status_code == 404


@pytest.mark.parametrize(("kind", "of"), [("class", "x"), ("pupil", "p"), ("class", "p")])
def test_what_is_no_week_of_ones_own_has_no_feed(cast: Cast, kind: str, of: str) -> None:
    stranger = signed_in(person("邻校长", "h8", Role.SCHOOL_HEAD, school=cast.points[1].school))
    target = str(cast.points[0].home_class.public_id) if of == "p" else of
    assert stranger.post("/calendar/subscribe", {"kind": kind, "of": target}).status_code == 404
    assert not CalendarFeed.objects.exists()
