"""Every kind of change order by its form: made, looked at, published, and what the form refuses."""

import re
from datetime import date, time, timedelta

import pytest
import time_machine
from django.test import Client
from tests.cast import COUNTY, TUESDAY, Cast, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Specialist
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Lesson
from tongtang.notices.models import Notice
from tongtang.organisations.models import BellSchedule, Period
from tongtang.timetable.models import ChangeOrder, DatedBells, PlanRule
from tongtang.timetable.orders.tests.ground import add_lesson, clashes, teaches

WEDNESDAY, THURSDAY = TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2)
MONDAY = TUESDAY - timedelta(days=1)
WEEK = "2026-W16"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(utc(MONDAY, 7), tick=False):
        yield


@pytest.fixture
def client(cast: Cast) -> Client:
    PlanRule.objects.create(county_code=COUNTY, rule="start_tolerance_minutes", value="10")
    return signed_in(cast.officer)


def form_page(cast: Cast, kind: str, **query: str) -> str:
    address = f"/timetable/alliances/{cast.alliance.public_id}/orders/{kind}"
    return address + ("?" + "&".join(f"{name}={value}" for name, value in ({"week": WEEK} | query).items()))


def make(client: Client, cast: Cast, kind: str, form: dict, then: str = "apply") -> ChangeOrder:
    """The order that a form makes; applied unless told otherwise."""
    page = client.get(form_page(cast, kind))
    assert page.status_code == 200
    answer = client.post(form_page(cast, kind), {"reason": "教研会", "then": then} | form)
    assert answer.status_code == 302, re.findall(r'class="err">.*?</p>', answer.content.decode(), re.S)
    return ChangeOrder.objects.get()


def when(lesson: Lesson) -> str:
    lesson.refresh_from_db()
    return f"{civil(lesson.starts_at):%m-%d %H:%M}" if lesson.active else "cancelled"


def key(thing) -> str:
    return str(thing.public_id)


def test_a_move_to_a_date_months_ahead(client, cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    form = {"lesson": key(lesson), "date": "2026-06-17", "time": "09:30", "studio": ""}
    assert make(client, cast, "move", form).state == "applied"
    assert when(lesson) == "06-17 09:30"


def test_two_lessons_swap(client, cast) -> None:
    first, second = add_lesson(cast, utc(TUESDAY, 10, 30)), add_lesson(cast, utc(THURSDAY, 8, 40))
    make(client, cast, "swap", {"lesson": key(first), "other": key(second)})
    assert (when(first), when(second)) == ("04-16 08:40", "04-14 10:30")


def test_somebody_else_teaches(client, cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    other = teaches(person("代课老师", "t09", Role.ANCHOR_TEACHER, school=cast.anchor), "music")
    Specialist.objects.create(alliance=cast.alliance, person=other, valid_from=date(2020, 9, 1))
    assert "代课老师" in client.get(form_page(cast, "substitute")).content.decode()
    make(client, cast, "substitute", {"lessons": [key(lesson)], "teacher": key(other), "studio": ""})
    lesson.refresh_from_db()
    assert lesson.teacher == other


def test_a_cancelled_lesson_is_made_up_by_an_order(client, cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30), cast.points[:1])
    make(client, cast, "cancel", {"lessons": [key(lesson)]})
    assert when(lesson) == "cancelled"
    ChangeOrder.objects.all().update(state="applied")
    missed = lesson.receptions.get()
    assert key(missed) in client.get(form_page(cast, "make_up")).content.decode()
    answer = client.post(
        form_page(cast, "make_up"),
        {"missed": key(missed), "date": "2026-04-16", "time": "09:30", "reason": "补上", "then": "apply"},
    )
    assert answer.status_code == 302
    made = Lesson.objects.get(origin="make_up")
    assert when(made) == "04-16 09:30"
    assert key(missed) not in client.get(form_page(cast, "make_up")).content.decode()


def test_a_days_lessons_are_held_on_another(client, cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    make(client, cast, "day_transfer", {"from_day": "2026-04-14", "to_day": "2026-04-18"})
    assert when(lesson) == "04-18 10:30"


def test_for_an_exam_only_what_is_kept_and_moved_is_held(client, cast) -> None:
    kept, moved, gone = (add_lesson(cast, utc(day, 10, 30)) for day in (TUESDAY, WEDNESDAY, THURSDAY))
    form = {
        "first_day": "2026-04-14",
        "last_day": "2026-04-16",
        "kept": [key(kept)],
        "move1_lesson": key(moved),
        "move1_date": "2026-04-15",
        "move1_time": "08:40",
    }
    make(client, cast, "temporary", form)
    assert (when(kept), when(moved), when(gone)) == ("04-14 10:30", "04-15 08:40", "cancelled")


def test_schools_ring_other_bells_and_the_lesson_that_no_longer_fits_is_moved(client, cast) -> None:
    late = BellSchedule.objects.create(county_code=COUNTY, source_id="bell-exam")
    Period.objects.create(bell_schedule=late, number=1, starts=time(9, 0), ends=time(9, 40))
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    form = {
        "first_day": "2026-04-13",
        "last_day": "2026-04-17",
        "bell": key(late),
        "schools": [key(one.school) for one in cast.points],
    }
    assert make(client, cast, "bells", form).state == "draft", "the lesson fits none of the new periods"
    ChangeOrder.objects.all().delete()
    moved = {"move1_lesson": key(lesson), "move1_date": "2026-04-14", "move1_time": "09:00"}
    assert make(client, cast, "bells", form | moved).state == "applied"
    assert when(lesson) == "04-14 09:00"
    assert DatedBells.objects.count() == 3


def test_weekly_lessons_take_turns(client, cast) -> None:
    weeks = [add_lesson(cast, utc(TUESDAY + timedelta(weeks=number), 10, 30), group="m1") for number in range(4)]
    form = {
        "first_day": "2026-04-13",
        "last_day": "2026-05-08",
        "turn1_place": "m1|2|630",
        "turn1_length": "2",
        "turn1_weeks": "1",
        "turn1_day": "4",
        "turn1_time": "08:40",
    }
    assert "m1|2|630" in client.get(form_page(cast, "rotation", **{"from": "2026-04-13"})).content.decode()
    make(client, cast, "rotation", form)
    # The term's seventh week is the first of the two, by the term's own counting.
    assert [when(lesson) for lesson in weeks] == ["04-16 08:40", "04-21 10:30", "04-30 08:40", "05-05 10:30"]
    assert clashes() == []


BAD = {
    "move": ({"lesson": "", "date": "2026-04-16", "time": "08:40"}, "lesson"),
    "swap": ({"lesson": "x", "other": ""}, "other"),
    "substitute": ({"lessons": ["x"], "teacher": ""}, "lessons"),
    "cancel": ({}, "lessons"),
    "make_up": ({"missed": "", "date": "0001-01-01", "time": "8"}, "date"),
    "day_transfer": ({"from_day": "2026-04-14", "to_day": "31.4."}, "to_day"),
    "temporary": ({"first_day": "2026-04-14", "last_day": "2026-04-01"}, "last_day"),
    "bells": ({"first_day": "2026-04-14", "last_day": "2026-04-17", "bell": "", "schools": []}, "bell"),
    "rotation": ({"first_day": "2026-04-14", "last_day": "2026-04-17", "turn1_place": "m1|2|630"}, "turn1_weeks"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_made(client, cast, kind) -> None:
    add_lesson(cast, utc(TUESDAY, 10, 30), group="m1")
    form, name = BAD[kind]
    answer = client.post(form_page(cast, kind), {"reason": "教研会"} | form)
    assert answer.status_code == 400
    assert answer.context["form"].errors[name]
    assert not ChangeOrder.objects.exists()


def test_an_order_needs_a_reason_and_a_kind_that_exists(client, cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    answer = client.post(form_page(cast, "cancel"), {"lessons": [key(lesson)], "reason": " "})
    assert (answer.status_code, "写明" in answer.content.decode()) == (400, True)
    assert client.get(form_page(cast, "nothing")).status_code == 404


def test_another_alliances_lesson_is_refused_in_words(client, cast) -> None:
    answer = client.post(form_page(cast, "cancel"), {"lessons": [str(cast.term.public_id)], "reason": "教研会"})
    assert answer.status_code == 400
    assert "不是本联盟的课" in answer.content.decode() or "重新选" in answer.content.decode()


def test_the_order_page_says_what_it_did_to_whom_and_people_are_told(client, cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    order = make(client, cast, "move", {"lesson": key(lesson), "date": "2026-04-16", "time": "08:40"})
    html = client.get(f"/timetable/orders/{order.public_id}").content.decode()
    assert all(f"第{number}教学点 三年级班" in html for number in (1, 2, 3))
    assert ("周二 4月14日 10:30" in html, "周四 4月16日 8:40" in html) == (True, True)
    local = signed_in(cast.points[0].local)
    own = local.get(f"/timetable/orders/{order.public_id}").content.decode()
    assert ("第1教学点" in own, "第2教学点" in own) == (True, False)
    assert "撤回调课单" not in own
    told = local.get("/notices/").content.decode()
    assert "教研会" in told
    assert Notice.objects.filter(read_at=None).count() == 4
    local.post("/notices/read", {})
    assert Notice.objects.filter(read_at=None).count() == 3
    assert 'aria-label="通知"' in local.get("/notices/").content.decode()


def test_withdrawing_needs_a_reason(client, cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    order = make(client, cast, "cancel", {"lessons": [key(lesson)]}, then="keep")
    draft = client.get(f"/timetable/orders/{order.public_id}").content.decode()
    assert ("3 班停上这节" in draft, "直接移动" in draft) == (True, False)
    client.post(f"/timetable/orders/{order.public_id}/apply")
    assert client.post(f"/timetable/orders/{order.public_id}/withdraw", {"reason": ""}).status_code == 409
    assert when(lesson) == "cancelled"
    assert client.post(f"/timetable/orders/{order.public_id}/withdraw", {"reason": "不停了"}).status_code == 302
    assert when(lesson) == "04-14 10:30"
