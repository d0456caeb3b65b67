"""The gauges of a class move with what is delivered, cancelled and made up, on the same day."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import TUESDAY, Cast, actor_for, utc

from tongtang.alliances.models import Membership
from tongtang.lessons.models import Lesson
from tongtang.lessons.tests.agreed_fixture import hand_over, received, roll_call
from tongtang.timetable.gauges import ClassGauge, classes_for, gauges_of
from tongtang.timetable.models import Requirement
from tongtang.timetable.orders.actions import withdraw_order
from tongtang.timetable.orders.requests import Cancel, MakeUp
from tongtang.timetable.orders.tests.ground import add_lesson, order, own_lesson

WEEK = timedelta(days=7)
MONDAY, FRIDAY = TUESDAY - timedelta(days=1), TUESDAY + timedelta(days=3)
pytestmark = pytest.mark.django_db


@pytest.fixture
def taught(cast: Cast) -> tuple[Cast, list[Lesson]]:
    """Music on Tuesday, delivered to the first class alone, and on the Tuesday after."""
    lessons = [add_lesson(cast, utc(TUESDAY, 8, 40)), add_lesson(cast, utc(TUESDAY + WEEK, 8, 40))]
    Requirement.objects.create(home_class=cast.points[0].home_class, subject_id="music", lessons_per_week=1)
    with time_machine.travel(utc(TUESDAY, 12), tick=False):
        deliver(cast, lessons[0])
    return cast, lessons


def deliver(cast: Cast, lesson: Lesson) -> None:
    one, rows = cast.points[0], received(lesson, 0, 2400, "live")
    call = roll_call(one, lesson.starts_at + timedelta(minutes=3))
    hand_over(one, lesson.receptions.get(home_class=one.home_class, active=True), rows + call)


def gauge(cast: Cast, point: int = 0) -> ClassGauge:
    return gauges_of([cast.points[point].home_class], MONDAY, FRIDAY + WEEK)[0]


def figures(cast: Cast, point: int = 0) -> tuple[int, int, int]:
    [one] = [one for one in gauge(cast, point).subjects if one.subject == "music"]
    return one.due, one.delivered, one.to_come


def test_delivered_periods_against_those_that_are_due(taught) -> None:
    cast, _lessons = taught
    with time_machine.travel(utc(TUESDAY, 12), tick=False):
        assert figures(cast) == (1, 1, 1)
        assert figures(cast, 1) == (1, 0, 1)
        assert (gauge(cast).periods_sufficient, gauge(cast, 1).periods_sufficient) == (True, False)
        assert gauge(cast).subjects[0].owed_per_week == 1


def test_a_cancelled_lesson_lowers_it_the_same_day_and_a_make_up_restores_it(taught) -> None:
    cast, lessons = taught
    with time_machine.travel(utc(TUESDAY, 12), tick=False):
        made, found = order(cast, Cancel((lessons[1].public_id,)))
        assert found.possible
        assert figures(cast) == (2, 1, 0)
        assert not gauge(cast).periods_sufficient
        missed = lessons[1].receptions.get(home_class=cast.points[0].home_class)
        assert order(cast, MakeUp(missed.public_id, utc(FRIDAY, 9, 30)))[1].possible
        assert figures(cast) == (2, 1, 0)
    with time_machine.travel(utc(FRIDAY, 12), tick=False):
        deliver(cast, Lesson.objects.get(origin="make_up"))
        assert figures(cast) == (2, 2, 0)
        assert gauge(cast).periods_sufficient
    assert made.state == "applied"


def test_a_withdrawn_cancelling_counts_no_longer(taught) -> None:
    cast, lessons = taught
    with time_machine.travel(utc(TUESDAY, 12), tick=False):
        made, _found = order(cast, Cancel((lessons[1].public_id,)))
        assert withdraw_order(actor=actor_for(cast.officer), order=made, reason="照常上课").possible
        assert figures(cast) == (1, 1, 1)


def test_what_a_class_lacks_is_named_by_grade_and_area(taught) -> None:
    cast, _lessons = taught
    one = cast.points[0]
    with time_machine.travel(utc(TUESDAY, 12), tick=False):
        lacks = {area for grade, area in gauge(cast).lacking if grade == 3}
        assert lacks == {"chinese", "maths", "foreign_language", "ethics", "science", "pe"}
        # The second class received nothing: a broadcast that nobody saw is no subject.
        assert "arts" in {area for _grade, area in gauge(cast, 1).lacking}
        for period, subject in enumerate(["chinese", "maths", "english", "ethics", "science", "pe"], start=1):
            own_lesson(one, 1 + period % 5, period, subject)
        assert gauge(cast).subjects_complete


def test_a_planned_subject_lacks_only_once_it_was_due_and_nothing_of_it_came(cast: Cast) -> None:
    one = cast.points[0]
    for period, subject in enumerate(["chinese", "maths", "english", "ethics", "science", "pe"], start=1):
        own_lesson(one, 1 + period % 5, period, subject)
    arts = (3, "arts")
    with time_machine.travel(utc(TUESDAY, 8), tick=False):
        Requirement.objects.create(home_class=one.home_class, subject_id="music", lessons_per_week=1)
        found = gauge(cast)
        assert (found.lacking, found.not_due) == ((arts,), ()), "owed, but in no plan"
        # The next one lies beyond the days that are counted.
        lesson = add_lesson(cast, utc(TUESDAY + 2 * WEEK, 8, 40))
        found = gauge(cast)
        assert (found.lacking, found.not_due, found.subjects_complete) == ((), (arts,), True)
        near = add_lesson(cast, utc(TUESDAY, 8, 40))
        assert gauge(cast).not_due == (arts,)
    with time_machine.travel(utc(TUESDAY, 9, 20), tick=False):
        found = gauge(cast)
        assert (found.lacking, found.undelivered, found.not_due) == ((arts,), (arts,), ())
        assert not found.subjects_complete
        deliver(cast, near)
        found = gauge(cast)
        assert (found.lacking, found.undelivered, found.not_due) == ((), (), ())
    assert lesson.active


def test_a_subject_all_of_whose_lessons_were_cancelled_lacks_at_once(cast: Cast) -> None:
    with time_machine.travel(utc(TUESDAY, 8), tick=False):
        lesson = add_lesson(cast, utc(TUESDAY + WEEK, 8, 40))
        assert (3, "arts") in gauge(cast).not_due
        made, _found = order(cast, Cancel((lesson.public_id,)))
        assert (3, "arts") in gauge(cast).undelivered
        assert withdraw_order(actor=actor_for(cast.officer), order=made, reason="照常上课").possible
        assert (3, "arts") in gauge(cast).not_due


def test_figures_as_of_an_earlier_moment_stay(taught) -> None:
    cast, lessons = taught
    noon = utc(TUESDAY, 12)
    with time_machine.travel(utc(TUESDAY, 13), tick=False):
        order(cast, Cancel((lessons[1].public_id,)))
        [now] = gauges_of([cast.points[0].home_class], MONDAY, FRIDAY + WEEK)
        [then] = gauges_of([cast.points[0].home_class], MONDAY, FRIDAY + WEEK, as_of=noon)
    assert [(one.subjects[0].due, one.subjects[0].delivered) for one in (now, then)] == [(2, 1), (1, 1)]


def test_more_classes_cost_no_more_queries(taught) -> None:
    cast, _lessons = taught
    homes = [one.home_class for one in cast.points]
    counts = []
    for some in (homes[:1], homes):
        with CaptureQueriesContext(connection) as captured:
            gauges_of(some, MONDAY, FRIDAY)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 14


def test_an_anchors_head_sees_the_gauges_of_who_receives_today(taught) -> None:
    cast, _lessons = taught
    assert len(classes_for(actor_for(cast.head))) == 3
    rows = Membership.objects.filter(alliance=cast.alliance)
    ran_out, leaving, _stays = rows.order_by("pk")
    with time_machine.travel(utc(TUESDAY, 12), tick=False):
        rows.filter(pk=ran_out.pk).update(valid_to=MONDAY)
        rows.filter(pk=leaving.pk).update(state="ended", valid_to=FRIDAY)
        seen = [one.school_id for one in classes_for(actor_for(cast.head))]
    assert seen == [cast.points[1].school.pk, cast.points[2].school.pk]


def test_who_sees_which_gauges(taught) -> None:
    cast, _lessons = taught
    assert len(classes_for(actor_for(cast.officer))) == 3
    assert classes_for(actor_for(cast.points[0].local)) == [cast.points[0].home_class]
    assert classes_for(actor_for(cast.stranger)) == []
