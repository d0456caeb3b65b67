"""What the security administrator does: rules of sign-in, lost factors, closed accounts, sessions of a person."""

from django.db import transaction

from tongtang.access import factors, throttle
from tongtang.access.actor import Actor
from tongtang.access.models import Account, SignInPolicy
from tongtang.access.record import person_object, record
from tongtang.access.sessions import end_all_sessions
from tongtang.foundation import clock
from tongtang.people.models import Person


def kept_policy() -> SignInPolicy:
    """The row of the rules; made with the strictest ones where there is none."""
    return SignInPolicy.objects.get_or_create(pk=1)[0]


@transaction.atomic
def set_policy(*, actor: Actor | str, second_factor: str, idle_minutes: int) -> SignInPolicy:
    """The rules of sign-in from now on; sessions that run keep what they were asked."""
    row, _made = SignInPolicy.objects.update_or_create(
        pk=1,
        defaults={"second_factor": second_factor, "idle_minutes": idle_minutes, "changed_at": clock.now()},
    )
    detail = {"second_factor": second_factor, "idle_minutes": idle_minutes}
    record("security.policy", actor, "policy:sign-in", detail=detail)
    return row


@transaction.atomic
def reset(*, actor: Actor, person: Person, reason: str) -> None:
    """A lost telephone or key: all factors and sessions of the person end. The password stays as it is."""
    factors.reset_factors(person)
    for account in Account.objects.filter(person=person):
        end_all_sessions(account)
    record("security.reset_factors", actor, person_object(person), reason=reason)


@transaction.atomic
def unlock(*, actor: Actor, person: Person) -> int:
    """Open an account that too many failures have closed; how many failures are forgotten."""
    forgotten = 0
    for account in Account.objects.filter(person=person):
        forgotten += throttle.forgive(account.login)
    record("security.unlock", actor, person_object(person), detail={"failures": forgotten})
    return forgotten
