"""Imports: hand in, look at the findings and the differences, apply or withdraw, and the history."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tongtang.access.api import ActorRequest, require_person
from tongtang.exchange import queries, wording
from tongtang.exchange.forms import DiffFilter, UploadForm
from tongtang.exchange.models import ImportRun
from tongtang.exchange.policies import Verb
from tongtang.exchange.stages import files
from tongtang.exchange.stages import run as stages
from tongtang.exchange.stages.diffs import DiffRow, counts_by_school, read_diff
from tongtang.exchange.state.compare import CREATED
from tongtang.exchange.state.values import PUPILS
from tongtang.exchange.tasks import apply_import, check_import
from tongtang.exchange.views.download import spreadsheet
from tongtang.exchange.views.naming import Labels, Values, labels_of

A_PAGE = 50
MOST_ROWS = 100_000
SCHOOLS_SHOWN = 200


@never_cache
@require_GET
@require_person
def runs(request: ActorRequest) -> HttpResponse:
    """The history of imports, and the form of a new one."""
    return _runs(request, None)


def _runs(request: ActorRequest, form: UploadForm | None, status: int = 200) -> HttpResponse:
    counties = queries.require_office(request.actor, Verb.IMPORT)
    page = Paginator(queries.runs_for(request.actor), A_PAGE).get_page(request.GET.get("page"))
    for one in page:
        one.who = queries.name_of(one.by)  # type: ignore[attr-defined]
        one.sign = wording.STATES[one.state]  # type: ignore[attr-defined]
        one.form_word = wording.FORMS[one.form]  # type: ignore[attr-defined]
        one.totals = _totals(one)  # type: ignore[attr-defined]
    context = {
        "page": page,
        "form": form or UploadForm(counties=counties),
        "waiting": queries.waiting_rows(request.actor).count(),
        "pairs": queries.pairs_for(request.actor).count(),
    }
    return render(request, "exchange/runs.html", context, status=status)


def _totals(run: ImportRun) -> list[tuple[str, str, str, int]]:
    """(kind, icon, word, rows) of a run that was checked."""
    return [
        (kind[0], kind[1], str(kind[2]), sum(_by_table(run, name).values())) for name, kind in wording.KINDS.items()
    ]


@require_POST
@require_person
def upload(request: ActorRequest) -> HttpResponse:
    """Keep a file and have it checked in the background."""
    form = UploadForm(request.POST, request.FILES, counties=queries.counties_for(request.actor, Verb.IMPORT))
    # Whoever may import nowhere has no county to name: for them the address does not exist.
    queries.county_for(request.actor, Verb.IMPORT, _code(request.POST.get("county", "")))
    if not form.is_valid():
        return _runs(request, form, status=400)
    given = form.cleaned_data
    try:
        run = stages.hand_in(
            actor=request.actor,
            county=given["county"],
            form=given["form"],
            system=given["system"],
            name=given["file"].name,
            chunks=given["file"].chunks(),
        )
    except files.TooLarge as error:
        form.add_error("file", str(error))
        return _runs(request, form, status=400)
    check_import.enqueue(str(run.public_id))
    return redirect("exchange:run", run.public_id)


def _code(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else 0


@never_cache
@require_GET
@require_person
def run(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """One run: its state, its findings or its differences."""
    row = queries.run_for(request.actor, public_id)
    wanted = DiffFilter(request.GET)
    number = max(_code(request.GET.get("page", "1")), 1)
    values = wanted.values()
    total, rows = read_diff(files.diff_of(row), values, offset=(number - 1) * A_PAGE, limit=A_PAGE)
    schools = counts_by_school(files.diff_of(row))
    refused = row.counts.get("refused", [])[:A_PAGE]
    labels = labels_of(
        row,
        {one.school for one in rows} | {school for school, _counts in schools},
        [*(values for one in rows for values in one.attributes), *(_values(one) for one in refused)],
    )
    context = {
        "run": row,
        "who": queries.name_of(row.by),
        "sign": wording.STATES[row.state],
        "form_word": wording.FORMS[row.form],
        "mode_word": wording.MODES[row.mode],
        "busy": row.state in (ImportRun.State.CHECKED, ImportRun.State.APPLYING),
        "tables": _tables(row),
        "ending": _by_table(row, "ended").get(PUPILS, 0) if _may_lack_rows(row) else 0,
        "filter": wanted,
        "rows": [_shown(one, labels) for one in rows],
        "total": total,
        "number": number,
        "pages": (total + A_PAGE - 1) // A_PAGE,
        "schools": [(school, labels.school(school), counts) for school, counts in schools[:SCHOOLS_SHOWN]],
        "waiting": [(one, wording.REASONS.get(one.reason, one.reason)) for one in row.quarantined.all()[:A_PAGE]],
        "refused": [_refused(one, labels) for one in refused],
        "uncarried": row.counts.get("uncarried", {}),
        "is_news": bool(schools or row.counts.get("other_tables")),
        "is_delta": row.mode == ImportRun.Mode.DELTA,
    }
    return render(request, "exchange/run.html", context)


def _by_table(run: ImportRun, kind: str) -> dict[str, int]:
    """Rows of a kind by table; a roster is of pupils alone and counts them without the table's name."""
    found: int | dict[str, int] = run.counts.get(kind, {})
    return {PUPILS: found} if isinstance(found, int) else found


def _may_lack_rows(run: ImportRun) -> bool:
    """Whether a person still decides about a file that says who all the county's pupils are."""
    return run.state == ImportRun.State.WAITING and run.mode == ImportRun.Mode.BULK


def _tables(row: ImportRun) -> list[tuple[str, list[int]]]:
    """(table, numbers of new, changed, ending and unchanged rows) of a run."""
    kinds = (*wording.KINDS, "unchanged")
    return [
        (str(word), [_by_table(row, kind).get(table, 0) for kind in kinds]) for table, word in wording.TABLES.items()
    ]


def _values(one: dict[str, object]) -> Values:
    return str(one["attribute"]), one["before"], one["after"]


def _shown(one: DiffRow, labels: Labels) -> dict[str, object]:
    return {
        "table": wording.TABLES.get(one.table, one.table),
        "sign": wording.KINDS[one.kind],
        "source_id": one.source_id,
        "name": one.name,
        "is_new": one.kind == CREATED,
        "school": labels.school(one.school),
        "attributes": [
            (wording.attribute(one.table, name), labels.shown(name, before), labels.shown(name, after))
            for name, before, after in one.attributes
        ],
    }


def _refused(one: dict[str, object], labels: Labels) -> dict[str, object]:
    return {
        "table": wording.TABLES.get(str(one["table"]), one["table"]),
        "source_id": one["source_id"],
        "attribute": wording.attribute(str(one["table"]), str(one["attribute"])),
        "before": labels.shown(str(one["attribute"]), one["before"]),
        "after": labels.shown(str(one["attribute"]), one["after"]),
        "why": wording.REASONS.get(str(one["why"]), one["why"]),
    }


@require_POST
@require_person
def apply(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Apply what was shown; a job carries it out."""
    row = queries.run_for(request.actor, public_id)
    try:
        stages.begin_apply(actor=request.actor, run=row)
    except stages.Refused as error:
        return render(request, "exchange/refused.html", {"reason": str(error), "run": row}, status=409)
    apply_import.enqueue(str(row.public_id))
    return redirect("exchange:run", row.public_id)


@require_POST
@require_person
def withdraw(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """Give a run up; its files are thrown away."""
    row = queries.run_for(request.actor, public_id)
    try:
        stages.withdraw(actor=request.actor, run=row)
    except stages.Refused as error:
        return render(request, "exchange/refused.html", {"reason": str(error), "run": row}, status=409)
    return redirect("exchange:run", row.public_id)


@never_cache
@require_GET
@require_person
def findings(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The findings of a run as a spreadsheet."""
    row = queries.run_for(request.actor, public_id)
    header = [_("File"), _("Row"), _("Column"), _("Value"), _("Reason")]
    rows = [[one["file"], one["line"], one["column"], one["value"], one["message"]] for one in row.findings]
    return spreadsheet("findings", _("Findings"), header, rows)


@never_cache
@require_GET
@require_person
def differences(request: ActorRequest, public_id: UUID) -> HttpResponse:
    """The differences of a run as a spreadsheet, one line an attribute, without the names of pupils."""
    row = queries.run_for(request.actor, public_id)
    values = DiffFilter(request.GET).values()
    _total, rows = read_diff(files.diff_of(row), values, offset=0, limit=MOST_ROWS)
    header = [_("Table"), _("Kind of change"), _("Id"), _("School"), _("Attribute"), _("Before"), _("After")]
    return spreadsheet("differences", _("Differences"), header, [line for one in rows for line in _lines(one)])


def _lines(one: DiffRow) -> list[list[str]]:
    """A pupil's values stay on the page: a file of them is an export of pupils and goes another way."""
    start = [str(wording.TABLES[one.table]), str(wording.KINDS[one.kind][2]), one.source_id, one.school]
    if not one.attributes or one.table == "pupils":
        words = ", ".join(str(wording.attribute(one.table, name)) for name, _before, _after in one.attributes)
        return [[*start, words, "", ""]]
    return [
        [*start, str(wording.attribute(one.table, name)), wording.shown(before), wording.shown(after)]
        for name, before, after in one.attributes
    ]
