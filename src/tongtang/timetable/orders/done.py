"""What an order in force did to each lesson and each receiving class, as it stands today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.curriculum.api import subject_name
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Lesson, Reception
from tongtang.timetable.alliance_week import alliances_for
from tongtang.timetable.models import ChangeOrder, LessonBase, LocalLesson, LocalMove
from tongtang.timetable.orders.patches import Base, base_of
from tongtang.timetable.orders.sentences import day_words, moment_words
from tongtang.timetable.orders.world import transfers_in_force
from tongtang.timetable.queries import calendar_of
from tongtang.timetable.weekly import schools_for


@dataclass(frozen=True)
class HeldRow:
    """One lesson of an order. `classes`: its classes that the reader may see, and what the own school moved."""

    subject: str
    was: str
    now: str
    teacher: str
    cancelled: bool
    classes: Sequence[tuple[str, str]]


def _receptions(actor: Actor, order: ChangeOrder) -> QuerySet[Reception]:
    """All of them for who sees the alliance's week, else those of the own schools."""
    rows = Reception.objects.filter(lesson__changes__order=order, active=True)
    rows = rows.select_related("home_class__school").order_by("school__source_id", "home_class__source_id")
    if alliances_for(actor).filter(pk=order.alliance_id).exists():
        return rows
    return rows.filter(school__in=schools_for(actor))


def _local_words(move: LocalMove) -> str:
    return _("its own %(subject)s to %(day)s period %(period)d") % {
        "subject": subject_name(move.local_lesson.subject_id),
        "day": day_words(move.to_day),
        "period": move.to_period,
    }


def _fallen_words(order: ChangeOrder, rows: Sequence[Reception], bases: Mapping[int, Base]) -> dict[int, str]:
    """By reception: it takes the place of an own lesson, which has none to go to."""
    moved = [row for row in rows if row.lesson_id in bases and _moved(row, bases[row.lesson_id])]
    if not moved:
        return {}
    days = [row.date for row in moved]
    calendar = calendar_of(order.alliance.anchor_school.county_code, min(days), max(days))
    weekdays = {day: calendar.get(day, day.isoweekday()) for day in days}
    weekdays |= {
        to_day: weekdays.get(from_day, from_day.isoweekday())
        for from_day, to_day in transfers_in_force(order.alliance_id)
    }
    locals_ = {
        (home_class, weekday, period): subject
        for home_class, weekday, period, subject in LocalLesson.objects.filter(
            home_class__in=[row.home_class_id for row in moved]
        ).values_list("home_class", "weekday", "period_number", "subject")
    }
    found = {row.pk: locals_.get((row.home_class_id, weekdays[row.date] or 0, row.period_number or 0)) for row in moved}
    return {
        key: _("its own %(subject)s is not held") % {"subject": subject_name(subject)}
        for key, subject in found.items()
        if subject is not None
    }


def _moved(row: Reception, base: Base) -> bool:
    seat = base.seats.get(row.pk)
    return seat is not None and (row.date, row.period_number) != (civil(base.starts_at).date(), seat.period)


def held_rows(actor: Actor, order: ChangeOrder) -> list[HeldRow]:
    """Nothing for a draft, which changed nothing."""
    lessons = list(
        Lesson.objects.filter(changes__order=order).select_related("teacher").order_by("starts_at", "pk").distinct()
    )
    bases: dict[int, Base] = {
        key: base_of(values)
        for key, values in LessonBase.objects.filter(lesson__in=lessons).values_list("lesson_id", "values")
    }
    receptions = list(_receptions(actor, order))
    moves = LocalMove.objects.filter(reception__in=receptions).select_related("local_lesson")
    own = _fallen_words(order, receptions, bases) | {move.reception_id: _local_words(move) for move in moves}
    return [
        HeldRow(
            subject_name(row.subject_id),
            moment_words(bases[row.pk].starts_at if row.pk in bases else row.starts_at),
            moment_words(row.starts_at),
            row.teacher.name if row.teacher else "",
            not row.active,
            [
                (f"{one.home_class.school.name} {one.home_class.name}", own.get(one.pk, ""))
                for one in receptions
                if one.lesson_id == row.pk
            ],
        )
        for row in lessons
    ]
