"""How much a teacher gives in a week and whether it is the teacher's subject; own lessons that have no place to go."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.db.models import Q
from django.urls import reverse
from tests.cast import TUESDAY, Cast, actor_for, signed_in, utc

from tongtang.audit.models import Entry
from tongtang.foundation.clock import civil
from tongtang.lessons.api import cancel_lesson
from tongtang.lessons.models import Lesson
from tongtang.timetable.models import ChangeOrder, LocalMove
from tongtang.timetable.orders.actions import apply_order, preview_order, withdraw_order
from tongtang.timetable.orders.requests import Cancel, MakeUp, Move, Substitute, Transfer
from tongtang.timetable.orders.tests.ground import (
    add_lesson,
    cautions,
    clashes,
    codes,
    dated_rows,
    draft,
    order,
    own_lesson,
    teaches,
    wanted,
)
from tongtang.timetable.orders.tests.test_orders import colleague
from tongtang.timetable.own_lessons import own_lessons

DAY, WEEK = timedelta(days=1), timedelta(days=7)
WEDNESDAY, THURSDAY, FRIDAY = TUESDAY + DAY, TUESDAY + 2 * DAY, TUESDAY + 3 * DAY
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_night():
    with time_machine.travel(utc(TUESDAY - DAY, 20), tick=False):
        yield


def two_a_week(cast: Cast) -> tuple[Lesson, Lesson, Lesson]:
    """The teacher gives two lessons this week, as many as the post holds, and one in the next."""
    teaches(cast.teacher, "music", cap=2)
    first, second = (add_lesson(cast, utc(day, 8, 40)) for day in (TUESDAY, WEDNESDAY))
    return first, second, add_lesson(cast, utc(TUESDAY + WEEK, 8, 40))


def test_a_move_into_a_week_that_is_full_for_the_teacher_is_refused_with_numbers(cast: Cast) -> None:
    *_this_week, next_week = two_a_week(cast)
    before = dated_rows()
    _made, found = order(cast, Move(next_week.public_id, utc(THURSDAY, 8, 40)))
    assert codes(found) == {"over_cap"}
    [reason] = found.reasons
    assert "3" in reason.sentence
    assert "2026-04-13" in reason.sentence
    assert dated_rows() == before
    # Within the week nothing is added.
    assert order(cast, Move(_this_week[0].public_id, utc(THURSDAY, 8, 40)))[1].possible


def test_the_cap_counts_what_other_orders_put_there_and_took_away(cast: Cast) -> None:
    first, _second, next_week = two_a_week(cast)
    cancelled, _ = order(cast, Cancel((first.public_id,)))
    moved, found = order(cast, Move(next_week.public_id, utc(THURSDAY, 8, 40)))
    assert found.possible
    back = withdraw_order(actor=actor_for(cast.officer), order=cancelled, reason="照常")
    assert codes(back) == {"over_cap"}
    assert withdraw_order(actor=actor_for(cast.officer), order=moved, reason="照常").possible
    assert withdraw_order(actor=actor_for(cast.officer), order=cancelled, reason="照常").possible


def test_a_substitute_who_teaches_enough_already_is_refused(cast: Cast) -> None:
    lesson, other = add_lesson(cast, utc(TUESDAY, 8, 40)), colleague(cast)
    teaches(other, "music", cap=1)
    add_lesson(cast, utc(FRIDAY, 8, 40), teacher=other, studio=None)
    assert codes(order(cast, Substitute((lesson.public_id,), other.public_id))[1]) == {"over_cap"}
    teaches(other, "music", cap=2)
    assert order(cast, Substitute((lesson.public_id,), other.public_id))[1].possible


def test_a_transferred_day_and_a_make_up_are_owed_and_go_over_the_cap_only_when_confirmed(cast: Cast) -> None:
    first, _second, next_week = two_a_week(cast)
    _made, found = order(cast, Transfer(next_week.date, FRIDAY))
    assert (found.possible, cautions(found)) == (False, {"over_cap"})
    made, found = order(cast, Transfer(next_week.date, FRIDAY), wanted(found))
    assert found.possible
    assert withdraw_order(actor=actor_for(cast.officer), order=made, reason="照常").possible
    add_lesson(cast, utc(TUESDAY + WEEK + DAY, 8, 40))
    cancel_lesson(actor=actor_for(cast.head), lesson=first, reason="停电")
    missed = first.receptions.first()
    _made, found = order(cast, MakeUp(missed.public_id, utc(TUESDAY + WEEK + 2 * DAY, 8, 40)))
    assert (found.possible, cautions(found)) == (False, {"over_cap"})
    assert not Lesson.objects.filter(origin="make_up").exists()
    assert order(cast, MakeUp(missed.public_id, utc(TUESDAY + WEEK + 2 * DAY, 8, 40)), wanted(found))[1].possible


def test_orders_over_a_transferred_day_can_be_taken_back_one_by_one(cast: Cast) -> None:
    *_this_week, next_week = two_a_week(cast)
    before = dated_rows()
    _made, found = order(cast, Transfer(next_week.date, FRIDAY))
    transfer, _ = order(cast, Transfer(next_week.date, FRIDAY), wanted(found))
    cancel, _ = order(cast, Cancel((next_week.public_id,)))
    for made in (cancel, transfer):
        assert withdraw_order(actor=actor_for(cast.officer), order=made, reason="照常").possible
    assert dated_rows() == before


def test_a_substitute_of_another_subject_is_confirmed_on_the_page_or_does_not_teach(cast: Cast) -> None:
    lesson, other = add_lesson(cast, utc(TUESDAY, 8, 40)), teaches(colleague(cast), "maths")
    made = draft(cast, Substitute((lesson.public_id,), other.public_id))
    client, address = signed_in(cast.officer), reverse("timetable:order", args=[made.public_id])
    page = client.get(address).content.decode()
    [words] = wanted(preview_order(made, actor_for(cast.officer)))
    assert other.name in words
    assert f'name="confirmed" value="{words}" required' in page
    apply = reverse("timetable:order-apply", args=[made.public_id])
    assert client.post(apply, {"confirmed": ["别的话"]}).status_code == 409
    assert Lesson.objects.get(pk=lesson.pk).teacher_id == cast.teacher.pk
    assert client.post(apply, {"confirmed": [words]}).status_code == 302
    assert Lesson.objects.get(pk=lesson.pk).teacher_id == other.pk
    assert json.loads(Entry.objects.get(action="order.applied").detail)["confirmed"] == ["other_subject"]
    # What was confirmed once is not asked again of an order that leaves the teacher.
    assert order(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))[1].possible


def test_a_form_that_applies_at_once_keeps_the_draft_until_its_warning_is_confirmed(cast: Cast) -> None:
    lesson, other = add_lesson(cast, utc(TUESDAY, 8, 40)), teaches(colleague(cast), "maths")
    address = reverse("timetable:order-new", args=[cast.alliance.public_id, "substitute"])
    asked = {"lessons": [str(lesson.public_id)], "teacher": str(other.public_id), "reason": "外出", "then": "apply"}
    assert signed_in(cast.officer).post(f"{address}?week=2026-W16", asked).status_code == 302
    assert ChangeOrder.objects.get().state == "draft"
    assert Lesson.objects.get(pk=lesson.pk).teacher_id == cast.teacher.pk


def test_an_own_lesson_without_a_place_to_go_falls_out_when_that_is_confirmed(cast: Cast) -> None:
    """The week of the first class is full: the period that the reception leaves is taken by another reception."""
    one, other = cast.points[0], colleague(cast)
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40), [one])
    own = own_lesson(one, 3, 2)
    blocker = add_lesson(cast, utc(THURSDAY, 8, 40), [one], teacher=other, studio=None)
    order(cast, Move(lesson.public_id, utc(THURSDAY, 10, 30)))
    assert order(cast, Move(blocker.public_id, utc(TUESDAY, 8, 40)))[1].possible
    before = dated_rows()
    made, found = order(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))
    assert (found.possible, cautions(found), len(found.falls)) == (False, {"local_no_place"}, 1)
    assert dated_rows() == before
    assert apply_order(actor=actor_for(cast.officer), order=made, confirmed=wanted(found)).possible
    days = (TUESDAY - DAY, FRIDAY)
    assert own_lessons(Q(pk=own.pk), days) == []
    assert not LocalMove.objects.exists()
    page = signed_in(cast.officer).get(reverse("timetable:order", args=[made.public_id])).content.decode()
    assert "本班数学停上" in page
    assert clashes() == []
    assert withdraw_order(actor=actor_for(cast.officer), order=made, reason="照常").possible
    assert [civil(each.starts_at).date() for each in own_lessons(Q(pk=own.pk), days)] == [WEDNESDAY]
    assert dated_rows() == before
