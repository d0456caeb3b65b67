"""What one backup holds: every file with its SHA-256 and blocks, the schema, counts and facts."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tongtang.foundation.restoring import TOMBSTONES
from tongtang.operations.backup.vault import Damaged, Vault

FORM = 1
# Apps of packages, whose migrations are not ours to know.
FOREIGN = {"auth", "contenttypes", "sessions", "django_tasks_database"}
PACKAGE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Stored:
    """One file or, with no blocks and `folder`, an empty folder. `path` is relative; `sha256` is of its content."""

    path: str
    size: int = 0
    mode: int = 0o600
    modified: int = 0
    sha256: str = ""
    blocks: tuple[str, ...] = ()
    folder: bool = False


@dataclass(frozen=True)
class Manifest:
    """`at` is the moment of the database's copy; `database` its files, `files` the home's; counts are rows a table."""

    name: str
    at: datetime
    engine: str
    migrations: tuple[str, ...]
    database: tuple[Stored, ...]
    files: tuple[Stored, ...]
    counts: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    added: int = 0

    def blocks(self) -> set[str]:
        return {block for stored in (*self.database, *self.files) for block in stored.blocks}

    def size(self) -> int:
        """Bytes of everything in it, before compression."""
        return sum(stored.size for stored in (*self.database, *self.files))


def name_at(moment: datetime) -> str:
    """A manifest's name: its moment in UTC, so that names sort as time does."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def moment_of(name: str) -> datetime:
    return datetime.strptime(name, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)


def write(vault: Vault, manifest: Manifest) -> None:
    """Keep it: from now on the backup exists."""
    body = {**asdict(manifest), "form": FORM, "at": manifest.at.isoformat()}
    vault.write_record(manifest.name, json.dumps(body).encode())


def read(vault: Vault, name: str) -> Manifest:
    """The manifest `name`.

    Raises:
        Damaged: it is missing, altered or of a form that this version does not know.
    """
    body = json.loads(vault.read_record(name))
    if body.pop("form") != FORM:
        raise Damaged(f"{name}: written by a newer version of this program")
    for part in ("database", "files"):
        body[part] = tuple(Stored(**{**one, "blocks": tuple(one["blocks"])}) for one in body[part])
    return Manifest(**{**body, "at": datetime.fromisoformat(body["at"]), "migrations": tuple(body["migrations"])})


def write_tombstones(vault: Vault, content: dict[str, str]) -> None:
    """Keep the newest tombstones, apart from any backup; a damaged record is replaced."""
    try:
        kept = read_tombstones(vault)
    except Damaged:
        kept = {}
    if content and content != kept:
        vault.write_record(TOMBSTONES, json.dumps(content).encode())


def read_tombstones(vault: Vault) -> dict[str, str]:
    """The newest tombstones: path below the home -> content."""
    if not (vault.folder / "manifests" / TOMBSTONES).exists():
        return {}
    return dict(json.loads(vault.read_record(TOMBSTONES)))


def sound(vault: Vault) -> list[Manifest]:
    """All readable manifests, the oldest first."""
    found = []
    for name in vault.records():
        try:
            found.append(read(vault, name))
        except Damaged:
            continue
    return found


def known_migrations() -> set[str]:
    """Migrations of this program's own contexts as "context.name"."""
    return {f"{path.parents[1].name}.{path.stem}" for path in PACKAGE.glob("*/migrations/[0-9]*.py")}


def unknown_migrations(manifest: Manifest) -> list[str]:
    """Migrations that the backed-up database had and this program lacks: it is of a newer version."""
    known = known_migrations()
    return [name for name in manifest.migrations if name not in known and name.partition(".")[0] not in FOREIGN]


@dataclass(frozen=True)
class Patch:
    """`data` belongs at `offset` of the database's file `path`, which is then `size` bytes long (-1: as it comes)."""

    path: str
    offset: int
    data: bytes
    size: int = -1


def pack(at: datetime, patches: list[Patch]) -> bytes:
    """One log entry: what changed in the database's files and was complete at `at`."""
    head = {"at": at.isoformat(), "patches": [[p.path, p.offset, len(p.data), p.size] for p in patches]}
    return json.dumps(head).encode() + b"\n" + b"".join(patch.data for patch in patches)


def unpack(entry: bytes) -> tuple[datetime, list[Patch]]:
    """The moment and patches of a log entry."""
    line, _newline, data = entry.partition(b"\n")
    head, start, patches = json.loads(line), 0, []
    for path, offset, length, size in head["patches"]:
        patches.append(Patch(path, offset, data[start : start + length], size))
        start += length
    return datetime.fromisoformat(head["at"]), patches


def log_of(vault: Vault, name: str) -> Iterator[tuple[datetime, list[Patch]]]:
    """The changes after the backup `name`, in order."""
    return map(unpack, vault.read_log(name))
