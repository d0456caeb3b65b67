"""A class watches a lesson recorded: from the wall screen to the recording, and what of it stands in the ledger."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import DESK, WALL, Visitor, run_script, visitor
from tests.journeys.conftest import Serve
from tests.journeys.county import complaints
from tests.journeys.tour import Picture, Tour
from tongtang.foundation import clock

pytestmark = pytest.mark.journey
PLAYED = "() => document.querySelector('lesson-replay video').currentTime"
PLAYS_BEYOND = "([second]) => document.querySelector('lesson-replay video').currentTime >= second"
# A span is cut where the page looks; the picture goes on in between.
TRUE_WITHIN_S = 2
FIRST_S, SECOND_S = 13, 20
OWN = ("chinese", "maths", "pe")


def test_a_classroom_watches_a_recording(serve: Serve, browser: Browser, every_picture: Picture) -> None:
    now = clock.civil(clock.now())
    held = {"starts_at": (now - timedelta(days=1)).replace(microsecond=0).isoformat(), "points": [0]}
    own = [{"day": 0, "period": period, "subject": subject} for period, subject in enumerate(OWN, start=1)]
    house, seeded = serve({"points": 2, "lessons": [held], "own": own})
    tour = Tour(house, seeded, browser, every_picture)
    showing = run_script(house, "showing_seed", seeded["lessons"][0]["id"])
    weeks(tour, now)
    own_lessons(tour)
    screen = visitor(browser, house, seeded["points"][1]["host"], WALL, device=seeded["points"][1]["devices"][0])
    tour.people[screen.host] = screen
    into_the_recording(tour, screen, showing)
    first = watched(screen, 0, FIRST_S)
    wait_ledger(tour, showing, first, "while the page stands, it reports each ten seconds")
    second = watched(screen, FIRST_S, SECOND_S)
    screen.page.locator("lesson-replay video").evaluate("(video) => video.pause()")
    screen.go(f"/timetable/schools/{seeded['points'][1]['school']}/wall")
    wait_ledger(tour, showing, second, "what was played last is reported as the page goes")
    stranger(tour, showing)
    assert not tour.found + complaints(tour), "\n".join(tour.found + complaints(tour))


def weeks(tour: Tour, now: datetime) -> None:
    """The weeks of the class, of the school and of its room say that it is recorded, and who is beside the class."""
    head = tour.as_person("hp02")
    year, number, _day = now.date().isocalendar()
    point = tour.seeded["points"][1]
    for kind, of in (("school", point["school"]), ("room", point["room"])):
        tour.stop(head, f"timetable:{kind}-week", f"/timetable/{kind}s/{of}?week={year}-W{number:02d}", "recorded")
        words = head.page.locator(".tt").inner_text()
        assert "录播课" in words
        assert "本地2辅助" in words


def own_lessons(tour: Tour) -> None:
    """What a school teaches itself stands in its week and on its wall."""
    point = tour.seeded["points"][0]
    head = tour.as_person("hp01")
    tour.stop(head, "timetable:school-week", f"/timetable/schools/{point['school']}", "own lessons")
    assert head.page.locator(".ls.own").count() == len(OWN)
    assert "本校自己上的课" in head.page.locator(".legend").inner_text()
    tour.stop(head, "timetable:wall", f"/timetable/schools/{point['school']}/wall", "own lessons")
    assert head.page.locator(".of-day:not([hidden]) li.own").count() == len(OWN)


def into_the_recording(tour: Tour, screen: Visitor, showing: dict[str, Any]) -> None:
    """The wall says that the lesson is recorded; its door leads to the recording."""
    tour.stop(screen, "timetable:wall", f"/timetable/schools/{tour.seeded['points'][1]['school']}/wall", "recorded")
    assert "录播课" in screen.part("coming").inner_text()
    screen.part("coming").locator("a.linked").click()
    screen.page.wait_for_url(f"**/library/*?reception={showing['reception']}")
    screen.wait("() => document.querySelector('lesson-replay video').readyState >= 2", 30)
    tour.look(screen, "library:replay", "recorded lesson")
    assert screen.page.locator("lesson-replay").get_attribute("data-received")
    assert "本班的录播课" in screen.page.locator("main").inner_text()


def watched(screen: Visitor, since: int, until: int) -> float:
    """The recording is played on by the keyboard of the player from `since` to about `until`; where it stands then."""
    screen.page.locator("lesson-replay video").focus()
    if since == 0:
        screen.page.keyboard.press("Space")
    screen.wait(PLAYS_BEYOND, 60, [until])
    return float(screen.page.evaluate(PLAYED))


def wait_ledger(tour: Tour, showing: dict[str, Any], played: float, why: str) -> None:
    """The ledger has what was played, at least up to the last report and not more than was played by now."""
    found: dict[str, Any] = {}
    for _try in range(20):
        found = run_script(tour.house, "ledger", showing["lesson"])[showing["reception"]]
        if found["recorded_seconds"] >= int(played) - TRUE_WITHIN_S:
            break
        tour.people[tour.seeded["points"][1]["host"]].page.wait_for_timeout(1000)
    assert found["recorded_seconds"] >= int(played) - TRUE_WITHIN_S, f"{why}: {found}"
    assert found["live_seconds"] == 0


def stranger(tour: Tour, showing: dict[str, Any]) -> None:
    """The screen of a school that does not watch it sees the recording of its own lesson, and reports nothing."""
    point = tour.seeded["points"][0]
    other = visitor(tour.browser, tour.house, point["host"], DESK, device=point["devices"][0])
    tour.people[other.host] = other
    other.go(f"/classroom/receptions/{showing['reception']}/wall")
    assert other.page.locator("lesson-replay").count() == 0
