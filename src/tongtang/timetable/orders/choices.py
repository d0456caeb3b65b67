"""What the forms of change orders offer: lessons of some days, who may teach them, rooms, bells, missed receptions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongtang.alliances.api import members_of
from tongtang.alliances.models import Alliance, Topology
from tongtang.curriculum.api import subject_name
from tongtang.foundation.clock import civil
from tongtang.lessons.api import figures_of
from tongtang.lessons.models import EvidenceKind, Lesson, Reception
from tongtang.organisations.models import BellSchedule, Studio
from tongtang.people.models import Person, Post
from tongtang.timetable.models import ChangeOrder
from tongtang.timetable.orders.sentences import moment_words
from tongtang.timetable.queries import calendar_of, minutes_of
from tongtang.timetable.sentences import WEEKDAYS, wall_text

Options = list[tuple[str, str]]
"""Value and words of each choice."""
MOST_DAYS = 35
MISSED_DAYS = 35
MOST_MISSED = 200


@dataclass(frozen=True)
class Offer:
    """The choices of one alliance over some days. `weekly`: places of the plan's week, as `group|weekday|minute`."""

    lessons: Options
    teachers: Options
    studios: Options
    schools: Options
    bells: Options
    missed: Options
    weekly: Options


def _lessons(alliance: Alliance, now: datetime) -> QuerySet[Lesson]:
    rows = Lesson.objects.filter(alliance=alliance, active=True, is_demo=False, starts_at__gt=now)
    return rows.select_related("teacher", "course").order_by("starts_at", "pk")


def _to_come(alliance: Alliance, days: tuple[date, date], now: datetime) -> list[Lesson]:
    return list(_lessons(alliance, now).filter(date__range=days))


def _heard(rows: Sequence[Lesson]) -> Mapping[int, str]:
    """Who receives each lesson, in words. One query."""
    found: dict[int, list[str]] = defaultdict(list)
    received = Reception.objects.filter(lesson__in=[row.pk for row in rows], active=True)
    for lesson, school, home_class in received.order_by("school__source_id", "home_class__source_id").values_list(
        "lesson_id", "school__name", "home_class__name"
    ):
        found[lesson].append(f"{school} {home_class}")
    return {lesson: classes_words(names) for lesson, names in found.items()}


def classes_words(names: Sequence[str]) -> str:
    """The one class, or the first of several and how many there are."""
    if len(names) == 1:
        return names[0]
    words = ngettext("%(first)s and others, %(count)d class", "%(first)s and others, %(count)d classes", len(names))
    return words % {"first": names[0], "count": len(names)}


def _group_words(row: Lesson, heard: Mapping[int, str]) -> str:
    """The classes of a group, or that its one class watches it recorded."""
    parts = (_("Recorded lesson") if row.recorded else "", heard.get(row.pk, ""))
    return _(", ").join(part for part in parts if part)


def _lesson_words(row: Lesson, heard: Mapping[int, str]) -> str:
    parts = [moment_words(row.starts_at), subject_name(row.subject_id), row.teacher.name if row.teacher else ""]
    group = _group_words(row, heard)
    return " ".join(part for part in (*parts, f"({group})" if group else "") if part)


def _teachers(alliance: Alliance, day: date) -> Options:
    pool = alliance.specialists.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
    posts = Post.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), school=alliance.anchor_school)
    dedicated = alliance.topology == Topology.DEDICATED
    those = Q(pk__in=pool.values("person")) if dedicated else Q(pk__in=posts.values("person"))
    rows = Person.objects.filter(those, ended_on=None).order_by("source_id")
    subjects = {post.person_id: post.subjects for post in Post.objects.filter(person__in=rows, valid_to=None)}
    return [(str(row.public_id), _teacher_words(row, subjects.get(row.pk, []))) for row in rows]


def _teacher_words(row: Person, subjects: Sequence[str]) -> str:
    words = _(", ").join(subject_name(code) for code in subjects)
    return f"{row.name} ({words})" if words else row.name


def _studios(alliance: Alliance) -> Options:
    rows = Studio.objects.filter(ended_on=None, school=alliance.anchor_school).order_by("source_id")
    return [(str(row.public_id), row.name) for row in rows]


def _bell_words(row: BellSchedule) -> str:
    starts = [f"{period.starts:%-H:%M}" for period in row.periods.all()]
    return _("%(name)s: %(count)d periods, %(starts)s") % {
        "name": row.source_id,
        "count": len(starts),
        "starts": _(", ").join(starts),
    }


def _bells(alliance: Alliance) -> Options:
    rows = BellSchedule.objects.filter(county_code=alliance.anchor_school.county_code, ended_on=None)
    found = rows.order_by("source_id").prefetch_related("periods")
    return [(str(row.public_id), _bell_words(row)) for row in found]


def _missed(alliance: Alliance, now: datetime) -> Options:
    """Receptions that were not delivered or are cancelled, and have no make-up."""
    since = civil(now).date() - timedelta(days=MISSED_DAYS)
    over_or_cancelled = Q(active=True, ends_at__lte=now) | Q(
        lesson__active=False, evidence__kind=EvidenceKind.CANCELLED
    )
    rows = list(
        Reception.objects.filter(over_or_cancelled, lesson__alliance=alliance, lesson__is_demo=False, date__gte=since)
        .exclude(make_ups__active=True)
        .select_related("lesson", "home_class", "school")
        .order_by("starts_at", "pk")
        .distinct()
    )
    found = figures_of(rows)
    missed = [row for row in rows if not found[row.pk].delivered and (row.ends_at <= now or found[row.pk].cancelled)]
    return [(str(row.public_id), _missed_words(row)) for row in missed[-MOST_MISSED:]]


def _missed_words(row: Reception) -> str:
    lesson = f"{moment_words(row.starts_at)} {subject_name(row.lesson.subject_id)}"
    return f"{lesson} {row.school.name} {row.home_class.name}"


def _weekly(alliance: Alliance, rows: Sequence[Lesson], days: tuple[date, date]) -> Options:
    calendar = calendar_of(alliance.anchor_school.county_code, *days)
    found: dict[tuple[str, int, int], str] = {}
    heard = _heard(rows)
    for row in rows:
        wall = civil(row.starts_at)
        weekday = dict(calendar).get(row.date, row.date.isoweekday())
        if row.course is not None and weekday is not None:
            start = minutes_of(wall.time())
            words = f"{WEEKDAYS[weekday - 1]} {wall_text(start)} {subject_name(row.subject_id)}"
            found[row.course.source_id, weekday, start] = f"{words} ({_group_words(row, heard)})"
    ordered = sorted(found, key=lambda place: (place[1], place[2], place[0]))
    return [(f"{group}|{weekday}|{start}", found[group, weekday, start]) for group, weekday, start in ordered]


def offer_of(alliance: Alliance, kind: str, days: tuple[date, date], chosen: UUID | None, now: datetime) -> Offer:
    """What may be chosen for an order of a kind about `days`; the `chosen` lesson also where it lies on another day."""
    rows = _to_come(alliance, days, now)
    if chosen is not None and all(row.public_id != chosen for row in rows):
        rows = [*_lessons(alliance, now).filter(public_id=chosen), *rows]
    heard = _heard(rows)
    members = sorted(members_of(alliance, days[0]), key=lambda one: one.source_id)
    return Offer(
        lessons=[(str(row.public_id), _lesson_words(row, heard)) for row in rows],
        teachers=_teachers(alliance, days[0]),
        studios=_studios(alliance),
        schools=[(str(one.public_id), one.name) for one in members],
        bells=_bells(alliance) if kind == ChangeOrder.Kind.BELLS else [],
        missed=_missed(alliance, now) if kind == ChangeOrder.Kind.MAKE_UP else [],
        weekly=_weekly(alliance, rows, days) if kind == ChangeOrder.Kind.ROTATION else [],
    )
