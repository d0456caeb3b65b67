"""Attack class 3 in a browser: no page runs, or would run but for its policy, what somebody typed into a name.

A script that the content policy stopped counts as a hit: it should have been text.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog

from tests.hostile.test_03_stored_scripts import MARK, SCRIPTS
from tests.journeys.browser import DESK, Visitor, run_script, visitor
from tests.journeys.conftest import Serve

pytestmark = pytest.mark.journey
# What a script of theirs would leave: a word in the console, which the visitor keeps.
TRAP = f"window.{MARK} = () => console.error('{MARK} ran');"
# Elements that carry the mark where a browser would run it; text and escaped values are none.
ARMED = """(mark) => [...document.querySelectorAll("*")].filter((one) =>
  (one.tagName === "SCRIPT" && !/json/.test(one.type) && one.textContent.includes(mark)) ||
  [...one.attributes].some(({ name, value }) => value.includes(mark) &&
    (/^on/i.test(name) || name === "srcdoc" || /^\\s*javascript:/i.test(value) || /^\\s*data:text\\/html/i.test(value)))
).map((one) => one.outerHTML.slice(0, 200))"""
SHOWN = "(mark) => document.documentElement.textContent.includes(mark)"
# Their islands write what they fetch: they are given the time for it.
FETCHING = {"classroom:studio", "classroom:wall", "classroom:phone", "access:pupil-sign-in", "library:replay"}


def test_no_page_runs_what_was_typed(serve: Serve, browser: Browser) -> None:
    house, _seeded = serve({})
    places = run_script(house, "hostile_texts")
    assert len(places) >= 50
    assert len(SCRIPTS) >= 20
    found: list[str] = []
    shown = set()
    for who in sorted({place["who"] for place in places}):
        own = [place for place in places if place["who"] == who]
        one = visitor(browser, house, re.sub(r"[^a-z0-9]", "", who), DESK)
        hits = trapped(one, own[0]["cookies"])
        for place in own:
            found += visited(one, place, hits)
            if one.page.evaluate(SHOWN, MARK):
                shown.add(place["name"])
        one.context.close()
    assert found == []
    assert len(shown) >= 30, sorted(shown)
    assert FETCHING - {"access:pupil-sign-in", "library:replay"} <= shown


def trapped(one: Visitor, cookies: dict[str, str]) -> list[str]:
    """The visitor signed in, with the trap on each page; the dialogs that scripts will have opened."""
    dialogs: list[str] = []

    def answer(dialog: Dialog) -> None:
        # The studio's own: whether to leave a lesson that runs.
        if dialog.type == "beforeunload":
            dialog.accept()
            return
        dialogs.append(f"a dialog {dialog.message!r} on {one.page.url}")
        dialog.dismiss()

    one.context.add_init_script(TRAP)
    one.page.on("dialog", answer)
    jar = [{"name": name, "value": value, "url": one.url("/")} for name, value in cookies.items()]
    if jar:
        one.context.add_cookies(jar)  # type: ignore[arg-type]
    return dialogs


def visited(one: Visitor, place: dict[str, Any], dialogs: list[str]) -> list[str]:
    """The hits on one page."""
    hits: list[str] = []
    one.complaints.clear()
    answered = one.page.goto(one.url(place["path"]))
    status = answered.status if answered else 0
    if status not in (200, 302):
        hits.append(f"{place['name']}: answered {status}")
    if place["name"] in FETCHING:
        one.page.wait_for_timeout(2000)
    one.page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    one.page.wait_for_timeout(100)
    hits += [f"{place['name']}: {html}" for html in one.page.evaluate(ARMED, MARK)]
    policy = ("Content Security Policy", "Content-Security-Policy", MARK)
    hits += [*dialogs]
    dialogs.clear()
    return hits + [said for said in one.complaints if any(word in said for word in policy)]
