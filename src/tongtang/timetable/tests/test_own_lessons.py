"""Own lessons of a school in the weeks of its classes and teachers: on their days, by the bells, unless moved."""

import re
from datetime import timedelta

import pytest
import time_machine
from tests.cast import COUNTY, TUESDAY, add_lesson, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.organisations.models import CalendarDay, HomeClass
from tongtang.timetable.models import LocalLesson, LocalMove
from tongtang.timetable.tests.test_place_weeks import page, told

WEDNESDAY, THURSDAY, FRIDAY = (TUESDAY + timedelta(days=ahead) for ahead in (1, 2, 3))


@pytest.fixture(autouse=True)
def tuesday_morning():
    with time_machine.travel(utc(TUESDAY, 8), tick=False):
        yield


@pytest.fixture
def home(cast):
    """The first point's class, whose own teacher gives it maths each Tuesday and Thursday in the second period."""
    one = cast.points[0]
    teacher = person("李老师", "t88", Role.LOCAL_TEACHER, school=one.school)
    for weekday in (2, 4):
        LocalLesson.objects.create(
            home_class=one.home_class, weekday=weekday, period_number=2, subject_id="maths", teacher=teacher
        )
    return one


def class_week(one, **query) -> list[str]:
    client = signed_in(one.local)
    address = f"/timetable/classes/{one.home_class.public_id}"
    return told(page(client, address + "".join(f"?{name}={value}" for name, value in query.items())))


def test_a_class_sees_its_own_lessons_beside_the_received_ones(cast, home):
    add_lesson(cast, utc(TUESDAY, 10, 30))
    assert class_week(home) == [
        "9:30—10:10 数学 李老师",
        "10:30—11:10 音乐《茉莉花》 沈若兰 · 实验小学",
        "9:30—10:10 数学 李老师",
    ]
    html = page(signed_in(home.local), f"/timetable/classes/{home.home_class.public_id}")
    assert '<span class="sw sw-own" aria-hidden="true"></span>本校自己上的课' in html
    assert html.count('<div class="ls own') == 2, "nobody opens an own lesson"


def test_a_received_lesson_takes_the_place_of_an_own_one(cast, home):
    lesson = add_lesson(cast, utc(TUESDAY, 9, 30))
    assert class_week(home) == ["9:30—10:10 音乐《茉莉花》 沈若兰 · 实验小学", "9:30—10:10 数学 李老师"]
    lesson.receptions.update(active=False)
    assert class_week(home).count("9:30—10:10 数学 李老师") == 2


def test_holidays_make_up_days_and_other_terms_hold_what_they_hold(cast, home):
    CalendarDay.objects.create(county_code=COUNTY, date=TUESDAY, kind=CalendarDay.Kind.HOLIDAY)
    CalendarDay.objects.create(
        county_code=COUNTY, date=FRIDAY + timedelta(days=1), kind=CalendarDay.Kind.MAKE_UP, as_weekday=4
    )
    assert class_week(home) == ["9:30—10:10 数学 李老师"] * 2
    assert class_week(home, week="2020-W16") == []


def test_a_moved_own_lesson_stands_where_the_order_put_it(cast, home):
    lesson = add_lesson(cast, utc(WEDNESDAY, 9, 30))
    reception = lesson.receptions.get(home_class=home.home_class)
    own = LocalLesson.objects.get(weekday=2)
    LocalMove.objects.create(
        reception=reception,
        local_lesson=own,
        home_class=home.home_class,
        from_day=TUESDAY,
        to_day=THURSDAY,
        to_period=1,
    )
    assert class_week(home) == [
        "9:30—10:10 音乐《茉莉花》 沈若兰 · 实验小学",
        "8:40—9:20 数学 李老师 调到这里",
        "9:30—10:10 数学 李老师",
    ]


def test_a_teacher_sees_own_classes_beside_broadcasts(cast, home):
    LocalLesson.objects.update(teacher=cast.teacher)
    add_lesson(cast, utc(TUESDAY, 10, 30))
    html = page(signed_in(cast.teacher), f"/timetable/teachers/{cast.teacher.public_id}")
    school = home.school.name
    assert told(html) == [
        f"9:30—10:10 数学 三年级班 · {school}",
        "10:30—11:10 音乐《茉莉花》 3 个班 · 第1演播室",
        f"9:30—10:10 数学 三年级班 · {school}",
    ]


def test_queries_do_not_grow_with_own_lessons(cast, home, django_assert_max_num_queries):
    client = signed_in(home.local)
    address = f"/timetable/classes/{home.home_class.public_id}"
    page(client, address)
    with django_assert_max_num_queries(200) as few:
        page(client, address)
    for weekday in (1, 3, 5):
        for period in (1, 2, 3):
            LocalLesson.objects.create(
                home_class=home.home_class, weekday=weekday, period_number=period, subject_id="chinese"
            )
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert len(told(page(client, address))) == 11


def school_page(one, **query) -> str:
    address = f"/timetable/schools/{one.school.public_id}"
    return page(signed_in(one.local), address + "".join(f"?{name}={value}" for name, value in query.items()))


def more_classes(one, count: int) -> None:
    """Other classes of the school, each with Chinese in the second period of Tuesday."""
    for number in range(count):
        home_class = HomeClass.objects.create(
            county_code=one.school.county_code, source_id=f"more-{number}", school=one.school,
            name=f"四年级{number + 1}班", grades=[4], pupil_count=9,
        )  # fmt: skip
        LocalLesson.objects.create(home_class=home_class, weekday=2, period_number=2, subject_id="chinese")


def test_a_school_sees_what_it_teaches_beside_what_it_receives(cast, home):
    add_lesson(cast, utc(TUESDAY, 10, 30))
    html = school_page(home)
    assert told(html) == [
        "9:30—10:10 数学 三年级班 · 李老师",
        "10:30—11:10 音乐《茉莉花》 三年级班",
        "9:30—10:10 数学 三年级班 · 李老师",
    ]
    assert html.count('<div class="ls own') == 2, "nobody opens an own lesson"


def test_own_lessons_of_many_classes_stand_as_one_block_a_period(cast, home):
    add_lesson(cast, utc(TUESDAY, 9, 30), cast.points[1:])
    more_classes(home, 7)
    [block] = re.findall(r'<details class="ls many own.*?</details>', school_page(home), re.DOTALL)
    assert "<b>8 节本校课</b>" in block
    assert len(re.findall(r"<li>", block)) == 8
    assert "数学" in block
    assert "三年级班 · 李老师" in block


def test_a_class_that_is_gone_stands_in_no_week_of_its_school(cast, home):
    HomeClass.objects.filter(pk=home.home_class.pk).update(ended_on=TUESDAY)
    assert told(school_page(home)) == []
