"""Pages of change orders: making one of each kind, looking at it, applying and withdrawing it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tongtang.access.api import ActorRequest, require_person
from tongtang.alliances.models import Alliance
from tongtang.foundation import clock
from tongtang.foundation.once import key_of, once
from tongtang.timetable import forms as address
from tongtang.timetable.alliance_page import Proposal, proposed_order
from tongtang.timetable.alliance_week import alliances_for
from tongtang.timetable.models import ChangeOrder
from tongtang.timetable.orders.actions import apply_order, make_order, withdraw_order
from tongtang.timetable.orders.choices import MOST_DAYS, offer_of
from tongtang.timetable.orders.done import held_rows
from tongtang.timetable.orders.forms import FORMS, OrderForm
from tongtang.timetable.orders.preview import Preview
from tongtang.timetable.orders.queries import alliance_to_change, order_for, orders_for
from tongtang.timetable.orders.resolve import Refused
from tongtang.timetable.orders.sentences import KIND_WORDS
from tongtang.timetable.policies import Verb
from tongtang.timetable.weeks import week_of


class NotMade(Exception):
    """Nothing was made; the form says why."""

    def __init__(self, form: OrderForm) -> None:
        super().__init__()
        self.form = form


def _days(request: ActorRequest) -> tuple[date, date]:
    """The days whose lessons the form offers: those of the address, else the week."""
    week = address.week_in(request.GET)
    first = address.day_in(request.GET, "from") or week.monday
    last = address.day_in(request.GET, "until") or first + timedelta(days=6)
    return first, min(max(first, last), first + timedelta(days=MOST_DAYS))


def _form(request: ActorRequest, alliance: Alliance, kind: str, data: Any = None) -> OrderForm:
    days = _days(request)
    chosen = address.uuid_in(request.GET, "lesson")
    initial: dict[str, Any] = {"lesson": chosen, "lessons": [str(chosen)] if chosen else []}
    initial |= {"first_day": days[0], "last_day": days[1], "from_day": days[0]}
    return FORMS[kind](data, offer=offer_of(alliance, kind, days, chosen, clock.now()), initial=initial)


@require_http_methods(["GET", "POST"])
@require_person
def new_order(request: ActorRequest, public_id: UUID, kind: str) -> HttpResponse:
    """Make an order of one kind: kept as a draft, or applied at once."""
    alliance = alliance_to_change(request.actor, public_id)
    if kind not in FORMS:
        raise Http404
    if request.method == "GET":
        return _page(request, alliance, kind, _form(request, alliance, kind))
    made: ChangeOrder | None = None
    try:
        with once(key_of(request, request.actor.subject)) as first:
            if first:
                made = _make(request, alliance, kind)
    except NotMade as shown:
        return _page(request, alliance, kind, shown.form, status=400)
    if made is None:
        return redirect(reverse("timetable:alliance-week", args=[alliance.public_id]))
    return redirect(_after(request, made))


def _make(request: ActorRequest, alliance: Alliance, kind: str) -> ChangeOrder:
    """Inside the transaction of the command's key.

    Raises:
        NotMade: with the form to show.
    """
    form = _form(request, alliance, kind, request.POST)
    if not form.is_valid():
        raise NotMade(form)
    try:
        made = make_order(
            actor=request.actor, alliance=alliance, request=form.request, reason=form.cleaned_data["reason"]
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        raise NotMade(form) from refused
    if request.POST.get("then") == "apply":
        # What stands in the way of it is shown with the draft that it stays then.
        apply_order(actor=request.actor, order=made, confirmed=request.POST.getlist("confirmed"))
    return made


def _after(request: ActorRequest, order: ChangeOrder) -> str:
    """The week of the alliance with the order looked at, its filters kept."""
    kept = {name: request.GET[name] for name in address.FILTERS if request.GET.get(name)}
    week = urlencode({"week": week_of(order.first_day).key, **kept, "order": order.public_id})
    return f"{reverse('timetable:alliance-week', args=[order.alliance.public_id])}?{week}#proposal"


def _page(request: ActorRequest, alliance: Alliance, kind: str, form: OrderForm, status: int = 200) -> HttpResponse:
    first, last = _days(request)
    context = {
        "alliance": alliance,
        "kind": kind,
        "word": KIND_WORDS[ChangeOrder.Kind(kind)],
        "kinds": [(one.value, KIND_WORDS[one]) for one in ChangeOrder.Kind],
        "form": form,
        "first": first,
        "last": last,
        "week": address.week_in(request.GET),
    }
    return render(request, "timetable/order_new.html", context, status=status)


def _order_page(request: ActorRequest, order: ChangeOrder, tried: Preview | None = None) -> HttpResponse:
    proposal: Proposal = proposed_order(request.actor, order)
    context = {
        "order": order,
        "alliance": order.alliance,
        "proposal": proposal,
        "tried": tried,
        "held": held_rows(request.actor, order),
        "may_change": orders_for(request.actor, Verb.CHANGE).filter(pk=order.pk).exists(),
        "may_see_week": alliances_for(request.actor).filter(pk=order.alliance_id).exists(),
        "week": week_of(order.first_day),
    }
    return render(request, "timetable/order.html", context, status=409 if tried is not None else 200)


@require_http_methods(["GET"])
@require_person
def order(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """One order: what it would do, or what it did."""
    return _order_page(request, order_for(request.actor, public_id))


class NotDone(Exception):
    """Nothing was changed; the preview says why. Leaves no trace of the command's key."""

    def __init__(self, tried: Preview) -> None:
        super().__init__()
        self.tried = tried


@require_POST
@require_person
def apply(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Put a draft in force, or show everything that stands in the way."""
    confirmed = request.POST.getlist("confirmed")
    return _done(request, public_id, lambda order: apply_order(actor=request.actor, order=order, confirmed=confirmed))


@require_POST
@require_person
def withdraw(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Take an order back, or show why it cannot be."""
    reason = request.POST.get("reason", "")
    return _done(request, public_id, lambda order: withdraw_order(actor=request.actor, order=order, reason=reason))


def _done(request: ActorRequest, public_id: UUID, step: Callable[[ChangeOrder], Preview]) -> HttpResponse:
    found = order_for(request.actor, public_id, Verb.CHANGE)
    try:
        with once(key_of(request, request.actor.subject)) as first:
            if first:
                tried = step(found)
                if not tried.possible:
                    raise NotDone(tried)
    except NotDone as refused:
        found.refresh_from_db()
        return _order_page(request, found, refused.tried)
    return redirect(_after(request, found))
