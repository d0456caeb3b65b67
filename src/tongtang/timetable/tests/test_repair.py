"""Aligned and mended weeks: least change, proven, and nothing moved that is pinned."""

from dataclasses import replace
from datetime import date

from tongtang.timetable.local_weeks import legal_slots
from tongtang.timetable.solver.align import align_school
from tongtang.timetable.solver.cpsat import Limits, Status
from tongtang.timetable.solver.events import DayTransfer, LessonMoved, LineDown, RoomLost, TeacherAway
from tongtang.timetable.solver.local import solve_school
from tongtang.timetable.solver.local_check import examine
from tongtang.timetable.solver.model import School
from tongtang.timetable.solver.repair import mend
from tongtang.timetable.solver.repair_check import faults_of
from tongtang.timetable.solver.repair_fallbacks import Kind
from tongtang.timetable.solver.school_model import LocalLesson
from tongtang.timetable.solver.week_case import cases_of
from tongtang.timetable.tests.small_school import anchor, requirement, school, week, with_class

LIMITS = Limits(20, deterministic=10)
MONDAY, TUESDAY, FRIDAY = date(2026, 10, 12), date(2026, 10, 13), date(2026, 10, 16)
OWED = (
    requirement("a", "maths", 5, "m"),
    requirement("a", "chinese", 5, "c"),
    requirement("a", "art", 5, "k"),
    requirement("a", "pe", 5, "p", earliest=2),
)
TEACHERS = {"maths": "m", "chinese": "c", "art": "k", "pe": "p"}
PLAN = {
    subject: [(day, period) for day in range(1, 6)]
    for period, subject in enumerate(("maths", "chinese", "art", "pe"), start=1)
}
BASE = week("a", TEACHERS, PLAN)
ANCHORS = [anchor(f"maths-{day}", "maths", day, 590) for day in range(1, 6)]


def full(**values):
    return school(*OWED, base=BASE, **values)


def only(whole, *events):
    (case,) = cases_of([whole], events)
    return case


def test_a_class_whose_maths_moves_to_the_anchor_swaps_it_and_nothing_else():
    whole = full(receives=[("a", "maths")], anchors=ANCHORS)
    found = align_school(whole, LIMITS)
    assert (found.status, found.moved, found.forced_minimum) == (Status.OPTIMAL, 10, 10)
    assert {one.slot for one in found.lessons if one.subject == "maths"} == {(day, 2) for day in range(1, 6)}
    assert examine(whole, found.lessons).breaches == ()


def test_an_aligned_school_moves_nothing():
    whole = full(receives=[("a", "chinese")], anchors=[anchor(f"c{day}", "chinese", day, 595) for day in range(1, 6)])
    assert align_school(whole, LIMITS).moved == 0


def test_a_lesson_that_nobody_is_owed_falls_away_when_aligned():
    whole = full(receives=[("a", "maths")], anchors=ANCHORS)
    found = align_school(replace(whole, base=(*BASE, LocalLesson("a", 6, 1, "music", "m"))), LIMITS)
    assert (found.status, found.moved, found.forced_minimum) == (Status.OPTIMAL, 10, 10)
    assert "music" not in {one.subject for one in found.lessons}


def test_the_forced_minimum_counts_no_surplus_lesson():
    """Chinese stands in the anchor's way once more than it is owed: that lesson falls away and is not moved."""
    rows = [requirement("a", "maths", 1, "m"), requirement("a", "chinese", 1, "c")]
    base = [
        LocalLesson("a", 1, 1, "maths", "m"),
        LocalLesson("a", 1, 2, "chinese", "c"),
        LocalLesson("a", 2, 2, "chinese", "c"),
    ]
    whole = school(*rows, base=base, receives=[("a", "maths")], anchors=[anchor("x", "maths", 1, 590)])
    found = align_school(whole, LIMITS)
    assert (found.status, found.moved, found.forced_minimum, found.directly) == (Status.OPTIMAL, 1, 1, 1)


def test_what_cannot_be_aligned_says_why():
    late = full(receives=[("a", "maths")], anchors=[anchor("m", "maths", 1, 700)])
    two = full(receives=[("a", "maths"), ("a", "art")], anchors=[ANCHORS[0], anchor("k", "art", 1, 590)])
    many = full(receives=[("a", "maths")], anchors=[*ANCHORS, anchor("x", "maths", 1, 840)])
    blocked = with_class(full(receives=[("a", "maths")], anchors=ANCHORS), "a", blocked=frozenset({(1, 2)}))
    for whole, code in (
        (late, "anchor_fits_no_period"),
        (two, "anchor_subjects_at_once"),
        (many, "anchor_gives_more"),
        (blocked, "anchor_in_given_away"),
    ):
        found = align_school(whole, LIMITS)
        assert found.status is Status.INFEASIBLE
        assert code in [doubt.code for doubt in found.doubts]


def test_an_absence_is_made_good_within_the_week():
    whole = school(requirement("a", "maths", 2, "m"), requirement("a", "art", 2, "k"), base=[
        *week("a", TEACHERS, {"maths": [(1, 1), (2, 1)], "art": [(1, 2), (2, 2)]})])  # fmt: skip
    found = mend(only(whole, TeacherAway("m", MONDAY, MONDAY)), LIMITS)
    assert found.status is Status.OPTIMAL
    assert found.fallbacks == ()
    # Maths leaves Monday's first period, and art may not stand alone in the second.
    assert found.cost == 2
    assert {(one.subject, one.left[0]) for one in found.moves} == {("maths", MONDAY), ("art", MONDAY)}


def test_an_absence_of_a_whole_week_takes_substitutes_of_the_subject_first():
    whole = school(*OWED, requirement("b", "maths", 1, "n"), base=[*BASE, LocalLesson("b", 1, 4, "maths", "n")])
    found = mend(only(whole, TeacherAway("m", MONDAY, FRIDAY)), LIMITS)
    assert found.status is Status.OPTIMAL
    assert {one.kind for one in found.fallbacks} == {Kind.SUBSTITUTE_OF_SUBJECT}
    assert {one.teacher_id for one in found.fallbacks} == {"n"}
    assert len(found.fallbacks) == 5


def test_where_nobody_is_free_a_lesson_is_combined_or_cancelled():
    rows = requirement("a", "maths", 1, "m"), requirement("b", "maths", 1, "n")
    whole = school(*rows, base=[LocalLesson("a", 1, 1, "maths", "m"), LocalLesson("b", 1, 1, "maths", "n")])
    found = mend(only(whole, TeacherAway("m", MONDAY, FRIDAY)), LIMITS)
    # The other teacher is engaged in Monday's first period, unless that lesson moves.
    assert [one.kind for one in found.fallbacks] == [Kind.SUBSTITUTE_OF_SUBJECT]
    alone = school(requirement("a", "maths", 1, "m"), base=[LocalLesson("a", 1, 1, "maths", "m")])
    found = mend(only(alone, TeacherAway("m", MONDAY, FRIDAY)), LIMITS)
    assert [one.kind for one in found.fallbacks] == [Kind.CANCELLED]
    assert found.cost == found.bound == 10_000


def test_a_dead_line_moves_receptions_out_of_its_hours():
    whole = full(receives=[("a", "chinese")], anchors=[anchor(f"c{day}", "chinese", day, 590) for day in range(1, 6)])
    found = mend(only(whole, LineDown("s", TUESDAY, TUESDAY, 480, 720)), LIMITS)
    assert found.status is Status.OPTIMAL
    assert found.moves
    assert all(one.came[0] != TUESDAY or one.came[1] > 2 for one in found.moves if one.subject == "chinese")


def test_receptions_wait_for_a_room_only_where_rooms_are_short():
    rows = requirement("a", "maths", 1, "m"), requirement("b", "maths", 1, "n")
    base = [LocalLesson("a", 1, 1, "maths", "m"), LocalLesson("b", 1, 1, "maths", "n")]
    whole = school(*rows, base=base, receives=[("a", "maths"), ("b", "maths")], anchors=[anchor("x", "maths", 1, 540)])
    assert mend(only(whole, RoomLost("s", 1, MONDAY, MONDAY)), LIMITS).cost == 1
    roomy = replace(whole, school=School("s", "b", 3, 3))
    assert mend(only(roomy, RoomLost("s", 1, MONDAY, MONDAY)), LIMITS).cost == 0


def test_a_moved_lesson_takes_its_receivers_along():
    whole = full(receives=[("a", "maths")], anchors=[anchor(f"maths-{day}", "maths", day, 540) for day in range(1, 6)])
    found = mend(only(whole, LessonMoved("maths-1", MONDAY, MONDAY, 890)), LIMITS)
    assert (found.status, found.cost) == (Status.OPTIMAL, 2)
    assert [(one.subject, one.left, one.came) for one in found.moves if one.subject == "maths"] == [
        ("maths", (MONDAY, 1), (MONDAY, 4))
    ]


def test_a_lesson_moved_to_where_it_cannot_be_received_is_watched_recorded():
    whole = full(receives=[("a", "maths")], anchors=[anchor(f"maths-{day}", "maths", day, 540) for day in range(1, 6)])
    event = LessonMoved("maths-1", MONDAY, MONDAY, 700)
    found = mend(only(whole, event), LIMITS)
    assert [one.kind for one in found.fallbacks] == [Kind.RECORDED]
    assert [note.code for note in found.notes] == ["moved_to_no_period"]
    assert (MONDAY, 590) in legal_slots([whole], event)
    assert (TUESDAY, 540) not in legal_slots([whole], event)


def test_a_lesson_moved_onto_another_reception_is_watched_recorded():
    anchors = [anchor(f"maths-{day}", "maths", day, 540) for day in range(1, 6)]
    whole = full(receives=[("a", "maths")], anchors=anchors)
    found = mend(only(whole, LessonMoved("maths-1", MONDAY, TUESDAY, 540)), LIMITS)
    assert [one.kind for one in found.fallbacks] == [Kind.RECORDED]
    assert (found.status, found.moves) == (Status.OPTIMAL, ())
    assert [note.code for note in found.notes] == ["moved_onto_another"]


def test_lessons_that_change_places_do_not_stand_in_each_others_way():
    anchors = [anchor(f"maths-{day}", "maths", day, 540) for day in range(1, 6)]
    whole = full(receives=[("a", "maths")], anchors=anchors)
    swap = [LessonMoved("maths-1", MONDAY, TUESDAY, 540), LessonMoved("maths-2", TUESDAY, MONDAY, 540)]
    found = mend(only(whole, *swap), LIMITS)
    assert (found.status, found.moves, found.fallbacks, found.notes) == (Status.OPTIMAL, (), (), ())


def test_of_two_lessons_moved_to_one_time_the_second_is_watched_recorded():
    anchors = [anchor(f"maths-{day}", "maths", day, 540) for day in range(1, 6)]
    whole = full(receives=[("a", "maths")], anchors=anchors)
    both = [LessonMoved("maths-1", MONDAY, TUESDAY, 590), LessonMoved("maths-3", date(2026, 10, 14), TUESDAY, 590)]
    found = mend(only(whole, *both), LIMITS)
    assert [(one.kind, one.slot) for one in found.fallbacks] == [(Kind.RECORDED, (3, 1))]
    assert (found.status, [one.code for one in found.notes]) == (Status.OPTIMAL, ["moved_onto_another"])
    assert [(one.subject, one.came[1]) for one in found.moves if one.subject == "maths"] == [("maths", 2)]


def test_of_two_moves_of_one_lesson_the_later_holds():
    anchors = [anchor(f"maths-{day}", "maths", day, 540) for day in range(1, 6)]
    whole = full(receives=[("a", "maths")], anchors=anchors)
    once = LessonMoved("maths-1", MONDAY, TUESDAY, 590)
    again = mend(only(whole, LessonMoved("maths-1", MONDAY, FRIDAY, 840), once), LIMITS)
    assert replace(again, seconds=0) == replace(mend(only(whole, once), LIMITS), seconds=0)


def test_a_class_beside_the_anchors_times_gives_a_lesson_for_each_that_moves():
    """Two receptions that come where the class had none take the place of two of its lessons, not of one twice."""
    anchors = [anchor(f"maths-{day}", "maths", day, 540) for day in range(1, 6)]
    shifted = week("a", TEACHERS, {**PLAN, "maths": PLAN["chinese"], "chinese": PLAN["maths"]})
    whole = replace(full(receives=[("a", "maths")], anchors=anchors), base=shifted)
    both = [LessonMoved("maths-1", MONDAY, MONDAY, 840), LessonMoved("maths-2", TUESDAY, TUESDAY, 840)]
    found = mend(only(whole, *both), LIMITS)
    assert (found.status, found.fallbacks) == (Status.OPTIMAL, ())


def test_a_lesson_moved_into_another_week_leaves_one_and_enters_the_other():
    anchors = [anchor(f"maths-{day}", "maths", day, 540) for day in range(1, 6)]
    rows = [row for row in OWED if row.subject != "pe"]
    base = [one for one in BASE if one.subject != "pe"]
    whole = school(*rows, base=base, receives=[("a", "maths")], anchors=anchors)
    first, second = cases_of([whole], [LessonMoved("maths-1", MONDAY, date(2026, 10, 19), 890)])
    assert mend(first, LIMITS).cost == 0
    found = mend(second, LIMITS)
    assert [(one.left, one.came) for one in found.moves] == [((MONDAY, 1), (date(2026, 10, 19), 4))]


def test_a_saturday_holds_another_day_and_an_absence_on_it_is_mended():
    saturday = date(2026, 10, 17)
    whole = full()
    found = mend(only(whole, DayTransfer(saturday, 5)), LIMITS)
    assert (found.cost, [note.code for note in found.notes]) == (0, ["day_held"])
    both = mend(only(whole, TeacherAway("m", saturday, saturday), DayTransfer(saturday, 5)), LIMITS)
    assert both.cost is not None
    assert both.cost > 0


def test_the_checker_of_mended_weeks_refuses_what_breaks_an_event():
    case = only(full(), TeacherAway("m", MONDAY, MONDAY))
    assert faults_of(case, BASE, [])
    mended = [one for one in BASE if one.slot != (1, 1)]
    assert faults_of(case, mended, [("a", "maths", (1, 1), "p")]) == []
    assert faults_of(case, mended, [("a", "maths", (1, 1), "m")])


def test_a_mended_week_leaves_the_base_as_it_was():
    whole = solved = full()
    before = whole.base
    mend(only(solved, TeacherAway("m", MONDAY, FRIDAY), LineDown("s", MONDAY, FRIDAY)), LIMITS)
    assert solved.base == before
    assert solve_school(whole, LIMITS).status is Status.OPTIMAL
