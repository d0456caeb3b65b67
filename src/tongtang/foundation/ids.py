"""Public identifiers: random, never derived from a row's key."""

import secrets
import time
import uuid

from django.db import models

VERSION_7 = 0x7 << 76
VARIANT = 0b10 << 62
RANDOM_HIGH, RANDOM_LOW = 12, 62


class PublicIdModel(models.Model):
    """A row that URLs and JSON may name, by a random UUID."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


def time_ordered() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits.

    Its neighbours in an index are its neighbours in time, so that millions of new rows do not touch the whole index.
    """
    millisecond = time.time_ns() // 10**6 & (1 << 48) - 1
    high, low = secrets.randbits(RANDOM_HIGH), secrets.randbits(RANDOM_LOW)
    return uuid.UUID(int=millisecond << 80 | VERSION_7 | high << 64 | VARIANT | low)


def many_time_ordered(count: int) -> list[str]:
    """`count` UUIDs of version 7 of one millisecond, in hexadecimal and ascending; 72 bits of each are random."""
    head = f"{time.time_ns() // 10**6 & (1 << 48) - 1:012x}7"
    drawn = secrets.token_bytes(9 * count).hex()
    # The variant's place is one of 8 to b: always 8 here.
    return sorted(f"{head}{drawn[at : at + 3]}8{drawn[at + 3 : at + 18]}" for at in range(0, len(drawn), 18))
