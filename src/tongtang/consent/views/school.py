"""A school's pages: who has answered, slips to print, answers on paper, requests about a child's data."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongtang.access.api import ActorRequest, Refused, check_own_password, require_person
from tongtang.consent import actions
from tongtang.consent.erasure import decide as decide_request
from tongtang.consent.forms import DecisionForm, PaperForm
from tongtang.consent.models import DataRequest
from tongtang.consent.policies import AT_SCHOOL, Verb
from tongtang.consent.queries import (
    child_for,
    child_rows,
    children_for,
    class_for,
    class_of,
    class_rows,
    classes_for,
    matters_of,
    pupil_of,
    request_for,
    request_rows,
    requests_for,
)
from tongtang.consent.slips import pictured
from tongtang.foundation import clock
from tongtang.foundation.once import key_of, once
from tongtang.people.api import pupils_of
from tongtang.people.models import Pupil

A_PAGE = 30
REFUSED = 422


@require_GET
@require_person
def classes(request: ActorRequest) -> HttpResponse:
    """The classes of the actor's schools: how many children have all their answers."""
    if not request.actor.holds(*AT_SCHOOL):
        raise Http404
    page = Paginator(classes_for(request.actor), A_PAGE).get_page(request.GET.get("page"))
    waiting = requests_for(request.actor).filter(state=DataRequest.State.OPEN).count()
    context = {"page": page, "rows": class_rows(list(page.object_list)), "waiting": waiting}
    return render(request, "consent/classes.html", context)


@require_GET
@require_person
def home_class(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The children of one class with what was answered for each."""
    found = class_for(request.actor, public_id)
    return render(request, "consent/class.html", {"home_class": found, "rows": child_rows(found)})


def _print(request: ActorRequest, pupils: list[Pupil]) -> HttpResponse:
    """The codes are in this answer and nowhere else."""
    address = request.build_absolute_uri("/consent/join")
    codes = actions.make_slips(actor=request.actor, pupils=pupils)
    context = {
        "slips": [(pupil, codes[pupil.pk]) for pupil in pupils],
        "until": clock.now() + actions.SLIP_LIFE,
        "address": address,
        "picture": pictured(address),
        "home_class": class_of(pupils[0]) if pupils else None,
        "matters": matters_of(pupils[0]) if pupils else [],
    }
    return render(request, "consent/slips.html", context)


@never_cache
@require_POST
@require_person
def slips(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Slips for all of a class who have no guardian yet."""
    found = class_for(request.actor, public_id)
    without = [row.pupil.pk for row in child_rows(found) if not row.guardians]
    mine = children_for(request.actor, Verb.PRINT_SLIP).filter(pk__in=without).values("pk")
    return _print(request, list(pupils_of(found.pk, clock.today()).filter(pk__in=mine)))


@never_cache
@require_POST
@require_person
def slip(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A slip for one child: lost, or for a second guardian."""
    return _print(request, [child_for(request.actor, Verb.PRINT_SLIP, public_id)])


@require_http_methods(["GET", "POST"])
@require_person
def paper(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Enter what was ticked on a slip of paper."""
    pupil = child_for(request.actor, Verb.ENTER_PAPER, public_id)
    form = PaperForm(request.POST if request.method == "POST" else None)
    context = {"pupil": pupil, "form": form, "matters": matters_of(pupil), "home_class": class_of(pupil)}
    if not form.is_valid():
        return render(request, "consent/paper.html", context, status=REFUSED if form.is_bound else 200)
    try:
        with once(key_of(request, request.actor.subject)) as first:
            if first:
                actions.enter_paper(actor=request.actor, pupil=pupil, **form.cleaned_data)
    except Refused as refused:
        form.add_error(None, str(refused))
        return render(request, "consent/paper.html", context, status=REFUSED)
    return redirect("consent:paper", public_id)


@require_GET
@require_person
def requests(request: ActorRequest) -> HttpResponse:
    """What guardians asked about their children's data."""
    found = requests_for(request.actor)
    if not (children_for(request.actor, Verb.DECIDE).exists() or found.exists()):
        raise Http404
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "consent/requests.html", {"page": page, "rows": request_rows(list(page.object_list))})


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@require_person
def decide(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """One request; a granted deletion shows its report once it is done."""
    asked = request_for(request.actor, public_id)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    context = {"asked": asked, "form": form, "pupil": pupil_of(asked)}
    if not form.is_valid():
        return render(request, "consent/decide.html", context, status=REFUSED if form.is_bound else 200)
    given = dict(form.cleaned_data)
    try:
        check_own_password(request, request.actor.person_key, given.pop("password"))
        done = decide_request(actor=request.actor, request=asked, **given)
    except Refused as refused:
        form.add_error(None, str(refused))
        return render(request, "consent/decide.html", context, status=REFUSED)
    return render(request, "consent/decided.html", {"done": done})
