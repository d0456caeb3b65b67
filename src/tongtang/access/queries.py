"""Reads of access; objects reach a view only through these."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from tongtang.access.actor import Actor
from tongtang.access.models import Account
from tongtang.access.policies import POLICY, Verb
from tongtang.access.rules import visible
from tongtang.organisations.models import ReceivingRoom, Region, School
from tongtang.people.models import Person


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


def counties() -> list[Region]:
    """Counties that have schools here, for the choice at sign-in."""
    codes = School.objects.values_list("region_code", flat=True).distinct()
    return list(Region.objects.filter(code__in=codes).order_by("code"))


def account_of(county_code: int, user_name: str) -> Account | None:
    """The account of a teacher id within its county."""
    return Account.objects.filter(login=login_of(county_code, user_name)).select_related("person").first()


def login_of(county_code: int, user_name: str) -> str:
    """The house-wide login of a user name: "<six-digit county code>-<teacher id>"."""
    return f"{county_code // 10**6}-{user_name}"
