"""The kit's tags say figures, dates and states as the design asks."""

import re
from datetime import UTC, date, datetime, time
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tongtang.shell.templatetags import kit


@pytest.fixture(autouse=True)
def english_and_plain_files(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with translation.override(None):
        yield


def shown(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


def test_an_icon_is_hidden_from_screen_readers():
    assert shown('{% icon "check" "i-sm" %}') == (
        '<svg class="i i-sm" aria-hidden="true"><use href="/static/build/icons.svg#i-check"></use></svg>'
    )


@pytest.mark.parametrize("state", kit.RECEPTION_STATES)
def test_a_chip_has_icon_and_word(state):
    html = shown("{% reception_chip state %}", state=state)
    assert "<use" in html
    assert str(kit.RECEPTION_STATES[state].word) in html


def test_a_figure_prints_its_numerator_and_denominator():
    html = shown('{% share 21 22 as rate %}{% figure "Delivered" rate "21 / 22" %}')
    assert "95.5%" in html
    assert '<div class="nd">21 / 22</div>' in html


def test_nothing_is_shared_out_of_nothing():
    assert kit.share(0, 0) == "—"


def test_names_are_escaped():
    assert "<script>" not in shown("{% figure name 1 %}", name="<script>")


def test_moments_are_written_in_civil_time():
    bell = datetime(2026, 4, 14, 0, 50, tzinfo=UTC)
    assert kit.civil_moment(bell) == "Tue 4/14 8:50"
    assert kit.minute_of_day(bell) == 530
    assert kit.time_range(time(10, 30), time(11, 10)) == "10:30—11:10"


def test_ranges_of_days_name_the_month_once():
    assert kit.day_range(date(2026, 4, 13), date(2026, 4, 17)) == "4/13—17"
    assert kit.day_range(date(2026, 4, 30), date(2026, 5, 4)) == "4/30—5/4"


def test_the_strip_of_eight_is_one_image_with_a_sentence():
    facets = dict.fromkeys(kit.FACETS, "due") | {"TEACH": "evidenced"}
    html = shown("{% sync_strip facets %}", facets=facets)
    assert html.count('role="img"') == 1
    assert "Teach Has evidence" in html
    assert html.count('aria-hidden="true"') == 8


@given(st.integers(min_value=0, max_value=100_000))
def test_minutes_are_rounded_once_and_to_the_nearest(seconds):
    assert abs(kit.whole_minutes(seconds) * 60 - seconds) <= 30


@given(
    total=st.integers(1, 600),
    live=st.integers(0, 900),
    recorded=st.integers(0, 900),
)
def test_a_bar_never_leaves_its_frame(total, live, recorded):
    html = str(kit.bar("x", total, live, recorded))
    widths = [float(part.split('"')[1]) for part in html.split("width=")[1:]]
    assert sum(widths) <= 100.1
    assert "style" not in html


def test_the_key_of_marks_names_each_state_that_stands_there_once():
    lessons = [SimpleNamespace(marks=["not_delivered", "live"]), SimpleNamespace(marks=["live"])]
    drawn = shown("{% marks_key lessons %}", lessons=lessons)
    assert re.findall(r'<i data-state="(\w+)"></i>([^<]+)</span>', drawn) == [
        ("live", "Live"),
        ("not_delivered", "Not delivered"),
    ]
    assert shown("{% marks_key lessons %}", lessons=[]) == ""
