"""The fixture that every part must agree on: 22 points, one music lesson, Tuesday to Thursday."""

from datetime import date, timedelta

import time_machine
from tests.cast import TUESDAY, Cast, actor_for, utc

from tongtang.lessons.api import arrange_make_up, figures_of, rounded_minutes, totals_of
from tongtang.lessons.models import EvidenceRow, Lesson
from tongtang.lessons.queries import shortfall_of, workload_of
from tongtang.lessons.tests.agreed_fixture import (
    SIZES,
    THURSDAY,
    WEDNESDAY,
    Log,
    hand_over,
    received,
    roll_call,
)


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
