"""Whose matter an entry is, where its writer does not say: read from what it names."""

from dataclasses import dataclass
from uuid import UUID

from tongtang.organisations.models import School
from tongtang.people.models import Enrolment, Person


@dataclass(frozen=True)
class Place:
    """A school's key and its bureau's code, or a county's code alone; 0 stands for none."""

    school: int = 0
    region_code: int = 0


NOWHERE = Place()


def place_of(subject: str, actor: str) -> Place:
    """The place of "school:<public id>", "pupil:<public id>" or "person:<public id>"; else the county of the actor.

    A pupil's place is the school of today's enrolment.
    """
    kind, _, name = subject.partition(":")
    return _of_object(kind, _uuid(name)) or _of_actor(actor) or NOWHERE


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _of_object(kind: str, name: UUID | None) -> Place | None:
    if name is None:
        return None
    if kind == "school":
        found = School.objects.filter(public_id=name).values_list("pk", "region_code").first()
        return Place(*found) if found else None
    if kind == "pupil":
        rows = Enrolment.objects.filter(pupil__public_id=name, valid_to=None)
        place = rows.values_list("home_class__school", "home_class__school__region_code").first()
        return Place(*place) if place else None
    if kind == "person":
        code = Person.objects.filter(public_id=name).values_list("county_code", flat=True).first()
        return Place(0, code) if code else None
    return None


def _of_actor(actor: str) -> Place | None:
    kind, _, key = actor.partition(":")
    if kind != "person" or not key.isdecimal():
        return None
    code = Person.objects.filter(pk=int(key)).values_list("county_code", flat=True).first()
    return Place(0, code) if code else None
