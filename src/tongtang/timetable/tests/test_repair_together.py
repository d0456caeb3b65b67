"""Events that meet: a day that holds another's lessons, lessons moved on it, rooms and lines lost together."""

from dataclasses import replace
from datetime import date

from tongtang.timetable.solver.cpsat import Limits, Status
from tongtang.timetable.solver.events import DayTransfer, LessonMoved, LineDown, RoomLost, TeacherAway
from tongtang.timetable.solver.model import Unavailability
from tongtang.timetable.solver.repair import mend
from tongtang.timetable.solver.repair_fallbacks import Kind
from tongtang.timetable.solver.school_model import LocalLesson
from tongtang.timetable.solver.week_case import cases_of
from tongtang.timetable.tests.small_school import anchor, requirement, school, week, with_class, with_teacher
from tongtang.timetable.tests.test_repair import BASE, FRIDAY, MONDAY, OWED, TUESDAY, full, only

LIMITS = Limits(20, deterministic=10)
WEDNESDAY, SATURDAY, SUNDAY = date(2026, 10, 14), date(2026, 10, 17), date(2026, 10, 18)
NEXT_MONDAY = date(2026, 10, 19)
MATHS = [anchor(f"maths-{day}", "maths", day, 540) for day in range(1, 6)]
THREE = [row for row in OWED if row.subject != "pe"]
THREE_BASE = [one for one in BASE if one.subject != "pe"]


def received(**values):
    """One class that takes all its maths from the anchor, in the first period."""
    return full(receives=[("a", "maths")], anchors=MATHS, **values)


def test_one_lesson_may_close_the_gaps_of_two_days():
    rows = [requirement("a", "maths", 2, "m"), requirement("a", "chinese", 1, "c"), requirement("a", "art", 1, "k")]
    teachers = {"maths": "m", "chinese": "c", "art": "k"}
    base = week("a", teachers, {"maths": [(1, 1), (2, 1)], "chinese": [(1, 2)], "art": [(2, 2)]})
    found = mend(only(school(*rows, base=base), TeacherAway("m", MONDAY, TUESDAY)), LIMITS)
    assert (found.status, found.fallbacks) == (Status.OPTIMAL, ())
    assert found.cost == found.bound == len(found.moves) == 3


def test_a_day_takes_what_is_given_away_from_the_day_that_it_holds():
    """Tuesday's first period holds maths; on Wednesdays the class has given it away, or the teacher is elsewhere."""
    rows, base = [requirement("a", "maths", 1, "m")], week("a", {"maths": "m"}, {"maths": [(2, 1)]})
    whole = with_class(school(*rows, base=base), "a", blocked=frozenset({(3, 1)}))
    for upset in (whole, with_teacher(school(*rows, base=base), "m", unavailable=(Unavailability(3, 500, 900),))):
        found = mend(only(upset, DayTransfer(WEDNESDAY, 2)), LIMITS)
        assert (found.status, found.cost, found.moves) == (Status.OPTIMAL, 0, ())


def test_a_day_off_takes_no_lesson_in():
    whole = school(requirement("a", "maths", 1, "m"), base=[LocalLesson("a", 1, 1, "maths", "m")])
    off = [DayTransfer(date(2026, 10, 12 + day), 7) for day in range(1, 5)]
    found = mend(only(whole, TeacherAway("m", MONDAY, MONDAY), *off), LIMITS)
    assert [one.kind for one in found.fallbacks] == [Kind.CANCELLED]


def test_two_days_change_places():
    found = mend(only(received(), DayTransfer(MONDAY, 2), DayTransfer(TUESDAY, 1)), LIMITS)
    assert (found.status, found.cost) == (Status.OPTIMAL, 0)


def test_a_day_may_hold_the_lessons_of_one_that_holds_others_itself():
    """Wednesday's only maths lesson falls out on Wednesday and is held on Sunday."""
    rows = [requirement("a", "maths", 1, "m"), requirement("a", "art", 1, "k")]
    whole = school(*rows, base=week("a", {"maths": "m", "art": "k"}, {"maths": [(3, 1)], "art": [(1, 1)]}))
    found = mend(
        only(whole, DayTransfer(WEDNESDAY, 1), DayTransfer(SUNDAY, 3), TeacherAway("k", MONDAY, MONDAY)), LIMITS
    )
    assert (found.status, found.cost, [one.subject for one in found.moves]) == (Status.OPTIMAL, 1, ["art"])


def test_of_two_transfers_of_one_day_the_later_holds():
    twice = mend(only(received(), DayTransfer(SATURDAY, 2), DayTransfer(SATURDAY, 5)), LIMITS)
    assert replace(twice, seconds=0) == replace(mend(only(received(), DayTransfer(SATURDAY, 5)), LIMITS), seconds=0)


def test_a_lesson_is_moved_on_the_day_that_holds_it():
    """Saturday holds Friday's lessons: of the two the one of the date is moved."""
    found = mend(only(received(), DayTransfer(SATURDAY, 5), LessonMoved("maths-5", SATURDAY, SATURDAY, 890)), LIMITS)
    assert [(one.left, one.came) for one in found.moves if one.subject == "maths"] == [((SATURDAY, 1), (SATURDAY, 4))]
    assert [note.code for note in found.notes] == ["day_held"]


def test_a_lesson_that_falls_out_and_is_moved_comes_all_the_same():
    whole = school(*THREE, base=THREE_BASE, receives=[("a", "maths")], anchors=MATHS)
    upset = only(whole, DayTransfer(MONDAY, 7), LessonMoved("maths-1", MONDAY, TUESDAY, 890))
    found = mend(upset, LIMITS)
    assert [(one.subject, one.left, one.came) for one in found.moves] == [("maths", (MONDAY, 1), (TUESDAY, 4))]
    assert (found.status, found.fallbacks) == (Status.OPTIMAL, ())


def test_lessons_that_cross_between_two_weeks_all_arrive():
    whole = school(*THREE, base=THREE_BASE, receives=[("a", "maths")], anchors=MATHS)
    crossing = [
        LessonMoved("maths-1", NEXT_MONDAY, MONDAY, 890),
        LessonMoved("maths-2", TUESDAY, NEXT_MONDAY, 890),
        LessonMoved("maths-3", WEDNESDAY, date(2026, 10, 20), 890),
    ]
    for events in (crossing, crossing[::-1]):
        first, second = (mend(case, LIMITS) for case in cases_of([whole], events))
        assert [(one.left, one.came) for one in first.moves] == [((NEXT_MONDAY, 1), (MONDAY, 4))]
        assert {one.left for one in second.moves} == {(TUESDAY, 1), (WEDNESDAY, 1)}


def test_what_is_watched_recorded_already_needs_neither_line_nor_room():
    to_saturday = LessonMoved("maths-1", MONDAY, SATURDAY, 540)
    for other in (LineDown("s", MONDAY, MONDAY), RoomLost("s", 2, MONDAY, MONDAY)):
        found = mend(only(received(), to_saturday, other), LIMITS)
        assert [(one.kind, one.slot) for one in found.fallbacks] == [(Kind.RECORDED, (1, 1))]
        assert (found.status, found.moves) == (Status.OPTIMAL, ())


def test_a_substitute_does_not_make_a_room_or_a_line():
    rows = [requirement("a", "maths", 5, "m"), requirement("a", "art", 1, "k")]
    base = week("a", {"maths": "m", "art": "k"}, {"maths": [(day, 1) for day in range(1, 6)], "art": [(1, 2)]})
    whole = school(*rows, base=base, receives=[("a", "maths")], anchors=MATHS)
    away = TeacherAway("m", MONDAY, FRIDAY)
    for other in (LineDown("s", MONDAY, MONDAY), RoomLost("s", 2, MONDAY, MONDAY)):
        found = mend(only(whole, away, other), LIMITS)
        assert (1, 1) not in [one.slot for one in found.fallbacks if one.teacher_id]
        assert len([one for one in found.fallbacks if one.teacher_id]) == 4


def test_who_is_away_stands_in_for_nobody():
    """The only one free owes no lesson at all, and is away as well."""
    rows = [requirement("a", "maths", 5, "m")]
    base = week("a", {"maths": "m"}, {"maths": [(day, 1) for day in range(1, 6)]})
    whole = school(*rows, base=base)
    idle = replace(whole, teachers={**whole.teachers, "n": replace(whole.teachers["m"], teacher_id="n")})
    found = mend(only(idle, TeacherAway("m", MONDAY, FRIDAY), TeacherAway("n", MONDAY, FRIDAY)), LIMITS)
    assert {one.kind for one in found.fallbacks} == {Kind.CANCELLED}
