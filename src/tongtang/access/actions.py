"""Writes of access: accounts, codes, devices, roles."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access import entries, secrets
from tongtang.access.actor import Actor, device_subject, person_subject
from tongtang.access.models import (
    ALWAYS_DATED,
    POWERS,
    Account,
    ActivationCode,
    ClassroomDevice,
    DeviceCode,
    Role,
    RoleAssignment,
)
from tongtang.access.passwords import set_password
from tongtang.access.powers import require_one_power
from tongtang.access.queries import account_of, login_of
from tongtang.access.record import person_object, record
from tongtang.access.sessions import end_all_sessions
from tongtang.access.throttle import Refused
from tongtang.foundation import clock
from tongtang.foundation.push import bus
from tongtang.organisations.models import ReceivingRoom, Region, School
from tongtang.people.models import Person

ACTIVATION_LIFE = timedelta(days=30)
DEVICE_CODE_LIFE = timedelta(minutes=15)
BATCH = 500


@cache
def _hash_of_nobody() -> str:
    return make_password(secrets.device_secret())


def check_sign_in(*, county_code: int, user_name: str, password: str) -> Account:
    """The account of a user name and its password; the time taken does not tell whether the user name exists.

    Raises:
        Refused: unknown, wrong, not yet activated, or gone: one sentence for all.
    """
    account = account_of(county_code, user_name)
    if account is None:
        check_password(password, _hash_of_nobody())
    elif account.check_password(password) and account.may_enter:
        return account
    raise Refused(_("User name or password is wrong. Check both; after a first sign-in code, use your own password."))


def sign_out(actor: Actor) -> None:
    """Somebody signs out: their pages are told nothing more."""
    if actor.person_id is not None:
        entries.signed_out(actor.person_id)
    end_streams(actor)


def end_streams(actor: Actor) -> None:
    """The streams of a person end; browsers that are still signed in ask for new tickets."""
    if actor.person_id is not None:
        bus.revoke(person_subject(actor.person_id))


def make_activation_code(person: Person, *, by: str = "system") -> str:
    """A new one-time code for a person; earlier unused ones end. Returned once, kept as a hash."""
    return make_activation_codes([person], by=by)[person.pk]


@transaction.atomic
def make_activation_codes(people: Sequence[Person], *, by: str = "system") -> dict[int, str]:
    """New one-time codes, made `by` a subject: person id -> code; earlier unused ones of these people end."""
    now = clock.now()
    codes = {person.pk: secrets.readable_secret() for person in people}
    for batch in _batches(list(codes)):
        ActivationCode.objects.filter(person__in=batch, used_at=None).delete()
    ActivationCode.objects.bulk_create(
        [
            ActivationCode(person_id=pk, code_hash=secrets.digest(code), made_at=now, expires_at=now + ACTIVATION_LIFE)
            for pk, code in codes.items()
        ],
        batch_size=BATCH,
    )
    entries.codes_made(people, by)
    return codes


def _batches(keys: Sequence[int]) -> Iterable[Sequence[int]]:
    return (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))


@transaction.atomic
def activate(*, county_code: int, user_name: str, code: str, password: str) -> Account:
    """First sign-in, or a new password, by a one-time code; sessions and streams of the old password end.

    Raises:
        ValidationError: the code is right, and stays good; the password is easy to guess for this person.
        Refused: unknown person, or a code that is wrong, used or expired (one sentence for all: nothing is given away).
    """
    row = (
        ActivationCode.objects.select_for_update()
        .filter(
            code_hash=secrets.digest(secrets.typed_activation_code(code)),
            used_at=None,
            expires_at__gt=clock.now(),
            person__county_code=county_code,
            person__source_id=user_name,
            person__ended_on=None,
        )
        .select_related("person")
        .first()
    )
    if row is None:
        raise Refused(_("User name or activation code is wrong or out of date. Ask the school head for a new code."))
    row.used_at = clock.now()
    row.save(update_fields=["used_at"])
    account, _made = Account.objects.get_or_create(
        person=row.person, defaults={"login": login_of(county_code, user_name)}
    )
    validate_password(password, account)
    set_password(account, password)
    end_all_sessions(account)
    record("account.activate", person_subject(row.person_id), person_object(row.person))
    return account


@transaction.atomic
def change_password(*, account: Account, old: str, new: str, session_key: str) -> None:
    """Another password of one's own; sessions on other browsers end.

    Raises:
        Refused: the old one is wrong.
    """
    if not account.check_password(old):
        raise Refused(_("The present password is wrong. Type it again."))
    set_password(account, new)
    end_all_sessions(account, but=session_key)
    record("account.password", person_subject(account.person_id), person_object(account.person))


@transaction.atomic
def make_device_code(*, room: ReceivingRoom, made_by: Person) -> str:
    """Eight digits that bind one device to `room` within 15 minutes; an earlier code of the room ends.

    No two living codes are the same: a code leads to one room.
    """
    now = clock.now()
    DeviceCode.objects.filter(room=room, used_at=None).delete()
    DeviceCode.objects.filter(expires_at__lte=now, used_at=None).delete()
    code = secrets.device_code()
    while DeviceCode.objects.filter(code_hash=secrets.digest(code)).exists():
        code = secrets.device_code()
    DeviceCode.objects.create(
        room=room, code_hash=secrets.digest(code), made_by=made_by, expires_at=now + DEVICE_CODE_LIFE
    )
    entries.room_code_made(room, made_by.pk)
    return code


@transaction.atomic
def enrol_device(code: str, *, instead_of: int | None = None) -> tuple[ClassroomDevice, str]:
    """Bind the asking device to the code's room. Returns the device and its secret (kept only as a hash).

    `instead_of` is the device that it was until now, which is revoked.

    Raises:
        Refused: the code is wrong, used or older than 15 minutes.
    """
    row = (
        DeviceCode.objects.select_for_update()
        .filter(code_hash=secrets.digest(code), used_at=None, expires_at__gt=clock.now(), room__ended_on=None)
        .first()
    )
    if row is None:
        raise Refused(_("The code is wrong or older than 15 minutes. Make a new code on the page of the school."))
    row.used_at = clock.now()
    row.save(update_fields=["used_at"])
    if instead_of is not None:
        revoke_device(ClassroomDevice.objects.get(pk=instead_of), by=device_subject(instead_of))
    secret = secrets.device_secret()
    device = ClassroomDevice.objects.create(room=row.room, secret_hash=secrets.digest(secret), enrolled_at=clock.now())
    entries.device_bound(device)
    return device, secret


@transaction.atomic
def revoke_device(device: ClassroomDevice, *, by: str = "system") -> None:
    """The device's secret is worth nothing from now on, and its streams end."""
    device.revoked_at = clock.now()
    device.save(update_fields=["revoked_at"])
    bus.revoke(device_subject(device.pk))
    entries.device_revoked(device, by)


@transaction.atomic
def assign_school_role(
    *, person: Person, role: Role, school: School, given_by: Actor | None = None, until: date | None = None
) -> RoleAssignment:
    """A role at one school from today; the same one again changes nothing."""
    return _assign(person, role, given_by, until, school=school)


@transaction.atomic
def assign_region_role(
    *, person: Person, role: Role, region: Region, given_by: Actor | None = None, until: date | None = None
) -> RoleAssignment:
    """A role over all schools that the bureaus in `region` manage; the same one again changes nothing."""
    low, high = region.span
    return _assign(person, role, given_by, until, code_low=low, code_high=high)


@transaction.atomic
def assign_group_role(
    *, person: Person, role: Role, group: UUID, name: str, until: date, given_by: Actor | None = None
) -> RoleAssignment:
    """A role at a group of schools that a context above owns, until a day: an expert of an alliance."""
    return _assign(person, role, given_by, until, group=group, group_name=name)


def _assign(person: Person, role: Role, given_by: Actor | None, until: date | None, **node: Any) -> RoleAssignment:
    """Give a role from today.

    Raises:
        Refused: a second of the three powers, or a last day that is over; a guest's role needs one.
    """
    today = clock.today()
    if until is None and role in ALWAYS_DATED:
        raise Refused(_("This role ends by a date. Choose the last day."))
    if until is not None and until < today:
        raise Refused(_("The last day is over. Choose a later one."))
    require_one_power(person, role, today, until)
    row, made = RoleAssignment.objects.get_or_create(
        person=person,
        role=role,
        valid_to=until,
        stands_in_for=None,
        delegated_from=None,
        **node,
        defaults={"valid_from": today, "given_by_id": given_by.person_id if given_by else None},
    )
    if made:
        detail = {"role": role.value, "assignment": str(row.public_id), "to": until.isoformat() if until else None}
        record("role.give", given_by or "system", person_object(person), detail=detail)
    return row


@transaction.atomic
def end_role(*, actor: Actor, row: RoleAssignment) -> None:
    """End a role now, and with it what was lent from it. The person's streams end."""
    row.valid_to = clock.today() - timedelta(days=1)
    row.save(update_fields=["valid_to"])
    for held in (row, *row.delegations.all()):
        bus.revoke(person_subject(held.person_id))
    record("role.end", actor, person_object(row.person), detail={"role": row.role, "assignment": str(row.public_id)})


@transaction.atomic
def add_person(*, actor: Actor, county: Region, user_name: str, name: str) -> Person:
    """Somebody of an office, who is not in the county's files and has no post at a school.

    Raises:
        Refused: the user name is taken.
    """
    person, made = Person.objects.get_or_create(county_code=county.code, source_id=user_name, defaults={"name": name})
    if not made:
        raise Refused(_("The user name %(name)s is taken. Choose another one.") % {"name": user_name})
    record("person.add", actor, person_object(person))
    return person


@transaction.atomic
def create_administrator(
    *, county: Region, user_name: str, name: str, power: Role = Role.SYSTEM_ADMINISTRATOR
) -> tuple[Person, str]:
    """A holder of one of the three powers over a region: a person, the role, and a one-time code.

    The same one again gets a new code; anybody else of that name is refused.

    Raises:
        Refused: the user name is taken by somebody else, or its owner holds another power.
    """
    person, made = Person.objects.get_or_create(county_code=county.code, source_id=user_name, defaults={"name": name})
    if not made and not RoleAssignment.objects.filter(person=person, role__in=POWERS).exists():
        raise Refused(_("The user name %(name)s is taken. Choose another one.") % {"name": user_name})
    assign_region_role(person=person, role=power, region=county)
    return person, make_activation_code(person)
