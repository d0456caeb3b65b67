"""Weeks taken away as workbooks: what is in them, that nothing in them runs, and that it is on record."""

import io
import json
from datetime import date

import pytest
import time_machine
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from tests.cast import COUNTY, TUESDAY, Cast, add_lesson, signed_in, utc

from tongtang.audit.models import Entry
from tongtang.lessons.models import Course, Lesson
from tongtang.organisations.models import HomeClass, ReceivingRoom, Term
from tongtang.timetable.models import LocalLesson, PublishedPlan


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(utc(TUESDAY, 8), tick=False):
        yield


def addresses(cast: Cast) -> dict[str, tuple[object, str]]:
    """By kind: who takes it, and from where."""
    one = cast.points[0]
    return {
        "class": (one.local, f"class/{one.home_class.public_id}"),
        "teacher": (cast.teacher, f"teacher/{cast.teacher.public_id}"),
        "school": (one.local, f"school/{one.school.public_id}"),
        "room": (one.local, f"room/{one.room.public_id}"),
        "studio": (cast.head, f"studio/{cast.studio.public_id}"),
        "county": (cast.officer, f"county/{COUNTY}"),
        "alliance": (cast.head, f"alliance/{cast.alliance.public_id}/week"),
    }


def taken(cast: Cast, kind: str, week: str = "2026-W16") -> Workbook:
    who, path = addresses(cast)[kind]
    answer = signed_in(who).get(f"/calendar/weeks/{path}.xlsx", {"week": week})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="week-{kind}-{week}.xlsx"'
    return load_workbook(io.BytesIO(answer.content))


def rows(book: Workbook, title: str) -> list[tuple]:
    return list(book[title].iter_rows(values_only=True))


@pytest.mark.parametrize("kind", ["class", "teacher", "school"])
def test_own_lessons_of_the_school_stand_beside_the_received_ones(cast: Cast, kind: str) -> None:
    add_lesson(cast, utc(TUESDAY, 10, 30))
    LocalLesson.objects.create(
        home_class=cast.points[0].home_class, weekday=3, period_number=2, subject_id="maths", teacher=cast.teacher
    )
    header, *lessons = rows(taken(cast, kind), "课程清单")
    said = [dict(zip(header, line, strict=True)) for line in lessons]
    assert [(one["上课"], one["学科"], one["教师"]) for one in said] == [
        ("10:30", "音乐", "沈若兰"),
        ("09:30", "数学", "沈若兰"),
    ]


@pytest.mark.parametrize("kind", ["class", "teacher", "school", "room", "studio", "county", "alliance"])
def test_each_week_is_read_back_as_its_page_shows_it(cast: Cast, kind: str) -> None:
    add_lesson(cast, utc(TUESDAY, 10, 30))
    book = taken(cast, kind)
    header, *lessons = rows(book, "课程清单")
    assert len(lessons) == 1
    line = dict(zip(header, lessons[0], strict=True))
    assert (line["日期"].date(), line["上课"], line["下课"]) == (date(2026, 4, 14), "10:30", "11:10")
    assert (line["学科"], line["课题"], line["教师"]) == ("音乐", "茉莉花", "沈若兰")
    grid = rows(book, "周课表")
    assert grid[0][1:] == (
        "周一 2026-04-13",
        "周二 2026-04-14",
        "周三 2026-04-15",
        "周四 2026-04-16",
        "周五 2026-04-17",
    )
    assert grid[1][0] == "10:30-11:10"
    assert grid[1][2].startswith("音乐 茉莉花\n")
    assert [cell for cell in (*grid[1][1:2], *grid[1][3:]) if cell] == []


def test_a_schools_whole_week_has_a_row_a_class(cast: Cast) -> None:
    one = cast.points[0]
    add_lesson(cast, utc(TUESDAY, 10, 30))
    room = ReceivingRoom.objects.create(school=one.school, number=2)
    other = HomeClass.objects.create(
        county_code=COUNTY, source_id="p01-g1", school=one.school, name="一年级班", grades=[1], pupil_count=4
    )
    second = add_lesson(cast, utc(TUESDAY, 14), [one])
    second.receptions.update(home_class=other, room=room)
    found = rows(taken(cast, "school"), "按班")
    assert [(line[0], line[2]) for line in found[1:]] == [
        ("一年级班", "音乐 茉莉花\n14:00-14:40\n沈若兰"),
        ("三年级班", "音乐 茉莉花\n10:30-11:10\n沈若兰"),
    ]


def test_what_was_cancelled_says_so_and_no_pupil_is_named(cast: Cast) -> None:
    add_lesson(cast, utc(TUESDAY, 10, 30))
    Lesson.objects.update(active=False, state=Lesson.State.CANCELLED)
    book = taken(cast, "teacher")
    assert rows(book, "课程清单")[1][-1] == "停课"
    words = [str(cell) for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line if cell]
    assert [
        pupil.name for one in cast.points for pupil in one.pupils if any(pupil.name in word for word in words)
    ] == []


def with_cycle(cast: Cast, lesson: Lesson) -> None:
    """The lesson stands in a published plan as one of every other week."""
    course = Course.objects.create(alliance=cast.alliance, subject_id="music", teacher=cast.teacher, source_id="m1")
    Lesson.objects.filter(pk=lesson.pk).update(course=course, origin=Lesson.Origin.PLAN)
    PublishedPlan.objects.create(
        alliance=cast.alliance, term=Term.objects.get(), applies_from=date(2026, 3, 2), digest="0" * 64,
        broadcasts=[{"group_id": "m1", "every_weeks": 2}], published_at=utc(date(2026, 3, 1), 9),
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["class", "school", "room"])
def test_who_is_beside_the_class_and_in_which_weeks_is_told(cast: Cast, kind: str) -> None:
    one = cast.points[0]
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    with_cycle(cast, lesson)
    lesson.receptions.filter(home_class=one.home_class).update(facilitator=one.local)
    book = taken(cast, kind)
    header, *lessons = rows(book, "课程清单")
    said = dict(zip(header, lessons[0], strict=True))
    assert (said["辅助教师"], said["周期"]) == (one.local.name, "每 2 周一次")
    grid = rows(book, "周课表")
    assert grid[1][2].endswith(f"\n辅助教师：{one.local.name}\n每 2 周一次")


@pytest.mark.parametrize("kind", ["county", "alliance", "teacher", "studio"])
def test_a_week_of_whole_lessons_tells_their_cycle(cast: Cast, kind: str) -> None:
    with_cycle(cast, add_lesson(cast, utc(TUESDAY, 10, 30)))
    add_lesson(cast, utc(TUESDAY, 14))
    header, *lessons = rows(taken(cast, kind), "课程清单")
    said = [dict(zip(header, line, strict=True)) for line in lessons]
    assert [one["周期"] for one in said] == ["每 2 周一次", None]
    assert [one["辅助教师"] for one in said] == [None, None]


def test_a_hostile_title_is_no_formula(cast: Cast) -> None:
    add_lesson(cast, utc(TUESDAY, 10, 30), title='=HYPERLINK("http://x","点此")')
    for sheet in taken(cast, "school"):
        cells = [cell for line in sheet.iter_rows() for cell in line if cell.value is not None]
        assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    titles = [cell for cell in taken(cast, "school")["课程清单"]["F"] if str(cell.value).startswith("=")]
    assert [cell.quotePrefix for cell in titles] == [True]


def test_each_is_on_record_with_who_and_what(cast: Cast) -> None:
    one = cast.points[0]
    add_lesson(cast, utc(TUESDAY, 10, 30))
    taken(cast, "room")
    entry = Entry.objects.get(action="export.week")
    assert (entry.stream, entry.actor, entry.object) == (
        "export",
        f"person:{one.local.pk}",
        f"room:{one.room.public_id}",
    )
    assert json.loads(entry.detail) == {"week": "2026-W16", "lessons": 1}


def test_the_filters_of_the_county_page_hold(cast: Cast) -> None:
    add_lesson(cast, utc(TUESDAY, 10, 30))
    client = signed_in(cast.officer)
    for subject, count in (("music", 1), ("art", 0)):
        answer = client.get(f"/calendar/weeks/county/{COUNTY}.xlsx", {"week": "2026-W16", "subject": subject})
        assert len(rows(load_workbook(io.BytesIO(answer.content)), "课程清单")) - 1 == count


def test_nobody_takes_a_week_that_is_not_theirs_to_see(cast: Cast) -> None:
    for kind, (_who, path) in addresses(cast).items():
        assert signed_in(cast.stranger).get(f"/calendar/weeks/{path}.xlsx").status_code == 404, kind
    assert not Entry.objects.filter(action="export.week").exists()
