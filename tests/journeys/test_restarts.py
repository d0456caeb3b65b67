"""Media server, push and web are killed in mid-lesson: everything comes back without a touch of any page."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error

from tests.houses import House, wait_for
from tests.journeys.browser import DESK, WALL, Visitor, run_script, visitor
from tests.journeys.conftest import Serve

pytestmark = pytest.mark.journey
SLIDE = "() => document.querySelector('img[data-part=\"slide\"]').src"


def test_restarts(serve: Serve, browser: Browser) -> None:
    plan = {"points": 2, "lessons": [{"starts_in": 2, "points": [0, 1]}]}
    house, seeded = serve(plan, TONGTANG_WEBRTC_RECEIVERS="1")
    lesson = seeded["lessons"][0]
    studio = visitor(browser, house, "a01", DESK)
    studio.go(f"/classroom/lessons/{lesson['id']}/studio")
    studio.sign_in(lesson["teacher"], seeded["password"])
    studio.page.wait_for_selector('[data-item="server"][data-sign="ok"]', timeout=30_000)
    walls = [visitor(browser, house, point["host"], WALL, device=point["devices"][0]) for point in seeded["points"]]
    for wall, reception in zip(walls, lesson["receptions"], strict=True):
        wall.go(f"/classroom/receptions/{reception}/wall")
        with wall.page.expect_response(lambda answer: answer.url.endswith("/media-ticket")):
            wall.press("enter")
    studio.press("start")
    by_webrtc, by_hls = walls
    by_webrtc.wait_frames("webrtc", 20, 40)
    by_hls.wait_frames("hls", 20, 40)

    first = by_webrtc.page.evaluate(SLIDE)
    kill(janus_of(house))
    for name in ("media", "push", "web"):
        before = house.pid(name)
        kill(before)
        assert wait_for(lambda name=name, before=before: house.pid(name) not in (0, before)), name
    assert wait_for(lambda: turns(studio, walls, first), 60), "no slide change arrives"
    by_webrtc.wait("() => !document.querySelector('video[data-part=\"webrtc\"]').hidden", 90)
    by_webrtc.wait_frames("webrtc", 30, 90)
    by_hls.wait_frames("hls", 30, 90)
    stands = run_script(house, "ledger", lesson["id"])
    assert all(stands[reception]["kinds"].get("gap", 0) >= 1 for reception in lesson["receptions"])


def turns(studio: Visitor, walls: list[Visitor], first: str) -> bool:
    """Whether a slide turned now arrives on all walls; a press while the server is down is refused with a sentence."""
    with suppress(Error):
        studio.part("forth").click(timeout=1000)
    studio.page.wait_for_timeout(1000)
    shown = {name_of(one.page.evaluate(SLIDE)) for one in (studio, *walls)}
    return len(shown) == 1 and shown != {name_of(first)}


def name_of(address: str) -> str:
    """Every visitor has a host name of their own."""
    return address.rsplit("/", 1)[-1]


def kill(pid: int) -> None:
    assert pid > 1
    os.kill(pid, signal.SIGKILL)


def janus_of(house: House) -> int:
    """The process id of this house's Janus: a child of its media process."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = path.read_text(encoding="utf-8", errors="replace").split()
        if fields[1] == "(janus)" and int(fields[3]) == house.pid("media"):
            return int(path.parent.name)
    raise AssertionError("this house has no Janus")
