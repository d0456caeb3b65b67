"""A plan that is published while change orders stand: the same plan touches nothing, another one waits for them."""

from datetime import date

import pytest
import time_machine
from tests.cast import COUNTY, TUESDAY, Cast, actor_for, utc

from tongtang.lessons.models import Lesson
from tongtang.organisations.models import BellSchedule, HomeClass, Period, School
from tongtang.timetable.actions import Publication, Refused, publish_plan
from tongtang.timetable.models import LocalLesson, PlanRule, PublishedPlan, Requirement
from tongtang.timetable.orders.actions import withdraw_order
from tongtang.timetable.orders.requests import Cancel, Move, Ring, Substitute, Temporary, Transfer, WeekBells
from tongtang.timetable.orders.tests.ground import add_lesson, clashes, dated_rows, order, own_lesson
from tongtang.timetable.orders.tests.test_orders import colleague
from tongtang.timetable.solver.model import Broadcast

RULES = {
    "lesson_minutes": "40",
    "start_tolerance_minutes": "10",
    "changeover_minutes": "10",
    "max_classes_per_broadcast": "3",
    "max_pupils_per_broadcast": "45",
    "grade_bands": "1-2|3-4",
    "same_subject_per_class_and_day": "1",
    "group_is_stable": "1",
}
WEDNESDAY, FRIDAY, SATURDAY = date(2026, 4, 15), date(2026, 4, 17), date(2026, 4, 18)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def friday_before():
    with time_machine.travel(utc(date(2026, 4, 10), 12), tick=False):
        yield


@pytest.fixture
def county(cast: Cast) -> Cast:
    assert publish(ready_county(cast), 2).added > 8
    return cast


def ready_county(cast: Cast) -> Cast:
    """What a plan is checked against: the rules, one lesson of music a week for each class, a teacher of music."""
    for rule, value in RULES.items():
        PlanRule.objects.create(county_code=COUNTY, rule=rule, value=value)
    for one in cast.points:
        Requirement.objects.create(home_class=one.home_class, subject_id="music", lessons_per_week=1)
    post = cast.teacher.posts.get()
    post.subjects = ["music"]
    post.save()
    return cast


def publish(cast: Cast, weekday: int, start: int = 8 * 60 + 40) -> Publication:
    classes = tuple(one.home_class.source_id for one in cast.points)
    plan = [Broadcast("m01", "music", "t01", cast.studio.source_id, weekday, start, classes)]
    return publish_plan(
        actor=None, alliance=cast.alliance, county_code=COUNTY, broadcasts=plan, starts=date(2026, 4, 13)
    )


def tuesday() -> Lesson:
    return Lesson.objects.get(course__source_id="m01", date=TUESDAY)


def test_the_same_plan_again_leaves_every_order_standing(county: Cast) -> None:
    lesson = tuesday()
    later = Lesson.objects.get(date=date(2026, 4, 21))
    substitute = colleague(county)
    assert order(county, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))[1].possible
    assert order(county, Substitute((later.public_id,), substitute.public_id))[1].possible
    assert order(county, Cancel((Lesson.objects.get(date=date(2026, 4, 28)).public_id,)))[1].possible
    before = dated_rows()
    found = publish(county, 2)
    assert (found.added, found.moved, found.removed, found.violations) == (0, 0, 0, ())
    assert dated_rows() == before


def test_a_plan_that_changes_an_ordered_lesson_is_refused_until_the_order_is_withdrawn(county: Cast) -> None:
    made, _found = order(county, Transfer(TUESDAY, SATURDAY))
    before, plans = dated_rows(), list(PublishedPlan.objects.values())
    with pytest.raises(Refused, match="2026-04-18"):
        publish(county, 3)
    assert (dated_rows(), list(PublishedPlan.objects.values())) == (before, plans)
    assert withdraw_order(actor=actor_for(county.officer), order=made, reason="不调了").possible
    assert publish(county, 3).moved > 8
    assert Lesson.objects.get(date=WEDNESDAY).active


def test_a_plan_that_changes_a_lesson_cancelled_by_an_order_is_refused_until_the_order_is_withdrawn(
    county: Cast,
) -> None:
    made, _found = order(county, Cancel((tuesday().public_id,)))
    before, plans = dated_rows(), list(PublishedPlan.objects.values())
    with pytest.raises(Refused, match="2026-04-14"):
        publish(county, 3)
    assert (dated_rows(), list(PublishedPlan.objects.values())) == (before, plans)
    assert withdraw_order(actor=actor_for(county.officer), order=made, reason="照常上课").possible
    assert publish(county, 3).moved > 8
    # Once a week, not once by each plan.
    assert Lesson.objects.filter(date__range=(date(2026, 4, 13), date(2026, 4, 19)), active=True).count() == 1


def test_a_plan_takes_no_period_to_which_an_order_moved_a_classes_own_lesson(county: Cast) -> None:
    one = county.points[0]
    own_lesson(one, 3, 2)
    extra = add_lesson(county, utc(FRIDAY, 9, 30), [one], teacher=colleague(county), studio=None)
    _made, found = order(county, Move(extra.public_id, utc(WEDNESDAY, 9, 30)))
    assert len(found.swaps) == 1
    with pytest.raises(Refused, match="2026-04-17"):
        publish(county, 5, 9 * 60 + 30)
    assert clashes() == []


def test_a_plan_places_no_lesson_on_days_of_which_an_order_says_otherwise(county: Cast) -> None:
    bell = BellSchedule.objects.create(county_code=COUNTY, source_id="summer")
    Period.objects.create(bell_schedule=bell, number=1, starts="14:00", ends="14:40")
    rings = (Ring(county.points[0].school.public_id, bell.public_id),)
    # None of them meets a lesson: the plan has Tuesdays only.
    requests = (
        WeekBells(WEDNESDAY, FRIDAY, rings),
        Temporary(WEDNESDAY, FRIDAY),
        Transfer(WEDNESDAY, SATURDAY),
    )
    for request in requests:
        made, found = order(county, request)
        assert (found.possible, found.verdicts) == (True, ())
        before = dated_rows()
        with pytest.raises(Refused, match="2026-04-15"):
            publish(county, 3)
        assert dated_rows() == before
        assert withdraw_order(actor=actor_for(county.officer), order=made, reason="不调了").possible
    assert publish(county, 3).moved > 8


def test_a_plan_meets_no_own_lesson_of_a_class(county: Cast) -> None:
    """Music of the own school is what the class receives then; maths is in the way, and no other week is touched."""
    one, other = county.points[:2]
    own_lesson(one, 3, 2, "music")
    maths = own_lesson(other, 3, 2)
    before, plans = dated_rows(), list(PublishedPlan.objects.values())
    with pytest.raises(Refused, match=f"{other.school.name}.*周三.*2.*数学") as refused:
        publish(county, 3, 9 * 60 + 30)
    assert one.school.name not in str(refused.value)
    assert (dated_rows(), list(PublishedPlan.objects.values())) == (before, plans)
    maths.delete()
    assert publish(county, 3, 9 * 60 + 30).moved > 8


def test_a_plan_meets_no_own_lesson_of_its_teacher(county: Cast) -> None:
    """The anchor teacher gives the central school's class a lesson by its bell, which is not that of the points."""
    bell = BellSchedule.objects.create(county_code=COUNTY, source_id="central")
    Period.objects.create(bell_schedule=bell, number=1, starts="10:00", ends="10:45")
    School.objects.filter(pk=county.central.pk).update(bell_schedule=bell)
    home = HomeClass.objects.create(
        county_code=COUNTY, source_id="c01-g3", school=county.central, name="三1班", grades=[3], pupil_count=30
    )
    own = LocalLesson.objects.create(
        home_class=home, weekday=3, period_number=1, subject_id="music", teacher=county.teacher
    )
    with pytest.raises(Refused, match="三1班"):
        publish(county, 3, 9 * 60 + 30)
    assert publish(county, 3, 8 * 60 + 40).moved > 8
    own.weekday = 4
    own.save()
    assert publish(county, 3, 9 * 60 + 30).moved > 8
