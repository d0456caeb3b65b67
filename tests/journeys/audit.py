"""What holds for every page: nothing for axe to find (WCAG 2.2 AA), nothing wider than a phone, no complaint."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.journeys.browser import PHONE, Visitor

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => (await axe.run(document, { resultTypes: ["violations"],
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })).violations
  .flatMap(({ id, nodes }) => nodes.map((one) => `${id}: ${one.html.slice(0, 200)} ${one.failureSummary}`))"""
TOO_WIDE = """() => document.documentElement.scrollWidth > document.documentElement.clientWidth
  ? [`${document.documentElement.scrollWidth} px wide`] : []"""
SETTLED = (
    "document.getAnimations().filter((one) => one.effect.getTiming().iterations < 9).forEach((one) => one.finish())"
)
FILES = re.compile(r"\.csv$|/slides/")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def findings(page: Page) -> list[str]:
    """What is wrong with the page as it stands, each with its address."""
    assert AXE.exists(), "axe-core is missing: run make test"
    page.evaluate(SETTLED)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return [f"{urlsplit(page.url).path}: {found}" for found in page.evaluate(RUN_AXE)]


def findings_at_both_sizes(page: Page) -> list[str]:
    """The same, and that nothing has to be scrolled sideways on a phone."""
    found, size = findings(page), page.viewport_size
    page.set_viewport_size(PHONE)
    found += [f"{urlsplit(page.url).path} on a phone: {wide}" for wide in page.evaluate(TOO_WIDE)]
    if size:
        page.set_viewport_size(size)
    return found


def kind_of(address: str) -> str:
    """The page an address leads to, whoever it is about."""
    return UUID.sub("ID", urlsplit(address).path)


def links(one: Visitor) -> list[str]:
    """Addresses of pages that the page leads to."""
    found = one.page.evaluate("() => [...document.querySelectorAll('a[href]')].map((link) => link.href)")
    own = [link.split("#")[0] for link in found if urlsplit(link).netloc == urlsplit(one.page.url).netloc]
    return [link for link in own if not FILES.search(urlsplit(link).path)]
