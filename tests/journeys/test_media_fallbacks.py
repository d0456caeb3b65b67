"""What a poor browser can do: no camera in the studio, no sound before a touch, a panel that knows only native HLS."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.houses import House
from tests.journeys.browser import DESK, WALL, Visitor, poor_chromium, visitor
from tests.journeys.conftest import Serve

pytestmark = pytest.mark.journey
OLD_PANEL = """for (const name of ["MediaSource", "ManagedMediaSource", "WebKitMediaSource", "RTCPeerConnection"])
  delete window[name];"""
DENIED = """navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));"""
NO_MICROPHONE = """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wish) => wish.audio
    ? Promise.reject(new DOMException("none", "NotFoundError")) : ask(wish);"""
SAY_BLOCKED = """const asking = setInterval(() => {
  if (document.querySelector('[data-part="sound"]')?.hidden !== false) return;
  clearInterval(asking);
  console.info("sound is asked for");
}, 100);"""
SOUNDS = """(name) => {
  const one = document.querySelector(`video[data-part="${name}"]`);
  return !one.muted && !one.paused;
}"""


@pytest.fixture
def poor(film: tuple[Path, Path]) -> Iterator[Browser]:
    """A browser without a camera, where nothing sounds before a touch."""
    with poor_chromium(film[1]) as running:
        yield running


def test_voice_native_hls_and_blocked_sound(serve: Serve, poor: Browser) -> None:
    """The lesson goes by voice and slides; one classroom gets it by WebRTC, one with an old panel by its own HLS."""
    house, seeded = serve({"points": 2, "lessons": [{"starts_in": -30, "points": [0, 1]}]})
    lesson = seeded["lessons"][0]
    studio = visitor(poor, house, "a01", DESK)
    studio.go(f"/classroom/lessons/{lesson['id']}/studio")
    studio.sign_in(lesson["teacher"], seeded["password"])
    start_without_camera(studio)
    walls = [
        screen(poor, house, point, reception)
        for point, reception in zip(seeded["points"], lesson["receptions"], strict=True)
    ]
    walls[1].context.add_init_script(OLD_PANEL)
    walls[1].page.reload()
    for wall in walls:
        wall.press("enter")
    walls[0].wait_frames("webrtc", 10, 30)
    walls[0].wait(SOUNDS, 5, "webrtc")
    assert walls[0].part("sound").is_hidden(), "the press that entered the lesson allows sound"
    native(walls[1])
    for wall, way in zip(walls, ("webrtc", "hls"), strict=True):
        blocked(wall, way)
    assert [said for one in (studio, *walls) for said in one.complaints] == []


def start_without_camera(studio: Visitor) -> None:
    """The check says what is missing and that the lesson can go on; the voice comes back from the server."""
    camera = studio.page.locator('[data-item="camera"]')
    expect(camera).to_have_attribute("data-sign", "warn")
    expect(camera).to_contain_text("没有找到摄像头")
    expect(camera).to_contain_text("用语音和课件")
    expect(studio.page.locator('[data-item="microphone"]')).to_have_attribute("data-sign", "ok")
    studio.page.wait_for_selector('[data-item="server"][data-sign="ok"]', timeout=30_000)
    studio.press("start")
    studio.page.wait_for_selector('[data-part="deck"]:not([hidden])')


def screen(browser: Browser, house: House, point: dict[str, list[str]], reception: str) -> Visitor:
    wall = visitor(browser, house, str(point["host"]), WALL, device=point["devices"][0])
    wall.go(f"/classroom/receptions/{reception}/wall")
    return wall


def native(wall: Visitor) -> None:
    """The panel's own player reads the playlist, from its first beginning on."""
    wall.wait_frames("hls", 30, 40)
    assert wall.page.evaluate("typeof MediaSource") == "undefined"
    assert wall.page.evaluate("document.querySelector('video[data-part=hls]').src").endswith("/live.m3u8")
    wall.wait(SOUNDS, 5, "hls")
    wall.wait_words("link", "直播", 5)


def blocked(wall: Visitor, way: str) -> None:
    """A tab restored after a crash, which nobody has touched: the picture comes without sound, one press brings it."""
    address = wall.page.url
    kept = wall.page.evaluate("JSON.stringify(sessionStorage)")
    wall.page.close()
    wall.new_page().add_init_script(f"for (const [key, value] of Object.entries({kept})) sessionStorage[key] = value;")
    wall.page.add_init_script(SAY_BLOCKED)
    # Nothing may be asked of the page before: what Playwright evaluates counts as a touch.
    with wall.page.expect_console_message(lambda message: message.text == "sound is asked for", timeout=40_000):
        wall.page.goto(address)
    wall.wait_frames(way, 10, 30)
    assert wall.page.locator("main button:visible").all_inner_texts() == ["打开声音"]
    wall.press("sound")
    wall.wait(SOUNDS, 5, way)
    wall.part("sound").wait_for(state="hidden")
    wall.wait_frames(way, 10, 20)


def test_the_check_says_what_is_missing(serve: Serve, browser: Browser) -> None:
    house, seeded = serve({"points": 1, "lessons": [{"starts_in": 240, "points": [0]}]})
    lesson = seeded["lessons"][0]
    for before, words in (
        (DENIED, {"camera": "没有权限", "microphone": "没有权限"}),
        (NO_MICROPHONE, {"microphone": "没有找到麦克风"}),
    ):
        studio = visitor(browser, house, "a01", DESK)
        studio.context.add_init_script(before)
        studio.go(f"/classroom/lessons/{lesson['id']}/studio")
        studio.sign_in(lesson["teacher"], seeded["password"])
        for kind in ("camera", "microphone"):
            item = studio.page.locator(f'[data-item="{kind}"]')
            expect(item).to_have_attribute("data-sign", "bad" if kind in words else "ok")
            expect(item).to_contain_text(words.get(kind, "可用"))
        assert studio.complaints == []
        studio.context.close()
