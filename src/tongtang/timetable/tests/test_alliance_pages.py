"""The week of an alliance through the front door: its bells, where a lesson may go, a move looked at and published."""

import re
from datetime import time, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.cast import COUNTY, TUESDAY, Cast, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.lessons.models import Lesson
from tongtang.organisations.models import BellSchedule, Period
from tongtang.timetable.models import ChangeOrder, PlanRule
from tongtang.timetable.orders.tests.ground import add_lesson, clashes, more_points, own_lesson

WEDNESDAY, THURSDAY = TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2)
WEEK = "2026-W16"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(utc(TUESDAY - timedelta(days=1), 7), tick=False):
        yield


@pytest.fixture
def lesson(cast: Cast) -> Lesson:
    for rule, value in (("start_tolerance_minutes", "10"), ("same_subject_per_class_and_day", "1")):
        PlanRule.objects.create(county_code=COUNTY, rule=rule, value=value)
    return add_lesson(cast, utc(TUESDAY, 10, 30))


def week_page(cast: Cast, client: Client | None = None, **query: str) -> str:
    asked = {"week": WEEK, **query}
    answer = (client or signed_in(cast.officer)).get(f"/timetable/alliances/{cast.alliance.public_id}", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def places(cast: Cast, lesson: Lesson) -> dict[str, dict[str, str]]:
    """What the island is told, by day and time."""
    answer = signed_in(cast.officer).get(f"/timetable/lessons/{lesson.public_id}/places", {"week": WEEK})
    return {f"{one['day']}T{one['time']}": one for one in answer.json()["places"]}


def late_bell(cast: Cast) -> None:
    """The third point rings a quarter of an hour later, and nothing in the afternoon."""
    late = BellSchedule.objects.create(county_code=COUNTY, source_id="bell-b")
    for number, start in enumerate([(8, 55), (9, 45), (10, 30)], start=1):
        end = (start[0] + (start[1] + 40) // 60, (start[1] + 40) % 60)
        Period.objects.create(bell_schedule=late, number=number, starts=time(*start), ends=time(*end))
    cast.points[2].school.bell_schedule = late
    cast.points[2].school.save()


def test_bells_stand_beside_each_other_and_what_no_bell_shares_is_marked(cast, lesson) -> None:
    late_bell(cast)
    early = add_lesson(cast, utc(WEDNESDAY, 8, 40))
    html = week_page(cast)
    assert len(re.findall(r'class="bell off m\d+ d40"', html)) == 4
    assert len(re.findall(r'class="bell m630 d40"', html)) == 2
    assert re.findall(r'class="win (m\d+ d\d+)"', html) == ["m630 d40"] * 5
    assert f'data-lesson="{early.public_id}"' in html
    assert "1 班对不齐" in html
    assert "1 个班这时没有节次" in html


def test_every_start_is_judged_and_the_obstacle_named(cast, lesson) -> None:
    add_lesson(cast, utc(WEDNESDAY, 8, 40))
    own_lesson(cast.points[0], 4, 1)
    found = places(cast, lesson)
    assert found["2026-04-14T10:30"]["kind"] == "here"
    assert found["2026-04-14T09:30"]["kind"] == "ok"
    assert (found["2026-04-16T08:40"]["kind"], found["2026-04-16T08:40"]["words"]) == (
        "swap",
        "2 班直接移动、1 班与本班课对调",
    )
    assert found["2026-04-15T08:40"]["kind"] == "no"
    assert "沈若兰" in found["2026-04-15T08:40"]["why"]
    # The second music lesson of the day, though nobody is taken at this time.
    assert "第1教学点 三年级班" in found["2026-04-15T09:30"]["why"]


def test_what_the_places_say_is_what_an_order_then_meets(cast, lesson) -> None:
    add_lesson(cast, utc(WEDNESDAY, 8, 40))
    own_lesson(cast.points[0], 4, 1)
    for moment, place in places(cast, lesson).items():
        if place["kind"] == "here":
            continue
        html = week_page(cast, lesson=str(lesson.public_id), to=moment)
        refused = 'class="order refused"' in html
        assert refused == (place["kind"] == "no"), moment


def test_a_move_that_cannot_be_names_the_nearest_times_that_can(cast, lesson) -> None:
    add_lesson(cast, utc(WEDNESDAY, 8, 40))
    html = week_page(cast, lesson=str(lesson.public_id), to="2026-04-15T08:40")
    nearest = re.findall(r"&amp;to=([^#]+)#proposal", html)
    free = {moment for moment, place in places(cast, lesson).items() if place["kind"] == "ok"}
    assert len(nearest) == 4
    assert re.findall(r'class="ls (from|to|cannot) m\d+ d40', html) == ["from", "cannot"]
    assert set(nearest) <= free


def test_looking_at_a_move_writes_nothing_and_shows_both_places(cast, lesson) -> None:
    html = week_page(cast, lesson=str(lesson.public_id), to="2026-04-16T08:40")
    assert re.findall(r'class="ls (from|to) m\d+ d40"', html) == ["from", "to"]
    assert "影响 3 个接收班" in html
    assert "3 班直接移动" in html
    assert not ChangeOrder.objects.exists()


def publish(client: Client, cast: Cast, lesson: Lesson, **changes: str):
    form = {"lesson": str(lesson.public_id), "date": "2026-04-16", "time": "08:40", "reason": "教研会", "then": "apply"}
    return client.post(f"/timetable/alliances/{cast.alliance.public_id}/orders/move", form | changes)


def test_a_move_is_published_seen_at_the_receiving_school_and_withdrawn(cast, lesson) -> None:
    officer, local = signed_in(cast.officer), signed_in(cast.points[0].local)
    school = f"/timetable/schools/{cast.points[0].school.public_id}?week={WEEK}"
    answer = publish(officer, cast, lesson)
    order = ChangeOrder.objects.get()
    assert answer.headers["Location"].endswith(f"order={order.public_id}#proposal")
    assert re.findall(r'<a href="[^"]*" class="ls (m\d+ d40)"', local.get(school).content.decode()) == ["m520 d40"]
    html = week_page(cast)
    assert 'class="ls from m630 d40"' in html
    assert "移到 周四 4月16日 8:40" in html
    assert "生效中" in html
    officer.post(f"/timetable/orders/{order.public_id}/withdraw", {"reason": "教研会取消"})
    assert re.findall(r'<a href="[^"]*" class="ls (m\d+ d40)"', local.get(school).content.decode()) == ["m630 d40"]
    assert "已撤回" in week_page(cast)
    assert clashes() == []


def test_a_command_sent_twice_makes_one_order(cast, lesson) -> None:
    client, key = signed_in(cast.officer), str(uuid4())
    form = {"lesson": str(lesson.public_id), "date": "2026-04-16", "time": "08:40", "reason": "教研会", "then": "keep"}
    address = f"/timetable/alliances/{cast.alliance.public_id}/orders/move"
    codes = [client.post(address, form, headers={"Idempotency-Key": key}).status_code for _ in range(2)]
    assert codes == [302, 302]
    assert ChangeOrder.objects.count() == 1


def test_a_move_into_a_taken_time_stays_a_draft_with_its_obstacles(cast, lesson) -> None:
    add_lesson(cast, utc(THURSDAY, 8, 40))
    officer = signed_in(cast.officer)
    answer = publish(officer, cast, lesson)
    order = ChangeOrder.objects.get()
    assert order.state == "draft"
    html = officer.get(answer.headers["Location"].partition("#")[0]).content.decode()
    assert "沈若兰这时有别的课" in html
    refused = officer.post(f"/timetable/orders/{order.public_id}/apply")
    assert refused.status_code == 409
    assert "课表没有变动" in refused.content.decode()


def test_filters_leave_what_fits(cast, lesson) -> None:
    add_lesson(cast, utc(WEDNESDAY, 9, 30), [cast.points[1]])
    first = str(cast.points[0].school.public_id)
    assert len(re.findall(r"data-lesson=", week_page(cast))) == 2
    assert len(re.findall(r"data-lesson=", week_page(cast, school=first))) == 1
    assert len(re.findall(r"data-lesson=", week_page(cast, grade="4"))) == 0
    assert len(re.findall(r"data-lesson=", week_page(cast, teacher=str(cast.teacher.public_id)))) == 2


def test_what_an_order_left_behind_obeys_the_filters_and_counts_its_classes(cast, lesson) -> None:
    add_lesson(cast, utc(WEDNESDAY, 9, 30), [cast.points[1]])
    single = add_lesson(cast, utc(TUESDAY, 8, 40), [cast.points[2]])
    publish(signed_in(cast.officer), cast, single, date="2026-04-23")
    left = re.compile(r'class="ls from m520 d40".*?</a>', re.DOTALL)
    words = re.sub(r"<[^>]+>", "|", left.findall(week_page(cast))[0])
    assert "移到 周四 4月23日 8:40||1\N{NO-BREAK SPACE}班|" in words
    assert len(left.findall(week_page(cast, school=str(cast.points[2].school.public_id)))) == 1
    assert left.findall(week_page(cast, school=str(cast.points[0].school.public_id))) == []
    assert left.findall(week_page(cast, grade="4")) == []
    assert left.findall(week_page(cast, subject="art")) == []


def test_who_may_not_change_sees_no_way_to(cast, lesson) -> None:
    html = week_page(cast, signed_in(cast.teacher), lesson=str(lesson.public_id), to="2026-04-16T08:40")
    assert "data-lesson" not in html
    assert "发布调课单" not in html
    assert "新建调课单" not in html


@pytest.mark.parametrize(
    "query", [{"lesson": "x"}, {"to": "x"}, {"to": "0001-01-01T00:00"}, {"week": "9999-W99"}, {"teacher": "x"}]
)
def test_what_has_no_meaning_in_the_address_counts_as_not_said(cast, lesson, query) -> None:
    asked = {"lesson": str(lesson.public_id)} | query
    assert "统一课表" in week_page(cast, **asked)


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as made:
        assert client.get(address).status_code == 200
    return len(made)


def test_thirty_six_receivers_cost_no_more_queries_than_three(cast, lesson) -> None:
    client = signed_in(cast.officer)
    page = f"/timetable/alliances/{cast.alliance.public_id}?week={WEEK}"
    asked = f"/timetable/lessons/{lesson.public_id}/places?week={WEEK}"
    few = queries_of(client, page), queries_of(client, asked)
    more_points(cast, 36)
    for number in range(6):
        add_lesson(cast, utc(WEDNESDAY + timedelta(days=number % 3), 8 + number // 3, 40 if number < 3 else 30))
    many = queries_of(client, page), queries_of(client, asked)
    assert many[0] <= few[0] + 2
    assert many[1] <= few[1] + 2


def test_the_head_of_another_anchor_sees_nothing(cast, lesson) -> None:
    other = signed_in(person("别校长", "h09", Role.SCHOOL_HEAD, school=cast.central))
    assert other.get(f"/timetable/alliances/{cast.alliance.public_id}").status_code == 404
    assert other.get(f"/timetable/lessons/{lesson.public_id}/places").status_code == 404


def test_the_same_move_from_a_second_tab_makes_no_second_order(cast, lesson) -> None:
    """Otherwise two orders would have to be withdrawn, and everybody concerned would be told twice."""
    officer = signed_in(cast.officer)
    assert publish(officer, cast, lesson).status_code == 302
    again = publish(officer, cast, lesson)
    assert again.status_code == 400
    assert "已在这个时间" in again.content.decode()
    assert ChangeOrder.objects.count() == 1
    html = week_page(cast, lesson=str(lesson.public_id), to="2026-04-16T08:40")
    assert 'class="order refused"' in html
    assert re.search(r'value="apply" disabled', html)


def test_a_move_into_another_week_is_seen_in_both(cast, lesson) -> None:
    move = {"lesson": str(lesson.public_id), "to": "2026-04-22T08:40"}
    assert re.findall(r'class="ls (from|to|cannot) m\d+ d40', week_page(cast, **move)) == ["from"]
    there = week_page(cast, **move, week="2026-W17")
    assert re.findall(r'class="ls (from|to|cannot) (m\d+ d40)"', there) == [("to", "m520 d40")]
    assert "3\N{NO-BREAK SPACE}班" in there
    assert not re.search(r'value="apply" disabled', there)


def test_the_places_of_a_chosen_lesson_lead_to_the_weeks_beside(cast, lesson) -> None:
    html = week_page(cast, lesson=str(lesson.public_id), week="2026-W17")
    assert re.findall(r"&amp;to=(2026-04-2\d)T08:40#proposal", html) == [f"2026-04-{day}" for day in range(20, 25)]
    [beside] = re.findall(r'<nav [^>]*aria-label="别的周的位置">(.*?)</nav>', html)
    assert [f"week=2026-W{number}" in beside for number in (16, 18)] == [True, True]
    assert beside.count(f"lesson={lesson.public_id}") == 2


def test_a_lesson_that_may_go_nowhere_this_week_says_so(cast, lesson) -> None:
    none_free = "本周没有能移到的时间"
    assert none_free not in week_page(cast, lesson=str(lesson.public_id))
    Period.objects.exclude(starts=time(10, 30)).delete()
    for day in (-1, 1, 2, 3):
        add_lesson(cast, utc(TUESDAY + timedelta(days=day), 10, 30))
    assert none_free in week_page(cast, lesson=str(lesson.public_id))
