"""Pupils' secrets and the classroom device in Python: what `pupil-proof.ts` does in the browser."""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from tests.cast import Point, actor_for, at_device
from tongtang.access.models import ClassroomDevice
from tongtang.access.pupils import credentials
from tongtang.access.pupils.models import Means, RoomClass
from tongtang.access.pupils.secrets import digest_of, proof_of
from tongtang.access.secrets import device_secret, digest
from tongtang.foundation import clock
from tongtang.people.models import Pupil

ALL = (Means.CARD, Means.PIN, Means.PICTURES)


def give_all(one: Point) -> dict[UUID, dict[Means, str]]:
    """The point's class signs in in its room, everybody with card, PIN and pictures: pupil's public id -> secrets."""
    RoomClass.objects.get_or_create(room=one.room, home_class=one.home_class)
    given = credentials.give(actor_for(one.local), one.home_class, one.pupils, ALL)
    return {each.pupil.public_id: each.secrets for each in given}


def another_device(one: Point) -> Point:
    """A second tablet of the same room."""
    secret = device_secret()
    device = ClassroomDevice.objects.create(room=one.room, secret_hash=digest(secret), enrolled_at=clock.now())
    return Point(one.school, one.room, one.home_class, one.pupils, one.local, device, secret)


@dataclass
class Tablet:
    """An enrolled device with its pack: makes sign-ins and hands them over through the front door."""

    point: Point
    client: Client = field(init=False)
    pack: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.client = at_device(self.point)
        self.fetch()

    def fetch(self) -> None:
        self.pack = json.loads(self.client.get("/pupils/pack").json()["pack"])

    def key(self, home_class: UUID | None = None) -> bytes:
        wanted = str(home_class or self.point.home_class.public_id)
        return base64.b64decode(next(one["key"] for one in self.pack["classes"] if one["id"] == wanted))

    def sign_in(
        self, pupil: Pupil, means: Means, secret: str, at: datetime | None = None, /, **changes: Any
    ) -> dict[str, Any]:
        """One entry with its proof; `changes` replace fields after the proof was made."""
        uuid, at_ms = uuid4(), round((at or clock.now()).timestamp() * 1000)
        known = digest_of(self.key(), means, pupil.public_id, secret)
        proof = proof_of(
            known, uuid=uuid, device=self.point.device.public_id, pupil=pupil.public_id, means=means, at_ms=at_ms
        )
        entry = {"uuid": str(uuid), "pupil": str(pupil.public_id), "means": means.value, "at": at_ms}
        return {**entry, "proof": base64.b64encode(proof).decode(), **changes}

    def hand_over(self, *entries: dict[str, Any], **changes: Any) -> Any:
        body = {"seal": self.pack["seal"], "entries": list(entries), **changes}
        return self.client.post("/pupils/sign-ins", json.dumps(body), content_type="application/json")

    def answers(self, *entries: dict[str, Any], **changes: Any) -> list[str]:
        """What the server says of each entry, in their order."""
        found = self.hand_over(*entries, **changes).json()["answers"]
        return [found[entry["uuid"]] for entry in entries]
