"""The lesson ledger: lessons of a span of days with what they came to; one query feeds the page and its file."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from tongtang.access.api import Actor
from tongtang.curriculum.models import Subject
from tongtang.lessons.lesson_table import TableRow, table_rows
from tongtang.lessons.models import EvidenceKind, Lesson, Reception
from tongtang.lessons.policies import Verb
from tongtang.lessons.queries import LessonTotals, receptions_for, totals_of
from tongtang.lessons.states import EXCEPTIONS, RANK, ReceptionState
from tongtang.organisations.models import School


@dataclass(frozen=True)
class LedgerFilter:
    """Days [first, last], and what they are narrowed to; empty texts narrow nothing.

    `school`: public id of a school that teaches or receives; `only_exceptions`: lessons with a reception that did
    not go as planned.
    """

    first: date
    last: date
    subject: str = ""
    school: str = ""
    only_exceptions: bool = False


@dataclass(frozen=True)
class LedgerRow:
    """A lesson over the receptions that the actor may see."""

    lesson: Lesson
    school: str
    """the anchor school's name on the day of the lesson"""
    totals: LessonTotals
    exceptions: Sequence[tuple[ReceptionState, int]]

    @property
    def cancelled(self) -> bool:
        return not self.lesson.active


@dataclass(frozen=True)
class Ledger:
    """`rows` in order of time; `totals` sums them all, whatever page is shown.

    A cancelled lesson counts as planned and as not delivered; `due` sums only the receptions that are over.
    """

    rows: Sequence[LedgerRow]
    totals: LessonTotals
    due: LessonTotals

    @property
    def exceptions(self) -> int:
        return sum(bool(row.exceptions) for row in self.rows)


def _narrowed(actor: Actor, wanted: LedgerFilter) -> list[Reception]:
    receptions = receptions_for(actor, Verb.VIEW_RECEPTION).filter(
        Q(active=True) | Q(evidence__kind=EvidenceKind.CANCELLED),
        date__range=(wanted.first, wanted.last),
        lesson__is_demo=False,
    )
    if wanted.subject:
        receptions = receptions.filter(lesson__subject=wanted.subject)
    if wanted.school:
        receptions = receptions.filter(Q(school__public_id=wanted.school) | Q(lesson__school__public_id=wanted.school))
    return list(receptions.select_related("school", "lesson__school"))


def _row(rows: Sequence[TableRow]) -> LedgerRow:
    states = Counter(row.state for row in rows if row.state in EXCEPTIONS)
    ordered = sorted(states.items(), key=lambda item: RANK[item[0]])
    totals = totals_of({row.reception.pk: row.figures for row in rows})
    return LedgerRow(rows[0].reception.lesson, rows[0].anchor_school, totals, ordered)


def ledger_of(actor: Actor, wanted: LedgerFilter, *, as_of: datetime | None, moment: datetime) -> Ledger:
    """The ledger of some days. The number of queries does not depend on the number of lessons."""
    by_lesson: dict[int, list[TableRow]] = defaultdict(list)
    for row in table_rows(_narrowed(actor, wanted), as_of, moment):
        by_lesson[row.reception.lesson_id].append(row)
    rows = [_row(found) for found in by_lesson.values()]
    if wanted.only_exceptions:
        rows = [row for row in rows if row.exceptions]
    rows.sort(key=lambda row: (row.lesson.starts_at, row.lesson.pk))
    kept = [one for row in rows for one in by_lesson[row.lesson.pk]]
    due = {one.reception.pk: one.figures for one in kept if one.reception.ends_at <= moment}
    return Ledger(rows, totals_of({one.reception.pk: one.figures for one in kept}), totals_of(due))


def subjects_of_ledger() -> list[str]:
    """Subject codes to choose from."""
    return list(Subject.objects.values_list("code", flat=True))


def schools_of_ledger(actor: Actor, first: date, last: date) -> list[School]:
    """Schools that teach or receive in the days, among what the actor may see."""
    receptions = receptions_for(actor, Verb.VIEW_RECEPTION).filter(date__range=(first, last)).order_by()
    pairs = receptions.values_list("school", "lesson__school").distinct()
    return list(School.objects.filter(pk__in={pk for pair in pairs for pk in pair}).order_by("name"))
