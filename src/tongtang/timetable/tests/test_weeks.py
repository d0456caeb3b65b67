"""Week arithmetic and lanes: rules that hold for any day and any set of lessons."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtang.timetable.grid import LEAST_MINUTES, MOST_LANES, Slot, place, span_of, without_replaced
from tongtang.timetable.weeks import Week, parse_week, teaching_week, week_of

DAYS = st.dates(date(2000, 1, 3), date(2099, 12, 31))
SLOTS = st.lists(
    st.tuples(st.integers(0, 1380), st.integers(5, 60)).map(lambda pair: Slot(pair[0], pair[0] + pair[1], object())),
    max_size=40,
)


@given(DAYS)
def test_a_week_is_read_as_it_is_written(day):
    week = week_of(day)
    assert parse_week(week.key) == week
    assert week.monday <= day <= week.sunday
    assert (week.next.previous, week.monday.weekday()) == (week, 0)


@pytest.mark.parametrize("text", ["", "2026", "2026-W54", "2026-W00", "0001-W01", "9999-W52", "2026-W1", "x2026-W10"])
def test_what_is_no_week_is_none(text):
    assert parse_week(text) is None


def test_week_one_holds_the_first_day_and_the_last_week_the_last_day():
    first, last = date(2026, 9, 1), date(2027, 1, 22)
    assert first.weekday() == 1
    assert teaching_week(week_of(first), first, last) == 1
    assert teaching_week(week_of(date(2026, 9, 7)), first, last) == 2
    assert teaching_week(week_of(last), first, last) == 21
    assert teaching_week(week_of(first).previous, first, last) is None
    assert teaching_week(week_of(last).next, first, last) is None


@given(DAYS, st.integers(7, 200), st.integers(-30, 230))
def test_teaching_weeks_count_on_without_a_hole(first, length, offset):
    last, day = first + timedelta(days=length), first + timedelta(days=offset)
    number = teaching_week(week_of(day), first, last)
    if first <= day <= last:
        following = teaching_week(week_of(day).next, first, last)
        assert number is not None
        assert following in (number + 1, None)


def test_the_weekend_shows_only_where_something_stands():
    week = Week(date(2026, 10, 5))
    assert [day.day for day in week.days()] == [5, 6, 7, 8, 9]
    assert [day.day for day in week.days([date(2026, 10, 10)])] == [5, 6, 7, 8, 9, 10]


@given(SLOTS)
def test_every_lesson_stands_once_and_none_covers_another(slots):
    placed = place(slots)
    assert sorted(map(id, (item for one in placed for item in one.items))) == sorted(id(slot.item) for slot in slots)
    assert all(1 <= one.lane <= one.lanes <= MOST_LANES for one in placed)
    for index, one in enumerate(placed):
        for other in placed[index + 1 :]:
            if one.start < other.end and other.start < one.end:
                assert one.lane != other.lane


@given(SLOTS)
def test_the_page_spans_all_its_lessons(slots):
    times = [(slot.start, slot.end) for slot in slots]
    first, span = span_of(times)
    assert 0 <= first < first + span <= 24 * 60
    assert all(first <= start and end <= first + span for start, end in times)


def test_lessons_beyond_the_lanes_share_a_block_of_their_time():
    slots = [Slot(520, 560, number) for number in range(9)] + [Slot(530, 570, 9)]
    placed = place(slots)
    assert [(one.start, len(one.items), one.lanes) for one in placed] == [(520, 9, 2), (530, 1, 2)]


def test_a_cancelled_lesson_gives_way_only_to_one_of_the_same_class():
    cancelled = [(Slot(500, 540, "a"), 1), (Slot(500, 540, "b"), 2)]
    standing = [(Slot(530, 570, "c"), 1)]
    assert [slot.item for slot in without_replaced(standing, cancelled)] == ["b"]


@given(SLOTS)
def test_no_block_is_drawn_over_another_however_short_it_is(slots):
    placed = place(slots)
    for number, one in enumerate(placed):
        assert one.drawn_end >= one.start + LEAST_MINUTES
        for other in placed[number + 1 :]:
            if one.lane == other.lane and one.lanes == other.lanes:
                assert one.drawn_end <= other.start or other.drawn_end <= one.start


def test_short_lessons_one_after_the_other_share_no_line():
    short = place([Slot(540, 548, "a"), Slot(550, 558, "b")])
    assert [(one.lane, one.lanes, one.minutes) for one in short] == [(1, 2, 8), (2, 2, 8)]
    apart = place([Slot(540, 548, "a"), Slot(540 + LEAST_MINUTES, 565, "b")])
    assert [(one.lane, one.lanes) for one in apart] == [(1, 1), (1, 1)]
