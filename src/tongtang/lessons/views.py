"""The ledger, a lesson's page, one reception's evidence, and what people do about them."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongtang.access.api import ActorRequest, require_person
from tongtang.foundation.once import key_of, once
from tongtang.lessons import pages
from tongtang.lessons.actions import Refused
from tongtang.lessons.corrections import withdraw_evidence
from tongtang.lessons.forms import CorrectionForm, ReasonForm
from tongtang.lessons.history import rows_of_entry
from tongtang.lessons.make_ups import cancel_lesson
from tongtang.lessons.make_ups import cancel_make_up as take_back_make_up
from tongtang.lessons.models import EvidenceRow, Lesson, Reception
from tongtang.lessons.policies import Verb
from tongtang.lessons.queries import lesson_for, reception_for
from tongtang.lessons.sheets import sheet
from tongtang.lessons.showings import emptied_without
from tongtang.lessons.wording import lesson_title


def page_of(lesson: Lesson, reception: Reception | None = None) -> str:
    """Address of a lesson's page, with one reception's evidence open."""
    address = reverse("lessons:lesson", args=[lesson.public_id])
    return address if reception is None else f"{address}?reception={reception.public_id}"


@require_GET
@require_person
def ledger(request: ActorRequest) -> HttpResponse:
    """The lesson ledger."""
    view = pages.ledger_view(request.actor, request.GET)
    context = pages.ledger_context(view, request.GET)
    return render(request, "lessons/ledger.html", context, status=400 if view.problem else 200)


@require_GET
@require_person
def ledger_sheet(request: ActorRequest) -> HttpResponse:
    """The ledger as a file: every lesson of its days."""
    view = pages.ledger_view(request.actor, request.GET)
    if view.problem:
        return HttpResponseBadRequest(view.problem, content_type="text/plain; charset=utf-8")
    name = f"ledger-{view.wanted.first}-{view.wanted.last}"
    return sheet(name, pages.ledger_sheet_header(), pages.ledger_sheet(view))


@require_GET
@require_person
def lesson(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A lesson with its receptions, at present or as of a moment."""
    view = pages.lesson_view(request.actor, public_id, request.GET)
    chosen = pages.row_of(view, request.GET.get("reception", ""))
    context = pages.lesson_context(request.actor, view, chosen)
    return render(request, "lessons/lesson.html", context, status=400 if view.problem else 200)


@require_GET
@require_person
def lesson_sheet(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The table of the page as a file."""
    view = pages.lesson_view(request.actor, public_id, request.GET)
    if view.problem:
        return HttpResponseBadRequest(view.problem, content_type="text/plain; charset=utf-8")
    frozen = f"-as-of-{pages.moment_text(view.as_of).replace(':', '')}" if view.as_of else ""
    name = f"lesson-{view.lesson.date}-{view.lesson.subject_id}{frozen}"
    return sheet(name, pages.lesson_sheet_header(), pages.lesson_sheet(view))


@require_GET
@require_person
def reception(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """One reception's evidence: a fragment for htmx, else the lesson's page with it open."""
    found = reception_for(request.actor, Verb.VIEW_RECEPTION, public_id)
    if not request.headers.get("HX-Request"):
        return redirect(page_of(found.lesson, found))
    view = pages.lesson_view(request.actor, found.lesson.public_id, request.GET)
    row = pages.row_of(view, str(found.public_id))
    context = {"view": view, "lesson": view.lesson, "chosen": row}
    if row is not None:
        context |= pages.drawer_context(request.actor, view, row)
    return render(request, "lessons/_reception.html", context)


@require_POST
@require_person
def correct(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Withdraw a line of the log, with a reason; the line stays readable."""
    found = reception_for(request.actor, Verb.CORRECT, public_id)
    form = CorrectionForm(request.POST)
    if form.is_valid():
        rows: list[EvidenceRow] = []
        try:
            with once(key_of(request, request.actor.subject)) as first:
                if first:
                    rows = rows_of_entry(found, *form.chosen)
                    _withdraw(request, rows, form.cleaned_data["reason"])
            return redirect(page_of(found.lesson, found))
        except Refused as refused:
            form.add_error("reason" if rows else "entry", str(refused))
    view = pages.lesson_view(request.actor, found.lesson.public_id, QueryDict())
    context = pages.lesson_context(request.actor, view, pages.row_of(view, str(found.public_id)), form)
    return render(request, "lessons/lesson.html", context, status=400)


def _withdraw(request: ActorRequest, rows: list[EvidenceRow], reason: str) -> None:
    if not rows:
        raise Refused(_("The log has changed meanwhile. Nothing was withdrawn. Choose the record again."))
    withdraw_evidence(actor=request.actor, rows=rows, reason=reason)


@require_http_methods(["GET", "POST"])
@require_person
def cancel(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Cancel a lesson that has not begun."""
    found = lesson_for(request.actor, Verb.CANCEL, public_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with once(key_of(request, request.actor.subject)) as first:
                if first:
                    cancel_lesson(actor=request.actor, lesson=found, reason=form.cleaned_data["reason"])
            return redirect(page_of(found))
        except Refused as refused:
            form.add_error("reason", str(refused))
    context = {
        "lesson": found,
        "title": lesson_title(found),
        "form": form,
        "classes": found.receptions.filter(active=True).count(),
        "emptied": emptied_without(found.pk) if found.active else [],
    }
    return render(request, "lessons/cancel.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@require_person
def cancel_make_up(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Take back a make-up that has not begun."""
    make_up = reception_for(request.actor, Verb.ARRANGE_MAKE_UP, public_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with once(key_of(request, request.actor.subject)) as first:
                if first:
                    take_back_make_up(actor=request.actor, make_up=make_up, reason=form.cleaned_data["reason"])
            missed = make_up.make_up_of
            return redirect(page_of(missed.lesson, missed) if missed else page_of(make_up.lesson))
        except Refused as refused:
            form.add_error("reason", str(refused))
    context = {"make_up": make_up, "title": lesson_title(make_up.lesson), "form": form}
    return render(request, "lessons/cancel_make_up.html", context, status=400 if form.errors else 200)
