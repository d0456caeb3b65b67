"""The week pages of the published fixture county: what was published is what they show."""

import re
from datetime import date

import pytest
import time_machine
from tests.cast import COUNTY, person, region, signed_in, utc

from tongtang.access.models import Role
from tongtang.exchange.tests.folders import load
from tongtang.exchange.tests.test_publish_plan import CHONGYANG, FRIDAY, MONDAY, publish
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import School
from tongtang.people.models import Person

WEEK = "2026-W37"


@pytest.fixture
def published(divisions, capsys):
    with time_machine.travel(FRIDAY, tick=False):
        assert load(capsys, CHONGYANG)[0] == 0
        assert publish(capsys, CHONGYANG, "--from", MONDAY)[0] == 0
    with time_machine.travel(utc(date(2026, 9, 8), 10, 40), tick=False):
        yield signed_in(person("周立成", "o01", Role.ADMINISTRATION_OFFICER, at=region(COUNTY, "崇阳县", 6)))


def blocks(client, path: str, week: str = WEEK) -> list[str]:
    response = client.get(path, {"week": week})
    assert response.status_code == 200
    return re.findall(r'class="(ls[^"]*)"', response.content.decode())


def test_the_county_shows_each_published_lesson_once(published):
    county = f"/timetable/counties/{COUNTY}"
    html = published.get(county, {"week": WEEK}).content.decode()
    assert "播出 109 节，接收 311 班次" in html
    assert "第 2 周" in html
    assert len(blocks(published, county)) == 109
    assert "bells-3" in html


def test_no_lesson_stands_in_the_holiday_week(published):
    html = published.get(f"/timetable/counties/{COUNTY}", {"week": "2026-W41"}).content.decode()
    days = set(re.findall(r'<ul class="colm holiday[^"]*" aria-label="([^"]*)"', html))
    assert days == {"10月5日 周一", "10月6日 周二", "10月7日 周三"}


def test_the_weeks_of_all_schools_add_up(published):
    schools = School.objects.filter(kind=School.Kind.TEACHING_POINT)
    shown = {one.pk: len(blocks(published, f"/timetable/schools/{one.public_id}")) for one in schools}
    week = Reception.objects.filter(date__range=("2026-09-07", "2026-09-11"), active=True)
    assert shown == {one.pk: week.filter(school=one).count() for one in schools}
    assert sum(shown.values()) == 311


def test_the_weeks_of_all_teachers_add_up(published):
    teachers = Person.objects.filter(taught_lessons__isnull=False).distinct()
    shown = [len(blocks(published, f"/timetable/teachers/{one.public_id}")) for one in teachers]
    assert sum(shown) == Lesson.objects.filter(date__range=("2026-09-07", "2026-09-11")).count() == 109
