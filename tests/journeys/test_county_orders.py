"""The office changes the unified timetable: by the mouse, by the keyboard, by forms; schools see it and are told."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.journeys.audit import findings
from tests.journeys.browser import DESK, PHONE, WALL, Visitor, run_script
from tests.journeys.conftest import Serve
from tests.journeys.county import begin_county, settled
from tests.journeys.tour import Picture, Tour, submit

pytestmark = pytest.mark.journey
PAGES = {
    "timetable:alliance-week", "timetable:order-new", "timetable:order", "timetable:school-gauge",
    "timetable:class-gauge", "notices:list",
}  # fmt: skip
KINDS = (
    "move", "swap", "substitute", "cancel", "make_up", "rotation", "bells", "temporary", "day_transfer",
)  # fmt: skip
ASK = "async (address) => (await (await fetch(address)).json()).places"
BLOCKS = """() => [...document.querySelectorAll("ul[data-day] .ls")].map((one) =>
  `${one.closest("ul").dataset.day} ${one.className.replace(/ lanes?-\\d/g, "")}`)"""


def monday() -> date:
    """The Monday of the week after the next: all of it is still to come."""
    return date.today() + timedelta(days=14 - date.today().weekday())


def week() -> str:
    year, number, _day = monday().isocalendar()
    return f"{year}-W{number:02d}"


def test_orders_by_mouse_keyboard_and_form(
    serve: Serve, browser: Browser, every_picture: Picture, picture: Picture, tmp_path: Path
) -> None:
    tour = begin_county(serve, browser, every_picture, tmp_path / "county")
    tour.seeded |= run_script(tour.house, "order_seed")
    officer = tour.as_person("o01")
    before = school_week(tour, officer)
    places = chosen_lesson(tour, officer)
    by_mouse(tour, officer, places, picture)
    assert school_week(tour, officer) != before, "the receiving school sees the moved lesson"
    told(tour, picture)
    withdraw(tour, officer)
    assert school_week(tour, officer) == before, "and the old one again after the order was withdrawn"
    by_list(tour, officer, places)
    by_keyboard(tour, officer, places)
    forms(tour, officer)
    gauges(tour, officer, picture)
    settled(tour, PAGES)


def address(tour: Tour) -> str:
    """The alliance's week, of which only what p01 receives is shown."""
    return f"/timetable/alliances/{tour.seeded['alliance']}?week={week()}&school={tour.seeded['schools']['p01']}"


def school_week(tour: Tour, one: Visitor) -> list[str]:
    """What stands where in the week of p01."""
    one.go(f"/timetable/schools/{tour.seeded['schools']['p01']}?week={week()}")
    return sorted(one.page.evaluate(BLOCKS))


def chosen_lesson(tour: Tour, officer: Visitor) -> dict[str, Any]:
    """A lesson of p01 that can swap into another time and cannot go elsewhere, with both places."""
    officer.go(f"/timetable/alliances/{tour.seeded['alliance']}?week={week()}")
    tour.look(officer, "timetable:alliance-week", "whole")
    tour.stop(officer, "timetable:alliance-week", address(tour), "of a school")
    for width in (320, 768, 1100, 1920):
        officer.page.set_viewport_size({"width": width, "height": 900})
        tour.found += [f"at {width} px: {one}" for one in findings(officer.page)]
    officer.page.set_viewport_size(DESK)
    officer.page.locator("#gauge").wait_for()
    return movable_lesson(officer)


def movable_lesson(officer: Visitor) -> dict[str, Any]:
    """Such a lesson of the shown page."""
    for block in officer.page.locator("a[data-lesson]").all():
        found = officer.page.evaluate(ASK, f"{block.get_attribute('data-places')}?week={week()}")
        here = next(one for one in found if one["kind"] == "here")
        can = [one for one in found if one["kind"] == "swap" and one["day"] != here["day"]]
        cannot = [one for one in found if one["kind"] == "no"]
        if can and cannot:
            lesson = block.get_attribute("data-lesson")
            return {"lesson": lesson, "here": here, "can": can[0], "cannot": cannot[0], "all": found}
    raise AssertionError("no lesson of p01 can go to another day")


def block_of(one: Visitor, lesson: str) -> Any:
    return one.page.locator(f'a[data-lesson="{lesson}"]').first


def over(one: Visitor, place: dict[str, Any]) -> None:
    """The mouse goes where the lesson would begin at the place."""
    mark = one.page.locator(f'ul[data-day="{place["day"]}"] li.place.m{place["minute"]}').first
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    assert box is not None
    one.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 8, steps=6)


def take(one: Visitor, lesson: str) -> None:
    """The mouse takes a lesson up at its upper edge, and the page shows every place."""
    block_of(one, lesson).scroll_into_view_if_needed()
    box = block_of(one, lesson).bounding_box()
    assert box is not None
    one.page.mouse.move(box["x"] + 8, box["y"] + 8)
    one.page.mouse.down()
    one.page.mouse.move(box["x"] + 20, box["y"] + 30, steps=4)
    one.page.locator("li.place").first.wait_for(state="attached")


def said(one: Visitor) -> str:
    return str(one.page.locator("[data-say]").inner_text())


def by_mouse(tour: Tour, officer: Visitor, places: dict[str, Any], picture: Picture) -> None:
    """Over a place that cannot be, the obstacle is named; let go there, nothing happens; then to one that can."""
    take(officer, places["lesson"])
    over(officer, places["cannot"])
    assert places["cannot"]["why"] in said(officer)
    picture(officer, "alliance-week-obstacle")
    officer.page.mouse.up()
    assert places["cannot"]["why"] in said(officer)
    assert "#proposal" not in officer.page.url
    take(officer, places["lesson"])
    officer.page.keyboard.press("Escape")
    officer.page.mouse.up()
    assert "留在原处" in said(officer)
    take(officer, places["lesson"])
    over(officer, places["can"])
    assert places["can"]["words"] in said(officer)
    picture(officer, "alliance-week-drag")
    with officer.page.expect_navigation():
        officer.page.mouse.up()
    officer.page.locator("section.order").wait_for()
    assert officer.page.locator(".ls.from").count() == officer.page.locator(".ls.to").count() == 1
    assert "与本班课对调" in officer.page.locator("section.order").inner_text()
    officer.page.locator("#id_why").fill("主讲教师参加县教研会")
    previews(officer, picture)
    tour.look(officer, "timetable:alliance-week", "preview")
    officer.page.locator("section.order details.each > summary").click()
    tour.look(officer, "timetable:alliance-week", "every class")
    submit(officer, 'section.order button[value="apply"]')
    assert "生效中" in officer.page.locator("section.order").inner_text()
    assert "school=" in officer.page.url, "the filter stays"
    tour.look(officer, "timetable:alliance-week", "in force")


def previews(officer: Visitor, picture: Picture) -> None:
    """The change that is looked at, on three screens."""
    for size, name in ((PHONE, "-phone"), (WALL, "-wide"), (DESK, "")):
        officer.page.set_viewport_size(size)
        officer.page.locator("section.order").scroll_into_view_if_needed()
        picture(officer, f"alliance-week-preview{name}")


def told(tour: Tour, picture: Picture) -> None:
    """The local teacher's bell rings once; the notice leads nowhere else and is taken note of."""
    local = tour.as_person("l-p01")
    assert local.page.locator("a.told-bell .n").inner_text() == "1"
    local.page.locator("a.told-bell").click()
    local.page.wait_for_url("**/notices/")
    assert "主讲教师参加县教研会" in local.page.locator("ul.told").inner_text()
    tour.look(local, "notices:list", "unread")
    picture(local, "notices")
    local.page.locator("ul.told a").click()
    local.page.wait_for_url("**/timetable/orders/*")
    assert "本班" in local.page.locator("main").inner_text(), "what the own school moved stands with the order"
    tour.look(local, "timetable:order", "of a receiving school")
    local.go("/notices/")
    submit(local, "ul.told form button")
    assert local.page.locator("a.told-bell .n").count() == 0
    officer = tour.as_person("o01")
    tour.stop(officer, "notices:list", "/notices/", "none")


def withdraw(tour: Tour, officer: Visitor) -> None:
    """From the list of the week's orders to the order, and back."""
    officer.go(address(tour))
    officer.page.locator("ul.ords a").first.click()
    officer.page.locator("section.order").wait_for()
    officer.page.locator("section.order a", has_text="打开调课单").click()
    officer.page.wait_for_url("**/timetable/orders/*")
    tour.look(officer, "timetable:order", "in force")
    officer.page.locator("#id_withdraw").fill("教研会改期")
    submit(officer, 'form[action*="/withdraw"] button')
    assert "已撤回" in officer.page.locator("section.order").inner_text()


def by_list(tour: Tour, officer: Visitor, places: dict[str, Any]) -> None:
    """A lesson that is pressed shows where it may go, as a list of links: the way of a phone."""
    officer.go(address(tour))
    officer.page.set_viewport_size(PHONE)
    block_of(officer, places["lesson"]).click()
    officer.page.locator("#chosen").wait_for()
    tour.look(officer, "timetable:alliance-week", "chosen")
    officer.page.locator("#chosen li.swap a, #chosen li.ok a").first.click()
    officer.page.locator("section.order").wait_for()
    officer.page.set_viewport_size(DESK)
    cannot = places["cannot"]
    officer.go(f"{address(tour)}&lesson={places['lesson']}&to={cannot['day']}T{cannot['time']}")
    assert officer.page.locator("section.order button[value=apply]").is_disabled()
    tour.look(officer, "timetable:alliance-week", "obstacles")


def by_keyboard(tour: Tour, officer: Visitor, places: dict[str, Any]) -> None:
    """Space takes the lesson up, arrow keys move it, Enter looks at the change, Escape gives it back."""
    officer.go(address(tour))
    block_of(officer, places["lesson"]).focus()
    officer.page.keyboard.press("Space")
    officer.page.locator("li.aim").wait_for(state="attached")
    officer.page.keyboard.press("Escape")
    assert officer.page.locator("li.aim").count() == 0
    assert "留在原处" in said(officer)
    officer.page.keyboard.press("Space")
    officer.page.locator("li.aim").wait_for(state="attached")
    tour.found += [f"while a lesson is held: {one}" for one in findings(officer.page)]
    walk(officer, places)
    assert places["can"]["when"] in said(officer)
    officer.page.keyboard.press("Enter")
    officer.page.wait_for_url("**#proposal")
    for _press in range(60):
        if officer.page.evaluate("() => document.activeElement?.id === 'id_why'"):
            break
        officer.page.keyboard.press("Tab")
    officer.page.keyboard.type("键盘调课")
    officer.page.keyboard.press("Tab")
    with officer.page.expect_navigation():
        officer.page.keyboard.press("Enter")
    assert "生效中" in officer.page.locator("section.order").inner_text()
    officer.page.locator("#id_withdraw").fill("试过了")
    submit(officer, 'form[action*="/withdraw"] button')


def walk(officer: Visitor, places: dict[str, Any]) -> None:
    """Arrow keys to the place: first the day, then the time."""
    days = sorted({one["day"] for one in places["all"]})
    aside = days.index(places["can"]["day"]) - days.index(places["here"]["day"])
    for _step in range(abs(aside)):
        officer.page.keyboard.press("ArrowRight" if aside > 0 else "ArrowLeft")
    for key in ("ArrowUp", "ArrowDown"):
        for _step in range(20):
            if places["can"]["when"] in said(officer):
                return
            officer.page.keyboard.press(key)


def forms(tour: Tour, officer: Visitor) -> None:
    """Each kind has its form; a cancelling is looked at as a draft, and given up."""
    base = f"/timetable/alliances/{tour.seeded['alliance']}/orders"
    for kind in KINDS:
        tour.stop(officer, "timetable:order-new", f"{base}/{kind}?week={week()}", kind)
    officer.go(f"{base}/move?week={week()}")
    officer.page.locator("form.order-form").evaluate("(form) => { form.noValidate = true; }")
    officer.page.locator("form.order-form button[type=submit]").click()
    officer.page.locator(".field.bad").first.wait_for()
    tour.look(officer, "timetable:order-new", "refused")
    officer.go(f"{base}/cancel?week={week()}")
    officer.page.locator('input[name="lessons"]').first.check()
    officer.page.locator('input[name="reason"]').fill("停电检修")
    submit(officer, "form.order-form button[type=submit]")
    assert "草稿" in officer.page.locator("section.order").inner_text()
    tour.look(officer, "timetable:alliance-week", "draft")
    officer.page.locator("section.order a", has_text="打开调课单").click()
    officer.page.wait_for_url("**/timetable/orders/*")
    tour.look(officer, "timetable:order", "draft")
    submit(officer, 'form[action*="/apply"] button')
    assert re.search(r"停课", officer.page.locator("section.order").inner_text())


def gauges(tour: Tour, officer: Visitor, picture: Picture) -> None:
    """The cancelled lesson is missing from the same minute on, in the strip and on the pages behind it."""
    officer.go(f"/timetable/alliances/{tour.seeded['alliance']}?week={week()}")
    officer.page.locator("#gauge tbody tr").first.wait_for()
    picture(officer, "alliance-week")
    tour.look(officer, "timetable:alliance-week", "short")
    officer.page.locator("#gauge tbody a").first.click()
    officer.page.wait_for_url("**/classes/*/gauge*")
    assert "0/1" in officer.page.locator("table.gauge").inner_text()
    tour.look(officer, "timetable:class-gauge", "short")
    tour.stop(
        officer, "timetable:school-gauge", f"/timetable/schools/{tour.seeded['schools']['p01']}/gauge?week={week()}"
    )
    picture(officer, "school-gauge")
