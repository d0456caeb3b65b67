"""An order reaches nobody and nothing outside its alliance, whatever ids are sent."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from tests.cast import COUNTY, FAR_COUNTY, LONG_AGO, TUESDAY, Cast, person, point, region, signed_in, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Alliance, Topology
from tongtang.lessons.models import Lesson
from tongtang.notices.models import Notice
from tongtang.organisations.models import BellSchedule, Period, Studio
from tongtang.timetable.models import ChangeOrder, DatedBells
from tongtang.timetable.orders.tests.ground import add_lesson, dated_rows, teaches

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(utc(TUESDAY - timedelta(days=1), 7), tick=False):
        yield


def bell_of(county: int, name: str) -> BellSchedule:
    made = BellSchedule.objects.create(county_code=county, source_id=name)
    Period.objects.create(bell_schedule=made, number=1, starts="08:40", ends="09:20")
    return made


def sent(cast: Cast, kind: str, form: dict[str, Any]) -> Any:
    address = f"/timetable/alliances/{cast.alliance.public_id}/orders/{kind}?week=2026-W16"
    client: Client = signed_in(cast.head)
    return client.post(address, {"reason": "教研会", "then": "apply"} | form)


def bells(school: object, bell: BellSchedule) -> dict[str, Any]:
    span = {"first_day": TUESDAY.isoformat(), "last_day": TUESDAY.isoformat()}
    return span | {"bell": str(bell.public_id), "schools": [str(school.public_id)]}  # type: ignore[attr-defined]


def test_bells_of_a_school_outside_the_alliance_stay(cast: Cast) -> None:
    far = point(region(FAR_COUNTY, "仪陇县", 6), bell_of(FAR_COUNTY, "far"), 70, 5, None)
    beside = point(cast.county, cast.bell, 71, 5, cast.central)
    for school in (far.school, beside.school, cast.central):
        answer = sent(cast, "bells", bells(school, bell_of(COUNTY, f"summer-{school.source_id}")))
        assert answer.status_code == 400
    assert not DatedBells.objects.exists()
    assert not ChangeOrder.objects.exists()


def test_no_school_rings_the_bells_of_another_county(cast: Cast) -> None:
    answer = sent(cast, "bells", bells(cast.points[0].school, bell_of(FAR_COUNTY, "far")))
    assert answer.status_code == 400
    assert not DatedBells.objects.exists()


@pytest.fixture
def synchronous(cast: Cast) -> Cast:
    """An alliance whose topology asks for no pool: anybody of its schools may teach."""
    cast.alliance.topology = Topology.DISTRIBUTED
    cast.alliance.save()
    return cast


def test_nobody_from_elsewhere_is_made_to_teach(synchronous: Cast) -> None:
    cast, lesson = synchronous, add_lesson(synchronous, utc(TUESDAY, 10, 30))
    guardian = person("家长", "g70")
    gone = person("调走的老师", "t71", Role.ANCHOR_TEACHER, school=cast.anchor)
    gone.posts.update(valid_to=LONG_AGO)
    before = dated_rows()
    for who in (cast.stranger, guardian, gone):
        form = {"lessons": [str(lesson.public_id)], "teacher": str(who.public_id), "studio": ""}
        assert sent(cast, "substitute", form).status_code == 400
    assert dated_rows() == before
    assert not Notice.objects.exists()
    own = teaches(person("本校老师", "t72", Role.ANCHOR_TEACHER, school=cast.anchor), "music")
    form = {"lessons": [str(lesson.public_id)], "teacher": str(own.public_id), "studio": ""}
    assert sent(cast, "substitute", form).status_code == 302
    assert Lesson.objects.get().teacher_id == own.pk


def test_no_lesson_is_taught_from_a_studio_of_another_alliances_school(synchronous: Cast) -> None:
    cast, lesson = synchronous, add_lesson(synchronous, utc(TUESDAY, 10, 30))
    far = point(region(FAR_COUNTY, "仪陇县", 6), bell_of(FAR_COUNTY, "far"), 70, 5, None)
    Alliance.objects.create(
        name="外县联盟", region_code=FAR_COUNTY, topology=Topology.DEDICATED, anchor_school=far.school,
        max_classes_per_lesson=3, max_pupils_per_lesson=45, valid_from=LONG_AGO,
    )  # fmt: skip
    studio = Studio.objects.create(county_code=FAR_COUNTY, source_id="s70", school=far.school, name="外县演播室")
    before = dated_rows()
    form = {"lesson": str(lesson.public_id), "date": "2026-04-15", "time": "09:30", "studio": str(studio.public_id)}
    assert sent(cast, "move", form).status_code == 400
    assert dated_rows() == before
