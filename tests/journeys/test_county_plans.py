"""The county's office has a plan searched: begun, watched, stopped, resumed, compared, published, seen at a school."""

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import Visitor
from tests.journeys.conftest import Serve
from tests.journeys.county import CHONGYANG, begin_county, change_rows, settled
from tests.journeys.tour import Picture, Tour, refused, submit

pytestmark = pytest.mark.journey
PAGES = {"timetable:plans", "timetable:plan", "exchange:weeks-runs", "exchange:weeks-run"}
PLANS = "/timetable/counties/421223000000/plans"
START, STOP = 'form[action$="/start"] button', 'form[action$="/stop"] button'
RESUME, PUBLISH = 'form[action$="/resume"] button', 'form[action$="/publish"] button'
STUDIOS = 3
SEARCH_S = 90


def test_a_plan_from_the_first_search_to_a_schools_week(
    serve: Serve, browser: Browser, every_picture: Picture, picture: Picture, tmp_path: Path
) -> None:
    tour = begin_county(serve, browser, every_picture, tmp_path / "county", prepare=fewer_studios)
    office = tour.as_person("o01")
    office.go("/timetable/counties/421223000000")
    submit(office, f'a[href="{PLANS}"]')
    tour.look(office, "timetable:plans", "before")
    a_wrong_number(tour, office)
    address = watched(tour, office, picture)
    second_start_is_told(tour, office, address)
    stopped(tour, office, address)
    resumed(tour, office, picture)
    published(tour, office)
    standing = at_a_school(tour, office)
    compared(tour, office, picture)
    kept(tour, office, picture)
    whole_schools(tour, office, tmp_path, picture)
    settled(tour, PAGES)
    assert standing == blocks_of_school(tour, office), "searches that nobody published leave the timetable as it was"


def fewer_studios(folder: Path) -> None:
    """Without a plan, with three studios and half the tolerance: a search takes long enough to be watched."""
    file = folder / "studios.csv"
    lines = file.read_text(encoding="utf-8").splitlines()[: STUDIOS + 1]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    change_rows(folder, "rules.csv", {"start_tolerance_minutes": {"value": "5"}})
    (folder / "broadcasts.csv").unlink()


def chip(one: Visitor) -> str:
    return str(one.page.locator("#progress .chip").inner_text()).strip()


def state_becomes(one: Visitor, *states: str) -> str:
    """Without a reload: the page asks by itself."""
    either = ", ".join(f'#progress[data-state="{state}"]' for state in states)
    one.page.locator(either).wait_for(timeout=SEARCH_S * 1000)
    return str(one.page.locator("#progress").get_attribute("data-state"))


def a_wrong_number(tour: Tour, office: Visitor) -> None:
    office.page.locator("input[name=seconds]").fill("1")
    refused(office, START)
    assert "5 到 3600" in office.page.locator(".field.bad").inner_text()
    tour.look(office, "timetable:plans", "refused")


def watched(tour: Tour, office: Visitor, picture: Picture) -> str:
    """Progress comes to the page by itself; the address of the search."""
    office.page.locator("input[name=seconds]").fill("300")
    submit(office, START)
    state_becomes(office, "running")
    office.page.locator("section:has(#log) tbody tr").first.wait_for(timeout=SEARCH_S * 1000)
    words = office.page.locator(".job").inner_text()
    assert "约剩" in words
    assert "可以离开本页" in words
    picture(office, "plan-search")
    return str(office.page.url)


def second_start_is_told(tour: Tour, office: Visitor, address: str) -> None:
    office.go(PLANS)
    assert "正在排课" in office.page.locator("main .note").first.inner_text()
    refused(office, START)
    assert "这个县正在排课" in office.page.locator("main .note.bad").inner_text()
    office.page.goto(address)


def stopped(tour: Tour, office: Visitor, address: str) -> None:
    """The best plan so far stays where it was found."""
    submit(office, STOP)
    assert state_becomes(office, "stopped") == "stopped"
    office.page.goto(address)
    assert chip(office) == "已停止"
    assert office.page.locator("section:has(#log) tbody tr").count() >= 1
    tour.look(office, "timetable:plan", "stopped")


def resumed(tour: Tour, office: Visitor, picture: Picture) -> None:
    """The search goes on, the page may be left meanwhile, and ends at the fewest broadcasts possible."""
    before = office.page.locator("section:has(#log) tbody tr").count()
    office.page.locator("input[name=seconds]").fill("300")
    submit(office, RESUME)
    address = office.page.url
    tour.look(office, "timetable:plan", "running")
    office.go("/")
    office.page.goto(address)
    assert state_becomes(office, "done") == "done"
    assert "已证明不能再少" in office.page.locator("#progress").inner_text()
    assert office.page.locator("section:has(#log) tbody tr").count() > before
    assert "还没有发布课表" in office.page.locator("section:has(#compared)").inner_text()
    tour.look(office, "timetable:plan", "done")


def published(tour: Tour, office: Visitor) -> None:
    submit(office, PUBLISH)
    assert chip(office) == "已发布"
    assert "62 个班中，0 个班的周课表有变动" in office.page.locator("section:has(#compared)").inner_text()
    tour.look(office, "timetable:plan", "published")
    office.go(PLANS)
    tour.look(office, "timetable:plans", "history")


def blocks_of_school(tour: Tour, office: Visitor) -> list[str]:
    """What stands in the week after next of p01."""
    office.go(f"/timetable/schools/{tour.seeded['schools']['p01']}")
    for _week in range(2):
        submit(office, 'a[rel="next"]')
    office.page.locator(".tt .ls").first.wait_for()
    return list(office.page.locator(".tt .ls > b, .tt .ls > summary b").all_inner_texts())


def at_a_school(tour: Tour, office: Visitor) -> list[str]:
    """The week after next, which holds no day before the plan, the school's lessons stand where the plan put them."""
    submit(office, "table.t tbody th a")
    school = str(office.page.locator("section:has(#by-class) tbody th").first.text_content()).split()[0]
    groups = office.page.locator("section:has(#by-day) tbody tr").evaluate_all(
        "(rows, school) => rows.filter((row) => row.textContent.includes(school)).length", school
    )
    submit(office, "section:has(#publishing) .note.ok a")
    office.page.locator(".tt .ls").first.wait_for()
    blocks = blocks_of_school(tour, office)
    assert school in office.page.locator("h1").inner_text()
    several = [re.match(r"(\d+) 节$", words) for words in blocks]
    assert sum(int(one[1]) if one else 1 for one in several) >= groups > 0
    return blocks


def compared(tour: Tour, office: Visitor, picture: Picture) -> None:
    """Another seed, another plan: what would change for how many classes stands beside it."""
    office.go(PLANS)
    office.page.locator("input[name=seed]").fill("4")
    office.page.locator("input[name=keep_published]").uncheck()
    office.page.locator("input[name=seconds]").fill("300")
    submit(office, START)
    assert state_becomes(office, "done") == "done"
    words = office.page.locator("section:has(#compared)").inner_text()
    assert re.search(r"62 个班中，[1-9]\d* 个班的周课表有变动", words)
    office.page.locator("section:has(#compared) summary").click()
    tour.look(office, "timetable:plan", "compared")
    picture(office, "plan-compared")


def kept(tour: Tour, office: Visitor, picture: Picture) -> None:
    """The published timetable is kept unless somebody says otherwise: nothing in the data has changed, so all of it."""
    office.go(PLANS)
    assert office.page.get_by_label("尽量保持已发布的课表").is_checked()
    office.page.locator("input[name=seed]").fill("5")
    picture(office, "plan-keep")
    submit(office, START)
    assert state_becomes(office, "done") == "done"
    words = office.page.locator("section:has(#compared)").inner_text()
    assert "62 个班中，0 个班的周课表有变动" in words
    assert "311 班次中 0 班次改了时间或教师" in words
    tour.look(office, "timetable:plan", "kept")


def whole_schools(tour: Tour, office: Visitor, where: Path, picture: Picture) -> None:
    """A zip with an error is refused by its place; the mended one comes back with a timetable."""
    office.go(PLANS)
    submit(office, 'a[href="/imports/weeks/"]')
    tour.look(office, "exchange:weeks-runs", "none")
    bad, good = schools_zip(where / "有误", "nobody"), schools_zip(where / "三所学校", "")
    hand_in(office, bad)
    assert state_becomes(office, "refused") == "refused"
    assert "nobody" in office.page.locator("section:has(#findings)").inner_text()
    tour.look(office, "exchange:weeks-run", "refused")
    hand_in(office, good)
    assert state_becomes(office, "done") == "done"
    assert "核对通过" in office.page.locator("#progress").inner_text()
    tour.look(office, "exchange:weeks-run", "done")
    picture(office, "school-weeks")
    with office.page.expect_download() as kept:
        office.page.locator('a[href$="result.zip"]').click()
    with zipfile.ZipFile(kept.value.path()) as archive:
        assert "local_timetable.csv" in archive.namelist()


def schools_zip(folder: Path, teacher: str) -> Path:
    """The fixture's three schools; with `teacher` in the first requirement."""
    shutil.copytree(CHONGYANG.parent / "schools", folder)
    (folder / "local_timetable.csv").unlink()
    for event in folder.glob("*.json"):
        event.unlink()
    if teacher:
        file = folder / "local_requirements.csv"
        header, first, *rest = file.read_text(encoding="utf-8").splitlines()
        cells = first.split(",")
        cells[header.split(",").index("teacher_id")] = teacher
        file.write_text("\n".join([header, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    return Path(shutil.make_archive(str(folder), "zip", folder))


def hand_in(office: Visitor, file: Path) -> None:
    office.go("/imports/weeks/")
    office.page.locator("input[name=file]").set_input_files(file)
    submit(office, "form[enctype] button[type=submit]")
