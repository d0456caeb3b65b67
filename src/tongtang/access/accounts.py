"""Accounts that are not of the roster: opened by a slip, closed with the person; and the own password once more."""

from collections.abc import Iterable

from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tongtang.access.actor import person_subject
from tongtang.access.models import Account, RoleAssignment
from tongtang.access.queries import login_of
from tongtang.access.throttle import PASSWORD, Refused, address_of, attempt
from tongtang.foundation import clock
from tongtang.foundation.push import bus
from tongtang.people.models import Person


def open_account(*, person: Person, password: str) -> Account:
    """An account for a person who has none; its user name is the person's `source_id`."""
    account = Account(person=person, login=login_of(person.county_code, person.source_id))
    account.set_password(password)
    account.save()
    return account


def close_accounts(people: Iterable[Person]) -> int:
    """Nobody enters with these people's accounts any more, their roles end, their streams too; how many were closed."""
    keys = [person.pk for person in people]
    RoleAssignment.objects.filter(person__in=keys, valid_to=None).update(valid_to=clock.today())
    for key in keys:
        bus.revoke(person_subject(key))
    return Account.objects.filter(person__in=keys).update(is_active=False, password=make_password(None))


def check_own_password(request: HttpRequest, person_id: int, password: str) -> None:
    """The person at this browser types the own password once more before something that cannot be taken back.

    Raises:
        Refused: it is wrong, or was wrong too often.
    """
    account = Account.objects.get(person=person_id)
    with attempt(PASSWORD, f"confirm:{account.login}", address_of(request)):
        if not account.check_password(password):
            raise Refused(_("The password is wrong. Nothing was done. Type the password that you sign in with."))
