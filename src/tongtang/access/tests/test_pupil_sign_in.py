"""Pupils' sign-in through the front door: the pack, sign-ins handed over, the pupil's own page."""

import base64
import hashlib
import json
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from tests.cast import Cast, add_lesson, at_device, signed_in, utc
from tests.pupils import Tablet, another_device, give_all

from tongtang.access.pupils import packs, secrets
from tongtang.access.pupils.models import Means, PupilCredential, PupilSession
from tongtang.audit.models import Entry as AuditEntry
from tongtang.foundation import clock
from tongtang.people.models import Enrolment

MORNING = utc(clock.today(), 8, 50)


@pytest.fixture(autouse=True)
def morning():
    with time_machine.travel(MORNING, tick=True):
        yield


def test_a_pack_holds_the_class_of_the_room_and_is_signed(cast: Cast) -> None:
    given = give_all(cast.points[0])
    give_all(cast.points[1])
    answer = at_device(cast.points[0]).get("/pupils/pack")
    signed = answer.json()
    raw = base64.b64decode(signed["signature"])
    numbers = {name: int.from_bytes(base64.urlsafe_b64decode(packs.public_key()[name] + "="), "big") for name in "xy"}
    key = ec.EllipticCurvePublicNumbers(numbers["x"], numbers["y"], ec.SECP256R1()).public_key()
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(signature, signed["pack"].encode(), ec.ECDSA(SHA256()))
    pack = json.loads(signed["pack"])
    assert [one["id"] for one in pack["classes"]] == [str(cast.points[0].home_class.public_id)]
    pupils = pack["classes"][0]["pupils"]
    assert [one["name"] for one in pupils] == [pupil.name for pupil in cast.points[0].pupils]
    assert len({tuple(one["mark"]) for one in pupils}) == len(pupils)
    assert all({"card", "pin", "pictures"} <= set(one) for one in pupils)
    text = signed["pack"]
    assert not any(secret in text for own in given.values() for means, secret in own.items() if means is not Means.PIN)
    assert not any(pupil.source_id in text for pupil in cast.points[0].pupils)


def test_the_same_pack_is_not_sent_twice(cast: Cast) -> None:
    give_all(cast.points[0])
    client = at_device(cast.points[0])
    tag = client.get("/pupils/pack").headers["ETag"]
    assert client.get("/pupils/pack", headers={"If-None-Match": tag}).status_code == 304
    give_all(cast.points[0])
    assert client.get("/pupils/pack", headers={"If-None-Match": tag}).status_code == 200


def test_a_verifier_fits_one_device_and_one_day(cast: Cast) -> None:
    give_all(cast.points[0])
    here, there = Tablet(cast.points[0]), Tablet(another_device(cast.points[0]))
    assert here.pack["classes"][0]["pupils"][0]["pin"] != there.pack["classes"][0]["pupils"][0]["pin"]
    before = here.pack["classes"][0]["pupils"][0]["pin"]
    with time_machine.travel(MORNING + timedelta(days=1)):
        here.fetch()
    assert here.pack["classes"][0]["pupils"][0]["pin"] != before


@pytest.mark.parametrize("means", [Means.CARD, Means.PIN, Means.PICTURES])
def test_each_means_opens(cast: Cast, means: Means) -> None:
    given = give_all(cast.points[0])
    tablet, pupil = Tablet(cast.points[0]), cast.points[0].pupils[0]
    entry = tablet.sign_in(pupil, means, given[pupil.public_id][means])
    assert tablet.answers(entry) == ["recorded"]
    row = PupilSession.objects.get()
    assert (row.pupil, row.device, row.day, row.means) == (pupil, cast.points[0].device, clock.today(), means)
    assert row.offline is False


def test_a_page_without_cryptography_sends_the_secret(cast: Cast) -> None:
    given = give_all(cast.points[0])
    tablet, pupil = Tablet(cast.points[0]), cast.points[0].pupils[0]
    entry = tablet.sign_in(pupil, Means.PIN, "", proof="", secret=given[pupil.public_id][Means.PIN])
    assert tablet.answers(entry) == ["recorded"]


def test_a_whole_class_is_handed_over_once_however_often_it_is_sent(cast: Cast) -> None:
    given = give_all(cast.points[0])
    tablet = Tablet(cast.points[0])
    entries = [tablet.sign_in(one, Means.PIN, given[one.public_id][Means.PIN]) for one in cast.points[0].pupils]
    with time_machine.travel(MORNING + timedelta(hours=30)):
        assert set(tablet.answers(*entries)) == {"recorded"}
        assert set(tablet.answers(*entries)) == {"known"}
    assert PupilSession.objects.count() == len(entries)
    assert set(PupilSession.objects.values_list("offline", "day")) == {(True, MORNING.date())}


def test_the_own_page_shows_the_name_and_todays_lessons_and_ends_with_sign_out(cast: Cast) -> None:
    one = cast.points[0]
    given = give_all(one)
    add_lesson(cast, MORNING + timedelta(minutes=20), [one])
    tablet, pupil = Tablet(one), one.pupils[0]
    entry = tablet.sign_in(pupil, Means.PICTURES, given[pupil.public_id][Means.PICTURES])
    answer = tablet.hand_over(entry, opens=entry["uuid"])
    cookie = answer.cookies["tongtang_pupil"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/my/", True, "Strict")
    page = tablet.client.get("/my/").content.decode()
    assert pupil.name in page
    assert "茉莉花" in page
    assert not any(other.name in page for other in one.pupils[1:])
    assert tablet.client.post("/my/sign-out").status_code == 302
    tablet.client.cookies["tongtang_pupil"] = cookie.value
    assert tablet.client.get("/my/").status_code == 302


def opened_page(cast: Cast) -> Tablet:
    given = give_all(cast.points[0])
    tablet, pupil = Tablet(cast.points[0]), cast.points[0].pupils[0]
    entry = tablet.sign_in(pupil, Means.CARD, given[pupil.public_id][Means.CARD])
    assert tablet.hand_over(entry, opens=entry["uuid"]).json()["opened"] is True
    assert tablet.client.get("/my/").status_code == 200
    return tablet


def test_the_own_page_ends_after_ten_idle_minutes(cast: Cast) -> None:
    tablet = opened_page(cast)
    for minutes in (6, 12, 18):
        with time_machine.travel(MORNING + timedelta(minutes=minutes)):
            assert tablet.client.get("/my/").status_code == 200
    with time_machine.travel(MORNING + timedelta(minutes=29)):
        assert tablet.client.get("/my/").status_code == 302


def test_the_own_page_ends_with_the_lesson(cast: Cast) -> None:
    tablet = opened_page(cast)
    for minutes in (9, 18, 27):
        with time_machine.travel(MORNING + timedelta(minutes=minutes)):
            assert tablet.client.get("/my/").status_code == 200
    with time_machine.travel(utc(clock.today(), 9, 20, 1)):
        assert tablet.client.get("/my/").status_code == 302


def test_the_next_pupil_ends_the_page_of_the_one_before(cast: Cast) -> None:
    tablet = opened_page(cast)
    before = tablet.client.cookies["tongtang_pupil"].value
    given = give_all(cast.points[0])
    pupil = cast.points[0].pupils[1]
    del tablet.client.cookies["tongtang_pupil"]
    tablet.fetch()
    entry = tablet.sign_in(pupil, Means.PIN, given[pupil.public_id][Means.PIN], clock.now() + timedelta(seconds=1))
    assert tablet.hand_over(entry, opens=entry["uuid"]).json()["opened"] is True
    assert pupil.name in tablet.client.get("/my/").content.decode()
    tablet.client.cookies["tongtang_pupil"] = before
    assert tablet.client.get("/my/").status_code == 302


def test_a_class_code_opens_once_for_each_pupil(cast: Cast) -> None:
    one = cast.points[0]
    give_all(one)
    page = signed_in(one.local).post(f"/pupils/classes/{one.home_class.public_id}/code").content.decode()
    code = page.split('class="digits">')[1].split("<")[0].replace(" ", "")
    tablet = Tablet(one)
    entries = [tablet.sign_in(pupil, Means.CLASS_CODE, "", proof="", secret=code) for pupil in one.pupils[:2]]
    assert tablet.answers(*entries) == ["recorded", "recorded"]
    again = tablet.sign_in(one.pupils[0], Means.CLASS_CODE, "", proof="", secret=code)
    assert tablet.answers(again) == ["refused"]
    late = tablet.sign_in(one.pupils[2], Means.CLASS_CODE, "", MORNING + timedelta(minutes=31), proof="", secret=code)
    with time_machine.travel(MORNING + timedelta(minutes=31)):
        assert tablet.answers(late) == ["refused"]


def test_cards_are_printed_once_and_only_their_digests_are_kept(cast: Cast) -> None:
    one = cast.points[0]
    client = signed_in(one.local)
    address = f"/pupils/classes/{one.home_class.public_id}"
    assert one.pupils[0].name in client.get(address).content.decode()
    page = client.post(f"{address}/give", {"means": ["card", "pin", "pictures"]}).content.decode()
    assert page.count('class="qr"') == len(one.pupils)
    assert not any(pupil.source_id in page for pupil in one.pupils)
    pin = page.split('class="secret">')[1].split("<")[0]
    row = PupilCredential.objects.get(pupil=one.pupils[0], means=Means.PIN)
    assert hashlib.sha256(pin.encode()).digest() != bytes(row.digest)
    tablet = Tablet(one)
    assert tablet.answers(tablet.sign_in(one.pupils[0], Means.PIN, pin)) == ["recorded"]
    words = " ".join(json.dumps([entry.action, entry.object, entry.detail]) for entry in AuditEntry.objects.all())
    assert "pupil-secret.give" in words
    assert not any(text in words for text in (pin, one.pupils[0].name, one.pupils[0].source_id))


def test_who_has_what_only_missing_and_revoked(cast: Cast) -> None:
    one = cast.points[0]
    client, address = signed_in(one.local), f"/pupils/classes/{one.home_class.public_id}"
    pupil = one.pupils[0]
    assert client.post(f"{address}/{pupil.public_id}/give", {"means": ["pin"]}).status_code == 200
    page = client.post(f"{address}/give", {"means": ["pin"], "only_missing": "1"}).content.decode()
    assert pupil.name not in page.split('class="pcards"')[1]
    assert PupilCredential.objects.filter(revoked_at=None).count() == len(one.pupils)
    assert client.post(f"{address}/{pupil.public_id}/revoke").status_code == 302
    assert PupilCredential.objects.filter(revoked_at=None).count() == len(one.pupils) - 1
    assert client.get("/pupils/classes/").content.decode().count("4 / 5") == 1


def test_rooms_are_chosen_among_those_of_the_school(cast: Cast) -> None:
    one, other = cast.points[:2]
    client, address = signed_in(one.local), f"/pupils/classes/{one.home_class.public_id}/rooms"
    assert client.post(address, {"rooms": [str(one.room.public_id)]}).status_code == 302
    assert Tablet(one).pack["classes"] != []
    assert client.post(address, {"rooms": [str(other.room.public_id)]}).status_code == 404
    assert client.post(address, {"rooms": []}).status_code == 302
    assert Tablet(one).pack["classes"] == []


def test_who_left_the_class_is_gone_from_the_pack_and_cannot_enter(cast: Cast) -> None:
    one = cast.points[0]
    given = give_all(one)
    pupil = one.pupils[0]
    Enrolment.objects.filter(pupil=pupil).update(valid_to=clock.today() - timedelta(days=1))
    tablet = Tablet(one)
    assert str(pupil.public_id) not in json.dumps(tablet.pack)
    assert tablet.answers(tablet.sign_in(pupil, Means.PIN, given[pupil.public_id][Means.PIN])) == ["refused"]


def test_secrets_are_drawn_well() -> None:
    pins = {secrets.new_pin() for _ in range(500)}
    assert pins.isdisjoint(secrets.OBVIOUS_PINS)
    assert all(len(pin) == 4 and pin.isdigit() for pin in pins)
    pairs = [secrets.new_pictures().split("-") for _ in range(200)]
    assert all(first != second and {first, second} <= set(secrets.PICTURES) for first, second in pairs)
    assert len({secrets.new_card() for _ in range(200)}) == 200
