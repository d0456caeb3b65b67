"""Secrets of pupils and what is derived from them; `pupil-proof.ts` derives the same on the device.

    W        = SHA-256(code) of a card; PBKDF2-SHA-256(secret, salt = the pupil's public id) of PIN and pictures
    digest   = HMAC(class key, means | pupil | W)          kept by the server; `pupil` is empty for a card
    verifier = HMAC(salt of device and day, digest)[:16]   in the device's pack of today
    proof    = HMAC(digest, uuid | device | pupil | means | milliseconds)

A pack holds no digest, so that who reads it can make no proof without guessing the secret itself.
"""

import hashlib
import hmac
import secrets
from datetime import date
from functools import lru_cache
from uuid import UUID

from tongtang.access.pupils.models import Means
from tongtang.access.secrets import LETTERS
from tongtang.foundation.environment import environment

ROUNDS = 20_000
CARD_GROUPS = 4
PIN_DIGITS = 4
CLASS_CODE_DIGITS = 6
VERIFIER_BYTES = 16
PICTURES = (
    "cat", "dog", "fish", "pig", "horse", "butterfly", "leaf", "tree",
    "flower", "apple", "carrot", "car", "plane", "star", "sun", "umbrella",
)  # fmt: skip
# What another child tries first.
OBVIOUS_PINS = frozenset([*(str(digit) * 4 for digit in range(10)), "1234", "4321", "0123", "2345", "1212", "2580"])


@lru_cache(maxsize=1)
def _root() -> bytes:
    return environment().secret("pupils").encode()


def keyed(*parts: str) -> bytes:
    """32 bytes of this home for `parts`: the source of every key and salt here."""
    return hmac.digest(_root(), "\n".join(parts).encode(), "sha256")


def class_key(home_class: UUID) -> bytes:
    """The key of a class's digests."""
    return keyed("class", str(home_class))


def salt_of(device: UUID, day: date) -> bytes:
    """The salt of a device's verifiers on one day: yesterday's pack fits neither today nor another device."""
    return keyed("salt", str(device), day.isoformat())


def new_card() -> str:
    """A card's code: 16 letters and digits, 79 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(CARD_GROUPS))


def new_pin() -> str:
    """Four digits, not those that everybody tries."""
    while True:
        pin = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"
        if pin not in OBVIOUS_PINS:
            return pin


def new_pictures() -> str:
    """Two different pictures in their order, such as `cat-tree`."""
    first, second = secrets.SystemRandom().sample(PICTURES, 2)
    return f"{first}-{second}"


def new_class_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(10**CLASS_CODE_DIGITS):0{CLASS_CODE_DIGITS}d}"


NEW = {Means.CARD: new_card, Means.PIN: new_pin, Means.PICTURES: new_pictures}


def stretched(means: Means, pupil: UUID, secret: str) -> bytes:
    """W of the module's table, 32 bytes; about 7 ms for a PIN and for pictures."""
    if means is Means.CARD:
        return hashlib.sha256(secret.encode()).digest()
    return hashlib.pbkdf2_hmac("sha256", secret.encode(), pupil.bytes, ROUNDS)


def digest_of(key: bytes, means: Means, pupil: UUID, secret: str) -> bytes:
    """The digest of a secret under a class's key, 32 bytes."""
    owner = "" if means is Means.CARD else str(pupil)
    message = f"{means.value}|{owner}|".encode() + stretched(means, pupil, secret)
    return hmac.digest(key, message, "sha256")


def class_code_digest(home_class: UUID, code: str) -> bytes:
    return keyed("class code", str(home_class), code)


def verifier_of(salt: bytes, digest: bytes) -> bytes:
    return hmac.digest(salt, digest, "sha256")[:VERIFIER_BYTES]


def proof_of(digest: bytes, *, uuid: UUID, device: UUID, pupil: UUID, means: Means, at_ms: int) -> bytes:
    """The proof that whoever made this sign-in knew the secret, 32 bytes."""
    return hmac.digest(digest, f"{uuid}|{device}|{pupil}|{means.value}|{at_ms}".encode(), "sha256")


def new_token() -> str:
    """256 bits for the cookie of a pupil's page."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
