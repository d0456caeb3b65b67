"""Facilitators, substitutes and recorded lessons of a county folder, through the command line."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest
import time_machine
from tests.cast import utc

from tongtang.config.cli import main
from tongtang.exchange.tests.folders import FIXTURES, copy_of, load, make_county
from tongtang.exchange.tests.test_timetable_county import timetable
from tongtang.lessons.models import Lesson

FRIDAY = utc(date(2026, 9, 4), 12)
CHONGYANG = FIXTURES / "chongyang"


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with open(folder / f"{name}.csv", encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def write(folder: Path, name: str, found: list[dict[str, str]]) -> None:
    with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, found[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def with_facilitators(folder: Path, number: int) -> None:
    """So many at each point, invented."""
    points = [row["school_id"] for row in rows(folder, "schools") if row["kind"] == "teaching_point"]
    people = [(point, f"{point}-f{count}") for point in points for count in range(number)]
    named = [{"teacher_id": name, "name": "某某", "school_id": point, "subjects": "general", "weekly_cap": "20"}
             for point, name in people]  # fmt: skip
    write(folder, "teachers", rows(folder, "teachers") + named)
    write(folder, "facilitators", [{"school_id": point, "teacher_id": name} for point, name in people])


@pytest.fixture
def short(tmp_path):
    """A county whose teachers cannot give all the English that is owed."""
    return make_county(tmp_path / "county", "--teachers", "8", "--seed", "1", "--lessons", "0")


def test_one_facilitator_a_point_is_never_in_two_rooms(capsys, tmp_path):
    folder = copy_of(CHONGYANG, tmp_path)
    with_facilitators(folder, 1)
    code, checked, _words = timetable(capsys, "check", folder)
    assert code == 1, "the folder's own plan uses two rooms at once"
    assert {each["rule"] for each in checked["violations"]} == {"facilitators_at_once"}
    assert "辅助教师" in checked["violations"][0]["sentence"]
    code, answer, _words = timetable(capsys, "solve", folder, "--workers", "1")
    assert (code, answer["served"], answer["facilitated"]) == (0, 311, 311)
    beside = rows(folder, "facilitations")
    assert len({(row["teacher_id"], row["weekday"], row["start"]) for row in beside}) == len(beside) == 311
    assert timetable(capsys, "check", folder)[0] == 0


def test_substitutes_give_only_what_is_short(capsys, short):
    assert timetable(capsys, "solve", short, "--seconds", "4")[1]["status"] == "infeasible"
    musicians = [row["teacher_id"] for row in rows(short, "teachers") if row["subjects"] == "music"]
    write(short, "substitutes", [{"teacher_id": one, "subject": "english"} for one in musicians])
    code, answer, words = timetable(capsys, "solve", short, "--seconds", "4", "--workers", "1")
    assert (code, answer["status"], answer["unserved"], answer["served"]) == (0, "feasible", [], answer["required"])
    assert 0 < answer["substituted"] < 15
    assert "代课教师" in words
    assert timetable(capsys, "check", short)[1]["violations"] == []
    (short / "substitutes.csv").unlink()
    rules = {each["rule"] for each in timetable(capsys, "check", short)[1]["violations"]}
    assert rules == {"teacher_not_of_subject"}


def test_what_is_left_is_recorded_and_counted_apart(capsys, short):
    owed = [row for row in rows(short, "requirements") if row["subject"] == "english"]
    write(short, "recordable", owed)
    code, answer, words = timetable(capsys, "solve", short, "--seconds", "4", "--workers", "1")
    assert (code, answer["status"], answer["bound"]) == (0, "feasible", None)
    assert answer["served"] + answer["recorded"] == answer["required"]
    assert len(rows(short, "recorded_lessons")) == answer["recorded"] > 0
    assert "看录播" in words
    assert timetable(capsys, "check", short)[1]["violations"] == []
    (short / "recorded_lessons.csv").unlink()
    rules = {each["rule"] for each in timetable(capsys, "check", short)[1]["violations"]}
    assert rules == {"requirement_missed"}


def test_bad_rows_are_named(capsys, tmp_path):
    folder = copy_of(CHONGYANG, tmp_path)
    teacher = next(row["teacher_id"] for row in rows(folder, "teachers") if row["subjects"] == "art")
    write(folder, "facilitators", [{"school_id": "p01", "teacher_id": teacher}, {"school_id": "zz", "teacher_id": "q"}])
    write(folder, "recordable", [{"class_id": "nobody", "subject": "art", "lessons_per_week": "0"}])
    code, answer, _words = timetable(capsys, "solve", folder)
    assert code == 1
    found = {(each["file"], each["line"], each["column"]) for each in answer["errors"]}
    assert found == {
        ("facilitators.csv", 2, "teacher_id"),
        ("facilitators.csv", 3, "school_id"),
        ("facilitators.csv", 3, "teacher_id"),
        ("recordable.csv", 2, "lessons_per_week"),
    }


def test_lessons_of_every_other_week_are_solved_checked_and_published_in_these_weeks(capsys, tmp_path, divisions):
    folder = copy_of(CHONGYANG, tmp_path)
    owed = [
        row | ({"lessons_per_week": "1", "every_weeks": "2"} if row["subject"] == "art" else {"every_weeks": "1"})
        for row in rows(folder, "requirements")
    ]
    write(folder, "requirements", owed)
    (folder / "broadcasts.csv").unlink()
    code, answer, _words = timetable(capsys, "solve", folder, "--workers", "1", "--seconds", "20")
    assert (code, answer["served"]) == (0, answer["required"])
    plan = rows(folder, "broadcasts")
    assert {row["every_weeks"] for row in plan if row["subject"] == "art"} == {"2"}
    assert {row["week"] for row in plan if row["subject"] == "art"} == {"1", "2"}
    assert {(row["every_weeks"], row["week"]) for row in plan if row["subject"] != "art"} == {("1", "1")}
    assert timetable(capsys, "check", folder)[1]["violations"] == []
    swapped = [row | {"week": "1"} for row in plan]
    write(folder, "broadcasts", swapped)
    rules = {each["rule"] for each in timetable(capsys, "check", folder)[1]["violations"]}
    assert rules & {"teacher_overlap", "rooms_in_period", "class_twice_in_period", "teacher_above_cap"}
    with time_machine.travel(FRIDAY, tick=False):
        assert load(capsys, folder)[0] == 0
        assert load(capsys, folder)[1]["changed"] == {}
        assert {one["rule"] for one in publish(capsys, folder)[1]} == rules
        write(folder, "broadcasts", plan)
        assert publish(capsys, folder) == (0, [])
        rare = {row["group_id"]: int(row["week"]) for row in plan if row["subject"] == "art"}
        for lesson in Lesson.objects.select_related("course"):
            if lesson.course.source_id in rare:
                assert (lesson.date - date(2026, 8, 31)).days // 7 % 2 == rare[lesson.course.source_id] - 1
        stood = list(Lesson.objects.order_by("pk").values())
        assert publish(capsys, folder) == (0, [])
        assert list(Lesson.objects.order_by("pk").values()) == stood


def publish(capsys, folder: Path) -> tuple[int, list[dict]]:
    capsys.readouterr()
    code = main(["publish-plan", str(folder), "--from", "2026-09-07", "--json"])
    return code, json.loads(capsys.readouterr().out)["violations"]


def test_a_plan_without_somebody_beside_each_class_is_not_published(divisions, capsys, tmp_path):
    """The folder's own plan has two classes of a point at once, and one facilitator there."""
    folder = copy_of(CHONGYANG, tmp_path)
    with_facilitators(folder, 1)
    with time_machine.travel(FRIDAY, tick=False):
        assert load(capsys, folder)[0] == 0
        code, violations = publish(capsys, folder)
        assert (code, {one["rule"] for one in violations}) == (1, {"facilitators_at_once"})
        assert violations == timetable(capsys, "check", folder)[1]["violations"]
        assert not Lesson.objects.exists()
        named = rows(folder, "facilitators")
        write(folder, "facilitators", [*named, {"school_id": "p01", "teacher_id": "nobody"}])
        code, violations = publish(capsys, folder)
        assert (code, [one["rule"] for one in violations]) == (1, ["file"])
        assert violations[0]["rows"] == [f"facilitators.csv:{len(named) + 2} teacher_id"]
        write(folder, "facilitators", named)
        assert timetable(capsys, "solve", folder, "--workers", "1")[0] == 0
        assert publish(capsys, folder) == (0, [])


def test_a_recorded_lesson_that_breaks_rules_is_refused_as_the_checker_names_them(divisions, capsys, tmp_path):
    """The class has the lesson live at that time, and nothing of the subject may be recorded."""
    folder = copy_of(CHONGYANG, tmp_path)
    with time_machine.travel(FRIDAY, tick=False):
        assert load(capsys, folder)[0] == 0
        shown = {"class_id": "p01-g1", "subject": "art", "weekday": "1", "period": "1"}
        write(folder, "recorded_lessons", [shown])
        code, violations = publish(capsys, folder)
        assert violations == timetable(capsys, "check", folder)[1]["violations"]
    rules = {one["rule"] for one in violations}
    assert (code, rules) == (1, {"requirement_exceeded", "recorded_too_often", "class_twice_in_period"})
    assert not Lesson.objects.exists()
