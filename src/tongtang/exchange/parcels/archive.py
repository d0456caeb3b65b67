"""A zip of unknown origin into an empty folder: names first, then every byte counted while it is unpacked.

What a zip declares about itself is never believed: sizes and ratios are those of the bytes that really come.
"""

import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

MEGABYTE = 1024 * 1024
CHUNK = 64 * 1024
NAME_LENGTH = 120
# Below this much text a good ratio says nothing: a file of one repeated line compresses well.
RATIO_COUNTS_FROM = 4 * MEGABYTE
ENCRYPTED = 0x1
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# The fixed part of a member's own header; the name and the compressed bytes follow it.
LOCAL_HEADER = 30
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]")
DRIVE = re.compile(r"^[A-Za-z]:")
PACKED = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst", ".jar")
PACKED_STARTS = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"BZh",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
)
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError, KeyError)


@dataclass(frozen=True)
class Caps:
    """The most that one parcel may hold; `ratio`: unpacked to packed bytes of a member."""

    members: int = 64
    member_bytes: int = 1024 * MEGABYTE
    total_bytes: int = 2048 * MEGABYTE
    ratio: int = 100


class BadArchive(Exception):
    """The zip is refused: `member` is the file inside that is meant ("" for the whole), the message a sentence."""

    def __init__(self, member: str, message: str) -> None:
        super().__init__(message)
        self.member = member[:NAME_LENGTH]


@dataclass
class _Budget:
    """How many bytes may still come out."""

    caps: Caps
    left: int

    def spend(self, member: str, packed: int, unpacked: int, fresh: int) -> None:
        """Count `fresh` bytes; `unpacked` is the member's sum so far."""
        self.left -= fresh
        if unpacked > self.caps.member_bytes or self.left < 0:
            raise BadArchive(member, _("The file unpacks to more than is allowed; divide it."))
        if unpacked > RATIO_COUNTS_FROM and unpacked > packed * self.caps.ratio:
            raise BadArchive(member, _("The file is packed suspiciously tightly (a zip bomb); pack it anew."))


def unpack(source: IO[bytes], folder: Path, endings: tuple[str, ...], caps: Caps | None = None) -> list[Path]:
    """Unpack the zip `source` into the empty `folder`; files stand at its root and end in one of `endings`.

    Returns:
        The files, by name.

    Raises:
        BadArchive: the zip is refused; `folder` may hold a part, and the caller throws it away.
    """
    caps = caps or Caps()
    with _opened(source) as archive:
        members = checked_members(archive, caps)
        _check_names(members, endings)
        budget = _Budget(caps, caps.total_bytes)
        return sorted(_unpack_member(archive, member, folder, budget) for member in members)


def check_inside(source: IO[bytes], caps: Caps) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The members of a zip that another reader will open (a workbook), with their bytes under the same caps.

    Raises:
        BadArchive: as in `unpack`; folders inside are allowed here.
    """
    with _opened(source) as archive:
        budget = _Budget(caps, caps.total_bytes)
        for member in checked_members(archive, caps):
            yield member.filename, _bytes_of(archive, member, budget)


@contextmanager
def _opened(source: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except BadArchive:
        raise
    except BROKEN as error:
        raise BadArchive("", _("This is not a whole zip file; pack it anew and send it again.")) from error


def checked_members(archive: zipfile.ZipFile, caps: Caps) -> list[zipfile.ZipInfo]:
    """The files of a zip after every check that needs no unpacking; folders are left out.

    Raises:
        BadArchive: one of them is refused.
    """
    entries = archive.infolist()
    if len(entries) > caps.members:
        sentence = _("The zip holds more than %(limit)d files; take out what does not belong.")
        raise BadArchive("", sentence % {"limit": caps.members})
    seen: dict[str, str] = {}
    for entry in entries:
        _check_name(entry)
        _check_kind(entry)
        folded = unicodedata.normalize("NFKC", entry.orig_filename).casefold().rstrip(". /")
        if folded in seen:
            sentence = _("Two files of the zip have the same name (%(other)s); leave one.")
            raise BadArchive(entry.orig_filename, sentence % {"other": seen[folded]})
        seen[folded] = entry.orig_filename
    _check_overlap(entries)
    return [entry for entry in entries if not entry.is_dir()]


def _check_name(entry: zipfile.ZipInfo) -> None:
    # The name as it stands in the file: zipfile cuts it at a NUL and turns separators.
    name = entry.orig_filename
    if not name.strip() or len(name) > NAME_LENGTH or UNPRINTABLE.search(name):
        raise BadArchive(name, _("A file of the zip has an empty, overlong or unprintable name; rename it."))
    parts = unicodedata.normalize("NFKC", name).replace("\\", "/").removesuffix("/").split("/")
    if "\\" in name or DRIVE.match(name) or any(part.strip() in ("", ".", "..") for part in parts):
        raise BadArchive(name, _("A file of the zip would be written outside its folder; the zip is refused."))


def _check_kind(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArchive(entry.orig_filename, _("The zip holds a link or device instead of a file; take it out."))
    if entry.is_dir() and (entry.file_size or entry.compress_size > 2):
        raise BadArchive(entry.orig_filename, _("The zip holds a folder with content of its own; pack it anew."))
    if entry.flag_bits & ENCRYPTED:
        raise BadArchive(entry.orig_filename, _("The zip is locked with a password; send it without."))
    if entry.compress_type not in METHODS:
        raise BadArchive(entry.orig_filename, _("The zip is packed in a way that is not read here; pack it anew."))


def _check_overlap(entries: list[zipfile.ZipInfo]) -> None:
    """Members that share their bytes make a bomb of a small file."""
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < end:
            raise BadArchive(entry.orig_filename, _("Files of the zip lie over one another; pack it anew."))
        end = entry.header_offset + LOCAL_HEADER + len(entry.orig_filename) + entry.compress_size


def _check_names(members: list[zipfile.ZipInfo], endings: tuple[str, ...]) -> None:
    if not members:
        raise BadArchive("", _("The zip is empty; put the files into it."))
    for member in members:
        name = member.filename
        if name.lower().endswith(PACKED):
            raise BadArchive(name, _("The zip holds another packed file; unpack it and send the files."))
        if "/" in name:
            raise BadArchive(name, _("The files must stand at the root of the zip, in no folder."))
        if not name.endswith(endings):
            sentence = _("Only files ending in %(endings)s belong here; take this one out.")
            raise BadArchive(name, sentence % {"endings": ", ".join(endings)})


def _bytes_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: _Budget) -> Iterator[bytes]:
    came = 0
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(CHUNK):
                came += len(chunk)
                budget.spend(member.filename, max(member.compress_size, 1), came, len(chunk))
                yield chunk
    except BROKEN as error:
        raise BadArchive(member.filename, _("The file is damaged inside the zip; pack it anew.")) from error
    if came != member.file_size:
        raise BadArchive(member.filename, _("The zip lies about the size of this file; pack it anew."))


def _unpack_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, budget: _Budget) -> Path:
    path = folder / member.filename
    first = True
    with path.open("xb") as target:
        for chunk in _bytes_of(archive, member, budget):
            if first and chunk.startswith(PACKED_STARTS) and not member.filename.endswith(".xlsx"):
                raise BadArchive(member.filename, _("The zip holds another packed file; unpack it and send the files."))
            first = False
            target.write(chunk)
    return path
