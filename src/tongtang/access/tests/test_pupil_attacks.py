"""Hostile sign-ins: each is refused, with one answer, and leaves no session."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from tests.cast import Cast, at_device, signed_in, utc
from tests.pupils import Tablet, another_device, give_all

from tongtang.access.actions import revoke_device
from tongtang.access.pupils import credentials
from tongtang.access.pupils.models import Means, PupilSession, RoomClass
from tongtang.access.pupils.packs import seal_of
from tongtang.access.pupils.secrets import digest_of, proof_of, verifier_of
from tongtang.foundation import clock

MORNING = utc(clock.today(), 8, 50)


@pytest.fixture(autouse=True)
def morning():
    with time_machine.travel(MORNING, tick=False):
        yield


class Scene:
    """A tablet of p01 with two pupils' secrets, and p02 beside it."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.one, self.other = cast, cast.points[0], cast.points[1]
        self.given, self.given_there = give_all(self.one), give_all(self.other)
        self.tablet = Tablet(self.one)
        self.victim, self.mate, self.stranger = self.one.pupils[0], self.one.pupils[1], self.other.pupils[0]
        self.pin = self.given[self.victim.public_id][Means.PIN]
        self.card = self.given[self.victim.public_id][Means.CARD]
        self.good = self.tablet.sign_in(self.victim, Means.PIN, self.pin)

    def changed(self, **changes: Any) -> dict[str, Any]:
        return {**self.good, **changes}

    def proved(self, digest: bytes) -> dict[str, Any]:
        """An entry for the victim whose proof was made with another digest."""
        uuid, at = uuid4(), self.good["at"]
        proof = proof_of(
            digest,
            uuid=uuid,
            device=self.one.device.public_id,
            pupil=self.victim.public_id,
            means=Means.PIN,
            at_ms=at,
        )
        return self.changed(uuid=str(uuid), proof=base64.b64encode(proof).decode())

    def verifier(self) -> bytes:
        pupil = self.tablet.pack["classes"][0]["pupils"][0]
        return base64.b64decode(pupil["pin"])


def other_pins(pin: str) -> str:
    return f"{(int(pin) + 1) % 10000:04d}"


Sample = Callable[[Scene], tuple[list[dict[str, Any]], dict[str, Any]]]
# Each makes entries and changes of the batch from a scene. All of them are refused.
SAMPLES: dict[str, Sample] = {
    "a wrong PIN": lambda s: ([s.tablet.sign_in(s.victim, Means.PIN, other_pins(s.pin))], {}),
    "a wrong PIN as plain secret": lambda s: ([s.changed(proof="", secret=other_pins(s.pin))], {}),
    "no proof at all": lambda s: ([s.changed(proof="")], {}),
    "a proof of zeros": lambda s: ([s.changed(proof=base64.b64encode(bytes(32)).decode())], {}),
    "a proof cut short": lambda s: ([s.changed(proof=base64.b64encode(b"x").decode())], {}),
    "a proof that is no base64": lambda s: ([s.changed(proof="****")], {}),
    "one bit of the proof": lambda s: ([s.changed(proof=flipped(s.good["proof"]))], {}),
    "a true proof under another uuid (replay)": lambda s: ([s.changed(uuid=str(uuid4()))], {}),
    "a true proof at another moment": lambda s: ([s.changed(at=s.good["at"] + 1000)], {}),
    "a true proof for a classmate": lambda s: ([s.changed(pupil=str(s.mate.public_id))], {}),
    "a true proof with another means": lambda s: ([s.changed(means="pictures")], {}),
    "a classmate's PIN": lambda s: (
        [s.tablet.sign_in(s.victim, Means.PIN, s.given[s.mate.public_id][Means.PIN] + "x")],
        {},
    ),
    "a classmate's card under another name": lambda s: (
        [s.tablet.sign_in(s.victim, Means.CARD, s.given[s.mate.public_id][Means.CARD])],
        {},
    ),
    "a pupil of another school with the own secret": lambda s: (
        [s.tablet.sign_in(s.stranger, Means.PIN, s.given_there[s.stranger.public_id][Means.PIN])],
        {},
    ),
    "a card of another school, plain": lambda s: (
        [s.changed(means="card", proof="", secret=s.given_there[s.stranger.public_id][Means.CARD])],
        {},
    ),
    "a pupil who does not exist": lambda s: ([s.changed(pupil=str(uuid4()))], {}),
    "a pupil who does not exist, empty digest": lambda s: ([s.changed(pupil=str(uuid4()), proof="", secret="x")], {}),
    "the pack's verifier used as digest": lambda s: ([s.proved(s.verifier())], {}),
    "the empty digest of unknown pupils": lambda s: ([s.proved(bytes(32))], {}),
    "the class's key used as digest": lambda s: ([s.proved(s.tablet.key())], {}),
    "a digest made with a key of our own": lambda s: (
        [s.proved(digest_of(b"k" * 32, Means.PIN, s.victim.public_id, s.pin))],
        {},
    ),
    "yesterday's moment": lambda s: ([s.tablet.sign_in(s.victim, Means.PIN, s.pin, MORNING - timedelta(days=1))], {}),
    "a moment to come": lambda s: ([s.tablet.sign_in(s.victim, Means.PIN, s.pin, MORNING + timedelta(hours=1))], {}),
    "a pack without seal": lambda s: ([s.good], {"seal": ""}),
    "a pack with a forged seal": lambda s: ([s.good], {"seal": f"{clock.today()}.{'0' * 64}"}),
    "the seal of another device": lambda s: (
        [s.good],
        {"seal": seal_of(s.other.device.public_id, clock.today())},
    ),
    "the seal of a day to come": lambda s: (
        [s.good],
        {"seal": seal_of(s.one.device.public_id, clock.today() + timedelta(days=1))},
    ),
    "an expired pack": lambda s: (
        [s.good],
        {"seal": seal_of(s.one.device.public_id, clock.today() - timedelta(days=11))},
    ),
    "the seal of another day than the moment": lambda s: (
        [s.good],
        {"seal": seal_of(s.one.device.public_id, clock.today() - timedelta(days=2))},
    ),
    "a seal that is not ASCII": lambda s: ([s.good], {"seal": f"{clock.today()}.课"}),
    "a class code that nobody made": lambda s: ([s.changed(means="class_code", proof="", secret="000000")], {}),
}


def flipped(proof: str) -> str:
    raw = bytearray(base64.b64decode(proof))
    raw[7] ^= 1
    return base64.b64encode(bytes(raw)).decode()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_hostile_sign_in_is_refused(cast: Cast, name: str) -> None:
    scene = Scene(cast)
    entries, changes = SAMPLES[name](scene)
    opens = entries[0]["uuid"]
    answer = scene.tablet.hand_over(*entries, **changes, opens=opens)
    assert answer.json() == {"answers": {entry["uuid"]: "refused" for entry in entries}, "opened": False}
    assert "tongtang_pupil" not in answer.cookies
    assert PupilSession.objects.count() == 0
    # The scene was right but for that one thing.
    fresh = scene.tablet.sign_in(scene.mate, Means.PIN, scene.given[scene.mate.public_id][Means.PIN])
    assert scene.tablet.answers(fresh) == ["recorded"]


@pytest.mark.parametrize("change", ["secret", "proof", "seal"])
@pytest.mark.parametrize("means", ["pin", "card", "pictures", "class_code"])
def test_half_a_character_is_no_secret(cast: Cast, means: str, change: str) -> None:
    """What a browser never sends: JSON can, and nothing can be derived from it."""
    scene = Scene(cast)
    half = {change: "\ud800"}
    entry = scene.changed(means=means, proof="") | ({} if change == "seal" else half)
    assert scene.tablet.hand_over(entry, **(half if change == "seal" else {})).status_code == 400
    assert PupilSession.objects.count() == 0


def test_a_sign_in_of_another_device_is_refused(cast: Cast) -> None:
    scene = Scene(cast)
    second = Tablet(another_device(scene.one))
    assert second.answers(scene.good) == ["refused"]
    assert second.answers(scene.good, seal=scene.tablet.pack["seal"]) == ["refused"]
    assert scene.tablet.answers(scene.good) == ["recorded"]
    assert second.answers(scene.good) == ["refused"]


def test_a_recorded_uuid_is_no_way_in_for_another_pupil(cast: Cast) -> None:
    scene = Scene(cast)
    assert scene.tablet.answers(scene.good) == ["recorded"]
    stolen = scene.changed(pupil=str(scene.mate.public_id))
    assert scene.tablet.answers(stolen) == ["refused"]
    assert PupilSession.objects.get().pupil == scene.victim


def test_a_revoked_device_hands_nothing_over(cast: Cast) -> None:
    scene = Scene(cast)
    revoke_device(scene.one.device)
    assert scene.tablet.hand_over(scene.good).status_code == 404
    assert scene.tablet.client.get("/pupils/pack", headers={"Accept": "application/json"}).status_code == 404


def test_a_class_taken_out_of_the_room_signs_in_there_no_more(cast: Cast) -> None:
    scene = Scene(cast)
    RoomClass.objects.filter(room=scene.one.room).delete()
    assert scene.tablet.answers(scene.good) == ["refused"]


def test_a_secret_that_was_renewed_opens_nothing(cast: Cast) -> None:
    scene = Scene(cast)
    with time_machine.travel(MORNING + timedelta(minutes=10), tick=False):
        give_all(scene.one)
        old = scene.tablet.sign_in(scene.victim, Means.PIN, scene.pin, clock.now() + timedelta(seconds=1))
        assert scene.tablet.answers(old) == ["refused"]
        # What was done with it before, without a link, counts still.
        assert scene.tablet.answers(scene.good) == ["recorded"]


def test_a_revoked_pupil_cannot_enter(cast: Cast) -> None:
    scene = Scene(cast)
    with time_machine.travel(MORNING + timedelta(minutes=1), tick=False):
        credentials.revoke(scene_actor(scene), scene.one.home_class, scene.victim)
        later = clock.now() + timedelta(seconds=1)
        entries = [
            scene.tablet.sign_in(scene.victim, means, secret, later)
            for means, secret in scene.given[scene.victim.public_id].items()
        ]
        assert scene.tablet.answers(*entries) == ["refused"] * 3


def scene_actor(scene: Scene) -> Any:
    from tests.cast import actor_for

    return actor_for(scene.one.local)


def test_brute_force_closes_the_name_on_this_device_alone(cast: Cast) -> None:
    scene = Scene(cast)
    wrong = [scene.tablet.sign_in(scene.victim, Means.PIN, f"{n:04d}x") for n in range(60)]
    answers = scene.tablet.answers(*wrong)
    assert answers == ["refused"] * 5 + ["wait"] * 55
    assert scene.tablet.answers(scene.good) == ["wait"]
    card = scene.tablet.sign_in(scene.victim, Means.CARD, scene.card)
    assert scene.tablet.answers(card) == ["recorded"], "a card is not closed by others' tries"
    elsewhere = Tablet(another_device(scene.one))
    assert elsewhere.answers(elsewhere.sign_in(scene.victim, Means.PIN, scene.pin)) == ["recorded"]
    with time_machine.travel(MORNING + timedelta(minutes=16), tick=False):
        assert scene.tablet.answers(scene.good) == ["recorded"]


def test_one_pin_tried_on_the_whole_school_closes_the_device(cast: Cast) -> None:
    scene = Scene(cast)
    sprayed = [scene.tablet.sign_in(scene.victim, Means.PIN, "4711x", pupil=str(uuid4())) for _number in range(50)]
    assert scene.tablet.answers(*sprayed) == ["refused"] * 40 + ["wait"] * 10
    assert scene.tablet.answers(scene.good) == ["wait"]


def test_many_devices_together_reach_no_more_than_twenty(cast: Cast) -> None:
    scene = Scene(cast)
    tablets = [Tablet(another_device(scene.one)) for _number in range(6)]
    answers = [
        word
        for tablet in tablets
        for word in tablet.answers(*[tablet.sign_in(scene.victim, Means.PIN, f"{n:04d}x") for n in range(5)])
    ]
    assert (answers.count("refused"), answers.count("wait")) == (20, 10)


def test_unknown_and_wrong_are_answered_alike(cast: Cast) -> None:
    scene = Scene(cast)
    unknown, wrong = str(uuid4()), str(scene.victim.public_id)
    for _try in range(7):
        first = scene.tablet.answers(scene.changed(uuid=str(uuid4()), pupil=unknown))
        second = scene.tablet.answers(scene.changed(uuid=str(uuid4()), pupil=wrong))
        assert first == second


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"seal": 1, "entries": []}',
        b'{"entries": []}',
        b'{"seal": "x", "entries": [1]}',
        b'{"seal": "x", "entries": [{}]}',
        b'{"seal": "x", "entries": {}, "opens": "no uuid"}',
        b'{"seal": "x", "entries": [' + b"[" * 5000,
        json.dumps({"seal": "x", "entries": [{}] * 500}).encode(),
        json.dumps(
            {"seal": "x", "entries": [{"uuid": str(uuid4()), "pupil": str(uuid4()), "means": "pin", "at": 1e300}]}
        ).encode(),
        json.dumps(
            {"seal": "x", "entries": [{"uuid": str(uuid4()), "pupil": str(uuid4()), "means": "root", "at": 1}]}
        ).encode(),
    ],
    ids=range(13),
)
def test_a_body_of_another_shape_is_refused(cast: Cast, body: bytes) -> None:
    client = at_device(cast.points[0])
    assert client.post("/pupils/sign-ins", body, content_type="application/json").status_code == 400


def test_a_pupil_reaches_nothing_else(cast: Cast) -> None:
    scene = Scene(cast)
    scene.tablet.hand_over(scene.good, opens=scene.good["uuid"])
    client = scene.tablet.client
    assert client.get("/my/").status_code == 200
    closed = ["/", "/pupils/pack", "/pupils/sign-in", "/classroom/lessons", "/people/", "/rooms/", "/pupils/classes/"]
    assert {client.get(path).status_code for path in closed} <= {302, 404}
    teacher = signed_in(scene.one.local)
    teacher.cookies["tongtang_pupil"] = client.cookies["tongtang_pupil"].value
    assert teacher.get("/pupils/classes/").status_code == 302, "whoever is a pupil is nothing else"


def test_the_pack_gives_no_digest_away(cast: Cast) -> None:
    scene = Scene(cast)
    known = digest_of(scene.tablet.key(), Means.PIN, scene.victim.public_id, scene.pin)
    assert base64.b64encode(known).decode() not in json.dumps(scene.tablet.pack)
    assert verifier_of(base64.b64decode(scene.tablet.pack["salt"]), known) == scene.verifier()
