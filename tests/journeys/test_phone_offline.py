"""The local teacher's phone without a link: kept, handed over once; and a lesson that did not come, made up."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.houses import House
from tests.journeys.browser import DESK, PHONE, run_script, visitor
from tests.journeys.conftest import Serve

pytestmark = pytest.mark.journey


def test_link_cut(serve: Serve, browser: Browser) -> None:
    """Roll call and marker made without a link survive a reload and are handed over exactly once."""
    house, seeded = serve({"points": 1, "lessons": [{"starts_in": 2, "points": [0]}]})
    lesson, password = seeded["lessons"][0], seeded["password"]
    studio = visitor(browser, house, "a01", DESK)
    studio.go(f"/classroom/lessons/{lesson['id']}/studio")
    studio.sign_in(lesson["teacher"], password)
    studio.wait("() => !document.querySelector('[data-part=\"start\"]').disabled", 20)
    phone = visitor(browser, house, "phone", PHONE)
    phone.go(f"/classroom/receptions/{lesson['receptions'][0]}/phone")
    phone.sign_in(seeded["points"][0]["local"], password)
    phone.wait("async () => Boolean(await (await caches.open('tongtang-phone')).match(location.href.split('#')[0]))")
    phone.page.reload()
    studio.press("start")
    phone.part("done").wait_for(state="visible")

    phone.context.set_offline(True)
    phone.press("done")
    phone.page.locator('.tabs a[href="#v-roll"]').click()
    phone.page.locator('[data-part="kids"] button').first.click()
    phone.press("rollsubmit")
    phone.wait_words("rollstate", "已存在本机")
    phone.page.reload()
    phone.wait_words("rollstate", "已存在本机")
    assert kinds(house, lesson).get("roll_call", 0) == 0
    phone.context.set_offline(False)
    phone.wait_words("rollstate", "已提交", 30)
    phone.page.reload()
    phone.wait_words("rollstate", "已提交")
    counted = kinds(house, lesson)
    assert (counted["roll_call"], counted["marker"]) == (1, 1)


def test_anchor_absent(serve: Serve, browser: Browser) -> None:
    """The lesson did not come: the local teacher says why, and the head of the school arranges a make-up."""
    house, seeded = serve({"points": 1, "lessons": [{"starts_in": -400, "points": [0]}]})
    lesson, password = seeded["lessons"][0], seeded["password"]
    reception = lesson["receptions"][0]
    phone = visitor(browser, house, "phone", PHONE)
    phone.go(f"/classroom/receptions/{reception}/phone")
    phone.sign_in(seeded["points"][0]["local"], password)
    phone.wait_words("now", "等")
    phone.page.locator('.tabs a[href="#v-help"]').click()
    phone.page.locator('input[name="reason"][value="anchor_absent"]').check()
    phone.page.locator('[data-part="missedform"] button[type=submit]').click()
    phone.wait_words("missedstate", "已提交")
    head = visitor(browser, house, "a01", DESK)
    head.go(f"/lessons/receptions/{reception}")
    head.sign_in("hp01", password)
    head.page.locator('a[href$="/make-up"]').click()
    head.page.locator('input[name="slot"]').first.check()
    head.page.locator("main form button[type=submit]").click()
    head.page.wait_for_url(lambda url: not url.endswith("/make-up"))
    stands = run_script(house, "ledger", lesson["id"])[reception]
    assert stands["not_delivered"] == "anchor_absent"
    assert len(stands["make_ups"]) == 1
    assert stands["live_seconds"] == 0


def kinds(house: House, lesson: dict[str, Any]) -> dict[str, int]:
    """Rows of evidence of the first reception, by kind."""
    return dict(run_script(house, "ledger", lesson["id"])[lesson["receptions"][0]]["kinds"])
