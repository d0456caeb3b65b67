"""Builders of the fixture that every part must agree on: 22 points, one music lesson, Tuesday to Thursday."""

from datetime import timedelta
from uuid import uuid4

from tests.cast import TUESDAY, Cast, Point, actor_for, utc

from tongtang.lessons.api import Happened, record_evidence
from tongtang.lessons.models import EvidenceKind, Lesson, Reception

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
