"""Feeds: made by whoever may see that week, read by whoever has the address, revoked by their owner."""

import secrets
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from tongtang.access.api import Actor, actors_now, digest
from tongtang.exchange.calendars.render import CANCELLED, calendar_text, said_of
from tongtang.exchange.models import CalendarEvent, CalendarFeed
from tongtang.foundation import clock
from tongtang.people.models import Person
from tongtang.timetable import api as timetable
from tongtang.timetable.api import Entry

Kind = CalendarFeed.Kind
# A calendar keeps what it was told; nothing is told again of lessons that lie further back.
BACK, AHEAD = timedelta(days=60), timedelta(days=400)
HOST = "tongtang"


Days = tuple[date, date]
# How the actor reaches the thing (else 404), and what is taught or received there.
REACHED: dict[str, Callable[[Actor, UUID], Any]] = {
    Kind.CLASS: timetable.class_for,
    Kind.TEACHER: timetable.teacher_for,
    Kind.SCHOOL: timetable.school_for,
    Kind.ROOM: timetable.room_for,
    Kind.STUDIO: timetable.studio_for,
}
ENTRIES: dict[str, Callable[[Any, Days], list[Entry]]] = {
    Kind.CLASS: timetable.class_entries,
    Kind.TEACHER: timetable.teacher_entries,
    Kind.SCHOOL: timetable.school_entries,
    Kind.ROOM: timetable.room_entries,
    Kind.STUDIO: timetable.studio_entries,
}


def name_of(kind: str, thing: Any) -> str:
    """The feed's name in a calendar."""
    if kind in (Kind.CLASS, Kind.STUDIO):
        return f"{thing.school.name} {thing.name}"
    if kind == Kind.ROOM:
        return "{} {}".format(thing.school.name, _("Room %(number)d") % {"number": thing.number})
    return str(thing.name)


def thing_of(actor: Actor, kind: str, of: UUID) -> Any:
    """What a feed is about.

    Raises:
        Http404: there is no such kind or thing, or its week is not the actor's to see.
    """
    if kind not in REACHED:
        raise Http404
    return REACHED[kind](actor, of)


def make_feed(*, actor: Actor, owner: Person, kind: str, of: UUID) -> tuple[CalendarFeed, str]:
    """A feed and its secret, which is told this once.

    Raises:
        Http404: as `thing_of`.
    """
    thing_of(actor, kind, of)
    secret = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(kind=kind, of=of, owner=owner, secret_hash=digest(secret), made_at=clock.now())
    return feed, secret


def feeds_of(actor: Actor) -> QuerySet[CalendarFeed]:
    """The actor's own feeds that still answer, the newest first."""
    return CalendarFeed.objects.filter(owner=actor.person_id, revoked_at=None).order_by("-made_at", "-pk")


def revoke_feed(feed: CalendarFeed) -> None:
    CalendarFeed.objects.filter(pk=feed.pk, revoked_at=None).update(revoked_at=clock.now())


@transaction.atomic
def text_of(secret: str) -> bytes:
    """The feed of an address, as its owner may see it today.

    Raises:
        Http404: no feed has this secret, it was revoked, or its owner may no longer see that week.
    """
    feed = get_object_or_404(CalendarFeed.objects.select_for_update(), secret_hash=digest(secret), revoked_at=None)
    subject = f"person:{feed.owner_id}"
    thing = thing_of(actors_now([subject])[subject], feed.kind, feed.of)
    today = clock.today()
    days = (today - BACK, today + AHEAD)
    events = _told(feed, ENTRIES[feed.kind](thing, days), days)
    return calendar_text(name_of(feed.kind, thing), events)


def _told(feed: CalendarFeed, entries: list[Entry], days: Days) -> list[CalendarEvent]:
    """The events of today's timetable; what was told once and is there no more is told as cancelled."""
    now = clock.now()
    kept = {event.uid: event for event in feed.events.all()}
    said = {_uid(feed, entry): said_of(entry) for entry in entries}
    for uid, event in kept.items():
        if uid not in said and event.said["start"][:10] >= days[0].isoformat():
            said[uid] = {**event.said, "status": CANCELLED}
    fresh = [
        CalendarEvent(feed=feed, uid=uid, said=one, changed_at=now) for uid, one in said.items() if uid not in kept
    ]
    changed = [kept[uid] for uid, one in said.items() if uid in kept and kept[uid].said != one]
    for event in changed:
        event.said, event.sequence, event.changed_at = said[event.uid], event.sequence + 1, now
    CalendarEvent.objects.bulk_create(fresh)
    CalendarEvent.objects.bulk_update(changed, ["said", "sequence", "changed_at"], batch_size=200)
    told = {**kept, **{event.uid: event for event in fresh}}
    return sorted((told[uid] for uid in said), key=lambda event: (event.said["start"], event.uid))


def _uid(feed: CalendarFeed, entry: Entry) -> str:
    """A lesson is one event of a teacher; in a school or a room each class that receives it is one.

    What a school teaches stays the same event whoever teaches it.
    """
    whose = "" if feed.kind in (Kind.CLASS, Kind.TEACHER, Kind.STUDIO) else f"-{_key(entry.whose)}"
    return f"{entry.public_id}{whose}@{HOST}"


def _key(whose: object) -> str:
    if isinstance(whose, tuple):
        kind, key = whose
        return f"{kind}-{key}" if kind == "class" else str(kind)
    return str(whose)
