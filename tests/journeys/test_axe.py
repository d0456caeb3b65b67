"""Every page of the house in each state that looks different: axe, sideways scrolling, cut text, the Tab key.

A route that renders a page must be visited here: `PAGES` is read from the resolver, and only what is named in
`NO_PAGES` is left out.
"""

import pytest
from playwright.sync_api import Browser

from tests.journeys.browser import DESK, Visitor, visitor
from tests.journeys.conftest import Serve
from tests.journeys.tour import Picture, Tour, begin, enter_wall, phone_of, refused, start, submit

pytestmark = pytest.mark.journey
FIRST_PAGE_BYTES = 300 * 1024
PAGES = {
    "access:sign-in", "access:activate", "access:people", "access:new-person", "access:roles", "access:first-codes",
    "access:renew-code", "access:rooms", "access:device-code", "alliances:list", "alliances:detail",
    "alliances:matches", "alliances:profile", "calendars:own", "calendars:subscribe", "classroom:lessons",
    "classroom:phone", "classroom:studio", "classroom:wall", "lessons:cancel",
    "lessons:cancel-make-up", "lessons:ledger", "lessons:lesson", "library:recordings", "library:replay",
    "operations:calls", "oversight:catalogue", "oversight:log", "preparation:lesson", "preparation:lessons",
    "shell:today", "timetable:class-week", "timetable:county-week", "timetable:make-up", "timetable:room-week",
    "timetable:school-week", "timetable:studio-week",
    "timetable:teacher-week", "timetable:wall",
}  # fmt: skip


def test_every_page(serve: Serve, browser: Browser, every_picture: Picture) -> None:
    tour = begin(serve, browser, every_picture)
    doors(tour)
    ended_lesson(tour)
    before_the_lesson(tour)
    live_lesson(tour)
    classroom_of_live(tour)
    lesson_pages(tour)
    offices(tour)
    home_pages(tour)
    timetables(tour)
    recordings(tour)
    # Forms that are refused, places that are taken, and what is not there: the browser reports each such answer.
    said = [said for one in tour.people.values() for said in one.complaints if "with a status of 4" not in said]
    assert PAGES - tour.seen == set(), "a page without an audit: add a stop"
    assert not tour.found + said, "\n".join(tour.found + said)


def doors(tour: Tour) -> None:
    """Before anybody is known."""
    stranger = visitor(tour.browser, tour.house, "stranger", DESK)
    tour.found += first_page(stranger)
    tour.stop(stranger, "access:sign-in", "/sign-in")
    stranger.page.locator("#tab-device").press("Enter")
    tour.look(stranger, "access:sign-in", "device")
    stranger.go("/sign-in")
    stranger.page.locator("#teacher input[name=user_name]").fill("nobody")
    stranger.page.locator("#teacher input[name=password]").fill("wrong")
    refused(stranger, "#teacher button[type=submit]")
    tour.look(stranger, "access:sign-in", "refused")
    tour.stop(stranger, "access:activate", "/activate")
    stranger.page.locator("form").evaluate("(form) => { form.noValidate = true; }")
    refused(stranger, "form button[type=submit]")
    tour.look(stranger, "access:activate", "refused")
    stranger.go("/sign-in")
    stranger.page.locator("#teacher input[name=user_name]").fill("nobody")
    stranger.page.locator("#teacher input[name=password]").fill("wrong")
    refused(stranger, "#teacher button[type=submit]")
    stranger.page.locator("#tab-device").click()
    stranger.page.locator("#device input[name=code]").wait_for(state="visible")


def first_page(stranger: Visitor) -> list[str]:
    """All bytes of the first page, as they came over the wire."""
    session = stranger.context.new_cdp_session(stranger.page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    stranger.go("/")
    stranger.page.wait_for_load_state("networkidle")
    print(f"\nfirst page: {sum(sizes)} bytes in {len(sizes)} files")
    return [] if sum(sizes) <= FIRST_PAGE_BYTES else [f"the first page weighs {sum(sizes)} bytes"]


def ended_lesson(tour: Tour) -> None:
    """A lesson of some seconds; its recording is made while the other pages are looked at."""
    studio = start(tour, "ended")
    wall = enter_wall(tour, "ended")
    wall.wait_frames("webrtc", 30, 40)
    studio.press("forth")
    studio.press("end")
    tour.look(studio, "classroom:studio", "end dialog")
    studio.press("endnow")
    studio.page.wait_for_selector('[data-part="over"]:not([hidden])')
    tour.look(studio, "classroom:studio", "ended")
    wall.page.wait_for_selector('tong-wall[data-phase="ended"]')
    tour.look(wall, "classroom:wall", "ended")
    wall.context.close()
    del tour.people[tour.point("ended")["host"]]
    phone = phone_of(tour, "ended")
    tour.stop(phone, "classroom:phone", f"/classroom/receptions/{tour.reception('ended')}/phone", "ended")
    studio.go("/")


def before_the_lesson(tour: Tour) -> None:
    lesson = tour.lesson("before")
    wall = tour.as_screen("before")
    tour.stop(wall, "timetable:wall", f"/timetable/schools/{tour.point('before')['school']}/wall")
    tour.stop(wall, "classroom:wall", f"/classroom/receptions/{tour.reception('before')}/wall", "enter")
    wall.press("enter")
    wall.page.wait_for_selector('tong-wall[data-phase="waiting"]')
    tour.look(wall, "classroom:wall", "waiting")
    wall.part("corner").locator("summary").click()
    tour.look(wall, "classroom:wall", "code")
    studio = tour.as_person(lesson["teacher"])
    studio.go(f"/classroom/lessons/{lesson['id']}/studio")
    studio.page.wait_for_selector('[data-item="server"][data-sign="ok"]', timeout=30_000)
    tour.look(studio, "classroom:studio", "before")
    phone = phone_of(tour, "before")
    for tab in ("class", "roll", "poll", "help"):
        path = f"/classroom/receptions/{tour.reception('before')}/phone#v-{tab}"
        tour.stop(phone, "classroom:phone", path, f"before {tab}")
    tour.stop(studio, "preparation:lessons", "/preparation/")
    tour.stop(studio, "preparation:lesson", f"/preparation/{lesson['id']}")
    wall.go("/timetable/schools/" + tour.point("before")["school"] + "/wall")


def live_lesson(tour: Tour) -> None:
    """The studio on the air, its dialogs, a question and a class on stage."""
    studio = start(tour, "live")
    wall = enter_wall(tour, "live")
    wall.wait_frames("webrtc", 30, 40)
    tour.look(wall, "classroom:wall", "live")
    phone = phone_of(tour, "live")
    phone.go(f"/classroom/receptions/{tour.reception('live')}/phone")
    phone.press("hand")
    studio.wait("""() => document.querySelector('[data-part="wall"] li .hand')""")
    tour.look(studio, "classroom:studio", "live")
    studio.press("devices")
    tour.look(studio, "classroom:studio", "device dialog")
    studio.press("devicesclose")
    studio.page.locator('[data-ask="true"]').click()
    studio.page.locator("#question").fill("第二句起音准不准？")
    tour.look(studio, "classroom:studio", "question dialog")
    studio.page.locator('[data-part="pollform"] button[type=submit]').click()
    wall.wait_words("question", "起音")
    tour.look(wall, "classroom:wall", "question")
    studio.page.locator('[data-part="wall"] li button.tile').first.click()
    wall.part("onstage").wait_for(state="visible")
    wall.part("corner").locator("summary").focus()
    tour.look(wall, "classroom:wall", "stage")
    tour.look(studio, "classroom:studio", "stage and question")


def classroom_of_live(tour: Tour) -> None:
    """The phone's four tabs while a question is open, and a call for help on the staff's page."""
    phone = phone_of(tour, "live")
    for tab in ("class", "roll", "poll", "help"):
        phone.go(f"/classroom/receptions/{tour.reception('live')}/phone#v-{tab}")
        phone.wait(f"() => document.querySelector('#v-{tab}').classList.contains('on')")
        tour.look(phone, "classroom:phone", f"live {tab}")
    phone.page.locator('[data-help="no_sound"]').click()
    phone.wait("() => document.querySelector('[data-part=\"helpstate\"]').textContent")
    tour.look(phone, "classroom:phone", "live called")
    head = tour.as_person(f"h{tour.point('live')['host']}")
    tour.stop(head, "operations:calls", "/operations/help", "waiting")
    submit(head, "td form button")
    tour.look(head, "operations:calls", "solved")
    tour.stop(tour.as_person("t01"), "operations:calls", "/operations/help", "none")


def lesson_pages(tour: Tour) -> None:
    """Ledger, lesson and reception, make-up, correction, cancelling."""
    officer = tour.as_person("o01")
    tour.stop(officer, "lessons:ledger", "/lessons/")
    tour.stop(officer, "lessons:cancel", f"/lessons/{tour.lesson('cancelled')['id']}/cancel")
    officer.page.locator("form.dialog textarea, form.dialog input[type=text]").first.fill("停电")
    submit(officer, "form.dialog button[type=submit]")
    tour.look(officer, "lessons:lesson", "cancelled")
    for state in ("before", "live", "ended", "missed"):
        tour.stop(officer, "lessons:lesson", f"/lessons/{tour.lesson(state)['id']}", state)
    head = tour.as_person(f"h{tour.point('ended')['host']}")
    head.go(f"/lessons/receptions/{tour.reception('ended')}")
    head.page.locator("details.correct summary").click()
    tour.look(head, "lessons:lesson", "correct")
    submit(head, "details.correct button[type=submit]")
    tour.look(head, "lessons:lesson", "correct refused")
    tour.stop(officer, "timetable:make-up", f"/timetable/receptions/{tour.reception('missed')}/make-up")
    officer.page.locator("form.panel input[value=other]").check()
    submit(officer, "form.panel button[type=submit]")
    tour.look(officer, "timetable:make-up", "refused")
    officer.page.locator("form.panel input[name=slot]").first.check()
    submit(officer, "form.panel button[type=submit]")
    officer.go(f"/lessons/receptions/{tour.reception('missed')}")
    tour.look(officer, "lessons:lesson", "made up")
    submit(officer, 'a[href*="cancel-make-up"]')
    tour.look(officer, "lessons:cancel-make-up")
    teacher = tour.as_person(tour.lesson("missed")["teacher"])
    tour.stop(teacher, "classroom:studio", f"/classroom/lessons/{tour.lesson('missed')['id']}/studio", "missed")
    teacher = tour.as_person(tour.lesson("cancelled")["teacher"])
    tour.stop(teacher, "classroom:studio", f"/classroom/lessons/{tour.lesson('cancelled')['id']}/studio", "cancelled")
    phone = phone_of(tour, "cancelled")
    tour.stop(phone, "classroom:phone", f"/classroom/receptions/{tour.reception('cancelled')}/phone", "cancelled")


def offices(tour: Tour) -> None:
    """People, roles, rooms, codes, alliances, and what is not there."""
    point, admin = tour.point("before"), tour.as_person("m01")
    tour.stop(admin, "access:people", "/people/")
    tour.stop(admin, "access:people", "/people/?text=zzz", "nobody")
    tour.stop(admin, "access:new-person", "/people/new")
    tour.stop(admin, "access:roles", f"/people/{point['person']}/roles")
    # The second point's local teacher has not signed in yet.
    head = tour.as_person(f"h{tour.point('before', 1)['host']}")
    head.go("/people/")
    submit(head, 'form[action$="/first-codes"] button')
    tour.look(head, "access:first-codes")
    head.go("/people/")
    submit(head, 'td form[action$="/code"] button')
    tour.look(head, "access:renew-code")
    tour.stop(head, "calendars:own", "/calendar/", "none")
    head.go("/timetable/")
    submit(head, 'form[action$="/calendar/subscribe"] button')
    tour.look(head, "calendars:subscribe")
    tour.stop(head, "calendars:own", "/calendar/")
    tour.stop(head, "access:rooms", "/rooms/")
    head.page.locator("details.menu summary.danger").first.click()
    tour.look(head, "access:rooms", "unbind")
    head.go("/rooms/")
    submit(head, 'form[action$="/code"] button')
    tour.look(head, "access:device-code")
    officer = tour.as_person("o01")
    tour.stop(officer, "alliances:list", "/alliances/")
    tour.stop(officer, "alliances:detail", f"/alliances/{tour.seeded['alliance']}")
    tour.stop(officer, "alliances:matches", "/alliances/matches")
    officer.page.locator('.pagehead a[href$="/profile"]').click()
    tour.look(officer, "alliances:profile")
    tour.stop(officer, "not found", "/nothing-here")
    auditor = tour.as_person("u01")
    tour.stop(auditor, "oversight:log", "/oversight/log")
    tour.stop(auditor, "oversight:log", "/oversight/log?who=zzz", "nothing")
    tour.stop(auditor, "oversight:catalogue", "/oversight/catalogue")
    tour.stop(auditor, "oversight:catalogue", "/oversight/catalogue?text=zzz", "nothing")


def home_pages(tour: Tour) -> None:
    """Today's page of each role, and the day's lessons."""
    local = tour.point("live")["local"]
    for user_name in ("t01", "h01", "m01", "o01", "r01", f"h{tour.point('live')['host']}", local):
        one = tour.as_person(user_name)
        one.page.set_viewport_size(DESK)
        tour.stop(one, "shell:today", "/", user_name)
        tour.stop(one, "classroom:lessons", "/classroom/lessons", user_name)
    one.page.locator("summary.who").click()
    tour.look(one, "classroom:lessons", "menu")


def timetables(tour: Tour) -> None:
    teacher, point = tour.as_person("t01"), tour.point("before")
    tour.stop(teacher, "timetable:teacher-week", f"/timetable/teachers/{tour.seeded['teacher']}")
    tour.stop(teacher, "timetable:teacher-week", f"/timetable/teachers/{tour.seeded['teacher']}?week=2020-W10", "empty")
    officer = tour.as_person("o01")
    tour.stop(officer, "timetable:class-week", f"/timetable/classes/{point['class']}")
    tour.stop(officer, "timetable:school-week", f"/timetable/schools/{point['school']}")
    tour.stop(officer, "timetable:room-week", f"/timetable/rooms/{point['room']}")
    tour.stop(officer, "timetable:studio-week", f"/timetable/studios/{tour.seeded['studio']}")
    tour.stop(officer, "timetable:county-week", "/timetable/counties/421223000000")


def recordings(tour: Tour) -> None:
    """The recording of the lesson that has ended."""
    teacher = tour.as_person(tour.lesson("ended")["teacher"])
    tour.stop(tour.as_person("t01"), "library:recordings", "/library/", "none")
    link = teacher.page.locator('main a[href^="/library/"]', has_text="茉莉花")
    for _try in range(45):
        teacher.go("/library/")
        if link.count():
            break
        teacher.page.wait_for_timeout(2000)
    tour.look(teacher, "library:recordings")
    submit(teacher, 'main li a[href^="/library/"]')
    teacher.wait("document.querySelector('lesson-replay video')?.readyState >= 1", 20)
    tour.look(teacher, "library:replay")
