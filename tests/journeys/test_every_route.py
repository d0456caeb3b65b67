"""No page is left out: each route that renders a page stands in the `PAGES` of a journey, which audits its states.

`PAGES` of a journey is what it has to have looked at by its end, with axe, at both widths, and with the Tab key.
"""

from django.urls import get_resolver

from tests.journeys import (
    test_axe,
    test_county_access,
    test_county_factors,
    test_county_guardians,
    test_county_imports,
    test_county_orders,
    test_county_plans,
    test_pupils_sign_in,
)
from tests.test_matrix import ROUTES, routes_of_the_house

JOURNEYS = (
    test_axe,
    test_county_access,
    test_county_factors,
    test_county_guardians,
    test_county_imports,
    test_county_plans,
    test_county_orders,
    test_pupils_sign_in,
)
# Routes that answer a GET without a page: JSON, files, and addresses that lead on to a page of a journey.
NO_PAGES = {
    "classroom:studio-snapshot", "classroom:studio-rooms", "classroom:wall-snapshot", "classroom:phone-snapshot",
    "classroom:live-access", "classroom:worker", "timetable:week", "lessons:ledger-sheet", "lessons:lesson-sheet",
    "lessons:reception", "library:of-lesson", "library:media", "preparation:slide", "oversight:export",
    "access:pupil-pack", "access:pupil-worker", "shell:room-day", "consent:download", "exchange:findings",
    "exchange:differences", "timetable:worker", "timetable:places", "timetable:alliance-gauge", "calendars:feed",
    "calendars:sheet", "calendars:county-sheet", "calendars:alliance-sheet", "exchange:weeks-result",
}  # fmt: skip
# Posts that answer with a page of their own.
POSTED_PAGES = {
    "access:renew-code", "access:first-codes", "access:device-code", "access:class-code", "access:give-secrets",
    "access:recovery-codes", "consent:slips", "consent:slip",
    "calendars:subscribe",
}  # fmt: skip


def test_each_page_is_audited_by_a_journey() -> None:
    read = {row["name"] for row in ROUTES if row["method"] == "GET"}
    known = {name for name, _pattern in routes_of_the_house(get_resolver())}
    assert known >= NO_PAGES | POSTED_PAGES, "a route in the lists of this file is gone"
    audited = {name for journey in JOURNEYS for name in journey.PAGES}
    assert (known & read) - NO_PAGES | POSTED_PAGES == audited - {"not found"}
