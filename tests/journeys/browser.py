"""Visitors of a journey: each in a browser context of its own, at a host name of its own."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright

from tests.houses import House
from tests.journeys.film import READ_NUMBER

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--autoplay-policy=no-user-gesture-required", "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
]  # fmt: skip
DESK: ViewportSize = {"width": 1440, "height": 900}
WALL: ViewportSize = {"width": 1920, "height": 1080}
PHONE: ViewportSize = {"width": 390, "height": 844}
# Keeps all text that reached the page over push; push.ts reads its stream with one TextDecoder.
KEEP_PUSHED = """
window.pushed = "";
const decode = TextDecoder.prototype.decode;
TextDecoder.prototype.decode = function (...given) {
  const text = decode.apply(this, given);
  window.pushed += text;
  return text;
};"""
WATCH_NUMBERS = f"""(selector) => {{
  const read = {READ_NUMBER};
  const canvas = document.createElement("canvas");
  canvas.width = 576;
  canvas.height = 44;
  const pen = canvas.getContext("2d", {{ willReadFrequently: true }});
  const video = document.querySelector(selector);
  window.numbers = [];
  window.numbering = setInterval(() => {{
    const number = read(video, pen);
    if (number !== null && number !== window.numbers.at(-1)?.[1]) window.numbers.push([Date.now(), number]);
  }}, 15);
}}"""
READ_NUMBERS = "() => { clearInterval(window.numbering); return window.numbers; }"


@contextmanager
def chromium(film: Path, sound: Path) -> Iterator[Browser]:
    """Debian's Chromium with a film as camera and a sound as microphone."""
    devices = [f"--use-file-for-fake-video-capture={film}", f"--use-file-for-fake-audio-capture={sound}"]
    with launched([*FLAGS, *devices]) as running:
        yield running


@contextmanager
def poor_chromium(sound: Path) -> Iterator[Browser]:
    """One without a camera, which lets nothing sound before the page was touched, as browsers do by themselves."""
    changed = {
        "--autoplay-policy=no-user-gesture-required": "--autoplay-policy=document-user-activation-required",
        "--use-fake-device-for-media-stream": "--use-fake-device-for-media-stream=device-count=0",
    }
    flags = [changed.get(flag, flag) for flag in FLAGS]
    with launched([*flags, f"--use-file-for-fake-audio-capture={sound}"]) as running:
        yield running


@contextmanager
def launched(flags: list[str]) -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "chromium is missing: run apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=flags)
        try:
            yield running
        finally:
            running.close()


@dataclass(eq=False)
class Visitor:
    """One identity with one page. `complaints` are the console's errors, refusals of the content policy among them."""

    house: House
    host: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://{self.host}.localhost:{self.house.port}{path}"

    def go(self, path: str) -> None:
        self.page.goto(self.url(path))

    def part(self, name: str) -> Any:
        """A part of the page by its name, as the islands know it."""
        return self.page.locator(f'[data-part="{name}"]')

    def press(self, name: str) -> None:
        self.part(name).click()

    def text(self, name: str) -> str:
        return str(self.part(name).inner_text())

    def wait(self, condition: str, within_s: float = 15, given: Any = None) -> None:
        """Wait until a JavaScript expression or function is true; asked from outside, for pages allow no eval()."""
        until = time.monotonic() + within_s
        while not (answer := self.page.evaluate(condition, given)):
            assert time.monotonic() < until, f"{self.host}, not within {within_s} s: {condition} {given} ({answer})"
            self.page.wait_for_timeout(100)

    def wait_words(self, name: str, words: str, within_s: float = 15) -> None:
        """Wait until the part shows the words."""
        condition = '([name, words]) => document.querySelector(`[data-part="${name}"]`)?.textContent.includes(words)'
        self.wait(condition, within_s, [name, words])

    def frames(self, name: str) -> int:
        """Frames that a video decoded so far."""
        element = f"document.querySelector('video[data-part=\"{name}\"]')"
        return int(self.page.evaluate(f"{element}?.getVideoPlaybackQuality().totalVideoFrames ?? 0"))

    def wait_frames(self, name: str, more: int = 10, within_s: float = 20) -> None:
        """Wait until a video has decoded so many frames more."""
        condition = """([name, least]) =>
          document.querySelector(`video[data-part="${name}"]`)?.getVideoPlaybackQuality().totalVideoFrames >= least"""
        self.wait(condition, within_s, [name, self.frames(name) + more])

    def watch_numbers(self, selector: str) -> None:
        """Begin to note which frame of the film a video shows, and when."""
        self.page.evaluate(WATCH_NUMBERS, selector)

    def numbers(self) -> list[tuple[int, int]]:
        """Milliseconds since 1970 and frame number, since `watch_numbers`; stops noting."""
        return [(at, number) for at, number in self.page.evaluate(READ_NUMBERS)]

    def sign_in(self, user_name: str, password: str) -> None:
        """Through the page of signing in, as people do."""
        self.page.locator("#teacher input[name=user_name]").fill(user_name)
        self.page.locator("#teacher input[name=password]").fill(password)
        self.page.locator("#teacher button[type=submit]").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def new_page(self) -> Page:
        """A page in place of the present one, which may be dead."""
        self.page = self.context.new_page()
        self._listen()
        return self.page

    def _listen(self) -> None:
        def complain(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.complaints.append(f"{self.page.url}: {message.text} ({message.location.get('url', '')})")

        self.page.on("console", complain)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))


def visitor(
    browser: Browser, house: House, host: str, size: ViewportSize = DESK, device: str = "", **context: Any
) -> Visitor:
    """Somebody at `<host>.localhost`; with `device`, the secret of a classroom's device, that device."""
    made = browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", **context)
    made.set_default_timeout(15_000)
    made.add_init_script(KEEP_PUSHED)
    if device:
        made.add_cookies([{"name": "tongtang_device", "value": device, "url": f"http://{host}.localhost"}])
    one = Visitor(house, host, made, made.new_page())
    one._listen()
    return one


def run_script(house: House, name: str, *words: str) -> Any:
    """The JSON that a script of this folder prints, run with the house's variables."""
    command = [sys.executable, "-m", f"tests.journeys.{name}", *words]
    done = subprocess.run(command, env=house.environment(), capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
