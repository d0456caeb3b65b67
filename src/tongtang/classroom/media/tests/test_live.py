"""A lesson from a real browser's camera through the real media server to real receivers, and into a film."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tongtang.classroom.media import playlist
from tongtang.classroom.media.recording import PLAYLIST, RecordingFailed, build_recording, has_recording
from tongtang.classroom.media.tests import browser
from tongtang.classroom.media.tests.house import House, demo_film, eventually, house
from tongtang.classroom.media.tests.namespace import network_namespace
from tongtang.classroom.media.tickets import Right

pytestmark = pytest.mark.journey
LESSON = "living-lesson"


@pytest.fixture(scope="module")
def chromium(media_house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser.browser(media_house, tmp_path_factory.mktemp("camera")) as running:
        yield running


def on_the_air(media_house: House, lesson: str, **more: object) -> None:
    media_house.wish({"lesson_id": lesson, **more})
    eventually(lambda: media_house.is_open(lesson), 15)


def timeline(home: Path, lesson: str) -> playlist.Timeline:
    path = home / "media" / "live" / lesson / "live.m3u8"
    return playlist.read(path.read_text(encoding="utf-8")) if path.exists() else playlist.Timeline()


def newest(home: Path, lesson: str) -> int:
    """The number of the newest segment."""
    now = timeline(home, lesson)
    return now.sequence + len(now.segments)


def frames_grow(page: Page, kind: str, by: int, within_s: float) -> None:
    wanted = browser.frames(page, kind) + by
    browser.wait(page, f"window.live.frames('{kind}') >= {wanted}", within_s)


def loudness(film: Path) -> float:
    """The mean volume of a film in dB; the fake microphone's tone has about -21."""
    command = ["ffmpeg", "-hide_banner", "-i", str(film), "-vn", "-af", "volumedetect", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return float(said.split("mean_volume: ", 1)[1].split(" dB", 1)[0])


def test_a_lesson_survives_its_media_server_and_becomes_a_film(media_house: House, chromium: Browser) -> None:
    tracks = media_house.home / "media" / "tracks" / LESSON
    on_the_air(media_house, LESSON)
    studio = browser.page_of(chromium, media_house, LESSON, "teacher", Right.PUBLISH_ANCHOR)
    classroom = browser.page_of(chromium, media_house, LESSON, "class-1", Right.RECEIVE)
    watcher = browser.plain_page(chromium, media_house)
    browser.start_receiving(classroom)
    browser.wait(classroom, "window.states.includes('waiting')", 5)
    browser.start_publishing(studio)
    frames_grow(classroom, "anchor", 10, 15)
    eventually(lambda: media_house.reports("HlsReady", LESSON), 15)
    browser.play(watcher, f"/live/{LESSON}/live.m3u8")
    browser.wait(watcher, "document.getElementById('film').currentTime > 1", 15)
    assert not has_recording(tracks)
    assert list(tracks.iterdir()) == []

    recorded_from = time.time()
    media_house.wish({"lesson_id": LESSON, "recording": True})
    eventually(lambda: media_house.reports("RecordingStarted", LESSON), 5)
    frames_grow(classroom, "anchor", 45, 10)

    killed_at = time.time()
    before = media_house.ask(do="status")
    segments = newest(media_house.home, LESSON)
    os.kill(before["janus"], 9)
    eventually(lambda: media_house.ask(do="status").get("epoch", 0) > before["epoch"], 15)
    frames_grow(classroom, "anchor", 30, 20)
    eventually(lambda: newest(media_house.home, LESSON) >= segments + 3, 15)
    assert any(segment.breaks for segment in timeline(media_house.home, LESSON).segments)
    seen = watcher.evaluate("document.getElementById('film').currentTime")
    browser.wait(watcher, f"document.getElementById('film').currentTime > {seen + 1.5}", 15)
    assert watcher.evaluate("window.hlsError") is None
    assert [row["epoch"] for row in media_house.reports("RoomReady", LESSON)] == [before["epoch"], before["epoch"] + 1]

    media_house.wish({"lesson_id": LESSON, "recording": False})
    eventually(lambda: len(media_house.reports("RecordingEnded", LESSON)) == 2, 5)
    size = sum(path.stat().st_size for path in tracks.iterdir())
    frames_grow(classroom, "anchor", 15, 10)
    assert sum(path.stat().st_size for path in tracks.iterdir()) == size
    media_house.wish()

    film = media_house.home / "media" / "library" / LESSON
    built = build_recording(tracks, film)
    assert len(built.segments) == 2
    first, second = built.segments
    assert abs(first.wall_start - recorded_from) < 2.5
    assert first.wall_start + first.duration_s == pytest.approx(killed_at, abs=1.5)
    assert second.offset_s == first.duration_s
    # The first key frame may come late: the part before the kill may be shorter than a second.
    half = first.duration_s / 2
    assert built.offset_of(first.wall_start + half) == pytest.approx(half)
    assert built.duration_s == pytest.approx(first.duration_s + second.duration_s)
    # The film is played fast, to its very end.
    browser.play(watcher, f"/library/{LESSON}/{PLAYLIST}")
    watcher.evaluate("document.getElementById('film').playbackRate = 4")
    browser.wait(watcher, "document.getElementById('film').ended", 20)
    played = watcher.evaluate("document.getElementById('film').currentTime")
    assert played == pytest.approx(built.duration_s, abs=0.5)
    for page in (studio, classroom, watcher):
        page.close()


def test_one_classroom_is_on_stage_and_leaves_it_when_it_is_called_down(media_house: House, chromium: Browser) -> None:
    lesson = "stage-lesson"
    on_the_air(media_house, lesson, stage_reception="class-1", recording=True)
    studio = browser.page_of(chromium, media_house, lesson, "teacher", Right.PUBLISH_ANCHOR)
    first = browser.page_of(chromium, media_house, lesson, "class-1", Right.PUBLISH_STAGE)
    watching = browser.page_of(chromium, media_house, lesson, "class-2", Right.RECEIVE)
    browser.start_receiving(watching)
    browser.start_publishing(studio, hears_stage=True)
    browser.start_publishing(first)
    frames_grow(watching, "stage", 5, 15)
    frames_grow(watching, "anchor", 5, 15)
    frames_grow(studio, "stage", 5, 15)
    assert sorted(media_house.feeds(lesson)) == ["anchor.teacher", "stage.class-1"]

    legs = media_house.ask(do="legs", lesson=lesson)["legs"]
    connected = {leg["participant"] for leg in legs if leg["webrtc"]["ice"]["state"] in ("connected", "ready")}
    assert connected == {"teacher", "class-1", "class-2"}

    media_house.wish({"lesson_id": lesson, "stage_reception": "class-2", "recording": True})
    eventually(lambda: media_house.feeds(lesson) == ["anchor.teacher"], 5)
    browser.wait(watching, "window.feeds.length === 1", 5)
    frames_grow(watching, "anchor", 5, 5)
    media_house.wish()
    eventually(lambda: not media_house.is_open(lesson), 5)
    tracks = media_house.home / "media" / "tracks" / lesson
    assert len(list(tracks.glob("*-audio-*.mjr"))) == 2
    film = media_house.home / "media" / "library" / lesson
    assert len(build_recording(tracks, film).segments) == 1
    assert loudness(film / PLAYLIST) > -40
    for page in (studio, first, watching):
        page.close()


def test_a_publisher_who_comes_back_replaces_his_dead_connection(media_house: House, chromium: Browser) -> None:
    lesson = "return-lesson"
    on_the_air(media_house, lesson)
    old = browser.page_of(chromium, media_house, lesson, "teacher", Right.PUBLISH_ANCHOR)
    browser.start_publishing(old)
    browser.wait(old, "window.states.includes('live')", 10)
    new = browser.page_of(chromium, media_house, lesson, "teacher", Right.PUBLISH_ANCHOR)
    browser.start_publishing(new)
    browser.wait(new, "window.states.includes('live')", 10)
    browser.wait(old, "window.states.at(-1) === 'replaced'", 5)
    assert media_house.feeds(lesson) == ["anchor.teacher"]
    media_house.wish()
    for page in (old, new):
        page.close()


def test_nothing_recorded_is_said(tmp_path: Path) -> None:
    (tmp_path / "tracks").mkdir()
    (tmp_path / "tracks" / "videoroom-x-user-anchor.t-1-video-0.mjr").write_bytes(b"")
    with pytest.raises(RecordingFailed, match="no video of the anchor"):
        build_recording(tmp_path / "tracks", tmp_path / "film")
    assert not (tmp_path / "film").exists()


def test_a_film_goes_out_as_hls_where_there_is_no_address_but_loopback(tmp_path: Path) -> None:
    film = demo_film(tmp_path / "demo.mp4")
    with network_namespace(addressed=False), house(tmp_path / "home") as running:
        running.wish({"lesson_id": "demo", "source": "file", "file": str(film)}, {"lesson_id": "camera"})
        eventually(lambda: running.reports("HlsReady", "demo"), 10)
        eventually(lambda: newest(running.home, "demo") >= 3, 10)
        assert [row["webrtc"] for row in running.reports("RoomReady", "camera")] == [False]
        assert "no network address but loopback" in (running.home / "logs" / "media.log").read_text(encoding="utf-8")
        number = newest(running.home, "demo")
        running.stop()
        running.start()
        eventually(lambda: newest(running.home, "demo") > number, 15)
        now = timeline(running.home, "demo")
        assert now.sequence + [segment.breaks for segment in now.segments].index(True) == number
