"""`tongtang publish-plan` through its front door."""

import json
from datetime import date, timedelta

import pytest
import time_machine
from tests.cast import utc

from tongtang.access.api import Actor
from tongtang.alliances.models import Alliance, Membership, Specialist
from tongtang.config.cli import main
from tongtang.exchange.tests.folders import FIXTURES, copy_of, dump, lines, load, set_cell, set_line
from tongtang.foundation.clock import civil
from tongtang.lessons.api import cancel_lesson
from tongtang.lessons.models import Lesson, Reception
from tongtang.timetable.models import PublishedPlan

CHONGYANG = FIXTURES / "chongyang"
# A Monday in the fixture's term; the Friday before is `now`.
MONDAY, FRIDAY = "2026-09-07", utc(date(2026, 9, 4), 12)


def publish(capsys, folder, *arguments: str) -> tuple[int, dict]:
    capsys.readouterr()
    code = main(["publish-plan", str(folder), "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def loaded(divisions, capsys, tmp_path):
    """The fixture county, loaded, and a copy of its folder; the clock stands on the Friday before."""
    with time_machine.travel(FRIDAY, tick=False):
        assert load(capsys, CHONGYANG)[0] == 0
        yield copy_of(CHONGYANG, tmp_path)


@pytest.fixture
def published(loaded, capsys):
    code, result = publish(capsys, loaded, "--from", MONDAY)
    assert (code, result["violations"]) == (0, [])
    return loaded


def test_the_plan_becomes_dated_lessons(published):
    week = Reception.objects.filter(date__range=("2026-09-07", "2026-09-11"))
    assert (week.count(), week.values("lesson").distinct().count()) == (311, 109)
    assert all(one.lesson.starts_at == one.starts_at for one in week.select_related("lesson"))
    alliance = Alliance.objects.get()
    assert alliance.anchor_school.source_id == "a01"
    assert (Membership.objects.filter(state="active").count(), Specialist.objects.count()) == (22, 10)


def test_no_school_uses_more_screens_than_it_has(published):
    for school, rooms in Reception.objects.values_list("school__source_id", "room__number").distinct():
        assert rooms in (1, 2), school


def test_the_same_plan_again_changes_nothing(published, capsys):
    before = dump()
    code, result = publish(capsys, published, "--from", MONDAY)
    assert (code, result["added"], result["moved"], result["removed"]) == (0, 0, 0, 0)
    assert result["unchanged"] == result["published"] == Lesson.objects.filter(active=True).count()
    assert dump() == before


def test_a_cancelled_lesson_is_not_brought_back(published, capsys):
    lesson = Lesson.objects.filter(date="2026-09-08").first()
    cancel_lesson(actor=Actor(), lesson=lesson, reason="教师外出培训")
    before = dump()
    code, result = publish(capsys, published, "--from", MONDAY)
    assert (code, result["added"], result["moved"], result["removed"]) == (0, 0, 0, 0)
    assert dump() == before


def test_holidays_hold_no_lesson(published):
    days = set(Lesson.objects.values_list("date", flat=True))
    assert not days & {date(2026, 10, day) for day in range(1, 8)}
    assert max(days).isoformat() == "2027-01-22"


def test_a_different_plan_applies_from_a_day_and_leaves_what_is_past(published, capsys):
    assert lines(published, "broadcasts.csv")[4].startswith("r41,art,")
    set_cell(published, "broadcasts.csv", 5, "start", "08:50")
    code, result = publish(capsys, published, "--from", "2026-10-12")
    assert (code, result["violations"]) == (0, [])
    mondays = Lesson.objects.filter(course__source_id="r41", active=True, date__week_day=2)
    starts = {one.date.isoformat(): civil(one.starts_at).strftime("%H:%M") for one in mondays}
    assert {clock for day, clock in starts.items() if day < "2026-10-12"} == {"08:40"}
    assert {clock for day, clock in starts.items() if day >= "2026-10-12"} == {"08:50"}
    assert (result["moved"], result["added"], result["removed"]) == (15, 0, 0)
    moved = Reception.objects.filter(lesson__in=mondays, active=True)
    assert {one.starts_at for one in moved} == {one.starts_at for one in mondays}


def test_what_is_open_or_taught_stays(published, capsys):
    with time_machine.travel(FRIDAY + timedelta(days=3, hours=-3), tick=False):
        opened = Lesson.objects.filter(course__source_id="r41", date="2026-09-07").get()
        Lesson.objects.filter(pk=opened.pk).update(state=Lesson.State.OPEN)
        set_cell(published, "broadcasts.csv", 5, "start", "08:50")
        assert publish(capsys, published, "--from", MONDAY)[0] == 0
        opened.refresh_from_db()
        assert civil(opened.starts_at).strftime("%H:%M") == "08:40"


def test_a_folder_without_a_plan_is_refused_with_that_sentence(divisions, capsys):
    assert load(capsys, FIXTURES / "chongyang-tight")[0] == 0
    before = dump()
    code, result = publish(capsys, FIXTURES / "chongyang-tight")
    assert code == 1
    assert [one["rows"] for one in result["violations"]] == [["broadcasts.csv"]]
    assert dump() == before


def test_a_county_that_is_not_loaded_is_refused(divisions, capsys):
    before = dump()
    with time_machine.travel(FRIDAY, tick=False):
        code, result = publish(capsys, CHONGYANG)
    assert (code, [one["rule"] for one in result["violations"]]) == (1, ["not_loaded"])
    assert dump() == before


def breaks(line: int, column: str, text: str):
    return lambda folder: set_cell(folder, "broadcasts.csv", line, column, text)


BROKEN = {
    "a lesson too few": (lambda folder: set_line(folder, "broadcasts.csv", 2, None), "requirement_missed"),
    "a lesson twice": (
        lambda folder: set_line(folder, "broadcasts.csv", 2, "\n".join([lines(folder, "broadcasts.csv")[1]] * 2)),
        "file",
    ),
    "no period fits": (breaks(2, "start", "09:25"), "start_fits_no_period"),
    "an unknown class": (breaks(2, "class_ids", "p08-g2;p09-g2;p99-g9"), "file"),
    "bands mixed": (breaks(2, "class_ids", "p08-g2;p09-g2;p01-g34"), "grades_share_no_band"),
    "too many classes": (breaks(2, "class_ids", "p08-g2;p09-g2;p18-g2;p12-g2"), "too_many_classes"),
    "another teacher": (breaks(2, "teacher_id", "t01"), "group_changes_teacher"),
    "a teacher of another subject": (breaks(2, "teacher_id", "t02"), "teacher_not_of_subject"),
    "a studio twice": (breaks(2, "studio_id", "s02"), "studio_overlap"),
    "another weekday": (breaks(2, "weekday", "2"), "class_blocked"),
    "a subject not owed": (breaks(2, "subject", "science"), "subject_not_required"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plan_is_refused_whole(published, capsys, name):
    harm, rule = BROKEN[name]
    harm(published)
    before = dump()
    code, result = publish(capsys, published, "--from", MONDAY)
    rules = {one["rule"] for one in result["violations"]}
    assert (code, result["published"], result["added"]) == (1, 0, 0)
    assert rule in rules
    assert all(one["sentence"] and one["rows"] for one in result["violations"])
    assert dump() == before


def test_a_lesson_outside_the_plan_in_the_way_is_named(published, capsys):
    lesson = Lesson.objects.filter(course__source_id="m08", date="2026-10-12").get()
    Reception.objects.filter(lesson=lesson).update(active=False)
    Lesson.objects.filter(pk=lesson.pk).update(state="cancelled", active=False)
    Lesson.objects.filter(pk=lesson.pk).update(origin="extra", state="planned", active=True)
    code, result = publish(capsys, published, "--from", MONDAY)
    assert (code, result["violations"][0]["rule"]) == (1, "refused")
    assert PublishedPlan.objects.count() == 1
