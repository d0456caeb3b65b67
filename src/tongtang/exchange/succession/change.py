"""The change itself, in one transaction: classes with pupils, posts, roles, rooms, memberships move as of a day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor, Role, write_teaching_roles
from tongtang.access.models import RoleAssignment
from tongtang.alliances.api import Refused as NotAdmitted
from tongtang.alliances.api import check_member
from tongtang.alliances.models import Alliance, Membership
from tongtang.audit.api import append
from tongtang.exchange.succession import obstacles
from tongtang.foundation import clock
from tongtang.organisations import api as organisations
from tongtang.organisations.models import HomeClass, Region, School, SchoolChange
from tongtang.people.models import Enrolment, Post

ONE_DAY = timedelta(days=1)
TEACHING = (Role.ANCHOR_TEACHER, Role.LOCAL_TEACHER)
Kind = SchoolChange.Kind


class Refused(ValueError):
    """The change cannot be made; `sentences` name each obstacle."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = list(sentences)


@dataclass(frozen=True)
class Preview:
    """What a merge would move, by name, and what stands in its way."""

    obstacles: list[str]
    classes: list[HomeClass]
    pupils: int
    posts: list[Post] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    same_bells: bool = True


def preview_merge(school: School, other: School, day: date) -> Preview:
    """What the merge would do; nothing is changed."""
    classes = list(HomeClass.objects.filter(school=school, ended_on=None).order_by("source_id"))
    heads = RoleAssignment.objects.filter(school=school, valid_to=None).exclude(role__in=TEACHING)
    return Preview(
        obstacles.of_merge(school, other, day),
        classes,
        Enrolment.objects.filter(home_class__in=classes, valid_to=None).count(),
        list(Post.objects.filter(school=school, valid_to=None).select_related("person").order_by("person__source_id")),
        list(heads.values_list("person__name", flat=True)),
        list(_open_memberships(school).select_related("alliance")),
        school.bell_schedule_id == other.bell_schedule_id,
    )


def preview_split(school: School, classes: Collection[HomeClass], day: date) -> Preview:
    """What the split would do; nothing is changed."""
    return Preview(
        obstacles.of_split(school, classes, day),
        sorted(classes, key=lambda one: one.source_id),
        Enrolment.objects.filter(home_class__in=list(classes), valid_to=None).count(),
    )


@transaction.atomic
def rename(*, actor: Actor, school: School, name: str, day: date, reason: str) -> SchoolChange:
    """A new name from `day` on.

    Raises:
        Refused: the day or the name will not do.
    """
    _lock(school)
    found = [*obstacles.of_day(day), *obstacles.of_name(school, day)]
    if name == school.name:
        found.append(_("The school bears this name already."))
    if found:
        raise Refused(found)
    before = school.name
    organisations.rename_school(school, name, day)
    return _keep(actor, Kind.RENAME, school, None, day, reason, {"name": name, "was": before}, {})


@transaction.atomic
def merge(*, actor: Actor, school: School, other: School, day: date, reason: str) -> SchoolChange:
    """`other` takes `school` in from `day` on; the history of both stays where it is.

    Raises:
        Refused: with each obstacle by name.
    """
    _lock(school, other)
    found = obstacles.of_merge(school, other, day)
    if found:
        raise Refused(found)
    classes = list(HomeClass.objects.filter(school=school, ended_on=None))
    pupils = Enrolment.objects.filter(home_class__in=classes, valid_to=None).count()
    organisations.move_classes(classes, other, day)
    moved: dict[str, int] = {"classes": len(classes), "pupils": pupils}
    moved |= organisations.move_places(school, other)
    moved["overlays"] = organisations.move_overlays(school, other, day)
    moved["posts"] = _move_posts(school, other, day)
    moved["memberships"] = _move_memberships(actor, school, other, day)
    organisations.end_school(school, day)
    plan = {"classes": [str(one.public_id) for one in classes]}
    return _keep(actor, Kind.MERGE, school, other, day, reason, plan, moved)


@transaction.atomic
def split(
    *, actor: Actor, school: School, name: str, source_id: str, classes: Sequence[HomeClass], day: date, reason: str
) -> SchoolChange:
    """A new school takes `classes` of `school` from `day` on; teachers and rooms stay where they are.

    Raises:
        Refused: with each obstacle by name.
    """
    _lock(school, *classes)
    found = obstacles.of_split(school, classes, day)
    if found:
        raise Refused(found)
    other = organisations.twin_of(school, name, source_id)
    pupils = Enrolment.objects.filter(home_class__in=list(classes), valid_to=None).count()
    organisations.move_classes(list(classes), other, day)
    plan = {"classes": [str(one.public_id) for one in classes], "name": name}
    return _keep(actor, Kind.SPLIT, school, other, day, reason, plan, {"classes": len(classes), "pupils": pupils})


def _lock(school: School, *others: School | HomeClass) -> None:
    """One change of a county at a time, and none beside an import; everybody as they are by then."""
    Region.objects.select_for_update().get(code=school.county_code)
    for one in (school, *others):
        one.refresh_from_db()


def _move_posts(school: School, other: School, day: date) -> int:
    """Posts end on the day before and begin at `other`; teaching roles go along, an office at the school ends."""
    posts = list(Post.objects.filter(school=school, valid_to=None))
    there = set(Post.objects.filter(school=other, valid_to=None).values_list("person", flat=True))
    for post in posts:
        post.valid_to = max(day - ONE_DAY, post.valid_from - ONE_DAY)
        if post.person_id not in there:
            values = {"subjects": post.subjects, "weekly_cap": post.weekly_cap, "valid_to": None}
            Post.objects.update_or_create(
                person_id=post.person_id, school=other, valid_from=max(day, post.valid_from), defaults=values
            )
    Post.objects.bulk_update(posts, ["valid_to"])
    roles = RoleAssignment.objects.filter(school=school, valid_to=None)
    wanted = {((row.person_id, other.pk), Role(row.role)) for row in roles.filter(role__in=TEACHING)}
    write_teaching_roles(wanted, {(row.person_id, school.pk) for row in roles}, clock.today())
    RoleAssignment.objects.filter(school=school, valid_to=None).update(valid_to=clock.today() - ONE_DAY)
    return len(posts)


def _open_memberships(school: School) -> Any:
    return Membership.objects.filter(school=school, state__in=(Membership.State.ACTIVE, Membership.State.APPLIED))


def _may_join(alliance: Alliance, school: School, day: date) -> bool:
    """Whether a school comes into the alliance in the place of the one that it takes in."""
    if _open_memberships(school).filter(alliance=alliance).exists():
        return False
    try:
        check_member(alliance, school, day)
    except NotAdmitted:
        return False
    return True


def _move_memberships(actor: Actor, school: School, other: School, day: date) -> int:
    rows = list(_open_memberships(school))
    for row in rows:
        was_active = row.state == Membership.State.ACTIVE
        row.state = Membership.State.ENDED
        row.valid_to = max(day - ONE_DAY, row.valid_from) if row.valid_from else None
        row.decided_on, row.decided_by_id = clock.today(), actor.person_id
        row.save()
        if was_active and _may_join(row.alliance, other, day):
            Membership.objects.create(
                alliance_id=row.alliance_id,
                school=other,
                state=Membership.State.ACTIVE,
                applied_on=clock.today(),
                valid_from=day,
                decided_on=clock.today(),
                decided_by_id=actor.person_id,
            )
    return len(rows)


def _keep(
    actor: Actor,
    kind: str,
    school: School,
    other: School | None,
    day: date,
    reason: str,
    plan: dict[str, Any],
    moved: dict[str, int],
) -> SchoolChange:
    change = SchoolChange.objects.create(
        kind=kind,
        school=school,
        other=other,
        day=day,
        reason=reason,
        by=actor.subject,
        made_at=clock.now(),
        plan=plan,
        moved=moved,
    )
    append(
        stream="import",
        action=f"school.{kind}",
        actor=actor.subject,
        object=f"school:{school.public_id}",
        reason=reason,
        detail={"other": str(other.public_id) if other else "", "day": day.isoformat(), "moved": dict(moved)},
        school=school,
    )
    return change
