"""Deleted children stay deleted: keyed digests of their public ids, in a table and in a file beside the database.

The table of an older backup does not know later deletions; the file (`TONGTANG_HOME/tombstones/children.txt`, a line a
child: digest and moment) is not part of the database and outlives its restore. Its key is derived from the home's first
secret, which every backup holds, also those made before the first deletion; without it nobody can ask whether a given
child was deleted here.
"""

import hmac
import os
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from django.db import transaction

from tongtang.consent.models import Tombstone
from tongtang.foundation import clock
from tongtang.foundation.environment import environment
from tongtang.people.models import Pupil


@cache
def _key() -> bytes:
    return sha256(b"tongtang tombstones\0" + environment().secret("django").encode()).digest()


def digest_of(public_id: UUID) -> str:
    """HMAC-SHA256 of a public id under this home's key, in hex."""
    return hmac.new(_key(), public_id.bytes, sha256).hexdigest()


def journal() -> Path:
    """The file beside the database."""
    return environment().home / "tombstones" / "children.txt"


def read_journal(path: Path) -> dict[str, datetime]:
    """Digests with their moments; a line that was cut off while being written is left out."""
    found: dict[str, datetime] = {}
    for line in path.read_text(encoding="ascii").splitlines() if path.exists() else []:
        digest, _space, moment = line.partition(" ")
        if len(digest) == sha256().digest_size * 2 and moment.endswith("+00:00"):
            found[digest] = datetime.fromisoformat(moment)
    return found


def _write(rows: dict[str, datetime]) -> None:
    path = journal()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        # The newline first: a torn last line stays alone.
        file.writelines(f"\n{digest} {moment.isoformat()}" for digest, moment in rows.items())
        file.flush()
        os.fsync(file.fileno())


def bury(public_id: UUID) -> None:
    """Put a child's tombstone into the table now and into the file with the commit; call inside a transaction."""
    row, _made = Tombstone.objects.get_or_create(digest=digest_of(public_id), defaults={"at": clock.now()})
    transaction.on_commit(lambda: _write({row.digest: row.at}))


def all_tombstones() -> dict[str, datetime]:
    """Those of the table and those of the file."""
    return {**dict(Tombstone.objects.values_list("digest", "at")), **read_journal(journal())}


def keep_in_step() -> int:
    """Write to the file what only the table knows and the other way round; how many tombstones there are."""
    everything, written = all_tombstones(), read_journal(journal())
    missing = {digest: at for digest, at in everything.items() if digest not in written}
    if missing:
        _write(missing)
    Tombstone.objects.bulk_create(
        [Tombstone(digest=digest, at=at) for digest, at in everything.items()], ignore_conflicts=True
    )
    return len(everything)


def risen() -> list[Pupil]:
    """Children of the database who were deleted: rows that an older backup brought back."""
    known = set(all_tombstones())
    if not known:
        return []
    rows = Pupil.objects.values_list("pk", "public_id").iterator(chunk_size=20_000)
    keys = [key for key, public_id in rows if digest_of(public_id) in known]
    return list(Pupil.objects.filter(pk__in=keys))


def take_in(path: Path) -> int:
    """Add the tombstones of a file that was kept apart (`tongtang consent tombstones`); how many are new."""
    known = all_tombstones()
    new = {digest: at for digest, at in read_journal(path).items() if digest not in known}
    _write(new)
    return len(new)
