"""What a new plan does to the published lessons."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tongtang.timetable.solver.difference import Difference, Move, difference
from tongtang.timetable.solver.expand import DatedLesson, DatedReception, expand
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.tests.county_folder import FIXTURES, read_folder

CHONGYANG = read_folder(FIXTURES / "chongyang")
MONDAY = date(2026, 9, 7)


def lesson(group_id: str = "m1", day: date = MONDAY, start: int = 520, studio_id: str = "s1") -> DatedLesson:
    receptions = (DatedReception("x1", "p1", 1, 1),)
    return DatedLesson(group_id, day, start, start + 40, "music", "t1", studio_id, receptions)


lessons = st.lists(
    st.builds(
        lesson,
        group_id=st.sampled_from(["m1", "m2"]),
        day=st.integers(0, 20).map(lambda days: MONDAY + timedelta(days=days)),
        start=st.sampled_from([520, 570]),
        studio_id=st.sampled_from(["s1", "s2"]),
    ),
    max_size=12,
    unique_by=lambda each: each.key,
)


def applied(published: list[DatedLesson], change: Difference) -> list[DatedLesson]:
    gone = {each.key for each in change.removed} | {each.before.key for each in change.moved}
    kept = [each for each in published if each.key not in gone]
    return kept + list(change.added) + [each.after for each in change.moved]


@given(lessons, st.integers(0, 20).map(lambda days: MONDAY + timedelta(days=days)))
def test_nothing_differs_from_itself(given_lessons, from_day):
    change = difference(given_lessons, given_lessons, from_day)
    assert change.is_empty
    assert Counter(change.unchanged) == Counter(each for each in given_lessons if each.day >= from_day)


@given(lessons, lessons, st.integers(0, 20).map(lambda days: MONDAY + timedelta(days=days)))
def test_the_difference_applied_gives_the_new_plan_and_keeps_the_past(old, new, from_day):
    change = difference(old, new, from_day)
    past = [each for each in old if each.day < from_day]
    assert Counter(applied(old, change)) == Counter(past + [each for each in new if each.day >= from_day])


@given(lessons, lessons)
def test_each_lesson_has_one_fate_and_as_few_as_can_be_lose_their_identity(old, new):
    change = difference(old, new, MONDAY)
    before = [*change.unchanged, *change.removed, *(each.before for each in change.moved)]
    after = [*change.unchanged, *change.added, *(each.after for each in change.moved)]
    assert Counter(before) == Counter(old)
    assert Counter(after) == Counter(new)
    weeks = {(each.group_id, each.day.isocalendar()[:2]) for each in change.removed}
    assert not weeks & {(each.group_id, each.day.isocalendar()[:2]) for each in change.added}


def test_a_lesson_moved_within_its_week_stays_the_same_lesson():
    later = lesson(day=MONDAY + timedelta(days=3))
    assert difference([lesson()], [later], MONDAY) == Difference((), (), (Move(lesson(), later),), ())
    assert not difference([lesson()], [later], MONDAY).is_empty
    assert Move(lesson(), later).changed == {"day"}


def test_a_lesson_of_another_week_is_another_lesson():
    later = lesson(day=MONDAY + timedelta(days=7))
    assert difference([lesson()], [later], MONDAY) == Difference((), (later,), (), (lesson(),))
    assert not difference([lesson()], [], MONDAY).is_empty
    assert not difference([], [later], MONDAY).is_empty


def test_a_lesson_of_another_group_is_another_lesson():
    other = lesson(group_id="m2")
    assert difference([lesson()], [other], MONDAY) == Difference((), (other,), (), (lesson(),))


def test_lessons_of_the_same_day_are_paired_first():
    tuesday, wednesday = lesson(day=MONDAY + timedelta(days=1)), lesson(day=MONDAY + timedelta(days=2))
    elsewhere = replace(wednesday, studio_id="s2")
    change = difference([tuesday, wednesday], [elsewhere, lesson()], MONDAY)
    assert change.moved == (Move(tuesday, lesson()), Move(wednesday, elsewhere))
    assert [each.changed for each in change.moved] == [{"day"}, {"studio_id"}]


def test_a_lesson_added_on_an_earlier_day_leaves_the_published_one_alone():
    extra = lesson(day=MONDAY, start=570)
    published = lesson(day=MONDAY + timedelta(days=4))
    assert difference([published], [extra, published], MONDAY) == Difference((published,), (extra,), (), ())


def test_what_lies_before_the_day_is_left_alone():
    friday = lesson(day=MONDAY + timedelta(days=4))
    change = difference([lesson()], [friday], MONDAY + timedelta(days=1))
    assert change == Difference((), (friday,), (), ())


def test_one_moved_broadcast_of_chongyang_is_one_move_a_week():
    moved = [replace(each, start=each.start + 10) if each.line == 78 else each for each in CHONGYANG.broadcasts]
    assert verify(CHONGYANG.county, moved) == []
    old = expand(CHONGYANG.county, CHONGYANG.broadcasts, CHONGYANG.term)
    new = expand(CHONGYANG.county, moved, CHONGYANG.term, published=old)
    assert difference(old, old, CHONGYANG.term.first_day).is_empty
    change = difference(old, new, date(2027, 1, 1))
    assert [(each.after.group_id, each.after.day.day, each.changed) for each in change.moved] == [
        ("m05", day, {"start", "end"}) for day in (7, 14, 21)
    ]
    assert (change.added, change.removed) == ((), ())
    assert {each.day.month for each in change.unchanged} == {1}
