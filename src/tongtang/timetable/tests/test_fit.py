"""The algebra of bells and clock."""

from hypothesis import given
from hypothesis import strategies as st

from tongtang.timetable.solver.fit import close_pairs, fitting_periods, maximal_concurrency, overlap_cliques, overlaps
from tongtang.timetable.tests.small_county import bell

spans = st.lists(
    st.builds(lambda start, length: (start, start + length), st.integers(0, 60), st.integers(1, 30)), max_size=8
)


def test_the_tolerance_itself_fits_and_a_minute_more_does_not():
    schedule = bell("b", 480, 540)
    assert [each.number for each in fitting_periods(schedule, 550, 10)] == [2]
    assert [each.number for each in fitting_periods(schedule, 530, 10)] == [2]
    assert fitting_periods(schedule, 551, 10) == ()
    assert [each.number for each in fitting_periods(schedule, 510, 30)] == [1, 2]


def test_spans_that_touch_do_not_overlap_but_leave_no_gap():
    assert not overlaps((480, 520), (520, 560))
    assert overlaps((480, 520), (520, 560), gap=1)
    assert not overlaps((480, 520), (530, 570), gap=10)
    assert overlaps((480, 520), (490, 500))


@given(spans, st.integers(0, 10))
def test_close_pairs_are_all_pairs_that_overlap(given_spans, gap):
    expected = {
        frozenset((one, other))
        for one in range(len(given_spans))
        for other in range(one)
        if overlaps(given_spans[one], given_spans[other], gap)
    }
    found = close_pairs(given_spans, gap)
    assert {frozenset(pair) for pair in found} == expected
    assert len(found) == len(expected)
    assert all(given_spans[first] <= given_spans[second] for first, second in found)


@given(spans)
def test_cliques_are_the_fullest_moments_and_none_holds_another(given_spans):
    moments = [
        frozenset(index for index, (start, end) in enumerate(given_spans) if start <= minute < end)
        for minute in range(100)
    ]
    maximal = {moment for moment in moments if moment and not any(moment < other for other in moments)}
    cliques = overlap_cliques(given_spans)
    assert {frozenset(clique) for clique in cliques} == maximal
    assert len(cliques) == len(maximal)
    assert maximal_concurrency(given_spans) == max(map(len, moments))
