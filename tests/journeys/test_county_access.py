"""Roles for some days, substitutes, help from outside, the security administrator, backups; the rail that folds."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import PHONE
from tests.journeys.conftest import Serve
from tests.journeys.county import begin_county, settled, stranger_at
from tests.journeys.tour import Picture, Tour, refused, submit

pytestmark = pytest.mark.journey
PAGES = {
    "access:lending", "access:substitutes", "access:support", "access:pupil-reason", "access:security",
    "access:reset-factors", "operations:backups",
}  # fmt: skip
TOMORROW = (date.today() + timedelta(days=1)).isoformat()
MAIN_FORM = "form.body button.primary"


def test_roles_help_and_security(
    serve: Serve, browser: Browser, every_picture: Picture, picture: Picture, tmp_path: Path
) -> None:
    tour = begin_county(serve, browser, every_picture, tmp_path / "county")
    rail(tour)
    several_places(tour)
    lend(tour)
    substitute(tour, picture)
    help_from_outside(tour, picture)
    reasons(tour)
    security(tour, picture)
    backups(tour)
    settled(tour, PAGES)


def rail(tour: Tour) -> None:
    """An administrator has more places than the rail: the rest stands behind "more", on a telephone all but four."""
    admin = tour.as_person("m01")
    admin.go("/")
    assert admin.page.locator('nav.rail a:visible:has-text("名册")').count() == 0
    admin.page.locator("nav.rail summary").click()
    tour.look(admin, "shell:today", "more")
    admin.page.keyboard.press("Escape")
    admin.page.locator("summary.who").click()
    tour.look(admin, "shell:today", "account")
    admin.page.keyboard.press("Escape")
    admin.page.locator("nav.rail summary").click()
    submit(admin, 'nav.rail .more a:visible:has-text("名册")')
    assert admin.page.url.endswith("/imports/")
    admin.page.set_viewport_size(PHONE)
    admin.page.locator("nav.rail summary").click()
    assert admin.page.locator("nav.rail .more a:visible").count() >= 6
    submit(admin, 'nav.rail .more a:visible:has-text("备份")')
    assert admin.page.url.endswith("/operations/backups")


def several_places(tour: Tour) -> None:
    """Who has two posts stands at both or at one of them."""
    admin = tour.as_person("m01")
    admin.go(f"/people/{tour.seeded['people']['h-p01']}/roles")
    admin.page.locator("select[name=role]").select_option("school_head")
    admin.page.locator("select[name=school]").select_option(tour.seeded["schools"]["p02"])
    submit(admin, MAIN_FORM)
    head = tour.as_person("h-p01")
    head.go("/")
    head.page.locator("summary.scope").click()
    tour.look(head, "shell:today", "scopes")
    # The focus went through the page: the menu has closed behind it.
    head.page.locator("summary.scope").click()
    submit(head, '.topbar .menu form button:has-text("沙坪镇厢所教学点")')
    assert "沙坪镇厢所教学点" in head.page.locator("summary.scope").inner_text()
    head.page.locator("summary.scope").click()
    submit(head, '.topbar .menu form button:has-text("天城镇油市教学点")')


def lend(tour: Tour) -> None:
    """An office lends its role for tomorrow to a colleague, and takes it back."""
    admin = tour.as_person("m01")
    tour.stop(admin, "access:lending", "/lending/")
    refused(admin, MAIN_FORM)
    admin.page.locator("input[name=to]").fill("nobody")
    for name in ("first", "last"):
        admin.page.locator(f"input[name={name}]").fill(TOMORROW)
    refused(admin, MAIN_FORM)
    tour.look(admin, "access:lending", "refused")
    admin.page.locator("input[name=to]").fill("o01")
    submit(admin, MAIN_FORM)
    admin.page.locator(".held li", has_text="汪琴").wait_for()
    tour.look(admin, "access:lending", "lent")
    colleague = tour.as_person("o01")
    colleague.go("/lending/")
    assert colleague.page.locator(".held li").count() == 1
    tour.look(colleague, "access:lending", "received")
    assert not colleague.page.locator("nav.rail a", has_text="名册").count(), "it holds from tomorrow on"
    submit(admin, ".held form button")
    colleague.go("/lending/")
    assert colleague.page.locator(".held li").count() == 0


def substitute(tour: Tour, picture: Picture) -> None:
    """The head names who does tomorrow's lessons of a local teacher."""
    head = tour.as_person("h-p01")
    tour.stop(head, "access:substitutes", "/substitutes/", "none")
    head.page.locator("input[name=last]").fill("2020-01-01")
    refused(head, MAIN_FORM)
    tour.look(head, "access:substitutes", "refused")
    for name in ("first", "last"):
        head.page.locator(f"input[name={name}]").fill(TOMORROW)
    others = head.page.locator("select[name=substitute] option")
    absent = head.page.locator("select[name=row] option").first.inner_text()
    name = next(one for one in others.all_inner_texts() if one.split()[0] not in absent)
    head.page.locator("select[name=substitute]").select_option(label=name)
    submit(head, MAIN_FORM)
    assert head.page.locator(".held li").count() == 1
    tour.look(head, "access:substitutes", "named")
    picture(head, "substitutes")
    submit(head, ".held form button")
    head.page.locator("h3", has_text="没有").wait_for()


def help_from_outside(tour: Tour, picture: Picture) -> None:
    """Asked with a reason, let in by the school, shown on every page of both, recorded, ended."""
    technician, head = tour.as_person("k01"), tour.as_person("h-p01")
    tour.stop(technician, "access:support", "/support/", "nothing asked")
    refused(technician, MAIN_FORM)
    tour.look(technician, "access:support", "refused")
    technician.page.locator("select[name=school]").select_option(tour.seeded["schools"]["p01"])
    technician.page.locator("input[name=reason]").fill("二年级教室听不到声音")
    submit(technician, MAIN_FORM)
    tour.look(technician, "access:support", "asked")
    tour.stop(head, "access:support", "/support/", "to decide")
    submit(head, "form button[value='1']")
    technician.go("/support/")
    submit(technician, 'form[action$="/enter"] button')
    assert "天城镇油市教学点" in technician.page.locator(".visit").inner_text()
    tour.look(technician, "shell:today", "support")
    picture(technician, "support-inside")
    technician.go("/people/")
    head.go("/")
    assert "何志强" in head.page.locator(".visit").inner_text()
    tour.look(head, "shell:today", "visited")
    submit(technician, 'form[action$="/leave"] button')
    assert not technician.page.locator(".visit").count()
    head.go("/support/")
    submit(head, 'form[action$="/end"] button')
    tour.look(head, "access:support", "over")
    technician.go("/support/")
    assert not technician.page.locator('form[action$="/enter"]').count()
    auditor = tour.as_person("u01")
    auditor.go("/oversight/log?stream=support")
    words = auditor.page.locator("table.audit-log").inner_text()
    assert "二年级教室听不到声音" in words
    tour.look(auditor, "oversight:log", "support")


def reasons(tour: Tour) -> None:
    """Whoever looks at single pupils from above the schools says why."""
    admin = tour.as_person("m01")
    tour.stop(admin, "access:pupil-reason", "/pupils/reason")
    refused(admin, MAIN_FORM)
    tour.look(admin, "access:pupil-reason", "refused")
    admin.page.locator("[name=reason]").fill("核对转学名单")
    submit(admin, MAIN_FORM)
    assert "/pupils/reason" not in admin.page.url


def security(tour: Tour, picture: Picture) -> None:
    """Rules of sign-in, an account that failures have closed, factors of somebody who lost the telephone."""
    officer = tour.as_person("x01")
    tour.stop(officer, "access:security", "/security/")
    stranger = stranger_at(tour, "guesser")
    for _try in range(10):
        stranger.go("/sign-in")
        stranger.page.locator("#teacher input[name=user_name]").fill("h-c01")
        stranger.page.locator("#teacher input[name=password]").fill("不是这个密码")
        refused(stranger, "#teacher button[type=submit]")
    tour.look(stranger, "access:sign-in", "closed")
    officer.go("/security/")
    assert officer.page.locator(".held li", has_text="石校长").count() == 1
    tour.look(officer, "access:security", "closed")
    picture(officer, "security")
    submit(officer, 'form[action$="/unlock"] button')
    assert officer.page.locator(".held li").count() == 0
    tour.stop(officer, "access:people", "/people/?text=h-c01", "security")
    submit(officer, 'td a[href$="/factors"]')
    tour.look(officer, "access:reset-factors")
    refused(officer, "form.body button.danger")
    tour.look(officer, "access:reset-factors", "refused")
    officer.page.locator("[name=reason]").fill("手机丢失，已当面核对身份")
    submit(officer, "form.body button.danger")
    assert re.search("/security/$", officer.page.url)


def backups(tour: Tour) -> None:
    admin = tour.as_person("m01")
    tour.stop(admin, "operations:backups", "/operations/backups", "first")
    done = tour.house.tongtang("backup")
    assert done.returncode == 0, done.stdout + done.stderr
    tour.stop(admin, "operations:backups", "/operations/backups")
