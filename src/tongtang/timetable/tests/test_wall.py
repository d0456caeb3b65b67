"""The wall screen of a school: what it shows, where it leads, what it fetches again."""

import re
from datetime import timedelta

import pytest
import time_machine
from tests.cast import TUESDAY, add_lesson, at_device, signed_in, utc

from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import ReceivingRoom


def wall(cast, at, client=None) -> str:
    one = cast.points[0]
    with time_machine.travel(at, tick=False):
        response = (client or at_device(one)).get(f"/timetable/schools/{one.school.public_id}/wall")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def lesson(cast) -> Lesson:
    return add_lesson(cast, utc(TUESDAY, 10, 30))


def entrance(cast, lesson) -> str:
    reception = lesson.receptions.get(school=cast.points[0].school)
    return f"/classroom/receptions/{reception.public_id}/wall"


def test_before_the_lesson_it_counts_down_and_the_door_is_shut(cast, lesson):
    html = wall(cast, utc(TUESDAY, 10, 19))
    assert "音乐《茉莉花》" in html
    assert "下一节" in html
    assert f'ends-at="{lesson.starts_at.timestamp()}"' in html
    assert entrance(cast, lesson) not in html


@pytest.mark.parametrize(("hour", "minute"), [(10, 20), (10, 30), (11, 9)])
def test_at_lesson_time_one_press_leads_into_the_lesson_of_its_own_room(cast, lesson, hour, minute):
    html = wall(cast, utc(TUESDAY, hour, minute))
    assert re.findall(r'class="btn" href="([^"]*)"', html) == [entrance(cast, lesson)]
    assert "进入课堂" in html


def test_after_the_lesson_it_shows_the_next_day(cast, lesson):
    add_lesson(cast, utc(TUESDAY + timedelta(days=1), 8, 40))
    html = wall(cast, utc(TUESDAY, 11, 10))
    assert "4月15日 周三" in html
    assert entrance(cast, lesson) not in html


def test_a_lesson_ended_early_is_over(cast, lesson):
    Lesson.objects.update(state=Lesson.State.ENDED)
    assert entrance(cast, lesson) not in wall(cast, utc(TUESDAY, 11, 0))


def test_the_other_room_of_the_school_has_its_own_entrance(cast, lesson):
    one = cast.points[0]
    other = ReceivingRoom.objects.create(school=one.school, number=2)
    Reception.objects.filter(school=one.school).update(room=other)
    html = wall(cast, utc(TUESDAY, 10, 31))
    assert "2 号教室" in html
    assert entrance(cast, lesson) not in html


def test_a_local_teacher_chooses_the_room(cast, lesson):
    one = cast.points[0]
    other = ReceivingRoom.objects.create(school=one.school, number=2)
    Reception.objects.filter(school=one.school).update(room=other)
    client = signed_in(one.local)
    with time_machine.travel(utc(TUESDAY, 10, 31), tick=False):
        path = f"/timetable/schools/{one.school.public_id}/wall"
        assert entrance(cast, lesson) in client.get(path, {"room": "2"}).content.decode()
        assert entrance(cast, lesson) not in client.get(path).content.decode()


def test_the_code_leads_the_phone_to_this_reception(cast, lesson):
    html = wall(cast, utc(TUESDAY, 10, 25))
    assert html.count("<svg viewBox") >= 1
    assert re.search(r'class="qr"[^>]*>\s*<svg', html)
    assert "style=" not in html


def test_no_lesson_says_so(cast):
    html = wall(cast, utc(TUESDAY, 10, 0))
    assert "今天没有同堂课" in html
    assert "没有排课" in html


def test_it_fetches_itself_each_minute_and_at_the_next_change(cast, lesson):
    html = wall(cast, utc(TUESDAY, 10, 0))
    assert 'hx-trigger="every 60s, refresh"' in html
    assert f'data-changes-at="{utc(TUESDAY, 10, 20).timestamp()}"' in html


def test_a_full_day_never_hides_what_runs(cast):
    for hour in range(7, 19):
        add_lesson(cast, utc(TUESDAY, hour))
    html = wall(cast, utc(TUESDAY, 12, 10))
    rows = re.findall(r"<time>([\d:]+)</time>", html)
    assert rows == ["11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]
    assert "前面还有 4 节" in html
    assert "后面还有 2 节" in html


def test_a_cancelled_lesson_stays_in_the_list_marked(cast, lesson):
    Reception.objects.update(active=False)
    Lesson.objects.update(active=False, state=Lesson.State.CANCELLED)
    html = wall(cast, utc(TUESDAY, 10, 25))
    assert "停课" in html
    assert entrance(cast, lesson) not in html
