"""Chromium as studio and classroom: one plain page that uses the product's own `rtc.ts`."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tongtang.classroom.media.tests.house import House, camera_files, chromium
from tongtang.classroom.media.tickets import Right

CHECKOUT = Path(__file__).resolve().parents[5]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--autoplay-policy=no-user-gesture-required", "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
]  # fmt: skip
PAGE = """<!doctype html><meta charset="utf-8"><video id="anchor" playsinline></video>
<video id="stage" playsinline></video><video id="film" playsinline muted></video>
<script src="/rtc.js"></script><script src="/hls.js"></script>"""
PUBLISH = """async ([width, height, video]) => {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width, height}});
  window.states = [];
  window.live = rtc.publish({stream, getTicket: window.getTicket, onState: (state) => window.states.push(state),
    stageVideo: video ? document.getElementById("stage") : undefined});
}"""
PLAY = """(url) => {
  window.hls = new Hls({liveSyncDurationCount: 2, liveMaxLatencyDurationCount: 6});
  window.hls.on(Hls.Events.ERROR, (event, data) => { if (data.fatal) window.hlsError = data.details; });
  window.hls.loadSource(url);
  window.hls.attachMedia(document.getElementById("film"));
  document.getElementById("film").play();
}"""
RECEIVE = """() => {
  window.states = []; window.stats = []; window.feeds = [];
  window.live = rtc.receive({getTicket: window.getTicket, video: document.getElementById("anchor"),
    stageVideo: document.getElementById("stage"), onState: (state) => window.states.push(state),
    onStats: (stats) => window.stats.push(stats), onFeeds: (feeds) => { window.feeds = feeds; }});
}"""


@contextmanager
def browser(house: House, folder: Path) -> Iterator[Browser]:
    """Chromium in this namespace with a film as camera and a tone as microphone."""
    esbuild = CHECKOUT / "node_modules" / ".bin" / "esbuild"
    assert esbuild.exists(), "esbuild is missing: run make setup"
    script = CHECKOUT / "frontend" / "islands" / "rtc.ts"
    bundle = [str(esbuild), str(script), "--bundle", "--format=iife", "--global-name=rtc"]
    subprocess.run([*bundle, f"--outfile={house.home / 'page' / 'rtc.js'}"], check=True, capture_output=True)
    shutil.copy(CHECKOUT / "node_modules" / "hls.js" / "dist" / "hls.min.js", house.home / "page" / "hls.js")
    (house.home / "page" / "index.html").write_text(PAGE, encoding="utf-8")
    film, tone = camera_files(folder)
    devices = [f"--use-file-for-fake-video-capture={film}", f"--use-file-for-fake-audio-capture={tone}"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *devices])
        try:
            yield running
        finally:
            running.close()


def page_of(chromium: Browser, house: House, lesson: str, participant: str, right: Right) -> Page:
    """A page that gets its tickets as a page of the product would."""
    page = chromium.new_page()
    page.expose_function("getTicket", lambda: house.ticket(lesson, participant, right))
    page.goto(house.origin)
    return page


def plain_page(chromium: Browser, house: House) -> Page:
    page = chromium.new_page()
    page.goto(house.origin)
    return page


def start_publishing(page: Page, *, hears_stage: bool = False) -> None:
    page.evaluate(PUBLISH, [640, 360, hears_stage])


def start_receiving(page: Page) -> None:
    page.evaluate(RECEIVE)


def play(page: Page, url: str) -> None:
    """Play a playlist in the third video element, by hls.js."""
    page.evaluate(PLAY, url)


def frames(page: Page, kind: str = "anchor") -> int:
    count: int = page.evaluate("(kind) => window.live.frames(kind)", kind)
    return count


def wait(page: Page, condition: str, within_s: float) -> Any:
    return page.wait_for_function(condition, timeout=within_s * 1000).json_value()
