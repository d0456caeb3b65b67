"""What the pages and files of lessons show: contexts of the templates, lines of the sheets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from tongtang.access.api import Actor, can
from tongtang.curriculum.api import subject_name
from tongtang.foundation import clock
from tongtang.lessons.forms import BadMoment, BadSpan, CorrectionForm, frozen_moment, ledger_filter
from tongtang.lessons.history import history_of
from tongtang.lessons.ledger import rounded_minutes
from tongtang.lessons.ledger_list import (
    Ledger,
    LedgerFilter,
    LedgerRow,
    ledger_of,
    schools_of_ledger,
    subjects_of_ledger,
)
from tongtang.lessons.lesson_table import LessonTable, TableRow, breakdown, lesson_table, summed_up
from tongtang.lessons.models import Lesson
from tongtang.lessons.policies import LESSONS, RECEPTIONS, Verb
from tongtang.lessons.queries import lesson_for
from tongtang.lessons.states import MISSED, ReceptionState
from tongtang.lessons.wording import (
    FACET_NAMES,
    FACET_WORDS,
    STATE_WORDS,
    explanation,
    lesson_title,
    listed,
    make_up_words,
)

LESSONS_A_PAGE = 50
Given = Mapping[str, str] | QueryDict


@dataclass(frozen=True)
class LessonView:
    """A lesson as asked for: `as_of` None = the present; `problem` says why another moment cannot be shown."""

    lesson: Lesson
    table: LessonTable
    as_of: datetime | None
    problem: str
    state: str
    township: str

    @property
    def query(self) -> str:
        """The address's question mark part, without the chosen reception."""
        given = QueryDict(mutable=True)
        if self.as_of is not None:
            given["as_of"] = moment_text(self.as_of)
        for name, value in (("state", self.state), ("township", self.township)):
            if value:
                given[name] = value
        return given.urlencode()


def moment_text(moment: datetime) -> str:
    """`2026-04-15T18:00` on the wall clock, with seconds where there are some."""
    return clock.civil(moment).replace(tzinfo=None).isoformat(timespec="seconds").removesuffix(":00")


def lesson_view(actor: Actor, public_id: UUID, given: Given) -> LessonView:
    """What an actor sees of a lesson at the moment and with the filters of an address.

    Raises:
        Http404: no such lesson for this actor.
    """
    lesson = lesson_for(actor, Verb.VIEW, public_id)
    as_of, problem = None, ""
    try:
        as_of = frozen_moment(given.get("as_of", ""))
    except BadMoment as bad:
        problem = str(bad)
    state, township = given.get("state", ""), given.get("township", "")
    state = state if state in set(ReceptionState) else ""
    table = lesson_table(actor, lesson, as_of=as_of, moment=as_of or clock.now(), state=state, township=township)
    return LessonView(lesson, table, as_of, problem, state, township)


def row_of(view: LessonView, public_id: str) -> TableRow | None:
    """The chosen reception's row; None where none is chosen.

    Raises:
        Http404: the lesson has no such reception for this actor.
    """
    if not public_id:
        return None
    for row in view.table.rows:
        if str(row.reception.public_id) == public_id:
            return row
    raise Http404


def drawer_context(actor: Actor, view: LessonView, row: TableRow, form: CorrectionForm | None = None) -> dict[str, Any]:
    """One reception's evidence: row, log, and what the actor may do about it."""
    found = row.reception
    history = history_of(actor, found, view.as_of)
    now = view.as_of is None
    return {
        "row": row,
        "history": history,
        "correctable": [entry for entry in history.entries if entry.may_be_withdrawn],
        "may_correct": now and can(actor, RECEPTIONS[Verb.CORRECT], found),
        "may_make_up": now
        and row.state in MISSED
        and row.make_up is None
        and can(actor, RECEPTIONS[Verb.ARRANGE_MAKE_UP], found),
        "may_cancel_make_up": now
        and row.make_up is not None
        and row.make_up.reception.starts_at > clock.now()
        and can(actor, RECEPTIONS[Verb.ARRANGE_MAKE_UP], row.make_up.reception),
        "correction": form,
    }


def lesson_context(
    actor: Actor, view: LessonView, chosen: TableRow | None, form: CorrectionForm | None = None
) -> dict[str, Any]:
    """The lesson page."""
    whole = summed_up(view.table.rows, view.table.rows)
    lesson = view.lesson
    found = [row.figures for row in whole.rows]
    return {
        "view": view,
        "lesson": lesson,
        "school": whole.rows[0].anchor_school if whole.rows else lesson.school.name,
        "title": lesson_title(lesson),
        "table": view.table,
        "whole": whole,
        "classes_with_call": [row for row in whole.rows if row.figures.roll_call is not None],
        "live_parts": breakdown([one.live_seconds for one in found]),
        "recorded_parts": breakdown([one.recorded_seconds for one in found]),
        "states": [
            (state, STATE_WORDS[state]) for state in ReceptionState if any(row.state == state for row in whole.rows)
        ],
        "townships": sorted({row.township for row in whole.rows if row.township}),
        "switch_value": moment_text(view.as_of or clock.now() - timedelta(minutes=2)),
        "may_cancel": lesson.state == Lesson.State.PLANNED
        and lesson.starts_at > clock.now()
        and can(actor, LESSONS[Verb.CANCEL], lesson),
        "chosen": chosen,
        **(drawer_context(actor, view, chosen, form) if chosen else {}),
    }


def _call_cells(row: TableRow) -> tuple[Any, Any]:
    call = row.figures.roll_call
    return ("", row.reception.home_class.pupil_count) if call is None else (call.present, call.enrolled)


def lesson_sheet(view: LessonView) -> list[list[Any]]:
    """The table of the page, line by line, with its totals."""
    lines: list[list[Any]] = []
    for row in view.table.shown:
        lines.append(
            [
                row.school,
                row.township,
                row.reception.home_class.name,
                str(STATE_WORDS[row.state]),
                rounded_minutes(row.figures.live_seconds),
                rounded_minutes(row.figures.recorded_seconds),
                *_call_cells(row),
                *(str(FACET_WORDS[row.facets[facet]]) for facet in FACET_NAMES),
                listed([explanation(row), make_up_words(row)]),
            ]
        )
    totals = view.table.totals
    delivered = _("Delivered %(delivered)d / %(planned)d") % {
        "delivered": totals.delivered,
        "planned": totals.planned,
    }
    minutes = [rounded_minutes(totals.live_seconds), rounded_minutes(totals.recorded_seconds)]
    blank = [""] * len(FACET_NAMES)
    lines.append([_("Total"), "", totals.planned, delivered, *minutes, totals.present, totals.enrolled, *blank, ""])
    return lines


def lesson_sheet_header() -> list[str]:
    """Names of the columns."""
    return [
        _("Receiving school"),
        _("Township"),
        _("Class"),
        _("State"),
        _("Live minutes"),
        _("Recorded minutes"),
        _("Present"),
        _("Enrolled"),
        *(str(name) for name in FACET_NAMES.values()),
        _("Remarks"),
    ]


@dataclass(frozen=True)
class LedgerView:
    """The ledger as asked for; `problem` says why the days cannot be shown, and this week stands instead."""

    wanted: LedgerFilter
    ledger: Ledger
    problem: str
    schools: Sequence[Any]


def ledger_view(actor: Actor, given: QueryDict) -> LedgerView:
    """What an actor sees of the ledger with the filters of an address."""
    problem = ""
    try:
        wanted = ledger_filter(given)
    except BadSpan as bad:
        wanted, problem = ledger_filter(QueryDict()), str(bad)
    ledger = ledger_of(actor, wanted, as_of=None, moment=clock.now())
    return LedgerView(wanted, ledger, problem, schools_of_ledger(actor, wanted.first, wanted.last))


def _turned(wanted: LedgerFilter, given: QueryDict, days: int) -> str:
    turned = given.copy()
    turned.pop("page", None)
    turned["from"] = (wanted.first + timedelta(days=days)).isoformat()
    turned["to"] = (wanted.last + timedelta(days=days)).isoformat()
    return turned.urlencode()


def _spans(wanted: LedgerFilter, given: QueryDict) -> Iterator[dict[str, Any]]:
    today = clock.today()
    monday = today - timedelta(days=today.weekday())
    for word, first, last in (
        (_("Today"), today, today),
        (_("This week"), monday, monday + timedelta(days=6)),
        (_("Last week"), monday - timedelta(days=7), monday - timedelta(days=1)),
    ):
        chosen = given.copy()
        chosen.pop("page", None)
        chosen["from"], chosen["to"] = first.isoformat(), last.isoformat()
        yield {"word": word, "query": chosen.urlencode(), "current": (first, last) == (wanted.first, wanted.last)}


def ledger_context(view: LedgerView, given: QueryDict) -> dict[str, Any]:
    """The ledger page."""
    days = (view.wanted.last - view.wanted.first).days + 1
    kept = given.copy()
    kept.pop("page", None)
    return {
        "view": view,
        "wanted": view.wanted,
        "ledger": view.ledger,
        "page": Paginator(view.ledger.rows, LESSONS_A_PAGE).get_page(given.get("page")),
        "subjects": [(code, subject_name(code)) for code in subjects_of_ledger()],
        "spans": list(_spans(view.wanted, given)),
        "earlier": _turned(view.wanted, given, -days),
        "later": _turned(view.wanted, given, days),
        "kept": kept.urlencode(),
    }


def ledger_sheet(view: LedgerView) -> list[list[Any]]:
    """All lessons of the ledger's days, line by line, with their totals."""
    lines = [_ledger_line(row) for row in view.ledger.rows]
    totals = view.ledger.totals
    head: list[Any] = [_("Total"), "", "", "", ""]
    return [*lines, [*head, *_totals_cells(totals), ""]]


def _totals_cells(totals: Any) -> list[Any]:
    return [
        totals.delivered,
        totals.planned,
        rounded_minutes(totals.live_seconds),
        rounded_minutes(totals.recorded_seconds),
        totals.present,
        totals.enrolled,
    ]


def _ledger_line(row: LedgerRow) -> list[Any]:
    lesson = row.lesson
    start = clock.civil(lesson.starts_at)
    exceptions = listed(f"{STATE_WORDS[state]} {count}" for state, count in row.exceptions)
    teacher = lesson.teacher.name if lesson.teacher else ""
    names = [start.date().isoformat(), f"{start:%H:%M}", lesson_title(lesson), teacher, row.school]
    return [*names, *_totals_cells(row.totals), exceptions]


def ledger_sheet_header() -> list[str]:
    """Names of the columns."""
    return [
        _("Date"),
        _("Begins"),
        _("Lesson"),
        _("Anchor teacher"),
        _("Anchor school"),
        _("Classes delivered"),
        _("Classes planned"),
        _("Live minutes"),
        _("Recorded minutes"),
        _("Present"),
        _("Enrolled"),
        _("Exceptions"),
    ]
