"""Several people change the timetable at once: every order holds whole or not at all."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

import pytest
import time_machine
from django.db import OperationalError, connections
from tests.cast import TUESDAY, Cast, actor_for, make_cast, person, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Specialist
from tongtang.lessons.api import Receiver, cancel_lesson
from tongtang.lessons.api import Refused as LessonRefused
from tongtang.lessons.api import add_lesson as add_extra
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import Studio
from tongtang.timetable.orders.actions import apply_order
from tongtang.timetable.orders.requests import Move
from tongtang.timetable.orders.tests.ground import add_lesson, base_rows, clashes, draft, more_points

Done = TypeVar("Done")
WEDNESDAY = TUESDAY + timedelta(days=1)
RECEPTIONS = 36


def at_once(works: list[Callable[[], bool]]) -> list[bool]:
    """The works, begun at the same moment, each on a connection of its own."""
    start = Barrier(len(works))

    def run(work: Callable[[], bool]) -> bool:
        start.wait(20)
        try:
            return waiting(work)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def waiting(work: Callable[[], Done]) -> Done:
    """The test's SQLite is one cache in memory, which refuses at once where a file would wait for the other writer."""
    for _attempt in range(500):
        try:
            return work()
        except OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.02)
    raise TimeoutError


def another(cast: Cast, number: int):
    made = person(f"主讲{number}", f"t2{number}", Role.ANCHOR_TEACHER, school=cast.anchor)
    Specialist.objects.create(alliance=cast.alliance, person=made, valid_from=TUESDAY - timedelta(days=30))
    studio = Studio.objects.create(
        county_code=cast.county.code, source_id=f"s2{number}", school=cast.anchor, name=f"演播室{number}"
    )
    return made, studio


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("by_hand", [False, True])
def test_one_change_of_the_anchor_holds_for_all_36_or_for_none(by_hand: bool, emptied_evidence: None) -> None:
    cast = make_cast()
    more_points(cast, RECEPTIONS)
    rivals = [another(cast, number) for number in range(3)]
    with time_machine.travel(utc(TUESDAY - timedelta(days=1), 20), tick=False):
        lessons = [add_lesson(cast, utc(TUESDAY, 8, 40), group="g0")]
        for number, (teacher, studio) in enumerate(rivals[:2]):
            day = TUESDAY + timedelta(days=2 + number)
            lessons.append(add_lesson(cast, utc(day, 8, 40), teacher=teacher, studio=studio, group=f"g{number + 1}"))
        orders = [draft(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30))) for lesson in lessons]
        base, actor = base_rows(), actor_for(cast.officer)
        works = [lambda one=one: apply_order(actor=actor, order=one).possible for one in orders]
        works.append(lambda: apply_order(actor=actor, order=orders[0]).possible)
        works.append(lambda: extra(cast, *rivals[2]))
        if by_hand:
            works.append(lambda: by_another(lambda: cancel_lesson(actor=actor, lesson=lessons[0], reason="停电")))
        done = at_once(works)
        assert clashes() == []
        assert base_rows() == base
        for lesson in lessons:
            lesson.refresh_from_db()
            places = set(Reception.objects.filter(lesson=lesson).values_list("date", "starts_at", "active"))
            assert places == {(lesson.date, lesson.starts_at, lesson.active)}
        # One of them has the classes on Wednesday at 9:30.
        assert Lesson.objects.filter(starts_at=utc(WEDNESDAY, 9, 30), active=True).count() <= 1
        assert any(done)


def by_another(work: Callable[[], object]) -> bool:
    """Whether it was done; a refusal in a sentence is no fault."""
    try:
        work()
    except LessonRefused:
        return False
    return True


def extra(cast: Cast, teacher, studio) -> bool:
    """An extra lesson outside all orders, for one class of the 36."""
    one = cast.points[17]
    return by_another(
        lambda: add_extra(
            alliance=cast.alliance,
            subject=cast.alliance.courses.first().subject,
            title="",
            teacher=teacher,
            studio=studio,
            starts_at=utc(WEDNESDAY, 9, 40),
            ends_at=utc(WEDNESDAY, 10, 20),
            changeover=timedelta(minutes=10),
            receivers=[Receiver(one.home_class, one.room, 2)],
        )
    )
