"""A presentation is packed anew before an office program may see it: nothing too large, nothing from outside."""

import stat
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

from tongtang.preparation.conversion.limits import (
    MEGABYTE,
    MEMBER_BYTES,
    MEMBERS,
    RATIO,
    SMALL_BYTES,
    UNPACKED_BYTES,
    Unusable,
)
from tongtang.preparation.conversion.sniff import damaged, locked_words

CHUNK = 256 * 1024
RELATIONS_BYTES = 2 * MEGABYTE
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
ENCRYPTED_FLAG = 0x1
ElementTree.register_namespace("", RELATIONS)


def repack(source: Path, target: Path) -> None:
    """Write the presentation `source` to `target` member by member; counted while it streams, not as declared.

    Relations to files elsewhere (linked pictures, films, templates) are left out; links to click on stay.

    Raises:
        Unusable: it is damaged, locked, or unpacks to more than the limits allow.
    """
    try:
        with (
            zipfile.ZipFile(source) as packed,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out,
        ):
            members = packed.infolist()
            if len(members) > MEMBERS:
                raise Unusable(too_much())
            total = 0
            for member in members:
                total += _copy(packed, member, out, UNPACKED_BYTES - total)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ElementTree.ParseError, OSError, ValueError) as error:
        if isinstance(error, Unusable):
            raise
        raise Unusable(damaged()) from error


def _copy(packed: zipfile.ZipFile, member: zipfile.ZipInfo, out: zipfile.ZipFile, room: int) -> int:
    """Copy one member; its unpacked bytes."""
    _check(member)
    if member.is_dir():
        return 0
    if member.filename.endswith(".rels"):
        return _copy_relations(packed, member, out)
    done = 0
    with packed.open(member) as source, out.open(member.filename, "w", force_zip64=True) as target:
        while chunk := source.read(CHUNK):
            done += len(chunk)
            if done > min(room, MEMBER_BYTES) or (done > SMALL_BYTES and done > RATIO * member.compress_size):
                raise Unusable(too_much())
            target.write(chunk)
    return done


def _check(member: zipfile.ZipInfo) -> None:
    name = PurePosixPath(member.filename)
    mode = member.external_attr >> 16
    if member.flag_bits & ENCRYPTED_FLAG:
        raise Unusable(locked_words())
    if name.is_absolute() or ".." in name.parts or "\\" in member.filename or stat.S_ISLNK(mode):
        raise Unusable(damaged())
    if member.file_size > MEMBER_BYTES:
        raise Unusable(too_much())


def _copy_relations(packed: zipfile.ZipFile, member: zipfile.ZipInfo, out: zipfile.ZipFile) -> int:
    with packed.open(member) as source:
        text = source.read(RELATIONS_BYTES + 1)
    if len(text) > RELATIONS_BYTES:
        raise Unusable(too_much())
    # An entity can only be declared in a document type, which no such file has.
    if b"<!" in text.replace(b"<!--", b""):
        raise Unusable(damaged())
    tree = ElementTree.fromstring(text)  # noqa: S314 no document type, hence no entities
    for relation in list(tree):
        if relation.get("TargetMode") == "External" and not relation.get("Type", "").endswith("/hyperlink"):
            tree.remove(relation)
    out.writestr(member.filename, ElementTree.tostring(tree, encoding="UTF-8", xml_declaration=True))
    return len(text)


def too_much() -> str:
    return _("The presentation unpacks to far more than slides need. Export it as PDF and upload that.")
