"""Weeks of receiving rooms and studios, and a point where two grades learn at once."""

import re
from datetime import timedelta

import pytest
import time_machine
from tests.cast import TUESDAY, add_lesson, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.curriculum.models import Subject
from tongtang.lessons.models import Reception
from tongtang.organisations.models import HomeClass, ReceivingRoom, Studio


@pytest.fixture(autouse=True)
def tuesday_morning():
    with time_machine.travel(utc(TUESDAY, 8), tick=False):
        yield


def page(client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def titles(html: str) -> list[str]:
    return re.findall(r'<a[^>]*class="ls[^"]*"[^>]*title="([^"]*)"|<div class="ls[^"]*"[^>]*title="([^"]*)"', html)


def told(html: str) -> list[str]:
    """What each block of the week says, in the order of time."""
    return ["".join(pair) for pair in titles(html)]


def second_grade(one) -> HomeClass:
    """Another class at the same point."""
    return HomeClass.objects.create(
        county_code=one.school.county_code, source_id="p01-g1", school=one.school, name="一年级班", grades=[1],
        pupil_count=4,
    )  # fmt: skip


def receive(lesson, home_class, room) -> Reception:
    return Reception.objects.create(
        lesson=lesson, home_class=home_class, school=room.school, region_code=room.school.region_code, room=room,
        date=lesson.date, starts_at=lesson.starts_at, ends_at=lesson.ends_at,
    )  # fmt: skip


def other_lesson(cast, starts_at, **changes):
    teacher = person("何老师", "t02", Role.ANCHOR_TEACHER, school=cast.anchor)
    studio = Studio.objects.create(county_code=cast.county.code, source_id="s02", school=cast.anchor, name="第2演播室")
    more = {"teacher": teacher, "studio": studio, "subject": Subject.objects.get(code="art"), "title": "剪纸"}
    return add_lesson(cast, starts_at, [], **(more | changes))


def test_a_room_and_a_studio_show_their_lessons_and_offer_a_subscription(cast):
    one = cast.points[0]
    add_lesson(cast, utc(TUESDAY, 10, 30))
    room = page(signed_in(one.local), f"/timetable/rooms/{one.room.public_id}")
    assert "第1教学点 1 号教室" in room
    assert told(room) == ["10:30—11:10 音乐《茉莉花》 三年级班 · 沈若兰 · 实验小学"]
    assert f'name="kind" value="room"><input type="hidden" name="of" value="{one.room.public_id}"' in room
    studio = page(signed_in(cast.head), f"/timetable/studios/{cast.studio.public_id}")
    assert told(studio) == ["10:30—11:10 音乐《茉莉花》 3\N{NO-BREAK SPACE}班 · 沈若兰"]
    assert f'name="kind" value="studio"><input type="hidden" name="of" value="{cast.studio.public_id}"' in studio


def test_the_weeks_of_a_school_lead_to_its_rooms_and_studios(cast):
    one = cast.points[0]
    html = page(signed_in(one.local), f"/timetable/schools/{one.school.public_id}")
    assert f"/timetable/rooms/{one.room.public_id}?week=2026-W16" in html
    anchor = page(signed_in(cast.head), f"/timetable/schools/{cast.anchor.public_id}")
    assert f"/timetable/studios/{cast.studio.public_id}?week=2026-W16" in anchor


def test_two_grades_of_a_room_receive_two_lessons_in_one_period(cast):
    """Row A6: period 1 is 8:40-9:20; each grade has half of it before the one screen, the other half by itself."""
    one = cast.points[0]
    young = second_grade(one)
    add_lesson(cast, utc(TUESDAY, 8, 40), [one], ends_at=utc(TUESDAY, 9), busy_until=utc(TUESDAY, 9))
    receive(other_lesson(cast, utc(TUESDAY, 9), ends_at=utc(TUESDAY, 9, 20)), young, one.room)
    assert Reception.objects.filter(room=one.room, active=True).count() == 2
    html = page(signed_in(one.local), f"/timetable/rooms/{one.room.public_id}")
    assert told(html) == [
        "8:40—9:00 音乐《茉莉花》 三年级班 · 沈若兰 · 实验小学",
        "9:00—9:20 美术《剪纸》 一年级班 · 何老师 · 实验小学",
    ]


def test_two_screens_of_a_point_receive_two_lessons_at_once(cast):
    """Row A6: grades 1 and 3, a screen each; both stand side by side in the school's week and on its wall."""
    one = cast.points[0]
    young, screen = second_grade(one), ReceivingRoom.objects.create(school=one.school, number=2)
    add_lesson(cast, utc(TUESDAY, 8, 40), [one])
    receive(other_lesson(cast, utc(TUESDAY, 8, 40)), young, screen)
    local = signed_in(one.local)
    school = page(local, f"/timetable/schools/{one.school.public_id}")
    assert sorted(told(school)) == [
        "8:40—9:20 美术《剪纸》 一年级班 · 2 号教室",
        "8:40—9:20 音乐《茉莉花》 三年级班 · 1 号教室",
    ]
    assert len(re.findall(r"lanes-2 lane-[12]", school)) == 2
    assert len(told(page(local, f"/timetable/rooms/{screen.public_id}"))) == 1
    wall = page(local, f"/timetable/schools/{one.school.public_id}/wall")
    assert [words for words in ("三年级班", "一年级班") if f"<p>{words} · " in wall] == ["三年级班", "一年级班"]


def test_another_week_has_other_lessons(cast):
    one = cast.points[0]
    add_lesson(cast, utc(TUESDAY + timedelta(days=7), 10, 30))
    local = signed_in(one.local)
    assert told(page(local, f"/timetable/rooms/{one.room.public_id}")) == []
    assert len(told(page(local, f"/timetable/rooms/{one.room.public_id}?week=2026-W17"))) == 1
