"""The files of an upload and the outcome of its conversion."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction

from tongtang.preparation.conversion import Made, Unusable, convert
from tongtang.preparation.models import Courseware, Slide


def upload_folder(courseware: Courseware) -> Path:
    """Where the uploaded files wait for their conversion."""
    return Path(settings.MEDIA_ROOT) / "uploads" / str(courseware.public_id)


def slides_path(courseware: Courseware) -> str:
    """The folder of the pictures, below the media folder."""
    return f"slides/{courseware.public_id}"


def convert_upload(courseware: Courseware) -> None:
    """Convert the uploaded files; the row ends ready or failed. An attempt that was broken off leaves no trace."""
    target = Path(settings.MEDIA_ROOT) / slides_path(courseware)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)

    def progress(done: int, pages: int) -> None:
        Courseware.objects.filter(pk=courseware.pk).update(pages_done=done, pages=pages)

    try:
        with tempfile.TemporaryDirectory(dir=upload_folder(courseware)) as work:
            sources = sorted(path for path in upload_folder(courseware).iterdir() if path.is_file())
            made = convert(sources, Path(work), target, progress)
    except Unusable as error:
        fail_courseware(courseware, str(error))
        return
    keep_slides(courseware, made)
    remove_files(courseware, slides=False)


@transaction.atomic
def keep_slides(courseware: Courseware, made: Sequence[Made]) -> None:
    """The conversion is done: its slides replace what an earlier attempt left."""
    courseware.slides.all().delete()
    Slide.objects.bulk_create(
        Slide(
            courseware=courseware,
            number=number,
            path=f"{slides_path(courseware)}/{one.name}",
            width=one.width,
            height=one.height,
            title=one.title,
        )
        for number, one in enumerate(made, start=1)
    )
    courseware.state, courseware.problem = Courseware.State.READY, ""
    courseware.pages_done = courseware.pages = len(made)
    courseware.save(update_fields=["state", "problem", "pages_done", "pages"])


def fail_courseware(courseware: Courseware, problem: str) -> None:
    """The conversion ended without slides; `problem` is a sentence for the teacher."""
    courseware.state, courseware.problem = Courseware.State.FAILED, problem[:300]
    courseware.save(update_fields=["state", "problem"])
    remove_files(courseware)


def remove_files(courseware: Courseware, *, slides: bool = True) -> None:
    """Delete the uploaded files and, with `slides`, the pictures made of them."""
    shutil.rmtree(upload_folder(courseware), ignore_errors=True)
    if slides:
        shutil.rmtree(Path(settings.MEDIA_ROOT) / slides_path(courseware), ignore_errors=True)
