"""Recorded lessons of a plan become dated lessons of their own, each with the recording that it shows."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest
import time_machine
from tests.cast import utc

from tongtang.config.cli import main
from tongtang.exchange.tests.folders import FIXTURES, copy_of, dump, load, make_county
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Lesson, Mode, Reception
from tongtang.timetable.models import PublishedPlan, Recordable

MONDAY, FRIDAY = "2026-09-07", utc(date(2026, 9, 4), 12)
# Class p01-g1 leaves its music group and watches two lessons a week instead, on Tuesday and on Friday.
CLASS, SUBJECT, PLACES = "p01-g1", "music", ((2, 3), (5, 4))
SEVEN_POINTS = ("--points", "7", "--rooms", "1", "--teachers", "5", "--seed", "1411", "--lessons", "0")


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with open(folder / f"{name}.csv", encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def write(folder: Path, name: str, found: list[dict[str, str]]) -> None:
    with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, found[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def recorded_folder(tmp_path: Path) -> Path:
    folder = copy_of(FIXTURES / "chongyang", tmp_path)
    plan = rows(folder, "broadcasts")
    for row in plan:
        if row["subject"] == SUBJECT:
            row["class_ids"] = ";".join(one for one in row["class_ids"].split(";") if one != CLASS)
    write(folder, "broadcasts", plan)
    write(folder, "recordable", [{"class_id": CLASS, "subject": SUBJECT, "lessons_per_week": "2"}])
    write(
        folder,
        "recorded_lessons",
        [{"class_id": CLASS, "subject": SUBJECT, "weekday": day, "period": period} for day, period in PLACES],
    )
    return folder


def publish(capsys, folder: Path, starts: str = MONDAY) -> tuple[int, dict]:
    capsys.readouterr()
    code = main(["publish-plan", str(folder), "--from", starts, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def folder(divisions, capsys, tmp_path):
    """The county with what may be recorded, loaded on the Friday before the plan."""
    made = recorded_folder(tmp_path)
    with time_machine.travel(FRIDAY, tick=False):
        assert load(capsys, made)[0] == 0
        yield made


@pytest.fixture
def published(folder, capsys):
    code, found = publish(capsys, folder)
    assert (code, found["violations"]) == (0, [])
    return folder


def showings() -> list[Lesson]:
    return list(Lesson.objects.filter(recorded=True).select_related("shows__course", "course").order_by("starts_at"))


def test_each_is_a_reception_of_its_class_that_takes_nobodys_time(published):
    found = showings()
    weeks = {one.date.isocalendar().week for one in Lesson.objects.filter(recorded=False)}
    assert 2 * len(weeks) - 4 <= len(found) <= 2 * len(weeks)
    for one in found:
        wall = civil(one.starts_at)
        assert (one.date.isoweekday(), wall.time().isoformat("minutes")) in ((2, "10:30"), (5, "11:20"))
        assert (one.teacher, one.studio, one.school.source_id, one.subject_id) == (None, None, "a01", SUBJECT)
        reception = one.receptions.get()
        assert (reception.mode, reception.home_class.source_id) == (Mode.RECORDED, CLASS)
        assert reception.period_number == dict(PLACES)[one.date.isoweekday()]
    assert not Reception.objects.filter(lesson__recorded=False, mode=Mode.RECORDED).exists()
    assert len(PublishedPlan.objects.get().recorded) == 2
    assert Recordable.objects.get().lessons_per_week == 2


def test_they_show_the_lessons_of_one_group_in_their_order_each_once_and_only_what_is_over(published):
    found = showings()
    shown = [one.shows for one in found]
    assert None not in shown
    assert len({one.course for one in shown}) == 1
    assert found[0].course.follows == shown[0].course
    assert [one.pk for one in shown] == [
        one.pk for one in Lesson.objects.filter(course=shown[0].course).order_by("starts_at")[: len(shown)]
    ]
    assert all(recording.ends_at <= one.starts_at for one, recording in zip(found, shown, strict=True))
    classes = {row.home_class for row in Reception.objects.filter(lesson=shown[0])}
    assert any(1 in one.grades for one in classes), "a class of the same grade receives it live"


def test_the_same_plan_again_changes_nothing(published, capsys):
    before = dump()
    code, found = publish(capsys, published)
    assert (code, found["added"], found["moved"], found["removed"]) == (0, 0, 0, 0)
    assert dump() == before
    with time_machine.travel(utc(date(2026, 10, 14), 12), tick=False):
        code, found = publish(capsys, published, "2026-10-15")
    assert (code, found["added"], found["moved"], found["removed"]) == (0, 0, 0, 0)
    assert dump() == before


def test_a_later_plan_that_teaches_the_class_live_takes_the_showings_to_come_out(published, capsys, tmp_path):
    live = copy_of(FIXTURES / "chongyang", tmp_path / "live")
    write(live, "recordable", rows(published, "recordable"))
    code, found = publish(capsys, live, "2026-10-12")
    assert (code, found["violations"]) == (0, [])
    days = [one.date for one in showings() if one.active]
    assert days
    assert max(days) < date(2026, 10, 12)
    assert all(one.shows is not None for one in showings() if one.active)


def test_more_than_may_be_recorded_is_refused(published, capsys):
    write(published, "recordable", [{"class_id": CLASS, "subject": SUBJECT, "lessons_per_week": "1"}])
    before = dump()
    assert load(capsys, published)[0] == 0
    code, found = publish(capsys, published)
    assert (code, {one["rule"] for one in found["violations"]}) == (1, {"recorded_too_often"})
    write(published, "recordable", [{"class_id": CLASS, "subject": SUBJECT, "lessons_per_week": "2"}])
    code, found = publish(capsys, published)
    assert (code, [one["rule"] for one in found["violations"]]) == (1, ["not_loaded"])
    assert {key: value for key, value in dump().items() if "lesson" in key} == {
        key: value for key, value in before.items() if "lesson" in key
    }


def test_a_class_that_would_watch_nobody_is_named(folder, capsys):
    """No other class is taught music of these grades."""
    owed = [row for row in rows(folder, "requirements") if row["subject"] != SUBJECT or row["class_id"] == CLASS]
    write(folder, "requirements", owed)
    write(folder, "broadcasts", [row for row in rows(folder, "broadcasts") if row["subject"] != SUBJECT])
    assert load(capsys, folder)[0] == 0
    code, found = publish(capsys, folder)
    assert (code, [one["rule"] for one in found["violations"]]) == (1, ["refused"])
    assert "一年级班 音乐" in found["violations"][0]["sentence"]
    assert not Lesson.objects.exists()


def test_a_plan_without_a_broadcast_shows_what_was_taught_before(divisions, capsys, tmp_path):
    """After two weeks nobody teaches any more; the solver writes a plan of recorded lessons alone."""
    folder = make_county(tmp_path / "county", *SEVEN_POINTS)
    with time_machine.travel(FRIDAY, tick=False):
        assert main(["timetable", "solve", str(folder), "--workers", "1", "--seconds", "20"]) == 0
        assert load(capsys, folder)[0] == 0
        assert publish(capsys, folder)[0] == 0
    write(folder, "teachers", [row | {"weekly_cap": "0"} for row in rows(folder, "teachers")])
    write(folder, "recordable", rows(folder, "requirements"))
    with time_machine.travel(utc(date(2026, 9, 18), 12), tick=False):
        assert main(["timetable", "solve", str(folder), "--workers", "1", "--seconds", "6"]) == 0
        assert rows(folder, "broadcasts") == []
        assert load(capsys, folder)[0] == 0
        code, found = publish(capsys, folder, "2026-09-21")
    assert (code, found["violations"]) == (0, [])
    assert found["published"] > 0
    assert {one.recorded for one in Lesson.objects.filter(active=True, date__gte="2026-09-21")} == {True}


def test_a_broken_file_of_recorded_lessons_is_refused(folder, capsys):
    write(folder, "recorded_lessons", [{"class_id": CLASS, "subject": SUBJECT, "weekday": "8", "period": "1"}])
    code, found = publish(capsys, folder)
    assert code == 1
    assert found["violations"][0]["rows"] == ["recorded_lessons.csv:2 weekday"]


def test_recordable_rows_are_loaded_changed_and_ended(folder, capsys):
    code, found = load(capsys, folder)
    assert (code, found["unchanged"]["recordable"]) == (0, 1)
    (folder / "recordable.csv").unlink()
    assert load(capsys, folder)[1]["ended"]["recordable"] == 1
    write(folder, "recordable", [{"class_id": "nobody", "subject": "art", "lessons_per_week": "1"}])
    code, found = load(capsys, folder)
    assert (code, [(one["file"], one["column"]) for one in found["errors"]]) == (1, [("recordable.csv", "class_id")])


def test_a_class_that_begins_in_mid_term_begins_where_its_group_is(divisions, capsys, tmp_path):
    live = copy_of(FIXTURES / "chongyang", tmp_path / "live")
    later = recorded_folder(tmp_path / "later")
    write(live, "recordable", rows(later, "recordable"))
    with time_machine.travel(FRIDAY, tick=False):
        assert load(capsys, live)[0] == 0
        assert publish(capsys, live)[0] == 0
        assert publish(capsys, later, "2026-10-12")[0] == 0
    found = showings()
    assert found[0].date >= date(2026, 10, 12)
    assert all(date(2026, 10, 5) < one.shows.date <= one.date for one in found)
    assert max(one.date - one.shows.date for one in found).days <= 7
