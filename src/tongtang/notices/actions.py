"""Telling people, and their taking note."""

from collections.abc import Collection
from uuid import UUID

from tongtang.access.api import Actor
from tongtang.foundation import clock
from tongtang.notices.models import Notice
from tongtang.notices.queries import notices_for

LONGEST = 500


def tell(people: Collection[int], key: str, text: str) -> int:
    """Tell each person, by key of Person, once of the event `key`; how many were told now.

    Rolls back with the change that it tells of. Telling again changes nothing.
    """
    wanted = set(people)
    known = set(Notice.objects.filter(key=key, person__in=wanted).values_list("person_id", flat=True))
    fresh = sorted(wanted - known)
    now = clock.now()
    Notice.objects.bulk_create(
        [Notice(person_id=person, key=key, text=text[:LONGEST], made_at=now) for person in fresh],
        # Two tellers at once: the second one tells nobody.
        ignore_conflicts=True,
    )
    return len(fresh)


def take_note(actor: Actor, key: str) -> bool:
    """The actor has read what was told of an event; whether it was unread."""
    unread = Notice.objects.filter(person=actor.person_id, key=key, read_at=None)
    return actor.person_id is not None and bool(unread.update(read_at=clock.now()))


def take_note_of(actor: Actor, notice: UUID | None) -> int:
    """The actor has read one of the own notices (None: all of them); how many were unread."""
    unread = notices_for(actor).filter(read_at=None)
    if notice is not None:
        unread = unread.filter(public_id=notice)
    return unread.update(read_at=clock.now())
