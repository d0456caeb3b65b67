"""Writes of access: accounts, codes, devices, roles."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access import secrets
from tongtang.access.models import (
    Account,
    ActivationCode,
    ClassroomDevice,
    DeviceCode,
    Role,
    RoleAssignment,
    SignInFailure,
)
from tongtang.access.queries import login_of
from tongtang.foundation import clock
from tongtang.organisations.models import ReceivingRoom, Region, School
from tongtang.people.models import Person

ACTIVATION_LIFE = timedelta(days=30)
DEVICE_CODE_LIFE = timedelta(minutes=15)
THROTTLE_WINDOW = timedelta(minutes=15)
FAILURES_A_SUBJECT = 8
FAILURES_AN_ADDRESS = 200


class Refused(ValueError):
    """An access rule refused; the message is a sentence for the person."""


def check_throttle(subject: str, address: str) -> None:
    """Call before any secret is compared.

    The bound an address is high, since a school shares one; an account's own is low and ends by itself.

    Raises:
        Refused: too many failures in the last 15 minutes.
    """
    since = clock.now() - THROTTLE_WINDOW
    failures = SignInFailure.objects.filter(at__gte=since)
    if (
        failures.filter(subject=subject).count() >= FAILURES_A_SUBJECT
        or failures.filter(address=address).count() >= FAILURES_AN_ADDRESS
    ):
        raise Refused(_("Too many failed attempts. Wait 15 minutes, or ask the school head for a new activation code."))


def note_failure(subject: str, address: str) -> None:
    """Count a failed attempt."""
    SignInFailure.objects.create(subject=subject[:100], address=address, at=clock.now())


@transaction.atomic
def make_activation_code(person: Person) -> str:
    """A new one-time code for a person; earlier unused ones end. Returned once, kept as a hash."""
    now = clock.now()
    ActivationCode.objects.filter(person=person, used_at=None).delete()
    code = secrets.activation_code()
    ActivationCode.objects.create(
        person=person, code_hash=secrets.digest(code), made_at=now, expires_at=now + ACTIVATION_LIFE
    )
    return code


@transaction.atomic
def make_activation_codes(people: Sequence[Person]) -> dict[int, str]:
    """Codes for many people who have never signed in: person id -> code."""
    return {person.pk: make_activation_code(person) for person in people}


@transaction.atomic
def activate(*, county_code: int, user_name: str, code: str, password: str) -> Account:
    """First sign-in, or a new password, by a one-time code.

    Raises:
        Refused: unknown person, or a code that is wrong, used or expired (one sentence for all: nothing is given away).
    """
    row = (
        ActivationCode.objects.select_for_update()
        .filter(
            code_hash=secrets.digest(code.strip().upper()),
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
    return account


@transaction.atomic
def make_device_code(*, room: ReceivingRoom, made_by: Person) -> str:
    """Eight digits that bind one device to `room` within 15 minutes; an earlier code of the room ends."""
    DeviceCode.objects.filter(room=room, used_at=None).delete()
    code = secrets.device_code()
    DeviceCode.objects.create(
        room=room, code_hash=secrets.digest(code), made_by=made_by, expires_at=clock.now() + DEVICE_CODE_LIFE
    )
    return code


@transaction.atomic
def enrol_device(code: str) -> tuple[ClassroomDevice, str]:
    """Bind the asking device to the code's room. Returns the device and its secret (kept only as a hash).

    Raises:
        Refused: the code is wrong, used or older than 15 minutes.
    """
    row = (
        DeviceCode.objects.select_for_update()
        .filter(code_hash=secrets.digest(code.strip()), used_at=None, expires_at__gt=clock.now())
        .first()
    )
    if row is None:
        raise Refused(_("The code is wrong or older than 15 minutes. Make a new code on the page of the school."))
    row.used_at = clock.now()
    row.save(update_fields=["used_at"])
    secret = secrets.device_secret()
    device = ClassroomDevice.objects.create(room=row.room, secret_hash=secrets.digest(secret), enrolled_at=clock.now())
    return device, secret


def revoke_device(device: ClassroomDevice) -> None:
    """The device's secret is worth nothing from now on."""
    device.revoked_at = clock.now()
    device.save(update_fields=["revoked_at"])


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
def create_administrator(*, county: Region, user_name: str, name: str) -> tuple[Person, str]:
    """The first administrator of a county: a person, the role over the county, and a one-time code.

    Raises:
        Refused: the user name is taken by somebody of the county's files.
    """
    person, made = Person.objects.get_or_create(county_code=county.code, source_id=user_name, defaults={"name": name})
    if not made and not RoleAssignment.objects.filter(person=person, role=Role.SYSTEM_ADMINISTRATOR).exists():
        raise Refused(_("The user name %(name)s is taken. Choose another one.") % {"name": user_name})
    assign_region_role(person=person, role=Role.SYSTEM_ADMINISTRATOR, region=county)
    return person, make_activation_code(person)
