"""What the ledger counts is what the classrooms saw: media cut for 20 s, a killed tab, two devices in one room."""

import contextlib
import time
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Error

from tests.journeys.browser import DESK, WALL, Visitor, run_script, visitor
from tests.journeys.conftest import Serve
from tests.journeys.cuts import media_cut
from tests.journeys.film import FRAMES, RATE, READ_NUMBER

pytestmark = pytest.mark.journey
CUT_S = 20
TRUE_WITHIN_S = 2.0
# Push waits 15 s for the page to come back, the worker looks each 5 s.
WILL_WITHIN_S = 24
# Looks ten times a second which frame of the film is shown, by the wall clock, while the picture moves.
KEEP_TRUTH = f"""() => {{
  const read = {READ_NUMBER};
  const canvas = document.createElement("canvas");
  canvas.width = 576;
  canvas.height = 44;
  const pen = canvas.getContext("2d", {{ willReadFrequently: true }});
  let before = null;
  window.moved = [];
  setInterval(() => {{
    const videos = [...document.querySelectorAll('video[data-part="webrtc"], video[data-part="hls"]')];
    const video = videos.find((one) => !one.hidden);
    const number = video ? read(video, pen) : null;
    if (number !== null && number !== before) window.moved.push([Date.now() / 1000, number]);
    before = number;
  }}, 100);
}}"""
MOVES = "() => window.moved.filter(([at]) => at > Date.now() / 1000 - 3).length > 8"
# A busy browser looks late; while the film goes on all the same, nothing was missed.
LONGEST_STEP = 1.25
# HLS may come nearer to the live edge than it was at the first look.
CATCHES_UP_S = 8


def test_true_seconds(serve: Serve, browser: Browser) -> None:
    scene = Scene(serve, browser, points=4, by_webrtc=3)
    lesson, studio, seeded, house = scene.lesson, scene.studio, scene.seeded, scene.house
    walls = scene.walls
    steady, killed, shared, by_hls = walls
    second = visitor(browser, house, "second", WALL, device=seeded["points"][2]["devices"][1])
    enter(second, lesson["receptions"][2])
    moving(*walls, second)
    assert by_hls.frames("hls") > 0
    time.sleep(12)

    truth = {reception: Truth() for reception in lesson["receptions"]}
    of = dict(zip((steady, killed, shared, by_hls), truth.values(), strict=True))
    of[shared].saw(shared)
    shared.page.close()
    of[killed].saw(killed)
    kill_tab(killed)
    time.sleep(5)
    enter(killed, lesson["receptions"][1])
    moving(killed)
    with media_cut():
        studio.press("forth")
        for wall in (steady, by_hls):
            wall.wait("""() => document.querySelector('img[data-part="slide"]').alt.includes("学唱")""", 5)
        time.sleep(CUT_S)
    moving(steady, killed, second, by_hls)
    time.sleep(5)
    studio.press("end")
    studio.press("endnow")
    for wall in (steady, killed, second, by_hls):
        wall.page.wait_for_selector('tong-wall[data-phase="ended"]')
    # Pages report every 10 s; what the killed tab left is handed over by the page that came after it.
    time.sleep(12)
    of[shared].saw(second)
    for wall in (steady, killed, by_hls):
        of[wall].saw(wall)
    scene.check(truth, ("steady", "killed tab", "two devices", "HLS"))


def test_a_tab_that_is_killed_for_good_keeps_its_seconds(serve: Serve, browser: Browser) -> None:
    scene = Scene(serve, browser, points=2, by_webrtc=1)
    moving(*scene.walls)
    assert scene.walls[1].frames("hls") > 0
    time.sleep(15)
    truth = {reception: Truth() for reception in scene.lesson["receptions"]}
    for wall, seen in zip(scene.walls, truth.values(), strict=True):
        seen.saw(wall)
        kill_tab(wall)
    time.sleep(WILL_WITHIN_S)
    scene.check(truth, ("WebRTC tab killed for good", "HLS tab killed for good"))


class Scene:
    """A lesson under way in a house of its own; a screen in each classroom."""

    def __init__(self, serve: Serve, browser: Browser, *, points: int, by_webrtc: int) -> None:
        plan = {"points": points, "lessons": [{"starts_in": 5, "points": list(range(points))}]}
        self.house, self.seeded = serve(plan, TONGTANG_WEBRTC_RECEIVERS=str(by_webrtc))
        self.lesson = self.seeded["lessons"][0]
        self.studio = visitor(browser, self.house, "a01", DESK)
        self.studio.go(f"/classroom/lessons/{self.lesson['id']}/studio")
        self.studio.sign_in(self.lesson["teacher"], self.seeded["password"])
        self.studio.page.wait_for_selector('[data-item="server"][data-sign="ok"]', timeout=30_000)
        self.walls = [
            visitor(browser, self.house, point["host"], WALL, device=point["devices"][0])
            for point in self.seeded["points"]
        ]
        for wall, reception in zip(self.walls, self.lesson["receptions"], strict=True):
            with wall.page.expect_response(lambda answer: answer.url.endswith("/media-ticket")):
                enter(wall, reception)
        self.studio.wait(f"Date.now() > {self.lesson['starts_at'] * 1000}", 30)
        self.studio.press("start")

    def check(self, truth: dict[str, "Truth"], rooms: tuple[str, ...]) -> None:
        """The ledger says what was seen, to two seconds."""
        stands = run_script(self.house, "ledger", self.lesson["id"])
        since = begun(self.studio, self.lesson)
        found = [(one.seconds(since), float(str(stands[name]["live_seconds"]))) for name, one in truth.items()]
        for room, (name, one), (seen, counted) in zip(rooms, truth.items(), found, strict=True):
            print(f"\n{room}: {seen:.1f} s seen, {counted:.0f} s in the ledger")
            print([(round(a - since, 1), round(b - since, 1)) for a, b in joined(one.spans)], stands[name]["received"])
        assert all(abs(seen - counted) <= TRUE_WITHIN_S for seen, counted in found), found


class Truth:
    """When the picture moved in a room, seen by whichever of its screens, in seconds since 1970."""

    def __init__(self) -> None:
        self.spans: list[tuple[float, float]] = []

    def saw(self, wall: Visitor) -> None:
        """Add what one screen showed; what it had shown before, and shows again after a break, counts nothing."""
        looks: list[tuple[float, int]] = wall.page.evaluate("() => window.moved")
        newest = 0.0
        for (before, _number), (now, number) in pairwise(looks):
            taken = now - lag(now - looks[0][0], number - looks[0][1])
            if now - before < LONGEST_STEP and taken > newest:
                self.spans.append((before, now))
            newest = max(newest, taken)

    def seconds(self, since: float) -> float:
        """Length of the union of all spans after `since`."""
        return sum(max(0.0, end - max(start, since)) for start, end in joined(self.spans))


def joined(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans that touch each other as one."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            start, end = found[-1][0], max(end, found.pop()[1])
        found.append((start, end))
    return found


def lag(passed_s: float, frames: int) -> float:
    """How much later than at the first look the film is shown; it repeats itself after FRAMES."""
    behind = (passed_s * RATE - frames) % FRAMES / RATE
    return behind - FRAMES / RATE if behind > FRAMES / RATE - CATCHES_UP_S else behind


def enter(wall: Visitor, reception: str) -> None:
    wall.go(f"/classroom/receptions/{reception}/wall")
    wall.page.evaluate(KEEP_TRUTH)
    wall.press("enter")


def moving(*walls: Visitor) -> None:
    for wall in walls:
        wall.wait(MOVES, 60)


def kill_tab(wall: Visitor) -> None:
    """End the process of the page, which cannot say goodbye."""
    with wall.page.expect_event("crash"), contextlib.suppress(Error):
        wall.page.goto("chrome://crash", timeout=3000)
    wall.new_page()


def begun(studio: Visitor, lesson: dict[str, object]) -> float:
    """When the lesson started, in seconds since 1970."""
    snapshot = f"/classroom/lessons/{lesson['id']}/studio/snapshot"
    state = studio.page.evaluate("async (url) => (await (await fetch(url)).json()).session", snapshot)
    return float(max(state["started_at"], lesson["starts_at"]))
