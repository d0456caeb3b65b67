"""Password hashing at the cost measured for a shared two-core node."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import Argon2PasswordHasher

# A rush on sign-in waits for itself; lessons keep the rest of the machine.
_AT_ONCE = threading.BoundedSemaphore(2)
PATIENCE = 2.0
"""Seconds that a request waits for its turn: some 120 hashes. Whoever waits longer is asked to come back."""
SOONEST, LATEST = 2, 9
"""Seconds after which to come back: drawn at random, so that those sent away together do not return together."""


class Busy(Exception):
    """Too many passwords are checked at once; try again after `retry_after` seconds. Nothing was checked."""

    def __init__(self) -> None:
        super().__init__("too many passwords are checked at once")
        self.retry_after = SOONEST + secrets.randbelow(LATEST - SOONEST + 1)


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=PATIENCE):
        raise Busy
    try:
        yield
    finally:
        _AT_ONCE.release()


class LeanArgon2(Argon2PasswordHasher):
    """Argon2id t=2, m=19456 KiB, p=1 (OWASP's minimum): 31 ms instead of 240 ms of CPU; at most two in a process."""

    algorithm = "argon2lean"
    time_cost = 2
    memory_cost = 19456
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _turn():
            encoded: str = super().encode(password, salt)
        return encoded

    def verify(self, password: str, encoded: str) -> bool:
        with _turn():
            right: bool = super().verify(password, encoded)
        return right
