"""Which recording each showing shows: in order, once each, nothing before it is over."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tongtang.lessons.api import in_order

START = datetime(2026, 9, 7, 8)
hours = st.sets(st.integers(0, 400), max_size=10).map(sorted)
places = st.sets(st.integers(0, 9), max_size=3)


@given(hours, hours, places, places)
def test_in_order_once_each_and_only_what_is_over(begins, ends, live, shown):
    moments = [START + timedelta(hours=hour) for hour in begins]
    held = [(START + timedelta(hours=hour), number) for number, hour in enumerate(ends)]
    found = in_order(moments, held, live, shown)
    assert len(found) == len(moments)
    picked = [key for key in found if key is not None]
    assert picked == sorted(set(picked) - live - shown)
    assert all(held[key][0] <= moment for key, moment in zip(found, moments, strict=True) if key is not None)
    # Nothing is left out that could be shown: a showing is empty only where all that is over was seen.
    first = min((key for key in shown if key < len(held)), default=picked[0] if picked else len(held))
    for place, (key, moment) in enumerate(zip(found, moments, strict=True)):
        free = {n for end, n in held if end <= moment and n >= first} - live - shown - {*found[:place]}
        assert key == (min(free) if free else None)


def test_the_first_one_is_a_week_old_at_most_and_the_next_go_on_from_there():
    held = [(START + timedelta(days=2 * day), day) for day in range(20)]
    begins = [START + timedelta(days=day, hours=1) for day in (20, 21, 22, 22, 22)]
    assert in_order(begins, held, (), ()) == [7, 8, 9, 10, 11]
    assert in_order(begins, held, {8, 11}, ()) == [7, 9, 10, None, None]
    assert in_order(begins, held, (), {3}) == [4, 5, 6, 7, 8]
    assert in_order(begins[:2], held[:3], (), ()) == [None, None]
