"""Putting lessons where a change has them. The database's own constraints have the last word."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet

from tongtang.access.api import Actor
from tongtang.foundation import clock
from tongtang.foundation.clock import civil
from tongtang.lessons.api import bind_showings, check_shown, happened, record_evidence, touched_by, withdraw_evidence
from tongtang.lessons.models import EvidenceKind, EvidenceRow, Lesson, Reception
from tongtang.organisations.models import Studio
from tongtang.timetable.facilitators import seat_facilitators
from tongtang.timetable.leaving import end_receptions, left_among
from tongtang.timetable.models import ChangeOrder, LessonBase, LocalMove
from tongtang.timetable.orders.judge import Effect, Touched, Verdict
from tongtang.timetable.orders.patches import base_json


def _receptions(verdicts: Sequence[Verdict]) -> QuerySet[Reception]:
    return Reception.objects.filter(pk__in=[one.receiver.reception_id for each in verdicts for one in each.effects])


def _lift(verdicts: Sequence[Verdict]) -> None:
    """Take the lessons out: while they are on their way they block nobody, not even one another."""
    _receptions(verdicts).update(active=False)
    LocalMove.objects.filter(reception__in=_receptions(verdicts)).delete()
    lessons = [each.touched.lesson_id for each in verdicts]
    Lesson.objects.filter(pk__in=lessons).update(state=Lesson.State.CANCELLED, active=False)


def _place(one: Touched) -> None:
    target = one.target
    values: dict[str, object] = {
        "date": civil(target.starts_at).date(),
        "starts_at": target.starts_at,
        "ends_at": target.ends_at,
        "busy_until": target.busy_until,
        "teacher_id": target.teacher_id,
        "studio_id": target.studio_id,
    }
    if target.studio_id is not None and target.studio_id != one.now.studio_id:
        school = Studio.objects.select_related("school").get(pk=target.studio_id).school
        values |= {"school": school, "region_code": school.region_code}
    Lesson.objects.filter(pk=one.lesson_id).update(**values)


def _seat(one: Effect) -> None:
    if one.seat is not None:
        Reception.objects.filter(pk=one.receiver.reception_id).update(
            room=one.seat.room_id, period_number=one.seat.period
        )


def _set_down(verdicts: Sequence[Verdict]) -> None:
    """The lessons stand again, and their receptions; here a clash meets the database's refusal."""
    standing = [each for each in verdicts if not each.touched.target.cancelled]
    lessons = [each.touched.lesson_id for each in standing]
    Lesson.objects.filter(pk__in=lessons).update(state=Lesson.State.PLANNED, active=True)
    _receptions(standing).update(active=True)
    LocalMove.objects.bulk_create(
        [
            LocalMove(
                reception_id=one.receiver.reception_id,
                local_lesson_id=one.shift.local.local_id,
                home_class_id=one.receiver.home_class_id,
                from_day=one.shift.from_day,
                to_day=one.shift.to_day,
                to_period=one.shift.to_period,
            )
            for each in standing
            for one in each.effects
            if one.shift is not None
        ]
    )


def _tell_evidence(actor: Actor, order: ChangeOrder, verdicts: Sequence[Verdict], reason: str) -> None:
    """A cancelled reception says so from this day on; one that is held after all takes that back."""
    now = clock.now()
    fallen = [each for each in verdicts if each.touched.target.cancelled and not each.touched.now.cancelled]
    for reception in _receptions(fallen):
        rows = [happened(EvidenceKind.CANCELLED, now, {"reason": reason, "order": str(order.public_id)})]
        record_evidence(actor=actor, reception=reception, rows=rows, now=now)
    risen = [each for each in verdicts if each.touched.now.cancelled and not each.touched.target.cancelled]
    evidence = EvidenceRow.objects.filter(
        reception__in=_receptions(risen), kind=EvidenceKind.CANCELLED, corrections__isnull=True
    )
    withdraw_evidence(actor=actor, rows=list(evidence.select_related("reception__school")), reason=reason)


def _keep_bases(verdicts: Sequence[Verdict], still_ordered: set[int]) -> None:
    """The plan's values of lessons on which an order stands; a lesson without orders is its own base."""
    ordered = [each.touched for each in verdicts if each.touched.lesson_id in still_ordered]
    known = set(
        LessonBase.objects.filter(lesson__in=[one.lesson_id for one in ordered]).values_list("lesson_id", flat=True)
    )
    LessonBase.objects.bulk_create(
        [
            LessonBase(lesson_id=one.lesson_id, values=base_json(one.base))
            for one in ordered
            if one.lesson_id not in known
        ]
    )
    free = [each.touched.lesson_id for each in verdicts if each.touched.lesson_id not in still_ordered]
    LessonBase.objects.filter(lesson__in=free).delete()


def _stretch(verdicts: Sequence[Verdict]) -> None:
    """An order in force lasts until the lessons are held on which it stands, also where another order moved them."""
    by_day: dict[date, list[int]] = defaultdict(list)
    for each in verdicts:
        by_day[civil(each.touched.target.starts_at).date()].append(each.touched.lesson_id)
    for day, lessons in by_day.items():
        standing = ChangeOrder.objects.filter(state=ChangeOrder.State.APPLIED, lesson_changes__lesson__in=lessons)
        ChangeOrder.objects.filter(pk__in=standing.filter(last_day__lt=day).values("pk")).update(last_day=day)
        ChangeOrder.objects.filter(pk__in=standing.filter(first_day__gt=day).values("pk")).update(first_day=day)


def write(actor: Actor, order: ChangeOrder, verdicts: Sequence[Verdict], still_ordered: set[int], reason: str) -> None:
    """Put every lesson of `verdicts` where it is to be, inside the caller's transaction.

    `still_ordered`: keys of the lessons on which an order stands afterwards.

    Raises:
        IntegrityError: somebody or something is taken; the caller's savepoint rolls all of it back.
        lessons.Refused: a recorded lesson would have nothing to show where it is put.
    """
    touched = [each.touched for each in verdicts]
    _lift(verdicts)
    for each in verdicts:
        _place(each.touched)
        for one in each.effects:
            _seat(one)
    _set_down(verdicts)
    _keep_bases(verdicts, still_ordered)
    _stretch(verdicts)
    _tell_evidence(actor, order, verdicts, reason)
    # Another order may have held back what a school that has left since would receive again now.
    end_receptions(left_among([one.lesson_id for one in touched]))
    bind_showings(touched_by([one.lesson_id for one in touched]))
    seat_facilitators({one.receiver.school_id for each in verdicts for one in each.effects})
    # A recorded lesson that stays, or goes back to where the plan has it, may be one of those with nothing to show.
    check_shown(
        [one.lesson_id for one in touched if one.target.starts_at not in (one.now.starts_at, one.base.starts_at)]
    )
