"""Thirty pupils sign in on three tablets of their classroom within two minutes, with and without a link."""

import json
import time
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.houses import House
from tests.journeys.audit import audited
from tests.journeys.browser import DESK, PHONE, Visitor, run_script, visitor
from tests.journeys.conftest import Serve

pytestmark = pytest.mark.journey

# Audited by the two last journeys of this file.
PAGES = {
    "access:pupil-sign-in", "access:pupil-classes", "access:pupil-class", "access:class-code", "access:give-secrets",
    "shell:my-day",
}  # fmt: skip
TABLET = {"width": 1024, "height": 768}
PUPILS, WITHIN_S, NEXT_WITHIN_S = 30, 120, 2.0
MEANS = ("pin", "pictures", "card")
KEPT = "async () => Boolean(await (await caches.open('tongtang-phone')).match(location.href.split('#')[0]))"
WAITING = "() => document.querySelector('pupil-sign-in')?.dataset.waiting"


@pytest.fixture
def room(serve: Serve, browser: Browser) -> tuple[House, dict[str, Any], list[Visitor]]:
    house, _seeded = serve({"points": 2, "lessons": [{"starts_in": 600, "points": [0]}]})
    given = run_script(house, "pupils", json.dumps({"give": PUPILS}))
    tablets = [
        visitor(browser, house, f"tablet{number}", TABLET, secret) for number, secret in enumerate(given["devices"])
    ]
    for tablet in tablets:
        tablet.go("/pupils/sign-in")
        tablet.page.locator("[data-pupil]").nth(PUPILS - 1).wait_for()
    return house, given, tablets


def choose(tablet: Visitor, pupil: dict[str, Any], way: str) -> None:
    tablet.page.locator(f'[data-pupil="{pupil["id"]}"]').click()
    words = {"pin": "数字", "pictures": "图片", "card": "卡片"}[way]
    tablet.page.locator(".ways button", has_text=words).click()


def show(tablet: Visitor, pupil: dict[str, Any], way: str) -> None:
    """What the pupil does after the touch of the own name."""
    choose(tablet, pupil, way)
    if way == "pin":
        for digit in pupil["pin"]:
            tablet.page.locator(".pad .key", has_text=digit).click()
    elif way == "pictures":
        for name in pupil["pictures"].split("-"):
            tablet.page.locator(f'[data-picture="{name}"]').click()
    else:
        tablet.page.locator("#card-code").fill(pupil["card"].lower().replace("-", " "))
        tablet.page.keyboard.press("Enter")
    tablet.page.locator("h1", has_text=f"{pupil['name']}，你好").wait_for()


def everybody(tablets: list[Visitor], pupils: list[dict[str, Any]]) -> tuple[float, float]:
    """Seconds for all, and the longest from "next pupil" until the names are there again."""
    began, longest = time.monotonic(), 0.0
    for number, pupil in enumerate(pupils):
        tablet = tablets[number % len(tablets)]
        show(tablet, pupil, MEANS[number // len(tablets) % len(MEANS)])
        pressed = time.monotonic()
        tablet.press("next")
        tablet.page.locator("[data-pupil]").first.wait_for()
        longest = max(longest, time.monotonic() - pressed)
    return time.monotonic() - began, longest


def counted(house: House) -> dict[str, Any]:
    return dict(run_script(house, "pupils", json.dumps({"count": True})))


def drained(tablets: list[Visitor], within_s: float) -> None:
    for tablet in tablets:
        tablet.wait(f"() => ({WAITING})() === '0'", within_s)


def test_thirty_pupils_on_three_tablets(room: tuple[House, dict[str, Any], list[Visitor]]) -> None:
    house, given, tablets = room
    for tablet in tablets:
        tablet.wait(KEPT)
    seconds, longest = everybody(tablets, given["pupils"])
    drained(tablets, 15)
    print(f"\n30 pupils, 3 tablets, with a link: {seconds:.1f} s, next pupil after {longest:.2f} s at most")
    assert seconds < WITHIN_S
    assert longest < NEXT_WITHIN_S
    assert counted(house) == {"sessions": 30, "pupils": 30, "devices": 3, "means": ["card", "pictures", "pin"]}

    for tablet in tablets:
        tablet.context.set_offline(True)
        tablet.page.reload()
        tablet.page.locator("[data-pupil]").nth(PUPILS - 1).wait_for()
    seconds, longest = everybody(tablets, given["pupils"])
    print(f"30 pupils, 3 tablets, without a link: {seconds:.1f} s, next pupil after {longest:.2f} s at most")
    assert seconds < WITHIN_S
    assert longest < NEXT_WITHIN_S
    assert [tablet.page.evaluate(WAITING) for tablet in tablets] == ["10", "10", "10"]
    assert counted(house)["sessions"] == 30
    tablets[0].page.reload()
    for tablet in tablets:
        tablet.context.set_offline(False)
    drained(tablets, 40)
    assert counted(house) == {"sessions": 60, "pupils": 30, "devices": 3, "means": ["card", "pictures", "pin"]}


def test_wrong_tries_close_a_name_also_without_a_link(room: tuple[House, dict[str, Any], list[Visitor]]) -> None:
    house, given, tablets = room
    tablet, pupil = tablets[0], given["pupils"][0]
    tablet.wait(KEPT)
    tablet.context.set_offline(True)
    choose(tablet, pupil, "pin")
    wrong = f"{(int(pupil['pin']) + 1) % 10000:04d}"
    for _try in range(5):
        tablet.page.keyboard.type(wrong)
        tablet.page.locator(".problem", has_text="不对").wait_for()
        tablet.page.evaluate("document.querySelector('.problem').textContent = ''")
    tablet.page.keyboard.type(pupil["pin"])
    tablet.page.locator(".problem", has_text="等 15 分钟").wait_for()
    tablet.page.reload()
    choose(tablet, pupil, "pin")
    tablet.page.keyboard.type(pupil["pin"])
    tablet.page.locator(".problem", has_text="等 15 分钟").wait_for()
    tablet.press("back")
    show(tablet, pupil, "card")
    tablet.context.set_offline(False)
    drained([tablet], 40)
    assert counted(house) == {"sessions": 1, "pupils": 1, "devices": 1, "means": ["card"]}


def look(one: Visitor, every_picture: Any, name: str) -> None:
    """The page as it stands has nothing to find, at both widths and with the Tab key."""
    every_picture(one, name)
    assert audited(one.page, name) == []
    one.page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")


def test_own_page_and_the_way_back(
    room: tuple[House, dict[str, Any], list[Visitor]], every_picture: Any, picture: Any, browser: Browser
) -> None:
    _house, given, tablets = room
    tablet, pupil = tablets[0], given["pupils"][0]
    look(tablet, every_picture, "pupil names")
    picture(tablet, "pupil-names")
    choose(tablet, pupil, "pin")
    look(tablet, every_picture, "pupil pin")
    tablet.press("back")
    choose(tablet, pupil, "pictures")
    look(tablet, every_picture, "pupil pictures")
    tablet.press("back")
    choose(tablet, pupil, "card")
    look(tablet, every_picture, "pupil card")
    tablet.press("back")
    show(tablet, pupil, "pin")
    look(tablet, every_picture, "pupil hello")
    tablet.part("own").click()
    tablet.page.locator("h1", has_text=pupil["name"]).wait_for()
    assert tablet.page.locator(".hours li").count() == 1
    look(tablet, every_picture, "pupil own page")
    tablet.page.locator(".pbar form button").click()
    tablet.page.locator("[data-pupil]").first.wait_for()
    tablet.go("/my/")
    assert "/pupils/sign-in" in tablet.page.url
    assert tablet.complaints == []


def test_the_teacher_prints_cards(
    room: tuple[House, dict[str, Any], list[Visitor]], every_picture: Any, picture: Any, browser: Browser
) -> None:
    house, given, tablets = room
    teacher = visitor(browser, house, "teacher", DESK)
    teacher.go("/pupils/classes/")
    teacher.sign_in("lp01-1", "茉莉花 0412 开课")
    look(teacher, every_picture, "pupil classes")
    teacher.page.locator("a", has_text="打开班级").first.click()
    look(teacher, every_picture, "pupil class")
    teacher.page.locator("button", has_text="生成班级码").click()
    code = teacher.page.locator(".digits").inner_text().replace(" ", "")
    look(teacher, every_picture, "class code")
    tablet, pupil = tablets[0], given["pupils"][3]
    tablet.page.locator(f'[data-pupil="{pupil["id"]}"]').click()
    tablet.page.locator(".ways button", has_text="班级码").click()
    tablet.page.keyboard.type(code)
    tablet.page.locator("h1", has_text=f"{pupil['name']}，你好").wait_for()
    teacher.page.locator("a", has_text="完成，回到班级").click()
    teacher.page.locator("button", has_text="给全班").click()
    assert teacher.page.locator(".pcards .qr svg").count() == PUPILS
    look(teacher, every_picture, "pupil cards")
    picture(teacher, "pupil-cards")
    assert counted(house)["means"] == ["class_code"]
    teacher.page.set_viewport_size(PHONE)
    assert teacher.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
