"""How many failed attempts each way in bears; every check of a secret runs inside `attempt`."""

import ipaddress
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tongtang.access import entries
from tongtang.access.hashers import Busy
from tongtang.access.models import SignInFailure
from tongtang.foundation import clock

log = logging.getLogger(__name__)

WINDOW = timedelta(minutes=15)
FAILURES_AN_ADDRESS = 200
IPV6_SUBSCRIBER = 64


class Refused(ValueError):
    """An access rule refused; the message is a sentence for the person."""


@dataclass(frozen=True)
class Bound:
    """Failures in 15 minutes: of one subject from one address, and of one subject from anywhere."""

    here: int
    anywhere: int


# An account that is tried from elsewhere closes only to browsers that it has never signed in on: see `known_browser`.
PASSWORD = Bound(here=8, anywhere=20)
# 59 bits cannot be guessed; the bound keeps the log readable, and nobody can close somebody else's first sign-in.
ACTIVATION = Bound(here=10, anywhere=200)
# Whoever tries codes knows the password already. A million codes, three of them good at a time, 20 tries in 15 minutes.
SECOND_FACTOR = Bound(here=6, anywhere=20)
# One subject for all codes. 100 tries against n living codes of 10^8: n chances in a million each 15 minutes.
DEVICE_CODE = Bound(here=10, anywhere=100)


def _too_many(bound: Bound, subject: str, address: str) -> bool:
    recent = SignInFailure.objects.filter(at__gte=clock.now() - WINDOW)
    of_subject = recent.filter(subject=subject)
    return (
        of_subject.filter(address=address).count() > bound.here
        or of_subject.count() > bound.anywhere
        or recent.filter(address=address).count() > FAILURES_AN_ADDRESS
    )


@contextmanager
def attempt(bound: Bound, subject: str, address: str) -> Iterator[None]:
    """Run one check of a secret. It counts as failed from its start until it has succeeded.

    The row is committed before the rows are counted, so that of any number of attempts at the same time no more than
    the bound come through; therefore never inside a transaction. An attempt refused here is not counted.

    Raises:
        Refused: too many failures in the last 15 minutes; and whatever the check raises.
    """
    row = SignInFailure.objects.create(subject=subject[:100], address=address, at=clock.now())
    if _too_many(bound, row.subject, address):
        row.delete()
        log.warning("sign-in closed for 15 minutes: too many failures of %r or from %s", subject, address)
        raise Refused(_("Too many failed attempts. Wait 15 minutes, then try again."))
    try:
        yield
    except (Busy, ValidationError):
        # Nothing was checked, or the secret was right and the new password is what is wrong.
        row.delete()
        raise
    except Refused:
        entries.attempt_failed(row.subject)
        raise
    row.delete()


def closed_subjects() -> list[tuple[str, int]]:
    """Sign-in subjects that too many failures of the last 15 minutes have closed somewhere, and how many failures."""
    recent = SignInFailure.objects.filter(at__gte=clock.now() - WINDOW)
    counted = recent.values("subject").annotate(n=Count("pk")).filter(n__gte=SECOND_FACTOR.here)
    return list(counted.order_by("-n").values_list("subject", "n")[:200])


WAYS = ("activate", "change", "confirm", "factor")
"""What stands before the login in a subject that is not a password typed at sign-in."""


def login_of_subject(subject: str) -> str:
    """The login that a subject "[way:]login[#browser]" counts for."""
    way, colon, rest = subject.partition("#")[0].partition(":")
    return rest if colon and way in WAYS else f"{way}{colon}{rest}"


def forgive(login: str) -> int:
    """Forget the failures of a login, whatever the way in and the browser, so that it is open; how many there were."""
    subjects = [login, *(f"{way}:{login}" for way in WAYS)]
    whole = Q(subject__in=subjects)
    for subject in subjects:
        whole |= Q(subject__startswith=f"{subject}#")
    return SignInFailure.objects.filter(whole).delete()[0]


def address_of(request: HttpRequest) -> str:
    """Where a request came from: the visitor's address, of IPv6 the /64 that one line owns.

    Behind the front door the connection is a Unix socket without an address, and only then its header is believed.
    """
    for text in (request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Real-IP", "")):
        try:
            found = ipaddress.ip_address(text)
        except ValueError:
            continue
        if found.version == 4:
            return str(found)
        return str(ipaddress.ip_network((found, IPV6_SUBSCRIBER), strict=False))
    return "unknown"
