"""What `tongtang timetable solve` says where there is no timetable: the entity, and a change that makes one possible.

Every kind of conflict, several seeds: `python -m bench.explanations`.
"""

import json
import random
import shutil

import pytest

from tongtang.config.cli import main
from tongtang.exchange.tests.folders import FIXTURES, set_cell
from tongtang.exchange.tests.planted import COUNTY, SCHOOLS, apply_changes, away, read, write

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
    folder = shutil.copytree(FIXTURES / "schools", tmp_path / "folder")
    write(folder, "teacher_unavailable.csv", [*away("r001-t01", range(1, 6)), *away("r001-t02", range(1, 6))])
    answer = solve(capsys, folder)[1]
    assert {each["entity"] for each in answer["explanation"]} == {"r001-t01", "r001-t02"}
    assert all(each["together"] and each["verified"] for each in answer["explanation"])
    first, second = answer["explanation"]
    alone = shutil.copytree(folder, tmp_path / "alone")
    apply_changes(alone, first["changes"])
    assert solve(capsys, alone)[1]["status"] == "infeasible"
    apply_changes(alone, second["changes"])
    assert solve(capsys, alone)[0] == 0


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
