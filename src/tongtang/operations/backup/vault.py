"""A folder of encrypted blocks, records and logs; nothing in it can be read or altered unseen without its key.

Blocks are named by a keyed hash of their content, so the same content is kept once. Each is sealed by AES-256-GCM under
a random nonce and bound to its name; records (manifests) are sealed under theirs, log entries under log and number.
"""

import base64
import os
import secrets
import struct
import zlib
from collections.abc import Iterator
from hashlib import sha256
from hmac import HMAC
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

BLOCK = 4 * 1024 * 1024
NONCE, TAG = 12, 16
KEY_BYTES = 32
LONGEST_ENTRY = 256 * 1024 * 1024
PLAIN, SQUEEZED = b"\0", b"\1"
PROOF = "key"


class VaultError(Exception):
    """A backup cannot be used; the message is English for logs, commands translate by class."""


class WrongKey(VaultError):
    """The key does not open this vault."""


class Damaged(VaultError):
    """A file of the vault is missing, cut or altered; the message names it."""


def read_key(path: Path) -> bytes:
    """The key in `path`: 32 bytes as base64.

    Raises:
        WrongKey: there is none, or it has another form.
    """
    try:
        key = base64.b64decode(path.read_text(encoding="ascii").strip(), validate=True)
    except (OSError, ValueError) as error:
        raise WrongKey(f"{path}: {error}") from error
    if len(key) != KEY_BYTES:
        raise WrongKey(f"{path}: {len(key)} bytes, not {KEY_BYTES}")
    return key


def make_key(path: Path) -> None:
    """Write a new key, readable by its owner only; an existing one stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"tongtang backup " + purpose).derive(key)


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path` durably and at once: after a crash or a full disk there is all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Vault:
    """The vault in `folder` under `key` (32 bytes); made at the first write.

    Raises:
        WrongKey: the folder holds a vault of another key.
    """

    def __init__(self, folder: Path, key: bytes, longest_entry: int = LONGEST_ENTRY) -> None:
        self.folder = folder
        self.longest_entry = longest_entry
        self._names = _derived(key, b"names")
        self._seal = AESGCM(_derived(key, b"content"))
        self._prove()

    def _prove(self) -> None:
        path = self.folder / PROOF
        if path.exists():
            try:
                self._open(path.read_bytes(), b"proof")
            except InvalidTag as error:
                raise WrongKey(f"{self.folder} was made with another key") from error

    def prepare(self) -> None:
        """Make the folder and put the proof of the key into it.

        Raises:
            OSError: it cannot be written.
        """
        if not (self.folder / PROOF).exists():
            write_whole(self.folder / PROOF, self._close(b"", b"proof"))

    def _close(self, data: bytes, bound_to: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._seal.encrypt(nonce, data, bound_to)

    def _open(self, sealed: bytes, bound_to: bytes) -> bytes:
        if len(sealed) < NONCE + TAG:
            raise InvalidTag
        return self._seal.decrypt(sealed[:NONCE], sealed[NONCE:], bound_to)

    def _path(self, name: str) -> Path:
        return self.folder / "blocks" / name[:2] / name

    def holds(self, name: str) -> bool:
        """Whether a block is there; not whether it is sound."""
        return self._path(name).exists()

    def put(self, data: bytes, *, squeeze: bool) -> str:
        """Keep a block; its name. `squeeze`: try to compress it (databases; films are small already)."""
        name = HMAC(self._names, data, sha256).hexdigest()
        if not self.holds(name):
            small = zlib.compress(data, 1) if squeeze else data
            body = SQUEEZED + small if len(small) < len(data) else PLAIN + data
            write_whole(self._path(name), self._close(body, name.encode()))
        return name

    def get(self, name: str) -> bytes:
        """A block's content.

        Raises:
            Damaged: it is missing or altered.
        """
        body = self._read(self._path(name), name.encode())
        data = zlib.decompress(body[1:]) if body[:1] == SQUEEZED else body[1:]
        if HMAC(self._names, data, sha256).hexdigest() != name:
            raise Damaged(str(self._path(name)))
        return data

    def _read(self, path: Path, bound_to: bytes) -> bytes:
        try:
            return self._open(path.read_bytes(), bound_to)
        except (InvalidTag, OSError) as error:
            raise Damaged(str(path)) from error

    def set_aside(self, name: str) -> None:
        """Take a damaged block out of the way: the next backup keeps its content anew, where it still exists."""
        path = self._path(name)
        if path.exists():
            (self.folder / "damaged").mkdir(exist_ok=True, mode=0o700)
            path.rename(self.folder / "damaged" / name)

    def write_record(self, name: str, data: bytes) -> None:
        """Keep a record; it stands only when everything in it is written."""
        write_whole(self.folder / "manifests" / name, self._close(zlib.compress(data, 6), f"record {name}".encode()))

    def read_record(self, name: str) -> bytes:
        """A record's content.

        Raises:
            Damaged: it is missing or altered.
        """
        return zlib.decompress(self._read(self.folder / "manifests" / name, f"record {name}".encode()))

    def records(self) -> list[str]:
        """Names of all records, in order."""
        folder = self.folder / "manifests"
        return sorted(path.name for path in folder.glob("[0-9]*")) if folder.exists() else []

    def forget(self, name: str) -> None:
        """Delete a record and its log."""
        (self.folder / "manifests" / name).unlink(missing_ok=True)
        self.log_path(name).unlink(missing_ok=True)

    def sweep(self, kept: set[str]) -> int:
        """Delete the blocks whose names are not in `kept`; how many."""
        gone = [path for path in (self.folder / "blocks").glob("??/*") if path.name not in kept]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def size(self) -> int:
        """Bytes of all its files."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def log_path(self, name: str) -> Path:
        return self.folder / "logs" / name

    def append_to_log(self, name: str, number: int, data: bytes) -> None:
        """Add entry `number` (from 0) to the log of record `name`, durably.

        Raises:
            OSError: it could not be written whole; what was written of it is taken back.
            ValueError: it is longer than a reader takes.
        """
        path = self.log_path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        sealed = self._close(zlib.compress(data, 1), f"log {name} {number}".encode())
        if len(sealed) > self.longest_entry:
            raise ValueError(f"{path}, entry {number}: {len(sealed)} bytes")
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "ab", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            entry = struct.pack(">I", len(sealed)) + sealed
            try:
                if file.write(entry) != len(entry):
                    raise OSError(f"{path}: no space")
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise

    def read_log(self, name: str) -> Iterator[bytes]:
        """The entries of a record's log in order; an entry cut off at the end of the file (a crash) is left out.

        Raises:
            Damaged: an entry is altered, or the order is.
        """
        path = self.log_path(name)
        if not path.exists():
            return
        with path.open("rb") as file:
            number = 0
            while len(head := file.read(4)) == 4:
                length = struct.unpack(">I", head)[0]
                if length > self.longest_entry:
                    raise Damaged(f"{path}, entry {number}")
                sealed = file.read(length)
                if len(sealed) < length:
                    return
                try:
                    yield zlib.decompress(self._open(sealed, f"log {name} {number}".encode()))
                except InvalidTag as error:
                    raise Damaged(f"{path}, entry {number}") from error
                number += 1
