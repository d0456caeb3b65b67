"""Reads of pupils' sign-in; objects reach a view only through these."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from tongtang.access.actor import Actor
from tongtang.access.pupils.credentials import GIVEN, members
from tongtang.access.pupils.models import ClassCode, Means, PupilCredential, PupilSession, RoomClass
from tongtang.access.pupils.policies import POLICY, Verb
from tongtang.access.rules import visible
from tongtang.foundation import clock
from tongtang.organisations.models import HomeClass, ReceivingRoom
from tongtang.people.models import Enrolment, Pupil


def classes_for(actor: Actor, verb: Verb) -> QuerySet[HomeClass]:
    """Classes to which `actor` may do `verb`."""
    rows = HomeClass.objects.filter(ended_on=None).select_related("school")
    return visible(rows, actor, POLICY[verb]).order_by("school__source_id", "source_id")


def class_for(actor: Actor, verb: Verb, public_id: UUID) -> HomeClass:
    """One class.

    Raises:
        Http404: there is none, or none to which the actor may do this.
    """
    return get_object_or_404(classes_for(actor, verb), public_id=public_id)


def pupil_of_class(home_class: HomeClass, public_id: UUID) -> Pupil:
    """A pupil who is in the class today; 404 as in `class_for`."""
    return get_object_or_404(
        Pupil.objects.filter(pk__in=[pupil.pk for pupil in members(home_class)]), public_id=public_id
    )


def oneself_for(actor: Actor, verb: Verb) -> Pupil:
    """The pupil whose page is open; 404 as in `class_for`."""
    return get_object_or_404(visible(Pupil.objects.all(), actor, POLICY[verb]))


@dataclass
class ClassRow:
    """A class in the teacher's list; `ready` of its `pupils` have something to sign in with."""

    home_class: HomeClass
    rooms: list[int] = field(default_factory=list)
    pupils: int = 0
    ready: int = 0
    today: int = 0

    @property
    def missing(self) -> int:
        return self.pupils - self.ready


def class_rows(classes: Sequence[HomeClass]) -> list[ClassRow]:
    """Rows of the teacher's list, in four queries."""
    found = {one.pk: ClassRow(one) for one in classes}
    for home_class, number in RoomClass.objects.filter(home_class__in=found).values_list("home_class", "room__number"):
        found[home_class].rooms.append(number)
    day = clock.today()
    members_of: dict[int, set[int]] = defaultdict(set)
    enrolled = Enrolment.objects.filter(home_class__in=found, valid_from__lte=day, pupil__ended_on=None)
    for home_class, pupil in enrolled.exclude(valid_to__lt=day).values_list("home_class", "pupil"):
        members_of[home_class].add(pupil)
    ready = PupilCredential.objects.filter(home_class__in=found, revoked_at=None).values_list("home_class", "pupil")
    signed = PupilSession.objects.filter(home_class__in=found, day=day).values_list("home_class", "pupil")
    with_secret, here = set(ready), set(signed)
    for key, row in found.items():
        row.pupils = len(members_of[key])
        row.ready = sum((key, pupil) in with_secret for pupil in members_of[key])
        row.today = sum((key, pupil) in here for pupil in members_of[key])
    return list(found.values())


@dataclass(frozen=True)
class PupilRow:
    """A pupil on the class's page: what they can sign in with, and when they last did today."""

    pupil: Pupil
    means: dict[Means, datetime | None]
    signed_at: datetime | None

    @property
    def ready(self) -> bool:
        return any(self.means.values())


def pupil_rows(home_class: HomeClass) -> list[PupilRow]:
    """Everybody of the class today, in three queries."""
    pupils = members(home_class)
    made: dict[int, dict[str, datetime]] = defaultdict(dict)
    living = PupilCredential.objects.filter(pupil__in=pupils, home_class=home_class, revoked_at=None)
    for pupil, means, at in living.values_list("pupil", "means", "made_at"):
        made[pupil][means] = at
    signed = PupilSession.objects.filter(home_class=home_class, day=clock.today()).order_by("signed_at")
    last = dict(signed.values_list("pupil", "signed_at"))
    return [PupilRow(one, {kind: made[one.pk].get(kind) for kind in GIVEN}, last.get(one.pk)) for one in pupils]


@dataclass(frozen=True)
class RoomChoice:
    """A room of the class's school and whether the class signs in there."""

    room: ReceivingRoom
    chosen: bool


def room_choices(home_class: HomeClass) -> list[RoomChoice]:
    """Rooms of the class's school."""
    chosen = set(RoomClass.objects.filter(home_class=home_class).values_list("room", flat=True))
    rooms = ReceivingRoom.objects.filter(school=home_class.school_id, ended_on=None)
    return [RoomChoice(room, room.pk in chosen) for room in rooms]


def living_class_code(home_class: HomeClass) -> ClassCode | None:
    """The class code that still opens."""
    return ClassCode.objects.filter(home_class=home_class, expires_at__gt=clock.now()).first()
