"""Files of a home, into blocks and back."""

import os
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from tongtang.foundation.environment import Environment
from tongtang.foundation.restoring import TOMBSTONES
from tongtang.operations.backup.manifest import Stored
from tongtang.operations.backup.vault import BLOCK, Damaged, Vault

# Made anew at each start, or by the restore itself.
NOT_KEPT = {"run", "logs", "static", "backups", "backup.key", "drill"}
LIVE = "media/live"
SETTINGS = "settings.env"


def kept_files(env: Environment) -> Iterator[Path]:
    """Every file of the home that a backup holds; the database and the backup's own folder and key apart."""
    apart = {env.backup, env.backup_key, env.home / LIVE}
    apart |= {env.home / name for name in NOT_KEPT}
    for folder, names, files in os.walk(env.home):
        here = Path(folder)
        names[:] = sorted(name for name in names if here / name not in apart and not name.startswith("replaced-"))
        for name in sorted(files):
            path = here / name
            database = here == env.home and ".sqlite3" in name
            if path not in apart and not database and path.is_file() and not path.is_symlink():
                yield path


def store_files(env: Environment, vault: Vault, known: Mapping[str, Stored]) -> Iterator[Stored]:
    """Store the home's files; one that has not changed since the backup `known` is not read again.

    A file that vanishes meanwhile (a recording deleted, a will put on record) is left out.
    """
    for path in kept_files(env):
        name = str(path.relative_to(env.home))
        try:
            status = path.stat()
            former = known.get(name)
            same = former and (former.size, former.modified) == (status.st_size, status.st_mtime_ns)
            if former and same and all(map(vault.holds, former.blocks)):
                yield former
                continue
            with path.open("rb") as file:
                yield store(vault, name, file, mode=status.st_mode & 0o777, modified=status.st_mtime_ns, squeeze=False)
        except FileNotFoundError:
            continue


def store(vault: Vault, name: str, file: BinaryIO, *, mode: int, modified: int = 0, squeeze: bool) -> Stored:
    """Store one file from its stream, a block at a time."""
    total, size, blocks = sha256(), 0, []
    while data := file.read(BLOCK):
        total.update(data)
        size += len(data)
        blocks.append(vault.put(data, squeeze=squeeze))
    return Stored(name, size, mode, modified, total.hexdigest(), tuple(blocks))


def write_out(vault: Vault, stored: Stored, root: Path) -> None:
    """Write a stored file or folder below `root`.

    Raises:
        Damaged: a block is missing or altered, or the whole is not what was stored.
    """
    target = inside(root, stored.path)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if stored.folder:
        target.mkdir(exist_ok=True, mode=stored.mode)
        return
    total = sha256()
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stored.mode), "wb") as file:
        for block in stored.blocks:
            data = vault.get(block)
            total.update(data)
            file.write(data)
    if total.hexdigest() != stored.sha256:
        raise Damaged(stored.path)
    if stored.modified:
        os.utime(target, ns=(stored.modified, stored.modified))


def verify(vault: Vault, files: Iterable[Stored], tried: dict[str, bool]) -> list[str]:
    """Paths whose content cannot be read back whole. Damaged blocks are set aside; `tried` remembers blocks."""
    bad = []
    for stored in files:
        total, whole = sha256(), True
        for block in stored.blocks:
            if tried.get(block) is False:
                whole = False
                continue
            try:
                total.update(vault.get(block))
                tried[block] = True
            except Damaged:
                vault.set_aside(block)
                tried[block] = whole = False
        if not stored.folder and (not whole or total.hexdigest() != stored.sha256):
            bad.append(stored.path)
    return bad


def inside(root: Path, name: str) -> Path:
    """`name` below `root`.

    Raises:
        Damaged: it leads out of it.
    """
    target = Path(os.path.normpath(root / name))
    if not target.is_relative_to(root) or target == root:
        raise Damaged(name)
    return target


def is_tombstone(path: str) -> bool:
    """Whether the newest copy of a home's file is put back, whatever the moment: tombstones and their key."""
    return path.partition("/")[0] == TOMBSTONES or path == f"secrets/{TOMBSTONES}"


def tombstones(env: Environment) -> dict[str, str]:
    """The tombstones' files as they are now: path -> content."""
    return {str(path.relative_to(env.home)): path.read_text("utf-8") for path in _tombstone_paths(env)}


def tombstones_as_they_stand(env: Environment) -> list[tuple[str, int, int]]:
    """Name, size and last change of each of the tombstones' files: what tells cheaply that one was written to."""
    standing = [(path.name, path.stat()) for path in _tombstone_paths(env)]
    return [(name, status.st_size, status.st_mtime_ns) for name, status in standing]


def _tombstone_paths(env: Environment) -> list[Path]:
    paths = [env.home / "secrets" / TOMBSTONES, *sorted((env.home / TOMBSTONES).glob("*"))]
    return [path for path in paths if path.is_file()]
