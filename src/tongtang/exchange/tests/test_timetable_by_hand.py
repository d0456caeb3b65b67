"""`tongtang timetable solve` and `check` on counties written by hand, with what no generator writes."""

import csv
import io
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest
import time_machine
from tests.cast import utc

from tongtang.config.cli import main
from tongtang.exchange.tests.folders import load, set_cell
from tongtang.exchange.tests.test_timetable_county import timetable
from tongtang.lessons.models import Lesson

GONE_BUT_MONDAY = [("t1", day, "00:00", "23:59") for day in range(2, 6)]
RULES = {
    "lesson_minutes": 40,
    "start_tolerance_minutes": 10,
    "changeover_minutes": 10,
    "max_classes_per_broadcast": 1,
    "max_pupils_per_broadcast": 45,
    "grade_bands": "1-2|3-4",
    "same_subject_per_class_and_day": 1,
    "group_is_stable": 1,
}
HEADERS = {
    "terms": "term_id,name,first_day,last_day,teaching_weeks",
    "bells": "bell_id,period,start,end",
    "schools": "school_id,name,kind,township,parent_id,bell_id,receiving_rooms,link_mbps,max_streams",
    "classes": "class_id,school_id,name,grades,pupils",
    "pupils": "pupil_id,class_id,name,sex,birth_date",
    "teachers": "teacher_id,name,school_id,subjects,weekly_cap",
    "teacher_unavailable": "teacher_id,weekday,start,end",
    "class_blocked": "class_id,weekday,period",
    "studios": "studio_id,school_id,name",
    "requirements": "class_id,subject,lessons_per_week,every_weeks",
    "facilitators": "school_id,teacher_id",
    "recordable": "class_id,subject,lessons_per_week",
    "recorded_lessons": "class_id,subject,weekday,period",
    "broadcasts": "group_id,subject,teacher_id,studio_id,weekday,start,class_ids",
    "rules": "rule,value",
}
STARTS = (("08:00", "08:40"), ("08:50", "09:30"), ("09:40", "10:20"), ("10:30", "11:10"))


def by_hand(folder: Path, **tables: list[tuple]) -> Path:
    """Four points with one class each, all with one bell of four periods; one teacher of music, there on Mondays."""
    points = [f"p{number}" for number in range(1, 5)]
    found = {
        "terms": [("t", "Autumn", "2026-09-01", "2027-01-22", 20)],
        "bells": [("b", number, *span) for number, span in enumerate(STARTS, 1)],
        "schools": [
            ("a", "Anchor", "anchor_school", "天城", "", "b", 0, 1000, 0),
            ("c", "Central", "central_school", "天城", "", "b", 1, 100, 1),
            *((one, one, "teaching_point", "天城", "c", "b", 1, 100, 1) for one in points),
        ],
        "classes": [(f"{one}-3", one, "3", 3, 1) for one in points],
        "pupils": [(f"{one}-3-1", f"{one}-3", "张一", "男", "2017-01-01") for one in points],
        "teachers": [("t1", "T", "a", "music", 15)],
        "teacher_unavailable": GONE_BUT_MONDAY,
        "class_blocked": [],
        "studios": [("s1", "a", "S")],
        "requirements": [(f"{one}-3", "music", 1, 1) for one in points],
        "rules": list(RULES.items()),
    }
    folder.mkdir()
    for name, rows in (found | tables).items():
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        (folder / f"{name}.csv").write_text(f"{HEADERS[name]}\n{text.getvalue()}", encoding="utf-8")
    return folder


def test_starts_between_the_bells_are_used_where_a_day_is_full(capsys, tmp_path):
    """55 minutes from start to start, periods every 50: four lessons fit if each begins as early as it can."""
    folder = by_hand(tmp_path / "county", rules=list((RULES | {"changeover_minutes": 15}).items()))
    code, answer, _words = timetable(capsys, "solve", folder, "--workers", "1")
    assert (code, answer["status"], answer["broadcasts"], answer["bound"]) == (0, "optimal", 4, 4)
    assert timetable(capsys, "check", folder)[1]["violations"] == []


def test_a_teacher_who_comes_back_in_the_middle_of_a_stretch_is_used_from_then_on(capsys, tmp_path):
    """Back at 07:53: 07:53, 08:48, 09:43 and 10:38 are the only starts for four lessons of 40 minutes, 15 apart."""
    folder = by_hand(
        tmp_path / "county",
        rules=list((RULES | {"changeover_minutes": 15}).items()),
        teacher_unavailable=[*GONE_BUT_MONDAY, ("t1", 1, "07:00", "07:53"), ("t1", 1, "11:18", "12:00")],
    )
    code, answer, _words = timetable(capsys, "solve", folder, "--workers", "1")
    assert (code, answer["status"], answer["broadcasts"]) == (0, "optimal", 4)
    with open(folder / "broadcasts.csv", encoding="utf-8") as handle:
        assert sorted(row["start"] for row in csv.DictReader(handle)) == ["07:53", "08:48", "09:43", "10:38"]


def test_nobody_with_any_lessons_to_give_is_told(capsys, tmp_path):
    """The only teacher of all has a cap of none."""
    folder = by_hand(tmp_path / "county", teachers=[("t1", "T", "a", "music", 0)])
    code, answer, _words = timetable(capsys, "solve", folder, "--workers", "1")
    assert (code, answer["status"], answer["bound"], answer["served"]) == (1, "infeasible", 4, 0)
    assert {one["entity"] for one in answer["explanation"]} == {"t1", "music"}
    assert all(one["verified"] for one in answer["explanation"])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_of_a_spreadsheet_are_read_alike(capsys, tmp_path, end):
    """With a byte-order mark, either line end, and the columns the other way round."""
    folder = by_hand(tmp_path / "county")
    for file in folder.iterdir():
        rows = [",".join(reversed(line.split(","))) for line in file.read_text(encoding="utf-8").splitlines()]
        file.write_bytes(b"\xef\xbb\xbf" + (end.join(rows) + end).encode())
    code, answer, _words = timetable(capsys, "solve", folder, "--workers", "1")
    assert (code, answer["status"], answer["broadcasts"], answer["bound"]) == (0, "optimal", 4, 4)
    assert timetable(capsys, "check", folder)[1]["violations"] == []


def test_a_county_of_which_everything_is_recorded_is_solved(capsys, tmp_path):
    """Nobody teaches music, and all of it may be watched recorded: no broadcast at all is a plan."""
    folder = by_hand(
        tmp_path / "county",
        teachers=[("t1", "T", "a", "art", 15)],
        recordable=[(f"p{number}-3", "music", 1) for number in range(1, 5)],
    )
    code, answer, _words = timetable(capsys, "solve", folder, "--workers", "1", "--seconds", "4")
    assert (code, answer["status"], answer["served"], answer["recorded"]) == (0, "feasible", 0, 4)
    assert answer["explanation"] == []
    assert timetable(capsys, "check", folder)[1] == {"broadcasts": 0, "violations": [], "recorded": 4}
    (folder / "recordable.csv").unlink()
    set_cell(folder, "teachers.csv", 2, "subjects", "music")
    code, answer, _words = timetable(capsys, "solve", folder, "--workers", "1")
    assert (code, answer["status"], answer["served"]) == (0, "optimal", 4)
    assert timetable(capsys, "check", folder)[1] == {"broadcasts": 4, "violations": []}


def test_two_classes_with_one_facilitator_receive_in_alternate_weeks(capsys, tmp_path):
    """Both classes can take Monday's first period only, and one person is beside them: one in each of two weeks."""
    others = [("p1-3", 1, period) for period in (2, 3, 4)] + [("p1-4", 1, period) for period in (2, 3, 4)]
    folder = by_hand(
        tmp_path / "county",
        classes=[("p1-3", "p1", "3", 3, 1), ("p1-4", "p1", "4", 4, 1)],
        pupils=[(f"p1-{grade}-1", f"p1-{grade}", "张一", "男", "2017-01-01") for grade in (3, 4)],
        teachers=[("t1", "T", "a", "music", 15), ("l1", "L", "p1", "general", 20)],
        class_blocked=others,
        requirements=[("p1-3", "music", 1, 2), ("p1-4", "music", 1, 2)],
        facilitators=[("p1", "l1")],
    )
    code, answer, _words = timetable(capsys, "solve", folder, "--workers", "1")
    assert (code, answer["status"], answer["served"], answer["facilitated"]) == (0, "optimal", 2, 2)
    assert timetable(capsys, "check", folder)[1]["violations"] == []
    with open(folder / "facilitations.csv", encoding="utf-8") as handle:
        rows = [(row["class_id"], row["teacher_id"], row["every_weeks"], row["week"]) for row in csv.DictReader(handle)]
    assert sorted(row[:3] for row in rows) == [("p1-3", "l1", "2"), ("p1-4", "l1", "2")]
    assert {row[3] for row in rows} == {"1", "2"}


def test_a_school_with_many_classes_and_one_facilitator_too_few_is_checked_at_once(capsys, tmp_path):
    """Fourteen classes at once and thirteen people: the breach is named without trying thirteen factorial orders."""
    classes = [f"p1-{number}" for number in range(14)]
    people = [f"l{number}" for number in range(13)]
    folder = by_hand(
        tmp_path / "county",
        schools=[
            ("a", "Anchor", "anchor_school", "天城", "", "b", 0, 1000, 0),
            ("c", "Central", "central_school", "天城", "", "b", 1, 100, 1),
            ("p1", "P", "teaching_point", "天城", "c", "b", 14, 100, 14),
        ],
        classes=[(one, "p1", one, 3, 1) for one in classes],
        pupils=[(f"{one}-1", one, "张一", "男", "2017-01-01") for one in classes],
        teachers=[("t1", "T", "a", "music", 15), *((one, one, "p1", "general", 20) for one in people)],
        requirements=[(one, "music", 1, 1) for one in classes],
        facilitators=[("p1", one) for one in people],
        rules=list((RULES | {"max_classes_per_broadcast": 14}).items()),
        broadcasts=[("g", "music", "t1", "s1", 1, "08:00", ";".join(classes))],
    )
    code, checked, _words = timetable(capsys, "check", folder)
    assert (code, [one["rule"] for one in checked["violations"]]) == (1, ["facilitators_at_once"])
    assert "13" in checked["violations"][0]["sentence"]


def test_lessons_of_two_weeks_at_one_weekday_and_time_are_solved_checked_and_published(divisions, capsys, tmp_path):
    """A class with one period left is owed two lessons in two weeks: Monday's first period of each."""
    folder = by_hand(
        tmp_path / "county",
        class_blocked=[("p1-3", 1, period) for period in (2, 3, 4)],
        requirements=[("p1-3", "music", 2, 2)],
    )
    code, answer, _words = timetable(capsys, "solve", folder, "--workers", "1")
    assert (code, answer["status"], answer["broadcasts"]) == (0, "optimal", 2)
    with open(folder / "broadcasts.csv", encoding="utf-8") as handle:
        rows = [(row["group_id"], row["weekday"], row["every_weeks"], row["week"]) for row in csv.DictReader(handle)]
    assert rows == [("music-01", "1", "2", "1"), ("music-01", "1", "2", "2")]
    assert timetable(capsys, "check", folder)[1]["violations"] == []
    with time_machine.travel(utc(date(2026, 9, 4), 12), tick=False):
        assert load(capsys, folder)[0] == 0
        assert main(["publish-plan", str(folder), "--from", "2026-09-07", "--json"]) == 0
    held = sorted(lesson.date for lesson in Lesson.objects.all())
    mondays = [date(2026, 9, 7) + timedelta(weeks=number) for number in range(20)]
    assert held == [day for day in mondays if day != date(2026, 10, 5)], "every Monday that is no holiday"
    lines = (folder / "broadcasts.csv").read_text(encoding="utf-8").splitlines()
    (folder / "broadcasts.csv").write_text("\n".join([*lines, lines[-1], ""]), encoding="utf-8")
    code, checked, _words = timetable(capsys, "check", folder)
    assert code == 1
    assert {"requirement_exceeded", "class_twice_in_period"} <= {one["rule"] for one in checked["violations"]}


SOUND = [(f"g{n}", "music", "t1", "s1", 1, STARTS[n - 1][0], f"p{n}-3") for n in range(1, 5)]
GROUP, SUBJECT, TEACHER, STUDIO, WEEKDAY, START, CLASSES = range(7)
PLANTED = {
    "unknown_class": {CLASSES: "p4-3;nobody"},
    "unknown_teacher": {TEACHER: "nobody"},
    "unknown_studio": {STUDIO: "nowhere"},
    "weekday_outside_week": {WEEKDAY: 8},
    "lesson_outside_day": {START: "23:50"},
    "broadcast_without_class": {CLASSES: ""},
    "class_twice_in_broadcast": {CLASSES: "p4-3;p4-3"},
    "teacher_not_of_subject": {TEACHER: "t2"},
    "subject_not_required": {SUBJECT: "art"},
    "requirement_missed": {CLASSES: "p3-3"},
    "start_fits_no_period": {START: "12:00"},
    "class_blocked": {WEEKDAY: 2},
    "grades_share_no_band": {CLASSES: "p4-3;p5-1"},
    "too_many_classes": {CLASSES: "p4-3;p3-3"},
    "teacher_overlap": {START: "09:50"},
    "teacher_changeover": {START: "10:25"},
    "studio_changeover": {START: "10:25"},
    "teacher_unavailable": {WEEKDAY: 3},
    "group_changes_classes": {GROUP: "g3"},
    "class_changes_group": {CLASSES: "p3-3"},
}


def with_plan(folder, plan):
    """The county with this plan, another class and another teacher, and a period of Tuesday given away."""
    points = [f"p{number}" for number in range(1, 6)]
    return by_hand(
        folder,
        schools=[
            ("a", "Anchor", "anchor_school", "天城", "", "b", 0, 1000, 0),
            ("c", "Central", "central_school", "天城", "", "b", 1, 100, 1),
            *((one, one, "teaching_point", "天城", "c", "b", 1, 100, 1) for one in points),
        ],
        classes=[*((f"{one}-3", one, "3", 3, 1) for one in points[:4]), ("p5-1", "p5", "1", 1, 1)],
        pupils=[
            *((f"{one}-3-1", f"{one}-3", "张一", "男", "2017-01-01") for one in points[:4]),
            ("p5-1-1", "p5-1", "张一", "男", "2019-01-01"),
        ],
        teachers=[("t1", "T", "a", "music", 15), ("t2", "U", "a", "art", 15)],
        class_blocked=[("p4-3", 2, 4)],
        broadcasts=plan,
    )


def planted(*changes):
    """The sound plan with all of these changes in its last row."""
    row = list(SOUND[-1])
    for change in changes:
        for column, value in change.items():
            row[column] = value
    return [*SOUND[:-1], tuple(row)]


def named(capsys, folder):
    code, checked, words = timetable(capsys, "check", folder)
    assert code == bool(checked["violations"])
    assert "%(" not in words
    return {one["rule"] for one in checked["violations"]}


def test_every_rule_that_the_last_row_breaks_is_named(capsys, tmp_path):
    assert named(capsys, with_plan(tmp_path / "sound", SOUND)) == set()
    for rule, change in PLANTED.items():
        assert rule in named(capsys, with_plan(tmp_path / rule, planted(change))), rule


RESTS_ON = {
    "teacher_not_of_subject": {SUBJECT},
    "subject_not_required": {CLASSES},
    "requirement_missed": {SUBJECT},
    "start_fits_no_period": {CLASSES},
    "class_blocked": {CLASSES, START},
    "teacher_overlap": {TEACHER, WEEKDAY},
    "teacher_changeover": {TEACHER, WEEKDAY},
    "studio_changeover": {STUDIO, WEEKDAY},
    "teacher_unavailable": {TEACHER, START},
    "group_changes_classes": {CLASSES},
    "class_changes_group": {GROUP, SUBJECT},
}
"""The other columns that a breach needs as they are."""


def hide(one, other):
    """Whether a change takes away what the other breach rests on, or they change the same cell."""
    first, second = PLANTED[one].keys(), PLANTED[other].keys()
    return bool(first & second or first & RESTS_ON.get(other, set()) or second & RESTS_ON.get(one, set()))


def test_two_breaches_of_one_row_are_both_named(capsys, tmp_path):
    pairs = [pair for pair in combinations(PLANTED, 2) if not hide(*pair)]
    assert len(pairs) > 80
    for number, (one, other) in enumerate(pairs):
        found = named(capsys, with_plan(tmp_path / str(number), planted(PLANTED[one], PLANTED[other])))
        assert {one, other} <= found, (one, other, found)


@pytest.mark.parametrize("line", [0, 3])
def test_a_row_that_stands_twice_is_named_as_what_it_breaks(capsys, tmp_path, line):
    found = named(capsys, with_plan(tmp_path / "county", [*SOUND, SOUND[line]]))
    assert {"requirement_exceeded", "teacher_overlap", "studio_overlap", "class_twice_in_period"} <= found


def test_a_recorded_lesson_that_stands_twice_is_named_as_what_it_breaks(capsys, tmp_path):
    folder = with_plan(tmp_path / "county", SOUND)
    (folder / "recorded_lessons.csv").write_text(
        HEADERS["recorded_lessons"] + "\np1-3,music,5,2\np1-3,music,5,2\n", encoding="utf-8"
    )
    assert named(capsys, folder) == {"requirement_exceeded", "recorded_too_often", "class_twice_in_period",
                                     "subject_too_often_a_day"}  # fmt: skip


def test_recorded_lessons_longer_than_a_period_do_not_overlap(capsys, tmp_path):
    """Two periods of 20 minutes are left and lessons last 40: only one of two lessons can be watched."""
    halves = [("b", number, f"08:{20 * number - 20:02d}", f"08:{20 * number - 1:02d}") for number in (1, 2)]
    given_away = [("p1-3", day, period) for day in range(2, 6) for period in (1, 2)]
    owed = [("p1-3", "music", 1), ("p1-3", "art", 1)]
    folder = by_hand(
        tmp_path / "county",
        bells=halves,
        schools=[
            ("a", "Anchor", "anchor_school", "天城", "", "b", 0, 1000, 0),
            ("c", "Central", "central_school", "天城", "", "b", 1, 100, 1),
            ("p1", "P", "teaching_point", "天城", "c", "b", 2, 100, 2),
        ],
        classes=[("p1-3", "p1", "3", 3, 1)],
        pupils=[("p1-3-1", "p1-3", "张一", "男", "2017-01-01")],
        teachers=[("t1", "T", "a", "english", 15)],
        class_blocked=given_away,
        requirements=[(*one, 1) for one in owed],
        recordable=owed,
    )
    code, answer, _words = timetable(capsys, "solve", folder, "--workers", "1", "--seconds", "2")
    assert (code, answer["status"], answer["broadcasts"]) == (1, "infeasible", None)
    set_cell(folder, "rules.csv", 2, "value", "20")
    code, answer, _words = timetable(capsys, "solve", folder, "--workers", "1", "--seconds", "2")
    assert (code, answer["recorded"]) == (0, 2)
