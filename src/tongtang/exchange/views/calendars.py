"""Calendars: the own subscriptions, a new address, and the feed behind it."""

import hashlib
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from tongtang.access.api import ActorRequest, require_person
from tongtang.exchange.calendars import feeds
from tongtang.exchange.models import CalendarFeed
from tongtang.people.models import Person

NOT_MODIFIED = 304


@never_cache
@require_GET
@require_person
def own(request: ActorRequest) -> HttpResponse:
    """The actor's subscriptions."""
    return _page(request)


def _page(request: ActorRequest, address: str = "") -> HttpResponse:
    rows = [(feed, _name(request, feed)) for feed in feeds.feeds_of(request.actor)]
    return render(request, "exchange/calendars.html", {"rows": rows, "address": address})


def _name(request: ActorRequest, feed: CalendarFeed) -> str:
    """Empty where the week is no longer the actor's to see: the feed then answers nobody."""
    try:
        return feeds.name_of(feed.kind, feeds.thing_of(request.actor, feed.kind, feed.of))
    except Http404:
        return ""


@never_cache
@require_POST
@require_person
def subscribe(request: ActorRequest) -> HttpResponse:
    """A new address, shown this once."""
    try:
        of = UUID(request.POST.get("of", ""))
    except ValueError as error:
        raise Http404 from error
    owner = get_object_or_404(Person, pk=request.actor.person_id or 0)
    _feed, secret = feeds.make_feed(actor=request.actor, owner=owner, kind=request.POST.get("kind", ""), of=of)
    return _page(request, request.build_absolute_uri(f"/calendar/{secret}.ics"))


@require_POST
@require_person
def revoke(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The address answers nobody any more."""
    feeds.revoke_feed(get_object_or_404(feeds.feeds_of(request.actor), public_id=public_id))
    return redirect("calendars:own")


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The feed itself, for calendar programs: no sign-in, the address is the secret."""
    text = feeds.text_of(secret)
    mark = f'"{hashlib.sha256(text).hexdigest()}"'
    if mark in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=NOT_MODIFIED, headers={"ETag": mark})
    headers = {"ETag": mark, "Cache-Control": "private, max-age=600", "X-Robots-Tag": "noindex"}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)
