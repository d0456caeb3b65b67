"""The fixture that every part must agree on: 22 points, one music lesson, Tuesday to Thursday."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from tests.cast import TUESDAY, Cast, Point, actor_for, add_lesson, make_cast, utc

from tongtang.lessons.api import (
    Happened,
    arrange_make_up,
    figures_of,
    record_evidence,
    rounded_minutes,
    totals_of,
)
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson, Reception
from tongtang.lessons.queries import shortfall_of, workload_of

WEDNESDAY, THURSDAY = TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2)
SIZES = [11, 12, 11, 5, 14, 11, 9, 7, 16, 12, 8, 18, 21, 10, 6, 15, 9, 17, 8, 19, 14, 12]
Log = list[Happened]


def received(lesson: Lesson, start: int, end: int, mode: str, shown: timedelta = timedelta()) -> Log:
    """Ten-second reports of a page: seconds of the slot, shown `shown` later than live."""
    step = 10
    return [
        Happened(
            EvidenceKind.RECEIVED,
            lesson.starts_at + shown + timedelta(seconds=second + step),
            {"from": second, "to": second + step, "mode": mode},
            uuid4(),
        )
        for second in range(start, end, step)
    ]


def roll_call(one: Point, moment: object) -> Log:
    ids = [str(pupil.public_id) for pupil in one.pupils]
    payload = {"present": ids[1:], "absent": [], "on_leave": ids[:1]}
    return [Happened(EvidenceKind.ROLL_CALL, moment, payload, uuid4())]


def hand_over(one: Point, reception: Reception, log: Log) -> int:
    return record_evidence(actor=actor_for(one.local), reception=reception, rows=log)


def logs_of_tuesday(cast: Cast, lesson: Lesson) -> list[Log]:
    """18 live, 2 bridged for 5 minutes, 1 recorded at 15:10, 1 that heard nothing."""
    logs: list[Log] = []
    for number, one in enumerate(cast.points):
        call = roll_call(one, utc(TUESDAY, 10, 33))
        if number < 18:
            logs.append(received(lesson, 0, 2400, "live") + call)
        elif number < 20:
            bridged = received(lesson, 600, 900, "recorded")
            logs.append(received(lesson, 0, 600, "live") + bridged + received(lesson, 900, 2400, "live") + call)
        elif number == 20:
            later = timedelta(hours=4, minutes=40)
            logs.append(received(lesson, 0, 2400, "recorded", later) + roll_call(one, utc(TUESDAY, 15, 12)))
        else:
            reason = {"reason": "线路中断"}
            logs.append([Happened(EvidenceKind.NOT_DELIVERED, utc(TUESDAY, 10, 50), reason, uuid4())])
    return logs


@pytest.fixture
def played(db: None) -> tuple[Cast, Lesson, list[Log]]:
    cast = make_cast(22, SIZES)
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    logs = logs_of_tuesday(cast, lesson)
    with time_machine.travel(utc(TUESDAY, 18), tick=False):
        for one, log in zip(cast.points, logs, strict=True):
            assert hand_over(one, lesson.receptions.get(home_class=one.home_class), log) == len(log)
    return cast, lesson, logs


def totals(lesson: Lesson, as_of: object = None) -> tuple[int, int, int, int, int]:
    found = totals_of(figures_of(list(lesson.receptions.all()), as_of))
    minutes = rounded_minutes(found.live_seconds), rounded_minutes(found.recorded_seconds)
    return found.planned, found.delivered, *minutes, found.present


def test_tuesday(played: tuple[Cast, Lesson, list[Log]]) -> None:
    cast, lesson, _logs = played
    reached = sum(SIZES[:21]) - 21
    assert totals(lesson) == (22, 21, 790, 50, reached)
    workload = workload_of(cast.teacher.pk, TUESDAY, TUESDAY)
    assert (workload.taught, workload.received) == (1, 21)


def test_replaying_every_log_twice_changes_nothing(played: tuple[Cast, Lesson, list[Log]]) -> None:
    cast, lesson, logs = played
    before, rows = totals(lesson), EvidenceRow.objects.count()
    for _ in range(2):
        for one, log in zip(cast.points, logs, strict=True):
            assert hand_over(one, lesson.receptions.get(home_class=one.home_class), log) == 0
    assert (totals(lesson), EvidenceRow.objects.count()) == (before, rows)


def test_the_make_up_of_thursday_restores_and_the_frozen_wednesday_stays(
    played: tuple[Cast, Lesson, list[Log]],
) -> None:
    cast, lesson, _logs = played
    missed_by = cast.points[21]
    missed = lesson.receptions.get(home_class=missed_by.home_class)
    frozen_at = utc(WEDNESDAY, 18)
    span = (missed_by.home_class.pk, "music", date(2026, 4, 13), date(2026, 4, 19))
    assert shortfall_of(*span) == 1
    with time_machine.travel(utc(WEDNESDAY, 18, 30), tick=False):
        frozen = totals(lesson, frozen_at)
        made = arrange_make_up(
            actor=actor_for(cast.officer),
            missed=missed,
            starts_at=utc(THURSDAY, 11, 20),
            changeover=timedelta(minutes=10),
            room=missed_by.room,
            studio=cast.studio,
        )
        assert shortfall_of(*span) == 1
    with time_machine.travel(utc(THURSDAY, 12, 10), tick=False):
        log = received(made.lesson, 0, 2400, "live") + roll_call(missed_by, utc(THURSDAY, 11, 21))
        hand_over(missed_by, made, log)
    assert shortfall_of(*span) == 0
    assert totals(lesson, frozen_at) == frozen == (22, 21, 790, 50, sum(SIZES[:21]) - 21)
    assert totals(lesson)[1:4] == (21, 790, 50)
    workload = workload_of(cast.teacher.pk, TUESDAY, THURSDAY)
    assert (workload.taught, workload.received) == (1, 22)
