"""Reads of access; objects reach a view only through these."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from tongtang.access.actor import Actor
from tongtang.access.models import Account, ActivationCode, ClassroomDevice, DeviceCode, Role, RoleAssignment
from tongtang.access.policies import POLICY, Verb, standing
from tongtang.access.rules import visible
from tongtang.access.throttle import closed_subjects, login_of_subject
from tongtang.foundation import clock
from tongtang.organisations.models import Level, ReceivingRoom, Region, School
from tongtang.people.models import Person, Post


def people_for(actor: Actor, verb: Verb) -> QuerySet[Person]:
    """Staff to whom `actor` may do `verb`."""
    return visible(Person.objects.filter(ended_on=None), actor, POLICY[verb])


def person_for(actor: Actor, verb: Verb, public_id: UUID) -> Person:
    """One member of staff.

    Raises:
        Http404: there is none, or none to whom the actor may do this.
    """
    return get_object_or_404(people_for(actor, verb), public_id=public_id)


def rooms_for(actor: Actor, verb: Verb) -> QuerySet[ReceivingRoom]:
    """Receiving rooms to which `actor` may do `verb`."""
    rooms = ReceivingRoom.objects.filter(ended_on=None).select_related("school")
    return visible(rooms, actor, POLICY[verb]).order_by("school__source_id", "number")


def room_for(actor: Actor, verb: Verb, public_id: UUID) -> ReceivingRoom:
    """One receiving room; 404 as in `person_for`."""
    return get_object_or_404(rooms_for(actor, verb), public_id=public_id)


def device_for(actor: Actor, verb: Verb, public_id: UUID) -> ClassroomDevice:
    """One enrolled device of a room to which `actor` may do `verb`; 404 as in `person_for`."""
    rooms = visible(ReceivingRoom.objects.all(), actor, POLICY[verb])
    devices = ClassroomDevice.objects.filter(revoked_at=None, room__in=rooms.values("pk"))
    return get_object_or_404(devices.select_related("room__school"), public_id=public_id)


def schools_for(actor: Actor, verb: Verb) -> QuerySet[School]:
    """Schools at which `actor` may do `verb`."""
    return visible(School.objects.filter(ended_on=None), actor, POLICY[verb]).order_by("county_code", "source_id")


def regions_for(actor: Actor, verb: Verb) -> QuerySet[Region]:
    """Divisions from the county upwards in which `actor` may do `verb`."""
    rows = Region.objects.filter(level__lte=Level.COUNTY, valid_to=None)
    return visible(rows, actor, POLICY[verb]).order_by("code")


def counties() -> list[Region]:
    """Divisions whose people have user names here, for the choice at sign-in."""
    rows = Region.objects.filter(level__lte=Level.COUNTY)
    return list(rows.filter(Exists(Person.objects.filter(county_code=OuterRef("code")))).order_by("code"))


def account_of(county_code: int, user_name: str) -> Account | None:
    """The account of a teacher id within its county."""
    return Account.objects.filter(login=login_of(county_code, user_name)).first()


def login_of(county_code: int, user_name: str) -> str:
    """The house-wide login of a user name: "<six-digit county code>-<teacher id>"."""
    return f"{county_code // 10**6}-{user_name}"


def closed_accounts(actor: Actor) -> list[tuple[Person, int]]:
    """People whose factors the actor manages and whose account failures of the last minutes have closed; how many."""
    counts: Counter[str] = Counter()
    for subject, failures in closed_subjects():
        counts[login_of_subject(subject)] += failures
    mine = people_for(actor, Verb.MANAGE_FACTORS).filter(account__login__in=counts).select_related("account")
    return [(person, counts[person.account.login]) for person in mine]


@dataclass(frozen=True)
class StaffRow:
    """A person as the list shows them; `last_seen` None: never signed in, `waiting_until`: a code lies ready."""

    person: Person
    schools: Sequence[School]
    roles: Sequence[str]
    last_seen: datetime | None
    waiting_until: datetime | None
    may_renew: bool
    may_reset: bool


def never_signed_in(people: QuerySet[Person]) -> QuerySet[Person]:
    """Those of `people` who have no account, or one that was never used."""
    return people.filter(Q(account=None) | Q(account__last_login=None))


def listed_staff(actor: Actor, *, school: School | None, text: str, never: bool) -> QuerySet[Person]:
    """Staff whom the actor may see, those who never signed in first; `text` is part of a name or a user name."""
    rows = Person.objects.filter(pk__in=people_for(actor, Verb.VIEW).values("pk"))
    if school is not None:
        rows = rows.filter(pk__in=Post.objects.filter(standing(), school=school).values("person"))
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(source_id__icontains=text))
    if never:
        rows = never_signed_in(rows)
    return rows.order_by(F("account__last_login").asc(nulls_first=True), "county_code", "source_id")


def staff_rows(actor: Actor, people: Iterable[Person]) -> list[StaffRow]:
    """One page of the list, in eight queries whatever its length."""
    keys = [person.pk for person in people]
    renewable = set(people_for(actor, Verb.RENEW_CODE).filter(pk__in=keys).values_list("pk", flat=True))
    resettable = set(people_for(actor, Verb.MANAGE_FACTORS).filter(pk__in=keys).values_list("pk", flat=True))
    seen = dict(Account.objects.filter(person__in=keys).values_list("person", "last_login"))
    waiting = dict(living_codes().filter(person__in=keys).values_list("person", "expires_at"))
    # The actor's schools alone: a head does not read where else a teacher works.
    posts = Post.objects.filter(standing(), school__in=schools_for(actor, Verb.VIEW_STAFF).values("pk"))
    rows = Person.objects.filter(pk__in=keys).prefetch_related(
        Prefetch("posts", posts.select_related("school").order_by("school__source_id"), to_attr="standing_posts"),
        Prefetch("role_assignments", RoleAssignment.objects.filter(standing()), to_attr="standing_roles"),
    )
    found = {
        person.pk: StaffRow(
            person,
            [post.school for post in person.standing_posts],
            role_names({held.role for held in person.standing_roles}),
            seen.get(person.pk),
            waiting.get(person.pk),
            person.pk in renewable,
            person.pk in resettable,
        )
        for person in rows
    }
    return [found[key] for key in keys]


def role_names(roles: Iterable[str]) -> list[str]:
    """The words of roles, in the order of `Role`."""
    held = set(roles)
    return [str(role.label) for role in Role if role.value in held]


def living_codes() -> QuerySet[ActivationCode]:
    """Activation codes that still open."""
    return ActivationCode.objects.filter(used_at=None, expires_at__gt=clock.now())


def place_of_codes(code: int | None) -> str:
    """The name of the division with this code."""
    return Region.objects.filter(code=code or 0).values_list("name", flat=True).first() or ""


@dataclass(frozen=True)
class HeldRole:
    """A role of a person with its node and its days; `lent`: by delegation or as a substitute, so not ended here."""

    row: RoleAssignment
    region: Region | None

    @property
    def role(self) -> Role:
        return Role(self.row.role)

    @property
    def lent(self) -> bool:
        return self.row.delegated_from_id is not None or self.row.stands_in_for_id is not None

    @property
    def place(self) -> str:
        node = self.row.school or self.region
        return node.name if node else self.row.group_name


def roles_of(person: Person) -> list[HeldRole]:
    """What a person holds today, governing roles first."""
    rows = RoleAssignment.objects.filter(standing(), person=person).select_related("school")
    regions = Region.objects.in_bulk([row.code_low for row in rows if row.code_low is not None])
    held = [HeldRole(row, regions.get(row.code_low or 0)) for row in rows]
    return sorted(held, key=lambda one: (list(Role).index(one.role), one.place))


def ending_by(schools: QuerySet[School], regions: QuerySet[Region]) -> Q:
    """Roles at one of `schools` or over exactly one of `regions`, given there and not lent."""
    own = Q(delegated_from=None, stands_in_for=None)
    return own & (Q(school__in=schools) | Q(school=None, code_low__in=regions.values("code")))


@dataclass
class RoomRow:
    """A room with its enrolled devices, newest first, and until when a code of it lies ready."""

    room: ReceivingRoom
    devices: list[ClassroomDevice] = field(default_factory=list)
    waiting_until: datetime | None = None


def room_rows(rooms: Sequence[ReceivingRoom]) -> list[RoomRow]:
    """Rooms without a device first."""
    found = {room.pk: RoomRow(room) for room in rooms}
    for device in ClassroomDevice.objects.filter(room__in=found, revoked_at=None).order_by("-enrolled_at"):
        found[device.room_id].devices.append(device)
    codes = DeviceCode.objects.filter(room__in=found, used_at=None, expires_at__gt=clock.now())
    for room, expires_at in codes.values_list("room", "expires_at"):
        found[room].waiting_until = expires_at
    return sorted(found.values(), key=lambda row: bool(row.devices))
