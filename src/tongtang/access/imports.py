"""Roles that follow from the posts of a county's files."""

from datetime import date, timedelta

from tongtang.access.models import Role, RoleAssignment
from tongtang.foundation.rows import insert_many

UPDATE_BATCH = 200
TEACHING = (Role.ANCHOR_TEACHER, Role.LOCAL_TEACHER)
Place = tuple[int, int]
"""A person and a school, by primary key."""


def write_teaching_roles(wanted: set[tuple[Place, Role]], closed: set[Place], today: date) -> None:
    """Give each teaching role that nobody holds yet at its place, and end those of posts that closed.

    A role given by hand at another place is let be.
    """
    people = {place[0] for place, _role in wanted} | {place[0] for place in closed}
    standing: set[tuple[Place, Role]] = set()
    ended = []
    for row in RoleAssignment.objects.filter(person__in=people, role__in=TEACHING, school__isnull=False, valid_to=None):
        place = (row.person_id, row.school_id or 0)
        if place in closed and (place, Role(row.role)) not in wanted:
            row.valid_to = today - timedelta(days=1)
            ended.append(row)
        else:
            standing.add((place, Role(row.role)))
    RoleAssignment.objects.bulk_update(ended, ["valid_to"], batch_size=UPDATE_BATCH)
    insert_many(
        [
            RoleAssignment(person_id=place[0], school_id=place[1], role=role, valid_from=today)
            for place, role in sorted(wanted - standing)
        ]
    )
