"""The alliance's week on touch screens: a finger scrolls, a tap opens, and a finger that rests first moves a lesson."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.journeys.browser import PHONE, Visitor, run_script
from tests.journeys.conftest import Serve
from tests.journeys.county import begin_county, settled, stranger_at
from tests.journeys.test_county_orders import address, block_of, monday, movable_lesson, said, school_week
from tests.journeys.test_county_week_troubles import held
from tests.journeys.tour import Picture, Tour

pytestmark = pytest.mark.journey
PAGES = {"timetable:alliance-week"}
TABLET: ViewportSize = {"width": 820, "height": 1180}
GRABBED = 8
"""Pixels from the upper left corner of a lesson to the finger."""
EDGE = 6


class Finger:
    """One finger on the page's glass, as Chromium's input gets it."""

    def __init__(self, one: Visitor) -> None:
        self.page, self.glass = one.page, one.context.new_cdp_session(one.page)
        self.x = self.y = 0.0

    def _touch(self, kind: str, *points: dict[str, float]) -> None:
        self.glass.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    def down(self, x: float, y: float) -> None:
        self.x, self.y = x, y
        self._touch("touchStart", {"x": x, "y": y})

    def to(self, x: float, y: float, steps: int = 6) -> None:
        first = self.x, self.y
        for step in range(1, steps + 1):
            self.x, self.y = (a + (b - a) * step / steps for a, b in zip(first, (x, y), strict=True))
            self._touch("touchMove", {"x": self.x, "y": self.y})
            self.page.wait_for_timeout(16)

    def up(self) -> None:
        self._touch("touchEnd")

    def lost(self) -> None:
        """As when the system takes the touch for something of its own."""
        self._touch("touchCancel")


@pytest.mark.parametrize("size", [PHONE, TABLET], ids=["phone", "tablet"])
def test_a_lesson_is_moved_with_a_finger(
    serve: Serve, browser: Browser, every_picture: Picture, picture: Picture, tmp_path: Path, size: ViewportSize
) -> None:
    tour = begin_county(serve, browser, every_picture, tmp_path / "county")
    tour.seeded |= run_script(tour.house, "order_seed")
    officer = stranger_at(tour, "touch", has_touch=True)
    officer.go("/sign-in")
    officer.sign_in("o01", tour.seeded["password"])
    officer.page.set_viewport_size(size)
    before = school_week(tour, officer)
    officer.go(address(tour))
    tour.look(officer, "timetable:alliance-week", f"by touch at {size['width']}")
    places = movable_lesson(officer)
    finger = Finger(officer)
    scrolls(officer, finger, places)
    rests_and_stays(officer, finger, places)
    over_what_cannot_be(officer, finger, places, picture)
    to_another_week(officer, finger, places)
    assert school_week(tour, officer) == before, "nothing was moved so far"
    moves(tour, officer, finger, places, picture)
    opens(tour, officer, places)
    settled(tour, PAGES)


def corner(one: Visitor, lesson: str) -> tuple[float, float]:
    """Where a finger takes a lesson, which is brought to the middle of the glass."""
    block = block_of(one, lesson)
    block.evaluate("(one) => one.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' })")
    box = block.bounding_box()
    assert box is not None
    return box["x"] + GRABBED, box["y"] + GRABBED


def take(one: Visitor, finger: Finger, lesson: str) -> None:
    """The finger rests on the lesson until the page shows every place."""
    finger.down(*corner(one, lesson))
    one.page.locator("li.place").first.wait_for(state="attached")
    assert one.page.locator(".holding").count() == 1


def over(one: Visitor, finger: Finger, place: dict[str, Any]) -> None:
    """The finger goes where the lesson would begin at the place; what is beyond an edge comes to it there."""
    mark = one.page.locator(f'ul[data-day="{place["day"]}"] li.place.m{place["minute"]}').first
    for _try in range(80):
        box, size = mark.bounding_box(), one.page.viewport_size
        assert box is not None
        assert size is not None
        bar = one.page.locator(".saybar").bounding_box()
        assert bar is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + GRABBED
        wrap = one.page.locator("tong-week .tablewrap").bounding_box()
        assert wrap is not None
        left, right = max(wrap["x"], 0), min(wrap["x"] + wrap["width"], size["width"])
        top, bottom = bar["y"] + bar["height"], size["height"]
        near_x, near_y = min(max(x, left + EDGE), right - EDGE), min(max(y, top + EDGE), bottom - EDGE)
        finger.to(near_x, near_y, steps=2)
        if (near_x, near_y) == (x, y):
            # Near an edge the page may still go on under the finger.
            one.page.wait_for_timeout(150)
            if mark.bounding_box() == box:
                return
    raise AssertionError(f"the place {place['when']} never came to the finger")


def scrolls(one: Visitor, finger: Finger, places: dict[str, Any]) -> None:
    """A finger that moves at once scrolls the page, even from a lesson, and takes nothing up."""
    x, y = corner(one, places["lesson"])
    before = one.page.evaluate("scrollY")
    finger.down(x, y)
    finger.to(x, y - 240, steps=10)
    finger.up()
    one.wait("(before) => scrollY > before + 100", 5, before)
    one.page.wait_for_timeout(600)
    assert held(one) == 0
    assert "#" not in one.page.url


def rests_and_stays(one: Visitor, finger: Finger, places: dict[str, Any]) -> None:
    """A lesson that was only held lies where it was, and its list does not open."""
    there = one.page.url
    take(one, finger, places["lesson"])
    finger.up()
    one.page.locator("[data-say]", has_text="留在原处").wait_for()
    assert held(one) == 0
    assert one.page.url == there


def over_what_cannot_be(one: Visitor, finger: Finger, places: dict[str, Any], picture: Picture) -> None:
    take(one, finger, places["lesson"])
    over(one, finger, places["cannot"])
    assert places["cannot"]["why"] in said(one)
    size = one.page.viewport_size
    picture(one, f"alliance-week-touch-{size['width'] if size else 0}")
    finger.up()
    assert places["cannot"]["why"] in said(one)
    assert "#proposal" not in one.page.url


def to_another_week(one: Visitor, finger: Finger, places: dict[str, Any]) -> None:
    """Resting over the next week shows it with the places there; the finger is lost, and all is as before."""
    take(one, finger, places["lesson"])
    for _again in range(2):
        # On its way the finger may have moved the page, and the bar with it.
        turn = one.page.locator('[data-turn="next"]').bounding_box()
        assert turn is not None
        finger.to(turn["x"] + turn["width"] / 2, turn["y"] + turn["height"] / 2, steps=3)
    later = (monday() + timedelta(days=7)).isoformat()
    one.page.locator(f'ul[data-day="{later}"] li.place').first.wait_for(state="attached")
    size = one.page.viewport_size
    assert size is not None
    finger.to(size["width"] / 2, size["height"] / 2, steps=8)
    one.page.wait_for_timeout(100)
    scrolled = one.page.evaluate("scrollY")
    finger.to(finger.x - 40, finger.y + 120, steps=8)
    assert one.page.locator(f'ul[data-day="{later}"]').count() == 1, "the lesson is still held"
    assert one.page.evaluate("scrollY") == scrolled, "a finger that holds a lesson scrolls nothing"
    finger.lost()
    one.page.locator(f'ul[data-day="{monday().isoformat()}"]').wait_for(state="attached")
    assert held(one) == 0


def moves(tour: Tour, one: Visitor, finger: Finger, places: dict[str, Any], picture: Picture) -> None:
    one.go(address(tour))
    take(one, finger, places["lesson"])
    over(one, finger, places["can"])
    assert places["can"]["words"] in said(one)
    with one.page.expect_navigation():
        finger.up()
    one.page.locator("section.order").wait_for()
    assert one.page.url.endswith("#proposal")
    assert one.page.locator(".ls.to").count() == 1
    assert "与本班课对调" in one.page.locator("section.order").inner_text()


def opens(tour: Tour, one: Visitor, places: dict[str, Any]) -> None:
    """A tap leads to the list of places, as before."""
    one.go(address(tour))
    x, y = corner(one, places["lesson"])
    one.page.touchscreen.tap(x, y)
    one.page.locator("#chosen").wait_for()
    assert held(one) == 0
