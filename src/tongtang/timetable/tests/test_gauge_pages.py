"""Pages of gauges: numerator and denominator, what is missing by grade and subject, and who may see them."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from tests.cast import TUESDAY, Cast, signed_in, utc

from tongtang.lessons.models import Lesson
from tongtang.lessons.tests.agreed_fixture import hand_over, received, roll_call
from tongtang.timetable.models import Requirement
from tongtang.timetable.orders.requests import Cancel
from tongtang.timetable.orders.tests.ground import add_lesson, order, own_lesson

pytestmark = pytest.mark.django_db
WEEK = "2026-W16"


@pytest.fixture
def taught(cast: Cast) -> tuple[Cast, Lesson]:
    """Music on Tuesday, delivered to the first class alone, and on Thursday; the first class has maths of its own."""
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    later = add_lesson(cast, utc(TUESDAY + timedelta(days=2), 8, 40))
    Requirement.objects.create(home_class=cast.points[0].home_class, subject_id="music", lessons_per_week=2)
    own_lesson(cast.points[0], 1, 1)
    with time_machine.travel(utc(TUESDAY, 12), tick=False):
        one = cast.points[0]
        rows = received(lesson, 0, 2400, "live") + roll_call(one, lesson.starts_at + timedelta(minutes=3))
        hand_over(one, lesson.receptions.get(home_class=one.home_class), rows)
    return cast, later


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(utc(TUESDAY, 12), tick=False):
        yield


def text(client, address: str) -> str:
    answer = client.get(address, {"week": WEEK})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_class_shows_what_it_got_of_what_was_due_and_what_nobody_teaches_it(taught) -> None:
    cast, later = taught
    address = f"/timetable/classes/{cast.points[0].home_class.public_id}/gauge"
    html = text(signed_in(cast.points[0].local), address)
    assert "1/1" in html
    assert "三年级没有开设语文" in html
    assert "三年级没有开设数学" not in html
    order(cast, Cancel((later.public_id,)))
    assert "1/2" in text(signed_in(cast.points[0].local), address), "a cancelled lesson counts the same day"


def test_what_is_planned_and_not_yet_due_is_not_called_missing(cast: Cast) -> None:
    one = cast.points[0]
    own_lesson(one, 1, 1)
    lesson = add_lesson(cast, utc(TUESDAY + timedelta(days=2), 8, 40))
    address = f"/timetable/classes/{one.home_class.public_id}/gauge"
    client = signed_in(one.local)
    html = text(client, address)
    assert "三年级没有开设艺术" not in html
    assert "三年级的艺术已排进课表，还没有到期" in html
    with time_machine.travel(lesson.ends_at, tick=False):
        html = text(signed_in(one.local), address)
    assert "还没有到期" not in html
    assert "三年级到期的艺术一节也没有送达" in html


def test_without_an_own_timetable_nobody_says_that_a_subject_is_missing(taught) -> None:
    cast, _later = taught
    html = text(signed_in(cast.points[1].local), f"/timetable/classes/{cast.points[1].home_class.public_id}/gauge")
    assert "0/1" in html
    assert "三年级没有" not in html
    assert "没有导入这个班的本校课表" in html


def test_the_strip_of_an_alliance_names_the_classes_that_are_short(taught) -> None:
    cast, _later = taught
    address = f"/timetable/alliances/{cast.alliance.public_id}/gauge"
    html = text(signed_in(cast.head), address)
    assert ("第2教学点 三年级班" in html, "第1教学点 三年级班" in html) == (True, False)
    assert "<b>1</b> / 3 班" in html
    assert "数字不在你的权限内" in text(signed_in(cast.teacher), address)


def test_a_schools_gauge_holds_all_its_classes_and_prints_no_child(taught) -> None:
    cast, _later = taught
    html = text(signed_in(cast.officer), f"/timetable/schools/{cast.points[0].school.public_id}/gauge")
    assert "三年级班" in html
    assert "学生1之0" not in html


def test_what_is_short_leads_to_the_lessons_that_were_missed(taught) -> None:
    cast, _later = taught
    short = cast.points[1]
    client = signed_in(cast.officer)
    html = text(client, f"/timetable/classes/{short.home_class.public_id}/gauge")
    [address] = re.findall(r'href="(/lessons/\?[^"]+)"', html)
    ledger = client.get(unescape(address))
    assert ledger.status_code == 200
    missed = Lesson.objects.get(date=TUESDAY)
    assert re.findall(r'href="/lessons/([0-9a-f-]{36})[^"]*"', ledger.content.decode()) == [str(missed.public_id)]
    full = text(client, f"/timetable/classes/{cast.points[0].home_class.public_id}/gauge")
    assert "/lessons/?" not in full
