"""The studio in Chromium against the whole house: try-out, lesson, stage, end; without permission; too early."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tongtang.classroom.media.configuration import free_ports
from tongtang.classroom.media.tests.browser import CHECKOUT, FLAGS
from tongtang.classroom.media.tests.house import camera_files, chromium, eventually
from tongtang.classroom.media.tests.namespace import network_namespace

pytestmark = pytest.mark.journey
SIZES = [(1440, 900), (1920, 1080), (390, 844)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHOTS = CHECKOUT / "tests" / "artifacts"
DENIED = """navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"))"""
HAS_MEDIA = 25_000


@dataclass
class Stage:
    """The running house, what its seed told, and a browser in the same namespace."""

    origin: str
    facts: dict[str, Any]
    browser: Browser

    def visitor(self, cookie: str, value: str) -> BrowserContext:
        context = self.browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        context.add_cookies([{"name": cookie, "value": value, "url": self.origin}])
        context.grant_permissions(["camera", "microphone"], origin=self.origin)
        context.set_default_timeout(15_000)
        return context

    def studio(self, lesson: str = "lesson", before: str = "") -> Page:
        page = self.visitor("sessionid", self.facts["teacher"]).new_page()
        if before:
            page.add_init_script(before)
        page.goto(f"{self.origin}/classroom/lessons/{self.facts[lesson]}/studio")
        return page

    def wall(self, number: int) -> Page:
        room = self.facts["rooms"][number]
        page = self.visitor("tongtang_device", room["device"]).new_page()
        page.goto(f"{self.origin}/classroom/receptions/{room['reception']}/wall")
        part(page, "enter").click()
        return page


@contextmanager
def served(home: Path, port: int) -> Iterator[dict[str, Any]]:
    """A fresh house with a lesson in two minutes, served until the end."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("TONGTANG_")}
    place = {"TONGTANG_HOME": str(home), "TONGTANG_PORT": str(port), "PYTHONPATH": str(CHECKOUT)}
    environment = {**own, **place, "DJANGO_SETTINGS_MODULE": "tongtang.config.settings"}

    def command(*words: str) -> list[str]:
        return [sys.executable, "-m", *words]

    subprocess.run(command("tongtang", "migrate"), env=environment, check=True, capture_output=True)
    seed = command("tongtang.classroom.tests.seed_studio", "2", "3")
    told = subprocess.run(seed, env=environment, cwd=CHECKOUT, check=True, capture_output=True, text=True)
    log = home.parent / "serve.out"
    with log.open("w") as out:
        process = subprocess.Popen(command("tongtang", "serve"), env=environment, stdout=out, stderr=out)
    try:
        eventually(lambda: f":{port}/" in log.read_text(encoding="utf-8"), 60)
        yield json.loads(told.stdout.splitlines()[-1])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.fixture(scope="module")
def house() -> Iterator[Stage]:
    # Not tmp_path: a Unix socket's path must be short.
    folder = Path(mkdtemp(prefix="tt-"))
    port = free_ports(1)[0]
    with network_namespace(), served(folder / "h", port) as facts, sync_playwright() as playwright:
        film, tone = camera_files(folder)
        devices = [f"--use-file-for-fake-video-capture={film}", f"--use-file-for-fake-audio-capture={tone}"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *devices])
        yield Stage(f"http://127.0.0.1:{port}", facts, browser)
        browser.close()


@pytest.fixture
def stage(house: Stage) -> Iterator[Stage]:
    """The house without the pages of the test before."""
    yield house
    for context in house.browser.contexts:
        context.close()


def part(page: Page, name: str) -> Any:
    return page.locator(f'[data-part="{name}"]')


def look(page: Page, name: str) -> None:
    """Pictures at three sizes, nothing wider than the screen, nothing that axe finds."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.evaluate((CHECKOUT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        page.screenshot(path=SHOTS / f"studio-{name}-{width}.png", full_page=width == 390)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than {width}"
        found = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", RULES)["violations"]
        assert [(one["id"], one["nodes"][0]["target"]) for one in found] == [], f"{name} at {width}"
    page.set_viewport_size({"width": 1440, "height": 900})


def errors_of(page: Page) -> list[str]:
    """Errors of the page from now on; what a closing link says does not count."""
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def loud_bars(page: Page) -> int:
    """The most bars of the level meter within three seconds."""
    most = 0
    for _ in range(15):
        most = max(most, page.locator(".check .vu i:not(.o)").count())
        page.wait_for_timeout(200)
    return most


def check_devices(page: Page) -> None:
    expect(page.locator('[data-item="server"]')).to_have_attribute("data-sign", "ok", timeout=HAS_MEDIA)
    for item in ("camera", "microphone", "slides"):
        expect(page.locator(f'[data-item="{item}"]')).to_have_attribute("data-sign", "ok")
    assert loud_bars(page) > 0, "the meter shows the tone"
    assert page.locator('[data-part="echo"]').evaluate("(video) => video.muted")
    expect(part(page, "came")).to_have_text("1 / 3", timeout=HAS_MEDIA)


def ask_by_keyboard(page: Page) -> None:
    page.locator('[data-ask="abc"]').focus()
    page.keyboard.press("Enter")
    expect(part(page, "question")).to_be_focused()
    page.keyboard.type("第二句的第一个音")
    page.keyboard.press("Enter")
    expect(part(page, "polldialog")).to_be_hidden()
    expect(part(page, "answered")).to_have_text("已答 0 / 3 个班")


def call_up(page: Page, wall: Page, name: str) -> None:
    tile = page.locator(".tile", has_text=name)
    tile.focus()
    page.keyboard.press("Enter")
    expect(part(page, "stagename")).to_have_text(name)
    expect(part(page, "stagewait")).to_be_hidden(timeout=HAS_MEDIA)
    before = part(page, "stagevideo").evaluate("(video) => video.currentTime")
    page.wait_for_timeout(1500)
    assert part(page, "stagevideo").evaluate("(video) => video.currentTime") > before, "the classroom is seen"
    assert not part(page, "stagevideo").evaluate("(video) => video.muted"), "and heard"
    expect(part(wall, "onstage")).to_be_visible()


def test_a_lesson_from_the_try_out_to_its_end(stage: Stage) -> None:
    page = stage.studio()
    errors = errors_of(page)
    wall = stage.wall(0)
    check_devices(page)
    look(page, "check")

    part(page, "start").click()
    expect(part(page, "next")).to_be_focused()
    expect(page.locator(".script .now")).to_contain_text("听辨导入")
    page.keyboard.press("PageDown")
    expect(part(page, "page")).to_have_text("第 2 / 5 页")
    picture = part(page, "slide").get_attribute("src")
    expect(part(wall, "slide")).to_have_attribute("src", re.compile(f"{picture}$"))
    part(page, "next").press("Enter")
    expect(page.locator(".script .now")).to_contain_text("学唱第一、二句")

    ask_by_keyboard(page)
    expect(part(wall, "poll")).to_contain_text("第二句的第一个音")
    part(page, "stop").click()
    expect(part(wall, "poll")).to_be_hidden()

    call_up(page, wall, stage.facts["rooms"][0]["name"])
    look(page, "deck")
    page.reload()
    expect(part(page, "link")).to_have_text("画面已送出", timeout=HAS_MEDIA)
    expect(part(page, "page")).to_have_text("第 2 / 5 页")
    part(page, "clear").click()
    expect(part(page, "nostage")).to_be_visible()

    part(page, "end").click()
    expect(part(page, "stay")).to_be_focused()
    part(page, "endnow").click()
    expect(part(page, "overtitle")).to_have_text("本课已结束")
    expect(part(page, "figures")).to_contain_text("1 / 3")
    look(page, "over")
    assert errors == []


def test_a_lesson_of_later_says_when_it_opens_and_lets_devices_be_checked(stage: Stage) -> None:
    page = stage.studio("later")
    expect(part(page, "gate")).to_contain_text("10 分钟")
    expect(part(page, "start")).to_be_disabled()
    expect(page.locator('[data-item="camera"]')).to_have_attribute("data-sign", "ok", timeout=HAS_MEDIA)
    expect(page.locator('[data-item="server"]')).to_have_attribute("data-sign", "wait")
    expect(part(page, "bellword")).to_have_text("离演播室开放")


def test_without_permission_the_page_says_what_to_do(stage: Stage) -> None:
    page = stage.studio("later", DENIED)
    for item in ("camera", "microphone"):
        row = page.locator(f'[data-item="{item}"]')
        expect(row).to_have_attribute("data-sign", "bad")
        expect(row).to_contain_text("没有权限")
    look(page, "denied")
