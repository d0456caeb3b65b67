"""From the weekly plan to the dated lessons of the term."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tongtang.timetable.solver.expand import DatedLesson, UnverifiedPlanError, expand, teaching_week
from tongtang.timetable.solver.fit import Span, close_pairs
from tongtang.timetable.solver.model import School, Term
from tongtang.timetable.solver.verify import verify
from tongtang.timetable.tests.county_folder import FIXTURES, read_folder
from tongtang.timetable.tests.greedy_plan import made_county
from tongtang.timetable.tests.small_county import COUNTY, NINE, PLAN, TEN, county, plan

CHONGYANG = read_folder(FIXTURES / "chongyang")
NATIONAL_DAY = {date(2026, 10, day): None for day in range(1, 8)}
MAKE_UP = {date(2026, 9, 27): 2, date(2026, 10, 10): 3}
CALENDAR = NATIONAL_DAY | MAKE_UP
WEEK = Term(date(2026, 9, 7), date(2026, 9, 13))
TERM = Term(date(2026, 9, 1), date(2026, 9, 20))


def busy_spans(lessons: Sequence[DatedLesson]) -> dict[tuple[object, ...], list[Span]]:
    """Where teachers, studios, classes and screens are on each date; teacher and studio with the changeover."""
    spans: dict[tuple[object, ...], list[Span]] = defaultdict(list)
    for lesson in lessons:
        spans["teacher", lesson.teacher_id, lesson.day].append((lesson.start, lesson.end + 10))
        spans["studio", lesson.studio_id, lesson.day].append((lesson.start, lesson.end + 10))
        for each in lesson.receptions:
            spans["class", each.class_id, lesson.day].append((lesson.start, lesson.end))
            spans["screen", each.school_id, each.room, lesson.day].append((lesson.start, lesson.end))
    return spans


def week_of(lessons: Sequence[DatedLesson], monday: date) -> Counter[tuple[str, str]]:
    days = {monday + timedelta(days=offset) for offset in range(7)}
    return Counter((each.class_id, it.subject) for it in lessons if it.day in days for each in it.receptions)


def test_every_full_week_gives_every_class_what_it_is_owed():
    lessons = expand(CHONGYANG.county, CHONGYANG.broadcasts, CHONGYANG.term)
    owed = {(each.class_id, each.subject): each.lessons_per_week for each in CHONGYANG.county.requirements}
    mondays = [date(2026, 9, 7) + timedelta(weeks=week) for week in range(20)]
    assert mondays[-1] + timedelta(days=4) == CHONGYANG.term.last_day
    assert all(week_of(lessons, monday) == owed for monday in mondays)


def test_no_two_things_at_once_in_the_whole_term():
    lessons = expand(CHONGYANG.county, CHONGYANG.broadcasts, CHONGYANG.term, CALENDAR)
    assert [who for who, spans in busy_spans(lessons).items() if close_pairs(spans)] == []
    rooms = {(each.school_id, each.room) for lesson in lessons for each in lesson.receptions}
    assert all(1 <= room <= CHONGYANG.county.schools[school_id].receiving_rooms for school_id, room in rooms)


@pytest.mark.parametrize("seed", [4, 5])
def test_made_counties_expand_without_clash(tmp_path, seed):
    made = made_county(tmp_path, seed)
    lessons = expand(made.county, made.broadcasts, made.term)
    assert [who for who, spans in busy_spans(lessons).items() if close_pairs(spans)] == []
    owed = {(each.class_id, each.subject): each.lessons_per_week for each in made.county.requirements}
    assert week_of(lessons, date(2026, 11, 2)) == owed


def test_lessons_stand_between_the_terms_first_and_last_day():
    lessons = expand(COUNTY, plan({}), Term(date(2026, 9, 2), date(2026, 9, 8)))
    assert [(each.group_id, each.day) for each in lessons] == [
        ("m1", date(2026, 9, 2)),
        ("r2", date(2026, 9, 3)),
        ("m1", date(2026, 9, 7)),
        ("r1", date(2026, 9, 8)),
    ]


def test_a_dated_lesson_carries_the_broadcast_and_its_receptions():
    broadcasts = plan({2: {"alliance_id": "north"}, 3: None})
    lesson = expand(COUNTY, broadcasts, Term(date(2026, 9, 7), date(2026, 9, 7)))[0]
    assert (lesson.group_id, lesson.start, lesson.end, lesson.subject) == ("m1", 480, 520, "music")
    assert (lesson.teacher_id, lesson.studio_id, lesson.alliance_id) == ("t1", "s1", "north")
    assert [(each.class_id, each.school_id, each.period, each.room) for each in lesson.receptions] == [
        ("x1", "p1", 1, 1),
        ("y1", "p2", 1, 1),
    ]
    assert lesson.key == ("m1", date(2026, 9, 7), 480)


def test_holidays_are_empty_and_make_up_days_hold_their_weekday():
    calendar = {date(2026, 9, 8): None, date(2026, 9, 13): 2, date(2026, 9, 14): 4}
    days = [(each.day, each.group_id) for each in expand(COUNTY, plan({}), TERM, calendar) if each.subject == "art"]
    assert days == [
        (date(2026, 9, 1), "r1"),
        (date(2026, 9, 3), "r2"),
        (date(2026, 9, 10), "r2"),
        (date(2026, 9, 13), "r1"),
        (date(2026, 9, 14), "r2"),
        (date(2026, 9, 15), "r1"),
        (date(2026, 9, 17), "r2"),
    ]


@given(st.permutations(CHONGYANG.broadcasts))
def test_the_order_of_rows_does_not_matter(broadcasts):
    fortnight = Term(date(2026, 9, 7), date(2026, 9, 20))
    assert expand(CHONGYANG.county, broadcasts, fortnight) == expand(CHONGYANG.county, CHONGYANG.broadcasts, fortnight)


def test_a_reception_has_the_same_room_every_week():
    lessons = expand(CHONGYANG.county, CHONGYANG.broadcasts, CHONGYANG.term)
    rooms = defaultdict(set)
    for lesson in lessons:
        for each in lesson.receptions:
            rooms[lesson.group_id, lesson.day.isoweekday(), lesson.start, each.class_id].add(each.room)
    assert {len(each) for each in rooms.values()} == {1}


def test_a_class_leaves_its_home_room_only_for_a_free_one():
    monday = Term(date(2026, 9, 7), date(2026, 9, 7))
    rooms = [School("p1", "b1", 2, 2)]
    together = {2: {"class_ids": ("x1", "x2")}, 4: {"weekday": 1, "start": NINE, "class_ids": ("x2",)}}
    lessons = expand(county(schools=rooms), plan(together), monday)
    assert [[(each.class_id, each.room) for each in lesson.receptions] for lesson in lessons] == [
        [("x1", 1), ("x2", 2)],
        [("x2", 2)],
    ]
    shared = expand(county(schools=[School("p1", "b1", 1, 1)]), plan({2: {"class_ids": ("x2",)}}), monday)
    assert [each.room for each in shared[0].receptions] == [1]


@settings(max_examples=25)
@given(st.sampled_from(CHONGYANG.broadcasts), st.sampled_from([-10, 10]))
def test_a_moved_broadcast_moves_no_screen_of_another_school_or_day(row, shift):
    moved = [replace(each, start=each.start + shift) if each is row else each for each in CHONGYANG.broadcasts]
    assume(not verify(CHONGYANG.county, moved))
    before = expand(CHONGYANG.county, CHONGYANG.broadcasts, WEEK)
    after = expand(CHONGYANG.county, moved, WEEK, published=before)
    schools = {CHONGYANG.county.classes[each].school_id for each in row.class_ids}
    others = [each for each in set(after) - set(before) if each.group_id != row.group_id]
    assert all(each.day.isoweekday() == row.weekday for each in others)
    assert all(schools & {reception.school_id for reception in each.receptions} for each in others)
    assert [who for who, spans in busy_spans(after).items() if close_pairs(spans)] == []


def test_published_rooms_stay_where_the_new_plan_leaves_them_free():
    moved = [replace(each, start=each.start + 10) if each.line == 78 else each for each in CHONGYANG.broadcasts]
    before = expand(CHONGYANG.county, CHONGYANG.broadcasts, WEEK, {date(2026, 9, 12): 4})
    after = expand(CHONGYANG.county, moved, WEEK, {date(2026, 9, 12): 4}, published=before)
    assert {(each.group_id, each.day) for each in set(after) - set(before)} == {
        ("m05", date(2026, 9, 10)),
        ("m05", date(2026, 9, 12)),
    }


def test_published_rooms_give_way_where_the_new_plan_needs_them_all():
    monday = Term(date(2026, 9, 7), date(2026, 9, 7))
    rooms = county(schools=[School("p1", "b1", 2, 2)])
    first, last = {"class_ids": ("x1",)}, {"weekday": 1, "start": TEN, "class_ids": ("x1",)}
    published = expand(rooms, plan({2: first, 4: last}), monday)
    in_two_rooms = [_in_room(published[0], 1), _in_room(published[1], 2)]
    long = replace(rooms, rules=replace(rooms.rules, lesson_minutes=70))
    kept = expand(long, plan({2: first, 4: last}), monday, published=in_two_rooms)
    assert [each.receptions[0].room for each in kept] == [1, 2]
    between = {2: first, 4: last, 6: replace(PLAN[4], group_id="r6", weekday=1, start=NINE)}
    new = expand(long, plan(between), monday, published=in_two_rooms)
    assert [(each.group_id, each.receptions[0].room) for each in new] == [("m1", 1), ("r6", 2), ("r1", 1)]


def test_an_earlier_newcomer_does_not_take_a_published_room():
    monday = Term(date(2026, 9, 7), date(2026, 9, 7))
    rooms = county(schools=[School("p1", "b1", 2, 2)], lesson_minutes=70)
    late = {2: None, 4: {"weekday": 1, "start": TEN}}
    published = [_in_room(expand(rooms, plan(late), monday)[0], 1)]
    newcomer = {6: replace(PLAN[2], start=NINE, class_ids=("x1",))}
    new = expand(rooms, plan(late | newcomer), monday, published=published)
    assert [(each.group_id, each.receptions[0].room) for each in new] == [("m1", 2), ("r1", 1)]


def _in_room(lesson: DatedLesson, room: int) -> DatedLesson:
    return replace(lesson, receptions=tuple(replace(each, room=room) for each in lesson.receptions))


@pytest.mark.parametrize(
    ("changed", "broadcasts", "message"),
    [
        (COUNTY, plan({4: {"start": 560}}), "0 periods of b1"),
        (COUNTY, plan({4: {"class_ids": ("zz",)}}), "unknown class zz"),
        (county(schools=[School("p1", "b1", 0, 1)]), plan({}), "no free room at school p1"),
    ],
)
def test_a_plan_that_was_not_verified_is_refused(changed, broadcasts, message):
    with pytest.raises(UnverifiedPlanError, match=message):
        expand(changed, broadcasts, TERM)


def test_week_one_holds_the_terms_first_day():
    assert teaching_week(TERM, date(2026, 9, 1)) == 1
    assert teaching_week(TERM, date(2026, 9, 6)) == 1
    assert teaching_week(TERM, date(2026, 9, 7)) == 2
    assert teaching_week(TERM, date(2026, 9, 20)) == 3
