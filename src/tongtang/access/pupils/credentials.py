"""Writes about cards, PINs, pictures, class codes and rooms; each is in the audit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tongtang.access.actor import Actor
from tongtang.access.pupils import secrets
from tongtang.access.pupils.models import ClassCode, Means, PupilCredential, RoomClass
from tongtang.access.throttle import Refused
from tongtang.audit.api import append
from tongtang.foundation import clock
from tongtang.organisations.models import HomeClass, ReceivingRoom
from tongtang.people.api import pupils_of
from tongtang.people.models import Pupil

CLASS_CODE_LIFE = timedelta(minutes=30)
GIVEN = (Means.CARD, Means.PIN, Means.PICTURES)


@dataclass(frozen=True)
class Given:
    """A new secret of a pupil: on the page that prints it, and nowhere else."""

    pupil: Pupil
    secrets: dict[Means, str]


@transaction.atomic
def give(actor: Actor, home_class: HomeClass, pupils: Sequence[Pupil], means: Iterable[Means]) -> list[Given]:
    """New secrets of each of `means` for `pupils` of the class; their earlier ones of the same kind end."""
    wanted = [one for one in GIVEN if one in set(means)]
    now, key = clock.now(), secrets.class_key(home_class.public_id)
    given = [Given(pupil, {one: secrets.NEW[one]() for one in wanted}) for pupil in pupils]
    _end(PupilCredential.objects.filter(pupil__in=pupils, means__in=wanted))
    PupilCredential.objects.bulk_create(
        PupilCredential(
            pupil=one.pupil,
            home_class=home_class,
            means=kind,
            digest=secrets.digest_of(key, kind, one.pupil.public_id, secret),
            made_at=now,
            made_by_id=actor.person_id,
        )
        for one in given
        for kind, secret in one.secrets.items()
    )
    _assign_only_room(home_class)
    _note(actor, "pupil-secret.give", home_class, means=[str(one) for one in wanted], pupils=_ids(pupils))
    return given


@transaction.atomic
def revoke(actor: Actor, home_class: HomeClass, pupil: Pupil) -> int:
    """End all that a pupil can sign in with; how many that were."""
    ended = _end(PupilCredential.objects.filter(pupil=pupil))
    _note(actor, "pupil-secret.revoke", home_class, pupils=_ids([pupil]))
    return ended


def _end(rows: QuerySet[PupilCredential]) -> int:
    return rows.filter(revoked_at=None).update(revoked_at=clock.now())


@transaction.atomic
def make_class_code(actor: Actor, home_class: HomeClass) -> tuple[str, ClassCode]:
    """Six digits for the next 30 minutes, for each pupil of the class once; an earlier code ends."""
    now, code = clock.now(), secrets.new_class_code()
    ClassCode.objects.filter(home_class=home_class, expires_at__gt=now).update(expires_at=now)
    row = ClassCode.objects.create(
        home_class=home_class,
        code_digest=secrets.class_code_digest(home_class.public_id, code),
        made_by_id=actor.person_key,
        made_at=now,
        expires_at=now + CLASS_CODE_LIFE,
    )
    _note(actor, "class-code.make", home_class)
    return code, row


@transaction.atomic
def assign_rooms(actor: Actor, home_class: HomeClass, rooms: Sequence[ReceivingRoom]) -> None:
    """The class signs in in these rooms and in no other.

    Raises:
        Refused: a room of another school.
    """
    if any(room.school_id != home_class.school_id for room in rooms):
        raise Refused(_("This room belongs to another school. Choose a room of the class's own school."))
    RoomClass.objects.filter(home_class=home_class).exclude(room__in=rooms).delete()
    for room in rooms:
        RoomClass.objects.get_or_create(room=room, home_class=home_class)
    _note(actor, "sign-in-rooms.set", home_class, rooms=[str(room.public_id) for room in rooms])


def _assign_only_room(home_class: HomeClass) -> None:
    """Where a school has one room there is nothing to choose."""
    rooms = list(ReceivingRoom.objects.filter(school=home_class.school_id, ended_on=None)[:2])
    if len(rooms) == 1:
        RoomClass.objects.get_or_create(room=rooms[0], home_class=home_class)


def members(home_class: HomeClass) -> list[Pupil]:
    """Today's pupils of a class."""
    return list(pupils_of(home_class.pk, clock.today()))


def _ids(pupils: Sequence[Pupil]) -> list[str]:
    return [str(pupil.public_id) for pupil in pupils]


def _note(actor: Actor, action: str, home_class: HomeClass, **detail: list[str]) -> None:
    append(
        stream="access",
        action=action,
        actor=actor.subject,
        object=f"class:{home_class.public_id}",
        detail=dict(detail),
        school=home_class.school,
    )
