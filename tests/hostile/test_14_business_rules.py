"""Class 14: what the rules of lessons, polls, approvals and consent forbid is not had by asking in another way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from tests.cast import TUESDAY, Cast, Point, actor_for, add_lesson, at_device, signed_in, utc
from tongtang.classroom.actions.session import close_poll, end_lesson, open_poll
from tongtang.classroom.models import LiveSession, Poll, PollCount, RaisedHand
from tongtang.classroom.tests.stage import UnderWay, entry, under_way
from tongtang.classroom.tests.test_phone import roll
from tongtang.foundation import clock
from tongtang.lessons.api import figures_of, happened, record_evidence
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Reception
from tongtang.lessons.queries import shortfall_of, workload_of
from tongtang.people.models import Person

TAKEN = {"recorded", "known"}


@pytest.fixture
def lesson(cast: Cast) -> UnderWay:
    return under_way(cast)


def point_of(lesson: UnderWay) -> Point:
    return lesson.cast.points[0]


def figures(lesson: UnderWay) -> Any:
    reception = lesson.reception(point_of(lesson))
    return figures_of([reception])[reception.pk]


# ---- attendance


def ids(point: Point) -> list[str]:
    return [str(pupil.public_id) for pupil in point.pupils]


ROLL_CALLS: dict[str, Callable[[UnderWay], Any]] = {
    "another class's": lambda one: {"present": ids(one.cast.points[1]), "absent": [], "on_leave": []},
    "one's own and another's": lambda one: {
        "present": ids(point_of(one)) + ids(one.cast.points[1]), "absent": [], "on_leave": []
    },
    "more present than there are": lambda one: {
        "present": [*ids(point_of(one)), str(uuid4())], "absent": [], "on_leave": []
    },
    "everybody twice": lambda one: {"present": ids(point_of(one)) * 2, "absent": [], "on_leave": []},
    "present and absent": lambda one: {"present": ids(point_of(one)), "absent": ids(point_of(one)), "on_leave": []},
    "present and on leave": lambda one: {
        "present": ids(point_of(one)), "absent": [], "on_leave": ids(point_of(one))[:1]
    },
    "one left out": lambda one: {"present": ids(point_of(one))[1:], "absent": [], "on_leave": []},
    "nobody": lambda one: {"present": [], "absent": [], "on_leave": []},
    "a number of heads": lambda one: {"present": 5, "absent": 0, "on_leave": 0},
    "numbers as lists": lambda one: {"present": [1, 2, 3, 4, 5], "absent": [], "on_leave": []},
    "names": lambda one: {"present": [pupil.name for pupil in point_of(one).pupils], "absent": [], "on_leave": []},
    "keys of rows": lambda one: {"present": [pupil.pk for pupil in point_of(one).pupils], "absent": [], "on_leave": []},
    "a text": lambda one: {"present": "".join(ids(point_of(one)))},
    "an object": lambda one: {"present": dict.fromkeys(ids(point_of(one)), True)},
    "nested": lambda one: {"present": [ids(point_of(one))]},
    "the teachers": lambda one: {"present": [str(one.cast.teacher.public_id)] * 5},
    "a list of its own": lambda one: {"here": ids(point_of(one))},
    "head counts beside": lambda one: {"present": [], "absent": [], "on_leave": [], "count": 500, "enrolled": 500},
    "ten thousand": lambda one: {"present": [str(uuid4()) for _n in range(2000)]},
    "null": lambda one: {"present": None, "absent": None, "on_leave": None},
}  # fmt: skip


@pytest.mark.parametrize("name", ROLL_CALLS)
def test_no_roll_call_but_that_of_the_class(lesson: UnderWay, name: str) -> None:
    forged = entry("roll_call", ROLL_CALLS[name](lesson))
    assert lesson.hand_over(point_of(lesson), forged)[forged["uuid"]] not in TAKEN
    assert figures(lesson).roll_call is None


def test_nobody_calls_the_roll_of_another_class(lesson: UnderWay) -> None:
    other = lesson.cast.points[1]
    body = {"entries": [entry("roll_call", {"present": ids(point_of(lesson)), "absent": [], "on_leave": []})]}
    for client in (signed_in(other.local), at_device(point_of(lesson)), signed_in(lesson.cast.teacher), Client()):
        answer = lesson.post("hand-over", point_of(lesson), body, client)
        assert answer.status_code in (302, 404)
    assert figures(lesson).roll_call is None


WHENS = {"an hour ahead": 3600, "a minute ahead": 60, "two days before": -2 * 86_400, "year one": -62_135_596_800.0,
         "before 1970": -1e9, "a year ago": -370 * 86_400, "the year 9999": 253_402_300_000.0}  # fmt: skip


@pytest.mark.parametrize("name", WHENS)
@pytest.mark.parametrize("kind", ["roll_call", "note", "hand"])
def test_nothing_happened_at_another_time(lesson: UnderWay, name: str, kind: str) -> None:
    when = WHENS[name] if abs(WHENS[name]) > 1e9 - 1 else clock.now().timestamp() + WHENS[name]
    payloads: dict[str, Any] = {"roll_call": roll(lesson), "note": {"text": "x"}, "hand": {"raised": True}}
    forged = entry(kind, payloads[kind]) | {"at": when}
    answer = lesson.post("hand-over", point_of(lesson), {"entries": [forged]}, signed_in(point_of(lesson).local))
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert answer.json()["answers"][forged["uuid"]] not in TAKEN
    assert not EvidenceRow.objects.filter(uuid=forged["uuid"]).exists()


def test_a_figure_that_was_frozen_stays(lesson: UnderWay) -> None:
    """Whatever is handed over later, and however early it is dated."""
    point, reception = point_of(lesson), lesson.reception(point_of(lesson))
    lesson.hand_over(point, entry("roll_call", roll(lesson)))
    lesson.received(point, lesson.span(0, 300))
    frozen_at = clock.now()
    frozen = figures_of([reception], frozen_at)[reception.pk]
    with time_machine.travel(frozen_at + timedelta(minutes=5), tick=True):
        early = entry("roll_call", roll(lesson, absent=0)) | {"at": frozen_at.timestamp() - 120}
        assert lesson.hand_over(point, early)[early["uuid"]] == "recorded"
        lesson.received(point, lesson.span(0, 600))
        assert figures_of([reception], frozen_at)[reception.pk] == frozen
        assert figures_of([reception])[reception.pk] != frozen


# ---- seconds


def span(start: Any, end: Any, **more: Any) -> Callable[[UnderWay], list[dict[str, Any]]]:
    return lambda one: [{**one.span(0, 10), "from": start, "to": end, **more}]


def twice(one: UnderWay) -> list[dict[str, Any]]:
    row = one.span(0, 60)
    return [row, row]


SECONDS: dict[str, tuple[Callable[[UnderWay], list[dict[str, Any]]], int]] = {
    "the same row twice": (twice, 60),
    "the same seconds a hundred times": (lambda one: [one.span(0, 60) for _n in range(100)], 60),
    "overlapping": (lambda one: [one.span(n, n + 60) for n in range(0, 60, 5)], 115),
    "one within another": (lambda one: [one.span(0, 60), one.span(10, 20)], 60),
    "backwards": (span(60, 0), 0),
    "none at all": (span(60, 60), 0),
    "ahead of now": (span(0, 2400), 0),
    "wholly ahead of now": (span(1200, 2400), 0),
    "longer than the slot": (span(0, 86_400), 0),
    "after the slot": (span(2400, 2460), 0),
    "before the lesson": (span(-600, -10), 0),
    "long before the lesson": (span(-86_400, 0), 0),
    "recorded ones from a screen": (span(0, 60, mode="recorded"), 0),
    "of no mode": (span(0, 60, mode=""), 0),
    "of a made-up mode": (span(0, 60, mode="LIVE"), 0),
    "of a list of modes": (span(0, 60, mode=["live"]), 0),
    "fractions": (span(0.5, 60.5), 0),
    "texts": (span("0", "60"), 0),
    "booleans": (span(False, True), 0),
    "nothing": (span(None, None), 0),
    "lists": (span([0], [60]), 0),
    "vast": (span(0, 10**12), 0),
    "vast and negative": (span(-(10**12), 60), 0),
    "beyond any calendar": (span(-(10**30), 10**30), 0),
    "beyond 64 bits": (span(0, 2**64), 0),
    "of a thousand digits": (span(0, 10**1000), 0),
    "of a day to come": (span(0, 60, at=4_000_000_000), 0),
    "of year one": (span(0, 60, at=-62_135_596_800), 0),
    "of last year": (span(0, 60, at=1_700_000_000 - 10**8), 0),
    "infinite": (span(0, float("inf")), 0),
}


@pytest.mark.parametrize("name", SECONDS)
def test_no_second_counts_twice_or_before_it_was(lesson: UnderWay, name: str) -> None:
    make, most = SECONDS[name]
    body = {"client": str(uuid4()), "spans": make(lesson)}
    for _replay in range(2):
        answer = lesson.post("received", point_of(lesson), body)
        assert answer.status_code in (200, 400)
    assert figures(lesson).live_seconds + figures(lesson).recorded_seconds <= most
    page = signed_in(lesson.cast.officer).get(f"/lessons/{lesson.lesson.public_id}")
    assert page.status_code == 200


def test_nobody_reports_the_seconds_of_another_class(lesson: UnderWay) -> None:
    reception = lesson.reception(point_of(lesson))
    other = lesson.cast.points[1]
    for client in (at_device(other), signed_in(other.local), signed_in(lesson.cast.teacher), Client()):
        body = {"client": str(uuid4()), "spans": [lesson.span(0, 60)]}
        assert lesson.post("received", point_of(lesson), body, client).status_code in (302, 404)
    own = lesson.span(0, 60)
    assert lesson.received(point_of(lesson), own)[own["uuid"]] == "recorded"
    assert set(lesson.received(other, own).values()) & TAKEN == set()
    assert EvidenceRow.objects.filter(kind=EvidenceKind.RECEIVED).values_list("reception", flat=True).get() == (
        reception.pk
    )


def test_seconds_after_the_end_do_not_count(lesson: UnderWay) -> None:
    end_lesson(actor=actor_for(lesson.cast.teacher), lesson=lesson.lesson, now=clock.now())
    with time_machine.travel(clock.now() + timedelta(minutes=30), tick=True):
        late = lesson.span(700, 1200)
        assert set(lesson.received(point_of(lesson), late).values()) & TAKEN == set()
    assert figures(lesson).live_seconds == 0


# ---- polls and hands


def ballot(**more: Any) -> Callable[[UnderWay, Poll], dict[str, Any]]:
    return lambda one, poll: entry("poll", {"poll": str(poll.public_id), "counts": [1, 1], **more})


def of_another_lesson(one: UnderWay, _poll: Poll) -> dict[str, Any]:
    now = clock.now()
    other = add_lesson(one.cast, now + timedelta(hours=3), teacher=None, studio=None)
    session = LiveSession.objects.create(lesson=other, opened_at=now, started_at=now)
    poll = Poll.objects.create(session=session, question="几拍？", options=["二", "三"], opened_at=now)
    return entry("poll", {"poll": str(poll.public_id), "counts": [1, 1]})


STUFFED: dict[str, Callable[[UnderWay, Poll], dict[str, Any]]] = {
    "one more than heads": ballot(counts=[3, 3]),
    "a thousand": ballot(counts=[1000, 0]),
    "a balance": ballot(counts=[10, -5]),
    "negative": ballot(counts=[-1, -1]),
    "beyond 64 bits": ballot(counts=[2**64, 0]),
    "fractions": ballot(counts=[0.5, 0.5]),
    "texts": ballot(counts=["5", "0"]),
    "booleans": ballot(counts=[True, True]),
    "null": ballot(counts=None),
    "nulls": ballot(counts=[None, None]),
    "nested": ballot(counts=[[1], [1]]),
    "an object": ballot(counts={"0": 5}),
    "one option more": ballot(counts=[1, 1, 1]),
    "one option less": ballot(counts=[1]),
    "no options": ballot(counts=[]),
    "nobody's question": ballot(poll=str(uuid4())),
    "a list of questions": ballot(poll=["x"]),
    "no question": ballot(poll=None),
    "the question's key": lambda one, poll: entry("poll", {"poll": poll.pk, "counts": [1, 1]}),
    "of another lesson": of_another_lesson,
    "long after it was closed": lambda one, poll: ballot()(one, poll) | {"at": clock.now().timestamp() + 25},
    "before it was asked": lambda one, poll: ballot()(one, poll) | {"at": poll.opened_at.timestamp() - 60},
    "yesterday": lambda one, poll: ballot()(one, poll) | {"at": poll.opened_at.timestamp() - 80_000},
}


@pytest.mark.parametrize("name", STUFFED)
def test_no_ballot_is_stuffed(lesson: UnderWay, name: str) -> None:
    point, actor = point_of(lesson), actor_for(lesson.cast.teacher)
    poll = open_poll(actor=actor, lesson=lesson.lesson, question="第二句从哪个音起？", options=["mi", "sol"])
    honest = entry("poll", {"poll": str(poll.public_id), "counts": [1, 2]})
    assert lesson.hand_over(point, honest)[honest["uuid"]] == "recorded"
    if name == "long after it was closed":
        Poll.objects.filter(pk=poll.pk).update(closed_at=clock.now() - timedelta(seconds=30))
    forged = STUFFED[name](lesson, poll)
    assert lesson.hand_over(point, forged)[forged["uuid"]] not in TAKEN
    assert PollCount.objects.get().counts == [1, 2]


def test_many_answers_of_a_class_are_one(lesson: UnderWay) -> None:
    actor, poll_of = actor_for(lesson.cast.teacher), {"question": "几拍？", "options": ["二", "三"]}
    poll = open_poll(actor=actor, lesson=lesson.lesson, **poll_of)
    for _n in range(30):
        lesson.hand_over(point_of(lesson), entry("poll", {"poll": str(poll.public_id), "counts": [5, 0]}))
    address = f"/classroom/lessons/{lesson.lesson.public_id}/studio/snapshot"
    tally = signed_in(lesson.cast.teacher).get(address).json()["tally"]
    assert (tally["classes"], tally["counts"]) == (1, [5, 0])
    close_poll(actor=actor, lesson=lesson.lesson)
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=True):
        late = entry("poll", {"poll": str(poll.public_id), "counts": [0, 5]})
        assert lesson.hand_over(point_of(lesson), late)[late["uuid"]] not in TAKEN
    Reception.objects.filter(pk=lesson.reception(lesson.cast.points[1]).pk).update(active=False)
    outside = entry("poll", {"poll": str(poll.public_id), "counts": [5, 0]})
    assert lesson.hand_over(lesson.cast.points[1], outside)[outside["uuid"]] not in TAKEN
    assert [row.counts for row in PollCount.objects.all()] == [[5, 0]]


def test_no_hand_goes_up_for_another_class_or_after_the_end(lesson: UnderWay) -> None:
    other = lesson.cast.points[1]
    body = {"entries": [entry("hand", {"raised": True})]}
    for client in (signed_in(other.local), at_device(other), signed_in(lesson.cast.teacher)):
        assert lesson.post("hand-over", point_of(lesson), body, client).status_code == 404
    end_lesson(actor=actor_for(lesson.cast.teacher), lesson=lesson.lesson, now=clock.now())
    lesson.hand_over(point_of(lesson), entry("hand", {"raised": True}))
    assert not RaisedHand.objects.filter(lowered_at=None).exists()


# ---- make-ups


@pytest.fixture
def missed(cast: Cast) -> Reception:
    return add_lesson(cast, utc(TUESDAY, 10, 30)).receptions.get(home_class=cast.points[0].home_class)


def arrange(who: Person, missed: Reception, slot: str, **more: str) -> int:
    address = f"/timetable/receptions/{missed.public_id}/make-up"
    return signed_in(who).post(address, {"slot": slot, **more}).status_code


def deliver(one: Reception) -> None:
    """The whole of it was received with the whole class."""
    pupils = [str(row.pupil.public_id) for row in one.home_class.enrolments.all()]
    rows = [
        happened(EvidenceKind.RECEIVED, one.ends_at, {"from": 0, "to": 2400, "mode": "live"}),
        happened(EvidenceKind.ROLL_CALL, one.ends_at, {"present": pupils, "absent": [], "on_leave": []}),
    ]
    record_evidence(actor=None, reception=one, rows=rows, now=one.ends_at)


@time_machine.travel(utc(TUESDAY, 18), tick=False)
def test_a_make_up_is_made_up_no_further(cast: Cast, missed: Reception) -> None:
    teacher = cast.teacher
    assert arrange(teacher, missed, "2026-04-15T09:30") == 302
    made = Reception.objects.get(make_up_of=missed)
    assert arrange(teacher, missed, "2026-04-16T09:30") == 400
    assert arrange(teacher, made, "2026-04-16T09:30") == 400, "it has not been missed"
    days = (TUESDAY - timedelta(days=1), TUESDAY + timedelta(days=10))
    with time_machine.travel(made.ends_at + timedelta(minutes=1), tick=False):
        deliver(made)
        assert arrange(teacher, made, "2026-04-16T09:30") == 400, "it was received"
        assert arrange(teacher, missed, "2026-04-16T09:30") == 400
        workload = workload_of(teacher.pk, *days)
        assert (workload.taught, workload.received) == (0, 1)
        assert shortfall_of(missed.home_class_id, missed.lesson.subject_id, *days) == 0
    assert Reception.objects.filter(active=True, make_up_of__isnull=False).count() == 1


@time_machine.travel(utc(TUESDAY, 18), tick=False)
def test_a_make_up_that_was_missed_and_made_up_pays_for_one_period(cast: Cast, missed: Reception) -> None:
    assert arrange(cast.teacher, missed, "2026-04-15T09:30") == 302
    first = Reception.objects.get(make_up_of=missed)
    with time_machine.travel(first.ends_at + timedelta(minutes=1), tick=False):
        assert arrange(cast.teacher, first, "2026-04-16T09:30") in (302, 400)
        for second in Reception.objects.filter(make_up_of=first):
            with time_machine.travel(second.ends_at + timedelta(minutes=1), tick=False):
                deliver(second)
        days = (TUESDAY - timedelta(days=1), TUESDAY + timedelta(days=10))
        assert workload_of(cast.teacher.pk, *days).taught == 0
        assert 0 <= shortfall_of(missed.home_class_id, missed.lesson.subject_id, *days) <= 1


FOREIGN_SLOTS = {
    "another school's room": lambda cast: {"room": str(cast.points[1].room.public_id)},
    "a room that is none": lambda cast: {"room": str(uuid4())},
    "a room's key": lambda cast: {"room": str(cast.points[0].room.pk)},
    "a studio that is none": lambda cast: {"studio": str(uuid4())},
    "a school as studio": lambda cast: {"studio": str(cast.anchor.public_id)},
    "the past": lambda cast: {"date": "2026-04-13"},
    "outside the term": lambda cast: {"date": "2027-04-13"},
    "year one": lambda cast: {"date": "0001-01-01"},
    "year 9999": lambda cast: {"date": "9999-12-31"},
    "no time": lambda cast: {"time": ""},
}


@time_machine.travel(utc(TUESDAY, 18), tick=False)
@pytest.mark.parametrize("name", FOREIGN_SLOTS)
def test_no_make_up_where_there_is_no_place(cast: Cast, missed: Reception, name: str) -> None:
    good = {"date": "2026-04-15", "time": "15:10", "room": str(missed.room.public_id)}
    good |= {"studio": str(cast.studio.public_id)}
    assert arrange(cast.teacher, missed, "other", **{**good, **FOREIGN_SLOTS[name](cast)}) == 400
    assert not Reception.objects.filter(make_up_of=missed).exists()


def test_there_are_enough_samples() -> None:
    assert all(len(samples) >= 20 for samples in (ROLL_CALLS, SECONDS, STUFFED))
