"""Reads of notices: everybody has the own ones."""

from django.db.models import QuerySet

from tongtang.access.api import Actor
from tongtang.notices.models import Notice


def notices_for(actor: Actor) -> QuerySet[Notice]:
    """What the actor was told, the newest first; nothing for a device."""
    if actor.person_id is None:
        return Notice.objects.none()
    return Notice.objects.filter(person=actor.person_id).order_by("-made_at", "-pk")


def unread_count(actor: Actor) -> int:
    """How many of the own notices the actor has not read; 0 for a device."""
    return notices_for(actor).filter(read_at=None).count()


def told_count(key: str) -> int:
    """How many people were told of an event."""
    return Notice.objects.filter(key=key).count()
