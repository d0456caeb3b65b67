"""A recorded lesson that begins now: `python -m tests.journeys.showing_seed LESSON`, run with the home's own variables.

LESSON is over and gets a recording of 60 s, made as the product makes them (HLS, fragments of 2 s). Its alliance's last
point did not receive it and watches it from now on, with its local teacher beside the class. Prints the public ids of
the recorded lesson and of its reception.
"""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from tongtang.config import home

SECONDS = 60
PICTURE = f"testsrc=size=640x360:rate=15:duration={SECONDS}"
SOUND = f"sine=frequency=440:duration={SECONDS}"


def main(lesson_id: str) -> dict[str, Any]:
    home.load_django()
    from tongtang.foundation import clock
    from tongtang.lessons.models import Lesson, Mode, Reception
    from tongtang.organisations.models import HomeClass
    from tongtang.people.models import Person

    held = Lesson.objects.get(public_id=lesson_id)
    Lesson.objects.filter(pk=held.pk).update(state=Lesson.State.ENDED)
    _record(held)
    now = clock.now()
    times = {"date": clock.today(), "starts_at": now, "ends_at": now + timedelta(minutes=40)}
    showing = Lesson.objects.create(
        alliance=held.alliance, subject=held.subject, school=held.school, region_code=held.region_code,
        busy_until=times["ends_at"], recorded=True, shows=held, origin=held.origin, **times,
    )  # fmt: skip
    home_class = HomeClass.objects.exclude(receptions__lesson=held).filter(school__source_id__startswith="p").last()
    assert home_class is not None
    school = home_class.school
    reception = Reception.objects.create(
        lesson=showing, home_class=home_class, school=school, region_code=school.region_code,
        room=school.receiving_rooms.get(), mode=Mode.RECORDED,
        facilitator=Person.objects.filter(posts__school=school, name__startswith="本地").first(), **times,
    )  # fmt: skip
    return {"lesson": str(showing.public_id), "reception": str(reception.public_id)}


def _record(held: Any) -> None:
    from django.conf import settings

    from tongtang.library import api as library

    made = library.start_recording_resource(held)
    folder = Path(settings.MEDIA_ROOT) / library.folder_of(made)
    folder.mkdir(parents=True, exist_ok=True)
    coding = [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-g",
        "30",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
        "-ar",
        "48000",
    ]
    hls = ["-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]
    names = ["-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", str(folder / "%05d.m4s")]
    command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND]
    subprocess.run([*command, *coding, *hls, *names, str(folder / library.PLAYLIST)], check=True, timeout=60)
    size = sum(file.stat().st_size for file in folder.iterdir())
    library.finish_recording(
        made, folder=library.folder_of(made), duration=float(SECONDS), byte_size=size, segments=[], moments=[]
    )


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
