"""The three separated powers: system, security, audit. Nobody holds two on one day; the database refuses it too."""

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from tongtang.access.models import POWERS, Role, RoleAssignment
from tongtang.access.throttle import Refused
from tongtang.people.models import Person


def require_one_power(person: Person, role: Role, first: date, last: date | None) -> None:
    """Nothing, where `person` may hold `role` from `first` to `last` (None: without end).

    Call it inside the transaction that gives the role: the person's row is locked, so that no two pass at once.

    Raises:
        Refused: it is one of the three powers, and the person holds another one on one of these days.
    """
    if role not in POWERS:
        return
    Person.objects.select_for_update().get(pk=person.pk)
    meets = Q(valid_to=None) | Q(valid_to__gte=first)
    if last is not None:
        meets &= Q(valid_from__lte=last)
    others = [power for power in POWERS if power is not role]
    if RoleAssignment.objects.filter(meets, person=person, role__in=others).exists():
        raise Refused(_("System, security and audit are three powers: nobody holds two. Choose another person."))
