"""A guardian's pages: joining by a slip, answers, the child's own data."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongtang.access.api import (
    ACTIVATION,
    ActorRequest,
    Refused,
    address_of,
    attempt,
    begin_session,
    check_own_password,
    require_family,
)
from tongtang.consent import actions
from tongtang.consent.export import LINK_SECONDS, build, is_link_of, link_token
from tongtang.consent.forms import AnswerForm, CorrectionForm, JoinForm, PasswordForm, SlipForm
from tongtang.consent.models import DataRequest
from tongtang.consent.policies import Verb
from tongtang.consent.queries import answers_of, child_for, data_requests_of, matters_of
from tongtang.foundation.once import key_of, once
from tongtang.people.models import Pupil

REFUSED = 422


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def join(request: ActorRequest) -> HttpResponse:
    """By a slip: a stranger gets an account, whoever is signed in one more child."""
    known = request.actor.person_id is not None
    kind = SlipForm if known else JoinForm
    form = kind(request.POST if request.method == "POST" else None)
    context = {"form": form, "known": known}
    if not form.is_valid():
        return render(request, "consent/join.html", context, status=REFUSED if form.is_bound else 200)
    given = {name: form.cleaned_data[name] for name in form.fields if name != "again"}
    try:
        with attempt(ACTIVATION, "guardian-slip", address_of(request)):
            if known:
                actions.add_child(actor=request.actor, **given)
                return redirect("shell:children")
            account = actions.become_guardian(**given)
    except Refused as refused:
        form.add_error(None, str(refused))
        return render(request, "consent/join.html", context, status=REFUSED)
    begin_session(request, account)
    return render(request, "consent/joined.html", {"user_name": account.person.source_id})


def _child_page(request: ActorRequest, pupil: Pupil, status: int = 200, **more: object) -> HttpResponse:
    context = {
        "pupil": pupil,
        "matters": matters_of(pupil),
        "answers": answers_of(pupil)[:20],
        "requests": data_requests_of(pupil),
        "correction": CorrectionForm(),
    }
    return render(request, "consent/child.html", context | more, status=status)


@require_GET
@require_family
def child(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """What is asked, what was answered, and the rights over the child's data."""
    return _child_page(request, child_for(request.actor, Verb.ANSWER, public_id))


@require_POST
@require_family
def answer(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Agree, refuse, withdraw."""
    pupil = child_for(request.actor, Verb.ANSWER, public_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _child_page(request, pupil, REFUSED)
    with once(key_of(request, request.actor.subject)) as first:
        if first:
            actions.answer(actor=request.actor, pupil=pupil, **form.cleaned_data)
    return redirect("consent:child", public_id)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@require_family
def export(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """All data of one child: after the own password once more, a link for 15 minutes."""
    pupil = child_for(request.actor, Verb.EXPORT, public_id)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    context = {"pupil": pupil, "form": form, "minutes": LINK_SECONDS // 60}
    if not form.is_valid():
        return render(request, "consent/take.html", context, status=REFUSED if form.is_bound else 200)
    try:
        check_own_password(request, request.actor.person_key, form.cleaned_data["password"])
    except Refused as refused:
        form.add_error("password", str(refused))
        return render(request, "consent/take.html", context, status=REFUSED)
    link = f"{reverse('consent:download', args=[public_id])}?token={link_token(request.actor, pupil)}"
    return render(request, "consent/take.html", context | {"link": link})


@never_cache
@require_GET
@require_family
def download(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The ZIP, for whoever was given the link and nobody else."""
    pupil = child_for(request.actor, Verb.EXPORT, public_id)
    if not is_link_of(request.actor, pupil, request.GET.get("token", "")):
        raise Http404
    answer = HttpResponse(build(request.actor, pupil), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="child-{pupil.public_id}.zip"'
    return answer


@require_POST
@require_family
def correction(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Ask the school to correct something."""
    pupil = child_for(request.actor, Verb.ASK, public_id)
    form = CorrectionForm(request.POST)
    if not form.is_valid():
        return _child_page(request, pupil, REFUSED, correction=form)
    try:
        with once(key_of(request, request.actor.subject)) as first:
            if first:
                kind = DataRequest.Kind.CORRECTION
                actions.ask(actor=request.actor, pupil=pupil, kind=kind, text=form.cleaned_data["text"])
    except Refused as refused:
        form.add_error(None, str(refused))
        return _child_page(request, pupil, REFUSED, correction=form)
    return redirect("consent:child", public_id)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@require_family
def deletion(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Ask the school to delete the child's data; the own password once more."""
    pupil = child_for(request.actor, Verb.ASK, public_id)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    context = {"pupil": pupil, "form": form}
    if not form.is_valid():
        return render(request, "consent/deletion.html", context, status=REFUSED if form.is_bound else 200)
    try:
        check_own_password(request, request.actor.person_key, form.cleaned_data["password"])
        with once(key_of(request, request.actor.subject)) as first:
            if first:
                actions.ask(actor=request.actor, pupil=pupil, kind=DataRequest.Kind.DELETION, text="")
    except Refused as refused:
        form.add_error("password", str(refused))
        return render(request, "consent/deletion.html", context, status=REFUSED)
    return redirect("consent:child", public_id)
