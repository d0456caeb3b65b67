"""Weeks from requirements alone: the checker agrees, the penalty is proven, the same seed gives the same week."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tongtang.timetable.local_sentences import DOUBTS, doubt_json
from tongtang.timetable.solver.cpsat import Limits, Status
from tongtang.timetable.solver.local import solve_school
from tongtang.timetable.solver.local_check import examine
from tongtang.timetable.solver.local_rules import SoftRule
from tongtang.timetable.solver.meetings import last_meetings
from tongtang.timetable.solver.model import Unavailability
from tongtang.timetable.tests.small_school import requirement, school, with_class, with_teacher

LIMITS = Limits(20, deterministic=10)
FULL = (
    requirement("a", "maths", 5, "m"),
    requirement("a", "chinese", 8, "c", max_per_day=2),
    requirement("a", "pe", 4, "p", earliest=2),
    requirement("a", "art", 2, "k", doubles=1),
    requirement("a", "class_meeting", 1, "m"),
)


def test_a_full_week_keeps_every_soft_rule():
    found = solve_school(school(*FULL), LIMITS)
    assert (found.status, found.penalty, found.bound) == (Status.OPTIMAL, 0, 0)
    assert examine(school(*FULL), found.lessons).breaches == ()


def test_the_same_seed_gives_the_same_week():
    assert solve_school(school(*FULL), LIMITS).lessons == solve_school(school(*FULL), LIMITS).lessons


def test_fixed_slots_are_kept_whatever_they_cost():
    fixed = {("a", "maths"): frozenset({(1, 1), (1, 2), (1, 3)})}
    found = solve_school(school(*FULL), LIMITS, fixed)
    held = {one.slot for one in found.lessons if one.subject == "maths"}
    assert {(1, 1), (1, 2), (1, 3)} <= held
    assert examine(school(*FULL), found.lessons).soft[SoftRule.MAX_PER_DAY] == 2
    assert found.bound == found.penalty


def test_where_the_stated_columns_cannot_hold_their_breach_is_least():
    whole = school(requirement("a", "maths", 7, "m"))
    found = solve_school(whole, LIMITS)
    assert (found.status, found.penalty) == (Status.OPTIMAL, 200)


def test_more_meetings_than_last_periods_are_told_by_the_matching():
    rows = [row for one in "abcdefg" for row in (
        requirement(one, "class_meeting", 1, "t"),
        requirement(one, "chinese", 19, f"t{one}", max_per_day=4),
    )]  # fmt: skip
    whole = school(*rows)
    assert last_meetings(whole).missed == 2
    found = solve_school(whole, LIMITS)
    assert (found.penalty, found.bound) == (2, 2)


def test_each_impossibility_names_what_is_short():
    away = (Unavailability(1, 0, 1440), Unavailability(2, 0, 1440), Unavailability(3, 0, 1440))
    blocked = frozenset({(day, period) for day in (1, 2, 3, 4) for period in (1, 2, 3, 4)})
    one = requirement("a", "maths", 9, "m", max_per_day=4)
    for whole, code in (
        (with_class(school(one), "a", blocked=blocked), "class_hours"),
        (school(one, cap=8), "teacher_cap"),
        (with_teacher(school(one), "m", unavailable=away), "teacher_hours"),
    ):
        found = solve_school(whole, LIMITS)
        assert found.status is Status.INFEASIBLE
        assert [doubt.code for doubt in found.doubts] == [code]
        told = doubt_json(found.doubts[0])
        assert told["entity"] in told["sentence"]
        assert told["relaxation"]


def test_every_doubt_has_sentence_and_relaxation():
    assert all(sentence and relaxation for sentence, relaxation in DOUBTS.values())


def test_a_class_elsewhere_is_left_alone():
    whole = replace(school(*FULL[:3]), taken=frozenset({("a", (1, 1)), ("a", (1, 2))}))
    found = solve_school(whole, LIMITS)
    assert found.penalty == 0
    assert not {(1, 1), (1, 2)} & {one.slot for one in found.lessons}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["maths", "art", "pe", "music"]), st.integers(1, 5),
                  st.sampled_from("tuv"), st.integers(1, 2), st.integers(0, 1)),
        min_size=1, max_size=6, unique_by=lambda row: row[:2],
    )
)  # fmt: skip
def test_whatever_is_solved_passes_the_checker_and_meets_its_bound(rows):
    whole = school(*(requirement(c, s, n, t, max_per_day=m, doubles=d) for c, s, n, t, m, d in rows))
    found = solve_school(whole, LIMITS)
    assert found.status is Status.OPTIMAL
    assert examine(whole, found.lessons).breaches == ()
    assert found.penalty == found.bound
