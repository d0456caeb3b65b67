"""What a session still owes before it may go on: a second factor, its enrolment, a new password."""

from enum import StrEnum

from django.http import HttpRequest

from tongtang.access import sessions
from tongtang.access.actor import Actor
from tongtang.access.factors import factors_of
from tongtang.access.passwords import is_too_old
from tongtang.access.sign_in_policy import must_have_factor, sign_in_policy


class Due(StrEnum):
    """The page, by its name, to which a session is led first."""

    NOTHING = ""
    CODE = "second-factor"
    ENROL = "factors"
    PASSWORD = "own-password"  # noqa: S105 - the name of a page


def _factor_due(request: HttpRequest, actor: Actor) -> Due:
    if request.session.get(sessions.FACTOR_AT) is not None:
        return Due.NOTHING
    decided = sessions.fingerprint(actor)
    if request.session.get(sessions.CLEARED_FOR) == decided:
        return Due.NOTHING
    if factors_of(actor.person_key).any:
        return Due.CODE
    if must_have_factor(actor, sign_in_policy()):
        return Due.ENROL
    request.session[sessions.CLEARED_FOR] = decided
    return Due.NOTHING


def due_of(request: HttpRequest, actor: Actor) -> Due:
    """What comes before anything else on this session; asked once for each set of roles, then remembered."""
    owed = _factor_due(request, actor)
    if owed is Due.NOTHING and is_too_old(request):
        return Due.PASSWORD
    return owed
