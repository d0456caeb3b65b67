"""Jobs of preparation."""

import shutil
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from tongtang.foundation import clock
from tongtang.foundation.jobs import job, periodic
from tongtang.preparation.courseware import convert_upload, fail_courseware
from tongtang.preparation.models import Courseware

LEFT_BEHIND = timedelta(days=1)


def _converting(public_id: str) -> Courseware | None:
    return Courseware.objects.filter(public_id=public_id, state=Courseware.State.CONVERTING).first()


def give_up(public_id: str) -> None:
    """The conversion broke down each time it was tried."""
    courseware = _converting(public_id)
    if courseware is not None:
        fail_courseware(
            courseware, _("The conversion broke down on this server. Upload the slides as PDF, or tell the technician.")
        )


@job(attempts=3, gave_up=give_up)
def convert_courseware(public_id: str) -> None:
    """Make slides of an upload; one that is done or gone is left alone."""
    courseware = _converting(public_id)
    if courseware is not None:
        convert_upload(courseware)


@periodic("preparation.sweep-uploads", every=timedelta(hours=6))
def sweep_uploads() -> None:
    """Delete uploaded files that no conversion waits for."""
    waiting = {
        str(public_id)
        for public_id in Courseware.objects.filter(state=Courseware.State.CONVERTING).values_list(
            "public_id", flat=True
        )
    }
    oldest = (clock.now() - LEFT_BEHIND).timestamp()
    for folder in (Path(settings.MEDIA_ROOT) / "uploads").glob("*"):
        if folder.name not in waiting and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
