"""The wall screen without a link: reload, restart of the browser, the days that follow, and the link that comes back.

The server's process is really gone. The device's clock is put forward in the page and in its service worker.
"""

import shutil
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.houses import House
from tests.journeys.browser import WALL, run_script
from tests.journeys.conftest import Serve
from tongtang.foundation import clock

pytestmark = pytest.mark.journey
FORWARD = "(by) => { self.realNow ??= Date.now; Date.now = () => self.realNow() + by; }"
KEPT = "async () => Boolean(await (await caches.open('tongtang-wall')).match(location.href))"
SHOWN = """() => {
  const part = (name) => document.querySelector(`[data-part="${name}"]`);
  const text = (element) => element.checkVisibility() ? element.innerText.trim() : "";
  const rows = [...document.querySelectorAll(".of-day:not([hidden]) li:not([hidden]) time")];
  return {
    day: text(part("day")), clock: text(part("clock")), coming: text(part("coming")), gone: text(part("gone")),
    rows: rows.map(text).filter(Boolean), old: part("too-old").checkVisibility(),
    phase: part("coming").dataset.phase ?? null,
  };
}"""
ALL_KEPT = """async () => {
  const names = await caches.keys();
  const caches_ = await Promise.all(names.map((name) => caches.open(name)));
  const found = await Promise.all(caches_.map(async (one) => Promise.all((await one.keys()).map(
    async (request) => [new URL(request.url).pathname, await (await one.match(request)).text()]))));
  return found.flat();
}"""


class Screen:
    """A browser of a profile on disk, at the wall of the first point; `forward` sets its clock off the real one."""

    def __init__(self, playwright: Playwright, profile: Path, house: House, point: dict[str, Any]) -> None:
        self.playwright, self.profile, self.point = playwright, profile, point
        self.host = f"http://wall.localhost:{house.port}"
        self.open()

    def open(self) -> None:
        path = shutil.which("chromium")
        assert path, "chromium is missing: run apt-get install chromium"
        self.context: BrowserContext = self.playwright.chromium.launch_persistent_context(
            str(self.profile), executable_path=path, args=["--no-sandbox", "--disable-gpu"], viewport=WALL,
            locale="zh-CN", timezone_id="Asia/Shanghai",
        )  # fmt: skip
        self.context.set_default_timeout(15_000)
        self.page: Page = self.context.pages[0]

    def enrol(self) -> None:
        self.context.add_cookies(
            [{"name": "tongtang_device", "value": self.point["devices"][0], "url": self.host, "expires": 2**31 - 1}]
        )

    def load(self) -> None:
        self.page.goto(f"{self.host}/timetable/schools/{self.point['school']}/wall")

    def forward(self, by: timedelta) -> None:
        """Let the device's clock stand `by` ahead, also for pages to come."""
        given = by / timedelta(milliseconds=1)
        self.page.add_init_script(f"({FORWARD})({given})")
        self.page.evaluate(FORWARD, given)
        for worker in self.context.service_workers:
            worker.evaluate(FORWARD, given)

    def wait(self, condition: str, within_s: float = 15) -> None:
        for _again in range(int(within_s * 10)):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"not within {within_s} s: {condition}; it shows {self.shown()}")

    def shown(self) -> dict[str, Any]:
        """What a pupil reads at one moment: the screen may change between two questions."""
        return dict(self.page.evaluate(SHOWN))

    def loaded(self) -> float:
        """Of when the timetable is that it holds, in seconds since 1970."""
        return float(self.page.locator("#board").get_attribute("data-loaded") or 0)

    def wait_shown(self, within_s: float = 15, **wanted: Any) -> dict[str, Any]:
        """Wait until it shows all that; the clock of the page ticks each second."""
        for _again in range(int(within_s * 10)):
            seen = self.shown()
            if all(seen[name] == value for name, value in wanted.items()):
                return seen
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{wanted} is not shown, but {self.shown()}")


@pytest.fixture
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


def said(day: datetime) -> str:
    return f"{day.month}月{day.day}日"


def test_a_week_without_a_link(serve: Serve, playwright: Playwright, tmp_path: Path) -> None:
    """Loaded once, it goes on for seven days, through a restart of the browser, and then says that it is too old.

    The own lessons of the school stand among the shared ones on their days.
    """
    now = clock.civil(clock.now())
    midnight = datetime.combine(now.date(), time(), now.tzinfo)

    def lesson(day: int, hour: int) -> dict[str, Any]:
        return {"starts_at": (midnight + timedelta(days=day, hours=hour)).isoformat(), "points": [0]}

    own = [{"day": 1, "period": 1, "subject": "maths"}, {"day": 6, "period": 3, "subject": "science"}]
    house, seeded = serve({"points": 1, "lessons": [lesson(1, 10), lesson(1, 14), lesson(6, 9)], "own": own})
    screen = Screen(playwright, tmp_path / "profile", house, seeded["points"][0])
    screen.enrol()
    screen.load()
    tomorrow = midnight + timedelta(days=1)
    screen.wait_shown(gone="", phase="later", rows=[])
    assert said(tomorrow) in screen.shown()["coming"]
    screen.wait(KEPT)

    house.kill_all()
    screen.context.close()
    screen.open()
    screen.load()
    first = screen.wait_shown(phase="later", old=False)
    assert "没有网络" in first["gone"]
    assert said(now) in first["day"]

    # The next morning, reloaded: the next day's lessons, the classroom's door stays shut without a link.
    screen.forward(tomorrow + timedelta(hours=9, minutes=55) - now)
    screen.page.reload()
    seen = screen.wait_shown(phase="open", rows=["8:40", "10:00", "14:00"])
    assert said(tomorrow) in seen["day"]
    assert f"{said(now)} " in seen["gone"]
    assert seen["clock"].startswith("9:5")
    assert "进入课堂" not in seen["coming"]
    # Not reloaded: the clock alone goes on, into the lesson and past midnight.
    screen.forward(tomorrow + timedelta(hours=10, minutes=5) - now)
    screen.wait_shown(phase="now", rows=["8:40", "10:00", "14:00"])
    assert screen.page.locator(".of-day:not([hidden]) li.now time").all_inner_texts() == ["10:00"]
    screen.forward(midnight + timedelta(days=6, hours=8) - now)
    seen = screen.wait_shown(phase="today", rows=["9:00", "10:30"])
    assert said(midnight + timedelta(days=6)) in seen["day"]

    screen.forward(timedelta(days=7, minutes=5))
    screen.page.reload()
    seen = screen.wait_shown(old=True)
    assert seen["rows"] == []
    # Without power it has lost its clock.
    screen.forward(-timedelta(days=300))
    screen.page.reload()
    screen.page.locator('[data-part="clock-behind"]').wait_for(state="visible")
    assert screen.wait_shown(old=False)["rows"] == []
    screen.context.close()


def test_the_link_comes_back_with_another_lesson(serve: Serve, playwright: Playwright, tmp_path: Path) -> None:
    """The present timetable takes the kept one's place, and is what is kept when the link is gone again."""
    now = clock.civil(clock.now())
    at = datetime.combine(now.date(), time(10), now.tzinfo) + timedelta(days=1)
    house, seeded = serve({"points": 1, "lessons": [{"starts_at": at.isoformat(), "points": [0]}]})
    screen = Screen(playwright, tmp_path / "profile", house, seeded["points"][0])
    screen.enrol()
    screen.load()
    screen.wait_shown(gone="", phase="later")
    screen.wait(KEPT)
    # Asked again, the server only says that nothing changed; what is kept is then as of that moment.
    first = screen.loaded()
    screen.page.wait_for_timeout(1500)
    with screen.page.expect_response(lambda answer: answer.status == 204):
        screen.page.evaluate("dispatchEvent(new Event('online'))")
    screen.page.wait_for_timeout(500)
    confirmed = screen.loaded()
    assert confirmed >= first + 1
    house.kill_all()
    screen.page.reload()
    screen.wait_shown(phase="later", old=False)
    assert "没有网络" in screen.shown()["gone"]
    assert screen.loaded() == pytest.approx(confirmed, abs=1)

    run_script(house, "change_lesson", seeded["lessons"][0]["id"], str((at + timedelta(hours=1)).timestamp()))
    again = house.serve()
    # It asks each minute.
    seen = screen.wait_shown(within_s=75, gone="")
    assert "11:00" in seen["coming"]
    kept = screen.page.evaluate(ALL_KEPT)
    house.kill_all()
    again.wait(30)
    screen.forward(at + timedelta(minutes=5) - now)
    screen.page.reload()
    screen.wait_shown(rows=["11:00"], phase="today")
    # What is stored: this page as the wall shows it, and the house's own style and script. No pupil.
    pages = {path for path, _text in kept if not path.startswith("/static/build/")}
    assert pages == {f"/timetable/schools/{seeded['points'][0]['school']}/wall"}
    assert [name for name in seeded["names"] for _path, text in kept if name in text] == []
    screen.context.close()
