"""Help from outside at one school, and single pupils seen from above: asked for with a reason, for a time."""

from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongtang.access import sessions
from tongtang.access import support as helping
from tongtang.access.forms import ReasonForm, SupportForm
from tongtang.access.guards import ActorRequest, require_person, require_second_factor
from tongtang.access.models import Role, SupportAccess
from tongtang.access.policies import POLICY, Verb
from tongtang.access.queries import schools_for
from tongtang.access.rules import holds_any
from tongtang.access.throttle import Refused
from tongtang.access.views.entrance import after_sign_in

REFUSED = 422


def _page(request: ActorRequest, form: SupportForm, status: int = 200, sentence: str = "") -> HttpResponse:
    actor = request.actor
    deciding = schools_for(actor, Verb.LET_SUPPORT_IN)
    context = {
        "form": form,
        "may_ask": holds_any(actor, POLICY[Verb.ASK_SUPPORT]),
        "may_decide": holds_any(actor, POLICY[Verb.LET_SUPPORT_IN]),
        "asked_of_us": helping.support_of_schools(deciding),
        "own": SupportAccess.objects.filter(person=actor.person_key)
        .select_related("school", "decided_by")
        .order_by("-requested_at")[:20],
        "waiting": set(helping.waiting_support().values_list("pk", flat=True)),
        "running": set(helping.running_support().values_list("pk", flat=True)),
        "sentence": sentence,
    }
    return render(request, "access/support.html", context, status=status)


def _form(request: ActorRequest) -> SupportForm:
    data = request.POST if request.method == "POST" else None
    return SupportForm(data, schools=schools_for(request.actor, Verb.ASK_SUPPORT))


@require_GET
@require_person
def support(request: ActorRequest) -> HttpResponse:
    """What the school decides, what one has asked for."""
    actor = request.actor
    if not holds_any(actor, [*POLICY[Verb.ASK_SUPPORT], *POLICY[Verb.LET_SUPPORT_IN]]):
        raise Http404
    return _page(request, _form(request))


@require_POST
@require_person
def ask_support(request: ActorRequest) -> HttpResponse:
    """Ask a school to be let in."""
    if not holds_any(request.actor, POLICY[Verb.ASK_SUPPORT]):
        raise Http404
    form = _form(request)
    if not form.is_valid():
        return _page(request, form, REFUSED)
    given = form.cleaned_data
    try:
        helping.request_support(
            actor=request.actor, school=given["school"], reason=given["reason"], hours=given["hours"]
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, form, REFUSED)
    return redirect("access:support")


@require_POST
@require_person
def decide_support(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The school lets in (`let_in` = 1) or not."""
    schools = schools_for(request.actor, Verb.LET_SUPPORT_IN)
    row = get_object_or_404(SupportAccess, public_id=public_id, school__in=schools)
    try:
        helping.decide_support(actor=request.actor, row=row, let_in=request.POST.get("let_in") == "1")
    except Refused as refused:
        return _page(request, SupportForm(schools=schools.none()), REFUSED, str(refused))
    return redirect("access:support")


@require_POST
@require_person
def end_support(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The school, or the one who helps, ends it before its time."""
    schools = schools_for(request.actor, Verb.LET_SUPPORT_IN)
    mine = Q(school__in=schools) | Q(person=request.actor.person_key)
    row = get_object_or_404(SupportAccess, mine, public_id=public_id)
    helping.end_support(actor=request.actor, row=row)
    return _left(request)


@require_POST
@require_second_factor
def enter_support(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Step into the school: from now on this session sees that school alone, and each page is recorded."""
    row = get_object_or_404(helping.running_support(), public_id=public_id, person=request.actor.person_key)
    request.session[sessions.SUPPORT] = row.pk
    sessions.new_id(request)
    return redirect("shell:today")


def _left(request: ActorRequest) -> HttpResponse:
    if request.session.pop(sessions.SUPPORT, None) is not None:
        sessions.new_id(request)
        return redirect("shell:today")
    return redirect("access:support")


@require_POST
@require_person
def leave_support(request: ActorRequest) -> HttpResponse:
    """Step out; the access runs on until its end."""
    return _left(request)


@require_http_methods(["GET", "POST"])
@require_second_factor
def pupil_reason(request: ActorRequest) -> HttpResponse:
    """State why one looks at single pupils from above the schools: good for an hour."""
    above = [held for held in request.actor.assignments if held.school_id is None and held.role is not Role.AUDITOR]
    if request.actor.visit is not None or not above:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"form": form, "next": after_sign_in(request)}
        return render(request, "access/pupil_reason.html", context, status=REFUSED if form.is_bound else 200)
    row = helping.state_reason(actor=request.actor, reason=form.cleaned_data["reason"])
    sessions.keep_pupil_reason(request, row.pk, row.ends_at)
    return redirect(after_sign_in(request))
