"""The page that arranges a make-up."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongtang.access.api import ActorRequest, require_person
from tongtang.curriculum.api import subject_name
from tongtang.foundation import clock
from tongtang.foundation.once import key_of, once
from tongtang.lessons.api import Refused, Verb, check_missed, reception_for
from tongtang.lessons.models import Reception
from tongtang.timetable.make_up_forms import MakeUpForm
from tongtang.timetable.make_ups import over_caps_of, proposals, rooms_for, studios_for
from tongtang.timetable.orders.made_up import Unconfirmed, plan_confirmed
from tongtang.timetable.orders.sentences import Reason


def _refusal(missed: Reception) -> str:
    """Why nothing can be arranged at all; empty where something can."""
    try:
        check_missed(missed, clock.now())
    except Refused as refused:
        return str(refused)
    return ""


class NotArranged(Exception):
    """Nothing was arranged; the page shows the form, or why nothing can be arranged at all."""

    def __init__(self, form: MakeUpForm, refusal: str, cautions: Sequence[Reason] = ()) -> None:
        super().__init__(refusal)
        self.form, self.refusal, self.cautions = form, refusal, cautions


def _offer(missed: Reception, data: Any = None) -> tuple[MakeUpForm, str]:
    """The form with what is free now, and why nothing can be arranged at all."""
    refusal = _refusal(missed)
    found = [] if refusal else proposals(missed, clock.now())
    over = over_caps_of(missed, found)
    return MakeUpForm(data, slots=found, rooms=rooms_for(missed), studios=studios_for(missed), over=over), refusal


@require_http_methods(["GET", "POST"])
@require_person
def make_up(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Propose free periods, and arrange the one chosen or another time."""
    missed = reception_for(request.actor, Verb.ARRANGE_MAKE_UP, public_id)
    if request.method == "GET":
        return _page(request, missed, *_offer(missed))
    try:
        with once(key_of(request, request.actor.subject)) as first:
            if first:
                _arrange(request, missed)
    except NotArranged as shown:
        return _page(request, missed, shown.form, shown.refusal, shown.cautions, status=400)
    return redirect(reverse("lessons:reception", args=[missed.public_id]))


def _arrange(request: ActorRequest, missed: Reception) -> None:
    """Inside the transaction of the command's key: a repeat must not read what the first one just wrote.

    Raises:
        NotArranged: with the page to show.
    """
    form, refusal = _offer(missed, request.POST)
    if refusal or not form.is_valid():
        raise NotArranged(form, refusal)
    try:
        confirmed = request.POST.getlist("confirmed")
        plan_confirmed(actor=request.actor, missed=missed, confirmed=confirmed, **form.chosen)
    except Unconfirmed as unread:
        form.add_error(None, _("Read the warnings of this make-up and confirm each of them."))
        raise NotArranged(form, "", unread.cautions) from unread
    except Refused as refused:
        form.add_error(None, str(refused))
        raise NotArranged(form, "") from refused


def _page(
    request: ActorRequest,
    missed: Reception,
    form: MakeUpForm,
    refusal: str,
    cautions: Sequence[Reason] = (),
    status: int = 200,
) -> HttpResponse:
    context = {
        "missed": missed,
        "title": f"{subject_name(missed.lesson.subject_id)} {missed.lesson.title}".strip(),
        "form": form,
        "refusal": refusal,
        "cautions": cautions,
    }
    return render(request, "timetable/make_up.html", context, status=status)
