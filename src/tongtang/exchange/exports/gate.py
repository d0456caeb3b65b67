"""More than 100 pupils leave the house only with a second factor and a second person, also in parts within a day.

The page that stands in the way asks for the second person; once that one has approved, the same page hands out.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tongtang.access.api import Actor, ActorRequest, Refused, approvals, require_second_factor
from tongtang.access.models import Approval
from tongtang.audit.models import Entry
from tongtang.foundation import clock

WITHOUT_A_SECOND_PERSON = 100
A_DAY = timedelta(days=1)
SCHOOL_ROSTER, COUNTY_ROSTER = ACTIONS = ("export.school_roster", "export.oneroster")


@dataclass(frozen=True)
class Export:
    """What somebody wants to take away; `title` is what the second person reads, `part` names a part of the object."""

    action: str
    object: str
    title: str
    pupils: int
    part: str = ""

    @property
    def detail(self) -> dict[str, int | str]:
        """What the entry of the audit says; `taken_before` reads it."""
        return {"pupils": self.pupils, "part": self.part}


def passage(request: ActorRequest, export: Export, hand_out: Callable[[], HttpResponse]) -> HttpResponseBase:
    """The export, or the page that stands in its way. `hand_out` records and makes the file."""
    if export.pupils + taken_before(request.actor, export) <= WITHOUT_A_SECOND_PERSON:
        return hand_out()
    return _with_two(request, export, hand_out)


def taken_before(actor: Actor, export: Export) -> int:
    """How many pupils of other exports the actor took at their own word within a day; the same one counts once."""
    since = (clock.now() - A_DAY).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    rows = Entry.objects.filter(stream="export", actor=actor.subject, action__in=ACTIONS, at__gte=since)
    taken: dict[tuple[str, str], int] = {}
    for object_, text in rows.values_list("object", "detail"):
        detail = json.loads(text)
        taken[(object_, detail.get("part", ""))] = detail["pupils"]
    taken.pop((export.object, export.part), None)
    return sum(pupils for pupils in taken.values() if pupils <= WITHOUT_A_SECOND_PERSON)


@require_second_factor
def _with_two(request: ActorRequest, export: Export, hand_out: Callable[[], HttpResponse]) -> HttpResponseBase:
    asked = _asked(request, export)
    try:
        if request.method == "POST" and asked is None:
            approvals.request_approval(
                actor=request.actor,
                action=export.action,
                object=export.object,
                title=_("%(export)s, %(pupils)d pupils") % {"export": export.title, "pupils": export.pupils},
                detail={"pupils": export.pupils},
            )
            return redirect(request.get_full_path())
        if request.method == "POST" and asked is not None and asked.approved:
            return _handed_out(asked, export, hand_out)
    except Refused as refused:
        return _page(request, export, asked, str(refused))
    return _page(request, export, asked)


@transaction.atomic
def _handed_out(approval: Approval, export: Export, hand_out: Callable[[], HttpResponse]) -> HttpResponse:
    approvals.consume(approval, export.action, export.object)
    return hand_out()


def _asked(request: ActorRequest, export: Export) -> Approval | None:
    """The actor's own open request; one for fewer pupils does not count."""
    rows = approvals.open_approvals().filter(
        requested_by=request.actor.person_id, action=export.action, object=export.object
    )
    fitting = [row for row in rows if row.detail.get("pupils", 0) >= export.pupils]
    return max(fitting, key=lambda row: (bool(row.approved), row.requested_at), default=None)


def _page(request: ActorRequest, export: Export, asked: Approval | None, sentence: str = "") -> HttpResponse:
    before = taken_before(request.actor, export)
    context = {
        "before": before,
        "export": export,
        "limit": WITHOUT_A_SECOND_PERSON,
        "asked": asked,
        "sentence": sentence,
    }
    return render(request, "exchange/needs_two.html", context, status=409)
