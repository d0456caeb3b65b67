"""Whose week may be seen by whom."""

from collections.abc import Sequence
from enum import StrEnum

from django.db.models import Q

from tongtang.access.api import (
    Actor,
    Assignment,
    Policy,
    Role,
    grant,
    of_device_school,
    of_person,
    taught_by,
    within,
)
from tongtang.alliances.api import held_on
from tongtang.alliances.models import Alliance, Membership
from tongtang.foundation import clock
from tongtang.people.models import Post

OFFICERS = (Role.SYSTEM_ADMINISTRATOR, Role.ADMINISTRATION_OFFICER, Role.SUBJECT_RESEARCHER, Role.TECHNICIAN)
STAFF = (Role.SCHOOL_HEAD, Role.ANCHOR_TEACHER, Role.LOCAL_TEACHER)
GUESTS = (Role.EXPERT, Role.OBSERVER, Role.SUPPORT)
PLANNERS = (Role.SYSTEM_ADMINISTRATOR, Role.ADMINISTRATION_OFFICER)
ANCHOR_STAFF = (Role.SCHOOL_HEAD, Role.ANCHOR_TEACHER)
_RECEIVER = "lesson_changes__lesson__receptions__school_id"


class Verb(StrEnum):
    CHANGE = "timetable.alliance.change"
    SEE_ALLIANCE_WEEK = "timetable.alliance.see_week"
    SEE_CLASS_WEEK = "timetable.class.see_week"
    SEE_CHANGES = "timetable.order.see"
    SEE_COUNTY_WEEK = "timetable.county.see_week"
    SEE_GAUGES = "timetable.class.see_gauges"
    SEE_SCHOOL_WEEK = "timetable.school.see_week"
    SEE_TEACHER_WEEK = "timetable.teacher.see_week"
    SEE_UNIFIED = "timetable.lesson.see_unified"
    SHOW_WALL = "timetable.school.show_wall"
    SOLVE = "timetable.plan.solve"
    GATHER = "timetable.plan.gather"


def _schools(held: Sequence[Assignment]) -> list[int]:
    return [one.school_id for one in held if one.school_id is not None]


def _ranges(field: str, held: Sequence[Assignment]) -> Q:
    whole = Q(pk__in=[])
    for one in held:
        if one.code_low is not None:
            whole |= Q(**{f"{field}__range": (one.code_low, one.code_high)})
    return whole


def _own_counties(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Counties below an officer's node."""
    return _ranges("code", held)


def _counties_of_alliance(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Counties of the alliances that the person's school anchors."""
    return Q(code__in=Alliance.objects.filter(anchor_school__in=_schools(held)).values("region_code"))


def _lessons_in_region(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Lessons taught or received below an officer's node."""
    return _ranges("region_code", held) | _ranges("receptions__region_code", held)


def _lessons_of_alliance(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Lessons of the alliances that the person's school anchors."""
    return Q(alliance__anchor_school__in=_schools(held))


def _classes_of_alliance(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Classes of today's members of the alliances that the head's school anchors: counts of periods, no pupil."""
    received = Membership.objects.filter(held_on(clock.today()), alliance__anchor_school__in=_schools(held))
    return Q(school__in=received.values("school"))


def _staff_now(actor: Actor, held: Sequence[Assignment]) -> Q:
    """People with a post that still stands at or below the assignment."""
    posts = Post.objects.filter(valid_to=None)
    at = _ranges("school__region_code", held) | Q(school__in=_schools(held))
    return Q(pk__in=posts.filter(at).values("person"))


def _schools_of_county(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Schools of the counties below an officer's node."""
    return _ranges("county_code", held)


def _anchoring(actor: Actor, held: Sequence[Assignment]) -> Q:
    """The person's schools that anchor an alliance."""
    anchored = Alliance.objects.filter(anchor_school__in=_schools(held))
    return Q(pk__in=anchored.values("anchor_school"))


def _runs_of_anchor(actor: Actor, held: Sequence[Assignment]) -> Q:
    """Searches for the plan of the person's school."""
    return Q(anchor__in=_schools(held))


CLASSES: Policy = {
    Verb.SEE_CLASS_WEEK: [
        grant(within("school__region_code", "school_id"), *OFFICERS, *STAFF, *GUESTS),
        grant(
            taught_by("receptions__lesson__teacher_id", "receptions__lesson__date", "receptions__lesson__school_id"),
            Role.ANCHOR_TEACHER,
        ),
        grant(of_device_school("school_id")),
    ],
    Verb.SEE_GAUGES: [
        grant(within("school__region_code", "school_id"), *OFFICERS, *STAFF, *GUESTS),
        grant(_classes_of_alliance, Role.SCHOOL_HEAD),
    ],
}
SCHOOLS: Policy = {
    Verb.SEE_SCHOOL_WEEK: [
        grant(within("region_code", "id"), *OFFICERS, *STAFF, *GUESTS),
        grant(of_device_school("id")),
    ],
    Verb.SHOW_WALL: [
        grant(within("region_code", "id"), Role.SCHOOL_HEAD, Role.LOCAL_TEACHER),
        grant(of_device_school("id")),
    ],
    # From whose studios a plan may be searched; who may take schools and teachers into the alliance with it.
    Verb.SOLVE: [grant(_schools_of_county, *PLANNERS), grant(_anchoring, Role.SCHOOL_HEAD)],
    Verb.GATHER: [grant(_schools_of_county, *PLANNERS)],
}
PLAN_RUNS: Policy = {
    Verb.SOLVE: [grant(_schools_of_county, *PLANNERS), grant(_runs_of_anchor, Role.SCHOOL_HEAD)],
}
TEACHERS: Policy = {
    Verb.SEE_TEACHER_WEEK: [
        grant(of_person("pk")),
        grant(_staff_now, *OFFICERS, Role.SCHOOL_HEAD),
    ]
}
COUNTIES: Policy = {
    Verb.SEE_COUNTY_WEEK: [
        grant(_own_counties, *OFFICERS, Role.EXPERT, Role.OBSERVER),
        grant(_counties_of_alliance, *ANCHOR_STAFF),
    ]
}
LESSONS: Policy = {
    Verb.SEE_UNIFIED: [
        grant(_lessons_in_region, *OFFICERS, Role.EXPERT, Role.OBSERVER),
        grant(_lessons_of_alliance, *ANCHOR_STAFF),
    ]
}
# The anchor's side decides: its head, and the office of its county. Who receives is asked by the preview and told.
ALLIANCES: Policy = {
    Verb.SEE_ALLIANCE_WEEK: [
        grant(within("region_code", "anchor_school_id"), *OFFICERS, *ANCHOR_STAFF, Role.EXPERT, Role.OBSERVER),
    ],
    Verb.CHANGE: [
        grant(
            within("region_code", "anchor_school_id"),
            Role.SCHOOL_HEAD,
            Role.ADMINISTRATION_OFFICER,
            Role.SYSTEM_ADMINISTRATOR,
        )
    ],
}
ORDERS: Policy = {
    Verb.SEE_CHANGES: [
        grant(within("alliance__region_code", "alliance__anchor_school_id"), *OFFICERS, *ANCHOR_STAFF),
        grant(within("lesson_changes__lesson__receptions__region_code", _RECEIVER), *OFFICERS, *STAFF),
        # Who teaches it now, and whom the plan has, wherever their posts are: both are told of it.
        grant(of_person("lesson_changes__lesson__teacher_id"), Role.ANCHOR_TEACHER),
        grant(of_person("lesson_changes__lesson__base__values__teacher"), Role.ANCHOR_TEACHER),
    ],
    Verb.CHANGE: [
        grant(
            within("alliance__region_code", "alliance__anchor_school_id"),
            Role.SCHOOL_HEAD,
            Role.ADMINISTRATION_OFFICER,
            Role.SYSTEM_ADMINISTRATOR,
        )
    ],
}
