"""The checker of a school's own week names each breach, and counts soft rules apart."""

from dataclasses import replace

import pytest

from tongtang.timetable.local_sentences import BREACHES, breach_sentence
from tongtang.timetable.solver.local_check import examine
from tongtang.timetable.solver.local_rules import WEIGHTS, LocalRule, SoftRule
from tongtang.timetable.solver.model import Unavailability
from tongtang.timetable.solver.school_model import LocalLesson
from tongtang.timetable.tests.small_school import requirement, school, week, with_class, with_teacher

OWED = requirement("a", "maths", 2, "t"), requirement("b", "maths", 1, "t")
SOUND = [*week("a", {"maths": "t"}, {"maths": [(1, 1), (2, 1)]}), *week("b", {"maths": "t"}, {"maths": [(3, 1)]})]


def test_a_sound_week_has_no_breach():
    found = examine(school(*OWED), SOUND)
    assert found.breaches == ()
    assert found.penalty == 0


@pytest.mark.parametrize(
    ("at", "instead", "rule"),
    [
        (0, {"class_id": "z"}, LocalRule.NO_SUCH_CLASS),
        (0, {"teacher_id": "z"}, LocalRule.NO_SUCH_TEACHER),
        (0, {"period": 9}, LocalRule.NO_SUCH_PERIOD),
        (0, {"subject": "art"}, LocalRule.NOT_REQUIRED),
        (0, {"teacher_id": "u"}, LocalRule.WRONG_TEACHER),
        (1, {"weekday": 1}, LocalRule.CLASS_CLASH),
        (2, {"weekday": 1}, LocalRule.TEACHER_CLASH),
    ],
)
def test_one_wrong_cell_is_named(at, instead, rule):
    lessons = [replace(one, **instead) if number == at else one for number, one in enumerate(SOUND)]
    whole = school(*OWED, requirement("b", "art", 1, "u"))
    found = examine(whole, [*lessons, LocalLesson("b", 4, 1, "art", "u")])
    named = next(one for one in found.breaches if one.rule is rule)
    assert at + 2 in named.lines
    assert "%(" not in breach_sentence(named)


def test_amounts_absences_and_caps_are_named():
    whole = with_class(school(*OWED, cap=2), "b", blocked=frozenset({(3, 1)}))
    whole = with_teacher(whole, "t", unavailable=(Unavailability(1, 570, 600),))
    found = examine(whole, SOUND)
    assert [one.rule for one in found.breaches] == [
        LocalRule.CLASS_GIVEN_AWAY,
        LocalRule.TEACHER_NOT_THERE,
        LocalRule.ABOVE_WEEKLY_CAP,
    ]
    assert [one.rule for one in examine(school(*OWED), SOUND[1:]).breaches] == [LocalRule.LESSONS_MISSING]
    more = [*SOUND, LocalLesson("b", 4, 1, "maths", "t")]
    assert [one.rule for one in examine(school(*OWED), more).breaches] == [LocalRule.LESSONS_TOO_MANY]


@pytest.mark.parametrize(
    ("owed", "slots", "rule", "count"),
    [
        (requirement("a", "maths", 3, "t"), [(1, 1), (1, 2), (1, 3)], SoftRule.MAX_PER_DAY, 2),
        (requirement("a", "art", 2, "t", doubles=1), [(1, 1), (2, 1)], SoftRule.DOUBLE, 1),
        (requirement("a", "art", 2, "t", doubles=1), [(1, 1), (1, 2)], SoftRule.DOUBLE, 0),
        # Lunch lies between.
        (requirement("a", "art", 2, "t", doubles=1), [(1, 2), (1, 3)], SoftRule.DOUBLE, 1),
        (requirement("a", "pe", 1, "t", earliest=2), [(1, 1)], SoftRule.EARLIEST_PERIOD, 1),
        (requirement("a", "pe", 1, "t"), [(1, 1)], SoftRule.PE_FIRST, 1),
        (requirement("a", "art", 1, "t", latest=3), [(1, 4)], SoftRule.LATEST_PERIOD, 1),
        (requirement("a", "art", 2, "t", max_per_day=2), [(1, 1), (1, 4)], SoftRule.FREE_PERIOD, 2),
        (requirement("a", "class_meeting", 2, "t", max_per_day=2), [(1, 1), (1, 2)], SoftRule.MEETING_NOT_LAST, 1),
    ],
)
def test_soft_rules_are_counted_and_are_no_breach(owed, slots, rule, count):
    found = examine(school(owed), week("a", {owed.subject: "t"}, {owed.subject: slots}))
    assert found.breaches == ()
    assert found.soft[rule] == count
    assert found.penalty == sum(WEIGHTS[one] * number for one, number in found.soft.items())


def test_every_rule_has_a_sentence():
    assert set(BREACHES) == set(LocalRule)
