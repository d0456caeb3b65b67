"""A search in the browser where the county names who can be beside the classes."""

import pytest
import time_machine
from tests.cast import person, region, signed_in

from tongtang.access.models import Role, SignInPolicy
from tongtang.exchange.tests.folders import COUNTY, load, load_chongyang_regions, make_county
from tongtang.exchange.tests.test_timetable_options import rows, with_facilitators, write
from tongtang.lessons.models import Reception
from tongtang.organisations.models import School
from tongtang.timetable.plans.tests.conftest import FRIDAY, MONDAY, post, solved

# Two rooms a point, so that two classes could receive at once.
POINTS = ("--points", "7", "--rooms", "2", "--teachers", "5", "--seed", "1411", "--lessons", "0")


@pytest.fixture
def folder(db, capsys, tmp_path):
    load_chongyang_regions()
    SignInPolicy.objects.update_or_create(pk=1, defaults={"second_factor": SignInPolicy.SecondFactor.OFF})
    made = make_county(tmp_path / "seven", *POINTS)
    with_facilitators(made, 1)
    with time_machine.travel(FRIDAY):
        assert load(capsys, made)[0] == 0
        yield made


@pytest.fixture
def client(folder):
    return signed_in(person("汪琴", "o01", Role.ADMINISTRATION_OFFICER, at=region(COUNTY, "崇阳县", 6)))


def test_one_person_at_a_point_is_beside_one_class_at_a_time(client):
    run = solved(client, School.objects.get(source_id="a01"), seconds=8)
    assert (run.state, run.complete) == ("done", True)
    assert post(client, f"/timetable/plans/{run.public_id}/publish", starts=MONDAY.isoformat()).status_code == 302
    found = list(Reception.objects.filter(active=True).values_list("facilitator__source_id", "school__source_id"))
    assert found
    assert all(who == f"{school}-f0" for who, school in found)


def test_another_facilitator_is_a_change_of_the_data(client, folder, capsys):
    run = solved(client, School.objects.get(source_id="a01"), seconds=5)
    write(folder, "facilitators", rows(folder, "facilitators")[1:])
    assert load(capsys, folder)[0] == 0
    answer = post(client, f"/timetable/plans/{run.public_id}/publish", starts=MONDAY.isoformat())
    assert answer.status_code == 409
    assert "辅助教师" in answer.content.decode()
