"""The form of every policy table: verb -> grants, each a role and the scope it reaches.

A scope is a function from an actor's matching assignments to one Q over the objects; `visible` filters by the union of
a verb's grants and `can` asks `visible` for one object, so the two cannot disagree.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from tongtang.access.actor import Actor, Assignment
from tongtang.access.models import Role

Row = TypeVar("Row", bound=Model)
Scope = Callable[[Actor, Sequence[Assignment]], Q]
NOTHING = Q(pk__in=[])


@dataclass(frozen=True)
class Grant:
    """Holders of one of `roles` may do the verb to what `scope` reaches; no roles: whom the scope itself knows."""

    roles: frozenset[Role]
    scope: Scope


Policy = Mapping[StrEnum, Sequence[Grant]]


def grant(scope: Scope, *roles: Role) -> Grant:
    """A row of a policy table."""
    return Grant(frozenset(roles), scope)


def union(parts: Iterable[Q]) -> Q:
    """What any of `parts` reaches; nothing where there is none."""
    whole = NOTHING
    for part in parts:
        whole = whole | part
    return whole


def _at_node(held: Assignment, region: str, school: str, group: str) -> Q:
    if held.school_id is not None:
        return Q(**{school: held.school_id})
    if held.code_low is not None:
        return Q(**{f"{region}__range": (held.code_low, held.code_high)})
    return Q(**{group: held.group}) if group else NOTHING


def within(region: str = "region_code", school: str = "school_id", group: str = "") -> Scope:
    """Objects at or below the assignment: `region` holds the managing bureau's code, `school` the school's id.

    `group` holds the public id of the alliance; without it a role at a group reaches nothing.
    """

    def scope(actor: Actor, assignments: Sequence[Assignment]) -> Q:
        return union(_at_node(held, region, school, group) for held in assignments)

    return scope


def with_reason(region: str = "region_code", school: str = "school_id") -> Scope:
    """Rows of single pupils: like `within`, but above the schools only while a stated reason runs."""

    def scope(actor: Actor, assignments: Sequence[Assignment]) -> Q:
        near = [held for held in assignments if held.school_id is not None or actor.pupil_reason is not None]
        return within(region, school)(actor, near)

    return scope


def taught_by(teacher: str = "teacher_id", day: str = "date", school: str = "school_id") -> Scope:
    """Lessons whose `teacher` is the person asking, or is absent with the person asking as substitute on that `day`.

    A substitute stands in at the school that named them: the absent one's lessons of another school stay closed. Where
    one scope is chosen, own lessons are those of its schools.
    """

    def scope(actor: Actor, assignments: Sequence[Assignment]) -> Q:
        if actor.person_id is None:
            return NOTHING
        own = Q(**{teacher: actor.person_id})
        if actor.scope_key:
            own &= Q(**{f"{school}__in": [held.school_id for held in assignments if held.school_id is not None]})
        stands_in = union(
            Q(**{teacher: held.absent_id, school: held.school_id, f"{day}__range": (held.first, held.last)})
            for held in assignments
            if held.absent_id is not None
        )
        return own | stands_in

    return scope


def of_person(field: str) -> Scope:
    """Objects whose `field` is the person asking."""

    def scope(actor: Actor, assignments: Sequence[Assignment]) -> Q:
        return NOTHING if actor.person_id is None else Q(**{field: actor.person_id})

    return scope


def of_device_room(field: str) -> Scope:
    """Objects whose `field` is the room that the asking device is bound to."""

    def scope(actor: Actor, assignments: Sequence[Assignment]) -> Q:
        return NOTHING if actor.device is None else Q(**{field: actor.device.room_id})

    return scope


def of_device_school(field: str) -> Scope:
    """Objects whose `field` is the school that the asking device stands in."""

    def scope(actor: Actor, assignments: Sequence[Assignment]) -> Q:
        return NOTHING if actor.device is None else Q(**{field: actor.device.school_id})

    return scope


def of_pupil(field: str) -> Scope:
    """Objects whose `field` is the pupil asking."""

    def scope(actor: Actor, assignments: Sequence[Assignment]) -> Q:
        return NOTHING if actor.pupil is None else Q(**{field: actor.pupil.id})

    return scope


def of_pupil_class(field: str) -> Scope:
    """Objects whose `field` is the class in which the pupil asking signed in."""

    def scope(actor: Actor, assignments: Sequence[Assignment]) -> Q:
        return NOTHING if actor.pupil is None else Q(**{field: actor.pupil.home_class_id})

    return scope


def reach(actor: Actor, grants: Sequence[Grant]) -> Q:
    """What `grants` let `actor` reach, as one Q."""
    parts = []
    for row in grants:
        held = [assignment for assignment in actor.assignments if assignment.role in row.roles]
        if held or not row.roles:
            parts.append(row.scope(actor, held))
    return union(parts)


def holds_any(actor: Actor, grants: Sequence[Grant]) -> bool:
    """Whether the actor has a role of one of `grants` at all: for pages that may be empty."""
    return any(actor.holds(*row.roles) for row in grants)


def visible(rows: QuerySet[Row], actor: Actor, grants: Sequence[Grant]) -> QuerySet[Row]:
    """The rows of `rows` to which `actor` may do the verb of `grants`."""
    return rows.filter(reach(actor, grants)).distinct()


def can(actor: Actor, grants: Sequence[Grant], row: Model) -> bool:
    """Whether `actor` may do the verb of `grants` to this one row."""
    return visible(type(row)._default_manager.filter(pk=row.pk), actor, grants).exists()
