"""The fixture county, loaded by its command, with the people who plan."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from tests.cast import person, region, signed_in, utc

from tongtang.access.models import Role, SignInPolicy
from tongtang.exchange.tests.folders import COUNTY, FIXTURES, load, load_chongyang_regions, make_county
from tongtang.foundation.once import FIELD
from tongtang.foundation.worker import run_ready_jobs
from tongtang.organisations.models import School
from tongtang.timetable.models import PlanRun

FRIDAY = utc(date(2026, 9, 4), 12)
MONDAY = date(2026, 9, 7)
SEVEN_POINTS = ("--points", "7", "--rooms", "1", "--teachers", "5", "--seed", "1411", "--lessons", "0")
PLANS = f"/timetable/counties/{COUNTY}/plans"


@pytest.fixture
def county(db, capsys):
    """The clock stands on the Friday before the first week, and goes on."""
    load_chongyang_regions()
    SignInPolicy.objects.update_or_create(pk=1, defaults={"second_factor": SignInPolicy.SecondFactor.OFF})
    with time_machine.travel(FRIDAY):
        assert load(capsys, FIXTURES / "chongyang")[0] == 0
        yield COUNTY


@pytest.fixture
def small_county(db, capsys, tmp_path):
    """Seven points, the same clock: its searches end by themselves."""
    load_chongyang_regions()
    SignInPolicy.objects.update_or_create(pk=1, defaults={"second_factor": SignInPolicy.SecondFactor.OFF})
    folder = make_county(tmp_path / "small", *SEVEN_POINTS)
    with time_machine.travel(FRIDAY):
        assert load(capsys, folder)[0] == 0
        yield COUNTY


@pytest.fixture
def anchor(county) -> School:
    return School.objects.get(source_id="a01")


@pytest.fixture
def small_anchor(small_county) -> School:
    return School.objects.get(source_id="a01")


@pytest.fixture
def officer(request) -> Client:
    request.getfixturevalue("small_county" if "small_anchor" in request.fixturenames else "county")
    return signed_in(person("汪琴", "o01", Role.ADMINISTRATION_OFFICER, at=region(COUNTY, "崇阳县", 6)))


def post(client: Client, path: str, **values: str):
    return client.post(path, {FIELD: str(uuid4()), **values})


def begin(client: Client, anchor: School, seconds: int = 20, seed: int = 1, **more: str):
    """Post the form of a search; the answer."""
    return post(client, f"{PLANS}/start", anchor=str(anchor.public_id), seconds=str(seconds), seed=str(seed), **more)


def solved(client: Client, anchor: School, **values: Any) -> PlanRun:
    """A search begun in the browser and worked off."""
    answer = begin(client, anchor, **values)
    assert answer.status_code == 302, answer.content.decode()
    run_ready_jobs()
    return PlanRun.objects.get(public_id=answer.url.rpartition("/")[2])


def shown(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def page_of(run: PlanRun) -> str:
    return f"/timetable/plans/{run.public_id}"


def days_after(days: int) -> str:
    return (MONDAY + timedelta(days=days)).isoformat()
