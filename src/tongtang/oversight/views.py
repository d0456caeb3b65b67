"""The audit log with its export, and the catalogue of data."""

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tongtang.access.api import ActorRequest, require_person
from tongtang.foundation import clock
from tongtang.oversight import fields
from tongtang.oversight.export import signed_entries
from tongtang.oversight.forms import FieldFilter, LogFilter
from tongtang.oversight.policies import may_open_catalogue, may_open_log
from tongtang.oversight.queries import A_PAGE, entries_for, mark_of, older_than, rows_of


@never_cache
@require_GET
@require_person
def log(request: ActorRequest) -> HttpResponse:
    """The latest entries first; `before` is where the page before this one ended."""
    if not may_open_log(request.actor):
        raise Http404
    shown = LogFilter(request.GET)
    wanted = shown.wanted()
    mark = request.GET.get("before", "")
    found = list(older_than(entries_for(request.actor, wanted), mark)[: A_PAGE + 1])
    kept = request.GET.copy()
    kept.pop("before", None)
    context = {
        "filter": shown,
        "rows": rows_of(found[:A_PAGE]),
        "older": mark_of(found[A_PAGE - 1]) if len(found) > A_PAGE else "",
        "later": bool(mark),
        "kept": kept.urlencode(),
        "narrowed": any(wanted.__dict__.values()),
    }
    return render(request, "oversight/log.html", context)


@never_cache
@require_GET
@require_person
def export(request: ActorRequest) -> HttpResponse:
    """What the filter shows, as signed JSON."""
    if not may_open_log(request.actor):
        raise Http404
    document = signed_entries(request.actor, LogFilter(request.GET).wanted())
    name = f"audit-{clock.civil(clock.now()):%Y%m%d-%H%M%S}.json"
    answer = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_GET
@require_person
def catalogue(request: ActorRequest) -> HttpResponse:
    """Every field of the database, and how long each category is kept."""
    if not may_open_catalogue(request.actor):
        raise Http404
    shown = FieldFilter(request.GET)
    given = shown.cleaned_data if shown.is_valid() else {}
    tables = fields.tables(
        text=given.get("text", ""), sensitivity=given.get("sensitivity", ""), retention=given.get("retention", "")
    )
    context = {
        "filter": shown,
        "tables": tables,
        "count": sum(len(table.lines) for table in tables),
        "terms": fields.terms(),
    }
    return render(request, "oversight/catalogue.html", context)
