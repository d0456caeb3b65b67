"""Reads of lessons, receptions and what their evidence amounts to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from tongtang.access.api import Actor, visible
from tongtang.lessons.ledger import Figures, RollCall, Row, effective, figures, roll_call_of
from tongtang.lessons.models import DeliveryRule, EvidenceKind, EvidenceRow, Lesson, Reception
from tongtang.lessons.policies import LESSONS, RECEPTIONS, Verb

# What figures are made of; pages, markers, hands and notes are many and change none.
FIGURE_KINDS = (
    EvidenceKind.RECEIVED,
    EvidenceKind.ROLL_CALL,
    EvidenceKind.JOINED,
    EvidenceKind.POLL,
    EvidenceKind.NOT_DELIVERED,
    EvidenceKind.MAKE_UP,
    EvidenceKind.CANCELLED,
    EvidenceKind.CORRECTION,
)


def lessons_for(actor: Actor, verb: Verb) -> QuerySet[Lesson]:
    """Lessons to which `actor` may do `verb`."""
    rows = Lesson.objects.select_related("subject", "teacher", "school", "studio", "alliance")
    return visible(rows, actor, LESSONS[verb])


def lesson_for(actor: Actor, verb: Verb, public_id: UUID) -> Lesson:
    """One lesson.

    Raises:
        Http404: there is none, or none to which the actor may do this.
    """
    return get_object_or_404(lessons_for(actor, verb), public_id=public_id)


def receptions_for(actor: Actor, verb: Verb) -> QuerySet[Reception]:
    """Receptions to which `actor` may do `verb`."""
    rows = Reception.objects.select_related("lesson__subject", "lesson__teacher", "home_class", "school", "room")
    return visible(rows, actor, RECEPTIONS[verb])


def reception_for(actor: Actor, verb: Verb, public_id: UUID) -> Reception:
    """One reception; 404 as in `lesson_for`."""
    return get_object_or_404(receptions_for(actor, verb), public_id=public_id)


def minimum_percent_on(day: date) -> int:
    """The rule of delivery that holds on `day`: its share of the planned seconds, in percent."""
    return DeliveryRule.objects.filter(valid_from__lte=day).order_by("-valid_from")[0].minimum_percent


def rows_of(
    receptions: Iterable[Reception], as_of: datetime | None = None, kinds: Sequence[EvidenceKind] = ()
) -> Mapping[int, list[Row]]:
    """Evidence rows by reception id, as recorded up to `as_of` (None: all), of `kinds` (none given: all)."""
    evidence = EvidenceRow.objects.filter(reception__in=[reception.pk for reception in receptions])
    if kinds:
        evidence = evidence.filter(kind__in=kinds)
    if as_of is not None:
        evidence = evidence.filter(recorded_at__lte=as_of)
    found: dict[int, list[Row]] = defaultdict(list)
    for reception, *values in evidence.order_by("id").values_list(
        "reception_id", "id", "kind", "occurred_at", "payload", "corrects_id"
    ):
        found[reception].append(Row(*values))
    return found


def roll_calls_of(receptions: Iterable[Reception]) -> dict[int, RollCall]:
    """The roll calls that hold, by reception id; a reception without one is left out. One query."""
    found: dict[int, RollCall] = {}
    for reception, rows in rows_of(receptions, kinds=(EvidenceKind.ROLL_CALL, EvidenceKind.CORRECTION)).items():
        call = roll_call_of(effective(rows))
        if call is not None:
            found[reception] = call
    return found


def figures_of(receptions: Sequence[Reception], as_of: datetime | None = None) -> dict[int, Figures]:
    """Figures by reception id. Two queries and one a day, whatever the number of receptions."""
    rows = rows_of(receptions, as_of, FIGURE_KINDS)
    rules = {day: minimum_percent_on(day) for day in {reception.date for reception in receptions}}
    return {
        reception.pk: figures(
            rows.get(reception.pk, []),
            day=reception.date,
            planned_seconds=int((reception.ends_at - reception.starts_at).total_seconds()),
            minimum_percent=rules[reception.date],
        )
        for reception in receptions
    }


@dataclass(frozen=True)
class LessonTotals:
    """A lesson over its receptions: seconds are sums; `present` sums the roll calls that exist."""

    planned: int
    delivered: int
    live_seconds: int
    recorded_seconds: int
    present: int
    enrolled: int
    roll_calls: int


def totals_of(found: Mapping[int, Figures]) -> LessonTotals:
    """Totals of the receptions of one lesson."""
    calls = [one.roll_call for one in found.values() if one.roll_call is not None]
    return LessonTotals(
        planned=len(found),
        delivered=sum(one.delivered for one in found.values()),
        live_seconds=sum(one.live_seconds for one in found.values()),
        recorded_seconds=sum(one.recorded_seconds for one in found.values()),
        present=sum(call.present for call in calls),
        enrolled=sum(call.enrolled for call in calls),
        roll_calls=len(calls),
    )


@dataclass(frozen=True)
class Workload:
    """Lessons taught (delivered to at least one class) and class receptions delivered; a make-up counts as received."""

    taught: int
    received: int


def workload_of(teacher_id: int, first: date, last: date, as_of: datetime | None = None) -> Workload:
    """A teacher's workload of lessons dated [first, last]; demo lessons are outside all totals.

    The lesson that makes up another one repeats its content: it adds to the received, not to the taught.
    """
    receptions = list(
        Reception.objects.filter(
            lesson__teacher=teacher_id, date__range=(first, last), active=True, lesson__is_demo=False
        ).select_related("lesson")
    )
    found = figures_of(receptions, as_of)
    delivered = [reception for reception in receptions if found[reception.pk].delivered]
    taught = {reception.lesson_id for reception in delivered if reception.lesson.origin != Lesson.Origin.MAKE_UP}
    return Workload(len(taught), len(delivered))


def shortfall_of(home_class_id: int, subject: str, first: date, last: date, as_of: datetime | None = None) -> int:
    """Periods of a subject planned for a class in [first, last] that were neither delivered nor made up.

    A lesson that somebody cancelled was planned; one that a later plan took out was not.
    """
    planned = Reception.objects.filter(
        home_class=home_class_id,
        lesson__subject=subject,
        date__range=(first, last),
        make_up_of=None,
        lesson__is_demo=False,
    )
    receptions = list(planned.filter(Q(active=True) | Q(evidence__kind=EvidenceKind.CANCELLED)).distinct())
    made_up = list(Reception.objects.filter(make_up_of__in=receptions, active=True))
    found = figures_of([*receptions, *made_up], as_of)
    restored = {row.make_up_of_id for row in made_up if found[row.pk].delivered}
    return sum(not found[row.pk].delivered and row.pk not in restored for row in receptions)
