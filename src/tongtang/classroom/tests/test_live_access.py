"""Who may fetch a lesson's live files."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import TUESDAY, Cast, add_lesson, at_device, signed_in, utc

from tongtang.config.nginx import LIVE_ACCESS


@pytest.fixture
def address(cast: Cast) -> str:
    """Asked about a lesson that the first two points receive."""
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40), cast.points[:2])
    return reverse("classroom:live-access", args=[lesson.public_id])


def test_nginx_asks_at_the_address_of_the_view(address: str) -> None:
    assert address.startswith(f"{LIVE_ACCESS}/")


def test_its_studio_and_its_classrooms_may(cast: Cast, address: str) -> None:
    passing = [at_device(cast.points[0]), signed_in(cast.points[1].local), signed_in(cast.teacher)]
    assert [client.get(address).status_code for client in passing] == [204, 204, 204]


def test_other_classrooms_other_counties_and_strangers_may_not(cast: Cast, address: str) -> None:
    foreign = [at_device(cast.points[2]), signed_in(cast.points[2].local), signed_in(cast.stranger)]
    assert [client.get(address).status_code for client in foreign] == [404, 404, 404]
    assert Client().get(address, headers={"Accept": "*/*"}).status_code == 404
