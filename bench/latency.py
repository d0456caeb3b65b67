"""Glass to glass: a clock drawn in a real browser, through the real media server, read from another page's video."""

import subprocess
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.media import Measured
from playwright.sync_api import Browser, Page, sync_playwright

from tongtang.classroom.media.tests.browser import CHECKOUT, FLAGS
from tongtang.classroom.media.tests.house import chromium, eventually
from tongtang.classroom.media.tickets import Right

LESSON = "00000000-0000-4000-8000-000000000001"
WARM_UP_S, SAMPLE_S = 8, 22
PAGE = '<!doctype html><meta charset="utf-8"><body><script src="/static/bench/pages.js"></script>'


def measure(house: Measured) -> dict[str, dict[str, float]]:
    """Milliseconds from drawing to presentation, by WebRTC and by HLS, one after the other."""
    _bundle(house.home / "static" / "bench")
    house.wish({"lesson_id": LESSON})
    eventually(lambda: house.is_open(LESSON), 15)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            _open(browser, house, "teacher", Right.PUBLISH_ANCHOR).evaluate("bench.teach(window.getTicket)")
            classroom = _open(browser, house, "classroom", Right.RECEIVE)
            classroom.evaluate("bench.receiveByWebrtc(window.getTicket)")
            webrtc = _samples(classroom, house)
            classroom.close()
            eventually(lambda: house.reports("HlsReady", LESSON), 15)
            watcher = _open(browser, house, "watcher", Right.RECEIVE)
            watcher.evaluate("(url) => bench.receiveByHls(url)", f"/live/{LESSON}/live.m3u8")
            hls = _samples(watcher, house)
        finally:
            browser.close()
    house.wish()
    return {"webrtc": webrtc, "hls": hls}


def _bundle(folder: Path) -> None:
    esbuild = CHECKOUT / "node_modules" / ".bin" / "esbuild"
    source = Path(__file__).with_name("pages.ts")
    command = [str(esbuild), str(source), "--bundle", "--format=iife", "--global-name=bench"]
    subprocess.run([*command, f"--outfile={folder / 'pages.js'}"], check=True, capture_output=True, cwd=CHECKOUT)
    (folder / "index.html").write_text(PAGE, encoding="utf-8")


def _open(browser: Browser, house: Measured, participant: str, right: Right) -> Page:
    page = browser.new_page()
    page.expose_function("getTicket", lambda: house.ticket(LESSON, participant, right))
    page.goto(f"{house.origin}/static/bench/index.html")
    return page


def _samples(page: Page, house: Measured) -> dict[str, float]:
    page.wait_for_timeout(1000 * WARM_UP_S)
    page.evaluate("bench.take()")
    page.wait_for_timeout(1000 * SAMPLE_S)
    seen: dict[str, Any] = page.evaluate("bench.take()")
    if len(seen["latencies"]) < 2 * SAMPLE_S:
        log = (house.home / "logs" / "media.log").read_text(encoding="utf-8")[-2000:]
        raise SystemExit(f"no picture: {len(seen['latencies'])} frames read, {seen['unread']} unreadable\n{log}")
    return {
        "median_ms": round(median(seen["latencies"])),
        "p95_ms": round(quantiles(seen["latencies"], n=20)[-1]),
        "frames_per_s": round(len(seen["latencies"]) / SAMPLE_S, 1),
        "frames": len(seen["latencies"]),
        "unreadable": seen["unread"],
    }
