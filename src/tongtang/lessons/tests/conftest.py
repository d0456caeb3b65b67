"""The agreed fixture, for all tests of lessons."""

import pytest
import time_machine
from tests.cast import TUESDAY, Cast, add_lesson, make_cast, utc

from tongtang.lessons.models import Lesson
from tongtang.lessons.tests.agreed_fixture import SIZES, Log, hand_over, logs_of_tuesday


@pytest.fixture
def played(db: None) -> tuple[Cast, Lesson, list[Log]]:
    """22 points and their logs of Tuesday, handed over by 18:00."""
    cast = make_cast(22, SIZES)
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    logs = logs_of_tuesday(cast, lesson)
    with time_machine.travel(utc(TUESDAY, 18), tick=False):
        for one, log in zip(cast.points, logs, strict=True):
            assert hand_over(one, lesson.receptions.get(home_class=one.home_class), log) == len(log)
    return cast, lesson, logs
