"""Whether a class gets every subject, and enough of it: from what was delivered, against what it is owed.

A lesson that is cancelled counts against the gauge from the moment of its cancelling, whatever its date; a make-up
that was delivered restores it (`subjects_complete` and `periods_sufficient`: the first two of the three words for
what a school must give).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from tongtang.access.api import Actor, visible
from tongtang.curriculum.api import Plan, lacking, plan_on
from tongtang.foundation import clock
from tongtang.lessons.api import figures_of
from tongtang.lessons.models import EvidenceKind, Lesson, Reception
from tongtang.organisations.models import HomeClass
from tongtang.timetable.models import LocalLesson, Requirement
from tongtang.timetable.policies import CLASSES, Verb

GradeArea = tuple[int, str]


@dataclass(frozen=True)
class Gauge:
    """One subject of one class over some days, in periods.

    `owed_per_week`: what the county's file promises by broadcast, once in `every_weeks`; 0 where it names none. `due`:
    lessons that are over, and cancelled ones of any day. `delivered`: those of them that were, themselves or by their
    make-up. `to_come`: lessons that still may be. `local_per_week`: what the own school teaches, which leaves no
    evidence here.
    """

    subject: str
    owed_per_week: int
    due: int
    delivered: int
    to_come: int
    local_per_week: int
    every_weeks: int = 1

    @property
    def missing(self) -> int:
        """Periods that were due and not delivered."""
        return self.due - self.delivered

    @property
    def periods_sufficient(self) -> bool:
        return self.missing == 0


@dataclass(frozen=True)
class ClassGauge:
    """All subjects of a class, and of its curriculum plan by (grade, learning area): `lacking`, what it does not get.

    `undelivered`: those of `lacking` that are planned, of which something was due and nothing came. `not_due`: planned,
    and nothing of it was due so far; nobody can say yet that it is lacking.
    """

    home_class: HomeClass
    subjects: tuple[Gauge, ...]
    lacking: tuple[GradeArea, ...]
    undelivered: tuple[GradeArea, ...]
    not_due: tuple[GradeArea, ...]

    @property
    def subjects_complete(self) -> bool:
        return not self.lacking

    @property
    def periods_sufficient(self) -> bool:
        return all(one.periods_sufficient for one in self.subjects)

    @property
    def due(self) -> int:
        return sum(one.due for one in self.subjects)

    @property
    def delivered(self) -> int:
        return sum(one.delivered for one in self.subjects)


@dataclass
class _Count:
    due: int = 0
    delivered: int = 0
    to_come: int = 0


def classes_for(actor: Actor, among: Q | None = None) -> Sequence[HomeClass]:
    """Classes whose gauges the actor may see, by school and name; `among`: only those of HomeClass that it takes."""
    rows = visible(HomeClass.objects.filter(among or Q(), ended_on=None), actor, CLASSES[Verb.SEE_GAUGES])
    return list(rows.select_related("school").order_by("school__source_id", "source_id"))


def _planned(classes: Sequence[HomeClass], first: date, last: date) -> list[Reception]:
    """Receptions of the plan: not what a later plan took out, and not make-ups, which stand for another one."""
    rows = Reception.objects.filter(
        Q(active=True) | Q(lesson__state=Lesson.State.CANCELLED, evidence__kind=EvidenceKind.CANCELLED),
        home_class__in=classes,
        date__range=(first, last),
        make_up_of=None,
        lesson__is_demo=False,
    )
    return list(rows.select_related("lesson").distinct())


def _counted(
    classes: Sequence[HomeClass], first: date, last: date, as_of: datetime | None, now: datetime
) -> Mapping[tuple[int, str], _Count]:
    planned = _planned(classes, first, last)
    make_ups = list(Reception.objects.filter(make_up_of__in=planned, active=True))
    found = figures_of([*planned, *make_ups], as_of)
    restored = {row.make_up_of_id for row in make_ups if found[row.pk].delivered}
    counts: dict[tuple[int, str], _Count] = defaultdict(_Count)
    for row in planned:
        one = counts[row.home_class_id, row.lesson.subject_id]
        if as_of is None and not (row.active or found[row.pk].cancelled):
            # Its cancelling was taken back, and a later plan took the lesson out.
            continue
        delivered = found[row.pk].delivered or row.pk in restored
        if delivered or found[row.pk].cancelled or row.ends_at <= now:
            one.due += 1
            one.delivered += delivered
        else:
            one.to_come += 1
    return counts


def _owed(classes: Sequence[HomeClass]) -> Mapping[tuple[int, str], tuple[int, int]]:
    rows = Requirement.objects.filter(home_class__in=classes)
    return {(row.home_class_id, row.subject_id): (row.lessons_per_week, row.every_weeks) for row in rows}


def _planned_later(classes: Sequence[HomeClass], last: date) -> frozenset[tuple[int, str]]:
    """(class, subject) of the lessons that stand in the timetable after the days that are counted."""
    rows = Reception.objects.filter(home_class__in=classes, active=True, date__gt=last, lesson__is_demo=False)
    return frozenset(rows.values_list("home_class_id", "lesson__subject_id").distinct())


def _local(classes: Sequence[HomeClass]) -> Mapping[tuple[int, str], int]:
    rows = LocalLesson.objects.filter(home_class__in=classes).values_list("home_class_id", "subject_id")
    return {(home, subject): count for home, subject, count in rows.annotate(Count("id")).order_by()}


def gauges_of(classes: Sequence[HomeClass], first: date, last: date, as_of: datetime | None = None) -> list[ClassGauge]:
    """The gauges of classes over [first, last], as recorded up to `as_of` (None: now). Queries do not grow with them.

    Completeness is judged on the planned timetable until something of a subject was due, and on what was delivered
    from then on: a subject is lacking that is in no plan, or of which nothing came. What the school itself teaches is
    given; a broadcast that the county's file only promises is not.
    """
    now = as_of or clock.now()
    counts, owed, local = _counted(classes, first, last, as_of, now), _owed(classes), _local(classes)
    later = _planned_later(classes, last)
    plans: dict[int, Plan] = {}
    found = []
    for home_class in classes:
        plan = plans.get(home_class.county_code) or plan_on(home_class.county_code, last)
        plans[home_class.county_code] = plan
        subjects = sorted({subject for key, subject in (*counts, *owed, *local) if key == home_class.pk})
        gauges = tuple(_gauge(home_class.pk, subject, counts, owed, local) for subject in subjects)
        found.append(
            _class_gauge(plan, home_class, gauges, {subject for key, subject in later if key == home_class.pk})
        )
    return found


def _class_gauge(plan: Plan, home_class: HomeClass, gauges: tuple[Gauge, ...], later: set[str]) -> ClassGauge:
    given = frozenset(one.subject for one in gauges if one.delivered or one.local_per_week)
    due = frozenset(one.subject for one in gauges if one.due)
    coming = frozenset(one.subject for one in gauges if one.to_come) | later

    def without(subjects: frozenset[str]) -> list[GradeArea]:
        return lacking(plan, home_class.grades, subjects)

    lacks = without(given | (coming - due))
    unplanned = set(without(given | coming | due))
    return ClassGauge(
        home_class,
        gauges,
        tuple(lacks),
        tuple(one for one in lacks if one not in unplanned),
        tuple(one for one in without(given) if one not in lacks),
    )


def _gauge(
    home_class: int,
    subject: str,
    counts: Mapping[tuple[int, str], _Count],
    owed: Mapping[tuple[int, str], tuple[int, int]],
    local: Mapping[tuple[int, str], int],
) -> Gauge:
    key = home_class, subject
    one = counts.get(key, _Count())
    lessons, weeks = owed.get(key, (0, 1))
    return Gauge(subject, lessons, one.due, one.delivered, one.to_come, local.get(key, 0), weeks)
