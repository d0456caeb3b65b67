"""Reads of change orders, by who may see or change them."""

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor, visible
from tongtang.alliances.models import Alliance
from tongtang.timetable.models import ChangeOrder
from tongtang.timetable.policies import ALLIANCES, ORDERS, Verb
from tongtang.timetable.weeks import Week


def alliances_to_change(actor: Actor) -> QuerySet[Alliance]:
    """Alliances whose timetable the actor may change."""
    return visible(Alliance.objects.select_related("anchor_school"), actor, ALLIANCES[Verb.CHANGE])


def alliance_to_change(actor: Actor, public_id: UUID) -> Alliance:
    """One of `alliances_to_change`, else 404."""
    return get_object_or_404(alliances_to_change(actor), public_id=public_id)


def orders_for(actor: Actor, verb: Verb = Verb.SEE_CHANGES) -> QuerySet[ChangeOrder]:
    """Orders to which the actor may do `verb`; who receives sees those that were put in force."""
    rows = ChangeOrder.objects.select_related("alliance__anchor_school", "made_by", "withdrawn_by")
    return visible(rows, actor, ORDERS[verb])


def order_for(actor: Actor, public_id: UUID, verb: Verb = Verb.SEE_CHANGES) -> ChangeOrder:
    """One of `orders_for`, else 404."""
    return get_object_or_404(orders_for(actor, verb), public_id=public_id)


def orders_of_week(actor: Actor, week: Week) -> list[ChangeOrder]:
    """What the actor may see of the orders that touch a week, drafts included, the newest first."""
    rows = orders_for(actor).filter(first_day__lte=week.sunday, last_day__gte=week.monday)
    return list(rows.order_by("-made_at", "-pk"))


def orders_in_force(alliance: Alliance, day: date) -> list[ChangeOrder]:
    """Applied orders that touch a day, in the order in which they were laid over the plan."""
    rows = ChangeOrder.objects.filter(
        Q(first_day__lte=day, last_day__gte=day), alliance=alliance, state=ChangeOrder.State.APPLIED
    )
    return list(rows.order_by("applied_at", "pk"))
