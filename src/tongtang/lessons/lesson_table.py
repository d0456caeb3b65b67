"""One lesson over its receptions: the one query behind the page and its file."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tongtang.access.api import Actor
from tongtang.lessons.ledger import Figures, rounded_minutes
from tongtang.lessons.models import EvidenceKind, Lesson, Reception
from tongtang.lessons.policies import Verb
from tongtang.lessons.queries import LessonTotals, figures_of, receptions_for, totals_of
from tongtang.lessons.states import EXCEPTIONS, RANK, Facts, ReceptionState, facets_of, state_of, sync_rate
from tongtang.organisations.api import names_at


@dataclass(frozen=True)
class MakeUp:
    """The reception arranged in place of a missed one, and whether it was delivered."""

    reception: Reception
    delivered: bool


@dataclass(frozen=True)
class TableRow:
    """A reception with what its evidence amounts to."""

    reception: Reception
    school: str
    anchor_school: str
    """both by the name that they bore on the day of the lesson"""
    state: ReceptionState
    figures: Figures
    facets: Mapping[str, str]
    make_up: MakeUp | None

    @property
    def is_exception(self) -> bool:
        return self.state in EXCEPTIONS

    @property
    def planned_seconds(self) -> int:
        return int((self.reception.ends_at - self.reception.starts_at).total_seconds())

    @property
    def township(self) -> str:
        found = self.reception.school.township
        return found.name if found else ""


@dataclass(frozen=True)
class LessonTable:
    """The receptions of a lesson that an actor may see (`rows`), those that pass the filters (`shown`), and totals.

    `totals` and `sync` are of the shown rows: figures and table always agree. `received` counts those delivered,
    `received_later` also those made up since.
    """

    rows: Sequence[TableRow]
    shown: Sequence[TableRow]
    totals: LessonTotals
    sync: tuple[int, int]
    taught: int
    received: int
    received_later: int

    @property
    def exceptions(self) -> int:
        return sum(row.is_exception for row in self.shown)


def standing(lessons: Iterable[Lesson]) -> Q:
    """Receptions that belong to the lessons' record: active, or cancelled by somebody."""
    return Q(lesson__in=list(lessons)) & (Q(active=True) | Q(evidence__kind=EvidenceKind.CANCELLED))


def make_ups_of(found: Mapping[int, Figures], as_of: datetime | None) -> dict[int, MakeUp]:
    """By missed reception, the last make-up that was arranged for it and not taken back, as recorded up to `as_of`."""
    arranged = {public_id: missed for missed, one in found.items() for public_id in one.make_ups}
    if not arranged:
        return {}
    rows = Reception.objects.filter(public_id__in=list(arranged)).select_related("lesson").order_by("pk")
    receptions = list(rows)
    figures = figures_of(receptions, as_of)
    return {
        arranged[str(reception.public_id)]: MakeUp(reception, figures[reception.pk].delivered)
        for reception in receptions
        if not figures[reception.pk].cancelled
    }


def table_rows(receptions: Sequence[Reception], as_of: datetime | None, moment: datetime) -> list[TableRow]:
    """Rows of receptions of any lessons, as recorded up to `as_of` and seen at `moment`; queries are constant."""
    found = figures_of(receptions, as_of)
    make_ups = make_ups_of(found, as_of)
    polled = {reception.lesson_id for reception in receptions if found[reception.pk].polled}
    names = names_at((school, one.date) for one in receptions for school in (one.school, one.lesson.school))
    rows = []
    for reception in receptions:
        school, anchor = (names[key, reception.date] for key in (reception.school_id, reception.lesson.school_id))
        figures, make_up = found[reception.pk], make_ups.get(reception.pk)
        facts = Facts(
            reception.starts_at,
            reception.ends_at,
            reception.mode,
            figures,
            made_up=make_up is not None and make_up.delivered,
        )
        facets = facets_of(facts, moment, polled=reception.lesson_id in polled)
        rows.append(TableRow(reception, school, anchor, state_of(facts, moment), figures, facets, make_up))
    return rows


def summed_up(rows: Sequence[TableRow], shown: Sequence[TableRow]) -> LessonTable:
    """Rows with their totals."""
    totals = totals_of({row.reception.pk: row.figures for row in shown})
    made_up = sum(row.make_up is not None and row.make_up.delivered for row in shown)
    return LessonTable(
        rows=rows,
        shown=shown,
        totals=totals,
        sync=sync_rate(row.facets for row in shown),
        taught=int(totals.delivered > 0),
        received=totals.delivered,
        received_later=totals.delivered + made_up,
    )


def lesson_table(
    actor: Actor, lesson: Lesson, *, as_of: datetime | None, moment: datetime, state: str = "", township: str = ""
) -> LessonTable:
    """A lesson's receptions, exceptions first, filtered by state and name of township."""
    receptions = (
        receptions_for(actor, Verb.VIEW_RECEPTION)
        .filter(standing([lesson]))
        .select_related("school__township", "lesson__school", "make_up_of")
    )
    rows = table_rows(list(receptions), as_of, moment)
    rows.sort(key=lambda row: (RANK[row.state], row.township, row.school, row.reception.pk))
    shown = [row for row in rows if state in ("", row.state) and township in ("", row.township)]
    return summed_up(rows, shown)


def breakdown(seconds: Sequence[int]) -> str:
    """`18×40 + 2×35` of the rows that make up a sum of minutes; empty where rounding or variety would make it false."""
    counts = Counter(rounded_minutes(one) for one in seconds if one)
    exact = sum(minutes * count for minutes, count in counts.items()) == rounded_minutes(sum(seconds))
    if not exact or not 0 < len(counts) <= 3:
        return ""
    parts = sorted(counts.items(), key=lambda item: -item[0] * item[1])
    return " + ".join(f"{count}×{minutes}" for minutes, count in parts)
