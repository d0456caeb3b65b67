"""`tongtang timetable solve-fet` and `import-fet` through their front door."""

import csv
import json
import os
import shutil
import subprocess
from io import StringIO
from pathlib import Path

import pytest

from tongtang.config.cli import main
from tongtang.exchange.tests.folders import FIXTURES
from tongtang.exchange.timetables.fet.reader import kinds_covered, read_fet
from tongtang.exchange.timetables.fet.result import timetable_inside
from tongtang.timetable.solver.classic.check import check

TWO_CLASSES = FIXTURES / "fet" / "two-classes.fet"
END_OF_TIMES = "</Time_Constraints_List>"
SPAN = """<ConstraintStudentsMaxSpanPerDay><Weight_Percentage>100</Weight_Percentage><Max_Span>3</Max_Span>
<Active>true</Active></ConstraintStudentsMaxSpanPerDay>"""
NOBODY = """<ConstraintTeacherMaxHoursDaily><Weight_Percentage>100</Weight_Percentage><Teacher>Nobody</Teacher>
<Maximum_Hours_Daily>3</Maximum_Hours_Daily><Active>true</Active></ConstraintTeacherMaxHoursDaily>"""
STARTS = """<ConstraintActivityPreferredStartingTime><Weight_Percentage>100</Weight_Percentage>
<Activity_Id>{number}</Activity_Id><Preferred_Day>{day}</Preferred_Day><Preferred_Hour>{hour}</Preferred_Hour>
<Permanently_Locked>true</Permanently_Locked><Active>true</Active></ConstraintActivityPreferredStartingTime>"""


def timetable(capsys, verb: str, path: Path, *arguments: str) -> tuple[int, dict, str]:
    capsys.readouterr()
    code = main(["timetable", verb, str(path), "--json", *arguments])
    said = capsys.readouterr()
    return code, json.loads(said.out), said.err


WORDS = """<ConstraintActivitiesPreferredTimeSlots><Weight_Percentage>100</Weight_Percentage>
<Teacher>{teacher}</Teacher><Students></Students><Subject>{subject}</Subject><Activity_Tag></Activity_Tag>
<Preferred_Time_Slot><Preferred_Day>Mon</Preferred_Day><Preferred_Hour>1</Preferred_Hour></Preferred_Time_Slot>
<Active>true</Active></ConstraintActivitiesPreferredTimeSlots>"""
TEACHERS = """<ConstraintTeachers{what}><Weight_Percentage>100</Weight_Percentage><{tag}>{number}</{tag}>
<Active>true</Active></ConstraintTeachers{what}></Time_Constraints_List>"""


@pytest.fixture
def changed(tmp_path):
    def change(old: str, new: str) -> Path:
        words = TWO_CLASSES.read_text()
        assert old in words
        path = tmp_path / "changed.fet"
        path.write_text(words.replace(old, new))
        return path

    return change


def test_a_file_is_solved_and_the_timetable_written_back_holds(capsys, tmp_path):
    code, said, _words = timetable(capsys, "solve-fet", TWO_CLASSES, "--out", str(tmp_path / "out"), "--seconds", "20")
    assert (code, said["status"], said["not_covered"]) == (0, "optimal", [])
    assert said["bound"] == said["conflicts"]
    written = read_fet(Path(said["file"]))
    inside = timetable_inside(written)
    assert set(inside) == set(range(1, 11))
    assert not [breach for breach in check(read_fet(TWO_CLASSES).institution, inside) if breach.binding]
    assert {inside[number].room for number in (7, 8)} == {"Lab"}
    assert {inside[number].room for number in (9, 10)} == {"Hall"}
    assert timetable(capsys, "import-fet", Path(said["file"]))[0] == 0
    rows = list(csv.DictReader(StringIO((tmp_path / "out" / "activities.csv").read_text())))
    assert [row["activity_id"] for row in rows] == [str(number) for number in range(1, 11)]
    assert all(row["day"] and row["hour"] and row["room"] for row in rows)


def test_the_first_timetable_keeps_every_binding_constraint(capsys):
    code, said, _words = timetable(capsys, "solve-fet", TWO_CLASSES, "--first", "--seconds", "20")
    assert code == 0
    assert said["status"] in ("feasible", "optimal")
    assert not [breach for breach in said["breaches"] if breach["binding"]]


def test_the_same_seed_gives_the_same_timetable(capsys, tmp_path):
    places = []
    for name in ("one", "other"):
        timetable(capsys, "solve-fet", TWO_CLASSES, "--first", "--seed", "7", "--out", str(tmp_path / name))
        places.append((tmp_path / name / "activities.csv").read_text())
    assert places[0] == places[1]


def test_import_tells_what_stands_in_the_file(capsys, tmp_path):
    code, said, words = timetable(capsys, "import-fet", TWO_CLASSES, "--out", str(tmp_path))
    assert code == 0
    assert (said["activities"], said["lessons"], said["rooms"], said["switched_off"]) == (10, 12, 4, 1)
    assert said["constraints"]["ConstraintMinDaysBetweenActivities"] == 2
    assert said["timetable"] is None
    assert words
    kinds = {row["kind"] for row in csv.DictReader(StringIO((tmp_path / "constraints.csv").read_text()))}
    assert kinds == set(said["constraints"])


def test_a_kind_that_is_not_covered_is_named_and_refused(capsys, changed):
    path = changed(END_OF_TIMES, SPAN + SPAN + END_OF_TIMES)
    code, said, words = timetable(capsys, "solve-fet", path)
    assert (code, said["status"]) == (1, "refused")
    assert said["not_covered"] == [{"kind": "ConstraintStudentsMaxSpanPerDay", "count": 2, "ids": ["1", "2"]}]
    assert "ConstraintStudentsMaxSpanPerDay" in words
    assert timetable(capsys, "import-fet", path)[0] == 1


def test_left_out_on_demand_it_is_still_named(capsys, changed):
    path = changed(END_OF_TIMES, SPAN + END_OF_TIMES)
    code, said, words = timetable(capsys, "solve-fet", path, "--leave-out", "--first")
    assert code == 0
    assert [one["kind"] for one in said["not_covered"]] == ["ConstraintStudentsMaxSpanPerDay"]
    assert "ConstraintStudentsMaxSpanPerDay" in words


def test_a_limit_that_fet_does_not_let_be_broken_is_not_read_as_if_it_could(capsys, changed):
    path = changed("<Max_Gaps>0</Max_Gaps>", "<Max_Gaps>0</Max_Gaps><Weight_Percentage>50</Weight_Percentage>")
    words = path.read_text()
    first = "<ConstraintStudentsMaxGapsPerWeek>\n\t\t\t<Weight_Percentage>100</Weight_Percentage>"
    assert first in words
    path.write_text(words.replace(first, "<ConstraintStudentsMaxGapsPerWeek>"))
    code, said, _words = timetable(capsys, "solve-fet", path)
    assert code == 1
    assert [one["kind"] for one in said["not_covered"]] == ["ConstraintStudentsMaxGapsPerWeek"]


def test_an_impossible_file_is_proven_so(capsys, changed):
    both = "".join(STARTS.format(number=number, day="Tue", hour="1") for number in (1, 4))
    code, said, _words = timetable(capsys, "solve-fet", changed(END_OF_TIMES, both + END_OF_TIMES), "--seconds", "10")
    assert (code, said["status"], said["file"]) == (1, "infeasible", None)


def test_activities_that_can_start_nowhere_are_named(capsys, changed):
    twice = "".join(STARTS.format(number=1, day=day, hour="1") for day in ("Mon", "Tue"))
    code, said, words = timetable(capsys, "solve-fet", changed(END_OF_TIMES, twice + END_OF_TIMES))
    assert (code, said["status"], said["stuck"]) == (1, "infeasible", [1])
    assert "1" in words


def test_a_locked_timetable_that_breaks_a_constraint_is_told(capsys, tmp_path):
    timetable(capsys, "solve-fet", TWO_CLASSES, "--out", str(tmp_path), "--first")
    path = tmp_path / "two-classes_timetable.fet"
    place = timetable_inside(read_fet(path))[7].start
    words = path.read_text()
    start = words.rindex("<Activity_Id>8</Activity_Id>", 0, words.index("Space_Constraints_List"))
    institution = read_fet(path).institution
    day, hour = institution.days[place // 4], institution.hours[place % 4]
    end = words.index("<Permanently_Locked>", start)
    moved = f"<Activity_Id>8</Activity_Id><Preferred_Day>{day}</Preferred_Day><Preferred_Hour>{hour}</Preferred_Hour>"
    path.write_text(words[:start] + moved + words[end:])
    code, said, _words = timetable(capsys, "import-fet", path)
    assert code == 1
    assert [7, 8] in [breach["activities"] for breach in said["timetable"]["breaches"] if breach["rule"] == "clash"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<Institution_Name>", "<Mode>Mornings_Afternoons</Mode><Institution_Name>"),
        ("<Duration>2</Duration>", "<Duration>two</Duration>"),
        ("<Students>1A</Students>", "<Students>9Z</Students>"),
        ("<Id>2</Id>", "<Id>1</Id>"),
        ("<Room>Lab</Room>", "<Room>Cellar</Room>"),
        ("<Weight_Percentage>95</Weight_Percentage>", "<Weight_Percentage>high</Weight_Percentage>"),
        ("</fet>", "</feet>"),
        ("</fet>", "<a>" * 30 + "</a>" * 30 + "</fet>"),
        ("<Duration>2</Duration>", "<Duration>0</Duration>"),
        ("<Duration>2</Duration>", "<Duration>-2</Duration>"),
        ("<Weight_Percentage>95</Weight_Percentage>", "<Weight_Percentage>nan</Weight_Percentage>"),
        ("<Weight_Percentage>95</Weight_Percentage>", "<Weight_Percentage>950</Weight_Percentage>"),
        ("<Max_Gaps>0</Max_Gaps>", "<Max_Gaps>-1</Max_Gaps>"),
        ("<Activity_Id>1</Activity_Id>", "<Activity_Id>one</Activity_Id>"),
        ("</Time_Constraints_List>", NOBODY + "</Time_Constraints_List>"),
        ("<Activities_List>", "<Activities_List><Activity><Id>99</Id><Teacher>Nobody</Teacher></Activity>"),
        ("<Days_List>", "<Days_List>" + "".join(f"<Day><Name>D{n}</Name></Day>" for n in range(2000))),
        ("encoding='UTF-8'", "encoding='bogus'"),
        ("<Name>Wed</Name>", "<Name>Tue</Name>"),
        ("<Name>Hall</Name>", "<Name>Lab</Name>"),
        ("Activities_List>", "Activity_List>"),
        ("</Time_Constraints_List>", WORDS.format(teacher="Nobody", subject="") + "</Time_Constraints_List>"),
        ("</Time_Constraints_List>", WORDS.format(teacher="", subject="Magic") + "</Time_Constraints_List>"),
        ("</Time_Constraints_List>", TEACHERS.format(what="MinHoursDaily", tag="Minimum_Hours_Daily", number="9" * 25)),
        (
            "</Time_Constraints_List>",
            TEACHERS.format(what="MinDaysPerWeek", tag="Minimum_Days_Per_Week", number=10**20),
        ),
    ],
)
def test_a_broken_file_is_refused_in_words(capsys, changed, old, new):
    path = changed(old, new)
    for verb in ("import-fet", "solve-fet"):
        code, said, words = timetable(capsys, verb, path)
        assert (code, said["status"]) == (1, "refused")
        assert said["error"] in words


@pytest.mark.parametrize(
    ("what", "tag"),
    [
        ("MaxHoursContinuously", "Maximum_Hours_Continuously"),
        ("MaxHoursDaily", "Maximum_Hours_Daily"),
        ("MaxGapsPerWeek", "Max_Gaps"),
        ("MaxDaysPerWeek", "Max_Days_Per_Week"),
    ],
)
def test_a_limit_that_nothing_reaches_limits_nothing(capsys, changed, what, tag):
    path = changed(END_OF_TIMES, TEACHERS.format(what=what, tag=tag, number=10**9))
    code, said, _words = timetable(capsys, "solve-fet", path, "--seconds", "20")
    assert (code, said["status"]) == (0, "optimal")


def test_a_least_that_nobody_reaches_is_impossible(capsys, changed):
    path = changed(END_OF_TIMES, TEACHERS.format(what="MinHoursDaily", tag="Minimum_Hours_Daily", number=10**9))
    code, said, _words = timetable(capsys, "solve-fet", path, "--seconds", "20")
    assert (code, said["status"]) == (1, "infeasible")


def test_a_seed_may_be_any_number(capsys):
    assert timetable(capsys, "solve-fet", TWO_CLASSES, "--seed", str(10**12), "--seconds", "20")[0] == 0


@pytest.mark.parametrize(("option", "value"), [("--seconds", "nan"), ("--seconds", "-1"), ("--workers", "-3")])
def test_a_limit_that_is_none_is_refused(capsys, option, value):
    with pytest.raises(SystemExit) as ended:
        main(["timetable", "solve-fet", str(TWO_CLASSES), option, value])
    assert ended.value.code == 2
    assert option in capsys.readouterr().err


def test_entities_are_not_expanded(capsys, tmp_path):
    path = tmp_path / "bomb.fet"
    path.write_text('<!DOCTYPE fet [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><fet version="6.8.5">&b;</fet>')
    assert timetable(capsys, "import-fet", path)[0] == 1
    assert timetable(capsys, "import-fet", tmp_path / "missing.fet")[0] == 1


@pytest.mark.parametrize("version", ["3.9.2", "5.44.4", "6.8.5", "7.12.0", ""])
def test_files_of_other_versions_are_read(capsys, changed, version):
    old = TWO_CLASSES.read_text().split('version="')[1].split('"')[0]
    code, said, _words = timetable(capsys, "import-fet", changed(f'version="{old}"', f'version="{version}"'))
    assert (code, said["activities"]) == (0, 10)


LAST_HOUR = """<ConstraintTeachersIntervalMaxDaysPerWeek><Weight_Percentage>100</Weight_Percentage>
<Max_Days_Per_Week>1</Max_Days_Per_Week><Interval_Start_Hour>{hour}</Interval_Start_Hour>
<Interval_End_Hour></Interval_End_Hour><Active>true</Active></ConstraintTeachersIntervalMaxDaysPerWeek>"""


def test_a_limit_on_some_hours_of_the_day_is_kept(capsys, changed):
    hour = read_fet(TWO_CLASSES).institution.hours[-1]
    path = changed(END_OF_TIMES, LAST_HOUR.format(hour=hour) + END_OF_TIMES)
    code, said, _words = timetable(capsys, "solve-fet", path, "--first", "--seconds", "20")
    assert code == 0
    assert "ConstraintTeachersIntervalMaxDaysPerWeek" in said["constraints"]
    assert not [breach for breach in said["breaches"] if breach["binding"]]


@pytest.mark.skipif(shutil.which("fet-cl") is None, reason="FET is not installed")
def test_fet_accepts_the_timetable_that_is_written_back(capsys, tmp_path):
    _code, said, _words = timetable(capsys, "solve-fet", TWO_CLASSES, "--first", "--out", str(tmp_path / "ours"))
    done = subprocess.run(
        ["fet-cl", f"--inputfile={said['file']}", f"--outputdir={tmp_path / 'fet'}", "--htmllevel=0"],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Simulation successful" in done.stdout
    (theirs,) = (tmp_path / "fet").rglob("*_data_and_timetable.fet")
    ours, fets = (timetable_inside(read_fet(path)) for path in (Path(said["file"]), theirs))
    assert {number: placed.start for number, placed in ours.items()} == {
        number: placed.start for number, placed in fets.items()
    }


def test_at_least_the_eighteen_most_used_families_are_covered():
    wanted = """MinDaysBetweenActivities ActivityPreferredStartingTime ActivityPreferredStartingTimes
        ActivityPreferredTimeSlots ActivitiesPreferredStartingTimes ActivitiesPreferredTimeSlots ActivityPreferredRoom
        ActivityPreferredRooms TeacherNotAvailableTimes ActivitiesSameStartingTime StudentsSetHomeRoom
        TeacherMaxHoursDaily StudentsSetNotAvailableTimes TeacherMinHoursDaily TeacherMaxGapsPerWeek
        TeacherMaxDaysPerWeek BreakTimes StudentsMaxGapsPerWeek StudentsSetMaxGapsPerWeek
        StudentsEarlyMaxBeginningsAtSecondHour StudentsMinHoursDaily RoomNotAvailableTimes TwoActivitiesConsecutive
        TwoActivitiesGrouped TwoActivitiesOrdered"""
    assert {f"Constraint{kind}" for kind in wanted.split()} <= kinds_covered()
