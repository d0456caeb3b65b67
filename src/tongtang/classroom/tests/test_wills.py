"""What a classroom's screen left with push before it died comes into the ledger, and nothing else does."""

import json
from typing import Any
from uuid import uuid4

import pytest
from tests.cast import Cast, at_device

from tongtang.classroom.tasks import carry_out_wills
from tongtang.classroom.tests.stage import UnderWay, under_way
from tongtang.foundation.push import wills
from tongtang.lessons.api import figures_of
from tongtang.lessons.models import EvidenceKind, EvidenceRow


@pytest.fixture
def lesson(cast: Cast) -> UnderWay:
    assert list(wills.left()) == [], "wills of another test"
    return under_way(cast)


def joined(lesson: UnderWay, number: int = 0) -> dict[str, Any]:
    """A screen that has joined and holds nothing unreported yet."""
    client = str(uuid4())
    answer = lesson.post("join", lesson.cast.points[number], {"client": client}).json()
    return {"token": answer["will_token"], "client": client, "spans": []}


def seconds(lesson: UnderWay, number: int = 0) -> int:
    reception = lesson.reception(lesson.cast.points[number])
    return figures_of([reception])[reception.pk].live_seconds


def carry_out(*texts: str) -> None:
    wills.leave(texts)
    carry_out_wills.func()
    assert list(wills.left()) == []


def test_a_screen_that_died_has_its_last_seconds_and_is_gone(lesson: UnderWay) -> None:
    point, will = lesson.cast.points[0], joined(lesson)
    reported = lesson.span(0, 300)
    lesson.post("received", point, {"client": will["client"], "link": "hls", "quality": 3, "spans": [reported]})
    carry_out(json.dumps(will | {"spans": [reported, lesson.span(300, 309)]}))
    assert seconds(lesson) == 309
    assert at_device(point).get(lesson.url("wall-snapshot", point)).json()["room"]["screen"] is None
    assert EvidenceRow.objects.filter(kind=EvidenceKind.LEFT).count() == 1


def test_what_the_will_and_the_reopened_page_both_tell_counts_once(lesson: UnderWay) -> None:
    will = joined(lesson) | {"spans": [lesson.span(300, 309)]}
    carry_out(json.dumps(will))
    carry_out(json.dumps(will))
    lesson.received(lesson.cast.points[0], lesson.span(300, 312))
    assert seconds(lesson) == 12


def test_a_token_is_good_for_its_own_reception_alone(lesson: UnderWay) -> None:
    will = joined(lesson) | {"spans": [lesson.span(0, 60)]}
    carry_out(json.dumps(will))
    assert (seconds(lesson, 0), seconds(lesson, 1)) == (60, 0)


def test_what_is_no_true_will_changes_nothing_and_stops_no_other(lesson: UnderWay) -> None:
    will = joined(lesson)
    span = lesson.span(0, 60)
    bad = [
        "", "[]", "null", "{", "\x00", "[" * 5000, json.dumps({"token": will["token"]}),
        json.dumps(will | {"token": will["token"][:-1] + "!", "spans": [span]}),
        json.dumps(will | {"token": str(lesson.reception(lesson.cast.points[0]).public_id), "spans": [span]}),
        json.dumps(will | {"client": "nobody", "spans": [span]}),
        json.dumps(will | {"spans": [span | {"at": "now"}]}),
        json.dumps(will | {"spans": [span | {"at": 1e300}]}),
        json.dumps(will | {"spans": [span | {"uuid": "x"}]}),
        json.dumps(will | {"spans": "all"}),
        json.dumps(will | {"spans": [lesson.span(0, 60) | {"from": -5}]}),
        json.dumps(will | {"spans": [lesson.span(0, 10**9)]}),
        json.dumps(will | {"spans": [lesson.span(0, 60, mode="recorded")]}),
    ]  # fmt: skip
    carry_out(*bad)
    assert seconds(lesson) == 0
    carry_out(*bad, json.dumps(will | {"spans": [span]}), *bad)
    assert seconds(lesson) == 60
