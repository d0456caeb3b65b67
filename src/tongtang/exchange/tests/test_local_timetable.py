"""Schools' own timetables come with the county: again, changed, gone, damaged, as the solver writes them."""

import csv
import shutil

import pytest

from tongtang.config.cli import main
from tongtang.exchange.tests.folders import add_line, dump, load, set_cell, set_line
from tongtang.timetable.models import LocalLesson

FILE = "local_timetable.csv"
HEADER = "class_id,weekday,period,subject,teacher_id"


def table(folder, file: str) -> list[dict[str, str]]:
    with (folder / file).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def write(folder, *rows: str, file: str = FILE, header: str = HEADER) -> None:
    (folder / file).write_text("\n".join([header, *rows, ""]), encoding="utf-8")


@pytest.fixture
def with_lessons(folder):
    """Three lessons of p01-g1 by the point's own teacher, who is the first in teachers.csv at p01."""
    teacher = next(row["teacher_id"] for row in table(folder, "teachers.csv") if row["school_id"] == "p01")
    write(folder, *(f"p01-g1,{weekday},1,chinese,{teacher}" for weekday in (1, 2, 3)))
    return folder


def stands() -> set[tuple]:
    """(class, weekday, period, subject) of the lessons that stand."""
    places = ("home_class__source_id", "weekday", "period_number", "subject_id")
    return set(LocalLesson.objects.values_list(*places))


def test_they_load_and_twice_changes_nothing(with_lessons, divisions, capsys):
    code, report = load(capsys, with_lessons)
    assert (code, report["created"]["local_timetable"]) == (0, 3)
    assert stands() == {("p01-g1", weekday, 1, "chinese") for weekday in (1, 2, 3)}
    assert {row.teacher.source_id for row in LocalLesson.objects.select_related("teacher")} == {
        table(with_lessons, FILE)[0]["teacher_id"]
    }
    before = dump()
    code, report = load(capsys, with_lessons)
    assert (code, report["created"], report["changed"], report["ended"]) == (0, {}, {}, {})
    assert report["unchanged"]["local_timetable"] == 3
    assert dump() == before


def test_a_change_changes_and_a_row_that_is_gone_ends(with_lessons, divisions, capsys):
    load(capsys, with_lessons)
    set_cell(with_lessons, FILE, 2, "subject", "maths")
    set_line(with_lessons, FILE, 4, None)
    _code, report = load(capsys, with_lessons)
    assert (report["changed"], report["ended"]) == ({"local_timetable": 1}, {"local_timetable": 1})
    assert stands() == {("p01-g1", 1, 1, "maths"), ("p01-g1", 2, 1, "chinese")}
    add_line(with_lessons, FILE, f"p01-g1,3,1,art,{table(with_lessons, FILE)[0]['teacher_id']}")
    _code, report = load(capsys, with_lessons)
    assert report["changed"] == {"local_timetable": 1}
    assert ("p01-g1", 3, 1, "art") in stands()


def test_a_folder_without_the_file_leaves_them(with_lessons, divisions, capsys):
    load(capsys, with_lessons)
    (with_lessons / FILE).unlink()
    code, report = load(capsys, with_lessons)
    assert (code, report["ended"], len(stands())) == (0, {}, 3)
    write(with_lessons)
    _code, report = load(capsys, with_lessons)
    assert (report["ended"], stands()) == ({"local_timetable": 3}, set())


def test_what_a_class_takes_from_the_anchor_is_no_local_lesson(with_lessons, divisions, capsys):
    teacher = table(with_lessons, FILE)[0]["teacher_id"]
    add_line(with_lessons, FILE, f"p01-g1,4,1,english,{teacher}")
    write(with_lessons, "p01-g1,english", file="anchor_receivers.csv", header="class_id,subject")
    _code, report = load(capsys, with_lessons)
    assert report["created"]["local_timetable"] == 3
    assert {subject for *_place, subject in stands()} == {"chinese"}


DAMAGE = {
    "unknown class": ("class_id", "p99-g1", "没有这个编号的班级"),
    "unknown teacher": ("teacher_id", "nobody", "没有这个编号的教师"),
    "weekday 8": ("weekday", "8", "不是星期几"),
    "period unknown to the bell": ("period", "9", "没有第 9 节"),
    "unknown subject": ("subject", "astrology", "astrology"),
    "empty teacher": ("teacher_id", "", "这一格是空的"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_bad_row_is_named_and_nothing_is_written(with_lessons, divisions, capsys, kind):
    column, value, words = DAMAGE[kind]
    set_cell(with_lessons, FILE, 3, column, value)
    code, report = load(capsys, with_lessons)
    assert code == 1
    [error] = report["errors"]
    assert (error["file"], error["line"], error["column"], error["value"]) == (FILE, 3, column, value)
    assert words in error["message"]
    assert not LocalLesson.objects.exists()


def test_two_lessons_at_once_are_named(with_lessons, divisions, capsys):
    teacher = table(with_lessons, FILE)[0]["teacher_id"]
    other = next(
        row["class_id"]
        for row in table(with_lessons, "classes.csv")
        if row["school_id"] == "p01" and row["class_id"] != "p01-g1"
    )
    line = add_line(with_lessons, FILE, f"{other},2,1,maths,{teacher}")
    twice = add_line(with_lessons, FILE, f"p01-g1,3,1,maths,{teacher}")
    code, report = load(capsys, with_lessons)
    assert code == 1
    assert {(one["file"], one["line"]) for one in report["errors"]} == {(FILE, line), (FILE, twice)}
    assert any("第 3 行已有课" in one["message"] for one in report["errors"])


def test_what_the_solver_writes_loads(folder, tmp_path, divisions, capsys):
    """A point's week, solved from requirements in a folder of schools, is loaded with the county."""
    schools = tmp_path / "schools"
    schools.mkdir()
    for file in ("bells.csv", "schools.csv", "classes.csv", "teachers.csv"):
        shutil.copy(folder / file, schools)
    teacher = next(row["teacher_id"] for row in table(folder, "teachers.csv") if row["school_id"] == "p01")
    columns = "class_id,subject,lessons_per_week,teacher_id,max_per_day,double,earliest_period,latest_period"
    owed = [f"p01-g1,{subject},{count},{teacher},2,0,1,6" for subject, count in (("chinese", 6), ("maths", 4))]
    write(schools, *owed, file="local_requirements.csv", header=columns)
    assert main(["timetable", "solve", str(schools), "--out", str(folder), "--seconds", "20", "--workers", "1"]) == 0
    code, report = load(capsys, folder)
    assert (code, report["errors"], report["created"]["local_timetable"]) == (0, [], 10)
    wanted = {(row["class_id"], int(row["weekday"]), int(row["period"]), row["subject"]) for row in table(folder, FILE)}
    assert stands() == wanted
