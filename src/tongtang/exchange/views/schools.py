"""Schools with their history; rename, merge and split with a preview before the word."""

from datetime import date
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tongtang.access.api import ActorRequest, require_person
from tongtang.exchange import queries
from tongtang.exchange.forms import MergeForm, RenameForm, SplitForm
from tongtang.exchange.policies import Verb
from tongtang.exchange.succession import change
from tongtang.exchange.succession.history import changes_of, classes_on, names_of
from tongtang.foundation import clock
from tongtang.organisations.models import School

A_PAGE = 50


@never_cache
@require_GET
@require_person
def schools(request: ActorRequest) -> HttpResponse:
    """Schools that the actor may change."""
    queries.require_office(request.actor, Verb.IMPORT)
    rows = queries.schools_for(request.actor, Verb.CHANGE_SCHOOL)
    text = request.GET.get("text", "")[:60].replace("\x00", "")
    if text:
        rows = rows.filter(name__icontains=text) | rows.filter(code=text) | rows.filter(source_id=text)
    page = Paginator(rows.distinct(), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "exchange/schools.html", {"page": page, "text": text})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return clock.today()


@never_cache
@require_GET
@require_person
def school(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """One school: its names, its changes, its classes on a day."""
    row = queries.school_for(request.actor, Verb.CHANGE_SCHOOL, public_id)
    day = _day(request.GET.get("day", ""))
    context = {
        "school": row,
        "names": names_of(row),
        "changes": [(one, word, queries.name_of(one.by)) for one, word in changes_of(row)],
        "day": day,
        "classes": classes_on(row, day),
    }
    return render(request, "exchange/school.html", context)


def _initial() -> dict[str, object]:
    return {"day": clock.today()}


def _is_word(request: ActorRequest) -> bool:
    """Whether the person saw the preview and gives the word."""
    return request.method == "POST" and request.POST.get("do") == "change"


@never_cache
@require_http_methods(["GET", "POST"])
@require_person
def rename(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A new name from a day on."""
    row = queries.school_for(request.actor, Verb.CHANGE_SCHOOL, public_id)
    form = RenameForm(request.POST if request.method == "POST" else None, initial={**_initial(), "name": row.name})
    obstacles: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            change.rename(actor=request.actor, school=row, **form.cleaned_data)
        except change.Refused as refused:
            obstacles = refused.sentences
        else:
            return redirect("exchange:school", row.public_id)
    context = {"school": row, "form": form, "obstacles": obstacles, "kind": "rename"}
    return _page(request, context, form.is_bound, bool(obstacles))


@never_cache
@require_http_methods(["GET", "POST"])
@require_person
def merge(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Another school takes this one in; first the preview, then the word."""
    row = queries.school_for(request.actor, Verb.CHANGE_SCHOOL, public_id)
    form = MergeForm(request.POST if request.method == "POST" else None, school=row, initial=_initial())
    context: dict[str, object] = {"school": row, "form": form, "kind": "merge"}
    obstacles: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        other: School = queries.school_for(request.actor, Verb.CHANGE_SCHOOL, given["other"].public_id)
        preview = change.preview_merge(row, other, given["day"])
        obstacles = preview.obstacles
        if _is_word(request) and not obstacles:
            try:
                change.merge(actor=request.actor, school=row, other=other, day=given["day"], reason=given["reason"])
            except change.Refused as refused:
                obstacles = refused.sentences
            else:
                return redirect("exchange:school", other.public_id)
        context |= {"preview": preview, "other": other, "obstacles": obstacles}
    return _page(request, context, form.is_bound and not form.is_valid(), bool(obstacles))


@never_cache
@require_http_methods(["GET", "POST"])
@require_person
def split(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """A new school takes some classes; first the preview, then the word."""
    row = queries.school_for(request.actor, Verb.CHANGE_SCHOOL, public_id)
    form = SplitForm(request.POST if request.method == "POST" else None, school=row, initial=_initial())
    context: dict[str, object] = {"school": row, "form": form, "kind": "split"}
    obstacles: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "classes": list(form.cleaned_data["classes"])}
        preview = change.preview_split(row, given["classes"], given["day"])
        obstacles = preview.obstacles
        if _is_word(request) and not obstacles:
            try:
                made = change.split(actor=request.actor, school=row, **given)
            except change.Refused as refused:
                obstacles = refused.sentences
            else:
                return redirect("exchange:school", made.other.public_id if made.other else row.public_id)
        context |= {"preview": preview, "other": None, "obstacles": obstacles}
    return _page(request, context, form.is_bound and not form.is_valid(), bool(obstacles))


def _page(request: ActorRequest, context: dict[str, object], is_bad: bool, is_refused: bool) -> HttpResponse:
    status = 409 if is_refused else 400 if is_bad else 200
    return render(request, "exchange/change_school.html", context, status=status)
