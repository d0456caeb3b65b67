"""Signed heads: what the chain was at a moment, in a file that is carried off this host.

Whoever may write to the database can rewrite a whole chain; not a head that somebody else has already kept.
A file is JSON: `made_at`, `key` (Ed25519 public key, hex), `heads` (stream, seq, hash), `signature` (hex, of the
canonical JSON of the rest).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.utils.translation import gettext as _

from tongtang.audit.chain import canonical, stamp
from tongtang.audit.models import Head
from tongtang.foundation.environment import environment

SECRET = "audit-signing"  # noqa: S105 the name of the secret
FOLDER = "audit-heads"


class BadHeads(ValueError):
    """A file that is no file of signed heads, or whose signature does not fit; the message is a sentence."""


@dataclass(frozen=True)
class SignedHead:
    """The last entry of a stream when the file was made."""

    stream: str
    seq: int
    hash: str


def _private() -> Ed25519PrivateKey:
    seed = sha256(b"tongtang audit heads\0" + environment().secret(SECRET).encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key() -> str:
    """The key that this home's signatures are checked with, in hex."""
    return _private().public_key().public_bytes_raw().hex()


def signed(body: Mapping[str, Any]) -> dict[str, Any]:
    """`body` with this home's `key` and `signature`."""
    whole = {**body, "key": public_key()}
    return {**whole, "signature": _private().sign(canonical(whole).encode()).hex()}


def signed_heads(now: datetime) -> dict[str, Any]:
    """The heads of all streams, signed."""
    rows = Head.objects.order_by("stream").values_list("stream", "seq", "hash")
    return signed({"made_at": stamp(now), "heads": [asdict(SignedHead(*row)) for row in rows]})


def folder() -> Path:
    """Where the periodic job leaves them, to be copied off the host."""
    return environment().home / FOLDER


def name_at(moment: datetime) -> str:
    """The name of the file of a moment, so that names sort as time does."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%S%fZ}.json"


def write_heads(now: datetime) -> Path | None:
    """A new file of signed heads; None where nothing was appended since the newest one."""
    document = signed_heads(now)
    target = folder()
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    newest = max(target.glob("*.json"), default=None)
    if newest is not None and _same_heads(newest, document["heads"]):
        return None
    path = target / name_at(now)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)
    return path


def _same_heads(path: Path, heads: Sequence[Any]) -> bool:
    try:
        return bool(json.loads(path.read_text(encoding="utf-8"))["heads"] == heads)
    except (ValueError, KeyError, TypeError):
        return False


def read_heads(path: Path, key: str = "") -> list[SignedHead]:
    """The heads of a file, if its signature is of `key` (hex), or of this home where none is given.

    Raises:
        BadHeads: the file cannot be read, is of another form, or is not signed with the key.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        signature = bytes.fromhex(document.pop("signature"))
        heads = [SignedHead(str(row["stream"]), int(row["seq"]), str(row["hash"])) for row in document["heads"]]
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key or public_key()))
        public.verify(signature, canonical(document).encode())
    except InvalidSignature as error:
        raise BadHeads(_("%(path)s is not signed with the key of this installation") % {"path": path}) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadHeads(_("%(path)s is not a file of signed heads") % {"path": path}) from error
    return heads
