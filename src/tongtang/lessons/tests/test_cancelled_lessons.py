"""A lesson that is cancelled, and make-ups taken back, over HTTP."""

from datetime import date, timedelta

import pytest
import time_machine
from tests.cast import TUESDAY, Cast, actor_for, add_lesson, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.lessons.api import Refused, arrange_make_up, cancel_make_up, figures_of
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson, Reception
from tongtang.lessons.queries import shortfall_of

MONDAY_NIGHT = utc(TUESDAY - timedelta(days=1), 20)
SPAN = ("music", date(2026, 4, 13), date(2026, 4, 19))


def cancel(who, lesson: Lesson, reason: str = "教师外出培训") -> int:
    return signed_in(who).post(f"/lessons/{lesson.public_id}/cancel", {"reason": reason}).status_code


@time_machine.travel(MONDAY_NIGHT, tick=False)
def test_a_cancelled_lesson_stays_on_record_and_the_classes_are_short(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    first = cast.points[0].home_class.pk
    assert signed_in(cast.head).get(f"/lessons/{lesson.public_id}/cancel").status_code == 200
    assert cancel(cast.head, lesson) == 302
    lesson.refresh_from_db()
    assert (lesson.state, lesson.active) == ("cancelled", False)
    assert not lesson.receptions.filter(active=True).exists()
    assert shortfall_of(first, *SPAN) == 1
    text = signed_in(cast.officer).get(f"/lessons/{lesson.public_id}").content.decode()
    assert text.count("i-calendar-x") >= 3
    assert "0 / 3" in text
    ledger = signed_in(cast.officer).get("/lessons/?from=2026-04-13").content.decode()
    assert "0 / 3" in ledger
    add_lesson(cast, utc(TUESDAY, 10, 30))
    assert Reception.objects.filter(active=True).count() == 3


@time_machine.travel(MONDAY_NIGHT, tick=False)
def test_what_a_later_plan_took_out_was_not_planned(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    lesson.receptions.update(active=False)
    Lesson.objects.filter(pk=lesson.pk).update(state="cancelled", active=False)
    assert shortfall_of(cast.points[0].home_class.pk, *SPAN) == 0
    text = signed_in(cast.officer).get("/lessons/?from=2026-04-13").content.decode()
    assert str(lesson.public_id) not in text


@time_machine.travel(MONDAY_NIGHT, tick=False)
def test_who_may_cancel(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    receiving_head = person("点校长", "h80", Role.SCHOOL_HEAD, school=cast.points[0].school)
    researcher = person("教研员", "r80", Role.SUBJECT_RESEARCHER, at=cast.county)
    for who in (cast.teacher, cast.points[0].local, receiving_head, researcher, cast.stranger):
        assert cancel(who, lesson) == 404
    assert Lesson.objects.get(pk=lesson.pk).active
    assert cancel(cast.officer, lesson) == 302


@pytest.mark.parametrize(
    ("at", "reason"), [(MONDAY_NIGHT, "  "), (utc(TUESDAY, 10, 30), "晚了"), (utc(TUESDAY, 12), "晚了")]
)
def test_a_refused_cancellation_changes_nothing(cast: Cast, at, reason: str) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    with time_machine.travel(at, tick=False):
        assert cancel(cast.officer, lesson, reason) == 400
    assert lesson.receptions.filter(active=True).count() == 3
    assert not EvidenceRow.objects.exists()


@time_machine.travel(utc(TUESDAY, 12), tick=False)
def test_a_make_up_is_taken_back_and_can_be_arranged_again(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    one = cast.points[0]
    missed = lesson.receptions.get(home_class=one.home_class)
    values = {
        "actor": actor_for(cast.officer),
        "missed": missed,
        "changeover": timedelta(minutes=10),
        "room": one.room,
        "studio": cast.studio,
    }
    made = arrange_make_up(starts_at=utc(TUESDAY + timedelta(days=2), 10, 30), **values)
    page = signed_in(cast.officer).get(f"/lessons/{lesson.public_id}?reception={missed.public_id}").content.decode()
    address = f"/lessons/receptions/{made.public_id}/cancel-make-up"
    assert address in page
    assert signed_in(cast.stranger).post(address, {"reason": "x"}).status_code == 404
    assert signed_in(cast.officer).get(address).status_code == 200
    assert signed_in(cast.officer).post(address, {"reason": ""}).status_code == 400
    assert signed_in(cast.officer).post(address, {"reason": "学校放假"}).status_code == 302
    made.lesson.refresh_from_db()
    assert not made.lesson.active
    page = signed_in(cast.officer).get(f"/lessons/{lesson.public_id}?reception={missed.public_id}").content.decode()
    assert address not in page
    again = arrange_make_up(starts_at=utc(TUESDAY + timedelta(days=3), 10, 30), **values)
    assert again.make_up_of_id == missed.pk
    with pytest.raises(Refused):
        cancel_make_up(actor=actor_for(cast.officer), make_up=missed, reason="不是补课")
    assert shortfall_of(one.home_class.pk, *SPAN) == 1
    found = figures_of([missed])[missed.pk]
    assert len(found.make_ups) == 2
    assert not missed.evidence.filter(kind=EvidenceKind.CANCELLED).exists()
