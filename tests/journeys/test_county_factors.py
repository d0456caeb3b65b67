"""Second factors and second persons: an app and a key enrolled and shown, recovery codes, an export of many pupils."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import Visitor
from tests.journeys.conftest import Serve
from tests.journeys.county import Authenticator, begin_county, enrol_app, settled, show_code, stranger_at
from tests.journeys.tour import Picture, Tour, refused, submit

pytestmark = pytest.mark.journey
PAGES = {
    "access:second-factor", "access:factors", "access:recovery-codes", "access:own-password", "access:own-sessions",
    "access:approvals", "exchange:school-roster", "exchange:export-oneroster",
}  # fmt: skip
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
CODE_FORM = "form:has(input[name=code]) button[type=submit]"


def test_factors_and_two_persons(
    serve: Serve, browser: Browser, every_picture: Picture, picture: Picture, tmp_path: Path
) -> None:
    tour = begin_county(serve, browser, every_picture, tmp_path / "county", second_factor="all", big_class=True)
    admin = stranger_at(tour, "m01")
    app, recovery = enrol(tour, admin, picture)
    a_key(tour, admin)
    by_code(tour, admin, app)
    by_key(tour, admin)
    by_recovery_code(tour, admin, recovery[0])
    own_account(tour, admin, app)
    many_pupils(tour, admin, app, picture)
    settled(tour, PAGES)


def sign_in(tour: Tour, one: Visitor, user_name: str) -> None:
    one.go("/sign-in")
    one.sign_in(user_name, tour.seeded["password"])


def sign_out(one: Visitor) -> None:
    one.page.locator("summary.who").click()
    with one.page.expect_navigation():
        one.page.locator('.topbar form[action$="/sign-out"] button').click()


def enrol(tour: Tour, admin: Visitor, picture: Picture) -> tuple[Authenticator, list[str]]:
    """Whoever governs gets no further than the page of factors before one is enrolled."""
    sign_in(tour, admin, "m01")
    admin.page.wait_for_url("**/account/factors*")
    tour.look(admin, "access:factors", "must")
    picture(admin, "second-factor")
    admin.page.locator("input[name=code]").fill("000000")
    refused(admin, CODE_FORM)
    tour.look(admin, "access:factors", "refused")
    app, recovery = enrol_app(admin)
    assert len(recovery) == 10
    tour.look(admin, "access:factors", "codes")
    submit(admin, "a.btn.primary")
    assert admin.page.locator("main h1").inner_text() == "崇阳县 今日"
    return app, recovery


def a_key(tour: Tour, admin: Visitor) -> None:
    """The computer's own authenticator beside the app."""
    session = admin.context.new_cdp_session(admin.page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    admin.go("/account/factors")
    admin.page.locator("#key-label").fill("办公室电脑")
    with admin.page.expect_navigation():
        admin.page.locator("tong-key button").click()
    admin.page.locator(".held li", has_text="办公室电脑").wait_for()
    tour.look(admin, "access:factors", "app and key")


def by_code(tour: Tour, admin: Visitor, app: Authenticator) -> None:
    sign_out(admin)
    sign_in(tour, admin, "m01")
    admin.page.wait_for_url("**/second-factor*")
    tour.look(admin, "access:second-factor")
    admin.page.locator("input[name=code]").fill("000000")
    refused(admin, CODE_FORM)
    tour.look(admin, "access:second-factor", "refused")
    admin.go("/people/")
    assert "/second-factor" in admin.page.url, "nothing else opens before it"
    show_code(admin, app.code())
    assert admin.page.url.endswith("/people/")


def by_key(tour: Tour, admin: Visitor) -> None:
    sign_out(admin)
    sign_in(tour, admin, "m01")
    admin.page.wait_for_url("**/second-factor*")
    admin.page.locator("tong-key button").click()
    admin.page.locator("h1", has_text="崇阳县 今日").wait_for()


def by_recovery_code(tour: Tour, admin: Visitor, code: str) -> None:
    """It opens once."""
    for works in (True, False):
        sign_out(admin)
        sign_in(tour, admin, "m01")
        admin.page.wait_for_url("**/second-factor*")
        admin.page.locator("input[name=code]").fill(code)
        if works:
            submit(admin, CODE_FORM)
            admin.page.locator("h1", has_text="崇阳县 今日").wait_for()
        else:
            refused(admin, CODE_FORM)


def own_account(tour: Tour, admin: Visitor, app: Authenticator) -> None:
    """New recovery codes, the browsers one is signed in on, the password."""
    show_code(admin, app.code())
    admin.go("/account/factors")
    submit(admin, 'form[action$="/recovery-codes"] button')
    tour.look(admin, "access:recovery-codes")
    sign_in(tour, stranger_at(tour, "m01-home"), "m01")
    tour.stop(admin, "access:own-sessions", "/account/sessions")
    submit(admin, 'form[action$="/end-others"] button')
    tour.look(admin, "access:own-sessions", "one")
    tour.stop(admin, "access:own-password", "/account/password")
    refused(admin, "main form button[type=submit]")
    tour.look(admin, "access:own-password", "refused")


def many_pupils(tour: Tour, admin: Visitor, app: Authenticator, picture: Picture) -> None:
    """A head takes the roster of 120 pupils away: with the own factor and the county's approval, once."""
    head = stranger_at(tour, "h-c01")
    sign_in(tour, head, "h-c01")
    enrol_app(head)
    submit(head, "a.btn.primary")
    tour.stop(head, "access:approvals", "/approvals/", "none")
    head.go("/people/")
    head.page.locator("a", has_text="学生名册").click()
    head.page.wait_for_url("**/roster.xlsx")
    tour.look(head, "exchange:school-roster", "needs a second person")
    submit(head, "main form button[type=submit]")
    tour.look(head, "exchange:school-roster", "asked")
    admin.go("/approvals/")
    tour.look(admin, "access:approvals", "waiting")
    picture(admin, "approvals")
    admin.page.locator('form[action$="/approve"] button').click()
    admin.page.locator("h3", has_text="没有待批的").wait_for()
    submit(head, "main a.btn")
    tour.look(head, "exchange:school-roster", "approved")
    with head.page.expect_download() as taken:
        head.page.locator("main form button[type=submit]").click()
    assert taken.value.suggested_filename.startswith("roster-")
    head.go("/approvals/")
    tour.look(head, "access:approvals", "used")
    head.go(f"/imports/schools/{tour.seeded['schools']['c01']}/roster.xlsx")
    assert head.page.locator("main form button[type=submit]").count(), "the approval is used once"
    tour.stop(admin, "exchange:export-oneroster", "/imports/export/oneroster")
    submit(admin, "main ul a.btn")
    tour.look(admin, "exchange:export-oneroster", "needs a second person")
