"""What people do in a lesson and around it, done by the keyboard alone: Tab, Enter, Space, Escape, arrows, typing."""

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import DESK, PHONE, WALL, Visitor, visitor
from tests.journeys.conftest import Serve
from tests.journeys.tour import HIDDEN_UNTIL, Tour, begin

pytestmark = pytest.mark.journey
MOST_TABS = 45
FOCUSED = "(selector) => Boolean(document.activeElement?.matches(selector))"
LOST = "() => document.activeElement === document.body"


def test_by_keyboard(serve: Serve, browser: Browser) -> None:
    tour = begin(serve, browser, lambda one, name: None)
    studio = go_live(tour)
    wall = enter(tour)
    turn_and_ask(studio, wall)
    phone = on_the_phone(tour, studio)
    call_up(studio, phone)
    end(studio)
    arrange_make_up(tour)
    evidence(tour)
    weeks(tour)


def tab_to(one: Visitor, selector: str, most: int = MOST_TABS) -> None:
    """Press Tab until the thing has the focus."""
    for _press in range(most):
        if one.page.evaluate(FOCUSED, selector):
            break
        one.page.keyboard.press("Tab")
    assert one.page.evaluate(FOCUSED, selector), f"{selector} is not reached with {most} tabs"


def press(one: Visitor, selector: str, key: str = "Enter") -> None:
    tab_to(one, selector)
    one.page.keyboard.press(key)


def type_into(one: Visitor, selector: str, words: str) -> None:
    tab_to(one, selector)
    one.page.keyboard.press("Control+a")
    one.page.keyboard.type(words)


def sign_in(tour: Tour, user_name: str, path: str) -> Visitor:
    one = tour.people[user_name] = visitor(tour.browser, tour.house, user_name, DESK)
    one.go(path)
    type_into(one, "#teacher input[name=user_name]", user_name)
    type_into(one, "#teacher input[name=password]", tour.seeded["password"])
    press(one, "#teacher button[type=submit]")
    one.page.wait_for_url(lambda url: "/sign-in" not in url)
    return one


def kept_inside(one: Visitor, dialog: str) -> None:
    """Tab stays within the open dialog (or leaves it for the browser's own bars), never on the page behind."""
    for _press in range(12):
        one.page.keyboard.press("Tab")
        inside = "(dialog) => document.activeElement === document.body || !!document.activeElement.closest(dialog)"
        assert one.page.evaluate(inside, dialog), f"the keyboard left {dialog}"


def go_live(tour: Tour) -> Visitor:
    """From the first page through today's primary action into the studio, and on the air."""
    lesson = tour.lesson("live")
    studio = sign_in(tour, lesson["teacher"], "/")
    press(studio, ".hero a.btn")
    studio.page.wait_for_url("**/studio")
    studio.wait("() => !document.querySelector('[data-part=\"start\"]').disabled", 30)
    press(studio, '[data-part="start"]')
    studio.wait(HIDDEN_UNTIL.format("deck"))
    assert studio.page.evaluate(FOCUSED, '[data-part="next"]'), "the next step of the script is at hand"
    return studio


def enter(tour: Tour) -> Visitor:
    """The wall screen of the school leads into the classroom with two presses."""
    point = tour.point("live")
    wall = visitor(tour.browser, tour.house, point["host"], WALL, device=point["devices"][0])
    wall.go(f"/timetable/schools/{point['school']}/wall")
    press(wall, ".coming a.btn")
    wall.page.wait_for_url("**/receptions/*/wall")
    press(wall, '[data-part="enter"]')
    wall.page.wait_for_selector('tong-wall[data-phase="live"]')
    press(wall, '[data-part="corner"] summary')
    wall.page.locator('[data-part="corner"] .code').wait_for(state="visible")
    wall.page.keyboard.press("Escape")
    wall.page.locator('[data-part="corner"] .code').wait_for(state="hidden")
    return wall


def turn_and_ask(studio: Visitor, wall: Visitor) -> None:
    page = studio.text("page")
    studio.page.keyboard.press("PageDown")
    studio.wait("(before) => document.querySelector('[data-part=\"page\"]').textContent !== before", 5, page)
    press(studio, '[data-part="back"]', "Space")
    studio.wait("(before) => document.querySelector('[data-part=\"page\"]').textContent === before", 5, page)
    press(studio, '[data-part="next"]')
    wall.wait_words("now", "学唱第一、二句")
    press(studio, '[data-ask="true"]')
    assert studio.page.evaluate(FOCUSED, "#question")
    kept_inside(studio, '[data-part="polldialog"]')
    studio.page.keyboard.press("Escape")
    assert studio.page.evaluate(FOCUSED, '[data-ask="true"]'), "the focus goes back to what opened the dialog"
    studio.page.keyboard.press("Enter")
    studio.page.keyboard.type("第二句起音准不准？")
    studio.page.keyboard.press("Enter")
    wall.wait_words("question", "起音")
    press(studio, '[data-part="devices"]', "Space")
    kept_inside(studio, '[data-part="devicedialog"]')
    press(studio, '[data-part="devicesclose"]')
    assert studio.page.evaluate(FOCUSED, '[data-part="devices"]')


def on_the_phone(tour: Tour, studio: Visitor) -> Visitor:
    """Roll call, answers, hand, a note, and a call for help."""
    phone = sign_in(tour, tour.point("live")["local"], f"/classroom/receptions/{tour.reception('live')}/phone")
    phone.page.set_viewport_size(PHONE)
    press(phone, '.tabs a[href="#v-roll"]')
    press(phone, '[data-part="kids"] button', "Space")
    press(phone, '[data-part="rollsubmit"]')
    phone.wait_words("rollstate", "已提交")
    press(phone, '.tabs a[href="#v-poll"]')
    tab_to(phone, '[data-part="counts"] .cnt button:last-child')
    for _press in range(3):
        phone.page.keyboard.press("Enter")
    press(phone, '[data-part="pollsubmit"]')
    studio.wait_words("answered", "1")
    press(phone, '.tabs a[href="#v-help"]')
    press(phone, '[data-help="no_sound"]')
    phone.wait("() => document.querySelector('[data-part=\"helpstate\"]').textContent")
    press(phone, '.tabs a[href="#v-class"]')
    type_into(phone, "#note", "第二句要慢一点")
    press(phone, '[data-part="noteform"] button')
    phone.wait("() => document.querySelector('[data-part=\"notestate\"]').textContent")
    press(phone, '[data-part="hand"]', "Space")
    studio.wait("""() => document.querySelector('[data-part="wall"] li .hand')""")
    return phone


def call_up(studio: Visitor, phone: Visitor) -> None:
    """Close the question, call the class up, and let it down again; the focus is never lost."""
    press(studio, '[data-part="stop"]')
    studio.part("stop").wait_for(state="hidden")
    assert not studio.page.evaluate(LOST), "closing the question loses the keyboard"
    press(studio, '[data-part="wall"] li:first-child button.tile')
    studio.wait_words("stagename", "第3教学点")
    assert not studio.page.evaluate(LOST), "calling up loses the keyboard"
    press(studio, '[data-part="clear"]')
    studio.part("nostage").wait_for(state="visible")
    assert not studio.page.evaluate(LOST), "letting down loses the keyboard"
    phone.part("hand").wait_for(state="visible")


def end(studio: Visitor) -> None:
    """The safe choice has the focus; Escape gives it back; then the lesson ends and says so."""
    press(studio, '[data-part="end"]')
    assert studio.page.evaluate(FOCUSED, '[data-part="stay"]')
    kept_inside(studio, '[data-part="enddialog"]')
    studio.page.keyboard.press("Escape")
    assert studio.page.evaluate(FOCUSED, '[data-part="end"]')
    studio.page.keyboard.press("Enter")
    press(studio, '[data-part="endnow"]', "Space")
    studio.wait(HIDDEN_UNTIL.format("over"))
    assert studio.page.evaluate(FOCUSED, '[data-part="overtitle"]')


def arrange_make_up(tour: Tour) -> None:
    """An officer opens what was missed, chooses another of the offered periods by the arrow keys, and arranges it."""
    officer = sign_in(tour, "o01", f"/lessons/{tour.lesson('missed')['id']}")
    opens(officer, "tbody th a", 'a[href$="/make-up"]')
    opens(officer, 'a[href$="/make-up"]', "input[name=slot]")
    tab_to(officer, "input[name=slot]")
    officer.page.keyboard.press("ArrowDown")
    opens(officer, "form.panel button[type=submit]", 'a[href*="cancel-make-up"]')


def opens(one: Visitor, selector: str, then: str) -> None:
    """Press something that leads to a page on which the other thing stands."""
    press(one, selector)
    one.page.wait_for_selector(then)


def evidence(tour: Tour) -> None:
    """The lesson page: filter the classes, open one, close it again."""
    officer = tour.people["o01"]
    officer.go(f"/lessons/{tour.lesson('missed')['id']}")
    tab_to(officer, "select[name=state]")
    officer.page.keyboard.press("ArrowDown")
    press(officer, 'form:has(select[name=state]) button[type="submit"]')
    officer.page.wait_for_url("**state=*")
    officer.go(f"/lessons/{tour.lesson('missed')['id']}")
    opens(officer, "tbody th a", ".drw header a.iconbtn")
    opens(officer, ".drw header a.iconbtn", "main:not(:has(.drw))")


def weeks(tour: Tour) -> None:
    """A week back; the person's menu opens by the keyboard, and Escape closes it and gives the focus back."""
    officer = tour.people["o01"]
    officer.go("/timetable/counties/421223000000")
    press(officer, 'nav.seg a[rel="prev"]')
    officer.page.wait_for_url("**week=*")
    press(officer, "summary.who")
    officer.page.locator("[data-theme-choice]").first.wait_for(state="visible")
    officer.page.keyboard.press("Escape")
    officer.page.locator("[data-theme-choice]").first.wait_for(state="hidden")
    assert officer.page.evaluate(FOCUSED, "summary.who")
