"""The wall screen of a school: the week that its page holds. What it shows of it when: frontend/tests, journeys."""

import re
from datetime import timedelta

import pytest
import time_machine
from tests.cast import COUNTY, TUESDAY, add_lesson, at_device, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import BellSchedule, CalendarDay, HomeClass, Period, ReceivingRoom
from tongtang.timetable.models import LocalLesson
from tongtang.timetable.orders.requests import Ring, WeekBells
from tongtang.timetable.orders.tests.ground import order, own_lesson


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


def test_it_says_from_when_the_door_of_its_room_is_open(cast, lesson):
    html = wall(cast, utc(TUESDAY, 8))
    [template] = re.findall(r"<template data-starts.*?</template>", html, re.DOTALL)
    assert f'data-starts="{lesson.starts_at.timestamp()}"' in template
    assert f'data-enters="{(lesson.starts_at - timedelta(minutes=10)).timestamp()}"' in template
    assert f'data-ends="{lesson.ends_at.timestamp()}"' in template
    assert re.findall(r'class="btn linked" data-when="open now" href="([^"]*)"', template) == [entrance(cast, lesson)]
    assert "音乐《茉莉花》" in template
    assert f'ends-at="{lesson.starts_at.timestamp()}"' in template


def test_only_who_may_enter_the_classroom_finds_its_door(cast, lesson):
    one = cast.points[0]
    at = utc(TUESDAY, 10, 25)
    head = signed_in(person("校长", "h-wall", Role.SCHOOL_HEAD, school=one.school))
    for client, enters in ((None, True), (signed_in(one.local), True), (head, False)):
        html = wall(cast, at, client)
        assert "音乐《茉莉花》" in html
        assert (entrance(cast, lesson) in html) is enters
        with time_machine.travel(at, tick=False):
            assert ((client or at_device(one)).get(entrance(cast, lesson)).status_code == 200) is enters


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
    assert "没有排同堂课" in html


def days_of(html: str) -> dict[float, list[str]]:
    """Starts of the lessons by the midnight that their day begins with, as the page holds them."""
    found = re.findall(
        r'<div class="of-day"[^>]*data-begins="([^"]*)"(.*?)</div>(?=\s*(?:<div class="of-day"|</section>))',
        html,
        re.DOTALL,
    )
    return {float(begins): re.findall(r"<time>([\d:]+)</time>", lines) for begins, lines in found}


def test_it_holds_today_and_the_seven_days_after(cast):
    for offset in range(-1, 9):
        add_lesson(cast, utc(TUESDAY + timedelta(days=offset), 10, offset + 10))
    days = days_of(wall(cast, utc(TUESDAY, 10, 0)))
    assert list(days) == [utc(TUESDAY + timedelta(days=offset), 0).timestamp() for offset in range(8)]
    assert [len(starts) for starts in days.values()] == [1] * 8
    assert list(days.values())[-1] == ["10:17"]


def test_it_fetches_itself_each_minute_and_says_when_it_was_fetched(cast, lesson):
    html = wall(cast, utc(TUESDAY, 10, 0))
    assert 'hx-trigger="every 60s, refresh"' in html
    assert f'data-loaded="{utc(TUESDAY, 10, 0).timestamp()}"' in html


def version_of(html: str) -> str:
    [version] = re.findall(r"""hx-headers='{"X-Board": "([0-9a-f]{16})"}'""", html)
    return version


def test_who_has_it_already_is_told_so_until_it_changes_or_the_day_does(cast, lesson):
    one = cast.points[0]
    version = version_of(wall(cast, utc(TUESDAY, 8)))
    path, header = f"/timetable/schools/{one.school.public_id}/wall", {"X-Board": version}
    with time_machine.travel(utc(TUESDAY, 23, 59), tick=False):
        answer = at_device(one).get(path, headers=header)
        assert (answer.status_code, answer.content) == (204, b"")
        assert float(answer.headers["X-Server-Time"]) == utc(TUESDAY, 23, 59).timestamp()
        assert at_device(one).get(path, headers={"X-Board": "x"}).status_code == 200
        assert at_device(cast.points[1]).get(path, headers=header).status_code == 404
    with time_machine.travel(utc(TUESDAY + timedelta(days=1), 0), tick=False):
        assert at_device(one).get(path, headers=header).status_code == 200
    Lesson.objects.update(title="小白船")
    with time_machine.travel(utc(TUESDAY, 8), tick=False):
        assert at_device(one).get(path, headers=header).status_code == 200


def test_a_room_without_a_lesson_in_the_week_names_the_first_later_one(cast):
    add_lesson(cast, utc(TUESDAY + timedelta(days=20), 9))
    html = wall(cast, utc(TUESDAY, 10, 0))
    assert re.findall(r'<span data-when="later">(.*?)</span>', html) == ["下一节课 5月4日 周一"]


def test_the_worker_that_keeps_the_page_governs_the_walls(cast):
    worker = at_device(cast.points[0]).get("/timetable/worker.js")
    assert worker.status_code == 200
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert 'data-worker="/timetable/worker.js"' in wall(cast, utc(TUESDAY, 10, 0))


def test_the_page_names_no_pupil(cast, lesson):
    html = wall(cast, utc(TUESDAY, 10, 31))
    assert all(pupil.name not in html for pupil in cast.points[0].pupils)


def test_a_cancelled_lesson_stays_in_the_list_marked(cast, lesson):
    Reception.objects.update(active=False)
    Lesson.objects.update(active=False, state=Lesson.State.CANCELLED)
    html = wall(cast, utc(TUESDAY, 10, 25))
    assert "停课" in html
    assert entrance(cast, lesson) not in html


WEDNESDAY, THURSDAY = (TUESDAY + timedelta(days=ahead) for ahead in (1, 2))


def rows_of(html: str) -> list[tuple[str, str, str, str]]:
    """(time, title, line, mark) of every row of the week."""
    found = re.findall(r"<time>(.*?)</time>\s*<div><b>(.*?)</b><p>(.*?)</p></div>(.*?)</span>", html, re.DOTALL)
    return [(*row[:3], re.sub(r"<[^>]*>", "", row[3]).strip()) for row in found]


def test_it_shows_own_lessons_by_the_bells_of_the_day(cast, lesson):
    own_lesson(cast.points[0], 2, 2)
    html = wall(cast, utc(TUESDAY, 8))
    assert rows_of(html)[:2] == [
        ("9:30", "数学", "第 2 节 · 三年级班 · 本地1", ""),
        ("10:30", "音乐《茉莉花》", "三年级班 · 沈若兰", "同堂课"),
    ]
    [own] = re.findall(r'<li class="own" data-starts="([\d.]+)" data-ends="([\d.]+)"', html)[:1]
    assert own == (f"{utc(TUESDAY, 9, 30).timestamp()}", f"{utc(TUESDAY, 10, 10).timestamp()}")


def test_without_own_lessons_a_shared_one_needs_no_word(cast, lesson):
    assert [row[3] for row in rows_of(wall(cast, utc(TUESDAY, 8)))] == [""]


def test_other_bells_of_an_order_ring_on_the_wall(cast):
    for weekday in (2, 3, 4):
        own_lesson(cast.points[0], weekday, 2)
    summer = BellSchedule.objects.create(county_code=COUNTY, source_id="summer")
    Period.objects.create(bell_schedule=summer, number=2, starts="14:30", ends="15:10")
    rings = (Ring(cast.points[0].school.public_id, summer.public_id),)
    before = version_of(wall(cast, utc(TUESDAY, 8)))
    with time_machine.travel(utc(TUESDAY, 7), tick=False):
        assert order(cast, WeekBells(WEDNESDAY, WEDNESDAY, rings))[1].possible
    html = wall(cast, utc(TUESDAY, 8))
    assert [row[0] for row in rows_of(html)] == ["9:30", "14:30", "9:30", "9:30"]
    assert version_of(html) != before, "a screen that has the other bells asks for these"


def test_a_holiday_holds_no_own_lesson(cast):
    own_lesson(cast.points[0], 2, 2)
    CalendarDay.objects.create(county_code=COUNTY, date=TUESDAY, kind=CalendarDay.Kind.HOLIDAY)
    starts = list(days_of(wall(cast, utc(TUESDAY, 8))).values())
    assert starts == [[], *[[]] * 6, ["9:30"]]


def large_school(one, classes: int) -> None:
    for number in range(classes):
        home_class = HomeClass.objects.create(
            county_code=COUNTY, source_id=f"z{number:02d}", school=one.school, name=f"四年级{number + 1}班", grades=[4],
            pupil_count=40,
        )  # fmt: skip
        LocalLesson.objects.bulk_create(
            LocalLesson(home_class=home_class, weekday=weekday, period_number=period, subject_id="chinese")
            for weekday in range(1, 6)
            for period in (1, 2, 3)
        )


def test_a_period_of_many_classes_is_one_row_and_the_page_stays_small(cast, django_assert_max_num_queries):
    client = at_device(cast.points[0])
    wall(cast, utc(TUESDAY, 8), client)
    large_school(cast.points[0], 3)
    with django_assert_max_num_queries(200) as few:
        html = wall(cast, utc(TUESDAY, 8), client)
    assert rows_of(html)[0][1:3] == ("四年级1班 语文 · 四年级2班 语文", "第 1 节 · 四年级3班 语文")
    HomeClass.objects.filter(source_id__startswith="z").delete()
    large_school(cast.points[0], 36)
    with django_assert_max_num_queries(len(few.captured_queries)):
        large = wall(cast, utc(TUESDAY, 8), client)
    assert rows_of(large)[0][2] == "第 1 节 · 另有 34 个班上本校课"
    assert len(rows_of(large)) == 6 * 3, "from today to the same weekday: six school days of three periods"
    assert len(large) - len(html) < 1000, "thirty-six classes make no larger page than three"
