"""The deepening search for few moves against CP-SAT's whole model: what it calls fewest is fewest."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tongtang.timetable.solver.cpsat import Limits, Status
from tongtang.timetable.solver.events import LessonMoved, LineDown, RoomLost, TeacherAway
from tongtang.timetable.solver.local import solve_school
from tongtang.timetable.solver.model import School
from tongtang.timetable.solver.repair import fixed_slots, mend
from tongtang.timetable.solver.repair_check import faults_of
from tongtang.timetable.solver.repair_fallbacks import COSTS, Kind, PeriodUse, at_once
from tongtang.timetable.solver.repair_model import solve_week
from tongtang.timetable.solver.repair_search import is_sound, search_moves
from tongtang.timetable.solver.school_model import LocalLesson
from tongtang.timetable.solver.week_case import cases_of
from tongtang.timetable.tests.small_school import anchor, requirement, school

LIMITS = Limits(60, deterministic=20)
MONDAY = date(2026, 10, 12)
SUBJECTS = {"maths": 5, "chinese": 5, "art": 3, "pe": 3, "music": 2}
RECEIVED = [("a", "art"), ("b", "art")]


def solved_school():
    """Three classes of 18 lessons in 20 periods; one teacher a subject, two for maths; art comes from an anchor."""
    rows = [
        requirement(class_id, subject, lessons, "n" if (class_id, subject) == ("c", "maths") else subject[0])
        for class_id in "abc"
        for subject, lessons in SUBJECTS.items()
        if (class_id, subject) != ("c", "art")
    ]
    whole = replace(school(*rows, subjects=()), school=School("s", "b", 2, 2))
    week = solve_school(whole, LIMITS)
    slots = sorted(one.slot for one in week.lessons if one.pair == ("a", "art"))
    starts = {1: 540, 2: 590, 3: 840, 4: 890}
    anchors = [anchor(f"art-{day}-{period}", "art", day, starts[period]) for day, period in slots]
    return replace(whole, base=week.lessons, anchors=tuple(anchors), receives=frozenset(RECEIVED))


SCHOOL = solved_school()
days = st.integers(0, 4).map(lambda number: MONDAY + timedelta(days=number))
spans = st.tuples(days, st.integers(0, 2)).map(lambda pair: (pair[0], min(pair[0] + timedelta(days=pair[1]),
                                                                         MONDAY + timedelta(days=4))))  # fmt: skip
hours = st.sampled_from([(0, 1440), (500, 700), (600, 900), (880, 1000)])
events = st.one_of(
    st.builds(lambda who, span, clock: TeacherAway(who, *span, *clock), st.sampled_from("mnca"), spans, hours),
    st.builds(lambda span, clock, streams: LineDown("s", *span, *clock, streams), spans, hours, st.integers(0, 1)),
    st.builds(lambda count, span: RoomLost("s", count, *span), st.integers(1, 2), spans),
    st.builds(
        lambda one, day, start: LessonMoved(one.anchor_lesson_id, MONDAY + timedelta(days=one.weekday - 1), day, start),
        st.sampled_from(SCHOOL.anchors),
        st.one_of(days, days.map(lambda day: day + timedelta(days=7))),
        st.sampled_from([540, 590, 840, 890]),
    ),
)


moved_twice = [
    LessonMoved("art-2-2", date(2026, 10, 13), date(2026, 10, 14), 590),
    LessonMoved("art-3-2", date(2026, 10, 14), date(2026, 10, 16), 890),
]


@settings(max_examples=40, deadline=None)
@given(st.lists(events, min_size=1, max_size=2))
@example(moved_twice)
def test_what_is_mended_costs_what_the_whole_model_says(upsets):
    for case in cases_of([SCHOOL], upsets):
        found = mend(case, LIMITS)
        assert found.status is Status.OPTIMAL
        known = COSTS[Kind.RECORDED] * len(case.recorded)
        if not case.struck() and not case.wanted:
            assert found.cost == known
            continue
        outcome, _lessons, _fallbacks = solve_week(case, case.struck(), fixed_slots(case), None, LIMITS)
        least = round(outcome.objective or 0) + known if outcome.solved else None
        assert (outcome.status, least) == (found.status, found.cost)


@settings(max_examples=40, deadline=None)
@given(st.lists(events, min_size=1, max_size=2))
def test_the_search_alone_never_claims_too_much(upsets):
    for case in cases_of([SCHOOL], upsets):
        struck, fixed = case.struck(), fixed_slots(case)
        found = search_moves(case, fixed, {}, lambda week: (0, 0))
        outcome, _lessons, _fallbacks = solve_week(case, struck, fixed, None, LIMITS)
        if found.week is not None:
            assert found.bound == round(outcome.objective or 0)
        elif outcome.solved:
            assert found.bound <= round(outcome.objective or 0)


def test_a_base_that_breaks_what_the_search_relies_on_is_left_to_the_model():
    twice = replace(SCHOOL, base=(*SCHOOL.base, LocalLesson("a", 5, 4, "music", "m")))
    (case,) = cases_of([twice], [TeacherAway("c", MONDAY, MONDAY)])
    assert not is_sound(case)
    assert search_moves(case, fixed_slots(case), {}, lambda week: (0, 0)).week is None


def test_a_lesson_moved_to_a_day_without_school_is_watched_recorded():
    one = SCHOOL.anchors[0]
    day = MONDAY + timedelta(days=one.weekday - 1)
    (case,) = cases_of([SCHOOL], [LessonMoved(one.anchor_lesson_id, day, MONDAY + timedelta(days=5), 540)])
    found = mend(case, LIMITS)
    assert {each.kind for each in found.fallbacks} == {Kind.RECORDED}
    assert {note.code for note in found.notes} == {"moved_to_no_school_day"}


@settings(max_examples=40, deadline=None)
@given(st.lists(events, min_size=1, max_size=2))
@example(
    [
        TeacherAway("a", MONDAY, MONDAY + timedelta(days=1)),
        RoomLost("s", 2, MONDAY, MONDAY + timedelta(days=1)),
    ]
)
def test_without_any_time_there_is_a_week_nevertheless(upsets):
    """Nobody waits in vain: what a search of no length leaves is mended dearly, or proven impossible."""
    for case in cases_of([SCHOOL], upsets):
        best = mend(case, LIMITS)
        quick = at_once(case, case.struck())
        if quick is None:
            continue
        lessons, fallbacks = quick
        kept = [one for one in fallbacks if one.period is PeriodUse.KEPT]
        filled = [(one.class_id, one.subject, one.slot, one.teacher_id) for one in kept]
        fallen = [(one.class_id, one.subject, one.slot) for one in fallbacks if one not in kept]
        known = COSTS[Kind.RECORDED] * len(case.recorded)
        if not faults_of(case, lessons, filled, fallen):
            assert best.cost is not None
            assert best.cost <= known + sum(one.cost for one in fallbacks)
        else:
            assert case.carried or best.status is Status.INFEASIBLE
