"""Orders that meet: on one lesson, on one day, with a make-up, with a plan that is published between them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from tests.cast import COUNTY, TUESDAY, Cast, actor_for, utc

from tongtang.audit.models import Entry
from tongtang.lessons.models import Lesson, Reception
from tongtang.notices.models import Notice
from tongtang.organisations.models import BellSchedule, CalendarDay, HomeClass, Period, ReceivingRoom, Studio
from tongtang.timetable.models import ChangeOrder, LocalLesson
from tongtang.timetable.orders.actions import apply_order, withdraw_order
from tongtang.timetable.orders.cycles import WeekCycle
from tongtang.timetable.orders.requests import (
    Cancel,
    MakeUp,
    Move,
    Ring,
    Rotation,
    Substitute,
    Temporary,
    Transfer,
    Turn,
    WeekBells,
)
from tongtang.timetable.orders.resolve import Refused
from tongtang.timetable.orders.tests.ground import add_lesson, clashes, codes, dated_rows, draft, order, own_lesson
from tongtang.timetable.orders.tests.test_orders import colleague

DAY, WEEK = timedelta(days=1), timedelta(days=7)
WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (TUESDAY + n * DAY for n in range(1, 5))
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_night() -> Iterator[None]:
    with time_machine.travel(utc(TUESDAY - DAY, 20), tick=False):
        yield


def withdraw(cast: Cast, made: ChangeOrder):
    return withdraw_order(actor=actor_for(cast.officer), order=made, reason="计划取消")


def test_an_order_lasts_as_long_as_a_lesson_that_another_order_moves_on(cast: Cast) -> None:
    lesson, other = add_lesson(cast, utc(TUESDAY, 8, 40)), colleague(cast)
    stood_in, _found = order(cast, Substitute((lesson.public_id,), other.public_id))
    assert order(cast, Move(lesson.public_id, utc(FRIDAY, 9, 30)))[1].possible
    with time_machine.travel(utc(THURSDAY, 8), tick=False):
        stood_in.refresh_from_db()
        assert (stood_in.first_day, stood_in.last_day) == (TUESDAY, FRIDAY)
        assert stood_in.state_on(THURSDAY) == "applied"
        found = withdraw(cast, stood_in)
        assert found.possible, found.reasons
    assert Lesson.objects.get(pk=lesson.pk).teacher_id == cast.teacher.pk


def test_a_draft_takes_its_days_from_where_its_lesson_is_when_it_is_applied(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    made = draft(cast, Cancel((lesson.public_id,)))
    assert order(cast, Move(lesson.public_id, utc(FRIDAY, 9, 30)))[1].possible
    with time_machine.travel(utc(TUESDAY - DAY, 21), tick=False):
        assert apply_order(actor=actor_for(cast.officer), order=made).possible
    made.refresh_from_db()
    assert made.last_day == FRIDAY
    with time_machine.travel(utc(THURSDAY, 8), tick=False):
        assert withdraw(cast, made).possible
    assert Lesson.objects.get(pk=lesson.pk).active


def bell_of_half_past(cast: Cast) -> BellSchedule:
    bell = BellSchedule.objects.create(county_code=COUNTY, source_id="summer")
    for number, start in enumerate(["07:30", "12:30"], start=1):
        Period.objects.create(bell_schedule=bell, number=number, starts=start, ends=f"{start[:2]}:59")
    return bell


def test_bells_are_not_taken_back_from_under_a_lesson_that_was_moved_to_them(cast: Cast) -> None:
    one = cast.points[0]
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40), [one])
    rings = (Ring(one.school.public_id, bell_of_half_past(cast).public_id),)
    rung, found = order(cast, WeekBells(WEDNESDAY, FRIDAY, rings))
    assert found.possible, found.reasons
    moved, found = order(cast, Move(lesson.public_id, utc(WEDNESDAY, 12, 30)))
    assert found.possible, found.reasons
    before = dated_rows()
    assert codes(withdraw(cast, rung)) == {"period_misfit"}
    assert dated_rows() == before
    assert withdraw(cast, moved).possible
    rung.refresh_from_db()
    assert withdraw(cast, rung).possible


def test_a_transferred_day_is_not_taken_back_from_under_a_lesson_that_was_moved_to_it(cast: Cast) -> None:
    CalendarDay.objects.create(county_code=COUNTY, date=SATURDAY, kind="holiday")
    add_lesson(cast, utc(TUESDAY, 8, 40))
    other = add_lesson(cast, utc(THURSDAY, 8, 40))
    transferred, found = order(cast, Transfer(TUESDAY, SATURDAY))
    assert found.possible, found.reasons
    _moved, found = order(cast, Move(other.public_id, utc(SATURDAY, 10, 30)))
    assert found.possible, found.reasons
    before = dated_rows()
    assert codes(withdraw(cast, transferred)) == {"holiday"}
    assert dated_rows() == before


def missed_of(cast: Cast, lesson: Lesson, point: int = 0) -> Reception:
    return lesson.receptions.get(home_class=cast.points[point].home_class)


def test_a_cancelled_lesson_does_not_come_back_beside_its_make_up(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    cancelled, _found = order(cast, Cancel((lesson.public_id,)))
    made_up, found = order(cast, MakeUp(missed_of(cast, lesson).public_id, utc(THURSDAY, 9, 30)))
    assert found.possible, found.reasons
    before = dated_rows()
    assert codes(withdraw(cast, cancelled)) == {"made_up"}
    assert codes(order(cast, Move(lesson.public_id, utc(FRIDAY, 8, 40)))[1]) == {"made_up"}
    assert dated_rows() == before
    assert withdraw(cast, made_up).possible
    cancelled.refresh_from_db()
    assert withdraw(cast, cancelled).possible
    assert Lesson.objects.get(pk=lesson.pk).active


def test_a_make_up_does_not_come_back_beside_another_one(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    order(cast, Cancel((lesson.public_id,)))
    missed = missed_of(cast, lesson).public_id
    assert order(cast, MakeUp(missed, utc(THURSDAY, 9, 30)))[1].possible
    first = Lesson.objects.get(origin="make_up")
    fallen, found = order(cast, Cancel((first.public_id,)))
    assert found.possible, found.reasons
    assert order(cast, MakeUp(missed, utc(FRIDAY, 9, 30)))[1].possible
    before = dated_rows()
    assert codes(withdraw(cast, fallen)) == {"made_up"}
    assert dated_rows() == before


def test_a_make_up_that_cannot_be_is_not_put_in_force(cast: Cast) -> None:
    one = cast.points[0]
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    order(cast, Cancel((lesson.public_id,)))
    # On Thursday the class's own lesson is held in its second period, because a broadcast takes its place.
    other = add_lesson(cast, utc(THURSDAY, 9, 30), [one])
    own_lesson(one, 5, 1)
    assert len(order(cast, Move(other.public_id, utc(FRIDAY, 8, 40)))[1].swaps) == 1
    before, told = dated_rows(), Notice.objects.count()
    made, found = order(cast, MakeUp(missed_of(cast, lesson).public_id, utc(THURSDAY, 9, 30)))
    assert "本校的课" in found.reasons[0].sentence
    assert (made.state, dated_rows(), Notice.objects.count()) == ("draft", before, told)
    assert clashes() == []


def test_who_was_told_of_a_make_up_is_told_that_it_was_taken_back(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    order(cast, Cancel((lesson.public_id,)))
    made, _found = order(cast, MakeUp(missed_of(cast, lesson).public_id, utc(THURSDAY, 9, 30)))
    told = set(Notice.objects.filter(key=f"change-order:{made.public_id}:applied").values_list("person", flat=True))
    assert told == {cast.teacher.pk, cast.points[0].local.pk}
    assert withdraw(cast, made).possible
    rows = Notice.objects.filter(key=f"change-order:{made.public_id}:withdrawn")
    assert set(rows.values_list("person", flat=True)) == told
    assert "4月16日" in rows.first().text


def test_a_rotation_on_a_make_up_day_stays_within_its_week(cast: Cast) -> None:
    CalendarDay.objects.create(county_code=COUNTY, date=SATURDAY, kind="make_up", as_weekday=2)
    lesson = add_lesson(cast, utc(SATURDAY, 8, 40), group="g1")
    turn = Turn("g1", 2, 8 * 60 + 40, WeekCycle(1, frozenset([1])), to_weekday=3, to_start=9 * 60 + 30)
    _made, found = order(cast, Rotation(TUESDAY, SATURDAY + WEEK, (turn,)))
    assert found.possible, found.reasons
    assert Lesson.objects.get(pk=lesson.pk).starts_at == utc(WEDNESDAY, 9, 30)


def test_the_reason_of_a_withdrawal_is_told_and_kept(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    made, _found = order(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))
    assert withdraw(cast, made).possible
    texts = Notice.objects.filter(key=f"change-order:{made.public_id}:withdrawn").values_list("text", flat=True)
    assert texts
    assert all("计划取消" in text for text in texts)
    entry = Entry.objects.get(action="order.withdrawn", object=f"order:{made.public_id}")
    assert entry.reason == "计划取消"


@pytest.mark.parametrize("kind", ["temporary", "transfer", "bells"])
def test_what_began_today_stays_and_the_rest_of_the_day_follows_the_order(cast: Cast, kind: str) -> None:
    begun, to_come = add_lesson(cast, utc(TUESDAY, 8, 40)), add_lesson(cast, utc(TUESDAY, 10, 30))
    with time_machine.travel(utc(TUESDAY, 9), tick=False):
        one = cast.points[0]
        request = {
            "temporary": Temporary(TUESDAY, WEDNESDAY),
            "transfer": Transfer(TUESDAY, THURSDAY),
            "bells": WeekBells(TUESDAY, WEDNESDAY, (Ring(one.school.public_id, cast.bell.public_id),)),
        }[kind]
        made, found = order(cast, request)
        assert found.possible, found.reasons
        assert [each.touched.lesson_id for each in found.verdicts] == [to_come.pk]
        states = [(row.starts_at, row.active) for row in Lesson.objects.order_by("pk")]
        assert states[0] == (begun.starts_at, True)
        after = {"temporary": (to_come.starts_at, False), "transfer": (utc(THURSDAY, 10, 30), True)}
        assert states[1] == after.get(kind, (to_come.starts_at, True))
        assert withdraw(cast, made).possible
    assert Lesson.objects.get(pk=to_come.pk).starts_at == to_come.starts_at


def test_a_day_that_is_over_is_not_held_on_another_one(cast: Cast) -> None:
    add_lesson(cast, utc(TUESDAY, 8, 40))
    with time_machine.travel(utc(TUESDAY, 12), tick=False), pytest.raises(Refused):
        draft(cast, Transfer(TUESDAY, THURSDAY))
    assert not ChangeOrder.objects.exists()


def test_a_make_up_takes_the_first_room_and_studio_that_are_free(cast: Cast) -> None:
    one = cast.points[0]
    one.school.max_streams = 2
    one.school.save()
    second = ReceivingRoom.objects.create(school=one.school, number=2)
    other_studio = Studio.objects.create(county_code=COUNTY, source_id="s02", school=cast.anchor, name="第2演播室")
    home = HomeClass.objects.create(
        county_code=COUNTY, source_id="p01-g4", school=one.school, name="四年级班", grades=[4], pupil_count=5
    )
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    order(cast, Cancel((lesson.public_id,)))
    # Its own room and studio are taken at that time by a colleague's lesson for another class of the school.
    beside = add_lesson(cast, utc(THURSDAY, 9, 30), [one], teacher=colleague(cast))
    beside.receptions.update(home_class=home)
    _made, found = order(cast, MakeUp(missed_of(cast, lesson).public_id, utc(THURSDAY, 9, 30)))
    assert found.possible, found.reasons
    made = Reception.objects.get(make_up_of__isnull=False)
    assert (made.room_id, made.lesson.studio_id) == (second.pk, other_studio.pk)
    assert clashes() == []


def test_a_lesson_moves_to_no_day_on_which_its_teacher_has_left_the_pool(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    cast.alliance.specialists.update(valid_to=WEDNESDAY)
    assert codes(order(cast, Move(lesson.public_id, utc(THURSDAY, 9, 30)))[1]) == {"alliance"}
    assert order(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))[1].possible


def test_nobody_teaches_a_broadcast_while_teaching_a_class_of_the_own_school(cast: Cast) -> None:
    other = colleague(cast)
    home = HomeClass.objects.create(
        county_code=COUNTY, source_id="a01-g4", school=cast.anchor, name="四年级1班", grades=[4], pupil_count=40
    )
    for teacher, weekday in ((cast.teacher, 3), (other, 2)):
        LocalLesson.objects.create(
            home_class=home, weekday=weekday, period_number=2, subject_id="music", teacher=teacher
        )
    lesson = add_lesson(cast, utc(TUESDAY, 9, 30))
    assert codes(order(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))[1]) == {"teacher_busy"}
    assert codes(order(cast, Substitute((lesson.public_id,), other.public_id))[1]) == {"teacher_busy"}
    assert order(cast, Move(lesson.public_id, utc(WEDNESDAY, 10, 30)))[1].possible
    assert order(cast, Substitute((lesson.public_id,), other.public_id))[1].possible
