"""More than 100 pupils leave with a second factor and a second person, once; fewer leave at one's own word."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import COUNTY, LONG_AGO, Cast, person, signed_in

from tongtang.access.models import Approval, Role
from tongtang.audit.models import Entry
from tongtang.organisations.models import HomeClass, School
from tongtang.people.models import Enrolment, Pupil


@pytest.fixture
def school(cast: Cast) -> School:
    return cast.points[0].school


@pytest.fixture
def head(cast: Cast, school: School) -> Client:
    return signed_in(person("廖校长", "h11", Role.SCHOOL_HEAD, school=school))


def fill(cast: Cast, pupils: int) -> None:
    """The first point has exactly that many pupils."""
    home_class = cast.points[0].home_class
    for number in range(pupils - Enrolment.objects.filter(home_class=home_class).count()):
        pupil = Pupil.objects.create(
            county_code=COUNTY, source_id=f"x{pupils}-{number}", name="王小明", sex="male", birth_date=LONG_AGO
        )
        Enrolment.objects.create(pupil=pupil, home_class=home_class, valid_from=LONG_AGO)


def handed_out() -> list[int]:
    rows = Entry.objects.filter(stream="export", action="export.school_roster")
    return [json.loads(row.detail)["pupils"] for row in rows]


def test_a_hundred_pupils_leave_at_ones_own_word(cast: Cast, school: School, head: Client) -> None:
    fill(cast, 100)
    answer = head.get(reverse("exchange:school-roster", args=[school.public_id]))
    assert (answer.status_code, answer.headers["Content-Disposition"].partition(";")[0]) == (200, "attachment")
    assert handed_out() == [100]


def test_more_wait_for_a_second_person_and_leave_once(cast: Cast, school: School, head: Client) -> None:
    fill(cast, 101)
    address = reverse("exchange:school-roster", args=[school.public_id])
    assert head.get(address).status_code == 409
    assert not Approval.objects.exists()
    assert head.post(address).headers["Location"] == address
    assert head.post(address).status_code == 409
    asked = Approval.objects.get()
    assert "101" in asked.title
    assert signed_in(cast.officer).post(reverse("access:approve", args=[asked.public_id])).status_code == 302
    assert cast.officer.name in head.get(address).content.decode()
    assert handed_out() == []
    assert head.post(address).headers["Content-Disposition"].startswith("attachment")
    assert head.post(address).status_code == 302
    assert handed_out() == [101]


def test_class_by_class_is_more_than_a_hundred_too(cast: Cast, school: School, head: Client) -> None:
    fill(cast, 60)
    other = HomeClass.objects.create(
        county_code=COUNTY, source_id="p01-g4", school=school, name="四年级班", grades=[4], pupil_count=0
    )
    address = reverse("exchange:school-roster", args=[school.public_id])
    one = {"class": cast.points[0].home_class.source_id}
    assert [head.get(address, one).status_code for _again in range(3)] == [200, 200, 200]
    for number in range(41):
        pupil = Pupil.objects.create(
            county_code=COUNTY, source_id=f"y{number}", name="王小明", sex="male", birth_date=LONG_AGO
        )
        Enrolment.objects.create(pupil=pupil, home_class=other, valid_from=LONG_AGO)
    answer = head.get(address, {"class": "p01-g4"})
    assert (answer.status_code, handed_out()) == (409, [60, 60, 60])
    assert "60" in answer.content.decode()


def test_an_approval_for_fewer_pupils_or_of_another_person_is_none(cast: Cast, school: School, head: Client) -> None:
    fill(cast, 101)
    address = reverse("exchange:school-roster", args=[school.public_id])
    head.post(address)
    signed_in(cast.officer).post(reverse("access:approve", args=[Approval.objects.get().public_id]))
    deputy = signed_in(person("副校长", "h12", Role.SCHOOL_HEAD, school=school))
    assert deputy.post(address).status_code == 302
    fill(cast, 102)
    assert head.post(address).status_code == 302
    assert (handed_out(), Approval.objects.count()) == ([], 3)
