"""One served house with lessons in every state, and a round through its pages: where, as whom, in which state."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser

from tests.houses import House
from tests.journeys.audit import audited
from tests.journeys.browser import DESK, PHONE, WALL, Visitor, visitor
from tests.journeys.conftest import Serve

# In this order in the plan: the lesson's state, when it starts in seconds from now, the points that receive it.
LESSONS = {
    "before": (420, [0, 1]),
    "live": (-600, [2, 3]),
    "ended": (-700, [4, 5]),
    "missed": (-7200, [0, 1]),
    "cancelled": (5400, [2, 3]),
}
HIDDEN_UNTIL = "() => document.querySelector('[data-part=\"{}\"]')?.hidden === false"
Picture = Callable[[Visitor, str], None]


@dataclass
class Tour:
    """`seen` are the names of the routes whose pages were audited; `found` is what the audits say."""

    house: House
    seeded: dict[str, Any]
    browser: Browser
    picture: Picture
    seen: set[str] = field(default_factory=set)
    found: list[str] = field(default_factory=list)
    people: dict[str, Visitor] = field(default_factory=dict)

    def lesson(self, state: str) -> dict[str, Any]:
        return dict(self.seeded["lessons"][list(LESSONS).index(state)])

    def reception(self, state: str, number: int = 0) -> str:
        return str(self.lesson(state)["receptions"][number])

    def point(self, state: str, number: int = 0) -> dict[str, Any]:
        return dict(self.seeded["points"][LESSONS[state][1][number]])

    def as_person(self, user_name: str) -> Visitor:
        """The person, signed in through the page of signing in."""
        if user_name not in self.people:
            one = self.people[user_name] = visitor(self.browser, self.house, user_name, DESK)
            one.go("/sign-in")
            one.sign_in(user_name, self.seeded["password"])
        return self.people[user_name]

    def as_screen(self, state: str) -> Visitor:
        """The classroom device of the first point that receives the lesson."""
        point = self.point(state)
        if point["host"] not in self.people:
            screen = visitor(self.browser, self.house, point["host"], WALL, device=point["devices"][0])
            self.people[point["host"]] = screen
        return self.people[point["host"]]

    def look(self, one: Visitor, route: str, state: str = "") -> None:
        """Audit the page that stands there; the Tab key walks at both sizes once for each route."""
        by_tab = [PHONE] if route == "classroom:phone" else [DESK] if route in self.seen else [DESK, PHONE]
        self.seen.add(route)
        self.found += audited(one.page, f"{route} {state}".strip(), by_tab=by_tab)
        # The Tab key has wandered down the page.
        one.page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
        self.picture(one, f"{route.replace(':', '-')}{'-' if state else ''}{state}")

    def stop(self, one: Visitor, route: str, path: str, state: str = "") -> Visitor:
        """Go there and audit what is shown."""
        one.go(path)
        self.look(one, route, state)
        return one


def begin(serve: Serve, browser: Browser, picture: Picture) -> Tour:
    """A house with the lessons, of which none has been opened."""
    plan = {"points": 6, "lessons": [{"starts_in": at, "points": points} for at, points in LESSONS.values()]}
    house, seeded = serve(plan)
    return Tour(house, seeded, browser, picture)


def enter_wall(tour: Tour, state: str) -> Visitor:
    wall = tour.as_screen(state)
    wall.go(f"/classroom/receptions/{tour.reception(state)}/wall")
    wall.press("enter")
    return wall


def start(tour: Tour, state: str) -> Visitor:
    """The lesson's teacher puts it on the air, with one classroom there."""
    lesson = tour.lesson(state)
    studio = tour.as_person(lesson["teacher"])
    studio.go(f"/classroom/lessons/{lesson['id']}/studio")
    studio.wait("() => !document.querySelector('[data-part=\"start\"]').disabled", 20)
    studio.press("start")
    studio.wait(HIDDEN_UNTIL.format("deck"))
    return studio


def submit(one: Visitor, selector: str) -> None:
    """Press a form's button, and wait for the page that answers."""
    with one.page.expect_navigation():
        one.page.locator(selector).first.click()


def refused(one: Visitor, selector: str) -> None:
    """Press a form's button, and wait until the page says what is wrong."""
    one.page.locator(selector).first.click()
    one.page.locator("main .note.bad, main .field.bad").first.wait_for()


def phone_of(tour: Tour, state: str) -> Visitor:
    one = tour.as_person(tour.point(state)["local"])
    one.page.set_viewport_size(PHONE)
    return one
