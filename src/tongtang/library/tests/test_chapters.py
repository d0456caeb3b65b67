"""Chapters for any moments and any segments."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tongtang.library.chapters import LAST_SECONDS, NEAR_SECONDS, Mark, Moment, Segment, chapters

BELL = datetime(2026, 4, 14, 2, 30, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return BELL + timedelta(seconds=seconds)


@st.composite
def recordings(draw: st.DrawFn) -> list[Segment]:
    """Segments one after the other in the file, with gaps between them on the wall clock."""
    wall, offset, made = 0.0, 0.0, []
    seconds = st.integers(min_value=0, max_value=900_000).map(lambda milliseconds: milliseconds / 1000)
    for gap, length in draw(st.lists(st.tuples(seconds, seconds), min_size=1, max_size=6)):
        wall += gap
        made.append(Segment(after(wall), offset, length))
        wall, offset = wall + length, offset + length
    return made


MOMENTS = st.lists(st.floats(min_value=-600, max_value=6000).map(lambda second: Moment(after(second), f"{second}")))


@given(MOMENTS, recordings())
def test_chapters_rise_inside_the_recording(moments: list[Moment], segments: list[Segment]) -> None:
    marks = chapters(moments, segments)
    length = sum(segment.duration for segment in segments)
    assert all(0 <= mark.second < length for mark in marks)
    steps = [later.second - earlier.second for earlier, later in pairwise(marks)]
    assert all(step >= NEAR_SECONDS for step in steps)
    assert {mark.title for mark in marks} <= {moment.title for moment in moments}


@given(MOMENTS, recordings())
def test_each_chapter_stands_where_its_moment_was_recorded(moments: list[Moment], segments: list[Segment]) -> None:
    at = {moment.title: moment.at for moment in moments}
    for mark in chapters(moments, segments):
        ends = [one.offset + one.duration for one in segments if after_end(at[mark.title], one)]
        begins = [one.offset + max(0.0, (at[mark.title] - one.starts_at).total_seconds()) for one in segments]
        assert mark.second >= max(ends, default=0) - NEAR_SECONDS
        assert mark.second <= min([*begins[len(ends) :], sum(one.duration for one in segments)]) + 2 * LAST_SECONDS


def after_end(at: datetime, segment: Segment) -> bool:
    return (at - segment.starts_at).total_seconds() > segment.duration


def test_a_moment_in_a_gap_starts_with_the_next_segment_and_the_last_of_them_stands() -> None:
    segments = [Segment(after(0), 0, 600), Segment(after(700), 600, 300)]
    moments = [
        Moment(after(-60), "cover"),
        Moment(after(90), "song"),
        Moment(after(610), "skipped"),
        Moment(after(650), "dance", "slides/3.webp"),
        Moment(after(800), "end"),
        Moment(after(1000), "too late"),
    ]
    assert chapters(moments, segments) == [
        Mark(0, "cover"),
        Mark(90, "song"),
        Mark(600, "dance", "slides/3.webp"),
        Mark(700, "end"),
    ]


def test_without_segments_there_are_no_chapters() -> None:
    assert chapters([Moment(BELL, "cover")], []) == []
