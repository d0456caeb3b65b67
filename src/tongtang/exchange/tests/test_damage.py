"""Every kind of damage is refused with its file, line, column, value and sentence, and nothing is written."""

import pytest

from tongtang.exchange.tests import folders
from tongtang.exchange.tests.damage_kinds import KINDS
from tongtang.exchange.tests.folders import cell, copy_of, dump, lines, load, set_cell


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_damage_is_refused_at_its_place_and_nothing_is_written(kind, small_county, folder, divisions, capsys):
    assert load(capsys, small_county)[0] == 0
    before = dump()
    kind.do(folder)
    code, report = load(capsys, folder, "--county", "421223")
    assert code == 1
    places = [{key: error[key] for key in ("file", "line", "column", "value")} for error in report["errors"]]
    assert places == [{"file": kind.file, "line": kind.line, "column": kind.column, "value": kind.value}]
    assert kind.phrase in report["errors"][0]["message"]
    assert {key: report[key] for key in ("created", "changed", "unchanged", "ended")} == {
        "created": {}, "changed": {}, "unchanged": {}, "ended": {}
    }  # fmt: skip
    assert dump() == before


def test_at_least_thirty_kinds_have_sentences_of_their_own():
    assert len({kind.phrase for kind in KINDS}) >= 30


def test_all_damage_is_told_at_once_in_order_of_files_and_lines(folder, divisions, capsys):
    set_cell(folder, "pupils.csv", 5, "sex", "x")
    set_cell(folder, "pupils.csv", 2, "birth_date", "x")
    set_cell(folder, "terms.csv", 2, "last_day", "x")
    set_cell(folder, "teachers.csv", 3, "school_id", "p99")
    _code, report = load(capsys, folder)
    assert [(error["file"], error["line"]) for error in report["errors"]] == [
        ("terms.csv", 2),
        ("pupils.csv", 2),
        ("pupils.csv", 5),
        ("teachers.csv", 3),
    ]


def test_a_ruined_file_is_listed_up_to_a_bound_and_the_rest_counted(small_county, tmp_path, divisions, capsys):
    folder = copy_of(small_county, tmp_path)
    head = lines(folder, "pupils.csv")[0]
    (folder / "pupils.csv").write_text("\n".join([head, *[",,x,y,z"] * 300]), encoding="utf-8")
    _code, report = load(capsys, folder)
    assert len(report["errors"]) == 201
    assert report["errors"][-1]["value"] == str(300 * 4 + 10 - 10 - 200)
    assert report["errors"][-1]["file"] == ""


def test_a_folder_of_whole_schools_is_refused_file_by_file(divisions, capsys):
    code, report = load(capsys, folders.FIXTURES / "schools")
    assert code == 1
    assert [error["file"] for error in report["errors"]] == [
        "terms.csv", "pupils.csv", "teacher_unavailable.csv", "class_blocked.csv", "studios.csv", "requirements.csv",
        "rules.csv",
    ]  # fmt: skip


def test_a_fault_of_one_row_makes_no_faults_of_those_that_refer_to_it(folder, divisions, capsys):
    set_cell(folder, "schools.csv", 15, "link_mbps", "x")
    set_cell(folder, "classes.csv", 2, "name", "")
    _code, report = load(capsys, folder)
    assert [(error["file"], error["column"]) for error in report["errors"]] == [
        ("schools.csv", "link_mbps"),
        ("classes.csv", "name"),
    ]


def test_words_for_people_name_place_and_remedy(folder, divisions, capsys):
    set_cell(folder, "pupils.csv", 2, "sex", "x")
    load(capsys, folder)
    assert folders.main(["load-county", str(folder)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "pupils.csv 第 2 行，sex（x）：性别写男或女。\n没有写入任何内容。改正以上各处，再载入一次。\n"
    assert cell(folder, "pupils.csv", 2, "sex") == "x"
