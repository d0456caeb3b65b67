"""Pages of weeks through the front door: who sees which, what stands on them, at what cost."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.cast import COUNTY, TUESDAY, add_lesson, at_device, make_cast, person, point, signed_in, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Alliance
from tongtang.curriculum.models import Subject
from tongtang.lessons.models import Course, Lesson, Reception
from tongtang.organisations.models import CalendarDay, Period
from tongtang.timetable.models import PublishedPlan

NOW = utc(TUESDAY, 10, 50)
WEEK = "2026-W16"


@pytest.fixture(autouse=True)
def tuesday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def taught(cast):
    """A lesson on Tuesday 10:30 for all three points."""
    add_lesson(cast, utc(TUESDAY, 10, 30))
    return cast


def class_page(one) -> str:
    return f"/timetable/classes/{one.home_class.public_id}"


def school_page(school) -> str:
    return f"/timetable/schools/{school.public_id}"


def teacher_page(someone) -> str:
    return f"/timetable/teachers/{someone.public_id}"


COUNTY_PAGE = f"/timetable/counties/{COUNTY}"


def page(client: Client, path: str, **query: str) -> str:
    response = client.get(path, query)
    assert response.status_code == 200, path
    return response.content.decode()


def blocks(html: str) -> list[str]:
    """The class lists of the lessons on a page."""
    return re.findall(r'class="(ls [^"]*)"', html)


def test_a_lesson_stands_at_its_minute_in_all_four_weeks(taught):
    pages = [
        page(signed_in(taught.points[0].local), class_page(taught.points[0])),
        page(signed_in(taught.teacher), teacher_page(taught.teacher)),
        page(signed_in(taught.points[0].local), school_page(taught.points[0].school)),
        page(signed_in(taught.officer), COUNTY_PAGE),
    ]
    assert [blocks(html) for html in pages] == [["ls now m630 d40"]] * 4
    assert all("音乐《茉莉花》" in html and "4月14日 今天" in html for html in pages)
    assert all("第 7 周" in html for html in pages)
    assert "3 个班" in pages[1]
    assert "播出 1 节，接收 3 班次" in pages[3]


def test_a_week_has_no_style_attribute_and_no_inline_script(taught):
    html = page(signed_in(taught.officer), COUNTY_PAGE)
    assert "style=" not in html
    assert re.findall(r"<script(?![^>]*src=)", html) == []


def expected(cast) -> dict[str, tuple[list[Client], list[Client]]]:
    """Address -> who may, who gets 404."""
    first, second = cast.points[0], cast.points[1]
    own, other = signed_in(first.local), signed_in(second.local)
    device, other_device = at_device(first), at_device(second)
    officer, stranger = signed_in(cast.officer), signed_in(cast.stranger)
    teacher, head = signed_in(cast.teacher), signed_in(cast.head)
    colleague = signed_in(person("同事", "t02", Role.ANCHOR_TEACHER, school=cast.anchor))
    return {
        class_page(first): ([own, device, officer, teacher], [other, other_device, stranger, colleague, head]),
        school_page(first.school): ([own, device, officer], [other, other_device, stranger, teacher, head]),
        teacher_page(cast.teacher): ([teacher, head, officer], [own, device, stranger, colleague]),
        teacher_page(first.local): ([own, officer], [other, device, stranger, head]),
        COUNTY_PAGE: ([officer, teacher, head], [own, device, stranger]),
        f"{school_page(first.school)}/wall": ([own, device], [other, other_device, stranger, officer, teacher, head]),
    }


def test_who_sees_which_week(taught):
    for path, (allowed, refused) in expected(taught).items():
        assert [client.get(path).status_code for client in allowed] == [200] * len(allowed), path
        assert [client.get(path).status_code for client in refused] == [404] * len(refused), path
        assert Client().get(path).headers["Location"].startswith("/sign-in"), path


def test_an_ended_post_ends_the_sight_of_a_week(taught):
    taught.teacher.posts.update(valid_to=TUESDAY - timedelta(days=1))
    assert signed_in(taught.head).get(teacher_page(taught.teacher)).status_code == 404


def test_anchor_staff_see_only_their_alliance_in_the_county(taught):
    taught.alliance.anchor_school = taught.central
    taught.alliance.save()
    assert signed_in(taught.head).get(COUNTY_PAGE).status_code == 404
    head = person("中心校长", "h02", Role.SCHOOL_HEAD, school=taught.central)
    assert len(blocks(page(signed_in(head), COUNTY_PAGE))) == 1
    assert len(blocks(page(signed_in(taught.officer), COUNTY_PAGE))) == 1


def test_each_role_is_led_to_its_own_week(taught):
    first = taught.points[0]
    places = {
        signed_in(first.local): school_page(first.school),
        signed_in(taught.teacher): teacher_page(taught.teacher),
        signed_in(taught.head): school_page(taught.anchor),
        signed_in(taught.officer): COUNTY_PAGE,
        at_device(first): school_page(first.school),
    }
    for client, place in places.items():
        assert client.get("/timetable/").headers["Location"] == place
        assert client.get("/timetable/", {"week": WEEK}).headers["Location"] == f"{place}?week={WEEK}"
    nobody = signed_in(person("新人", "n01"))
    assert blocks(page(nobody, "/timetable/")) == []


def test_the_week_in_the_address_decides(taught):
    client = signed_in(taught.teacher)
    before = page(client, teacher_page(taught.teacher), week="2026-W15")
    assert (blocks(before), "第 6 周" in before) == ([], True)
    assert "这一周没有同堂课" in before
    assert f"{teacher_page(taught.teacher)}?week={WEEK}" in before
    outside = page(client, teacher_page(taught.teacher), week="2026-W08")
    assert "学期外" in outside
    assert blocks(page(client, teacher_page(taught.teacher), week="nonsense")) != []


def test_holidays_and_make_up_days_show(taught):
    CalendarDay.objects.create(county_code=COUNTY, date=TUESDAY + timedelta(days=1), kind="holiday")
    CalendarDay.objects.create(county_code=COUNTY, date=TUESDAY + timedelta(days=4), kind="make_up", as_weekday=3)
    html = page(signed_in(taught.officer), COUNTY_PAGE)
    assert "days-6" in html
    assert "放假" in html
    assert "上周三的课" in html
    assert "days-5" in page(signed_in(taught.officer), COUNTY_PAGE, week="2026-W17")


def test_the_states_holidays_show_where_the_county_has_no_calendar(taught):
    assert "放假" in page(signed_in(taught.officer), COUNTY_PAGE, week="2026-W18")


def test_cancelled_extra_and_made_up_lessons_are_marked(cast):
    add_lesson(cast, utc(TUESDAY, 8, 40), state=Lesson.State.CANCELLED, active=False)
    Reception.objects.update(active=False)
    add_lesson(cast, utc(TUESDAY, 9, 30), origin=Lesson.Origin.EXTRA)
    add_lesson(cast, utc(TUESDAY, 14, 0), origin=Lesson.Origin.MAKE_UP)
    html = page(signed_in(cast.points[0].local), class_page(cast.points[0]))
    assert sorted(blocks(html)) == ["ls mk m840 d40", "ls off m520 d40", "ls xtra m570 d40"]
    assert all(word in html for word in ("停课", "加课", "补课"))


def test_a_moved_lesson_leaves_nothing_at_its_old_place(cast):
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40), cast.points[:1])
    Reception.objects.update(active=False)
    later = utc(TUESDAY, 9, 30)
    Lesson.objects.update(starts_at=later, ends_at=later + timedelta(minutes=40), busy_until=later + timedelta(hours=1))
    moved = lesson.receptions.get()
    moved.pk, moved.public_id, moved.active = None, lesson.public_id, True
    moved.starts_at, moved.ends_at = later, later + timedelta(minutes=40)
    moved.save()
    assert blocks(page(signed_in(cast.points[0].local), class_page(cast.points[0]))) == ["ls m570 d40"]


def test_lessons_at_once_share_the_width(taught):
    other = person("黄欣然", "t09", Role.ANCHOR_TEACHER, school=taught.anchor)
    add_lesson(taught, utc(TUESDAY, 10, 50), [], teacher=other, studio=None)
    html = page(signed_in(taught.officer), COUNTY_PAGE)
    assert [one.split(" ", 2)[-1] for one in blocks(html)] == ["m630 d40 lanes-2 lane-1", "m650 d40 lanes-2 lane-2"]


def test_a_block_of_many_lessons_at_once_leads_to_each(cast):
    lessons = [
        add_lesson(cast, utc(TUESDAY, 10, 30), [], teacher=one, studio=None, title=f"合唱{number}")
        for number, one in enumerate(
            person(f"教师{number}", f"t{number:02}", Role.ANCHOR_TEACHER, school=cast.anchor)
            for number in range(21, 29)
        )
    ]
    html = page(signed_in(cast.officer), COUNTY_PAGE)
    assert blocks(html) == ["ls many now m630 d40"]
    assert "8 节" in html
    assert [f'<a href="/lessons/{one.public_id}"' in html and one.title in html for one in lessons] == [True] * 8


def test_the_filters_of_the_county_stand_in_the_address(taught):
    other = person("黄欣然", "t09", Role.ANCHOR_TEACHER, school=taught.anchor)
    art = Subject.objects.get(code="art")
    add_lesson(taught, utc(TUESDAY, 9, 30), taught.points[:1], teacher=other, studio=None, subject=art, title="")
    client, first = signed_in(taught.officer), taught.points[0]
    counted = {
        "subject": ("art", 1),
        "grade": ("3", 2),
        "school": (str(taught.points[1].school.public_id), 1),
        "township": ("421223100000", 0),
    }
    for name, (value, count) in counted.items():
        assert len(blocks(page(client, COUNTY_PAGE, **{name: value}))) == count, name
    assert "播出 2 节，接收 2 班次" in page(client, COUNTY_PAGE, school=str(first.school.public_id))
    assert "没有符合筛选的课" in page(client, COUNTY_PAGE, grade="9")


def test_demo_lessons_stand_outside_the_weeks(cast):
    add_lesson(cast, utc(TUESDAY, 9, 30), is_demo=True)
    assert blocks(page(signed_in(cast.officer), COUNTY_PAGE)) == []
    assert blocks(page(signed_in(cast.points[0].local), class_page(cast.points[0]))) == []


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.django_db
def test_more_lessons_cost_no_more_queries():
    cast = make_cast(points=2)
    first = cast.points[0]
    clients = {
        class_page(first): signed_in(first.local),
        school_page(first.school): signed_in(first.local),
        teacher_page(cast.teacher): signed_in(cast.teacher),
        COUNTY_PAGE: signed_in(cast.officer),
        f"{school_page(first.school)}/wall": at_device(first),
    }
    add_lesson(cast, utc(TUESDAY, 11, 0))
    few = {path: queries(client, path) for path, client in clients.items()}
    for number in range(3, 8):
        cast.points.append(point(cast.county, cast.bell, number, 2, cast.central))
    for day in range(5):
        for hour in (8, 9, 14, 15):
            add_lesson(cast, utc(date(2026, 4, 13) + timedelta(days=day), hour))
    assert {path: queries(client, path) for path, client in clients.items()} == few
    assert max(few.values()) <= 25


def test_a_lesson_of_every_second_week_says_so(taught):
    lesson = Lesson.objects.get()
    lesson.course = Course.objects.create(
        alliance=taught.alliance, source_id="g1", subject_id="music", teacher=taught.teacher
    )
    lesson.save()
    one = taught.points[0]
    plans = [(date(2026, 3, 2), 1), (date(2026, 4, 13), 2), (date(2026, 5, 4), 3)]
    for starts, weeks in plans:
        PublishedPlan.objects.create(
            alliance=taught.alliance, term=taught.term, applies_from=starts, digest="", published_at=NOW,
            broadcasts=[{"group_id": "g1", "every_weeks": weeks}],
        )  # fmt: skip
    for path, client in (
        (class_page(one), signed_in(one.local)),
        (school_page(one.school), signed_in(one.local)),
        (teacher_page(taught.teacher), signed_in(taught.teacher)),
        (COUNTY_PAGE, signed_in(taught.officer)),
        (f"/timetable/alliances/{taught.alliance.public_id}", signed_in(taught.officer)),
    ):
        html = page(client, path)
        assert html.count("每 2 周一次") == 2, f"in the block and its title: {path}"
    PublishedPlan.objects.update(broadcasts=[{"group_id": "g1"}])
    assert "周一次" not in page(signed_in(one.local), class_page(one))


def test_the_break_around_noon_is_named(taught):
    Period.objects.create(bell_schedule=taught.bell, number=4, starts="14:00", ends="14:40")
    html = page(signed_in(taught.points[0].local), school_page(taught.points[0].school))
    assert re.findall(r'<li class="lunch m674 d162" aria-hidden="true">(.*?)</li>', html) == ["<span>午休</span>"] * 5
    assert html.count(" mid") == 1


def test_who_is_beside_a_class_stands_in_the_weeks_of_its_school_and_room(taught):
    one = taught.points[0]
    Reception.objects.filter(school=one.school).update(facilitator=one.local)
    client = signed_in(one.local)
    for path in (school_page(one.school), f"/timetable/rooms/{one.room.public_id}", class_page(one)):
        assert "本地1辅助" in page(client, path), path


def test_a_short_lesson_stands_in_one_line_and_the_pieces_of_a_line_are_whole(taught):
    add_lesson(taught, utc(TUESDAY, 14), ends_at=utc(TUESDAY, 14, 10))
    html = page(signed_in(taught.officer), class_page(taught.points[0]), week=WEEK)
    long, short = blocks(html)
    assert "brief" in short.split()
    assert "brief" not in long.split()
    assert html.count("<span>沈若兰</span><span>") == 2, "who teaches and which school are pieces of their own"


def test_the_weeks_of_several_alliances_stand_behind_one_button(taught):
    officer = signed_in(taught.officer)
    alone = page(officer, school_page(taught.central), week=WEEK)
    assert taught.alliance.name in alone
    assert "联盟课表" not in alone
    Alliance.objects.create(
        name="第二联盟",
        region_code=COUNTY,
        topology=taught.alliance.topology,
        anchor_school=taught.alliance.anchor_school,
        valid_from=taught.alliance.valid_from,
        max_classes_per_lesson=3,
        max_pupils_per_lesson=40,
    )
    html = page(officer, school_page(taught.central), week=WEEK)
    assert "联盟课表" in html
    assert "第二联盟" in html
