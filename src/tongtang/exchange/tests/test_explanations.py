"""What `tongtang timetable solve` says where there is no timetable: the entity, and a change that makes one possible.

Every kind of conflict, several seeds: `python -m bench.explanations`.
"""

import json
import random
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from tongtang.config.cli import main
from tongtang.exchange.tests.folders import FIXTURES, make_county, set_cell
from tongtang.exchange.tests.planted import (
    COUNTY,
    SCHOOLS,
    apply_changes,
    away,
    block,
    read,
    set_value,
    whole_week,
    write,
)
from tongtang.exchange.timetables.schools import read_schools
from tongtang.timetable.solver.explain.cause import Cause, Kind
from tongtang.timetable.solver.explain.county import explain_county
from tongtang.timetable.solver.explain.county_causes import ladder
from tongtang.timetable.solver.explain.school import explain_school
from tongtang.timetable.solver.model import Requirement
from tongtang.timetable.tests.county_folder import read_folder

BASE = {**dict.fromkeys(COUNTY, "chongyang-tight"), **dict.fromkeys(SCHOOLS, "schools")}
FEW = (
    "teacher_with_few_lessons",
    "one_studio",
    "class_given_away",
    "school_without_link",
    "class_too_large",
    "bell_of_its_own",
    "cap_too_low",
    "class_away_four_days",
    "broadcasts_on_two_days",
    "double_impossible",
)


def solve(capsys, folder, *arguments):
    """Exit code, the JSON of stdout and the words of stderr."""
    capsys.readouterr()
    out = folder.parent / f"out-{folder.name}"
    more = ("--workers", "1", "--seconds", "30", "--out", str(out), *arguments)
    code = main(["timetable", "solve", str(folder), "--json", *more])
    printed = capsys.readouterr()
    return code, json.loads(printed.out), printed.err


def planted(kind, where):
    folder = shutil.copytree(FIXTURES / BASE[kind], where / "folder")
    return folder, {**COUNTY, **SCHOOLS}[kind](folder, random.Random(kind))


def made(folder, numbers):
    """A county of make_county.py."""
    return make_county(folder, *(part for name, value in numbers.items() for part in (f"--{name}", str(value))))


@pytest.mark.parametrize("kind", FEW)
def test_the_planted_entity_is_named_and_its_change_makes_a_timetable(capsys, tmp_path, kind):
    folder, wanted = planted(kind, tmp_path)
    _, answer, words = solve(capsys, folder)
    first = answer["explanation"][0]
    assert first["entity"] in wanted
    assert first["sentence"] in words
    assert first["relaxation"] in words
    assert "%(" not in words
    assert first["verified"]
    assert first["changes"]
    apply_changes(folder, first["changes"])
    code, after, _ = solve(capsys, folder)
    assert code == 0, after["explanation"]
    kept = {(each["entity"], each["kind"]) for each in after["explanation"]}
    assert (first["entity"], first["kind"]) not in kept


@pytest.mark.parametrize("kind", ["too_many_a_day", "double_impossible", "window_too_small"])
def test_a_wish_that_no_week_keeps_costs_a_large_school_nothing_else(capsys, tmp_path, kind):
    """Three schools of 18 classes: every week is proven the best, whoever asks for the impossible."""
    folder = tmp_path / "folder"
    maker = [sys.executable, str(FIXTURES / "make_schools.py"), "--schools", "3", "--classes", "18-18", "--seed", "11"]
    subprocess.run([*maker, "--out", str(folder)], check=True, stdout=subprocess.DEVNULL)
    wanted = SCHOOLS[kind](folder, random.Random(f"{kind} 11"))
    code, answer, _ = solve(capsys, folder)
    assert (code, answer["status"], answer["penalty"]) == (0, "optimal", answer["bound"])
    assert answer["explanation"][0]["entity"] in wanted


def test_a_solved_folder_has_no_explanation(capsys, tmp_path):
    for name in ("chongyang-tight", "schools"):
        code, answer, _ = solve(capsys, shutil.copytree(FIXTURES / name, tmp_path / name))
        assert (code, answer["explanation"]) == (0, [])


def test_a_sentence_names_people_times_and_numbers(capsys, tmp_path):
    folder = shutil.copytree(FIXTURES / "schools", tmp_path / "folder")
    write(folder, "teacher_unavailable.csv", away("r001-t01", (1, 2, 3), "08:00", "17:00"))
    code, answer, _ = solve(capsys, folder)
    first = answer["explanation"][0]
    assert (code, answer["status"], first["entity"]) == (1, "infeasible", "r001-t01")
    assert "教师01（r001-t01）" in first["sentence"]
    assert "节课，有空的节次只有 14 个" in first["sentence"]
    assert "08:00–17:00" in first["relaxation"]
    change = first["changes"][0]
    assert (change["file"], change["column"], change["to"]) == ("teacher_unavailable.csv", None, None)
    assert change["row"]["teacher_id"] == "r001-t01"


def test_two_conflicts_have_to_give_way_together(capsys, tmp_path):
    """Two teachers of ten lessons each, of science and of the school's own subject, are away all week."""
    folder = shutil.copytree(FIXTURES / "schools", tmp_path / "folder")
    write(folder, "teacher_unavailable.csv", [*away("r001-t07", range(1, 6)), *away("r001-t13", range(1, 6))])
    answer = solve(capsys, folder)[1]
    assert {each["entity"] for each in answer["explanation"]} == {"r001-t07", "r001-t13"}
    assert all(each["together"] and each["verified"] for each in answer["explanation"])
    first, second = answer["explanation"]
    alone = shutil.copytree(folder, tmp_path / "alone")
    apply_changes(alone, first["changes"])
    assert solve(capsys, alone)[1]["status"] == "infeasible"
    apply_changes(alone, second["changes"])
    assert solve(capsys, alone)[0] == 0


def test_recorded_lessons_in_the_way_are_named_with_their_rows(capsys, tmp_path):
    """A class watches recorded lessons in every period of two days."""
    folder = shutil.copytree(FIXTURES / "schools", tmp_path / "folder")
    rows = [
        {"class_id": "r001-51", "subject": "music", "weekday": str(day), "period": str(period)}
        for day in (1, 2)
        for period in range(1, 8)
    ]
    write(folder, "recorded_lessons.csv", rows)
    answer = solve(capsys, folder)[1]
    first = answer["explanation"][0]
    assert (answer["status"], first["entity"], first["verified"]) == ("infeasible", "r001-51", True)
    assert {change["file"] for change in first["changes"]} == {"recorded_lessons.csv"}
    assert "录播课" in first["relaxation"]
    assert "播课：" not in first["relaxation"].replace("录播课：", "")
    assert "录播课" in first["sentence"]
    apply_changes(folder, first["changes"])
    assert len(read(folder, "recorded_lessons.csv")) == len(rows) - len(first["changes"])
    assert solve(capsys, folder)[0] == 0


def test_broadcasts_and_recorded_lessons_in_the_way_are_each_called_what_they_are(capsys, tmp_path):
    """A class receives on one day and watches recordings on another, in every period of both."""
    folder = shutil.copytree(FIXTURES / "schools", tmp_path / "folder")
    clocks = [row["start"] for row in bells_of(folder, "r001-51")]
    shown = [
        {"class_id": "r001-51", "subject": "music", "weekday": "1", "period": str(number)}
        for number in range(1, len(clocks) + 1)
    ]
    group = {"group_id": "m1", "subject": "music", "teacher_id": "r002-t01", "studio_id": "s", "class_ids": "r001-51"}
    write(folder, "recorded_lessons.csv", shown)
    write(folder, "broadcasts.csv", [group | {"weekday": "2", "start": start} for start in clocks])
    first = solve(capsys, folder)[1]["explanation"][0]
    assert first["entity"] == "r001-51"
    live, _comma, recorded = first["relaxation"].partition("录播课")
    assert "播课" in live
    assert "周二" in live
    assert "周一" not in live
    assert "周一" in recorded
    assert "周二" not in recorded
    apply_changes(folder, first["changes"])
    assert solve(capsys, folder)[0] == 0


def bells_of(folder, class_id):
    school = next(row["school_id"] for row in read(folder, "classes.csv") if row["class_id"] == class_id)
    bell = next(row["bell_id"] for row in read(folder, "schools.csv") if row["school_id"] == school)
    return [row for row in read(folder, "bells.csv") if row["bell_id"] == bell]


def solved_with(capsys, folder, copy, items):
    """Whether the folder has a plan with all changes of these items."""
    shutil.copytree(folder, copy)
    for item in items:
        apply_changes(copy, item["changes"])
    return solve(capsys, copy)[0] == 0


TIGHT = (
    # points, teachers, changeover, seed: one room each; the last one needs several changes together
    (19, 9, 10, 4590),
    (18, 9, 20, 88116),
    (22, 7, 10, 501),
)


@pytest.mark.parametrize(("points", "teachers", "changeover", "seed"), TIGHT)
def test_every_change_named_makes_a_short_county_solvable(capsys, tmp_path, points, teachers, changeover, seed):
    """Each alone, or all that belong together; of these none can be left out."""
    numbers = {"points": points, "teachers": teachers, "rooms": 1, "lessons": 0, "seed": seed}
    folder = made(tmp_path / "county", numbers)
    set_value(folder, "rules.csv", {"rule": "changeover_minutes"}, "value", changeover)
    answer = solve(capsys, folder)[1]
    items = answer["explanation"]
    assert answer["status"] == "infeasible"
    assert items
    assert all(one["verified"] and not one["cut"] for one in items)
    together = [one for one in items if one["together"]]
    sets = [together] if together else [[one] for one in items]
    for number, several in enumerate(sets):
        assert solved_with(capsys, folder, tmp_path / f"with-{number}", several)
    for number, spared in enumerate(together):
        assert not solved_with(capsys, folder, tmp_path / f"less-{number}", [one for one in together if one != spared])


def test_the_same_folder_has_the_same_explanation(capsys, tmp_path):
    """However many processes search beside it, and for how long."""
    folder, _wanted = planted("classes_share_a_room", tmp_path)
    first = solve(capsys, folder)[1]
    second = solve(capsys, folder, "--workers", "2", "--seconds", "1")[1]
    assert first["explanation"]
    assert first["explanation"] == second["explanation"]


def test_an_explanation_that_the_clock_ended_says_so(tmp_path):
    folder, _wanted = planted("teacher_with_few_lessons", tmp_path)
    county = read_folder(folder).county
    assert all(one.was_cut and not one.verified for one in explain_county(county, (), 0.0))
    assert not any(one.was_cut for one in explain_county(county, (), 600.0))


def test_a_school_whose_explanation_the_clock_ended_has_one_all_the_same(tmp_path):
    folder, _wanted = planted("only_teacher_of_two_classes", tmp_path)
    schools = {whole.school_id: explain_school(whole, 0.0) for whole in read_schools(folder).schools}
    assert [one for one, reasons in schools.items() if reasons and not reasons[0].verified]
    assert all(one.was_cut for reasons in schools.values() for one in reasons)


def test_a_county_that_was_only_not_searched_enough_has_no_reason(tmp_path):
    """The fixture has a plan; that a search was stopped before it is no fault of the county."""
    assert explain_county(read_folder(FIXTURES / "chongyang-tight").county, (), 600.0) == ()


def test_lessons_of_every_other_week_are_proven_impossible_and_explained(capsys, tmp_path):
    """Two classes fill the only room on Monday in turn; a third can come on Monday and Tuesday, and owes too much."""
    folder = shutil.copytree(FIXTURES / "chongyang-tight", tmp_path / "folder")
    free = {"p09-g1": [(1, 1)], "p09-g2": [(1, 1)], "p09-g3": [(1, 1), (2, 1)], "p09-g4": [(3, 1), (4, 1)]}
    owed = [{**row, "every_weeks": "1"} for row in read(folder, "requirements.csv") if row["class_id"] not in free]
    for class_id, subject, weeks in (
        ("p09-g1", "music", 2),
        ("p09-g2", "music", 2),
        ("p09-g3", "music", 1),
        ("p09-g3", "art", 2),
        ("p09-g4", "music", 1),
    ):
        owed.append({"class_id": class_id, "subject": subject, "lessons_per_week": "1", "every_weeks": str(weeks)})
    write(folder, "requirements.csv", owed)
    blocked = [row for row in read(folder, "class_blocked.csv") if row["class_id"] not in free]
    write(folder, "class_blocked.csv", blocked)
    for class_id, slots in free.items():
        block(folder, class_id, [slot for slot in whole_week(folder, class_id) if slot not in slots])
    code, answer, _ = solve(capsys, folder)
    assert (code, answer["status"]) == (1, "infeasible")
    assert {one["entity"] for one in answer["explanation"]} <= {"p09", *free}
    assert all(one["verified"] for one in answer["explanation"])
    assert solved_with(capsys, folder, tmp_path / "changed", answer["explanation"][:1])


def test_lessons_of_one_day_in_several_weeks_are_not_called_impossible(capsys, tmp_path):
    """Two lessons in four weeks of a class that can come on Monday only: the checker takes two Mondays."""
    folder = shutil.copytree(FIXTURES / "chongyang-tight", tmp_path / "folder")
    owed = [{**row, "every_weeks": "1"} for row in read(folder, "requirements.csv") if row["class_id"] != "p01-g1"]
    owed.append({"class_id": "p01-g1", "subject": "music", "lessons_per_week": "2", "every_weeks": "4"})
    write(folder, "requirements.csv", owed)
    block(folder, "p01-g1", whole_week(folder, "p01-g1", range(2, 6)))
    _, answer, _ = solve(capsys, folder, "--seconds", "5")
    assert answer["status"] != "infeasible"


def test_fewer_lessons_in_some_weeks_stay_lessons_of_some_weeks():
    county = read_folder(FIXTURES / "chongyang-tight").county
    rarely = replace(county, requirements=(Requirement("p01-g1", "music", 3, 2),))
    steps = [step.requirements for step, _ in ladder(rarely, Cause(Kind.OWED, "p01-g1", "music"))]
    assert steps == [(Requirement("p01-g1", "music", 2, 2),), (Requirement("p01-g1", "music", 1, 2),), ()]


@pytest.mark.parametrize(("fixture", "school_id", "days"), [("chongyang-tight", "p01", 5), ("chongyang", "p09", 3)])
def test_too_few_people_beside_the_classes_are_named(capsys, tmp_path, fixture, school_id, days):
    """The only facilitator of a school is away: always, or so often that two rooms do not help."""
    folder = shutil.copytree(FIXTURES / fixture, tmp_path / "folder")
    (folder / "broadcasts.csv").unlink(missing_ok=True)
    person = next(row["teacher_id"] for row in read(folder, "teachers.csv") if row["school_id"] == school_id)
    write(folder, "facilitators.csv", [{"school_id": school_id, "teacher_id": person}])
    unavailable = [*read(folder, "teacher_unavailable.csv"), *away(person, range(1, days + 1))]
    write(folder, "teacher_unavailable.csv", unavailable)
    _, answer, words = solve(capsys, folder)
    items = {one["kind"]: one for one in answer["explanation"]}
    assert answer["explanation"][0]["entity"] in (person, school_id)
    assert items["facilitators"]["entity"] == school_id
    assert "%(" not in words
    for number, item in enumerate(answer["explanation"]):
        assert item["verified"]
        assert solved_with(capsys, folder, tmp_path / f"with-{number}", [item])


def test_a_rule_that_the_file_does_not_state_comes_as_a_row(capsys, tmp_path):
    """A class that is owed music and art twice a week can come on Monday only."""
    folder = shutil.copytree(FIXTURES / "chongyang-tight", tmp_path / "folder")
    block(folder, "p01-g1", whole_week(folder, "p01-g1", range(2, 6)))
    rule = "same_subject_per_class_and_day"
    write(folder, "rules.csv", [row for row in read(folder, "rules.csv") if row["rule"] != rule])
    items = solve(capsys, folder)[1]["explanation"]
    item = next(one for one in items if one["entity"] == rule)
    assert item["changes"][0]["column"] is None
    assert solved_with(capsys, folder, tmp_path / "changed", [item])


def test_each_school_is_explained_before_the_next_one_is_solved(capsys, tmp_path):
    folder = shutil.copytree(FIXTURES / "schools", tmp_path / "folder")
    write(folder, "teacher_unavailable.csv", [*away("r001-t01", range(1, 6)), *away("r003-t01", range(1, 6))])
    _, answer, words = solve(capsys, folder)
    sentences = {one["entity"]: one["sentence"] for one in answer["explanation"]}
    lines = words.splitlines()
    place = {one: next(n for n, line in enumerate(lines) if line.startswith(f"{one}")) for one in ("r002", "r003")}
    told = {one: next(n for n, line in enumerate(lines) if sentences[one] in line) for one in ("r001-t01", "r003-t01")}
    assert told["r001-t01"] < place["r002"] < place["r003"] < told["r003-t01"]


def test_a_dozen_conflicts_are_all_named(capsys, tmp_path):
    """Twelve schools without a line."""
    folder = shutil.copytree(FIXTURES / "chongyang-tight", tmp_path / "folder")
    without = {f"p{number:02d}" for number in range(1, 13)}
    for school_id in without:
        set_value(folder, "schools.csv", {"school_id": school_id}, "max_streams", 0)
    items = solve(capsys, folder)[1]["explanation"]
    assert {one["entity"] for one in items} == without
    assert all(one["together"] and one["verified"] for one in items)
    assert solved_with(capsys, folder, tmp_path / "all", items)
    assert not solved_with(capsys, folder, tmp_path / "less", items[1:])


def test_what_is_no_fault_of_the_county_is_not_explained(capsys, tmp_path):
    folder = shutil.copytree(FIXTURES / "chongyang-tight", tmp_path / "folder")
    set_cell(folder, "classes.csv", 2, "grades", "99")
    arguments = ["timetable", "solve", str(folder), "--json"]
    assert main(arguments) == 1
    assert json.loads(capsys.readouterr().out)["explanation"] == []


def test_repair_says_why_a_lesson_was_not_simply_moved(capsys, tmp_path):
    """The whole staff of the school but one is away for a day: moves alone cannot do."""
    folder = shutil.copytree(FIXTURES / "schools", tmp_path / "folder")
    teachers = [row["teacher_id"] for row in read(folder, "teachers.csv") if row["school_id"] == "r001"]
    span = {"date_from": "2026-10-12", "date_to": "2026-10-16"}
    events = [{"kind": "teacher_away", "teacher_id": one, **span} for one in teachers[1:]]
    (folder / "event.json").write_text(json.dumps(events), encoding="utf-8")
    main(["timetable", "repair", str(folder), "--event", str(folder / "event.json"), "--json", "--seconds", "20"])
    answer = json.loads(capsys.readouterr().out)
    told = [each for each in answer["explanation"] if each["relaxation"].startswith("这节课停上")]
    cancelled = [each for each in answer["fallbacks"] if each["kind"] == "cancelled"]
    assert len(told) == len(cancelled) > 0
    assert {each["entity"] for each in told} == {each["class_id"] for each in cancelled}
    assert "年级" in told[0]["sentence"]
