"""A feed as text: one VEVENT a dated lesson.

One event a lesson and not a rule of repetition with exceptions: a lesson that is moved, even by another plan, stays the
same lesson, so its UID stays; and what a calendar shows is the timetable itself, holidays and make-up days included
(decision 21).
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from tongtang.exchange.models import CalendarEvent
from tongtang.foundation.clock import civil
from tongtang.timetable.api import Entry

PRODUCT = "-//Tongtang//Timetable//ZH"
REFRESH = "PT1H"
CANCELLED, CONFIRMED = "CANCELLED", "CONFIRMED"


def said_of(entry: Entry) -> dict[str, str]:
    """What a feed says of a lesson; no pupil and no number of pupils."""
    title = f"{entry.name} {entry.title}".strip()
    place = [entry.school, entry.studio] if entry.studio else [_room(entry)]
    words = _("Recording of %(teacher)s, %(school)s") if entry.recorded else _("Taught by %(teacher)s, %(school)s")
    told = words % {"teacher": entry.teacher, "school": entry.school} if entry.teacher else entry.school
    return {
        "summary": f"{title} · {entry.home_class}" if entry.home_class else title,
        "start": civil(entry.starts_at).isoformat(),
        "end": civil(entry.ends_at).isoformat(),
        "location": " ".join(part for part in place if part),
        "description": told,
        "status": CANCELLED if entry.cancelled else CONFIRMED,
    }


def _room(entry: Entry) -> str:
    return _("Receiving room %(number)d") % {"number": entry.room} if entry.room is not None else ""


def calendar_text(name: str, events: Iterable[CalendarEvent]) -> bytes:
    """The whole feed; the same events give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar["REFRESH-INTERVAL"] = REFRESH
    calendar["X-PUBLISHED-TTL"] = REFRESH
    for event in events:
        calendar.add_component(_event(event))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(kept: CalendarEvent) -> Event:
    event, said = Event(), kept.said
    event.add("uid", kept.uid)
    event.add("dtstamp", kept.changed_at)
    event.add("last-modified", kept.changed_at)
    event.add("sequence", kept.sequence)
    event.add("dtstart", civil(datetime.fromisoformat(said["start"])))
    event.add("dtend", civil(datetime.fromisoformat(said["end"])))
    for part in ("summary", "location", "description", "status"):
        event.add(part, said[part])
    return event
