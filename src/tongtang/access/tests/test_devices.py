"""A classroom device: the code on the school's page, the secret of the device, the end of it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from tests.cast import Cast, at_device, signed_in

from tongtang.access.models import ClassroomDevice, DeviceCode, SignInFailure
from tongtang.access.secrets import digest
from tongtang.foundation import clock


def make_code(cast: Cast, number: int = 0) -> str:
    point = cast.points[number]
    page = signed_in(point.local).post(f"/rooms/{point.room.public_id}/code")
    assert page.status_code == 200
    found = re.search(r'class="digits">(\d{4}) (\d{4})<', page.content.decode())
    assert found
    return found[1] + found[2]


def enrol(client: Client, code: str, address: str = "10.0.0.1"):
    return client.post("/enrol-device", {"code": code}, REMOTE_ADDR=address)


def test_a_code_binds_one_device_to_its_room_once(cast: Cast) -> None:
    code = make_code(cast)
    device = Client()
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert enrol(device, f"{full_width[:4]} {full_width[4:]}").url == "/"
    cookie = device.cookies["tongtang_device"]
    assert (cookie["httponly"], cookie["samesite"], len(cookie.value) >= 43) == (True, "Lax", True)
    row = ClassroomDevice.objects.order_by("-id")[0]
    assert (row.room, row.secret_hash) == (cast.points[0].room, digest(cookie.value))
    assert cast.points[0].school.name in device.get("/", follow=True).content.decode()
    assert enrol(Client(), code).status_code == 422


def test_no_secret_lies_in_the_database(cast: Cast) -> None:
    code = make_code(cast)
    device = Client()
    enrol(device, code)
    stored = str(list(DeviceCode.objects.values())) + str(list(ClassroomDevice.objects.values()))
    assert code not in stored
    assert device.cookies["tongtang_device"].value not in stored


def test_a_code_is_good_for_fifteen_minutes_and_a_newer_one_ends_it(cast: Cast) -> None:
    first, second = make_code(cast), make_code(cast)
    assert enrol(Client(), first).status_code == 422
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1)):
        assert enrol(Client(), second).status_code == 422
    assert enrol(Client(), second).status_code == 302


@pytest.mark.parametrize("code", ["1234567", "123456789", "1234 567", "abcdefgh", "", "12345678x"])
def test_what_is_no_code_is_not_looked_up(cast: Cast, code: str) -> None:
    response = enrol(Client(), code)
    assert response.status_code == 422
    assert 'id="tab-device" aria-controls="device" aria-selected="true"' in response.content.decode()
    assert SignInFailure.objects.count() == 0


def test_guessing_is_bounded_for_an_address_and_for_all_together(cast: Cast) -> None:
    code = make_code(cast)
    for number in range(10):
        enrol(Client(), f"{number:08d}", "10.5.5.5")
    assert enrol(Client(), code, "10.5.5.5").status_code == 422
    for number in range(90):
        enrol(Client(), f"{number:08d}", f"10.6.{number}.1")
    assert SignInFailure.objects.filter(subject="device-code").count() == 100
    assert enrol(Client(), code, "10.7.7.7").status_code == 422
    with time_machine.travel(clock.now() + timedelta(minutes=14)):
        assert enrol(Client(), code, "10.7.7.7").status_code == 422
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert enrol(Client(), make_code(cast), "10.7.7.7").status_code == 302


def test_binding_again_ends_what_the_device_was(cast: Cast) -> None:
    client = at_device(cast.points[0])
    assert enrol(client, make_code(cast, 1)).status_code == 302
    assert cast.points[1].school.name in client.get("/", follow=True).content.decode()
    assert at_device(cast.points[0]).get("/").url == "/sign-in?next=/"


def test_a_revoked_device_is_a_stranger_from_the_next_request_on(cast: Cast) -> None:
    point = cast.points[0]
    device = at_device(point)
    assert device.get("/", follow=True).status_code == 200
    assert signed_in(point.local).post(f"/devices/{point.device.public_id}/revoke").url == "/rooms/"
    assert device.get("/").url == "/sign-in?next=/"


def test_a_device_that_is_used_stays_bound(cast: Cast) -> None:
    response = at_device(cast.points[0]).get("/", follow=True)
    assert response.cookies["tongtang_device"]["max-age"] == 400 * 24 * 3600


def test_rooms_without_a_device_come_first_and_only_ones_own(cast: Cast) -> None:
    point = cast.points[1]
    page = signed_in(point.local).get("/rooms/").content.decode()
    assert point.school.name in page
    assert cast.points[0].school.name not in page
    assert str(point.device.public_id) in page


@pytest.mark.parametrize("text", ["\x00", "教学\x00点", "%", "'"])
def test_any_text_may_be_searched(cast: Cast, text: str) -> None:
    assert signed_in(cast.points[0].local).get("/rooms/", {"text": text}).status_code == 200
