"""What a file really is, by its content; its name is not asked."""

import zipfile
from enum import StrEnum
from pathlib import Path

from django.utils.translation import gettext as _

from tongtang.preparation.conversion.limits import Unusable

HEAD_BYTES = 1024
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
OLE_DIRECTORY_BYTES = 4 * 1024 * 1024


class Kind(StrEnum):
    PDF = "pdf"
    PPTX = "pptx"
    PNG = "png"
    JPEG = "jpeg"


def sniff(path: Path) -> Kind:
    """The kind of the file.

    Raises:
        Unusable: it is none of the kinds, or a presentation that is locked or of the old format.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if b"%PDF-" in head:
        return Kind.PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if head.startswith(b"PK\x03\x04") and _is_presentation(path):
        return Kind.PPTX
    if head.startswith(OLD_OFFICE):
        raise Unusable(_old_office(path))
    raise Unusable(_("This is no PDF, PPTX, PNG or JPEG file. Save the slides in one of these formats."))


def _is_presentation(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Unusable(damaged()) from error
    return {"[Content_Types].xml", "ppt/presentation.xml"} <= names


def _old_office(path: Path) -> str:
    with path.open("rb") as file:
        locked = ENCRYPTED_STREAM in file.read(OLE_DIRECTORY_BYTES)
    if locked:
        return locked_words()
    return _("This is a presentation of the old format (.ppt). Save it as .pptx or PDF and upload that.")


def damaged() -> str:
    return _("The file is damaged. Open it on your computer, save it again and upload the new file.")


def locked_words() -> str:
    return _("The file is locked by a password. Save it without a password and upload it again.")
