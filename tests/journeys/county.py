"""A served house that holds a whole county, loaded and published by the commands, for journeys through its offices."""

import csv
import json
import shutil
import time
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Browser

from tests.journeys.browser import DESK, Visitor, run_script, visitor
from tests.journeys.conftest import Serve
from tests.journeys.tour import Picture, Tour

CHONGYANG = Path(__file__).resolve().parents[1] / "fixtures" / "chongyang"
WEEKS = 10
STEP_SECONDS = 30


def county_folder(where: Path) -> Path:
    """The county's own files, with a term that holds today."""
    folder = Path(shutil.copytree(CHONGYANG, where))
    monday = date.today() - timedelta(days=date.today().weekday())
    first, last = monday - timedelta(weeks=WEEKS), monday + timedelta(weeks=WEEKS, days=4)
    term = ["2026-autumn", "2026—2027学年第一学期", first.isoformat(), last.isoformat(), str(2 * WEEKS)]
    (folder / "terms.csv").write_text(
        "term_id,name,first_day,last_day,teaching_weeks\n" + ",".join(term) + "\n", encoding="utf-8"
    )
    return folder


def change_rows(folder: Path, file: str, changes: dict[str, dict[str, str]], more: Iterable[list[str]] = ()) -> None:
    """Rewrite cells of a county's file, by the id in the first column; `more` are new rows."""
    path = folder / file
    header, *rows = csv.reader(path.read_text(encoding="utf-8-sig").splitlines())
    for row in rows:
        for name, value in changes.get(row[0], {}).items():
            row[header.index(name)] = value
    with path.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, lineterminator="\n").writerows([header, *rows, *more])


def begin_county(
    serve: Serve,
    browser: Browser,
    picture: Picture,
    where: Path,
    second_factor: str = "off",
    *,
    big_class: bool = False,
    prepare: Callable[[Path], object] = lambda _folder: None,
) -> Tour:
    """The house with a county, its offices, and heads of the schools p01 and c01.

    `prepare` may change the county's folder; its plan is published unless it is taken out.
    """
    house, _nothing = serve({})
    folder = county_folder(where)
    prepare(folder)
    for command in ("load-county", "publish-plan") if (folder / "broadcasts.csv").exists() else ("load-county",):
        done = house.tongtang(command, str(folder), "--county", "421223")
        assert done.returncode == 0, done.stdout + done.stderr
    seeded: dict[str, Any] = run_script(
        house, "county_seed", json.dumps({"second_factor": second_factor, "big_class": big_class})
    )
    return Tour(house, seeded, browser, picture)


def stranger_at(tour: Tour, host: str, **context: Any) -> Visitor:
    """A browser in which nobody is signed in."""
    one = tour.people[host] = visitor(tour.browser, tour.house, host, DESK, **context)
    return one


def complaints(tour: Tour) -> list[str]:
    """What the browsers complain about, except forms that were refused and places that are not there."""
    return [said for one in tour.people.values() for said in one.complaints if "with a status of 4" not in said]


def settled(tour: Tour, pages: Iterable[str]) -> None:
    """Everything in `pages` was looked at, and nothing was found."""
    found = tour.found + complaints(tour)
    assert set(pages) - tour.seen == set(), "a page without an audit: add a stop"
    assert not found, "\n".join(found)


class Authenticator:
    """The app on somebody's telephone: never the same code twice."""

    def __init__(self, secret: str) -> None:
        self.app, self.last = pyotp.TOTP(secret), 0

    def code(self) -> str:
        """A code that the house takes now and has not seen."""
        step = max(self.last + 1, int(time.time()) // STEP_SECONDS)
        while step > int(time.time()) // STEP_SECONDS + 1:
            time.sleep(0.5)
        self.last = step
        return self.app.generate_otp(step)


def enrol_app(one: Visitor) -> tuple[Authenticator, list[str]]:
    """On the page of factors: the app by its secret. Returns it and the recovery codes."""
    app = Authenticator(one.page.locator("code.secret").inner_text().replace(" ", ""))
    one.page.locator("input[name=code]").fill(app.code())
    with one.page.expect_navigation():
        one.page.locator("form:has(input[name=code]) button[type=submit]").click()
    return app, one.page.locator("ul.codes li").all_inner_texts()


def show_code(one: Visitor, code: str) -> None:
    """On the page that asks for the second factor."""
    one.page.wait_for_url("**/second-factor*")
    one.page.locator("input[name=code]").fill(code)
    with one.page.expect_navigation():
        one.page.locator("form:has(input[name=code]) button[type=submit]").click()
