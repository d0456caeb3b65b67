"""Where the files of a search for schools' weeks lie: a folder of its own under the home, never handed out as such."""

import hashlib
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from tongtang.exchange.models import SchoolWeeksRun
from tongtang.exchange.parcels.archive import MEGABYTE, Caps, unpack
from tongtang.exchange.timetables.local_write import FILE

MOST_BYTES = 32 * MEGABYTE
CAPS = Caps(members=16, member_bytes=64 * MEGABYTE, total_bytes=128 * MEGABYTE)


class TooLarge(ValueError):
    """The upload is larger than is taken; the message is a sentence."""


def root() -> Path:
    """The folder of all searches."""
    return Path(settings.ENV.home) / "school-weeks"


def folder_of(run: SchoolWeeksRun) -> Path:
    return root() / str(run.public_id)


def result_of(run: SchoolWeeksRun) -> Path:
    """The zip that is given back."""
    return folder_of(run) / "result.zip"


def keep_upload(run: SchoolWeeksRun, chunks: Iterable[bytes]) -> None:
    """Store the upload of a run and set its digest; the run is not saved here.

    Raises:
        TooLarge: and nothing is kept.
    """
    folder = folder_of(run)
    folder.mkdir(parents=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    try:
        with (folder / "upload").open("xb") as target:
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_BYTES:
                    sentence = _("The file is larger than %(limit)d MB; divide it.")
                    raise TooLarge(sentence % {"limit": MOST_BYTES // MEGABYTE})
                digest.update(chunk)
                target.write(chunk)
    except TooLarge:
        forget(run)
        raise
    run.digest = digest.hexdigest()


def unpacked(run: SchoolWeeksRun) -> Path:
    """The files of the upload in a fresh folder.

    Raises:
        BadArchive: the zip is refused.
    """
    path = folder_of(run) / "files"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True, mode=0o700)
    with (folder_of(run) / "upload").open("rb") as source:
        unpack(source, path, (".csv",), CAPS)
    return path


def pack_result(run: SchoolWeeksRun, timetable: Path, verdict: str) -> None:
    """The timetable and the checker's words in one zip: whole, or none."""
    waiting = folder_of(run) / ".result.zip"
    with zipfile.ZipFile(waiting, "w", zipfile.ZIP_DEFLATED) as target:
        target.write(timetable, FILE)
        target.writestr("verdict.txt", verdict)
    waiting.replace(result_of(run))


def forget_work(run: SchoolWeeksRun) -> None:
    """Throw away all but the result."""
    shutil.rmtree(folder_of(run) / "files", ignore_errors=True)
    shutil.rmtree(folder_of(run) / "out", ignore_errors=True)
    (folder_of(run) / "upload").unlink(missing_ok=True)


def forget(run: SchoolWeeksRun) -> None:
    """Throw away everything of a run."""
    shutil.rmtree(folder_of(run), ignore_errors=True)
