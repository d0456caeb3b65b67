"""What holds for every page, wide and on a phone: nothing for axe to find (WCAG 2.2 AA), nothing wider than the
screen, no text cut off, and everything that can be pressed is reached by Tab, shows its focus and lets it go."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, ViewportSize

from tests.journeys.browser import DESK, PHONE

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => (await axe.run(document, { resultTypes: ["violations"],
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })).violations
  .flatMap(({ id, nodes }) => nodes.map((one) => `${id}: ${one.html.slice(0, 200)} ${one.failureSummary}`))"""
TOO_WIDE = """() => document.documentElement.scrollWidth > document.documentElement.clientWidth
  ? [`${document.documentElement.scrollWidth} px wide`] : []"""
SETTLED = (
    "document.getAnimations().filter((one) => one.effect.getTiming().iterations < 9).forEach((one) => one.finish())"
)
# Text that an edge cuts off, where neither an ellipsis says so nor scrolling brings it back.
CUT = """() => {
  const cuts = (style) => ["hidden", "clip"].includes(style.overflowX) || ["hidden", "clip"].includes(style.overflowY);
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const owner = text.parentElement;
    if (!text.data.trim() || owner.closest(".sr, script")) continue;
    if (!owner.checkVisibility({ visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    for (let around = owner; around && around !== document.body; around = around.parentElement) {
      const style = getComputedStyle(around);
      if (["auto", "scroll"].includes(style.overflowX) || ["auto", "scroll"].includes(style.overflowY)) break;
      if (!cuts(style)) continue;
      if (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none") break;
      const edge = around.getBoundingClientRect();
      if (edge.width <= 1) break;
      const across = Math.max(edge.left - box.left, box.right - edge.right);
      // A line's box is higher than its letters.
      const slack = parseFloat(getComputedStyle(owner).fontSize) / 4;
      const down = Math.max(edge.top - box.top, box.bottom - edge.bottom) - slack;
      const over = Math.max(across, down);
      if (over > 3) {
        const where = `${around.tagName} ${around.className}`;
        found.push(`cut by ${Math.round(over)} px: ${text.data.trim().slice(0, 40)} in <${where}>`);
        break;
      }
    }
  }
  return found;
}"""
CONTROLS = """a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select:not([disabled]),
  textarea:not([disabled]), summary, [tabindex="0"]"""
# One press of Tab reaches one of a group of radio buttons; the arrow keys reach the others.
BEGIN_TABS = f"""() => {{
  const within = document.querySelector("dialog[open]") ?? document.body;
  const groups = new Set();
  window.unreached = new Set([...within.querySelectorAll(`{CONTROLS}`)].filter((one) => {{
    const box = one.getBoundingClientRect();
    if (one.tabIndex < 0 || !box.width || !box.height) return false;
    if (!one.checkVisibility({{ visibilityProperty: true }})) return false;
    if (one.type !== "radio") return true;
    const first = !groups.has(one.name);
    groups.add(one.name);
    return first;
  }}));
  document.activeElement?.blur();
  return window.unreached.size;
}}"""
AFTER_TAB = r"""() => {
  const now = document.activeElement;
  if (!now || now === document.body) return { left: window.unreached.size, out: true, wrong: "" };
  const group = now.type === "radio" ? [...window.unreached].filter((one) => one.name === now.name) : [now];
  for (const one of group) window.unreached.delete(one);
  const style = getComputedStyle(now);
  // The kit's ring is a shadow of at least 5 px; its outline shows where colours are forced.
  const ring = /0px 0px 0px ([5-9]px|\d\dpx|3px inset)/.test(style.boxShadow) && parseFloat(style.outlineWidth) >= 2;
  const box = now.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, innerHeight / 2));
  const above = top && !top.contains(now) && !now.contains(top) && !top.closest("details[open]");
  const bar = above && top.closest(".rail, .topbar, .tabs, .ph");
  const covered = bar && !bar.contains(now);
  const wrong = now.tabIndex > 0 ? "order of its own" : covered ? "behind a bar" : ring ? "" : "focus is not visible";
  return { left: window.unreached.size, out: false, wrong: wrong && `${wrong}: ${now.outerHTML.slice(0, 160)}` };
}"""
UNREACHED = "() => [...window.unreached].map((one) => `not reached by Tab: ${one.outerHTML.slice(0, 160)}`)"


def findings(page: Page) -> list[str]:
    """What is wrong with the page as it stands.

    It is looked at on a screen as high as it is: on a lower one bars lie over something until one scrolls.
    """
    assert AXE.exists(), "axe-core is missing: run make test"
    size = page.viewport_size or DESK
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
    page.evaluate(SETTLED)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = [*page.evaluate(RUN_AXE), *page.evaluate(TOO_WIDE), *page.evaluate(CUT)]
    page.set_viewport_size(size)
    return found


def tabbed(page: Page) -> list[str]:
    """What the Tab key does not reach, or reaches without showing it; and whether it gets out again.

    A live page draws parts of itself anew, and who walks there then looks for what is no more: such a walk is repeated.
    """
    for _walk in range(3):
        found = walked(page)
        if not page.evaluate("() => [...window.unreached].some((one) => !one.isConnected)"):
            return found
    return [*found, "the page is drawn anew all the time"]


def walked(page: Page) -> list[str]:
    wanted = int(page.evaluate(BEGIN_TABS))
    wrong: list[str] = []
    for _press in range(4 * wanted + 12):
        page.keyboard.press("Tab")
        state = page.evaluate(AFTER_TAB)
        wrong += [state["wrong"]] if state["wrong"] else []
        if not state["left"]:
            break
    return sorted({*wrong, *page.evaluate(UNREACHED)})


def audited(page: Page, state: str, *, by_tab: Sequence[ViewportSize] = (DESK, PHONE)) -> list[str]:
    """All findings at both sizes, each with its address, state and size; the size before comes back.

    `by_tab` are the sizes at which the Tab key walks through the page.
    """
    before = page.viewport_size or DESK
    found = []
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        place = f"{urlsplit(page.url).path} {state} at {size['width']} px"
        found += [f"{place}: {one}" for one in [*findings(page), *(tabbed(page) if size in by_tab else [])]]
    page.set_viewport_size(before)
    return found
