"""No clash can be stored: raw SQL meets the database's own refusal."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from tests.cast import TUESDAY, Cast, add_lesson, utc

from tongtang.lessons.models import Lesson, Reception


def copy_row(table: str, row_id: int, changes: dict[str, object]) -> None:
    """INSERT a copy of a row with other values, by SQL alone."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE id = %s", [row_id])
        columns = [column[0] for column in cursor.description]
        values = dict(zip(columns, cursor.fetchone(), strict=True))
        del values["id"]
        values |= {"public_id": values["public_id"][:-4] + "beef" if isinstance(values["public_id"], str) else None}
        if values["public_id"] is None:
            values["public_id"] = "00000000-0000-4000-8000-00000000beef"
        values |= changes
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [stored(v) for v in values.values()])


def stored(value: object) -> object:
    """A value in the form in which the engine stores it."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def shifted(lesson: Lesson, minutes: int) -> dict[str, object]:
    move = timedelta(minutes=minutes)
    return {name: getattr(lesson, name) + move for name in ("starts_at", "ends_at", "busy_until")}


@pytest.mark.parametrize("taken", ["teacher", "studio"])
@pytest.mark.parametrize("minutes", [20, -20, 45, -45, 0], ids=lambda m: f"{m}min")
def test_teacher_and_studio_do_one_thing_at_a_time(cast: Cast, taken: str, minutes: int) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    free = "studio_id" if taken == "teacher" else "teacher_id"
    with pytest.raises(IntegrityError, match=f"{taken}_once_at_a_time"), transaction.atomic():
        copy_row("lessons_lesson", lesson.pk, shifted(lesson, minutes) | {free: None})
    assert Lesson.objects.count() == 1


def test_after_the_changeover_the_teacher_is_free(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    copy_row("lessons_lesson", lesson.pk, shifted(lesson, 50))
    assert Lesson.objects.count() == 2


@pytest.mark.parametrize("taken", ["class", "screen"])
def test_class_and_screen_do_one_thing_at_a_time(cast: Cast, taken: str) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    other = add_lesson(cast, utc(TUESDAY, 10, 50), points=[], teacher=None, studio=None)
    first, second = cast.points[:2]
    reception = lesson.receptions.get(home_class=first.home_class)
    free = {"room_id": second.room.pk} if taken == "class" else {"home_class_id": second.home_class.pk}
    times = {"lesson_id": other.pk, "starts_at": other.starts_at, "ends_at": other.ends_at}
    second_reception = lesson.receptions.get(home_class=second.home_class)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM lessons_reception WHERE id = %s", [second_reception.pk])
    with pytest.raises(IntegrityError, match=f"{taken}_once_at_a_time"), transaction.atomic():
        copy_row("lessons_reception", reception.pk, times | free)
    assert Reception.objects.count() == 2


def test_a_moved_row_is_refused_like_a_new_one(cast: Cast) -> None:
    add_lesson(cast, utc(TUESDAY, 8, 40))
    later = add_lesson(cast, utc(TUESDAY, 10, 30))
    with pytest.raises(IntegrityError, match="once_at_a_time"), transaction.atomic(), connection.cursor() as cursor:
        moved = shifted(later, -90)
        cursor.execute(
            "UPDATE lessons_lesson SET starts_at = %s, ends_at = %s, busy_until = %s WHERE id = %s",
            [*(stored(moment) for moment in moved.values()), later.pk],
        )
    later.refresh_from_db()
    assert later.starts_at == utc(TUESDAY, 10, 30)


def test_a_reception_cannot_lie_about_its_lessons_time(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    with pytest.raises(IntegrityError, match="as_lesson"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE lessons_reception SET starts_at = %s, ends_at = %s", shifted_pair(lesson, 120))
    assert set(Reception.objects.values_list("starts_at", flat=True)) == {lesson.starts_at}


def shifted_pair(lesson: Lesson, minutes: int) -> list[object]:
    return [stored(moment) for moment in shifted(lesson, minutes).values()][:2]


def test_receptions_follow_their_lesson(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    lesson.starts_at, lesson.ends_at = utc(TUESDAY, 9, 30), utc(TUESDAY, 10, 10)
    lesson.busy_until = utc(TUESDAY, 10, 20)
    lesson.save()
    assert set(Reception.objects.values_list("starts_at", flat=True)) == {utc(TUESDAY, 9, 30)}


def test_a_cancelled_lesson_blocks_nobody(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    lesson.receptions.update(active=False)
    Lesson.objects.filter(pk=lesson.pk).update(state=Lesson.State.CANCELLED, active=False)
    add_lesson(cast, utc(TUESDAY, 10, 30))
    assert Reception.objects.filter(active=True).count() == 3
