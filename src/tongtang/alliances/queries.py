"""Reads of alliances."""

from datetime import date

from django.db.models import Q

from tongtang.alliances.models import Alliance, Membership
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
