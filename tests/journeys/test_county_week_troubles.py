"""The alliance's week when something goes otherwise than planned: no line, signed out, the same place again, paper."""

import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import DESK, Visitor, run_script
from tests.journeys.conftest import Serve
from tests.journeys.county import begin_county, settled
from tests.journeys.test_county_orders import (
    address,
    block_of,
    chosen_lesson,
    monday,
    over,
    said,
    school_week,
    take,
    week,
)
from tests.journeys.tour import Picture, Tour

pytestmark = pytest.mark.journey
EDGES = """(what) => [...document.querySelectorAll(what)].filter((one) => one.offsetWidth)
  .map((one) => Math.round(one.getBoundingClientRect().left))"""
PAGES = {"timetable:alliance-week", "timetable:county-week"}
DAYS = ("周一", "周二", "周三", "周四", "周五")


def test_what_goes_wrong_while_a_lesson_is_held(
    serve: Serve, browser: Browser, every_picture: Picture, picture: Picture, tmp_path: Path
) -> None:
    tour = begin_county(serve, browser, every_picture, tmp_path / "county")
    tour.seeded |= run_script(tour.house, "order_seed")
    officer = tour.as_person("o01")
    before = school_week(tour, officer)
    places = chosen_lesson(tour, officer)
    without_a_line(tour, officer, places)
    the_same_place_again(tour, officer, places)
    keyboard_after_a_drag(tour, officer, places)
    assert school_week(tour, officer) == before, "a lesson that was only held stays where it was"
    many_at_once(tour, officer, picture)
    on_paper(officer, tmp_path)
    signed_out(tour, officer, places)
    settled(tour, PAGES)


def held(one: Visitor) -> int:
    return one.page.locator(".holding, .held, li.place, li.aim").count()


def without_a_line(tour: Tour, officer: Visitor, places: dict[str, Any]) -> None:
    """The page says so, holds nothing, and works again as soon as the line is back."""
    officer.go(address(tour))
    officer.context.set_offline(True)
    box = block_of(officer, places["lesson"]).bounding_box()
    assert box is not None
    officer.page.mouse.move(box["x"] + 8, box["y"] + 8)
    officer.page.mouse.down()
    officer.page.mouse.move(box["x"] + 40, box["y"] + 40, steps=4)
    officer.page.locator("[data-say]", has_text="网络断了").wait_for()
    officer.page.mouse.up()
    assert held(officer) == 0
    officer.context.set_offline(False)
    officer.complaints[:] = [one for one in officer.complaints if "ERR_INTERNET_DISCONNECTED" not in one]
    take(officer, places["lesson"])
    officer.page.keyboard.press("Escape")
    officer.page.mouse.up()
    assert held(officer) == 0


def the_same_place_again(tour: Tour, officer: Visitor, places: dict[str, Any]) -> None:
    """A change that is looked at already is not left hanging when its lesson is dragged there once more."""
    place = places["can"]
    officer.go(f"{address(tour)}&lesson={places['lesson']}&to={place['day']}T{place['time']}")
    officer.page.locator("section.order").wait_for()
    take(officer, places["lesson"])
    over(officer, place)
    officer.page.mouse.up()
    officer.page.wait_for_url("**#proposal")
    assert held(officer) == 0
    assert place["words"] in said(officer)
    assert officer.page.locator("section.order").is_visible()


def keyboard_after_a_drag(tour: Tour, officer: Visitor, places: dict[str, Any]) -> None:
    """A lesson that was dragged and put back still opens when Enter is pressed on it."""
    officer.go(address(tour))
    take(officer, places["lesson"])
    over(officer, places["cannot"])
    officer.page.mouse.up()
    assert places["cannot"]["why"] in said(officer)
    block_of(officer, places["lesson"]).focus()
    officer.page.keyboard.press("Enter")
    officer.page.locator("#chosen").wait_for()


def many_at_once(tour: Tour, officer: Visitor, picture: Picture) -> None:
    """Eight lessons at once stand in one block, which opens as a list of all of them."""
    run_script(tour.house, "crowd_seed", (monday() + timedelta(days=2)).isoformat())
    officer.go(f"/timetable/alliances/{tour.seeded['alliance']}?week={week()}")
    block = officer.page.locator("details.ls")
    assert block.locator("summary > b").inner_text() == "8 节"
    block.locator("summary").focus()
    officer.page.keyboard.press("Enter")
    assert [f"合唱{number}" in block.locator("ul").inner_text() for number in range(1, 9)] == [True] * 8
    tour.look(officer, "timetable:alliance-week", "several at once")
    block.locator("li").last.scroll_into_view_if_needed()
    picture(officer, "alliance-week-several")
    block.locator("a").first.click()
    officer.page.locator("#chosen", has_text="17:00").wait_for()
    tour.stop(officer, "timetable:county-week", f"/timetable/counties/421223000000?week={week()}", "crowded")


def on_paper(officer: Visitor, folder: Path) -> None:
    """Each page of a crowded week names its days above their lessons, and every lesson of a block is printed."""
    officer.page.emulate_media(media="print")
    heads = officer.page.evaluate(EDGES, ".tt .heads > *")
    assert heads == officer.page.evaluate(EDGES, ".tt .cols > *")
    assert len(heads) == len(DAYS)
    officer.page.emulate_media(media="null")
    file = folder / "week.pdf"
    officer.page.pdf(path=file, prefer_css_page_size=True)
    done = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, timeout=60, check=True)
    pages = [one for one in done.stdout.split("\f") if one.strip()]
    assert len(pages) > 1, "a crowded week needs more than one page"
    for number, page in enumerate(pages, start=1):
        assert [day for day in DAYS if day not in page] == [], f"page {number} does not name all its days"
    assert "作息" not in done.stdout, "the bells stand beside the days on the screen only"
    assert [f"合唱{number}" in done.stdout for number in range(1, 9)] == [True] * 8
    officer.page.set_viewport_size(DESK)


def signed_out(tour: Tour, officer: Visitor, places: dict[str, Any]) -> None:
    """Somebody who was signed out meanwhile is led to sign in, not told that the line is gone."""
    officer.go(address(tour))
    officer.context.clear_cookies()
    block_of(officer, places["lesson"]).focus()
    officer.page.keyboard.press("Space")
    officer.page.wait_for_url(re.compile(r"/sign-in\?next=/timetable/alliances/"))
