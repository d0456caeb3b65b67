"""Cards, PINs and pictures of a class: who has what, new ones to print, rooms, the class code."""

from collections.abc import Sequence
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tongtang.access.guards import ActorRequest, require_person
from tongtang.access.pupils import credentials
from tongtang.access.pupils.cards import printed
from tongtang.access.pupils.forms import GiveForm, RoomsForm
from tongtang.access.pupils.policies import POLICY, Verb
from tongtang.access.pupils.queries import (
    class_for,
    class_rows,
    classes_for,
    living_class_code,
    pupil_of_class,
    pupil_rows,
    room_choices,
)
from tongtang.access.rules import holds_any
from tongtang.organisations.models import HomeClass
from tongtang.people.models import Pupil

MOST_CLASSES = 200


@require_GET
@require_person
def pupil_classes(request: ActorRequest) -> HttpResponse:
    """Classes of the actor's schools, those with pupils who cannot sign in first."""
    if not holds_any(request.actor, POLICY[Verb.KEEP]):
        raise Http404
    rows = class_rows(list(classes_for(request.actor, Verb.KEEP)[:MOST_CLASSES]))
    return render(request, "access/pupil_classes.html", {"rows": sorted(rows, key=lambda row: not row.missing)})


@require_GET
@require_person
def pupil_class(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """One class: who has what."""
    home_class = class_for(request.actor, Verb.KEEP, public_id)
    rows = pupil_rows(home_class)
    context = {
        "home_class": home_class,
        "rows": rows,
        "missing": sum(not row.ready for row in rows),
        "rooms": room_choices(home_class),
        "form": GiveForm(),
        "code": living_class_code(home_class),
    }
    return render(request, "access/pupil_class.html", context)


def _print(request: ActorRequest, home_class: HomeClass, pupils: Sequence[Pupil]) -> HttpResponse:
    """The secrets are in this answer and nowhere else."""
    form = GiveForm(request.POST)
    if not form.is_valid():
        return redirect("access:pupil-class", home_class.public_id)
    given = credentials.give(request.actor, home_class, pupils, form.chosen)
    context = {"home_class": home_class, "cards": printed(given), "means": form.chosen}
    return render(request, "access/pupil_cards.html", context)


@never_cache
@require_POST
@require_person
def give_secrets(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """New secrets for the whole class, or only for those who have none, to print once."""
    home_class = class_for(request.actor, Verb.KEEP, public_id)
    rows = pupil_rows(home_class)
    return _print(
        request, home_class, [row.pupil for row in rows if "only_missing" not in request.POST or not row.ready]
    )


@never_cache
@require_POST
@require_person
def give_pupil_secrets(request: ActorRequest, public_id: UUID, pupil: UUID) -> HttpResponse:
    """New secrets for one pupil, whose card was lost or whose PIN was seen."""
    home_class = class_for(request.actor, Verb.KEEP, public_id)
    return _print(request, home_class, [pupil_of_class(home_class, pupil)])


@require_POST
@require_person
def revoke_pupil_secrets(request: ActorRequest, public_id: UUID, pupil: UUID) -> HttpResponse:
    """End whatever a pupil can sign in with."""
    home_class = class_for(request.actor, Verb.KEEP, public_id)
    credentials.revoke(request.actor, home_class, pupil_of_class(home_class, pupil))
    return redirect("access:pupil-class", public_id)


@require_POST
@require_person
def sign_in_rooms(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The rooms on whose devices the class signs in."""
    home_class = class_for(request.actor, Verb.KEEP, public_id)
    form = RoomsForm(request.POST, rooms=[one.room for one in room_choices(home_class)])
    if not form.is_valid():
        raise Http404
    credentials.assign_rooms(request.actor, home_class, form.chosen)
    return redirect("access:pupil-class", public_id)


@never_cache
@require_POST
@require_person
def class_code(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A class code, shown once."""
    home_class = class_for(request.actor, Verb.KEEP, public_id)
    code, row = credentials.make_class_code(request.actor, home_class)
    context = {"home_class": home_class, "code": f"{code[:3]} {code[3:]}", "ends_at": row.expires_at.timestamp()}
    return render(request, "access/class_code.html", context)
