"""A recording is made, listed, watched; nobody outside the lesson reaches a byte of it."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from tests.cast import TUESDAY, Cast, add_lesson, at_device, signed_in, utc

from tongtang.lessons.models import Lesson
from tongtang.library import api
from tongtang.library.models import Resource

START = utc(TUESDAY, 10, 30)


@pytest.fixture
def lesson(cast: Cast) -> Lesson:
    return add_lesson(cast, START)


def write(path: str, body: bytes) -> None:
    full = Path(settings.MEDIA_ROOT) / path
    full.parent.mkdir(parents=True, exist_ok=True)
    full.write_bytes(body)


@pytest.fixture
def recording(lesson: Lesson) -> Resource:
    """A recording of 40 minutes with two slides, one of which is gone."""
    made = api.start_recording_resource(lesson)
    folder = api.folder_of(made)
    write(f"{folder}/film.m3u8", b"#EXTM3U\n")
    write(f"{folder}/film0.m4s", b"segment")
    write("slides/one/001.webp", b"picture")
    api.finish_recording(
        made,
        folder=folder,
        duration=2400.0,
        byte_size=7,
        segments=[api.Segment(START, 0, 2400)],
        moments=[
            api.Moment(START, "封面", "slides/one/001.webp"),
            api.Moment(utc(TUESDAY, 10, 40), "学唱", "slides/one/002.webp"),
            api.Moment(utc(TUESDAY, 10, 50), "外面", "../../secrets/django"),
        ],
    )
    made.refresh_from_db()
    return made


def test_a_recording_waits_then_is_ready_with_chapters_and_its_own_slides(lesson: Lesson, recording: Resource) -> None:
    assert (recording.state, recording.duration_seconds, recording.byte_size) == ("ready", 2400, 7)
    assert api.start_recording_resource(lesson) == recording
    assert [(one.starts_second, one.title, one.picture) for one in recording.chapters.all()] == [
        (0, "封面", "slide-001.webp"),
        (600, "学唱", ""),
        (1200, "外面", ""),
    ]
    api.fail_recording(recording, "late news")
    assert api.recording_of(lesson).state == "ready"


def test_a_lesson_without_a_title_is_recorded_under_its_subject(cast: Cast) -> None:
    made = api.start_recording_resource(add_lesson(cast, START, title=""))
    assert "音乐" in signed_in(cast.teacher).get(f"/library/{made.public_id}").content.decode()


def test_a_finish_without_media_is_an_error(lesson: Lesson) -> None:
    made = api.start_recording_resource(lesson)
    with pytest.raises(FileNotFoundError):
        api.finish_recording(made, folder="library/none", duration=1, byte_size=1, segments=[], moments=[])
    assert api.recording_of(lesson).state == "waiting"


def test_the_replay_page_shows_player_chapters_and_who_may_watch(cast: Cast, recording: Resource) -> None:
    for client in (signed_in(cast.teacher), signed_in(cast.points[0].local), at_device(cast.points[0])):
        page = client.get(f"/library/{recording.public_id}").content.decode()
        assert f'data-playlist="/library/{recording.public_id}/media/film.m3u8"' in page
        assert f'data-picture="/library/{recording.public_id}/media/slide-001.webp"' in page
        assert 'data-second="600.0"' in page


def test_media_are_sent_with_their_kind_and_no_shared_cache(cast: Cast, recording: Resource) -> None:
    client = at_device(cast.points[0])
    for name, kind in (
        ("film.m3u8", "application/vnd.apple.mpegurl"),
        ("film0.m4s", "video/mp4"),
        ("slide-001.webp", "image/webp"),
    ):
        answer = client.get(f"/library/{recording.public_id}/media/{name}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
        assert answer.headers["Cache-Control"].startswith("private")
        assert b"".join(answer.streaming_content)
    fronted = client.get(
        f"/library/{recording.public_id}/media/film0.m4s", headers={"X-Sendfile-Type": "X-Accel-Redirect"}
    )
    assert fronted.headers["X-Accel-Redirect"] == f"/protected/library/{recording.public_id}/film0.m4s"


@pytest.mark.parametrize(
    "name",
    ["../../../secrets/django", "..%2f..%2f..%2fsecrets%2fdjango", "%2e%2e", "film.m3u8%00", ".m3u8", "film.m3u8/x",
     "film.txt", "absent.m4s", "film.m3u8%0a", "..\\film.m3u8"],
)  # fmt: skip
def test_no_name_leads_out_of_the_recording(cast: Cast, recording: Resource, name: str) -> None:
    write(f"{recording.folder}/film.txt", b"log")
    assert signed_in(cast.teacher).get(f"/library/{recording.public_id}/media/{name}").status_code == 404


def test_others_find_nothing(cast: Cast, lesson: Lesson, recording: Resource) -> None:
    lesson.receptions.filter(home_class=cast.points[2].home_class).delete()
    other = cast.points[2]
    for client in (signed_in(cast.stranger), signed_in(other.local), at_device(other)):
        assert client.get("/library/").context["page"].paginator.count == 0
        assert client.get(f"/library/{recording.public_id}").status_code == 404
        assert client.get(f"/library/{recording.public_id}/media/film.m3u8").status_code == 404
    assert Client().get(f"/library/{recording.public_id}/media/film.m3u8", headers={"Accept": "*/*"}).status_code == 404


def test_a_recording_in_the_making_is_listed_without_media(cast: Cast, lesson: Lesson) -> None:
    made = api.start_recording_resource(lesson)
    client = signed_in(cast.head)
    assert client.get("/library/").context["page"].paginator.count == 1
    assert "<video" not in client.get(f"/library/{made.public_id}").content.decode()
    assert client.get(f"/library/{made.public_id}/media/film.m3u8").status_code == 404
    api.fail_recording(made, "录像没有做成：硬盘满了。")
    for address in ("/library/", f"/library/{made.public_id}"):
        assert "硬盘满了" in client.get(address).content.decode()


def test_the_list_costs_the_same_for_one_and_for_many(
    cast: Cast, recording: Resource, django_assert_max_num_queries: object
) -> None:
    client = signed_in(cast.officer)
    for day in range(1, 6):
        api.start_recording_resource(add_lesson(cast, utc(TUESDAY.replace(day=14 + day), 10, 30)))
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert client.get("/library/").context["page"].paginator.count == 6
