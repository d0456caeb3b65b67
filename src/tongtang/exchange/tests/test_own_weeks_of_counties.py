"""A county's folder that says what schools teach themselves: solved around it, checked against it, explained by it."""

import random

import pytest

from tongtang.exchange.tests.folders import FIXTURES, copy_of, make_county
from tongtang.exchange.tests.planted import apply_changes
from tongtang.exchange.tests.test_timetable_county import timetable
from tongtang.exchange.tests.test_timetable_options import rows, write

TIGHT = ("--points", "7", "--rooms", "1", "--teachers", "5", "--seed", "1411", "--lessons", "0")


def own_week(folder, class_id: str, subject: str = "chinese") -> list[dict[str, str]]:
    """The class taught by somebody of its school in every period."""
    school = next(row["school_id"] for row in rows(folder, "classes") if row["class_id"] == class_id)
    bell = next(row["bell_id"] for row in rows(folder, "schools") if row["school_id"] == school)
    teacher = next(row["teacher_id"] for row in rows(folder, "teachers") if row["school_id"] == school)
    return [
        {"class_id": class_id, "weekday": str(day), "period": row["period"], "subject": subject, "teacher_id": teacher}
        for day in range(1, 6)
        for row in rows(folder, "bells")
        if row["bell_id"] == bell
    ]


@pytest.fixture
def folder(tmp_path):
    return make_county(tmp_path / "county", *TIGHT)


def test_a_county_is_solved_around_the_own_lessons_of_its_folder(capsys, folder):
    rng = random.Random(7)
    found = [row for each in ("p01-g1", "p02-g1", "p03-g1") for row in rng.sample(own_week(folder, each), 15)]
    write(folder, "local_timetable", found)
    code, answer, words = timetable(capsys, "solve", folder, "--workers", "1", "--seconds", "30")
    assert (code, answer["unserved"]) == (0, []), words
    assert timetable(capsys, "check", folder)[0] == 0
    # Without the file the search has no reason to keep off these places.
    (folder / "local_timetable.csv").rename(folder / "own.bak")
    (folder / "broadcasts.csv").unlink()
    assert timetable(capsys, "solve", folder, "--workers", "1", "--seconds", "30")[0] == 0
    (folder / "own.bak").rename(folder / "local_timetable.csv")
    code, checked, _words = timetable(capsys, "check", folder)
    assert code == 1
    assert {each["rule"] for each in checked["violations"]} <= {"class_taught_by_own_school", "teacher_with_own_class"}
    assert "由本校上语文" in checked["violations"][0]["sentence"]


def test_a_class_whose_week_is_full_is_named_and_the_change_makes_a_plan(capsys, folder):
    write(folder, "local_timetable", own_week(folder, "p01-g1"))
    code, answer, words = timetable(capsys, "solve", folder, "--workers", "1", "--seconds", "20")
    first = answer["explanation"][0]
    assert (code, answer["status"], first["entity"], first["kind"]) == (1, "infeasible", "p01-g1", "class_own")
    assert first["verified"]
    assert first["sentence"] in words
    apply_changes(folder, first["changes"])
    assert timetable(capsys, "solve", folder, "--workers", "1", "--seconds", "30")[0] == 0


def test_what_a_class_takes_from_the_anchor_is_nobodys_own_lesson(capsys, tmp_path):
    """A whole week of music stands in the file because the class receives it: nothing is taken."""
    folder = copy_of(FIXTURES / "chongyang", tmp_path)
    write(folder, "local_timetable", own_week(folder, "p01-g1", "music"))
    assert timetable(capsys, "check", folder)[0] == 1
    write(folder, "anchor_receivers", [{"class_id": "p01-g1", "subject": "music"}])
    assert timetable(capsys, "check", folder)[0] == 0
