"""Who is told of a change: those who teach a lesson before or after it, and those with the classes that receive it."""

from collections.abc import Sequence

from django.db.models import Q

from tongtang.access.api import Role
from tongtang.access.models import RoleAssignment
from tongtang.foundation import clock
from tongtang.timetable.orders.judge import Verdict


def local_teachers(schools: set[int]) -> set[int]:
    """Keys of the people who stand with the classes of these schools today."""
    today = clock.today()
    rows = RoleAssignment.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=today), role=Role.LOCAL_TEACHER, school__in=schools, valid_from__lte=today
    )
    return set(rows.values_list("person_id", flat=True))


def people_concerned(verdicts: Sequence[Verdict], by: int | None) -> set[int]:
    """Keys of the people to tell; not the one who made the change."""
    people: set[int] = set()
    for each in verdicts:
        people |= {each.touched.now.teacher_id or 0, each.touched.target.teacher_id or 0}
        people |= {one.shift.local.teacher_id or 0 for one in each.effects if one.shift is not None}
    schools = {one.receiver.school_id for each in verdicts for one in each.effects}
    return (people | local_teachers(schools)) - {0, by or 0}
