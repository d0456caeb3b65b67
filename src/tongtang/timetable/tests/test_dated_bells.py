"""Weeks of a place in which an order rings other bells: its columns say which and when."""

import re
from datetime import timedelta

import pytest
import time_machine
from tests.cast import COUNTY, TUESDAY, Cast, signed_in, utc

from tongtang.organisations.models import BellSchedule, Period
from tongtang.timetable.orders.requests import Ring, WeekBells
from tongtang.timetable.orders.tests.ground import order
from tongtang.timetable.tests.test_place_weeks import page

pytestmark = pytest.mark.django_db
NEXT_MONDAY = TUESDAY + timedelta(days=6)


@pytest.fixture(autouse=True)
def tuesday_morning():
    with time_machine.travel(utc(TUESDAY, 8), tick=False):
        yield


@pytest.fixture
def summer() -> BellSchedule:
    bell = BellSchedule.objects.create(county_code=COUNTY, source_id="summer")
    Period.objects.create(bell_schedule=bell, number=1, starts="14:30", ends="15:10")
    return bell


def bells(cast: Cast, week: str) -> tuple[list[str], list[str]]:
    """Heads of the columns of bells, and the times of their periods."""
    one = cast.points[0]
    html = page(signed_in(one.local), f"/timetable/classes/{one.home_class.public_id}?week={week}")
    heads = re.findall(r'<div class="h bell-head">(.*?)</div>', html)
    rings = re.findall(r'<span class="bell[^"]*" title="([^"]*)"', html)
    return [re.sub("<[^>]*>", " ", head).strip() for head in heads], rings


def test_bells_of_some_days_stand_beside_the_usual_ones(cast: Cast, summer: BellSchedule) -> None:
    usual = bells(cast, "2026-W16")
    rings = (Ring(cast.points[0].school.public_id, summer.public_id),)
    assert order(cast, WeekBells(TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2), rings))[1].possible
    heads, times = bells(cast, "2026-W16")
    assert heads == ["作息 1 1 校", "作息 2 周三-周四"]
    assert times == [*usual[1], "14:30—15:10"]
    assert bells(cast, "2026-W17") == usual


def test_bells_of_the_whole_week_take_the_place_of_the_usual_ones(cast: Cast, summer: BellSchedule) -> None:
    rings = (Ring(cast.points[0].school.public_id, summer.public_id),)
    assert order(cast, WeekBells(NEXT_MONDAY, NEXT_MONDAY + timedelta(days=4), rings))[1].possible
    assert bells(cast, "2026-W17") == (["作息 1 周一-周五"], ["14:30—15:10"])
