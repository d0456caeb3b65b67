"""Calls for help: made once on a phone, seen by those who help, nobody else."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import COUNTY, Cast, add_lesson, at_device, person, region, signed_in

from tongtang.access.models import Role
from tongtang.foundation import clock
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Reception
from tongtang.operations.models import HelpCall
from tongtang.people.models import Person


@pytest.fixture
def reception(cast: Cast) -> Reception:
    lesson = add_lesson(cast, clock.now() - timedelta(minutes=5))
    return lesson.receptions.get(home_class=cast.points[0].home_class)


@pytest.fixture
def technician(cast: Cast) -> Person:
    return person("田师傅", "k01", Role.TECHNICIAN, at=region(COUNTY, "崇阳县", 6))


def call(client: Client, reception: Reception, **changes: Any) -> Any:
    body = {"uuid": str(uuid4()), "kind": "no_sound", "at": clock.now().timestamp(), **changes}
    return client.post(reverse("operations:call", args=[reception.public_id]), body, content_type="application/json")


def test_a_call_is_taken_once(cast: Cast, reception: Reception) -> None:
    client, uuid = signed_in(cast.points[0].local), str(uuid4())
    assert call(client, reception, uuid=uuid).json() == {"answers": {uuid: "recorded"}}
    assert call(client, reception, uuid=uuid).json() == {"answers": {uuid: "known"}}
    assert HelpCall.objects.count() == 1
    assert EvidenceRow.objects.filter(kind=EvidenceKind.HELP, reception=reception).count() == 1


def test_only_the_local_teachers_of_the_school_call(cast: Cast, reception: Reception) -> None:
    strangers = [signed_in(cast.points[1].local), signed_in(cast.teacher), at_device(cast.points[0]), Client()]
    assert [call(client, reception).status_code for client in strangers] == [404] * 4
    assert not HelpCall.objects.exists()


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"kind": "bored"}, 409), ({"at": 9e9}, 409), ({"at": "now"}, 400), ({"uuid": "x"}, 400), ({"at": 1e300}, 400)],
)
def test_a_wrong_call_is_refused_with_a_sentence(
    cast: Cast, reception: Reception, changes: dict[str, Any], status: int
) -> None:
    answer = call(signed_in(cast.points[0].local), reception, **changes)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_helpers_see_it_and_mark_it_as_solved_once(cast: Cast, reception: Reception, technician: Person) -> None:
    call(signed_in(cast.points[0].local), reception)
    made, helper = HelpCall.objects.get(), signed_in(technician)
    assert cast.points[0].school.name in helper.get(reverse("operations:calls")).content.decode()
    solve = reverse("operations:solve", args=[made.public_id])
    assert helper.post(solve).status_code == 302
    first = HelpCall.objects.get().solved_at
    assert helper.post(solve).status_code == 302
    made.refresh_from_db()
    assert (made.solved_at, made.solved_by) == (first, technician)


def test_others_neither_see_nor_solve(cast: Cast, reception: Reception) -> None:
    call(signed_in(cast.points[0].local), reception)
    solve = reverse("operations:solve", args=[HelpCall.objects.get().public_id])
    for who in (cast.points[1].local, cast.head, cast.stranger, cast.teacher):
        client = signed_in(who)
        assert cast.points[0].school.name not in client.get(reverse("operations:calls")).content.decode()
        assert client.post(solve).status_code == 404
    assert signed_in(cast.points[0].local).post(solve).status_code == 404, "who called does not mark it as solved"
    assert HelpCall.objects.get().solved_at is None
