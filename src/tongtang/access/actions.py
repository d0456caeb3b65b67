"""Writes of access: accounts, codes, devices, roles."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import cache

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access import entries, secrets
from tongtang.access.actor import Actor, device_subject, person_subject
from tongtang.access.models import Account, ActivationCode, ClassroomDevice, DeviceCode, Role, RoleAssignment
from tongtang.access.queries import account_of, login_of
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


def end_streams(actor: Actor) -> None:
    """Somebody signs out: their pages are told nothing more; their other browsers ask for new tickets."""
    if actor.person_id is not None:
        entries.signed_out(actor.person_id)
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
    account.set_password(password)
    account.save()
    bus.revoke(person_subject(row.person_id))
    return account


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


def assign_school_role(*, person: Person, role: Role, school: School) -> RoleAssignment:
    """A role at one school from today; the same one again changes nothing."""
    row, _made = RoleAssignment.objects.get_or_create(
        person=person, role=role, school=school, valid_to=None, defaults={"valid_from": clock.today()}
    )
    return row


def assign_region_role(*, person: Person, role: Role, region: Region) -> RoleAssignment:
    """A role over all schools that the bureaus in `region` manage; the same one again changes nothing."""
    low, high = region.span
    row, _made = RoleAssignment.objects.get_or_create(
        person=person, role=role, code_low=low, code_high=high, valid_to=None, defaults={"valid_from": clock.today()}
    )
    return row


@transaction.atomic
def end_role(*, person: Person, role: Role, school: School | None = None, region: Region | None = None) -> int:
    """End a role at a school or in a region now; how many assignments ended. The person's streams end."""
    low, high = region.span if region else (None, None)
    held = RoleAssignment.objects.filter(
        person=person, role=role, school=school, code_low=low, code_high=high, valid_to=None
    )
    bus.revoke(person_subject(person.pk))
    return held.update(valid_to=clock.today() - timedelta(days=1))


@transaction.atomic
def add_person(*, county: Region, user_name: str, name: str) -> Person:
    """Somebody of an office, who is not in the county's files and has no post at a school.

    Raises:
        Refused: the user name is taken.
    """
    person, made = Person.objects.get_or_create(county_code=county.code, source_id=user_name, defaults={"name": name})
    if not made:
        raise Refused(_("The user name %(name)s is taken. Choose another one.") % {"name": user_name})
    return person


@transaction.atomic
def create_administrator(*, county: Region, user_name: str, name: str) -> tuple[Person, str]:
    """The first administrator of a county: a person, the role over the county, and a one-time code.

    The same one again gets a new code; anybody else of that name is refused.

    Raises:
        Refused: the user name is taken by somebody else.
    """
    person, made = Person.objects.get_or_create(county_code=county.code, source_id=user_name, defaults={"name": name})
    if not made and not RoleAssignment.objects.filter(person=person, role=Role.SYSTEM_ADMINISTRATOR).exists():
        raise Refused(_("The user name %(name)s is taken. Choose another one.") % {"name": user_name})
    assign_region_role(person=person, role=Role.SYSTEM_ADMINISTRATOR, region=county)
    return person, make_activation_code(person)
