"""A clerk of the county takes in rosters: findings, the mended file, differences, the report, and the same again."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import Visitor
from tests.journeys.conftest import Serve
from tests.journeys.county import begin_county, change_rows, county_folder, settled
from tests.journeys.tour import Picture, Tour, refused, submit
from tongtang.exchange.tests.parcels import files_of, line, small_county, zipped

pytestmark = pytest.mark.journey
PAGES = {
    "exchange:runs", "exchange:run", "exchange:waiting", "exchange:settle-row", "exchange:duplicates",
    "exchange:rules", "exchange:row", "exchange:schools", "exchange:school", "exchange:rename-school",
    "exchange:merge-school", "exchange:split-school",
}  # fmt: skip
STAMP = "2026-09-01T08:00:00.000Z"
CHECK_S = 60


def test_rosters_from_the_upload_to_the_report(
    serve: Serve, browser: Browser, every_picture: Picture, picture: Picture, tmp_path: Path
) -> None:
    tour = begin_county(serve, browser, every_picture, tmp_path / "county")
    clerk = tour.as_person("m01")
    tour.stop(clerk, "exchange:waiting", "/imports/waiting/", "none")
    tour.stop(clerk, "exchange:duplicates", "/imports/duplicates/", "none")
    empty_form(tour, clerk)
    a_folder_with_faults(tour, clerk, tmp_path, picture)
    the_mended_folder(tour, clerk, tmp_path, picture)
    oneroster(tour, clerk, tmp_path)
    what_waits(tour, clerk)
    sources(tour, clerk)
    schools(tour, clerk)
    settled(tour, PAGES)


def empty_form(tour: Tour, clerk: Visitor) -> None:
    tour.stop(clerk, "exchange:runs", "/imports/", "none")
    clerk.page.locator("form[enctype]").evaluate("(form) => { form.noValidate = true; }")
    refused(clerk, "form[enctype] button[type=submit]")
    tour.look(clerk, "exchange:runs", "refused")


def hand_in(clerk: Visitor, file: Path, form: str, system: str) -> None:
    """Upload, and wait until it is checked."""
    clerk.go("/imports/")
    clerk.page.locator("select[name=form]").select_option(form)
    clerk.page.locator("input[name=system]").fill(system)
    clerk.page.locator("input[name=file]").set_input_files(file)
    submit(clerk, "form[enctype] button[type=submit]")
    clerk.page.locator("#state .chip", has_text="正在校验").wait_for(state="detached", timeout=CHECK_S * 1000)
    clerk.page.reload()


def apply(clerk: Visitor) -> None:
    submit(clerk, 'form[action$="/apply"] button')
    clerk.page.locator("#state .chip", has_text="已应用").wait_for(timeout=CHECK_S * 1000)
    clerk.page.reload()


def state(clerk: Visitor) -> str:
    return str(clerk.page.locator("#state .chip").inner_text()).strip()


def new_term(folder: Path, **faults: str) -> Path:
    """The county's files of a new term: a pupil more, two who moved, a school with another name; `faults` in cells."""
    pupils = {"p01-g1-01": {"name": "周欣怡"}, "p01-g1-02": {"class_id": "p02-g1"}}
    for name, value in faults.items():
        pupils.setdefault("p01-g1-03", {})[name] = value
    change_rows(folder, "pupils.csv", pupils, [["p01-g1-99", "p01-g1", "刘小满", "女", "2019-05-20"]])
    change_rows(folder, "classes.csv", {"p02-g1": {"pupils": "14"}})
    change_rows(folder, "schools.csv", {"p06": {"name": "路口镇东流小学教学点"}})
    return Path(shutil.make_archive(str(folder), "zip", folder))


def a_folder_with_faults(tour: Tour, clerk: Visitor, where: Path, picture: Picture) -> None:
    """Each fault says file, row, column and reason; nothing is written."""
    parcel = new_term(county_folder(where / "秋季名册-有误"), birth_date="2019-13-40", sex="未知")
    hand_in(clerk, parcel, "county_folder", "学籍系统")
    assert state(clerk) == "未通过"
    words = clerk.page.locator("section:has(#findings) tbody").inner_text()
    assert "pupils.csv" in words
    assert "2019-13-40" in words
    assert not clerk.page.locator('form[action$="/apply"]').count()
    tour.look(clerk, "exchange:run", "findings")
    picture(clerk, "import-findings")
    with clerk.page.expect_download() as kept:
        clerk.page.locator('a[href$="findings.xlsx"]').click()
    assert kept.value.suggested_filename.endswith(".xlsx")


def the_mended_folder(tour: Tour, clerk: Visitor, where: Path, picture: Picture) -> None:
    """Differences before, the report after; the same file again changes nothing."""
    parcel = new_term(county_folder(where / "秋季名册"))
    hand_in(clerk, parcel, "county_folder", "学籍系统")
    assert state(clerk) == "等待确认"
    words = clerk.page.locator("section:has(#differences)").inner_text()
    for expected in ("刘小满", "周欣怡", "路口镇东流小学教学点"):
        assert expected in words
    tour.look(clerk, "exchange:run", "differences")
    picture(clerk, "import-differences")
    apply(clerk)
    tour.look(clerk, "exchange:run", "applied")
    hand_in(clerk, parcel, "county_folder", "学籍系统")
    assert "不改动任何内容" in clerk.page.locator(".panel.empty").inner_text()
    tour.look(clerk, "exchange:run", "nothing")
    submit(clerk, 'form[action$="/withdraw"] button')
    assert state(clerk) == "已撤回"
    clerk.go("/imports/")
    tour.look(clerk, "exchange:runs", "history")


def delta(where: Path, name: str, birth_date: str) -> Path:
    """A school, its class and pupils as changes; one has no birth date, one is somebody who is here already."""
    rows = small_county()
    rows["demographics"][0][3] = birth_date
    rows["demographics"][1][3] = ""
    rows["users"] += [
        line("users", "p3", enabledUser="true", givenName="海燕", familyName="何"),
        line("users", "p4", enabledUser="true", givenName="山", familyName="高"),
    ]
    for number, (pupil, home_class, school) in enumerate((("p3", "p01-g1", "p01"), ("p4", "c1", "s1")), start=3):
        rows["roles"] += [
            line("roles", f"r9{number}", userSourcedId=pupil, roleType="primary", role="student", orgSourcedId=school)
        ]
        enrolled = {"classSourcedId": home_class, "schoolSourcedId": school, "userSourcedId": pupil, "role": "student"}
        rows["enrollments"] += [line("enrollments", f"e9{number}", **enrolled)]
    rows["demographics"] += [
        line("demographics", "p3", birthDate="2019-09-10", sex="female"),
        line("demographics", "p4", birthDate="2018-02-03", sex="male"),
    ]
    stamped = {key: [[one[0], "active", STAMP, *one[3:]] for one in lines] for key, lines in rows.items()}
    file = where / name
    file.write_bytes(zipped(files_of(stamped, mode="delta")))
    return file


def oneroster(tour: Tour, clerk: Visitor, where: Path) -> None:
    hand_in(clerk, delta(where, "OneRoster有误.zip", "2018年5月"), "oneroster", "省学籍平台")
    assert state(clerk) == "未通过"
    assert "demographics.csv" in clerk.page.locator("section:has(#findings) tbody").inner_text()
    tour.look(clerk, "exchange:run", "oneroster findings")
    file = delta(where, "OneRoster.zip", "2018-05-01")
    hand_in(clerk, file, "oneroster", "省学籍平台")
    tour.look(clerk, "exchange:run", "oneroster differences")
    apply(clerk)
    assert clerk.page.locator("section:has(#waits) tbody tr").count() == 2
    tour.look(clerk, "exchange:run", "oneroster applied")
    hand_in(clerk, file, "oneroster", "省学籍平台")
    assert "不改动任何内容" in clerk.page.locator(".panel.empty").inner_text()
    submit(clerk, 'form[action$="/withdraw"] button')


def what_waits(tour: Tour, clerk: Visitor) -> None:
    """A row without birth date is completed and taken in; one that looks like another is taken in and told apart."""
    tour.stop(clerk, "exchange:waiting", "/imports/waiting/")
    clerk.page.locator("tr", has_text="欧阳静").locator("a").click()
    clerk.page.wait_for_url("**/waiting/*")
    tour.look(clerk, "exchange:settle-row")
    clerk.page.locator("form.body").evaluate("(form) => { form.noValidate = true; }")
    refused(clerk, "form button[value=release]")
    tour.look(clerk, "exchange:settle-row", "refused")
    clerk.page.locator("input[name=birth_date]").fill("2018-06-01")
    clerk.page.locator("select[name=sex]").select_option("female")
    clerk.page.locator("input[name=home_class]").fill("c1")
    submit(clerk, "form button[value=release]")
    clerk.go("/imports/waiting/")
    clerk.page.locator("tr", has_text="何海燕").locator("a").click()
    clerk.page.wait_for_url("**/waiting/*")
    submit(clerk, "form button[value=release]")
    tour.stop(clerk, "exchange:duplicates", "/imports/duplicates/")
    clerk.page.locator("button[value=different]").first.click()
    clerk.page.wait_for_load_state()
    clerk.page.locator("h2", has_text="没有疑似重复").wait_for()


def sources(tour: Tour, clerk: Visitor) -> None:
    """Who may overwrite an attribute; a value corrected by hand stands against the next import."""
    tour.stop(clerk, "exchange:rules", "/imports/sources/")
    clerk.page.locator("#look-id").fill("nobody")
    submit(clerk, "section:has(#look) button")
    tour.look(clerk, "exchange:rules", "missing")
    clerk.page.locator("input[name=owner]").fill("省学籍平台")
    clerk.page.locator("input[name=valid_from]").fill("2026-09-01")
    submit(clerk, 'form[action$="/sources/new"] button')
    tour.look(clerk, "exchange:rules", "one rule")
    tour.stop(clerk, "exchange:row", "/imports/sources/421223000000/pupils/p01-g1-01")
    clerk.page.locator("#v-name").fill("周欣然")
    clerk.page.locator("#r-name").fill("户口簿上是这个名字")
    submit(clerk, "form:has(#v-name) button")
    assert "周欣然" in clerk.page.locator("main").inner_text()
    tour.look(clerk, "exchange:row", "corrected")


def schools(tour: Tour, clerk: Visitor) -> None:
    """Rename, merge, split: first what will move, then the change."""
    tour.stop(clerk, "exchange:schools", "/imports/schools/")
    tour.stop(clerk, "exchange:schools", "/imports/schools/?text=zzz", "nothing")
    path = f"/imports/schools/{tour.seeded['schools']['p03']}"
    tour.stop(clerk, "exchange:school", f"{path}/")
    tour.stop(clerk, "exchange:rename-school", f"{path}/rename")
    clerk.page.locator("input[name=name]").fill("石城镇杨林小学")
    clerk.page.locator("input[name=reason]").fill("县里批复改名")
    submit(clerk, "form button[value=change]")
    tour.look(clerk, "exchange:school", "renamed")
    tour.stop(clerk, "exchange:split-school", f"{path}/split")
    tour.stop(clerk, "exchange:merge-school", f"{path}/merge")
    clerk.page.locator("input[name=reason]").fill("撤点并校")
    clerk.page.locator("select[name=other]").select_option(tour.seeded["schools"]["p04"])
    submit(clerk, "form button[value=preview]")
    tour.look(clerk, "exchange:merge-school", "preview")
