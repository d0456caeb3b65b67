"""The page of today through the front door: what each role finds, one primary action, the cost."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.cast import (
    LONG_AGO,
    TUESDAY,
    actor_for,
    add_lesson,
    at_device,
    fresh_uuid,
    make_cast,
    person,
    point,
    signed_in,
    utc,
)

from tongtang.access.models import Role, RoleAssignment
from tongtang.lessons.api import arrange_make_up, happened, record_evidence
from tongtang.lessons.models import EvidenceKind, Lesson, Reception
from tongtang.operations.models import HelpCall

NOW = utc(TUESDAY, 10, 26)


@pytest.fixture(autouse=True)
def four_minutes_before():
    with time_machine.travel(NOW, tick=False):
        yield


def page(client: Client, path: str = "/", **query: str) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return response.content.decode()


def hero(html: str) -> list[tuple[str, str]]:
    """Address and words of the chalk-yellow action."""
    found = re.findall(
        r'<section class="hero".*?<a class="btn(?: wide)?" href="([^"]*)">.*?</svg>([^<]*)</a>', html, re.DOTALL
    )
    assert html.count("btn primary") + len(found) <= 1
    return found


def deliver(reception: Reception, *, roll: int = 5) -> None:
    """The whole lesson, live, with a roll call, on the day itself."""
    end = int((reception.ends_at - reception.starts_at).total_seconds())
    pupils = [str(fresh_uuid()) for _number in range(roll)]
    record_evidence(
        actor=None,
        reception=reception,
        rows=[
            happened(EvidenceKind.JOINED, reception.starts_at, {}),
            happened(EvidenceKind.RECEIVED, reception.ends_at, {"from": 0, "to": end, "mode": "live"}),
            happened(EvidenceKind.ROLL_CALL, reception.starts_at, {"present": pupils, "absent": [], "on_leave": []}),
        ],
        now=reception.ends_at,
    )


def test_a_stranger_signs_in_first(db):
    assert Client().get("/").headers["Location"].startswith("/sign-in")


def test_a_device_goes_to_its_schools_wall(cast):
    one = cast.points[0]
    place = at_device(one).get("/").headers["Location"]
    assert place == f"/timetable/schools/{one.school.public_id}/wall"


def test_the_anchor_teacher_enters_the_studio(cast):
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    html = page(signed_in(cast.teacher))
    assert hero(html) == [(f"/classroom/lessons/{lesson.public_id}/studio", "进入演播室")]
    assert "3 个班" in html
    assert "还没有课件" in html


def test_long_before_the_lesson_the_anchor_teacher_prepares(cast):
    lesson = add_lesson(cast, utc(TUESDAY, 14))
    assert hero(page(signed_in(cast.teacher))) == [(f"/preparation/{lesson.public_id}", "备课件")]


def test_without_a_lesson_today_the_next_day_comes_first(cast):
    lesson = add_lesson(cast, utc(TUESDAY + timedelta(days=2), 8, 40))
    html = page(signed_in(cast.teacher))
    assert hero(html)[0][0] == f"/preparation/{lesson.public_id}"
    assert "4月16日 周四 8:40" in html
    assert "今天没有课" in html


def test_the_local_teacher_enters_by_the_screen_or_the_phone(cast):
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    one = cast.points[0]
    html = page(signed_in(one.local))
    reception = lesson.receptions.get(school=one.school)
    assert hero(html) == [(f"/classroom/receptions/{reception.public_id}/wall", "进入课堂")]
    assert f'<a class="btn narrow" href="/classroom/receptions/{reception.public_id}/phone">' in html
    assert one.school.name in html
    assert cast.points[1].school.name not in html


def test_a_local_teacher_of_two_schools_sees_both(cast):
    one, other = cast.points[0], cast.points[1]
    RoleAssignment.objects.create(person=one.local, role=Role.LOCAL_TEACHER, school=other.school, valid_from=LONG_AGO)
    add_lesson(cast, utc(TUESDAY, 10, 30), [other])
    html = page(signed_in(one.local))
    assert other.school.name in html
    assert one.school.name in html
    assert len(hero(html)) == 1


def test_missing_roll_calls_wait_for_the_local_teacher(cast):
    first = add_lesson(cast, utc(TUESDAY, 8, 40))
    add_lesson(cast, utc(TUESDAY, 9, 30))
    called = first.receptions.get(school=cast.points[0].school)
    deliver(called)
    html = page(signed_in(cast.points[0].local))
    assert html.count("没有点名：") == 1


def test_the_head_sees_exceptions_first_people_and_calls_for_help(cast):
    one = cast.points[0]
    head = person("校长", "h05", Role.SCHOOL_HEAD, school=one.school)
    early, late = add_lesson(cast, utc(TUESDAY, 8, 40)), add_lesson(cast, utc(TUESDAY, 9, 30), title="小星星")
    deliver(early.receptions.get(school=one.school))
    missed = late.receptions.get(school=one.school)
    HelpCall.objects.create(reception=missed, kind="no_sound", called_by=one.local, called_at=utc(TUESDAY, 9, 31))
    html = page(signed_in(head))
    assert re.findall(r'<div class="live"><time>([^<]*)</time>', html) == ["9:30", "8:40"]
    assert "已结束 2 班次，送达 1 班次" in html
    assert "2 人中有 1 人还没有登录过" in html
    assert "求助：" in html
    assert hero(html) == []


def test_officers_see_counts_with_numerator_and_denominator(cast):
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    add_lesson(cast, utc(TUESDAY, 14))
    add_lesson(cast, utc(TUESDAY, 15), is_demo=True)
    rows = list(lesson.receptions.order_by("pk"))
    deliver(rows[0])
    deliver(rows[1])
    reason = happened(EvidenceKind.NOT_DELIVERED, utc(TUESDAY, 9), {"reason": "停电"})
    record_evidence(actor=actor_for(cast.points[2].local), reception=rows[2], rows=[reason], now=utc(TUESDAY, 9))
    html = page(signed_in(cast.officer))
    assert "66.7%" in html
    assert "已结束 3 班次，送达 2 班次" in html
    assert "今天 6 班次中的 1 班次" in html
    assert "停电" in html
    assert "处理 1 节未送达" in html
    assert "崇阳县 今日" in html


def test_an_arranged_make_up_settles_the_exception(cast):
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40), cast.points[:1])
    missed = lesson.receptions.get()
    assert "处理 1 节未送达" in page(signed_in(cast.officer))
    arrange_make_up(
        actor=actor_for(cast.teacher),
        missed=missed,
        starts_at=utc(TUESDAY + timedelta(days=2), 11, 20),
        changeover=timedelta(minutes=10),
        room=cast.points[0].room,
        studio=cast.studio,
    )
    assert "没有要处理的" in page(signed_in(cast.officer)) or "处理 1 节" not in page(signed_in(cast.officer))


def test_officers_of_another_county_see_nothing(cast):
    add_lesson(cast, utc(TUESDAY, 8, 40))
    html = page(signed_in(cast.stranger))
    assert "今天没有课" in html
    assert "实验小学" not in html


def test_several_roles_stand_in_a_fixed_order_with_the_nearest_action(cast):
    one = cast.points[0]
    for role in (Role.LOCAL_TEACHER, Role.SCHOOL_HEAD):
        RoleAssignment.objects.create(person=cast.teacher, role=role, school=one.school, valid_from=LONG_AGO)
    other = person("黄欣然", "t09", Role.ANCHOR_TEACHER, school=cast.anchor)
    add_lesson(cast, utc(TUESDAY, 11, 30), cast.points[1:])
    received = add_lesson(cast, utc(TUESDAY, 10, 30), [one], teacher=other, studio=None)
    html = page(signed_in(cast.teacher))
    assert hero(html)[0][0] == f"/classroom/receptions/{received.receptions.get().public_id}/wall"
    own, local, head = html.index("我今天的课"), html.index(f"<h2>{one.school.name}</h2>"), html.index("今天计划")
    assert own < local < head


def test_somebody_without_a_role_is_told_where_to_ask(db):
    html = page(signed_in(person("新人", "n01")))
    assert 'class="panel empty"' in html


def lessons_page(client: Client, **query: str) -> str:
    return page(client, "/classroom/lessons", **query)


def test_the_list_of_a_day_leads_each_by_their_right(cast):
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    one = cast.points[0]
    reception = lesson.receptions.get(school=one.school)
    studio, phone, wall = (
        f"/classroom/lessons/{lesson.public_id}/studio",
        f"/classroom/receptions/{reception.public_id}/phone",
        f"/classroom/receptions/{reception.public_id}/wall",
    )
    seen = {
        who: [path for path in (studio, phone, wall) if path in lessons_page(client)]
        for who, client in {
            "teacher": signed_in(cast.teacher),
            "local": signed_in(one.local),
            "device": at_device(one),
            "officer": signed_in(cast.officer),
        }.items()
    }
    assert seen == {"teacher": [studio], "local": [phone, wall], "device": [wall], "officer": []}
    assert "这一天没有课" in lessons_page(signed_in(cast.stranger))


def test_the_list_shows_another_day_and_what_was_not_taught(cast):
    add_lesson(cast, utc(TUESDAY - timedelta(days=1), 10, 30))
    client = signed_in(cast.officer)
    assert "没有开课" in lessons_page(client, day="2026-04-13")
    assert "送达 0 / 3" in lessons_page(client, day="2026-04-13")
    assert "这一天没有课" in lessons_page(client, day="nonsense")


def test_a_local_teacher_sees_only_the_own_classrooms_of_a_lesson(cast):
    add_lesson(cast, utc(TUESDAY, 8, 40))
    assert "送达 0 / 1" in lessons_page(signed_in(cast.points[0].local))
    assert "送达 0 / 3" in lessons_page(signed_in(cast.teacher))


def test_a_cancelled_lesson_stays_in_the_list(cast):
    add_lesson(cast, utc(TUESDAY, 10, 30), state=Lesson.State.CANCELLED, active=False)
    Reception.objects.update(active=False)
    html = lessons_page(signed_in(cast.teacher))
    assert "停课" in html
    assert "/studio" not in html


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.django_db
def test_more_lessons_cost_no_more_queries():
    cast = make_cast(points=2)
    one = cast.points[0]
    head = person("校长", "h05", Role.SCHOOL_HEAD, school=one.school)
    clients = {
        who: signed_in(who_is)
        for who, who_is in {"anchor": cast.teacher, "local": one.local, "head": head, "officer": cast.officer}.items()
    }
    deliver(add_lesson(cast, utc(TUESDAY, 8, 0)).receptions.first())
    add_lesson(cast, utc(TUESDAY, 11, 0))
    paths = ("/", "/classroom/lessons")
    few = {(who, path): queries(client, path) for who, client in clients.items() for path in paths}
    for number in range(3, 8):
        cast.points.append(point(cast.county, cast.bell, number, 2, cast.central))
    for hour in (6, 7, 9, 10, 14, 15, 16):
        add_lesson(cast, utc(TUESDAY, hour, 10))
    many = {(who, path): queries(client, path) for who, client in clients.items() for path in paths}
    assert many == few
    assert max(few.values()) <= 35
