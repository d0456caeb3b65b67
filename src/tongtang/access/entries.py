"""What sign-in, codes and devices leave in the audit chain. A typed name that is no account's is not kept.

Whoever mistypes may have typed a password into the field of the name.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from tongtang.access.actor import device_subject, person_subject
from tongtang.access.models import Account, ClassroomDevice
from tongtang.audit.api import append, append_all, written
from tongtang.organisations.models import ReceivingRoom
from tongtang.people.models import Person

STREAM = "access"


def person_object(person: Person) -> str:
    """How an entry names a member of staff."""
    return f"person:{person.public_id}"


@receiver(user_logged_in)
def signed_in(sender: object, user: Account, **more: Any) -> None:
    """A session has begun, whatever it was opened with."""
    _of_session("session.begun", user.person)


def signed_out(person_id: int) -> None:
    """A session was ended by its owner."""
    _of_session("session.ended", Person.objects.get(pk=person_id))


def _of_session(action: str, person: Person) -> None:
    append(stream=STREAM, action=action, actor=person_subject(person.pk), object=person_object(person))


def attempt_failed(subject: str) -> None:
    """A secret was wrong. `subject` is what the throttle counts by: "[way:]login[#browser]" or a way alone."""
    way, _colon, login = subject.partition("#")[0].rpartition(":")
    account = Account.objects.filter(login=login).first()
    append(
        stream=STREAM,
        action="session.failed",
        actor="nobody",
        object=person_object(account.person) if account else "person:unknown",
        result="refused",
        detail={"way": way or ("password" if account else "unknown")},
    )


def codes_made(people: Sequence[Person], by: str) -> None:
    """One-time codes were made for these people."""
    single = len(people) == 1
    append_all(
        STREAM,
        [
            written(
                action="code.made",
                actor=by,
                object=person_object(person),
                # The school of one person is looked up; of many, their county is enough.
                region_code=None if single else person.county_code,
            )
            for person in people
        ],
    )


def room_code_made(room: ReceivingRoom, by: int) -> None:
    """A code that binds a device was shown."""
    append(
        stream=STREAM,
        action="device.code_made",
        actor=person_subject(by),
        object=f"room:{room.public_id}",
        school=room.school,
    )


def device_bound(device: ClassroomDevice) -> None:
    _of_device("device.bound", device_subject(device.pk), device)


def device_revoked(device: ClassroomDevice, by: str) -> None:
    _of_device("device.revoked", by, device)


def _of_device(action: str, by: str, device: ClassroomDevice) -> None:
    append(
        stream=STREAM,
        action=action,
        actor=by,
        object=f"device:{device.public_id}",
        detail={"room": str(device.room.public_id)},
        school=device.room.school,
    )
