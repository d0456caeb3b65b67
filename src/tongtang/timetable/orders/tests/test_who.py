"""Who may change an alliance's timetable, and who sees the orders."""

import pytest
import time_machine
from tests.cast import LONG_AGO, TUESDAY, Cast, actor_for, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Specialist
from tongtang.notices.models import Notice
from tongtang.timetable.api import alliances_to_change, orders_for, orders_in_force, orders_of_week, week_of
from tongtang.timetable.orders.requests import Cancel, Substitute
from tongtang.timetable.orders.tests.ground import add_lesson, draft, order, teaches
from tongtang.timetable.policies import Verb

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(utc(TUESDAY, 0), tick=False):
        yield


def test_the_anchors_side_changes_and_nobody_else(cast: Cast) -> None:
    point_head = person("点校长", "h80", Role.SCHOOL_HEAD, school=cast.points[0].school)
    researcher = person("教研员", "r80", Role.SUBJECT_RESEARCHER, at=cast.county)
    for who in (cast.officer, cast.head):
        assert [one.pk for one in alliances_to_change(actor_for(who))] == [cast.alliance.pk]
    for who in (cast.teacher, cast.points[0].local, point_head, researcher, cast.stranger):
        assert not alliances_to_change(actor_for(who)).exists()


def test_who_sees_an_order(cast: Cast) -> None:
    lessons = [add_lesson(cast, utc(TUESDAY, 8, 40), cast.points[:1]), add_lesson(cast, utc(TUESDAY, 10, 30))]
    made, found = order(cast, Cancel((lessons[0].public_id,)))
    assert found.possible
    assert [one.pk for one in orders_in_force(cast.alliance, TUESDAY)] == [made.pk]
    seen = {who.name: orders_for(actor_for(who)).filter(pk=made.pk).exists() for who in everybody(cast)}
    assert seen == {"周立成": True, "石校长": True, "沈若兰": True, "本地1": True, "本地2": False, "外县人": False}
    changed = {who.name for who in everybody(cast) if orders_for(actor_for(who), Verb.CHANGE).exists()}
    assert changed == {"周立成", "石校长"}


def everybody(cast: Cast) -> list:
    return [cast.officer, cast.head, cast.teacher, cast.points[0].local, cast.points[1].local, cast.stranger]


def test_a_draft_is_seen_by_the_anchors_side_alone(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    made = draft(cast, Cancel((lesson.public_id,)))
    assert orders_of_week(actor_for(cast.officer), week_of(TUESDAY)) == [made]
    assert orders_of_week(actor_for(cast.points[0].local), week_of(TUESDAY)) == []
    assert orders_in_force(cast.alliance, TUESDAY) == []


def test_whoever_is_told_of_an_order_can_open_it(cast: Cast) -> None:
    """A pool takes its specialists from several schools; one takes over from the other."""
    elsewhere = [person(f"专家{n}", f"t8{n}", Role.ANCHOR_TEACHER, school=cast.central) for n in (1, 2)]
    for who in elsewhere:
        Specialist.objects.create(alliance=cast.alliance, person=teaches(who, "music"), valid_from=LONG_AGO)
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40), teacher=elsewhere[0], group="g1")
    lesson.course.teacher = elsewhere[0]
    lesson.course.save()
    made, found = order(cast, Substitute((lesson.public_id,), elsewhere[1].public_id))
    assert found.possible, found.reasons
    told = [row.person for row in Notice.objects.select_related("person")]
    assert {*elsewhere, *(one.local for one in cast.points)} == set(told)
    for who in told:
        client = signed_in(who)
        page = client.get("/notices/").content.decode()
        address = f"/timetable/orders/{made.public_id}"
        assert address in page
        answer = client.get(address)
        assert answer.status_code == 200, who.name
        assert not any(pupil.name in answer.content.decode() for one in cast.points for pupil in one.pupils)
    assert signed_in(cast.stranger).get(address).status_code == 404
