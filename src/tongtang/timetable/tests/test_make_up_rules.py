"""A make-up keeps to what the timetable holds on its day: other bells, make-up days, own lessons, the school's link."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from tests.cast import COUNTY, TUESDAY, Cast, actor_for, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Specialist
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson, Reception
from tongtang.organisations.models import BellSchedule, CalendarDay, Period, ReceivingRoom
from tongtang.timetable.models import ClassBlock, PlanRule
from tongtang.timetable.orders.actions import preview_order
from tongtang.timetable.orders.requests import MakeUp, Move, Ring, WeekBells
from tongtang.timetable.orders.tests.ground import add_lesson, clashes, draft, order, own_lesson, teaches
from tongtang.timetable.tests.test_make_up_page import address, offers, other

WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (TUESDAY + timedelta(days=n) for n in range(1, 5))
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tuesday_evening() -> Iterator[None]:
    with time_machine.travel(utc(TUESDAY, 18), tick=False):
        yield


@pytest.fixture
def missed(cast: Cast) -> Reception:
    PlanRule.objects.create(county_code=COUNTY, rule="start_tolerance_minutes", value="10")
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    return lesson.receptions.get(home_class=cast.points[0].home_class)


def refused(cast: Cast, missed: Reception, day: date, wall: str) -> str:
    answer = signed_in(cast.officer).post(address(missed), other(missed, cast, day, wall))
    assert answer.status_code == 400
    assert not Reception.objects.filter(make_up_of=missed).exists()
    return answer.content.decode()


def test_a_period_given_away_stays_so_on_a_make_up_day_and_some_minutes_beside_the_bell(cast, missed) -> None:
    CalendarDay.objects.create(county_code=COUNTY, date=SATURDAY, kind="make_up", as_weekday=3)
    ClassBlock.objects.create(home_class=missed.home_class, weekday=3, period_number=2)
    assert "另有安排" in refused(cast, missed, SATURDAY, "09:30")
    assert "另有安排" in refused(cast, missed, WEDNESDAY, "09:35")


def test_the_bells_of_the_day_count(cast, missed) -> None:
    bell = BellSchedule.objects.create(county_code=COUNTY, source_id="summer")
    Period.objects.create(bell_schedule=bell, number=4, starts="14:00", ends="14:40")
    rings = (Ring(missed.school.public_id, bell.public_id),)
    assert order(cast, WeekBells(WEDNESDAY, THURSDAY, rings))[1].possible
    found = offers(signed_in(cast.officer), missed)
    assert found[:3] == ["2026-04-15T14:00", "2026-04-16T14:00", "2026-04-17T08:40"]
    assert signed_in(cast.officer).post(address(missed), {"slot": "2026-04-15T14:00"}).status_code == 302
    assert Reception.objects.get(make_up_of=missed).period_number == 4


def colleague(cast: Cast):
    made = person("黄欣然", "t09", Role.ANCHOR_TEACHER, school=cast.anchor)
    Specialist.objects.create(alliance=cast.alliance, person=made, valid_from=date(2020, 9, 1))
    return made


def test_the_schools_link_carries_no_more_than_it_can(cast, missed) -> None:
    one = cast.points[0]
    second = ReceivingRoom.objects.create(school=one.school, number=2)
    home = one.home_class
    home.pk, home.public_id, home.source_id = None, one.room.public_id, "p01-g4"
    home.save()
    beside = add_lesson(cast, utc(WEDNESDAY, 8, 40), [one], teacher=colleague(cast), studio=None)
    beside.receptions.update(home_class=home, room=second)
    assert "2026-04-15T08:40" not in offers(signed_in(cast.officer), missed)
    assert "同时只能收 1 节课" in refused(cast, missed, WEDNESDAY, "08:50")


def test_a_period_to_which_the_classes_own_lesson_was_moved_is_taken(cast, missed) -> None:
    one = cast.points[0]
    own_lesson(one, 5, 1)
    extra = add_lesson(cast, utc(THURSDAY, 9, 30), [one], teacher=colleague(cast), studio=None)
    assert len(order(cast, Move(extra.public_id, utc(FRIDAY, 8, 40)))[1].swaps) == 1
    assert "2026-04-16T09:30" not in offers(signed_in(cast.officer), missed)
    assert "本校的课" in refused(cast, missed, THURSDAY, "09:30")
    assert clashes() == []


def test_a_week_that_is_full_for_the_teacher_is_told_beside_its_periods_and_confirmed_word_for_word(
    cast, missed
) -> None:
    """The post holds two lessons a week, and this week has two; the next one has room."""
    teaches(cast.teacher, "music", cap=2)
    add_lesson(cast, utc(THURSDAY, 8, 40), cast.points[1:])
    client = signed_in(cast.officer)
    page = client.get(address(missed)).content.decode()
    told = f"2026-04-13 起的一周，{cast.teacher.name}要上 3 节"
    assert page.count(told) == len(offers(client, missed)) > 0
    chosen = {"slot": "2026-04-15T09:30"}
    asked = client.post(address(missed), chosen)
    assert asked.status_code == 400
    [words] = re.findall(r'name="confirmed" value="([^"]*)"', asked.content.decode())
    assert ("3" in words, "2026-04-13" in words, cast.teacher.name in words) == (True, True, True)
    assert 'value="2026-04-15T09:30" checked' in asked.content.decode()
    assert client.post(address(missed), chosen | {"confirmed": "别的话"}).status_code == 400
    assert not Reception.objects.filter(make_up_of=missed).exists()
    assert not EvidenceRow.objects.filter(kind=EvidenceKind.MAKE_UP).exists()
    assert client.post(address(missed), chosen | {"confirmed": words}).status_code == 302
    assert Reception.objects.get(make_up_of=missed).starts_at == utc(WEDNESDAY, 9, 30)


def test_the_page_of_make_ups_asks_in_the_words_of_an_order_and_not_where_there_is_room(cast, missed) -> None:
    teaches(cast.teacher, "music", cap=1)
    client = signed_in(cast.officer)
    asked = client.post(address(missed), other(missed, cast, THURSDAY, "09:30"))
    [words] = re.findall(r'name="confirmed" value="([^"]*)"', asked.content.decode())
    made = draft(cast, MakeUp(missed.public_id, utc(THURSDAY, 9, 30)))
    assert [one.words for one in preview_order(made, actor_for(cast.officer)).cautions] == [words]
    next_week = THURSDAY + timedelta(days=7)
    assert client.post(address(missed), other(missed, cast, next_week, "09:30")).status_code == 302


def test_a_recorded_make_up_counts_for_no_teacher(cast, missed) -> None:
    teaches(cast.teacher, "music", cap=1)
    shown = add_lesson(cast, utc(TUESDAY, 8, 40), cast.points[1:2])
    lesson = missed.lesson
    Lesson.objects.filter(pk=lesson.pk).update(recorded=True, teacher=None, studio=None, shows=shown)
    answer = signed_in(cast.officer).post(address(missed), other(missed, cast, WEDNESDAY, "09:30"))
    assert answer.status_code == 302
    assert Reception.objects.get(make_up_of=missed).mode == "recorded"


def test_no_period_is_proposed_in_which_the_own_school_teaches_the_class(cast, missed) -> None:
    CalendarDay.objects.create(county_code=COUNTY, date=SATURDAY, kind="make_up", as_weekday=3)
    own_lesson(cast.points[0], 3, 1)
    own_lesson(cast.points[0], 3, 2, "chinese")
    own_lesson(cast.points[1], 3, 3)
    found = offers(signed_in(cast.officer), missed)
    assert [slot for slot in found if slot.startswith("2026-04-15")] == ["2026-04-15T10:30"]
    # The school itself may put it in the place of a lesson of its own.
    head = person("点校长", "h81", Role.SCHOOL_HEAD, school=missed.school)
    assert signed_in(head).post(address(missed), other(missed, cast, WEDNESDAY, "09:30")).status_code == 302
