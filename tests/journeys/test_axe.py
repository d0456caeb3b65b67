"""Every page that a role can reach by links, and those that nobody links to: audited, and reached by keyboard."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.journeys.audit import findings_at_both_sizes, kind_of, links
from tests.journeys.browser import DESK, PHONE, WALL, Visitor, visitor
from tests.journeys.conftest import Serve

pytestmark = pytest.mark.journey
FIRST_PAGE_BYTES = 300 * 1024
MOST_TABS = 30


def test_every_page(serve: Serve, browser: Browser) -> None:
    house, seeded = serve({"points": 2, "lessons": [{"starts_in": 240, "points": [0, 1]}]})
    lesson, password = seeded["lessons"][0], seeded["password"]
    reception = lesson["receptions"][0]
    found: list[str] = []
    known: set[str] = set()

    stranger = visitor(browser, house, "stranger", DESK)
    found += first_page(stranger)
    for path in ("/sign-in", "/activate"):
        stranger.go(path)
        found += findings_at_both_sizes(stranger.page)
    more = {
        "t01": ["/", f"/classroom/lessons/{lesson['id']}/studio", f"/preparation/{lesson['id']}"],
        "h01": ["/", "/people/"],
        "m01": ["/", "/people/new", "/timetable/counties/421223000000"],
        "hp01": ["/", "/rooms/", f"/timetable/schools/{seeded['points'][0]['school']}/wall", "/operations/help"],
        "lp01-1": ["/", f"/classroom/receptions/{reception}/phone"],
        "o01": ["/", f"/lessons/{lesson['id']}", f"/lessons/receptions/{reception}", "/alliances/", "/library/"],
        "r01": ["/", "/nothing-here"],
    }
    for user_name, paths in more.items():
        one = visitor(browser, house, user_name, DESK)
        one.go("/")
        one.sign_in(user_name, password)
        known.discard("/")
        found += walk(one, paths, known)
    wall = visitor(browser, house, "p01", WALL, device=seeded["points"][0]["devices"][0])
    found += walk(wall, ["/", f"/classroom/receptions/{reception}/wall"], known - {"/"})
    print(f"\n{len(known)} kinds of pages: {' '.join(sorted(known))}")
    assert not found, "\n".join(found)


def test_by_keyboard(serve: Serve, browser: Browser) -> None:
    """Tab reaches the one thing that each page is for."""
    house, seeded = serve({"points": 2, "lessons": [{"starts_in": 240, "points": [0, 1]}]})
    lesson, password = seeded["lessons"][0], seeded["password"]
    reception = lesson["receptions"][0]
    teacher = visitor(browser, house, "a01", DESK)
    teacher.go("/sign-in")
    for given in (lesson["teacher"], password):
        tab_to(teacher, f"#teacher input[name={'user_name' if given != password else 'password'}]")
        teacher.page.keyboard.type(given)
    tab_to(teacher, "#teacher button[type=submit]")
    teacher.page.keyboard.press("Enter")
    teacher.page.wait_for_url(lambda url: "/sign-in" not in url)
    tab_to(teacher, ".hero a.btn")
    teacher.page.keyboard.press("Enter")
    teacher.page.wait_for_url("**/studio")
    teacher.wait("() => !document.querySelector('[data-part=\"start\"]').disabled", 20)
    tab_to(teacher, '[data-part="start"]')
    wall = visitor(browser, house, "p01", WALL, device=seeded["points"][0]["devices"][0])
    wall.go(f"/classroom/receptions/{reception}/wall")
    tab_to(wall, '[data-part="enter"]')
    wall.page.keyboard.press("Enter")
    wall.page.wait_for_selector('tong-wall[data-phase="waiting"]')
    phone = visitor(browser, house, "phone", PHONE)
    phone.go(f"/classroom/receptions/{reception}/phone")
    phone.sign_in(seeded["points"][0]["local"], password)
    tab_to(phone, '.tabs a[href="#v-roll"]')
    phone.page.keyboard.press("Enter")
    tab_to(phone, '[data-part="rollsubmit"]')
    phone.page.keyboard.press("Enter")
    phone.wait_words("rollstate", "已提交")


def first_page(stranger: Visitor) -> list[str]:
    """All bytes of the first page, as they came over the wire."""
    session = stranger.context.new_cdp_session(stranger.page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    stranger.go("/")
    stranger.page.wait_for_load_state("networkidle")
    print(f"\nfirst page: {sum(sizes)} bytes in {len(sizes)} files")
    return [] if sum(sizes) <= FIRST_PAGE_BYTES else [f"the first page weighs {sum(sizes)} bytes"]


def walk(one: Visitor, paths: list[str], known: set[str]) -> list[str]:
    """Audit the pages and whatever kind of page they lead to that is not known yet."""
    found: list[str] = []
    waiting: list[Any] = [one.url(path) for path in paths]
    for address in waiting:
        if kind_of(address) in known:
            continue
        known.add(kind_of(address))
        one.page.goto(address)
        found += findings_at_both_sizes(one.page)
        waiting += [link for link in links(one) if kind_of(link) not in known]
    # What is not there is said by the server as an error, and by the browser as well.
    return found + [said for said in one.complaints if "/nothing-here" not in said]


def tab_to(one: Visitor, selector: str) -> None:
    focused = "(selector) => Boolean(document.activeElement?.matches(selector))"
    for _press in range(MOST_TABS):
        if one.page.evaluate(focused, selector):
            break
        one.page.keyboard.press("Tab")
    assert one.page.evaluate(focused, selector), f"{selector} is not reached with {MOST_TABS} tabs"
