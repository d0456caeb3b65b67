"""The pack of a device: today's classes of its room, each pupil with verifiers, signed, good until midnight."""

import base64
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tongtang.access.pupils.models import PupilCredential
from tongtang.access.pupils.secrets import PICTURES, class_key, keyed, salt_of, verifier_of
from tongtang.foundation import clock
from tongtang.organisations.models import HomeClass
from tongtang.people.models import Enrolment

VERSION = 1
COLOURS = 4
ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class SignedPack:
    """`text` is the pack as JSON; `signature` is ECDSA P-256 over it, r and s of 32 bytes, in base64."""

    text: str
    signature: str

    @property
    def tag(self) -> str:
        """The same for the same content."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]


def seal_of(device: UUID, day: date) -> str:
    """The mark of a pack handed to `device` on `day`; sign-ins made with it carry it back."""
    return f"{day.isoformat()}.{keyed('seal', str(device), day.isoformat()).hex()}"


def day_of_seal(seal: str, device: UUID) -> date | None:
    """The day of a true seal of `device`, else None."""
    text, _dot, _mark = seal.partition(".")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if seal.isascii() and hmac.compare_digest(seal, seal_of(device, day)) else None


def pack_for(device: UUID, classes: Iterable[HomeClass], day: date) -> SignedPack:
    """The pack of `device` with `classes` on `day`, in two queries."""
    pack = {
        "version": VERSION,
        "device": str(device),
        "day": day.isoformat(),
        "expires": midnight_after(day).timestamp(),
        "salt": encoded(salt := salt_of(device, day)),
        "seal": seal_of(device, day),
        "classes": _classes(list(classes), day, salt),
    }
    text = json.dumps(pack, ensure_ascii=False, separators=(",", ":"))
    return SignedPack(text, encoded(_signature(text.encode())))


def midnight_after(day: date) -> datetime:
    """The end of a civil day."""
    return clock.at(day + timedelta(days=1), time())


def mark_of(position: int) -> tuple[str, int]:
    """The picture and colour (0 to 3) beside a name, for children who cannot read it yet; 64 differ."""
    return PICTURES[position % len(PICTURES)], position // len(PICTURES) % COLOURS


def _classes(classes: list[HomeClass], day: date, salt: bytes) -> list[dict[str, Any]]:
    verifiers: dict[tuple[int, int], dict[str, str]] = defaultdict(dict)
    living = PupilCredential.objects.filter(home_class__in=classes, revoked_at=None)
    for home_class, pupil, means, digest in living.values_list("home_class", "pupil", "means", "digest"):
        verifiers[home_class, pupil][means] = encoded(verifier_of(salt, bytes(digest)))
    rosters: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for home_class, pupil, public_id, name in enrolled_on(classes, day):
        roster = rosters[home_class]
        one = {"id": str(public_id), "name": name, "mark": mark_of(len(roster)), **verifiers[home_class, pupil]}
        roster.append(one)
    return [
        {
            "id": str(one.public_id),
            "name": one.name,
            "key": encoded(class_key(one.public_id)),
            "pupils": rosters[one.pk],
        }
        for one in classes
    ]


def enrolled_on(classes: Iterable[HomeClass | int], day: date) -> Iterable[tuple[int, int, UUID, str]]:
    """(class, pupil, public id, name) of everybody who is in one of `classes` on `day`, in the order of the roster."""
    rows = (
        Enrolment.objects.filter(home_class__in=list(classes), valid_from__lte=day, pupil__ended_on=None)
        .exclude(valid_to__lt=day)
        .order_by("home_class", "pupil__source_id")
    )
    return rows.values_list("home_class", "pupil", "pupil__public_id", "pupil__name")


@lru_cache(maxsize=1)
def _signing_key() -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(keyed("signing", "1") + keyed("signing", "2"), "big") % (ORDER_OF_P256 - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def _signature(text: bytes) -> bytes:
    r, s = decode_dss_signature(_signing_key().sign(text, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def public_key() -> Mapping[str, str]:
    """The key that verifies packs, as a JSON Web Key."""
    numbers = _signing_key().public_key().public_numbers()
    x, y = (base64.urlsafe_b64encode(part.to_bytes(32, "big")).rstrip(b"=").decode() for part in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def encoded(raw: bytes) -> str:
    """Base64 as `atob` reads it."""
    return base64.b64encode(raw).decode()
