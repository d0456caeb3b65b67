"""A lesson is carried to another week by mouse and keyboard; the way back, two tabs, lists of many lessons."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.browser import Visitor, run_script
from tests.journeys.conftest import Serve
from tests.journeys.county import begin_county, settled
from tests.journeys.test_county_orders import (
    ASK,
    BLOCKS,
    address,
    block_of,
    monday,
    over,
    said,
    school_week,
    take,
    week,
)
from tests.journeys.test_county_week_troubles import held
from tests.journeys.tour import Picture, Tour, submit

pytestmark = pytest.mark.journey
PAGES = {"timetable:alliance-week", "timetable:order"}
HEADS = '() => [...document.querySelectorAll(".tt ul[data-day]")].map((one) => one.dataset.day)'


def week_after() -> str:
    year, number, _day = (monday() + timedelta(days=7)).isocalendar()
    return f"{year}-W{number:02d}"


def days_from(first: date) -> list[str]:
    return [(first + timedelta(days=ahead)).isoformat() for ahead in range(5)]


def test_a_lesson_goes_to_another_week(
    serve: Serve, browser: Browser, every_picture: Picture, picture: Picture, tmp_path: Path
) -> None:
    tour = begin_county(serve, browser, every_picture, tmp_path / "county")
    tour.seeded |= run_script(tour.house, "order_seed")
    officer = tour.as_person("o01")
    before = school_week(tour, officer)
    places, later = with_room_in_both(tour, officer)
    given_back(tour, officer, places)
    no_line_to_the_week_beside(tour, officer, places)
    by_mouse(tour, officer, places["lesson"], later, picture)
    two_tabs_and_the_way_back(tour, officer, places, later)
    by_keyboard(tour, officer, places["lesson"], later)
    dropped_on_a_week(tour, officer, places["lesson"])
    assert school_week(tour, officer) == before, "what was only looked at, or taken back, stays where it was"
    out_of_a_list(tour, officer)
    settled(tour, PAGES)


def with_room_in_both(tour: Tour, officer: Visitor) -> tuple[dict[str, Any], dict[str, Any]]:
    """A lesson of p01 that may go to another time of the week after and not to each, with its places in both weeks.

    The weekly cap of its teacher may have no room for it there.
    """
    officer.go(address(tour))
    for block in officer.page.locator("a[data-lesson]").all():
        asked = f"{block.get_attribute('data-places')}?week="
        found = officer.page.evaluate(ASK, f"{asked}{week_after()}")
        can = [one for one in found if one["kind"] in ("ok", "swap")]
        cannot = [one for one in found if one["kind"] == "no"]
        if can and cannot:
            here = {"lesson": block.get_attribute("data-lesson")}
            return here, {"can": can[0], "cannot": cannot[0], "all": found}
    raise AssertionError("no lesson of p01 may go to the week after")


def turn_over(officer: Visitor, way: str, first: date) -> None:
    """The mouse, which holds a lesson, waits over the week before or after until it is shown."""
    box = officer.page.locator(f'[data-turn="{way}"]').bounding_box()
    assert box is not None
    officer.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    shows(officer, first)


def shows(officer: Visitor, first: date) -> None:
    """The days of the grid are those of the week that begins on `first`."""
    officer.wait(f"([first]) => ({HEADS})()[0] === first", 15, [first.isoformat()])
    assert officer.page.evaluate(HEADS) == days_from(first)


def given_back(tour: Tour, officer: Visitor, places: dict[str, Any]) -> None:
    """There and back again: Escape shows the week that the page is about, with the lesson where it was."""
    officer.go(address(tour))
    stood = officer.page.evaluate(BLOCKS)
    take(officer, places["lesson"])
    turn_over(officer, "next", monday() + timedelta(days=7))
    officer.page.keyboard.press("Escape")
    officer.page.mouse.up()
    shows(officer, monday())
    assert held(officer) == 0
    assert officer.page.evaluate(BLOCKS) == stood
    assert "留在原处" in said(officer)


def no_line_to_the_week_beside(tour: Tour, officer: Visitor, places: dict[str, Any]) -> None:
    """Without a line the week beside does not come; the page says so and holds nothing."""
    officer.go(address(tour))
    take(officer, places["lesson"])
    officer.context.set_offline(True)
    box = officer.page.locator('[data-turn="next"]').bounding_box()
    assert box is not None
    officer.page.mouse.move(box["x"] + 20, box["y"] + 10, steps=3)
    officer.page.locator("[data-say]", has_text="网络断了").wait_for()
    officer.page.mouse.up()
    officer.context.set_offline(False)
    officer.complaints[:] = [one for one in officer.complaints if "ERR_INTERNET_DISCONNECTED" not in one]
    assert held(officer) == 0
    assert officer.page.evaluate(HEADS) == days_from(monday())


def by_mouse(tour: Tour, officer: Visitor, lesson: str, later: dict[str, Any], picture: Picture) -> None:
    """Over the next week that week comes, with every place judged; let go over one, its preview."""
    officer.go(address(tour))
    take(officer, lesson)
    turn_over(officer, "next", monday() + timedelta(days=7))
    over(officer, later["cannot"])
    assert later["cannot"]["why"] in said(officer)
    over(officer, later["can"])
    assert later["can"]["words"] in said(officer)
    picture(officer, "alliance-week-beside")
    with officer.page.expect_navigation():
        officer.page.mouse.up()
    officer.page.locator("section.order").wait_for()
    assert f"week={week_after()}" in officer.page.url
    assert "school=" in officer.page.url, "the filter stays"
    assert officer.page.locator(".ls.to").count() == 1
    assert officer.page.locator("section.order button[value=apply]").is_enabled()
    tour.look(officer, "timetable:alliance-week", "from another week")


def two_tabs_and_the_way_back(tour: Tour, officer: Visitor, places: dict[str, Any], later: dict[str, Any]) -> None:
    """The same preview in two tabs: published in one, the other says that the lesson stands there already."""
    before = school_week(tour, officer)
    shown = f"{address(tour)}&lesson={places['lesson']}".replace("week=", "was=") + f"&week={week_after()}"
    preview = f"{shown}&to={later['can']['day']}T{later['can']['time']}"
    officer.go(preview)
    other = officer.context.new_page()
    other.goto(officer.url(preview))
    publish(officer.page, "主讲教师参加县教研会")
    assert "生效中" in officer.page.locator("section.order").inner_text()
    publish(other, "另一个标签页")
    assert "已在这个时间" in other.locator("main").inner_text()
    other.close()
    assert officer.page.locator("ul.ords li").count() == 1, "one change makes one order"
    # The way back: the preview as it is now, of a lesson that stands where it was to go.
    officer.page.go_back()
    officer.page.locator(".tt").wait_for()
    officer.page.reload()
    assert officer.page.locator("section.order button[value=apply]:enabled").count() == 0
    officer.go(address(tour))
    officer.page.locator("ul.ords a").first.click()
    officer.page.locator("section.order").wait_for()
    officer.page.locator("section.order a", has_text="打开调课单").click()
    officer.page.wait_for_url("**/timetable/orders/*")
    tour.look(officer, "timetable:order", "from another week")
    two_tabs_withdraw(officer)
    assert school_week(tour, officer) == before


def publish(page: Page, reason: str) -> None:
    page.locator("#id_why").fill(reason)
    with page.expect_navigation():
        page.locator('section.order button[value="apply"]').click()


def two_tabs_withdraw(officer: Visitor) -> None:
    """Taken back in one tab, the order's page in the other refuses to take it back again."""
    other = officer.context.new_page()
    other.goto(officer.page.url)
    officer.page.locator("#id_withdraw").fill("教研会改期")
    submit(officer, 'form[action*="/withdraw"] button')
    assert "已撤回" in officer.page.locator("section.order").inner_text()
    other.locator("#id_withdraw").fill("再撤一次")
    with other.expect_navigation():
        other.locator('form[action*="/withdraw"] button').click()
    assert "已撤回" in other.locator("main").inner_text()
    other.close()


def by_keyboard(tour: Tour, officer: Visitor, lesson: str, later: dict[str, Any]) -> None:
    """Page Down brings the week after; arrows lead on, past its edge too; Enter looks at the change."""
    officer.go(address(tour))
    block_of(officer, lesson).focus()
    officer.page.keyboard.press("Space")
    officer.page.locator("li.aim").wait_for(state="attached")
    officer.page.keyboard.press("PageDown")
    shows(officer, monday() + timedelta(days=7))
    officer.page.keyboard.press("PageUp")
    shows(officer, monday())
    for _day in range(5):
        officer.page.keyboard.press("ArrowRight")
    shows(officer, monday() + timedelta(days=7))
    walk_to(officer, later["can"])
    officer.page.keyboard.press("Enter")
    officer.page.wait_for_url("**#proposal")
    assert f"week={week_after()}" in officer.page.url
    # The way back: nothing is held any more, and the lesson can be taken up again.
    officer.page.go_back()
    officer.page.wait_for_url(lambda url: "#proposal" not in url)
    officer.wait("() => !document.querySelector('.holding, .held, li.place, li.aim')")
    assert officer.page.evaluate(HEADS) == days_from(monday())
    block_of(officer, lesson).focus()
    officer.page.keyboard.press("Space")
    officer.page.locator("li.aim").wait_for(state="attached")
    officer.page.keyboard.press("PageDown")
    shows(officer, monday() + timedelta(days=7))
    officer.page.keyboard.press("Escape")
    assert officer.page.evaluate("() => document.activeElement.dataset.lesson") == lesson


def walk_to(officer: Visitor, place: dict[str, Any]) -> None:
    for key in (*["ArrowUp"] * 12, *["ArrowDown"] * 12):
        if place["when"] in said(officer):
            return
        officer.page.keyboard.press(key)
    for _day in range(4):
        officer.page.keyboard.press("ArrowRight")
        for key in (*["ArrowUp"] * 12, *["ArrowDown"] * 12):
            if place["when"] in said(officer):
                return
            officer.page.keyboard.press(key)
    raise AssertionError(f"arrow keys do not lead to {place['when']}, but to {said(officer)}")


def dropped_on_a_week(tour: Tour, officer: Visitor, lesson: str) -> None:
    """Let go at once over the week after, that week opens with the list of the lesson's places."""
    officer.go(address(tour))
    take(officer, lesson)
    box = officer.page.locator('[data-turn="next"]').bounding_box()
    assert box is not None
    officer.page.mouse.move(box["x"] + 20, box["y"] + 10)
    with officer.page.expect_navigation():
        officer.page.mouse.up()
    officer.page.locator("#chosen li.ok a, #chosen li.swap a").first.wait_for()
    assert officer.page.evaluate(HEADS) == days_from(monday() + timedelta(days=7))
    officer.page.locator("#chosen nav a", has_text="上一周").click()
    officer.wait(f"([first]) => ({HEADS})()[0] === first", 15, [monday().isoformat()])
    officer.page.locator("#chosen").wait_for()


def out_of_a_list(tour: Tour, officer: Visitor) -> None:
    """Of eight lessons at once, which stand as one block, each can be dragged out of the block's list."""
    run_script(tour.house, "crowd_seed", (monday() + timedelta(days=2)).isoformat())
    officer.go(f"/timetable/alliances/{tour.seeded['alliance']}?week={week()}")
    summary = officer.page.locator("details.ls summary")
    first = officer.page.locator("details.ls a[data-lesson]").first
    summary.click()
    assert "点一节看可以改到哪里" in officer.page.locator("details.ls").inner_text()
    lesson = first.get_attribute("data-lesson")
    assert lesson
    take(officer, lesson)
    assert officer.page.locator("details.ls[open]").count() == 0, "the list does not lie over the places"
    officer.page.keyboard.press("Escape")
    officer.page.mouse.up()
    assert officer.page.locator("details.ls[open]").count() == 1
    first.focus()
    officer.page.keyboard.press("Space")
    officer.page.locator("li.place").first.wait_for(state="attached")
    officer.page.keyboard.press("Escape")
    assert officer.page.evaluate("() => document.activeElement.dataset.lesson") == lesson
