"""One lesson from the try-out to its replay: the anchor teacher, three classrooms, one phone, one media server."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.houses import House
from tests.journeys.browser import DESK, PHONE, WALL, Visitor, run_script, visitor
from tests.journeys.conftest import Serve
from tests.journeys.film import FRAMES, RATE

pytestmark = pytest.mark.journey
QUESTION = "第二句起音准不准？"


@dataclass
class Room:
    """Everybody of the lesson: the third classroom gets it by HLS."""

    house: House
    seeded: dict[str, Any]
    studio: Visitor
    walls: list[Visitor]
    phone: Visitor
    began: float = 0.0
    took_s: float = 0.0

    @property
    def lesson(self) -> dict[str, Any]:
        return dict(self.seeded["lessons"][0])


def test_whole_lesson(serve: Serve, browser: Browser, picture: Callable[[Visitor, str], None]) -> None:
    plan = {"points": 3, "lessons": [{"starts_in": 15, "points": [0, 1, 2]}]}
    house, seeded = serve(plan, TONGTANG_WEBRTC_RECEIVERS="2")
    room = enter(browser, house, seeded)
    show_doors(browser, room, picture)
    try_out_and_start(room)
    frames_grow(room)
    show_latency(room)
    slides_in_step(room)
    script_step(room)
    roll_call(room)
    poll(room)
    hand_and_stage(room)
    picture(room.studio, "studio")
    picture(room.walls[0], "classroom")
    picture(room.phone, "phone")
    no_child_is_named(room)
    end(room)
    replay(room)
    lesson_page(room)
    picture(room.studio, "lesson")
    # The third classroom is told that the places of WebRTC are taken.
    taken = [said for said in room.walls[2].complaints if "409" in said]
    assert [said for one in (room.studio, *room.walls, room.phone) for said in one.complaints] == taken


def enter(browser: Browser, house: House, seeded: dict[str, Any]) -> Room:
    """Everybody comes to their page: the teacher through signing in, the classrooms as bound devices."""
    lesson = seeded["lessons"][0]
    studio = visitor(browser, house, "a01", DESK)
    studio.go(f"/classroom/lessons/{lesson['id']}/studio")
    studio.sign_in(lesson["teacher"], seeded["password"])
    walls = []
    for point, reception in zip(seeded["points"], lesson["receptions"], strict=True):
        wall = visitor(browser, house, point["host"], WALL, device=point["devices"][0])
        wall.go(f"/classroom/receptions/{reception}/wall")
        # The places of WebRTC go to those who come first.
        with wall.page.expect_response(lambda answer: answer.url.endswith("/media-ticket")):
            wall.press("enter")
        walls.append(wall)
    phone = visitor(browser, house, "phone", PHONE, has_touch=True)
    phone.go(f"/classroom/receptions/{lesson['receptions'][0]}/phone")
    phone.sign_in(seeded["points"][0]["local"], seeded["password"])
    return Room(house, seeded, studio, walls, phone)


def show_doors(browser: Browser, room: Room, picture: Callable[[Visitor, str], None]) -> None:
    """The pages before the lesson, as their people see them."""
    for user_name, name, path in (
        (room.lesson["teacher"], "today-anchor", "/"),
        (room.lesson["teacher"], "week", "/timetable/"),
        ("hp01", "today-receiving", "/"),
        ("o01", "today-county", "/"),
    ):
        one = visitor(browser, room.house, f"door-{name}", DESK)
        one.go(path)
        if name == "today-anchor":
            picture(one, "sign-in")
        one.sign_in(user_name, room.seeded["password"])
        assert one.page.locator("main h1").count() == 1
        picture(one, name)
        one.context.close()


def try_out_and_start(room: Room) -> None:
    studio = room.studio
    for item in ("camera", "server", "slides"):
        studio.page.wait_for_selector(f'[data-item="{item}"][data-sign="ok"]', timeout=30_000)
    studio.wait_frames("echo")
    studio.wait_words("came", "3 / 3")
    studio.wait(f"Date.now() > {room.lesson['starts_at'] * 1000}", 30)
    studio.press("start")
    room.began = time.monotonic()
    studio.page.wait_for_selector('[data-part="deck"]:not([hidden])')


def frames_grow(room: Room) -> None:
    for wall, way in zip(room.walls, ("webrtc", "webrtc", "hls"), strict=True):
        wall.page.wait_for_selector('tong-wall[data-phase="live"]')
        wall.wait(f"""() => !document.querySelector('video[data-part="{way}"]').hidden""", 40)
        wall.wait_frames(way, 30, 40)
    assert room.walls[2].frames("webrtc") == 0, "the third classroom has no place by WebRTC"


def show_latency(room: Room) -> None:
    """Which frame the studio's preview shows when, against the same frame at the receivers."""
    time.sleep(3)
    watched = {"studio": room.studio, "WebRTC": room.walls[1], "HLS": room.walls[2]}
    selectors = {"studio": ".deck video[data-own]", "WebRTC": "video[data-part=webrtc]", "HLS": "video[data-part=hls]"}
    for name, one in watched.items():
        one.watch_numbers(selectors[name])
    time.sleep(9)
    seen = {name: one.numbers() for name, one in watched.items()}
    for name, most_ms in (("WebRTC", 1500), ("HLS", 8000)):
        behind = delays(seen["studio"], seen[name])
        assert len(behind) > 10, f"{name}: the number could not be read, {len(seen[name])} frames seen"
        print(f"\n{name}: {median(behind):.0f} ms, {median(behind) * RATE / 1000:.0f} frames behind the studio")
        assert median(behind) < most_ms


def delays(shown: list[tuple[int, int]], received: list[tuple[int, int]]) -> list[int]:
    """Milliseconds from a frame's showing in the studio to its showing at a receiver; the film repeats itself."""
    found = []
    for at, number in received:
        before = [at - then for then, shown_number in shown if shown_number == number and then <= at]
        if before and min(before) < FRAMES / RATE * 1000:
            found.append(min(before))
    return found


def slides_in_step(room: Room) -> None:
    picture = """() => document.querySelector('img[data-part="slide"]').src"""
    before = room.studio.page.evaluate(picture)
    began = time.monotonic()
    room.studio.press("forth")
    room.studio.wait("""(before) => document.querySelector('img[data-part="slide"]').src !== before""", 5, before)
    shown = room.studio.page.evaluate(picture)
    slide = shown.rsplit("/", 1)[1]
    for wall in room.walls:
        wall.wait("""(slide) => document.querySelector('img[data-part="slide"]').src.endsWith(slide)""", 5, slide)
    print(f"slide on every wall after {(time.monotonic() - began) * 1000:.0f} ms")


def script_step(room: Room) -> None:
    room.studio.press("next")
    for wall in room.walls:
        wall.wait_words("now", "学唱第一、二句")
        wall.wait_words("next", "请一个班展示")
    room.phone.wait_words("next", "请一个班展示")
    for one in (room.walls[0], room.phone):
        assert re.fullmatch(r"0[23]:\d\d", one.text("countdown").strip())


def roll_call(room: Room) -> None:
    phone = room.phone
    phone.page.locator('.tabs a[href="#v-roll"]').click()
    phone.page.locator('[data-part="kids"] button').first.click()
    phone.press("rollsubmit")
    phone.wait_words("rollstate", "已")
    room.studio.wait_words("wall", "4 / 5")


def poll(room: Room) -> None:
    studio, phone = room.studio, room.phone
    studio.page.locator('[data-ask="true"]').click()
    studio.page.locator("#question").fill(QUESTION)
    studio.page.locator('[data-part="pollform"] button[type=submit]').click()
    for one in (*room.walls, phone):
        one.wait_words("question", QUESTION)
    phone.page.locator('.tabs a[href="#v-poll"]').click()
    for row, count in ((0, 3), (1, 1)):
        for _press in range(count):
            phone.page.locator('[data-part="counts"] .cnt').nth(row).locator("button").last.click()
    phone.press("pollsubmit")
    studio.wait_words("answered", "1")
    studio.wait_words("tally", "3")
    studio.press("stop")
    room.walls[0].wait("""() => document.querySelector('[data-part="poll"]').hidden""")


def hand_and_stage(room: Room) -> None:
    """The first classroom raises its hand, is called up, is seen by the studio and the other one, and leaves."""
    studio, wall, other = room.studio, room.walls[0], room.walls[1]
    room.phone.page.locator('.tabs a[href="#v-class"]').click()
    room.phone.press("hand")
    studio.wait("""() => document.querySelector('[data-part="wall"] li .hand')""")
    first = studio.page.locator('[data-part="wall"] li').first
    assert "第1教学点" in first.inner_text()
    wall.part("hand").wait_for(state="visible")
    first.locator("button.tile").click()
    studio.wait_words("stagename", "第1教学点")
    wall.part("hand").wait_for(state="hidden")
    studio.wait_frames("stagevideo", 15, 30)
    other.wait_words("stagename", "第1教学点")
    other.wait_frames("stage", 15, 30)
    assert wall.frames("stage") == 0, "nobody hears themselves"
    studio.press("clear")
    for one in (wall, other):
        one.wait("""() => document.querySelector('[data-part="onstage"]').hidden""")
    studio.part("nostage").wait_for(state="visible")


def no_child_is_named(room: Room) -> None:
    """Neither on the pages of studio and walls nor in what push sent them."""
    for one in (room.studio, *room.walls):
        pushed = one.page.evaluate("window.pushed")
        assert '"session"' in pushed or "event: session" in pushed
        for text in (one.page.content(), pushed):
            assert [name for name in room.seeded["names"] if name in text] == []
    assert room.seeded["names"][0] in room.phone.page.content()


def end(room: Room) -> None:
    room.studio.press("end")
    room.studio.press("endnow")
    room.took_s = time.monotonic() - room.began
    room.studio.page.wait_for_selector('[data-part="over"]:not([hidden])')
    for wall in room.walls:
        wall.page.wait_for_selector('tong-wall[data-phase="ended"]')
    room.phone.wait_words("now", "已")


def replay(room: Room) -> None:
    """The recording is a resource of the library within 90 s, with a chapter a slide, and plays to its end."""
    studio = room.studio
    began = time.monotonic()
    link = studio.page.locator('main a[href^="/library/"]', has_text="茉莉花")
    while True:
        studio.go("/library/")
        if link.count():
            link.first.click()
            if studio.page.locator("lesson-replay").count():
                break
        assert time.monotonic() < began + 90, "no recording after 90 s"
        time.sleep(2)
    print(f"recording ready {time.monotonic() - began:.0f} s after the end")
    chapters = studio.page.locator(".chapters li").all_inner_texts()
    assert any("学唱" in chapter for chapter in chapters), chapters
    studio.wait("document.querySelector('lesson-replay video').readyState >= 2")
    length = studio.page.evaluate("""() => { const video = document.querySelector("lesson-replay video");
      video.muted = true; video.playbackRate = 8; video.play(); return video.duration; }""")
    studio.wait("document.querySelector('lesson-replay video').ended", 60)
    print(f"lesson of {room.took_s:.0f} s, recording of {length:.0f} s played to its end")
    assert room.took_s - 6 < length < room.took_s + 3


def lesson_page(room: Room) -> None:
    """Seconds and roll call of the receptions, on the page and in the ledger."""
    stands = run_script(room.house, "ledger", room.lesson["id"])
    for reception in room.lesson["receptions"]:
        assert stands[reception]["live_seconds"] > 10
    assert stands[room.lesson["receptions"][0]]["present"] == 4
    room.studio.go(f"/lessons/{room.lesson['id']}")
    row = room.studio.page.locator("tbody tr", has_text="第1教学点")
    assert "4 / 5" in row.inner_text()
    assert "— / 5" in room.studio.page.locator("tbody tr", has_text="第2教学点").inner_text()
    assert [name for name in room.seeded["names"] if name in room.studio.page.content()] == []
