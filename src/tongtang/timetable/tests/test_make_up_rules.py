"""A make-up keeps to what the timetable holds on its day: other bells, make-up days, own lessons, the school's link."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from tests.cast import COUNTY, TUESDAY, Cast, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Specialist
from tongtang.lessons.models import Reception
from tongtang.organisations.models import BellSchedule, CalendarDay, Period, ReceivingRoom
from tongtang.timetable.models import ClassBlock, PlanRule
from tongtang.timetable.orders.requests import Move, Ring, WeekBells
from tongtang.timetable.orders.tests.ground import add_lesson, clashes, order, own_lesson
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
