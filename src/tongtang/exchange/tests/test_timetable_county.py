"""`tongtang timetable solve` and `check` on county folders, through their front door."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tongtang.config.cli import main
from tongtang.exchange.tests.folders import FIXTURES, copy_of, lines, load, make_county, set_cell

SEVEN_POINTS = ("--points", "7", "--rooms", "1", "--teachers", "5", "--seed", "1411", "--lessons", "0")
CHONGYANG, TIGHT = FIXTURES / "chongyang", FIXTURES / "chongyang-tight"


def timetable(capsys, verb: str, folder: Path, *arguments: str) -> tuple[int, dict, str]:
    """Exit code, the JSON of stdout and the words of stderr."""
    capsys.readouterr()
    code = main(["timetable", verb, str(folder), "--json", *arguments])
    printed = capsys.readouterr()
    return code, json.loads(printed.out), printed.err


def rules(folder: Path, **changes: str | None) -> None:
    """Other values in rules.csv; None takes the rule out."""
    with open(folder / "rules.csv", encoding="utf-8", newline="") as handle:
        found = {row["rule"]: row["value"] for row in csv.DictReader(handle)} | changes
    rows = [f"{name},{value}" for name, value in found.items() if value is not None]
    (folder / "rules.csv").write_text("\n".join(["rule,value", *rows, ""]), encoding="utf-8")


def test_a_county_is_solved_checked_and_told(capsys, tmp_path):
    folder = copy_of(TIGHT, tmp_path)
    code, answer, words = timetable(capsys, "solve", folder, "--workers", "1")
    assert code == 0
    assert list(answer) == [
        "status", "broadcasts", "bound", "served", "required", "seconds", "unserved", "explanation",
    ]  # fmt: skip
    assert (answer["status"], answer["broadcasts"], answer["bound"]) == ("optimal", 105, 105)
    assert (answer["served"], answer["required"], answer["unserved"]) == (311, 311, [])
    assert "105 次播课满足全部 311 节班级课" in words
    assert lines(folder, "broadcasts.csv")[0] == lines(CHONGYANG, "broadcasts.csv")[0]
    code, checked, words = timetable(capsys, "check", folder)
    assert (code, checked) == (0, {"broadcasts": 105, "violations": []})


def test_the_plan_can_be_published(divisions, capsys, tmp_path):
    folder = copy_of(TIGHT, tmp_path)
    assert load(capsys, folder)[0] == 0
    assert timetable(capsys, "solve", folder)[0] == 0
    code = main(["publish-plan", str(folder), "--from", "2026-09-07", "--json"])
    assert (code, json.loads(capsys.readouterr().out)["violations"]) == (0, [])


def test_out_leaves_the_folder_alone_and_takes_an_earlier_plan_up(capsys, tmp_path):
    folder, out = copy_of(CHONGYANG, tmp_path), tmp_path / "new" / "plan"
    before = (folder / "broadcasts.csv").read_bytes()
    assert timetable(capsys, "solve", folder, "--out", str(out))[0] == 0
    assert (folder / "broadcasts.csv").read_bytes() == before
    assert timetable(capsys, "check", folder, "--plan", str(out / "broadcasts.csv"))[1]["broadcasts"] == 105
    code, answer, words = timetable(capsys, "solve", folder)
    assert (code, answer["broadcasts"]) == (0, 105)
    assert "109 次播课" in words, "the earlier plan is the first answer"


def test_the_same_seed_writes_the_same_file(capsys, tmp_path):
    for name in ("a", "b"):
        assert timetable(capsys, "solve", TIGHT, "--workers", "1", "--seed", "7", "--out", str(tmp_path / name))[0] == 0
    assert (tmp_path / "a" / "broadcasts.csv").read_bytes() == (tmp_path / "b" / "broadcasts.csv").read_bytes()


def test_a_plan_is_kept_as_far_as_a_change_of_the_county_allows(capsys, tmp_path):
    """A teacher is away at one published time: with no more broadcasts than without, few class-lessons change."""
    options = ("--workers", "1", "--seconds", "3600")
    folder, kept, row = changed_after_its_plan(capsys, tmp_path)
    _, anew, _ = timetable(capsys, "solve", folder, *options, "--out", str(tmp_path / "anew"))
    found = []
    for name in ("near", "again"):
        arguments = (*options, "--keep", str(kept), "--out", str(tmp_path / name))
        code, near, words = timetable(capsys, "solve", folder, *arguments)
        assert (code, near["broadcasts"], near["served"]) == (0, anew["broadcasts"], near["required"])
        assert f"{near['changed']} 班次与要保持的课表不同" in words
        found.append((tmp_path / name / "broadcasts.csv").read_bytes())
    assert found[0] == found[1], "one process and a seed give one plan"
    assert near["changed"] == len(class_lessons(tmp_path / "near") - class_lessons(kept))
    forced = len(row["class_ids"].split(";"))
    assert forced <= near["changed"] < len(class_lessons(tmp_path / "anew") - class_lessons(kept)) / 4
    assert "changed" not in anew
    assert timetable(capsys, "check", folder, "--plan", str(tmp_path / "near" / "broadcasts.csv"))[0] == 0


def changed_after_its_plan(capsys, tmp_path: Path) -> tuple[Path, Path, dict[str, str]]:
    """A county, its earlier plan, and the row of it at whose time the teacher is away by now."""
    folder = make_county(tmp_path / "county", *SEVEN_POINTS)
    assert timetable(capsys, "solve", folder, "--workers", "1")[0] == 0
    kept = (folder / "broadcasts.csv").rename(tmp_path / "published.csv")
    row = next(csv.DictReader(kept.read_text(encoding="utf-8").splitlines()))
    end = f"{row['start'][:3]}{int(row['start'][3:]) + 1:02d}"
    with open(folder / "teacher_unavailable.csv", "a", encoding="utf-8") as handle:
        handle.write(f"{row['teacher_id']},{row['weekday']},{row['start']},{end}\n")
    return folder, kept, row


def test_an_interrupt_of_the_search_for_least_change_ends_with_the_nearest_plan(capsys, tmp_path):
    folder, kept, _row = changed_after_its_plan(capsys, tmp_path)
    command = [sys.executable, "-m", "tongtang", "timetable", "solve", str(folder), "--json", "--keep", str(kept)]
    told: list[int] = []
    with subprocess.Popen(
        [*command, "--seconds", "3600"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"改动 (\d+) 班次", line):
                told.append(int(found[1]))
            if len(told) > 1 and told[-1] < told[0]:
                break
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
    answer = json.loads(printed)
    assert (process.returncode, answer["status"], answer["changed"] <= told[-1]) == (0, "optimal", True)
    assert timetable(capsys, "check", folder)[0] == 0
    assert len(class_lessons(folder) - class_lessons(kept)) == answer["changed"]


def test_an_unchanged_county_keeps_its_plan_whole(capsys, tmp_path):
    folder = copy_of(CHONGYANG, tmp_path)
    assert timetable(capsys, "solve", folder, "--workers", "1", "--seconds", "3600")[0] == 0
    kept = (folder / "broadcasts.csv").rename(tmp_path / "published.csv")
    code, near, _ = timetable(capsys, "solve", folder, "--workers", "1", "--seed", "7", "--keep", str(kept))
    assert (code, near["changed"], near["status"]) == (0, 0, "optimal")
    assert class_lessons(folder) == class_lessons(kept)


def test_a_plan_to_keep_that_cannot_be_read_is_named(capsys, tmp_path):
    folder, kept = copy_of(CHONGYANG, tmp_path), tmp_path / "published.csv"
    kept.write_text((folder / "broadcasts.csv").read_text(encoding="utf-8").replace(",1,", ",9,", 1), encoding="utf-8")
    before = (folder / "broadcasts.csv").read_bytes()
    code, answer, _ = timetable(capsys, "solve", folder, "--keep", str(kept))
    assert (code, [(one["file"], one["column"]) for one in answer["errors"]]) == (1, [("published.csv", "weekday")])
    assert (folder / "broadcasts.csv").read_bytes() == before
    with pytest.raises(SystemExit) as usage:
        main(["timetable", "solve", str(folder), "--keep", str(tmp_path / "none.csv")])
    assert usage.value.code == 2


def class_lessons(plan: Path) -> set[tuple[str, ...]]:
    """Class, subject, weekday, start and teacher of each class-lesson of a plan, or of the plan in a folder."""
    file = plan / "broadcasts.csv" if plan.is_dir() else plan
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return {
        (one, row["subject"], row["weekday"], row["start"], row["teacher_id"])
        for row in rows
        for one in row["class_ids"].split(";")
    }


def test_an_impossible_county_writes_nothing_and_names_who_is_left_out(capsys, tmp_path):
    folder = make_county(tmp_path / "county", "--teachers", "8", "--seed", "1", "--lessons", "0")
    code, answer, words = timetable(capsys, "solve", folder)
    assert (code, answer["status"], answer["broadcasts"]) == (1, "infeasible", None)
    assert {each["subject"] for each in answer["unserved"]} == {"english"}
    assert answer["required"] - answer["served"] == sum(each["lessons"] for each in answer["unserved"])
    assert "任何课表都排不下全部" in words
    assert not (folder / "broadcasts.csv").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"max_classes_per_broadcast": None, "max_pupils_per_broadcast": None, "grade_bands": None},
        {"group_is_stable": None, "same_subject_per_class_and_day": None},
        {"same_subject_per_class_and_day": "2", "grade_bands": "1-4"},
    ],
    ids=str,
)
def test_limits_that_the_rules_do_not_name_do_not_bind(capsys, tmp_path, changes):
    folder = copy_of(TIGHT, tmp_path)
    rules(folder, **changes)
    code, answer, _ = timetable(capsys, "solve", folder, "--seconds", "20", "--workers", "1")
    assert (code, answer["served"]) == (0, 311)
    assert timetable(capsys, "check", folder)[1]["violations"] == []


def test_damaged_files_are_named_and_nothing_is_written(capsys, tmp_path):
    folder = copy_of(TIGHT, tmp_path)
    set_cell(folder, "classes.csv", 2, "grades", "99")
    for verb in ("solve", "check"):
        code, answer, words = timetable(capsys, verb, folder)
        assert code == 1
        assert {"file": "classes.csv", "line": 2}.items() <= answer["errors"][0].items()
        assert "classes.csv:2 grades" in words
    assert not (folder / "broadcasts.csv").exists()


def test_every_breach_is_named_with_its_row(capsys, tmp_path):
    folder = copy_of(CHONGYANG, tmp_path)
    assert timetable(capsys, "check", folder)[0] == 0
    set_cell(folder, "broadcasts.csv", 2, "start", "12:30")
    set_cell(folder, "broadcasts.csv", 3, "studio_id", "s99")
    code, answer, words = timetable(capsys, "check", folder)
    assert code == 1
    named = {each["rule"]: each for each in answer["violations"]}
    assert {"unknown_studio", "start_fits_no_period"} <= named.keys()
    assert named["unknown_studio"]["rows"][0].startswith("broadcasts.csv:3 ")
    assert "s99" in named["unknown_studio"]["sentence"]
    assert named["unknown_studio"]["sentence"] in words


def test_a_folder_without_plan_or_requirements_is_refused(capsys, tmp_path):
    assert timetable(capsys, "check", TIGHT)[1]["errors"][0]["file"] == "broadcasts.csv"
    for arguments in (
        ["solve", "/nowhere"],
        ["solve", str(TIGHT), "--seconds", "0"],
        ["solve", str(TIGHT), "--workers", "x"],
    ):
        with pytest.raises(SystemExit) as ended:
            main(["timetable", *arguments])
        assert ended.value.code == 2


def test_an_interrupt_ends_with_the_best_plan(tmp_path):
    """Groups without limits: a plan is there in seconds, the bound is far away."""
    folder = copy_of(CHONGYANG, tmp_path)
    rules(folder, max_classes_per_broadcast=None, max_pupils_per_broadcast=None, grade_bands=None)
    (folder / "broadcasts.csv").unlink()
    command = [sys.executable, "-m", "tongtang", "timetable", "solve", str(folder), "--json", "--seconds", "300"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "任何课表都不少于" in line:
                break
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=30)
    assert time.monotonic() - began < 20
    answer = json.loads(printed)
    assert (process.returncode, answer["status"], answer["served"]) == (0, "feasible", 311)
    assert len(lines(folder, "broadcasts.csv")) - 2 == answer["broadcasts"]
