"""Reads of alliances."""

from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor, visible
from tongtang.alliances.models import Alliance, Membership
from tongtang.alliances.policies import ALLIANCES, MEMBERSHIPS, SCHOOLS, Verb
from tongtang.organisations.models import School


def members_of(alliance: Alliance, day: date) -> list[School]:
    """Schools that receive in an alliance on a day; an ended membership counts until its last day."""
    held = Membership.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=day),
        alliance=alliance,
        state__in=[Membership.State.ACTIVE, Membership.State.ENDED],
        valid_from__lte=day,
    )
    return [row.school for row in held.select_related("school")]


def alliance_anchored_by(school: School, day: date) -> Alliance | None:
    """The first alliance that a school anchors on a day."""
    rows = Alliance.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), anchor_school=school, valid_from__lte=day)
    return rows.order_by("pk").first()


def alliances_for(actor: Actor, verb: Verb) -> QuerySet[Alliance]:
    """Alliances to which `actor` may do `verb`, with the number of their members and open applications."""
    shown = visible(Alliance.objects.all(), actor, ALLIANCES[verb]).values("pk")
    rows = Alliance.objects.filter(pk__in=shown).select_related("anchor_school", "studio", "virtual_school")
    return rows.annotate(
        member_count=Count("memberships", filter=Q(memberships__state=Membership.State.ACTIVE)),
        application_count=Count("memberships", filter=Q(memberships__state=Membership.State.APPLIED)),
    ).order_by("name", "pk")


def alliance_for(actor: Actor, verb: Verb, public_id: UUID) -> Alliance:
    """One alliance.

    Raises:
        Http404: there is none, or none to which the actor may do this.
    """
    return get_object_or_404(alliances_for(actor, verb), public_id=public_id)


def membership_for(actor: Actor, verb: Verb, public_id: UUID) -> Membership:
    """One membership; 404 as in `alliance_for`."""
    rows = Membership.objects.select_related("alliance__anchor_school", "school")
    return get_object_or_404(visible(rows, actor, MEMBERSHIPS[verb]), public_id=public_id)


def schools_that_apply(actor: Actor) -> QuerySet[School]:
    """Schools in whose name the actor may apply."""
    return visible(School.objects.filter(ended_on=None), actor, SCHOOLS[Verb.APPLY]).order_by("name")


def decided_by(actor: Actor, alliance: Alliance) -> set[int]:
    """Ids of the alliance's memberships about which the actor decides."""
    return set(visible(alliance.memberships.all(), actor, MEMBERSHIPS[Verb.DECIDE]).values_list("pk", flat=True))


def history_of(alliance: Alliance) -> list[Membership]:
    """Every membership that there ever was: open applications first, then members, then the past, newest first."""
    order = {state: place for place, state in enumerate(("applied", "active", "ended", "refused"))}
    rows = alliance.memberships.select_related("school", "decided_by").order_by("-applied_on", "-pk")
    return sorted(rows, key=lambda row: order[row.state])
