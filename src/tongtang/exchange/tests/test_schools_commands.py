"""`tongtang timetable` with folders of whole schools, through the front door."""

import json
import shutil
from argparse import ArgumentParser, Namespace

import pytest

from tongtang.exchange.commands import timetable
from tongtang.exchange.commands.timetable.schools import check_schools, solve_schools
from tongtang.exchange.tests.folders import FIXTURES, set_cell
from tongtang.exchange.timetables.schools import is_schools_folder, read_schools


@pytest.fixture
def schools(tmp_path):
    """A copy of the fixture that a test may damage."""
    return shutil.copytree(FIXTURES / "schools", tmp_path / "schools")


def run(*words):
    """Exit code of `tongtang timetable` with these words."""
    parser = ArgumentParser()
    timetable.add_arguments(parser)
    return timetable.run(parser.parse_args([str(word) for word in words]))


def solving(folder, out=None):
    return Namespace(folder=folder, out=out, seconds=60.0, workers=1, seed=1, json=True)


def checking(folder, plan=None):
    return Namespace(folder=folder, plan=plan, json=True)


def test_the_fixture_is_told_from_a_county():
    assert is_schools_folder(FIXTURES / "schools")
    assert not is_schools_folder(FIXTURES / "chongyang")


def test_weeks_are_solved_written_and_pass_the_check(schools, tmp_path, capsys):
    assert solve_schools(solving(schools, tmp_path / "out")) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["status"] == "optimal"
    assert found["served"] == found["required"] == 688
    assert found["penalty"] == found["bound"] == 3
    assert found["soft"]["meeting_not_last"] == 3
    assert check_schools(checking(schools, tmp_path / "out" / "local_timetable.csv")) == 0
    assert json.loads(capsys.readouterr().out)["violations"] == []


def test_a_timetable_that_is_there_is_never_written_over(schools, capsys):
    before = (schools / "local_timetable.csv").read_bytes()
    assert solve_schools(solving(schools)) == 0
    assert (schools / "local_timetable.csv").read_bytes() == before
    (schools / "local_timetable.csv").unlink()
    assert solve_schools(solving(schools)) == 0
    assert len(read_schools(schools).schools[0].base) == 172


def test_a_clash_is_named_with_its_lines(schools, capsys):
    first, *others = read_schools(schools).schools[0].base
    other = next(one for one in others if one.class_id == first.class_id and one.subject != first.subject)
    set_cell(schools, "local_timetable.csv", 2, "weekday", str(other.weekday))
    set_cell(schools, "local_timetable.csv", 2, "period", str(other.period))
    assert check_schools(checking(schools)) == 1
    found = json.loads(capsys.readouterr().out)["violations"]
    clash = next(one for one in found if one["rule"] == "class_clash")
    assert 2 in clash["lines"]
    assert "%(" not in clash["sentence"]


def test_damaged_files_are_refused_with_their_places(schools, capsys):
    set_cell(schools, "local_requirements.csv", 3, "teacher_id", "nobody")
    set_cell(schools, "anchor_lessons.csv", 2, "start", "99:00")
    assert solve_schools(solving(schools)) == 1
    errors = json.loads(capsys.readouterr().out)["errors"]
    assert [(one["file"], one["line"], one["column"]) for one in errors] == [
        ("local_requirements.csv", 3, "teacher_id"),
        ("anchor_lessons.csv", 2, "start"),
    ]


def test_receivers_are_aligned_a_line_each(schools, tmp_path, capsys):
    assert run("align", schools, "--out", tmp_path / "out", "--workers", "1", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["school_id"] for one in lines] == ["r001", "r002", "r003"]
    assert all(one["moved"] <= 1.10 * one["forced_minimum"] for one in lines)
    shutil.copy(tmp_path / "out" / "local_timetable.csv", schools)
    assert check_schools(checking(schools)) == 0
    capsys.readouterr()
    run("align", schools, "--workers", "1", "--json")
    assert [json.loads(line)["moved"] for line in capsys.readouterr().out.splitlines()] == [0, 0, 0]


@pytest.mark.parametrize("number", range(1, 6))
def test_every_event_of_the_fixture_is_mended(schools, number, capsys):
    event = schools / f"event-{number}.json"
    before = (schools / "local_timetable.csv").read_bytes()
    assert run("repair", schools, "--event", event, "--workers", "1", "--seconds", "30", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["status"] == "optimal"
    assert found["cost"] == found["bound"] == len(found["moved"])
    assert (schools / "local_timetable.csv").read_bytes() == before


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "3",
        '{"kind": "flood"}',
        '{"kind": "teacher_away", "teacher_id": "nobody", "date_from": "2026-10-12", "date_to": "2026-10-12"}',
        '{"kind": "line_down", "school_id": "r001", "date_from": "2026-10-12", "date_to": "2026-10-11"}',
        '{"kind": "day_transfer", "date": "2026-10-10", "as_weekday": 9}',
        '{"kind": "room_lost", "school_id": "r001", "rooms": true, "date_from": "2026-10-12", "date_to": "2026-10-12"}',
    ],
)
def test_an_event_that_says_nothing_is_refused(schools, text, capsys):
    (schools / "event-1.json").write_text(text, encoding="utf-8")
    assert run("repair", schools, "--event", schools / "event-1.json", "--json") == 1
    assert json.loads(capsys.readouterr().out)["status"] == "refused"
