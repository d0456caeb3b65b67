"""A guardian with a telephone: joins by a slip, decides, takes the data away; the school sees it and answers."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import PHONE, Visitor
from tests.journeys.conftest import Serve
from tests.journeys.county import begin_county, settled, stranger_at
from tests.journeys.tour import Picture, Tour, refused, submit

pytestmark = pytest.mark.journey
PAGES = {
    "consent:join", "consent:child", "consent:export", "consent:deletion", "consent:classes", "consent:class",
    "consent:slips", "consent:slip", "consent:paper", "consent:requests", "consent:decide", "shell:children",
    "shell:child",
}  # fmt: skip
OWN = "白霓桥下三棵柳树"


def test_a_guardian_decides(
    serve: Serve, browser: Browser, every_picture: Picture, picture: Picture, tmp_path: Path
) -> None:
    tour = begin_county(serve, browser, every_picture, tmp_path / "county")
    head = tour.as_person("h-p01")
    child, code = slips(tour, head)
    phone = stranger_at(tour, "phone", has_touch=True)
    phone.page.set_viewport_size(PHONE)
    join(tour, phone, code, picture)
    timetable(tour, phone, child, picture)
    answers(tour, phone, picture)
    seen_at_school(tour, head, child, picture)
    data(tour, phone)
    second_child(tour, head, phone)
    decisions(tour, head, child, picture)
    settled(tour, PAGES)


def slips(tour: Tour, head: Visitor) -> tuple[str, str]:
    """The head prints slips for a class. Returns a child's name and code."""
    tour.stop(head, "consent:requests", "/consent/requests/", "none")
    tour.stop(head, "consent:classes", "/consent/classes/")
    submit(head, 'main a:has-text("一年级班")')
    tour.look(head, "consent:class", "nobody joined")
    submit(head, 'form[action$="/slips"] button')
    tour.look(head, "consent:slips")
    first = head.page.locator("ul.slips li").first
    return first.locator(".who-is").inner_text(), first.locator(".secret").inner_text()


def join(tour: Tour, phone: Visitor, code: str, picture: Picture) -> None:
    """No name and no telephone number is asked."""
    tour.stop(phone, "consent:join", "/consent/join")
    picture(phone, "guardian-join")
    refused(phone, "form button.primary")
    phone.page.locator("input[name=code]").fill("AAAA-BBBB-CCCC")
    phone.page.locator("input[name=password]").fill("太短")
    phone.page.locator("input[name=again]").fill("太短")
    refused(phone, "form button.primary")
    assert "换一个长一点的" in phone.page.locator(".field.bad").inner_text()
    tour.look(phone, "consent:join", "refused")
    phone.page.locator("input[name=code]").fill(code)
    phone.page.locator("select[name=kind]").select_option(index=1)
    phone.page.locator("input[name=password]").fill(OWN)
    phone.page.locator("input[name=again]").fill(OWN)
    submit(phone, "form button.primary")
    assert phone.page.locator(".username").inner_text()
    tour.look(phone, "consent:join", "joined")
    submit(phone, "a.btn.primary")


def timetable(tour: Tour, phone: Visitor, child: str, picture: Picture) -> None:
    """Whoever has one child stands on its page at once; the own child's lessons, and nobody else's name."""
    tour.look(phone, "shell:child")
    submit(phone, 'nav.choice a:has-text("下一周")')
    words = phone.page.locator("main").inner_text()
    assert phone.page.locator(".periods li").count() > 0
    assert child in words
    tour.look(phone, "shell:child", "next week")
    picture(phone, "guardian-week")


def answers(tour: Tour, phone: Visitor, picture: Picture) -> None:
    """Recording is refused; analysis is allowed and then withdrawn."""
    submit(phone, 'main a:has-text("同意与数据")')
    tour.look(phone, "consent:child", "no answer")
    for purpose, answer in (("recording", "no"), ("analytics", "yes"), ("analytics", "no")):
        submit(phone, f'form:has(input[value="{purpose}"]) button[value="{answer}"]')
    assert "不同意" in phone.page.locator("section:has(#m-recording) header").inner_text()
    tour.look(phone, "consent:child", "answered")
    picture(phone, "guardian-consent")


def seen_at_school(tour: Tour, head: Visitor, child: str, picture: Picture) -> None:
    """The class shows the refusal; an answer on paper is entered beside it."""
    head.go(f"/consent/classes/{tour.seeded['classes']['p01-g1']}")
    row = head.page.locator("ul.pupils li", has_text=child)
    assert row.locator(".chip", has_text="不同意").count() == 2
    tour.look(head, "consent:class", "refused")
    picture(head, "consent-class")
    other = head.page.locator("ul.pupils li").last
    with head.page.expect_navigation():
        other.locator('form[action$="/slip"] button').click()
    tour.look(head, "consent:slip")
    head.page.go_back()
    head.go(f"/consent/classes/{tour.seeded['classes']['p01-g1']}")
    with head.page.expect_navigation():
        head.page.locator("ul.pupils li").last.locator('a[href$="/paper"]').click()
    tour.look(head, "consent:paper")
    refused(head, "main form button.primary")
    tour.look(head, "consent:paper", "refused")


def data(tour: Tour, phone: Visitor) -> None:
    """All that is stored as one file; a mistake to correct; the wish to be deleted."""
    phone.page.locator("textarea[name=text]").fill("出生日期应为 2019-09-23")
    submit(phone, 'form[action$="/correction"] button')
    tour.look(phone, "consent:child", "asked")
    submit(phone, 'a[href$="/export"]')
    tour.look(phone, "consent:export")
    phone.page.locator("input[name=password]").fill("不是这个")
    refused(phone, "main form button")
    tour.look(phone, "consent:export", "refused")
    phone.page.locator("input[name=password]").fill(OWN)
    submit(phone, "main form button")
    tour.look(phone, "consent:export", "link")
    with phone.page.expect_download() as taken:
        phone.page.locator("main a[download]").click()
    kept = zipfile.ZipFile(BytesIO(Path(taken.value.path()).read_bytes()))
    assert any(name.endswith(".html") for name in kept.namelist())
    phone.page.goto(phone.page.url.replace("/export", "/deletion"))
    tour.look(phone, "consent:deletion")
    refused(phone, "main form button.danger")
    tour.look(phone, "consent:deletion", "refused")
    phone.page.locator("input[name=password]").fill(OWN)
    submit(phone, "main form button.danger")


def second_child(tour: Tour, head: Visitor, phone: Visitor) -> None:
    tour.stop(phone, "consent:join", "/consent/join", "known")
    head.go(f"/consent/classes/{tour.seeded['classes']['p01-g2']}")
    submit(head, 'form[action$="/slips"] button')
    phone.page.locator("input[name=code]").fill(head.page.locator(".secret").first.inner_text())
    phone.page.locator("select[name=kind]").select_option(index=1)
    submit(phone, "form button.primary")
    assert phone.page.locator("main section.panel").count() == 2
    tour.look(phone, "shell:children", "two")


def decisions(tour: Tour, head: Visitor, child: str, picture: Picture) -> None:
    """The school grants the deletion with its ground; what stays is named."""
    tour.stop(head, "consent:requests", "/consent/requests/")
    submit(head, 'main li:has-text("删除") a.btn')
    tour.look(head, "consent:decide")
    refused(head, "main form button.primary")
    tour.look(head, "consent:decide", "refused")
    head.page.locator('input[name=grant][value="yes"]').check()
    head.page.locator("select[name=ground]").select_option("enrolled")
    head.page.locator("input[name=password]").fill(tour.seeded["password"])
    refused(head, "main form button.primary")
    assert "不办的依据" in head.page.locator(".field.bad").inner_text()
    head.page.locator("select[name=ground]").select_option("agreed")
    head.page.locator("input[name=password]").fill(tour.seeded["password"])
    submit(head, "main form button.primary")
    tour.look(head, "consent:decide", "decided")
    picture(head, "deletion-report")
    head.go(f"/consent/classes/{tour.seeded['classes']['p01-g1']}")
    assert child not in head.page.locator("main").inner_text()
