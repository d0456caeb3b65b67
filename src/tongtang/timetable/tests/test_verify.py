"""Every rule of the one checker is broken once and alone, as far as it can be, with its rows and facts."""

from dataclasses import replace

import pytest

from tongtang.timetable.solver.model import (
    Limits,
    Requirement,
    School,
    Teacher,
)
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.solver.violation import FACTS, Row, Rule, Violation
from tongtang.timetable.tests.county_folder import FIXTURES, minutes, read_folder
from tongtang.timetable.tests.small_county import COUNTY, TEN, bell, county, plan
from tongtang.timetable.tests.verify_cases import CASES, row


def test_the_small_county_breaks_no_rule():
    assert verify(COUNTY, plan({})) == []


def test_every_rule_has_a_case_and_its_facts_declared():
    assert {case.rule for case in CASES} == set(Rule) == set(FACTS)


@pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])
def test_breach_is_named_with_rows_and_facts(case):
    found = verify(case.county, plan(case.lines), recorded=case.recorded)
    assert Violation(case.rule, tuple(map(row, case.rows)), case.facts) in found
    assert {violation.rule for violation in found} == {case.rule, *case.also}


@pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])
def test_facts_are_those_declared(case):
    for violation in verify(case.county, plan(case.lines), recorded=case.recorded):
        assert set(violation.facts) == set(FACTS[violation.rule])


def test_lines_are_positions_where_the_reader_gave_none():
    broadcasts = [replace(each, line=0) for each in plan({5: {"weekday": 0}})]
    assert verify(COUNTY, broadcasts)[0].rows == (Row("broadcasts", "r2", 5),)


def test_an_alliance_brings_its_own_limits():
    broadcasts = [replace(each, alliance_id="wide") for each in plan({})]
    narrow = county(max_classes=1, max_pupils=1)
    assert verify(narrow, broadcasts, {"wide": Limits(None, None, ())}) == []
    found = verify(narrow, broadcasts, {"wide": Limits(1, 30, ((1, 4),))})
    assert [(each.rule, each.facts["limit"]) for each in found] == [(Rule.TOO_MANY_CLASSES, 1)]


def test_the_changeover_itself_is_enough():
    broadcasts = plan({5: {"weekday": 2, "start": TEN}})
    assert verify(county(changeover_minutes=20), broadcasts) == []


def test_lessons_that_touch_lack_the_changeover_but_do_not_overlap():
    broadcasts = plan({5: {"weekday": 2, "start": TEN, "studio_id": "s1"}})
    found = verify(county(lesson_minutes=60), broadcasts)
    assert [(each.rule, each.facts["count"]) for each in found] == [(Rule.TEACHER_CHANGEOVER, 0)]


def test_the_limit_itself_may_be_reached():
    cap = [Teacher("t2", frozenset({"art"}), 2)]
    assert verify(county(max_pupils=20, max_classes=2, teachers=cap), plan({})) == []


@pytest.mark.parametrize(("start", "outside"), [(-1, True), (0, False), (1400, False), (1401, True)])
def test_the_day_has_24_hours(start, outside):
    found = verify(COUNTY, plan({4: {"start": start}}))
    assert (Rule.LESSON_OUTSIDE_DAY in {each.rule for each in found}) is outside


def test_groups_may_change_where_they_need_not_be_stable():
    broadcasts = plan({3: {"group_id": "m2", "teacher_id": "t3"}})
    assert verify(county(group_is_stable=False), broadcasts) == []


def test_a_school_shares_one_stream_but_not_one_room():
    everybody = {line: {"class_ids": ("x1", "x2")} for line in (2, 3)} | {4: None}
    owed = [Requirement("x2", "music", 2), Requirement("y1", "music", 0), Requirement("x2", "art", 0)]
    found = verify(county(requirements=owed), plan(everybody))
    assert [(each.rule, each.facts["weekday"]) for each in found] == [
        (Rule.ROOMS_IN_PERIOD, 1),
        (Rule.ROOMS_IN_PERIOD, 3),
    ]
    assert verify(county(requirements=owed, schools=[School("p1", "b1", 2, 1)]), plan(everybody)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"schools": {"p1": School("p1", "b9", 1, 1)}},
        {"schools": {}},
        {"requirements": (Requirement("zz", "music", 1),)},
        {"requirements": (*COUNTY.requirements, Requirement("x1", "music", 3))},
        {"bells": COUNTY.bells | {"b1": bell("b1")}},
    ],
)
def test_a_county_with_dangling_rows_cannot_be_made(changes):
    with pytest.raises(ValueError, match=r"no bell|no school|no class|two rows|no period"):
        replace(COUNTY, **changes)


CHONGYANG = read_folder(FIXTURES / "chongyang")


def test_chongyang_verifies_clean():
    assert len(CHONGYANG.broadcasts) == 109
    assert sum(len(each.class_ids) for each in CHONGYANG.broadcasts) == 311
    assert verify(CHONGYANG.county, CHONGYANG.broadcasts) == []


VARIANTS = [
    (2, {"start": minutes("09:00")}, {Rule.START_FITS_NO_PERIOD}),
    (2, {"studio_id": "s02"}, {Rule.STUDIO_OVERLAP}),
    (22, {"studio_id": "s02"}, {Rule.STUDIO_OVERLAP}),
    (36, {"teacher_id": "t08"}, {Rule.GROUP_CHANGES_TEACHER, Rule.TEACHER_UNAVAILABLE}),
    (37, {"class_ids": ("p04-g12", "p11-g2")}, {Rule.REQUIREMENT_MISSED, Rule.GROUP_CHANGES_CLASSES}),
    (
        53,
        {"class_ids": ("p07-g1", "p09-g1", "p18-g1", "p02-g1")},
        {
            Rule.TOO_MANY_CLASSES,
            Rule.REQUIREMENT_EXCEEDED,
            Rule.GROUP_CHANGES_CLASSES,
            Rule.CLASS_CHANGES_GROUP,
            Rule.CLASS_CHANGES_TEACHER,
        },
    ),
    (90, {"weekday": 1}, {Rule.STUDIO_OVERLAP}),
]


@pytest.mark.parametrize(("line", "change", "rules"), VARIANTS)
def test_a_broken_chongyang_is_refused(line, change, rules):
    broadcasts = [replace(each, **change) if each.line == line else each for each in CHONGYANG.broadcasts]
    found = verify(CHONGYANG.county, broadcasts)
    assert rules <= {violation.rule for violation in found}
    assert any(row.line == line for violation in found for row in violation.rows)


def test_one_room_is_too_few_for_a_plan_made_for_two():
    tight = read_folder(FIXTURES / "chongyang-tight").county
    found = verify(tight, CHONGYANG.broadcasts)
    assert {each.rule for each in found} == {Rule.ROOMS_IN_PERIOD, Rule.STREAMS_IN_PERIOD}
    assert all(each.facts["limit"] == 1 for each in found)
