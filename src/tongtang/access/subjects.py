"""Who stands behind a stream, with what holds now: for processes that serve somebody long after the request."""

from dataclasses import replace

from tongtang.access.actor import Actor, Device, device_subject, person_subject
from tongtang.access.held import assignment_of, held_rows
from tongtang.access.models import Account, ClassroomDevice


def subjects_of(actor: Actor) -> str:
    """The person and the device that ask, by the names that push and media know, with a blank between."""
    person = [person_subject(actor.person_id)] if actor.person_id is not None else []
    device = [device_subject(actor.device.id)] if actor.device is not None else []
    return " ".join([*person, *device])


def actor_now(subjects: str) -> Actor:
    """Who `subjects_of` named, with today's roles; a person or device that may no longer enter has no part in it."""
    found = Actor()
    for subject in subjects.split():
        kind, _, key = subject.partition(":")
        if kind == "person":
            found = _with_person(found, int(key))
        elif kind == "device":
            found = replace(found, device=_device(int(key)))
    return found


def _with_person(actor: Actor, key: int) -> Actor:
    account = Account.objects.filter(person=key).first()
    if account is None or not account.may_enter:
        return actor
    person = account.person
    held = tuple(assignment_of(row) for row in held_rows(person.pk))
    return replace(
        actor, person_id=person.pk, display_name=person.name, county_code=person.county_code, assignments=held
    )


def _device(key: int) -> Device | None:
    row = ClassroomDevice.objects.filter(pk=key, revoked_at=None).select_related("room__school").first()
    return None if row is None else Device(row.pk, row.room_id, row.room.school_id, row.room.school.name, row.public_id)
