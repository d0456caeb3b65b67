"""A school that has left its alliance: after its last day it receives nothing, whatever orders stand on its lessons."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import TUESDAY, Cast, Point, actor_for, make_cast, person, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Membership
from tongtang.audit.models import Entry
from tongtang.lessons.models import Lesson, Reception
from tongtang.notices.models import Notice
from tongtang.timetable.models import LessonBase, LocalMove
from tongtang.timetable.orders.actions import withdraw_order
from tongtang.timetable.orders.requests import Cancel, Move
from tongtang.timetable.orders.tests.ground import add_lesson, clashes, order, own_lesson
from tongtang.timetable.orders.tests.test_orders import colleague
from tongtang.timetable.own_lessons import own_lessons
from tongtang.timetable.tasks import end_receptions

DAY, WEEK = timedelta(days=1), timedelta(days=7)
MONDAY, WEDNESDAY, THURSDAY, FRIDAY = TUESDAY - DAY, TUESDAY + DAY, TUESDAY + 2 * DAY, TUESDAY + 3 * DAY
NEXT_TUESDAY = TUESDAY + WEEK
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(utc(MONDAY, 20), tick=False) as travel:
        yield travel


def leaves(one: Point, last_day: date) -> Membership:
    row = Membership.objects.get(school=one.school)
    row.state, row.valid_to = Membership.State.ENDED, last_day
    row.save()
    return row


def received(one: Point) -> list[date]:
    return list(
        Reception.objects.filter(school=one.school, active=True).order_by("date").values_list("date", flat=True)
    )


def everything() -> tuple:
    return (
        list(Lesson.objects.order_by("pk").values()),
        list(Reception.objects.order_by("pk").values()),
        list(LessonBase.objects.order_by("pk").values()),
        Notice.objects.count(),
        Entry.objects.count(),
    )


def test_nothing_ends_before_the_last_day_is_over_and_then_everything_after_it_once(cast: Cast, clock) -> None:
    one = cast.points[0]
    for day in (WEDNESDAY, THURSDAY, NEXT_TUESDAY):
        add_lesson(cast, utc(day, 8, 40))
    left = leaves(one, WEDNESDAY)
    clock.move_to(utc(WEDNESDAY, 23, 30))
    before = everything()
    end_receptions.func()
    assert everything() == before
    clock.move_to(utc(THURSDAY, 0, 10))
    end_receptions.func()
    assert received(one) == [WEDNESDAY]
    assert [len(received(other)) for other in cast.points[1:]] == [3, 3]
    key = f"membership:{left.public_id}:left"
    assert set(Notice.objects.filter(key=key).values_list("person", flat=True)) == {cast.teacher.pk, one.local.pk}
    assert one.school.name in Notice.objects.filter(key=key).first().text
    assert Entry.objects.get(action="receptions.ended").object == f"membership:{left.public_id}"
    after = everything()
    end_receptions.func()
    assert everything() == after


def test_a_school_that_was_renewed_or_comes_back_keeps_what_it_receives_then(cast: Cast, clock) -> None:
    first, second, _third = cast.points
    for day in (THURSDAY, NEXT_TUESDAY):
        add_lesson(cast, utc(day, 8, 40))
    leaves(first, WEDNESDAY)
    leaves(second, WEDNESDAY)
    for one, since in ((first, THURSDAY), (second, NEXT_TUESDAY)):
        Membership.objects.create(
            alliance=cast.alliance, school=one.school, state="active", applied_on=MONDAY, valid_from=since
        )
    clock.move_to(utc(THURSDAY, 0, 10))
    end_receptions.func()
    assert received(first) == [THURSDAY, NEXT_TUESDAY]
    assert received(second) == [NEXT_TUESDAY]


def test_a_lesson_that_nobody_receives_any_more_blocks_neither_teacher_nor_studio(cast: Cast, clock) -> None:
    one = cast.points[0]
    alone = add_lesson(cast, utc(THURSDAY, 8, 40), [one])
    leaves(one, WEDNESDAY)
    clock.move_to(utc(THURSDAY, 0, 10))
    end_receptions.func()
    alone.refresh_from_db()
    assert (alone.state, alone.active) == ("cancelled", False)
    other = add_lesson(cast, utc(FRIDAY, 8, 40), cast.points[1:])
    assert order(cast, Move(other.public_id, utc(THURSDAY, 8, 40)))[1].possible


def test_own_lessons_that_gave_way_are_held_again(cast: Cast, clock) -> None:
    one = cast.points[0]
    lesson = add_lesson(cast, utc(THURSDAY, 8, 40))
    own = own_lesson(one, 5, 2)
    assert len(order(cast, Move(lesson.public_id, utc(FRIDAY, 9, 30)))[1].swaps) == 1
    leaves(one, WEDNESDAY)
    clock.move_to(utc(THURSDAY, 0, 10))
    end_receptions.func()
    assert not LocalMove.objects.exists()
    assert [each.day for each in own_lessons(Q(pk=own.pk), (MONDAY, FRIDAY))] == [FRIDAY]


def test_orders_that_are_taken_back_bring_nothing_back_to_a_school_that_left(cast: Cast, clock) -> None:
    one = cast.points[0]
    moved, cancelled = add_lesson(cast, utc(THURSDAY, 8, 40)), add_lesson(cast, utc(FRIDAY, 8, 40))
    alone = add_lesson(cast, utc(FRIDAY, 10, 30), [one], teacher=colleague(cast), studio=None)
    orders = [
        order(cast, request)[0]
        for request in (
            Move(moved.public_id, utc(NEXT_TUESDAY, 9, 30)),
            Cancel((cancelled.public_id, alone.public_id)),
        )
    ]
    leaves(one, WEDNESDAY)
    clock.move_to(utc(THURSDAY, 0, 10))
    end_receptions.func()
    for made in orders:
        assert withdraw_order(actor=actor_for(cast.officer), order=made, reason="照常").possible
    assert received(one) == []
    assert [len(received(other)) for other in cast.points[1:]] == [2, 2]
    alone.refresh_from_db()
    assert not alone.active
    assert Notice.objects.filter(key__endswith=":left", person=one.local).count() == 1


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lessons=st.lists(
        st.tuples(st.integers(0, 6), st.sampled_from([8, 10]), st.sets(st.integers(0, 2), min_size=1)), max_size=5
    ),
    last=st.lists(st.none() | st.integers(-1, 6), min_size=3, max_size=3),
    nights=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    held_back=st.booleans(),
)
def test_whoever_leaves_when_and_however_often_one_looks(lessons, last, nights, held_back, clock) -> None:
    """After each look: past rows as they were, nobody receives after the last day, nobody else loses anything."""
    from django.db import transaction

    clock.move_to(utc(MONDAY, 20))
    with transaction.atomic():
        cast = make_cast()
        teachers = [person(f"师{n}", f"t7{n}", Role.ANCHOR_TEACHER, school=cast.anchor) for n in range(len(lessons))]
        places = {}
        for (ahead, hour, who), teacher in zip(lessons, teachers, strict=True):
            free = [n for n in who if (ahead, hour, n) not in places]
            places |= {(ahead, hour, n): teacher for n in free}
            minute = 40 if hour == 8 else 30
            points = [cast.points[n] for n in free]
            add_lesson(cast, utc(TUESDAY + ahead * DAY, hour, minute), points, teacher=teacher, studio=None)
        for one, day in zip(cast.points, last, strict=True):
            if day is not None:
                leaves(one, TUESDAY + day * DAY)
        made = order(cast, Cancel((Lesson.objects.first().public_id,)))[0] if held_back and lessons else None
        before = {row.pk: (row.school_id, row.date, row.active) for row in Reception.objects.all()}
        ends = {one.school.pk: day for one, day in zip(cast.points, last, strict=True)}
        now = MONDAY
        for nights_more in nights:
            now += nights_more * DAY
            clock.move_to(utc(now, 0, 30))
            end_receptions.func()
            done = everything()
            end_receptions.func()
            assert everything() == done
            check(before, ends, now)
        if made is not None and made.state_on(now) == "applied":
            withdraw_order(actor=actor_for(cast.officer), order=made, reason="照常")
            check({key: row for key, row in before.items() if row[2]}, ends, now)
            for school, end in ends.items():
                late = Reception.objects.filter(school=school, active=True, starts_at__gt=utc(now, 0, 30))
                if end is not None and TUESDAY + end * DAY < now:
                    assert not late.exists()
        unreceived = Lesson.objects.filter(active=True, starts_at__gt=utc(now, 0, 30)).exclude(receptions__active=True)
        assert not unreceived.exclude(receptions=None).exists()
        assert clashes() == []
        transaction.set_rollback(True)


def check(before, ends, now) -> None:
    rows = {row.pk: row for row in Reception.objects.filter(pk__in=before)}
    for key, (school, day, active) in before.items():
        end = ends[school]
        over = end is not None and TUESDAY + end * DAY < min(day, now)
        # What began before anybody looked stays as it was held.
        begun_unseen = day < now
        if not (over and begun_unseen):
            assert rows[key].active == (active and not over), (key, day, end, now)
