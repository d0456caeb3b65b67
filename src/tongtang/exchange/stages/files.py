"""Where the files of a run lie: a folder of its own under the home, never under what is handed out."""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from tongtang.exchange.models import ImportRun
from tongtang.exchange.parcels.archive import MEGABYTE

MOST_BYTES = 256 * MEGABYTE


class TooLarge(ValueError):
    """The upload is larger than is taken; the message is a sentence."""


def folder_of(run: ImportRun) -> Path:
    """The folder of a run."""
    return Path(settings.ENV.home) / "imports" / str(run.public_id)


def upload_of(run: ImportRun) -> Path:
    return folder_of(run) / "upload"


def fresh_folder(run: ImportRun) -> Path:
    """An empty folder for the unpacked files; what an earlier attempt left is thrown away."""
    path = folder_of(run) / "files"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True, mode=0o700)
    return path


def files_of(run: ImportRun) -> Path:
    return folder_of(run) / "files"


def diff_of(run: ImportRun) -> Path:
    return folder_of(run) / "diff.parquet"


def keep_upload(run: ImportRun, chunks: Iterable[bytes]) -> None:
    """Store the upload of a run and set its digest; the run is not saved here.

    Raises:
        TooLarge: and nothing is kept.
    """
    path = upload_of(run)
    path.parent.mkdir(parents=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("xb") as target:
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise TooLarge(
                        _("The file is larger than %(limit)d MB; divide it.") % {"limit": MOST_BYTES // MEGABYTE}
                    )
                digest.update(chunk)
                target.write(chunk)
    except TooLarge:
        forget_files(run)
        raise
    run.digest = digest.hexdigest()


def opened(run: ImportRun) -> IO[bytes]:
    return upload_of(run).open("rb")


def forget_files(run: ImportRun) -> None:
    """Throw the files of a run away: they hold children's data and served their purpose."""
    shutil.rmtree(folder_of(run), ignore_errors=True)


def forget_parts(run: ImportRun) -> None:
    """Throw away all but the diff, which is the report of what was done."""
    shutil.rmtree(files_of(run), ignore_errors=True)
    upload_of(run).unlink(missing_ok=True)
