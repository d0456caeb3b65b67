"""Who stands behind a stream, with what holds now: for processes that serve somebody long after the request."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from tongtang.access.actor import Actor, Device, device_subject, person_subject
from tongtang.access.held import assignment_of, held_by
from tongtang.access.models import Account, ClassroomDevice


def subjects_of(actor: Actor) -> str:
    """The person and the device that ask, by the names that push and media know, with a blank between."""
    person = [person_subject(actor.person_id)] if actor.person_id is not None else []
    device = [device_subject(actor.device.id)] if actor.device is not None else []
    return " ".join([*person, *device])


def actors_now(subjects: Collection[str]) -> dict[str, Actor]:
    """Who each of `subjects_of` named, with today's roles, in three queries for all of them together.

    A person or device that may no longer enter has no part in its actor.
    """
    people = _people(_keys(subjects, "person"))
    devices = _devices(_keys(subjects, "device"))
    found = {}
    for named in subjects:
        actor = Actor()
        for kind, key in _parts(named):
            if kind == "person":
                actor = replace(people.get(key, Actor()), device=actor.device)
            elif kind == "device":
                actor = replace(actor, device=devices.get(key))
        found[named] = actor
    return found


def _parts(subjects: str) -> Iterable[tuple[str, int]]:
    for subject in subjects.split():
        kind, _, key = subject.partition(":")
        if key.isdecimal():
            yield kind, int(key)


def _keys(subjects: Iterable[str], wanted: str) -> set[int]:
    return {key for named in subjects for kind, key in _parts(named) if kind == wanted}


def _people(keys: Collection[int]) -> Mapping[int, Actor]:
    accounts = Account.objects.filter(person__in=keys) if keys else ()
    people = [account.person for account in accounts if account.may_enter]
    held = held_by([person.pk for person in people]) if people else {}
    return {
        person.pk: Actor(
            person.pk,
            person.name,
            person.county_code,
            tuple(assignment_of(row) for row in held.get(person.pk, ())),
        )
        for person in people
    }


def _devices(keys: Collection[int]) -> Mapping[int, Device]:
    bound = ClassroomDevice.objects.filter(pk__in=keys, revoked_at=None) if keys else ClassroomDevice.objects.none()
    return {
        row.pk: Device(row.pk, row.room_id, row.room.school_id, row.room.school.name, row.public_id)
        for row in bound.select_related("room__school")
    }
