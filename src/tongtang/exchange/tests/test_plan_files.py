"""A plan folder is read like the county's own files."""

import pytest

from tongtang.exchange.county.folder import read_plan
from tongtang.exchange.tests.folders import FIXTURES, copy_of, set_cell, set_line


@pytest.fixture
def plan(tmp_path):
    """A copy of the fixture that has a plan."""
    return copy_of(FIXTURES / "chongyang", tmp_path)


def test_the_fixture_plan_is_read(plan):
    read = read_plan(plan)
    assert read.errors == []
    assert len(read.broadcasts) == 109
    assert sum(len(row.class_ids) for row in read.broadcasts) == 311


def test_a_folder_without_a_plan_says_so():
    errors = read_plan(FIXTURES / "chongyang-tight").errors
    assert [(error.file, error.value) for error in errors] == [("broadcasts.csv", "broadcasts.csv")]
    assert "没有这个文件" in errors[0].message


@pytest.mark.parametrize(
    ("column", "text", "value", "phrase"),
    [
        ("teacher_id", "t99", "t99", "没有这个编号的教师"),
        ("studio_id", "s99", "s99", "没有这个编号的演播室"),
        ("class_ids", "p08-g2;p99-g9", "p99-g9", "没有这个编号的班级"),
        ("class_ids", "p08-g2;p08-g2", "p08-g2;p08-g2", "写了两次"),
        ("class_ids", "", "", "这一格是空的"),
        ("subject", "magic", "magic", "没有叫 magic 的学科"),
        ("weekday", "9", "9", "不是星期几"),
        ("start", "25:00", "25:00", "没有这个钟点"),
    ],
)
def test_damage_of_a_plan_is_told_at_its_place(plan, column, text, value, phrase):
    set_cell(plan, "broadcasts.csv", 2, column, text)
    errors = read_plan(plan).errors
    assert [(error.file, error.line, error.column, error.value) for error in errors] == [
        ("broadcasts.csv", 2, column, value)
    ]
    assert phrase in errors[0].message


def test_the_same_broadcast_twice_is_told(plan):
    set_line(plan, "broadcasts.csv", 3, "m08,music,t08,s01,1,08:40,p01-g1")
    assert [(error.line, error.column) for error in read_plan(plan).errors] == [(3, "start")]
