"""Uploaded files become slides, or a sentence that says what to do; nobody else's slides can be seen or changed."""

import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.http import HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.cast import TUESDAY, Cast, actor_for, add_lesson, at_device, signed_in, utc

from tongtang.foundation.once import Key
from tongtang.foundation.worker import run_ready_jobs
from tongtang.lessons.models import Lesson
from tongtang.preparation.api import Refused, slides_of, upload_courseware
from tongtang.preparation.conversion.slides import title_of
from tongtang.preparation.models import Courseware
from tongtang.preparation.tests import samples


@pytest.fixture
def lesson(cast: Cast) -> Lesson:
    return add_lesson(cast, utc(TUESDAY, 10, 30))


def upload(client: Client, lesson: Lesson, *files: tuple[str, bytes]) -> HttpResponse:
    sent = [SimpleUploadedFile(name, body) for name, body in files]
    return client.post(f"/preparation/upload/{lesson.public_id}", {"files": sent})


def converted(cast: Cast, lesson: Lesson, *files: tuple[str, bytes]) -> Courseware:
    """What became of an upload that was taken."""
    answer = upload(signed_in(cast.teacher), lesson, *files)
    assert answer.status_code == 302
    run_ready_jobs()
    return Courseware.objects.latest("pk")


def test_a_pdf_becomes_slides_with_titles(cast: Cast, lesson: Lesson) -> None:
    made = converted(cast, lesson, ("课件.pdf", samples.pdf(["Jasmine", "Sing along"])))
    assert (made.state, made.problem, made.file_name, made.pages_done) == ("ready", "", "课件.pdf", 2)
    slides = slides_of(lesson)
    assert [(slide.number, slide.title, slide.width, slide.height) for slide in slides] == [
        (1, "Jasmine", 1600, 900),
        (2, "Sing along", 1600, 900),
    ]
    with Image.open(Path(settings.MEDIA_ROOT) / slides[0].path) as picture:
        assert (picture.format, picture.size) == ("WEBP", (1600, 900))
    assert not (Path(settings.MEDIA_ROOT) / "uploads" / str(made.public_id)).exists()


def test_pictures_become_slides_in_their_order_and_are_made_smaller(cast: Cast, lesson: Lesson) -> None:
    converted(cast, lesson, ("1.jpg", samples.jpeg()), ("2.png", samples.png()))
    assert [(slide.width, slide.height) for slide in slides_of(lesson)] == [(1600, 900), (320, 180)]


def test_a_presentation_is_converted(cast: Cast, lesson: Lesson) -> None:
    made = converted(cast, lesson, ("课件.pptx", samples.pptx("Jasmine")))
    assert made.problem == ""
    assert [(slide.title, slide.width) for slide in slides_of(lesson)] == [("Jasmine", 1600)]


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address on loopback and what was asked of it."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, _address = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(1)
                    asked.append(connection.recv(200))

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/p.png", asked
        stop.set()
        thread.join()


def test_a_presentation_fetches_nothing(cast: Cast, lesson: Lesson, listener: tuple[str, list[bytes]]) -> None:
    address, asked = listener
    made = converted(cast, lesson, ("课件.pptx", samples.pptx("Jasmine", linked=address)))
    assert made.state == "ready"
    assert asked == []


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("课件.pdf", samples.HTML)], "This is no PDF, PPTX, PNG or JPEG file"),
        ([("图.png", samples.SVG)], "This is no PDF, PPTX, PNG or JPEG file"),
        ([("课件.pptx", samples.packed({"a.txt": b"x"}))], "This is no PDF, PPTX, PNG or JPEG file"),
        ([("课件.ppt", samples.OLD_PPT)], "presentation of the old format"),
        ([("课件.pptx", samples.LOCKED_PPTX)], "locked by a password"),
        ([("课件.pptx", samples.pptx()[:300])], "The file is damaged"),
        ([("a.pdf", samples.pdf(["a"])), ("b.png", samples.png())], "not both, and not two files"),
        ([("空.pdf", b"")], "A chosen file is empty"),
        ([], "No file was chosen"),
        ([(f"{n}.png", samples.png(8, 8)) for n in range(121)], "a lesson takes at most 120"),
    ],
    ids=["html", "svg", "zip", "ppt", "locked", "cut", "mixture", "empty", "none", "many"],
)
def test_what_cannot_be_slides_is_refused_at_once(
    cast: Cast, lesson: Lesson, files: list[tuple[str, bytes]], words: str, settings: object
) -> None:
    settings.LANGUAGE_CODE = "en"  # type: ignore[attr-defined]
    answer = upload(signed_in(cast.teacher), lesson, *files)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert Courseware.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (samples.pptx_bomb(), "unpacks to far more"),
        (samples.pptx_that_climbs(), "damaged"),
        (samples.pptx_with_entities(), "damaged"),
        (samples.huge_png(), "million pixels"),
        (samples.png()[:60], "damaged"),
        (samples.pdf(["a"] * 121), "121 slides; a lesson takes at most 120"),
        (b"%PDF-1.4\n" + bytes(3000), "damaged"),
    ],
    ids=["bomb", "climbs", "entities", "pixels", "cut-png", "pages", "cut-pdf"],
)
def test_what_proves_unusable_is_said_and_leaves_nothing(
    cast: Cast, lesson: Lesson, body: bytes, words: str, settings: object
) -> None:
    settings.LANGUAGE_CODE = "en"  # type: ignore[attr-defined]
    made = converted(cast, lesson, ("课件", body))
    assert made.state == "failed"
    assert words in made.problem
    assert slides_of(lesson) == []
    assert made.problem in signed_in(cast.teacher).get(f"/preparation/{lesson.public_id}").content.decode()
    for folder in ("uploads", "slides"):
        assert not (Path(settings.MEDIA_ROOT) / folder / str(made.public_id)).exists()  # type: ignore[attr-defined]


def test_a_locked_pdf_is_said_to_be_locked(cast: Cast, lesson: Lesson, tmp_path: Path, settings: object) -> None:
    settings.LANGUAGE_CODE = "en"  # type: ignore[attr-defined]
    made = converted(cast, lesson, ("课件.pdf", samples.locked_pdf(tmp_path)))
    assert made.state == "failed"
    assert "locked by a password" in made.problem


def test_a_missing_program_is_said(cast: Cast, lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    made = converted(cast, lesson, ("课件.pptx", samples.pptx()))
    assert made.state == "failed"
    assert "soffice" in made.problem


def test_too_large_an_upload_is_refused(cast: Cast, lesson: Lesson) -> None:
    half = UploadedFile(io.BytesIO(b"%PDF-1.4"), "a.pdf", size=101 * 1024 * 1024)
    with pytest.raises(Refused, match="202"):
        upload_courseware(actor=actor_for(cast.teacher), lesson=lesson, files=[half, half], key=Key(uuid4(), ""))
    assert Courseware.objects.count() == 0


def test_only_the_anchor_teacher_of_the_lesson_uploads(cast: Cast, lesson: Lesson) -> None:
    others = [signed_in(who) for who in (cast.head, cast.officer, cast.stranger, cast.points[0].local)]
    for client in (*others, at_device(cast.points[0]), Client()):
        assert upload(client, lesson, ("a.png", samples.png())).status_code == 404
    assert Courseware.objects.count() == 0


@pytest.fixture
def slide_address(cast: Cast, lesson: Lesson) -> str:
    converted(cast, lesson, ("a.png", samples.png()))
    return f"/preparation/slides/{slides_of(lesson)[0].public_id}"


def test_slides_are_seen_by_whoever_may_view_the_lesson(cast: Cast, lesson: Lesson, slide_address: str) -> None:
    seen_by = [signed_in(who) for who in (cast.teacher, cast.head, cast.officer, cast.points[0].local)]
    for client in (*seen_by, at_device(cast.points[0])):
        answer = client.get(slide_address)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert b"".join(answer.streaming_content)[8:12] == b"WEBP"
    lesson.receptions.filter(home_class=cast.points[2].home_class).delete()
    for client in (signed_in(cast.stranger), at_device(cast.points[2]), signed_in(cast.points[2].local)):
        assert client.get(slide_address).status_code == 404


def test_behind_the_front_door_nginx_sends_the_file(cast: Cast, lesson: Lesson, slide_address: str) -> None:
    answer = signed_in(cast.teacher).get(slide_address, headers={"X-Sendfile-Type": "X-Accel-Redirect"})
    assert unquote(answer.headers["X-Accel-Redirect"]) == f"/protected/{slides_of(lesson)[0].path}"
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.content == b""


def test_uploads_are_removed_before_the_lesson_begins_and_stay_after(
    cast: Cast, lesson: Lesson, slide_address: str, django_capture_on_commit_callbacks: object
) -> None:
    made = Courseware.objects.get()
    address = f"/preparation/courseware/{made.public_id}/remove"
    assert signed_in(cast.points[0].local).post(address).status_code == 404
    Lesson.objects.filter(pk=lesson.pk).update(state="live")
    assert signed_in(cast.teacher).post(address).status_code == 200
    assert Courseware.objects.count() == 1
    Lesson.objects.filter(pk=lesson.pk).update(state="planned")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert signed_in(cast.teacher).post(address).status_code == 302
    assert Courseware.objects.count() == 0
    assert not (Path(settings.MEDIA_ROOT) / "slides" / str(made.public_id)).exists()


def test_a_lesson_that_is_over_takes_no_slides(cast: Cast, lesson: Lesson) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(state="ended")
    assert upload(signed_in(cast.teacher), lesson, ("a.png", samples.png())).status_code == 200
    assert Courseware.objects.count() == 0


@given(st.text())
def test_a_title_is_one_printable_line(text: str) -> None:
    title = title_of(text)
    assert title.isprintable()
    assert len(title) <= 160
    assert title == title.strip()
