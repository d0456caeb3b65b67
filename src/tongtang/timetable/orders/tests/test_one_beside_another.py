"""Two change the timetable at the same moment: the second one sees what the first one did."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, connections, transaction
from tests.cast import LONG_AGO, TUESDAY, Cast, Point, actor_for, make_cast, person, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Alliance, Membership, Specialist, Topology
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import HomeClass, ReceivingRoom, School, Studio
from tongtang.people.models import Post
from tongtang.timetable.actions import Refused
from tongtang.timetable.orders.actions import apply_order, make_order, withdraw_order
from tongtang.timetable.orders.requests import Move, Substitute
from tongtang.timetable.orders.tests.ground import add_lesson, clashes, draft, teaches
from tongtang.timetable.orders.tests.test_publishing import publish, ready_county
from tongtang.timetable.orders.tests.test_together import waiting
from tongtang.timetable.tasks import end_receptions

WEDNESDAY, FRIDAY = TUESDAY + timedelta(days=1), date(2026, 4, 17)


def second_alliance(cast: Cast) -> tuple[Alliance, dict[str, object]]:
    """Another anchor that the first point receives from, and the values of its lessons."""
    anchor = School.objects.create(
        county_code=cast.county.code, source_id="a02", name="第二实验小学", kind="anchor_school",
        region_code=cast.county.code, bell_schedule=cast.bell, link_mbps=100, max_streams=1,
    )  # fmt: skip
    alliance = Alliance.objects.create(
        name="第二联盟", region_code=cast.county.code, topology=Topology.DEDICATED, anchor_school=anchor,
        max_classes_per_lesson=3, max_pupils_per_lesson=45, valid_from=LONG_AGO,
    )  # fmt: skip
    Membership.objects.create(
        alliance=alliance, school=cast.points[0].school, state="active", applied_on=LONG_AGO, valid_from=LONG_AGO
    )
    teacher = person("黄欣然", "t09", Role.ANCHOR_TEACHER, school=anchor)
    Specialist.objects.create(alliance=alliance, person=teacher, valid_from=LONG_AGO)
    studio = Studio.objects.create(county_code=cast.county.code, source_id="s02", school=anchor, name="第2演播室")
    return alliance, {"alliance": alliance, "school": anchor, "teacher": teacher, "studio": studio}


def is_waiting() -> bool:
    """Whether somebody waits for a lock of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def one_beside_another(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """What both give: the second one begins when the first one is done and not yet committed."""

    def beside() -> Any:
        try:
            return waiting(second)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            done = first()
            work = pool.submit(beside)
            until_done_or_waiting(work)
        return done, work.result(60)


def until_done_or_waiting(work: "Future[Any]") -> None:
    while not work.done() and not (connection.vendor == "postgresql" and is_waiting()):
        if connection.vendor != "postgresql":
            return
        time.sleep(0.02)


def second_class(one: Point) -> Point:
    """Another class of the point's school with a room of its own; the link still carries one lesson at once."""
    home = HomeClass.objects.create(
        county_code=one.school.county_code, source_id="p01-g4", school=one.school, name="四年级班", grades=[4],
        pupil_count=5,
    )  # fmt: skip
    return replace(one, home_class=home, room=ReceivingRoom.objects.create(school=one.school, number=2))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_alliances_at_once_do_not_fill_a_schools_link_beyond_what_it_carries(emptied_evidence: None) -> None:
    cast = make_cast()
    other, values = second_alliance(cast)
    with time_machine.travel(utc(TUESDAY - timedelta(days=1), 20), tick=False):
        actor = actor_for(cast.officer)
        first = add_lesson(cast, utc(TUESDAY, 8, 40), cast.points[:1])
        second = add_lesson(cast, utc(FRIDAY, 10, 30), [second_class(cast.points[0])], **values)
        to = utc(WEDNESDAY, 9, 30)
        one = make_order(actor=actor, alliance=cast.alliance, request=Move(first.public_id, to), reason="试")
        two = make_order(actor=actor, alliance=other, request=Move(second.public_id, to), reason="试")

        done, found = one_beside_another(
            lambda: apply_order(actor=actor, order=one), lambda: apply_order(actor=actor, order=two)
        )
        assert done.possible
        assert clashes() == []
        assert {reason.code for reason in found.reasons} == {"streams"}
        assert Reception.objects.filter(starts_at=to, active=True).count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("plan_first", [False, True])
def test_a_plan_and_an_order_at_once(plan_first: bool, emptied_evidence: None) -> None:
    cast = ready_county(make_cast())
    with time_machine.travel(utc(FRIDAY - timedelta(days=7), 12), tick=False):
        assert publish(cast, 2).added > 8
        lesson, actor = Lesson.objects.get(date=TUESDAY), actor_for(cast.officer)
        made = draft(cast, Move(lesson.public_id, utc(FRIDAY, 9, 30)))

        def order_it() -> bool:
            return apply_order(actor=actor, order=made).possible

        def publish_it() -> str:
            try:
                return f"moved {publish(cast, 3).moved}"
            except Refused as refused:
                return str(refused)

        works = (publish_it, order_it) if plan_first else (order_it, publish_it)
        found = one_beside_another(*works)
        lesson.refresh_from_db()
        assert clashes() == []
        assert (lesson.starts_at, found[plan_first]) == (utc(FRIDAY, 9, 30), True)
        weekdays = set(Lesson.objects.exclude(pk=lesson.pk).values_list("date__iso_week_day", flat=True))
        if plan_first:
            # The order moves the lesson from where the new plan has it, and that is where it goes back to.
            assert weekdays == {3}
            assert withdraw_order(actor=actor, order=made, reason="不调了").possible
            lesson.refresh_from_db()
            assert lesson.date == WEDNESDAY
        else:
            assert weekdays == {2}
            assert "2026-04-17" in found[1]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_alliances_at_once_do_not_give_somebody_more_lessons_than_the_post_holds(emptied_evidence: None) -> None:
    cast = make_cast()
    other, values = second_alliance(cast)
    shared = teaches(person("柳青", "t31", Role.ANCHOR_TEACHER, school=cast.anchor), "music", cap=1)
    Post.objects.create(
        person=shared, school=other.anchor_school, subjects=["music"], weekly_cap=0, valid_from=LONG_AGO
    )
    for each in (cast.alliance, other):
        Specialist.objects.create(alliance=each, person=shared, valid_from=LONG_AGO)
    with time_machine.travel(utc(TUESDAY - timedelta(days=1), 20), tick=False):
        actor = actor_for(cast.officer)
        first = add_lesson(cast, utc(TUESDAY, 8, 40), cast.points[1:2])
        second = add_lesson(cast, utc(FRIDAY, 10, 30), cast.points[:1], **values)
        one, two = (
            make_order(
                actor=actor, alliance=alliance, request=Substitute((lesson.public_id,), shared.public_id), reason="试"
            )
            for alliance, lesson in ((cast.alliance, first), (other, second))
        )
        done, found = one_beside_another(
            lambda: apply_order(actor=actor, order=one), lambda: apply_order(actor=actor, order=two)
        )
        assert done.possible
        assert {reason.code for reason in found.reasons} == {"over_cap"}
        assert Lesson.objects.filter(teacher=shared, active=True).count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("leaving_first", [False, True])
def test_a_school_is_taken_out_while_an_order_moves_its_lessons(leaving_first: bool, emptied_evidence: None) -> None:
    cast = make_cast()
    left = Membership.objects.get(school=cast.points[0].school)
    with time_machine.travel(utc(WEDNESDAY, 6), tick=False):
        actor = actor_for(cast.officer)
        lesson = add_lesson(cast, utc(FRIDAY, 8, 40))
        made = draft(cast, Move(lesson.public_id, utc(FRIDAY, 9, 30)))
        Membership.objects.filter(pk=left.pk).update(state="ended", valid_to=TUESDAY)
        works = (end_receptions.func, lambda: apply_order(actor=actor, order=made).possible)
        found = one_beside_another(*(works if leaving_first else works[::-1]))
        assert True in found
        assert set(Reception.objects.filter(active=True).values_list("school", "starts_at")) == {
            (one.school.pk, utc(FRIDAY, 9, 30)) for one in cast.points[1:]
        }
        assert withdraw_order(actor=actor, order=made, reason="不调了").possible
        assert not Reception.objects.filter(active=True, school=cast.points[0].school).exists()
        assert clashes() == []
