"""Codes and secrets: made at random, stored only as a hash."""

import hashlib
import secrets
import unicodedata

# Without 0 O 1 I L: read aloud over a telephone and copied from paper.
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal: enough where the secret is random and long, or short-lived and throttled."""
    return hashlib.sha256(secret.encode()).hexdigest()


def readable_secret() -> str:
    """Twelve letters and digits that are copied without mistakes, such as 7KQM-2XHW-9RTA."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def typed_activation_code(text: str) -> str:
    """A code as people type it from paper: spaces, small or full-width letters, missing dashes are forgiven."""
    plain = unicodedata.normalize("NFKC", text).upper()
    bare = "".join(character for character in plain if character in LETTERS)
    return "-".join(bare[start : start + 4] for start in range(0, len(bare), 4))


def device_code() -> str:
    """Eight digits."""
    return f"{secrets.randbelow(10**8):08d}"


def device_secret() -> str:
    """256 bits for a device's cookie."""
    return secrets.token_urlsafe(32)
