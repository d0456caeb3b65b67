"""Joining encoder runs: numbers never go back, every change of run is a discontinuity, nothing comes twice."""

from hypothesis import given
from hypothesis import strategies as st

from tongtang.classroom.media.playlist import Segment, Timeline, append, read, write

RUNS = st.lists(st.integers(min_value=0, max_value=12), min_size=1, max_size=6)


def run_of(run: int, length: int, window: int = 8) -> list[tuple[Segment, ...]]:
    """What an encoder's playlist holds after each of its segments."""
    segments = [Segment(f"g{run}/{n}.m4s", 1.0, f"g{run}/init.mp4") for n in range(length)]
    return [tuple(segments[max(0, n - window) : n]) for n in range(1, length + 1)]


@given(RUNS, st.integers(min_value=1, max_value=3))
def test_every_segment_comes_once_in_order_and_keeps_its_number(lengths: list[int], every: int) -> None:
    timeline = Timeline()
    numbers: dict[str, int] = {}
    for run, length in enumerate(lengths):
        states = run_of(run, length)
        # The composer may miss states of the encoder's playlist, but not the last one.
        for state in [*states[every - 1 :: every], *states[-1:]]:
            timeline = append(timeline, state, 8)
            assert len(timeline.segments) <= 8
            for at, segment in enumerate(timeline.segments):
                assert numbers.setdefault(segment.uri, timeline.sequence + at) == timeline.sequence + at
    assert len(numbers) == sum(lengths)
    runs = sum(length > 0 for length in lengths)
    breaks = timeline.breaks_gone + sum(segment.breaks for segment in timeline.segments)
    assert breaks == max(0, runs - 1)


@given(RUNS)
def test_what_is_written_is_read_back(lengths: list[int]) -> None:
    timeline = Timeline()
    for run, length in enumerate(lengths):
        for state in run_of(run, length):
            timeline = append(timeline, state, 8)
    assert read(write(timeline)) == timeline


def test_a_finished_film_says_so() -> None:
    text = write(append(Timeline(), run_of(0, 2)[-1], 100), vod=True)
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in text
    assert text.endswith("#EXT-X-ENDLIST\n")
