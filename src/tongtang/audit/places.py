"""Whose matter an entry is, where its writer does not say: read from what it names."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from tongtang.foundation import clock
from tongtang.organisations.models import School
from tongtang.people.models import Enrolment, Person, Post


@dataclass(frozen=True)
class Place:
    """A school's key and its bureau's code, or a county's code alone; 0 stands for none."""

    school: int = 0
    region_code: int = 0


NOWHERE = Place()


def place_of(subject: str, actor: str) -> Place:
    """The place of "school:<public id>", "pupil:<public id>" or "person:<public id>"; else the county of the actor.

    A pupil's place is the school of today's enrolment, a person's that of their first standing post.
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
        return _of_person(name)
    return None


def _of_person(name: UUID) -> Place | None:
    standing = Q(valid_to=None) | Q(valid_to__gte=clock.today())
    posts = Post.objects.filter(standing, person__public_id=name).order_by("valid_from", "pk")
    place = posts.values_list("school", "school__region_code").first()
    code = Person.objects.filter(public_id=name).values_list("county_code", flat=True).first() if not place else None
    return Place(*place) if place else Place(0, code) if code else None


def _of_actor(actor: str) -> Place | None:
    kind, _, key = actor.partition(":")
    if kind != "person" or not key.isdecimal():
        return None
    code = Person.objects.filter(pk=int(key)).values_list("county_code", flat=True).first()
    return Place(0, code) if code else None
