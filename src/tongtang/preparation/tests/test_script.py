"""The two-teacher script through its page."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.cast import TUESDAY, Cast, add_lesson, at_device, signed_in, utc

from tongtang.lessons.models import Lesson
from tongtang.preparation.actions import default_steps
from tongtang.preparation.api import steps_of
from tongtang.preparation.models import ScriptStep

STEP = {"title": "导入", "minutes": "5", "lead": "anchor", "cue": "看大屏", "local_tasks": "点名\n 发学习单 \n\n"}


@pytest.fixture
def lesson(cast: Cast) -> Lesson:
    return add_lesson(cast, utc(TUESDAY, 10, 30))


@pytest.fixture
def teacher(cast: Cast) -> Client:
    return signed_in(cast.teacher)


def add(client: Client, lesson: Lesson, **changes: str) -> int:
    return client.post(f"/preparation/{lesson.public_id}/steps", STEP | changes).status_code


def titles(lesson: Lesson) -> list[tuple[int, str]]:
    return [(step.number, step.title) for step in steps_of(lesson)]


def test_a_step_is_added_as_it_was_written(teacher: Client, lesson: Lesson) -> None:
    assert add(teacher, lesson) == 302
    step = ScriptStep.objects.get()
    assert (step.number, step.title, step.minutes, step.lead, step.cue) == (1, "导入", 5, "anchor", "看大屏")
    assert step.local_tasks == ["点名", "发学习单"]
    page = teacher.get(f"/preparation/{lesson.public_id}").content.decode()
    assert "5 / 40" in page
    assert "发学习单" in page


def test_steps_move_and_numbers_close_up(teacher: Client, lesson: Lesson) -> None:
    for title in "ABC":
        add(teacher, lesson, title=title)

    def press(number: int, act: str, **data: str) -> None:
        step = steps_of(lesson)[number - 1]
        assert teacher.post(f"/preparation/steps/{step.public_id}/{act}", data).status_code == 302

    press(3, "move", to="2")
    assert titles(lesson) == [(1, "A"), (2, "C"), (3, "B")]
    press(2, "move", to="2")
    press(1, "move", to="0")
    press(3, "move", to="4")
    assert teacher.post(f"/preparation/steps/{steps_of(lesson)[0].public_id}/move", {"to": "x"}).status_code == 400
    assert titles(lesson) == [(1, "A"), (2, "C"), (3, "B")]
    press(1, "delete")
    assert titles(lesson) == [(1, "C"), (2, "B")]


def test_a_step_is_changed_in_its_place(teacher: Client, lesson: Lesson) -> None:
    add(teacher, lesson)
    address = f"/preparation/steps/{ScriptStep.objects.get().public_id}"
    page = teacher.get(f"/preparation/{lesson.public_id}?edit={ScriptStep.objects.get().public_id}").content.decode()
    assert f'action="{address}/change"' in page
    assert teacher.post(f"{address}/change", STEP | {"minutes": "0"}).status_code == 200
    assert ScriptStep.objects.get().minutes == 5
    assert teacher.post(f"{address}/change", STEP | {"minutes": "12", "lead": "local"}).status_code == 302
    assert ScriptStep.objects.values_list("minutes", "lead", "number").get() == (12, "local", 1)


def test_three_steps_are_offered_to_an_empty_script_only(teacher: Client, lesson: Lesson) -> None:
    address = f"/preparation/{lesson.public_id}/default-script"
    assert teacher.post(address).status_code == 302
    assert [(step.minutes, step.lead) for step in steps_of(lesson)] == [(5, "anchor"), (25, "anchor"), (10, "local")]
    assert teacher.post(address).status_code == 200
    assert ScriptStep.objects.count() == 3


@given(st.integers(min_value=10, max_value=180))
def test_the_three_steps_fill_the_lesson(minutes: int) -> None:
    steps = default_steps(minutes)
    assert sum(step.minutes for step in steps) == minutes
    assert min(step.minutes for step in steps) >= 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "长" * 61},
        {"minutes": "121"},
        {"minutes": "-1"},
        {"lead": "pupil"},
        {"cue": "长" * 121},
        {"local_tasks": "\n".join("1234567")},
        {"local_tasks": "长" * 61},
    ],
    ids="-".join,
)
def test_a_wrong_step_is_refused_beside_its_field(teacher: Client, lesson: Lesson, wrong: dict[str, str]) -> None:
    answer = teacher.post(f"/preparation/{lesson.public_id}/steps", STEP | wrong)
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.content.decode()
    assert ScriptStep.objects.count() == 0


def test_other_fields_of_a_step_cannot_be_sent(cast: Cast, teacher: Client, lesson: Lesson) -> None:
    other = add_lesson(cast, utc(TUESDAY, 14, 30))
    more = {"number": "9", "lesson": other.pk, "lesson_id": other.pk, "public_id": other.public_id}
    teacher.post(f"/preparation/{lesson.public_id}/steps", STEP | more)
    step = ScriptStep.objects.get()
    assert (step.number, step.lesson_id) == (1, lesson.pk)
    assert step.public_id != other.public_id


def test_a_script_has_at_most_thirty_steps(teacher: Client, lesson: Lesson) -> None:
    for _number in range(30):
        assert add(teacher, lesson) == 302
    assert add(teacher, lesson) == 200
    assert ScriptStep.objects.count() == 30


@pytest.mark.parametrize("state", ["live", "ended", "cancelled"])
def test_the_script_of_a_lesson_that_has_begun_stays(teacher: Client, lesson: Lesson, state: str) -> None:
    add(teacher, lesson)
    Lesson.objects.filter(pk=lesson.pk).update(state=state, active=state != "cancelled")
    step = ScriptStep.objects.get()
    for act, data in (("change", STEP), ("move", {"to": "1"}), ("delete", {})):
        assert teacher.post(f"/preparation/steps/{step.public_id}/{act}", data).status_code == 200
    assert add(teacher, lesson) == 200
    assert ScriptStep.objects.values_list("title", "minutes").get() == ("导入", 5)


def test_others_see_the_script_and_cannot_change_it(cast: Cast, teacher: Client, lesson: Lesson) -> None:
    add(teacher, lesson)
    step = ScriptStep.objects.get()
    viewers = [signed_in(who) for who in (cast.head, cast.officer, cast.points[0].local)]
    for client in (*viewers, at_device(cast.points[0])):
        page = client.get(f"/preparation/{lesson.public_id}")
        assert page.status_code == 200
        assert "发学习单" in page.content.decode()
        assert "<form" not in page.content.decode().partition('id="main"')[2]
    assert signed_in(cast.stranger).get(f"/preparation/{lesson.public_id}").status_code == 404
    for client in (*viewers, signed_in(cast.stranger), at_device(cast.points[0]), Client()):
        assert add(client, lesson) == 404
        assert client.post(f"/preparation/{lesson.public_id}/default-script").status_code == 404
        for act in ("change", "move", "delete"):
            assert client.post(f"/preparation/steps/{step.public_id}/{act}", STEP).status_code == 404
    assert ScriptStep.objects.count() == 1


def test_the_next_lessons_say_what_is_missing(
    cast: Cast, teacher: Client, lesson: Lesson, time_machine: object
) -> None:
    time_machine.move_to(utc(TUESDAY, 8))  # type: ignore[attr-defined]
    add_lesson(cast, utc(TUESDAY, 7), title="已过")
    add(teacher, lesson)
    page = teacher.get("/preparation/")
    assert [(one.title, one.slide_count, one.script_minutes) for one in page.context["lessons"]] == [
        ("茉莉花", None, 5)
    ]
    assert signed_in(cast.officer).get("/preparation/").context["lessons"].count() == 0
