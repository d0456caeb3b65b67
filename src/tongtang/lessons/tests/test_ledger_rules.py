"""The pure rules of the ledger against a model that counts second by second; states; the words of page and file."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.cast import TUESDAY, utc

from tongtang.lessons.ledger import (
    Figures,
    RollCall,
    Row,
    Span,
    effective,
    figures,
    received_seconds,
    roll_call_of,
    rounded_minutes,
    union_length,
)
from tongtang.lessons.lesson_table import breakdown
from tongtang.lessons.states import Facts, ReceptionState, facets_of, state_of, sync_rate
from tongtang.lessons.wording import FACET_NAMES, FACET_WORDS, STATE_WORDS
from tongtang.shell.templatetags import kit

START, END = utc(TUESDAY, 10, 30), utc(TUESDAY, 11, 10)
PLANNED = 2400
SPANS = some.lists(
    some.builds(
        lambda start, length, live: Span(start, start + length, live),
        some.integers(-60, 180),
        some.integers(1, 120),
        some.booleans(),
    ),
    max_size=8,
)


def by_the_second(spans: Sequence[Span], planned: int) -> tuple[int, int]:
    """Each second of the slot on its own: live if any live span holds it, else recorded if any does."""
    live = {second for span in spans if span.live for second in range(span.start, span.end)}
    recorded = {second for span in spans if not span.live for second in range(span.start, span.end)}
    slot = set(range(planned))
    return len(live & slot), len((recorded - live) & slot)


def row(number: int, kind: str, payload: dict, corrects: int | None = None, later: float = 0) -> Row:
    return Row(number, kind, START + timedelta(seconds=later), payload, corrects)


def as_rows(spans: Sequence[Span]) -> list[Row]:
    return [
        row(n, "received", {"from": s.start, "to": s.end, "mode": "live" if s.live else "recorded"}, later=s.end)
        for n, s in enumerate(spans, start=1)
    ]


def amount(rows: Sequence[Row], planned: int = 150) -> Figures:
    return figures(rows, day=TUESDAY, planned_seconds=planned, minimum_percent=80)


@given(SPANS, some.integers(1, 150))
def test_union_clipped_live_beats_recorded(spans: list[Span], planned: int) -> None:
    found = received_seconds(spans, planned)
    assert (found.live, found.recorded) == by_the_second(spans, planned)
    assert found.total <= planned


@given(some.lists(some.tuples(some.integers(-50, 50), some.integers(-50, 50)), max_size=8))
def test_union_is_the_number_of_held_seconds(spans: list[tuple[int, int]]) -> None:
    assert union_length(spans) == len({second for start, end in spans for second in range(start, end)})


@given(SPANS, some.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(spans: list[Span], chance) -> None:
    rows = as_rows(spans)
    rows.append(row(90, "roll_call", {"present": ["a"], "absent": [], "on_leave": []}, later=5))
    rows.append(row(91, "correction", {"withdrawn": True}, corrects=1))
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert amount(shuffled) == amount(rows)


@given(SPANS, some.sets(some.integers(0, 7)))
def test_a_withdrawn_row_is_as_if_it_had_never_been(spans: list[Span], gone: set[int]) -> None:
    rows = as_rows(spans)
    withdrawn = [
        row(100 + n, "correction", {"withdrawn": True, "reason": "x"}, corrects=n + 1) for n in gone if n < len(spans)
    ]
    left = [span for n, span in enumerate(spans) if n not in gone]
    found = amount(rows + withdrawn)
    assert (found.live_seconds, found.recorded_seconds) == by_the_second(left, 150)


@given(SPANS.filter(bool))
def test_of_several_corrections_the_last_recorded_holds(spans: list[Span]) -> None:
    rows = as_rows(spans)
    first = row(50, "correction", {"withdrawn": True}, corrects=1)
    second = row(51, "correction", {"payload": {"from": 0, "to": 7, "mode": "live"}}, corrects=1)
    found = amount([second, *rows, first])
    assert (found.live_seconds, found.recorded_seconds) == by_the_second([Span(0, 7, True), *spans[1:]], 150)


def test_the_latest_roll_call_by_its_own_time_holds() -> None:
    early = row(2, "roll_call", {"present": ["a", "b"], "absent": [], "on_leave": []}, later=10)
    late = row(1, "roll_call", {"present": ["a"], "absent": ["b"], "on_leave": ["c"]}, later=20)
    for order in permutations([early, late]):
        assert roll_call_of(effective(order)) == RollCall(1, 1, 1)
    assert roll_call_of([]) is None
    assert RollCall(1, 1, 1).enrolled == 3


@pytest.mark.parametrize(("seconds", "delivered"), [(119, False), (120, True)])
def test_delivered_at_the_rules_share_with_somebody_there(seconds: int, delivered: bool) -> None:
    rows = as_rows([Span(0, seconds, True)])
    call = row(9, "roll_call", {"present": ["a"], "absent": [], "on_leave": []})
    nobody = row(9, "roll_call", {"present": [], "absent": ["a"], "on_leave": []})
    assert amount([*rows, call]).delivered is delivered
    assert amount([*rows, nobody]).delivered is False
    assert amount(rows).delivered is False
    assert amount(rows).reached is delivered


def test_seconds_of_a_later_day_do_not_deliver() -> None:
    next_day = row(1, "received", {"from": 0, "to": 150, "mode": "recorded"}, later=86_400)
    call = row(2, "roll_call", {"present": ["a"], "absent": [], "on_leave": []})
    found = amount([next_day, call])
    assert (found.recorded_seconds, found.delivered) == (150, False)


def test_what_else_the_rows_say() -> None:
    rows = [
        row(1, "joined", {}, later=9),
        row(2, "joined", {}, later=3),
        row(3, "not_delivered", {"reason": "no_power"}),
        row(4, "not_delivered", {"reason": "link_down"}),
        row(5, "make_up", {"reception": "r"}),
        row(6, "poll", {}),
        row(7, "received", {"from": 10, "to": 20, "mode": "recorded"}, later=30),
        row(8, "received", {"from": 20, "to": 30, "mode": "recorded"}, later=40),
    ]
    found = amount(rows)
    assert found.first_joined_at == START + timedelta(seconds=3)
    assert (found.not_delivered_reason, found.reported_missing, found.polled) == ("link_down", True, True)
    assert found.make_ups == ("r",)
    assert found.shown == (START + timedelta(seconds=20), START + timedelta(seconds=40))
    assert amount([]).shown is None
    assert amount([row(1, "cancelled", {})]).cancelled


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 0), (29, 0), (30, 1), (89, 1), (90, 2), (2400, 40)])
def test_minutes_are_rounded_once_half_up(seconds: int, minutes: int) -> None:
    assert rounded_minutes(seconds) == minutes


def facts(live: int = 0, recorded: int = 0, mode: str = "live", made_up: bool = False, **more: object) -> Facts:
    call = RollCall(5, 0, 0)
    values: dict = {
        "live_seconds": live,
        "recorded_seconds": recorded,
        "roll_call": call,
        "delivered": live + recorded >= 1920,
        "not_delivered_reason": "",
        "first_joined_at": None,
        "reached": live + recorded >= 1920,
    }
    return Facts(START, END, mode, Figures(**(values | more)), made_up)


BEFORE, DURING, AFTER = START - timedelta(hours=1), START + timedelta(minutes=10), END
CASES = [
    (facts(recorded=2400, mode="recorded"), AFTER, "shown"),
    (facts(recorded=300, mode="recorded", delivered=False), DURING, "shown"),
    (facts(recorded=300, mode="recorded", delivered=False), AFTER, "not_delivered"),
    (facts(), BEFORE, "planned"),
    (facts(), DURING, "planned"),
    (facts(first_joined_at=START), DURING, "live"),
    (facts(first_joined_at=START), BEFORE, "planned"),
    (facts(live=300), DURING, "live"),
    (facts(recorded=300), DURING, "live"),
    (facts(live=2400), AFTER, "live"),
    (facts(live=2100, recorded=300), AFTER, "bridged"),
    (facts(recorded=2400), AFTER, "recorded"),
    (facts(live=2400, mode="embedded"), AFTER, "embedded"),
    (facts(recorded=2400, mode="observed"), AFTER, "observed"),
    (facts(live=300), AFTER, "not_delivered"),
    (facts(reported_missing=True), DURING, "not_delivered"),
    (facts(reported_missing=True, live=2400), AFTER, "live"),
    (facts(cancelled=True), BEFORE, "cancelled"),
    (facts(made_up=True), AFTER, "made_up"),
    (facts(cancelled=True, made_up=True), AFTER, "made_up"),
]


@pytest.mark.parametrize(("given_facts", "moment", "expected"), CASES)
def test_state(given_facts: Facts, moment: object, expected: str) -> None:
    assert state_of(given_facts, moment) == expected


def test_facets_stand_on_their_evidence() -> None:
    strip = facets_of(facts(live=2400, polled=True), AFTER, polled=True)
    assert [strip[name] for name in ("TEACH", "ATTEND", "PRACTISE")] == ["evidenced"] * 3
    assert {strip[name] for name in ("PREPARE", "RESEARCH", "EVALUATE", "PREVIEW", "ASSESS")} == {"not_built"}
    missed = facts(roll_call=None)
    assert facets_of(missed, BEFORE, polled=False)["TEACH"] == "due"
    late = facets_of(missed, AFTER, polled=True)
    assert [late[name] for name in ("TEACH", "ATTEND", "PRACTISE")] == ["late"] * 3
    assert facets_of(missed, AFTER, polled=False)["PRACTISE"] == "not_applicable"
    cancelled = facets_of(facts(cancelled=True, roll_call=None), BEFORE, polled=False)
    assert cancelled["TEACH"] == "not_applicable"
    assert sync_rate([strip, late, cancelled]) == (3, 6)


def test_a_breakdown_never_says_another_sum() -> None:
    assert breakdown([2400] * 18 + [2100] * 2 + [0]) == "18×40 + 2×35"
    assert breakdown([20, 20, 20]) == ""
    assert breakdown([]) == ""
    assert breakdown([60, 120, 180, 240]) == ""


def test_page_and_file_use_the_same_words() -> None:
    assert {str(state): str(word) for state, word in STATE_WORDS.items()} == {
        state: str(sign.word) for state, sign in kit.RECEPTION_STATES.items()
    }
    assert set(STATE_WORDS) == set(ReceptionState)
    assert {name: str(full) for name, (_short, full) in kit.FACETS.items()} == {
        name: str(word) for name, word in FACET_NAMES.items()
    }
    for state, word in FACET_WORDS.items():
        assert str(kit.FACET_STATES[state].word) == str(word)
