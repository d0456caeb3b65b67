"""Orders in odd sequences through the pages: beneath one another, on one day, past midnight, while schools leave."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import Q
from django.test import Client
from tests.cast import COUNTY, TUESDAY, Cast, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Membership
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import BellSchedule, HomeClass, Period, ReceivingRoom
from tongtang.timetable.facilitators import seat_facilitators
from tongtang.timetable.models import ChangeOrder, DatedBells, DayTransfer, Facilitator, LessonBase, LocalMove, PlanRule
from tongtang.timetable.orders.tests.ground import add_lesson, base_rows, clashes, dated_rows, own_lesson, teaches
from tongtang.timetable.orders.tests.test_orders import colleague
from tongtang.timetable.own_lessons import own_lessons
from tongtang.timetable.tasks import end_receptions

DAY, WEEK = timedelta(days=1), timedelta(days=7)
MONDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (TUESDAY + n * DAY for n in (-1, 1, 2, 3, 4))
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def travel() -> Iterator[Any]:
    with time_machine.travel(utc(MONDAY, 7), tick=False) as found:
        yield found


class Desk:
    """The officer at the pages: makes, applies and withdraws orders."""

    def __init__(self, cast: Cast, travel: Any) -> None:
        self.cast, self.travel = cast, travel
        self.client: Client = signed_in(cast.officer)

    def at(self, moment: Any) -> None:
        """Another time, at which the officer signs in anew."""
        self.travel.move_to(moment)
        self.client = signed_in(self.cast.officer)

    def make(self, kind: str, **form: Any) -> ChangeOrder:
        """A draft of this kind."""
        self.travel.shift(timedelta(seconds=1))
        address = f"/timetable/alliances/{self.cast.alliance.public_id}/orders/{kind}?from=2026-04-13&until=2026-05-10"
        known = set(ChangeOrder.objects.values_list("pk", flat=True))
        answer = self.client.post(address, {"reason": "教研会", "then": "keep"} | form)
        assert answer.status_code == 302, re.findall(r'class="err">(.*?)</p>', answer.content.decode(), re.S)
        return ChangeOrder.objects.exclude(pk__in=known).get()

    def apply(self, order: ChangeOrder) -> int:
        """Its status; whatever the page asks is confirmed."""
        page = self.client.get(f"/timetable/orders/{order.public_id}").content.decode()
        confirmed = re.findall(r'name="confirmed" value="([^"]*)"', page)
        answer = self.client.post(f"/timetable/orders/{order.public_id}/apply", {"confirmed": confirmed})
        order.refresh_from_db()
        assert clashes() == []
        return answer.status_code

    def order(self, kind: str, **form: Any) -> ChangeOrder:
        """An order in force."""
        made = self.make(kind, **form)
        assert self.apply(made) == 302, self.why(made)
        return made

    def withdraw(self, order: ChangeOrder) -> int:
        self.travel.shift(timedelta(seconds=1))
        answer = self.client.post(f"/timetable/orders/{order.public_id}/withdraw", {"reason": "照常"})
        order.refresh_from_db()
        assert clashes() == []
        return answer.status_code

    def why(self, order: ChangeOrder) -> str:
        page = self.client.post(f"/timetable/orders/{order.public_id}/apply").content.decode()
        return " ".join(re.findall(r"<li>(.*?)</li>", page, re.S))


@pytest.fixture
def desk(cast: Cast, travel: Any) -> Desk:
    PlanRule.objects.create(county_code=COUNTY, rule="start_tolerance_minutes", value="10")
    return Desk(cast, travel)


def key(thing: Any) -> str:
    return str(thing.public_id)


def when(lesson: Lesson) -> str:
    lesson.refresh_from_db()
    return f"{civil(lesson.starts_at):%m-%d %H:%M}" if lesson.active else "cancelled"


def exam_bell() -> BellSchedule:
    bell = BellSchedule.objects.create(county_code=COUNTY, source_id="bell-exam")
    for number, starts in ((1, time(8)), (2, time(9, 30)), (3, time(14))):
        Period.objects.create(bell_schedule=bell, number=number, starts=starts, ends=time(starts.hour + 1, 20))
    return bell


def test_each_of_three_orders_on_one_lesson_withdrawn_from_beneath(cast, desk) -> None:
    lesson, other = add_lesson(cast, utc(TUESDAY, 8, 40)), add_lesson(cast, utc(THURSDAY, 9, 30))
    helper = teaches(colleague(cast), "music")
    before, base = dated_rows(), base_rows()
    moved = desk.order("move", lesson=key(lesson), date=WEDNESDAY, time="10:30")
    given = desk.order("substitute", lessons=[key(lesson)], teacher=key(helper))
    swapped = desk.order("swap", lesson=key(lesson), other=key(other))
    assert (when(lesson), when(other)) == ("04-16 09:30", "04-15 10:30")
    assert desk.withdraw(moved) == 302
    assert (when(lesson), when(other), lesson.teacher) == ("04-16 09:30", "04-15 10:30", helper)
    assert desk.withdraw(swapped) == 302
    assert (when(lesson), when(other), lesson.teacher) == ("04-14 08:40", "04-16 09:30", helper)
    assert desk.withdraw(given) == 302
    assert (dated_rows(), base_rows()) == (before, base)


def test_an_order_is_over_at_midnight_by_the_clock_of_the_wall(cast, desk, travel) -> None:
    """Shanghai's midnight is four in the afternoon of the day before, by UTC."""
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    late = add_lesson(cast, utc(WEDNESDAY, 8, 40))
    made = desk.order("cancel", lessons=[key(lesson)])
    kept = desk.make("move", lesson=key(late), date=WEDNESDAY, time="09:30")
    desk.at(utc(TUESDAY, 23, 59, 59))
    page = desk.client.get(f"/timetable/orders/{made.public_id}").content.decode()
    assert made.state_on(TUESDAY) == "applied"
    assert desk.withdraw(made) == 409
    assert "撤回调课单" in page
    desk.at(utc(WEDNESDAY, 0, 0, 0))
    assert desk.withdraw(made) == 409
    assert "撤回调课单" not in desk.client.get(f"/timetable/orders/{made.public_id}").content.decode()
    assert (made.state, when(lesson)) == ("applied", "cancelled")
    desk.at(utc(WEDNESDAY, 8, 30))
    assert desk.apply(kept) == 302
    assert when(late) == "04-15 09:30"
    desk.at(utc(THURSDAY, 0, 0, 0))
    assert (desk.withdraw(kept), when(late)) == (409, "04-15 09:30")


@pytest.mark.parametrize("backwards", [True, False])
def test_a_transferred_day_with_other_bells_and_an_exam_timetable(cast, desk, backwards) -> None:
    """Friday is held on Saturday, by the bells of an exam, and of its three lessons one is held, one moved."""
    kept, moved, gone = (add_lesson(cast, utc(FRIDAY, *wall)) for wall in ((9, 30), (8, 40), (10, 30)))
    own_lesson(cast.points[0], 5, 1)
    before, base = dated_rows(), base_rows()
    bell = exam_bell()
    orders = [desk.order("day_transfer", from_day=FRIDAY, to_day=SATURDAY)]
    span = {"first_day": SATURDAY, "last_day": SATURDAY}
    schools = [key(one.school) for one in cast.points]
    orders.append(desk.order("temporary", **span, kept=[key(kept), key(moved)]))
    later = {"move1_lesson": key(moved), "move1_date": SATURDAY, "move1_time": "14:00"}
    orders.append(desk.order("bells", **span, **later, bell=key(bell), schools=schools))
    assert (when(kept), when(moved), when(gone)) == ("04-18 09:30", "04-18 14:00", "cancelled")
    periods = Reception.objects.filter(lesson__in=[kept, moved], active=True).order_by("period_number")
    assert set(periods.values_list("lesson", "period_number")) == {(kept.pk, 2), (moved.pk, 3)}
    left = list(reversed(orders)) if backwards else list(orders)
    for _round in orders:
        left = [one for one in left if desk.withdraw(one) != 302]
    assert left == []
    assert (dated_rows(), base_rows()) == (before, base)
    assert not DatedBells.objects.filter(order__state="applied").exists()
    assert not DayTransfer.objects.filter(order__state="applied").exists()


def leaves(cast: Cast, number: int, last: date) -> None:
    Membership.objects.filter(school=cast.points[number].school).update(state="ended", valid_to=last)


def test_two_schools_leave_between_an_order_and_its_withdrawal(cast, desk, travel) -> None:
    lesson = add_lesson(cast, utc(FRIDAY, 8, 40))
    own = own_lesson(cast.points[0], 2, 2)
    made = desk.order("move", lesson=key(lesson), date=TUESDAY + WEEK, time="09:30")
    assert LocalMove.objects.count() == 1
    leaves(cast, 0, TUESDAY)
    desk.at(utc(WEDNESDAY, 1))
    end_receptions.func()
    again = desk.order("move", lesson=key(lesson), date=THURSDAY, time="10:30")
    leaves(cast, 1, WEDNESDAY)
    desk.at(utc(THURSDAY, 1))
    end_receptions.func()
    assert desk.withdraw(again) == 302
    assert desk.withdraw(made) == 302
    assert when(lesson) == "04-17 08:40"
    assert [row.school for row in lesson.receptions.filter(active=True)] == [cast.points[2].school]
    assert not LocalMove.objects.exists()
    assert not LessonBase.objects.exists()
    assert [one.day for one in own_lessons(Q(pk=own.pk), (MONDAY, TUESDAY + WEEK))] == [TUESDAY, TUESDAY + WEEK]


def test_lessons_of_a_cycle_moved_rotated_and_put_back_from_beneath(cast, desk) -> None:
    weeks = [add_lesson(cast, utc(TUESDAY + number * WEEK, 10, 30), group="m1") for number in range(0, 4, 2)]
    others = [add_lesson(cast, utc(TUESDAY + number * WEEK, 10, 30), group="a1") for number in range(1, 4, 2)]
    before, base = dated_rows(), base_rows()
    moved = desk.order("move", lesson=key(weeks[0]), date=THURSDAY, time="08:40")
    span = {"first_day": MONDAY, "last_day": date(2026, 5, 8)}
    turn = {
        "turn1_place": "m1|2|630",
        "turn1_length": "4",
        "turn1_weeks": "1,2,3,4",
        "turn1_day": "3",
        "turn1_time": "09:30",
    }
    turned = desk.order("rotation", **span, **turn)
    assert [when(one) for one in (*weeks, *others)] == ["04-15 09:30", "04-29 09:30", "04-21 10:30", "05-05 10:30"]
    assert desk.withdraw(moved) == 302
    assert when(weeks[0]) == "04-15 09:30"
    assert desk.withdraw(turned) == 302
    assert (dated_rows(), base_rows()) == (before, base)


def test_a_lesson_cancelled_by_hand_under_an_order_gives_its_classes_their_own_lesson_back(cast, desk) -> None:
    """The move swapped an own lesson of the first class; whoever cancels the lesson cancels the reason for that."""
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    own = own_lesson(cast.points[0], 4, 2)
    made = desk.order("move", lesson=key(lesson), date=THURSDAY, time="09:30")
    days = (MONDAY, FRIDAY)
    assert [one.day for one in own_lessons(Q(pk=own.pk), days)] == [TUESDAY]
    assert signed_in(cast.head).post(f"/lessons/{lesson.public_id}/cancel", {"reason": "停电"}).status_code == 302
    assert [one.day for one in own_lessons(Q(pk=own.pk), days)] == [THURSDAY]
    assert desk.withdraw(made) == 302
    assert (when(lesson), LocalMove.objects.count()) == ("cancelled", 0)
    assert [one.day for one in own_lessons(Q(pk=own.pk), days)] == [THURSDAY]


def test_a_make_up_beside_which_nobody_can_be_is_asked_about(cast, desk) -> None:
    """The only facilitator is beside another class then."""
    point, moment = cast.points[0], utc(THURSDAY, 9, 30)
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40), [point])
    helper = person("甲", "p01-f1", Role.LOCAL_TEACHER, school=point.school)
    Facilitator.objects.create(school=point.school, person=helper)
    point.school.max_streams = 2
    point.school.save()
    other = HomeClass.objects.create(
        county_code=COUNTY, source_id="p01-g4", school=point.school, name="四年级班", grades=[4], pupil_count=4
    )
    room = ReceivingRoom.objects.create(school=point.school, number=2)
    beside = add_lesson(cast, moment, [point], teacher=None, studio=None)
    beside.receptions.update(home_class=other, room=room)
    seat_facilitators({point.school.pk})
    desk.order("cancel", lessons=[key(lesson)])
    made = desk.make("make_up", missed=key(lesson.receptions.get()), date=THURSDAY, time="09:30")
    page = desk.client.get(f"/timetable/orders/{made.public_id}").content.decode()
    assert [point.home_class.name in one for one in re.findall(r'name="confirmed" value="([^"]*)"', page)] == [True]
    assert desk.client.post(f"/timetable/orders/{made.public_id}/apply").status_code == 409
    assert not Lesson.objects.filter(origin="make_up").exists()
    assert desk.apply(made) == 302
    assert Lesson.objects.get(origin="make_up").receptions.get().facilitator is None
    assert beside.receptions.get().facilitator == helper


def test_a_draft_that_asked_nothing_asks_when_the_week_has_filled_up_meanwhile(cast, desk) -> None:
    teaches(cast.teacher, "music", cap=2)
    lesson = add_lesson(cast, utc(FRIDAY + WEEK, 8, 40))
    first = add_lesson(cast, utc(TUESDAY, 8, 40))
    made = desk.make("day_transfer", from_day=FRIDAY + WEEK, to_day=FRIDAY)
    page = desk.client.get(f"/timetable/orders/{made.public_id}").content.decode()
    assert 'name="confirmed"' not in page
    add_lesson(cast, utc(WEDNESDAY, 8, 40))
    assert desk.client.post(f"/timetable/orders/{made.public_id}/apply").status_code == 409
    assert (when(lesson), when(first)) == ("04-24 08:40", "04-14 08:40")
    assert desk.apply(made) == 302
    assert when(lesson) == "04-17 08:40"


def test_what_was_swapped_around_in_a_circle_goes_back_in_any_order(cast, desk) -> None:
    lessons = [add_lesson(cast, utc(day, 8, 40)) for day in (TUESDAY, WEDNESDAY, THURSDAY)]
    before = dated_rows()
    first = desk.order("swap", lesson=key(lessons[0]), other=key(lessons[1]))
    second = desk.order("swap", lesson=key(lessons[1]), other=key(lessons[2]))
    assert [when(one) for one in lessons] == ["04-15 08:40", "04-16 08:40", "04-14 08:40"]
    # The first one's place is taken as long as the second one holds.
    assert desk.withdraw(first) == 409
    assert [when(one) for one in lessons] == ["04-15 08:40", "04-16 08:40", "04-14 08:40"]
    assert (desk.withdraw(second), desk.withdraw(first)) == (302, 302)
    assert dated_rows() == before


def test_a_lesson_that_an_exam_cancels_is_moved_out_of_it_and_cancelled_again(cast, desk) -> None:
    lesson = add_lesson(cast, utc(WEDNESDAY, 8, 40))
    before = dated_rows()
    exam = desk.order("temporary", first_day=WEDNESDAY, last_day=THURSDAY)
    assert when(lesson) == "cancelled"
    out = desk.order("move", lesson=key(lesson), date=FRIDAY, time="09:30")
    assert when(lesson) == "04-17 09:30"
    off = desk.order("cancel", lessons=[key(lesson)])
    assert desk.withdraw(exam) == 302
    assert when(lesson) == "cancelled"
    assert desk.withdraw(off) == 302
    assert when(lesson) == "04-17 09:30"
    assert desk.withdraw(out) == 302
    assert dated_rows() == before


def test_an_order_that_is_withdrawn_twice_or_applied_twice_does_it_once(cast, desk) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    made = desk.order("move", lesson=key(lesson), date=WEDNESDAY, time="10:30")
    applied = made.applied_at
    assert (desk.apply(made), made.applied_at) == (302, applied)
    assert (desk.withdraw(made), desk.withdraw(made)) == (302, 302)
    assert desk.apply(made) == 409
    assert (made.state, when(lesson)) == ("withdrawn", "04-14 08:40")
    assert LessonBase.objects.count() == 0


@pytest.mark.parametrize("withdrawn", [True, False])
def test_a_rotation_leaves_out_what_was_cancelled_by_hand_wherever_an_order_had_moved_it(cast, desk, withdrawn) -> None:
    weeks = [add_lesson(cast, utc(TUESDAY + number * WEEK, 10, 30), group="m1") for number in range(3)]
    moved = desk.order("move", lesson=key(weeks[1]), date=TUESDAY + WEEK + DAY, time="08:40")
    assert signed_in(cast.head).post(f"/lessons/{weeks[1].public_id}/cancel", {"reason": "停电"}).status_code == 302
    if withdrawn:
        assert desk.withdraw(moved) == 302
    span = {"first_day": MONDAY, "last_day": date(2026, 5, 1)}
    turn = {"turn1_place": "m1|2|630", "turn1_length": "1", "turn1_weeks": "1", "turn1_day": "4", "turn1_time": "09:30"}
    turned = desk.order("rotation", **span, **turn)
    assert [when(one) for one in weeks] == ["04-16 09:30", "cancelled", "04-30 09:30"]
    assert desk.withdraw(turned) == 302
    assert [when(one) for one in weeks] == ["04-14 10:30", "cancelled", "04-28 10:30"]


def test_a_day_with_a_lesson_cancelled_by_hand_is_transferred_and_examined_without_it(cast, desk) -> None:
    lesson, other = add_lesson(cast, utc(FRIDAY, 8, 40)), add_lesson(cast, utc(FRIDAY, 10, 30))
    swapped = desk.order("swap", lesson=key(lesson), other=key(other))
    assert signed_in(cast.head).post(f"/lessons/{other.public_id}/cancel", {"reason": "停电"}).status_code == 302
    transferred = desk.order("day_transfer", from_day=FRIDAY, to_day=SATURDAY)
    assert (when(lesson), when(other)) == ("04-18 10:30", "cancelled")
    assert desk.withdraw(swapped) == 302
    assert when(lesson) == "04-18 10:30"
    assert desk.withdraw(transferred) == 302
    assert (when(lesson), when(other)) == ("04-17 08:40", "cancelled")


def test_a_make_up_of_a_moved_lesson_cancelled_by_hand_outlives_the_order(cast, desk) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40), cast.points[:1])
    moved = desk.order("move", lesson=key(lesson), date=WEDNESDAY, time="10:30")
    assert signed_in(cast.head).post(f"/lessons/{lesson.public_id}/cancel", {"reason": "停电"}).status_code == 302
    made_up = desk.order("make_up", missed=key(lesson.receptions.get()), date=THURSDAY, time="09:30")
    make_up = Lesson.objects.get(origin="make_up")
    assert desk.withdraw(moved) == 302
    assert (when(lesson), when(make_up)) == ("cancelled", "04-16 09:30")
    again = desk.order("move", lesson=key(make_up), date=FRIDAY, time="08:40")
    assert desk.withdraw(made_up) == 302
    assert when(make_up) == "cancelled"
    assert desk.withdraw(again) == 302
    assert when(make_up) == "cancelled"
    assert (when(make_up), Reception.objects.filter(active=True).count()) == ("cancelled", 0)
