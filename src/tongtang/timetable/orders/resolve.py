"""From what an order asks for to what it changes in which dated lesson."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from tongtang.alliances.api import members_of
from tongtang.alliances.models import Alliance
from tongtang.foundation import clock
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Lesson
from tongtang.organisations.models import BellSchedule, School, Studio, Term
from tongtang.people.models import Person, Post
from tongtang.timetable.models import DatedBells, LessonBase
from tongtang.timetable.orders import requests as ask
from tongtang.timetable.orders.patches import Base, Patch, base_of, merged, shape_of
from tongtang.timetable.orders.world import Ringing, Setting, bell_exists, patches_of
from tongtang.timetable.queries import calendar_of, minutes_of
from tongtang.timetable.solver import model
from tongtang.timetable.solver.expand import teaching_week


class Refused(ValueError):
    """The order cannot be; the message is a sentence for the person."""


@dataclass
class Resolved:
    """Patches by the lesson's key, what the order brings besides, and the days that it speaks of."""

    patches: dict[int, Patch] = field(default_factory=dict)
    setting: Setting = field(default_factory=Setting)
    days: set[date] = field(default_factory=set)

    def add(self, lesson: Lesson, patch: Patch) -> None:
        """A further change to a lesson; with the day on which it is now and that on which it will be."""
        known = self.patches.get(lesson.pk)
        self.patches[lesson.pk] = merged(known, patch) if known else patch
        self.days.add(lesson.date)
        if patch.starts_at is not None:
            self.days.add(civil(patch.starts_at).date())


def _lesson(alliance: Alliance, public_id: UUID) -> Lesson:
    row = Lesson.objects.filter(alliance=alliance, is_demo=False, public_id=public_id).first()
    if row is None:
        raise Refused(_("This lesson is not one of the alliance's. Choose it again."))
    return row


def _own_schools(alliance: Alliance) -> list[School]:
    """The anchor and who receives today: nobody and nothing of another school is reached by an order."""
    return [alliance.anchor_school, *members_of(alliance, clock.today())]


def _studio(alliance: Alliance, public_id: UUID | None) -> int | None:
    if public_id is None:
        return None
    schools = _own_schools(alliance)
    row = Studio.objects.filter(public_id=public_id, ended_on=None, school__in=schools).first()
    if row is None:
        raise Refused(_("There is no such studio. Choose it again."))
    return row.pk


def _teacher(alliance: Alliance, public_id: UUID | None) -> int | None:
    """Somebody with a post at one of the alliance's schools, or of its pool."""
    if public_id is None:
        return None
    still = Q(valid_to=None) | Q(valid_to__gte=clock.today())
    posts = Post.objects.filter(still, school__in=_own_schools(alliance))
    of_alliance = Q(pk__in=posts.values("person")) | Q(pk__in=alliance.specialists.filter(still).values("person"))
    row = Person.objects.filter(of_alliance, public_id=public_id, ended_on=None).first()
    if row is None:
        raise Refused(_("There is no such teacher. Choose again."))
    return row.pk


def _move(found: Resolved, alliance: Alliance, one: ask.Move) -> None:
    studio = _studio(alliance, one.studio)
    found.add(_lesson(alliance, one.lesson), Patch(starts_at=one.starts_at, studio_id=studio, cancelled=False))


def _moved(alliance: Alliance, request: ask.Move) -> Resolved:
    lesson, studio = _lesson(alliance, request.lesson), _studio(alliance, request.studio)
    if lesson.active and lesson.starts_at == request.starts_at and studio in (None, lesson.studio_id):
        raise Refused(_("The lesson stands at this time already. Nothing was changed."))
    found = Resolved()
    _move(found, alliance, request)
    return found


def _swapped(alliance: Alliance, request: ask.Swap) -> Resolved:
    first, second = _lesson(alliance, request.first), _lesson(alliance, request.second)
    if first == second:
        raise Refused(_("A lesson cannot be swapped with itself. Choose two lessons."))
    found = Resolved()
    found.add(first, Patch(starts_at=second.starts_at))
    found.add(second, Patch(starts_at=first.starts_at))
    return found


def _substituted(alliance: Alliance, request: ask.Substitute) -> Resolved:
    teacher, studio = _teacher(alliance, request.teacher), _studio(alliance, request.studio)
    found = Resolved()
    for public_id in request.lessons:
        found.add(_lesson(alliance, public_id), Patch(teacher_id=teacher, studio_id=studio))
    return found


def _cancelled(alliance: Alliance, request: ask.Cancel) -> Resolved:
    found = Resolved()
    for public_id in request.lessons:
        found.add(_lesson(alliance, public_id), Patch(cancelled=True))
    return found


def _to_come() -> Q:
    """Lessons that stand and have not begun: what began is held as it is, whatever its day follows then."""
    return Q(state=Lesson.State.PLANNED, starts_at__gt=clock.now(), is_demo=False)


def held_between(alliance: Alliance, first: date, last: date) -> Iterable[Lesson]:
    """The alliance's lessons of some days that are still to come."""
    rows = Lesson.objects.filter(_to_come(), alliance=alliance, date__range=(first, last))
    return rows.order_by("starts_at", "pk")


def _temporary(alliance: Alliance, request: ask.Temporary) -> Resolved:
    found = Resolved(days={request.first_day, request.last_day})
    for one in request.moves:
        _move(found, alliance, one)
    kept = set(request.kept) | {one.lesson for one in request.moves}
    for lesson in held_between(alliance, request.first_day, request.last_day):
        if lesson.public_id not in kept:
            found.add(lesson, Patch(cancelled=True))
    return found


def _transferred(alliance: Alliance, request: ask.Transfer) -> Resolved:
    if request.from_day == request.to_day:
        raise Refused(_("A day cannot be transferred to itself. Choose two days."))
    found = Resolved(
        setting=Setting(transfer=(request.from_day, request.to_day)), days={request.from_day, request.to_day}
    )
    for lesson in held_between(alliance, request.from_day, request.from_day):
        wall = civil(lesson.starts_at).time()
        found.add(lesson, Patch(starts_at=clock.at(request.to_day, wall)))
    held = Lesson.objects.filter(alliance=alliance, active=True, is_demo=False, date=request.from_day)
    if not found.patches and held.exists():
        raise Refused(_("All lessons of this day have begun or are over. Choose a day that is to come."))
    return found


def _ringing(members: Sequence[School], one: ask.Ring, request: ask.WeekBells) -> Ringing:
    school = next((member for member in members if member.public_id == one.school), None)
    bell = BellSchedule.objects.filter(public_id=one.bell_schedule, ended_on=None).first()
    if school is None or bell is None or bell.county_code != school.county_code or not bell_exists(bell.pk):
        raise Refused(_("There is no such school or bell schedule. Choose again."))
    return Ringing(school.pk, bell.pk, request.first_day, request.last_day)


def _rung(alliance: Alliance, request: ask.WeekBells) -> Resolved:
    members = members_of(alliance, request.first_day)
    rings = tuple(_ringing(members, one, request) for one in request.rings)
    found = Resolved(setting=Setting(bells=rings), days={request.first_day, request.last_day})
    for one in request.moves:
        _move(found, alliance, one)
    for lesson in heard(alliance, rings):
        found.patches.setdefault(lesson.pk, Patch())
    return found


def heard(alliance: Alliance, rings: Sequence[Ringing]) -> list[Lesson]:
    """The lessons to come that are received under some bells, which are looked at again when the bells change.

    Raises:
        Refused: one of them is another alliance's.
    """
    under = Q(pk__in=[])
    for ring in rings:
        under |= Q(receptions__school=ring.school_id, date__range=(ring.first_day, ring.last_day))
    rows = Lesson.objects.filter(under, _to_come(), receptions__active=True)
    lessons = list(rows.select_related("alliance").distinct())
    others = [lesson.alliance.name for lesson in lessons if lesson.alliance_id != alliance.pk]
    if others:
        raise Refused(
            _("Lessons of another alliance are received under these bells: %(alliance)s. Agree with it first.")
            % {"alliance": others[0]}
        )
    return lessons


def ring_of(row: DatedBells) -> Ringing:
    """Bells of an order in force."""
    return Ringing(row.school_id, row.bell_schedule_id, row.first_day, row.last_day)


@dataclass(frozen=True)
class _Weekly:
    """A dated lesson by its place in the week of its plan."""

    lesson: Lesson
    group_id: str
    weekday: int | None
    start: int
    day: date


def _weekly(alliance: Alliance, request: ask.Rotation) -> list[_Weekly]:
    county = alliance.anchor_school.county_code
    calendar: Mapping[date, int | None] = calendar_of(county, request.first_day, request.last_day)
    # A lesson on which no order stands is where its plan has it; the others may lie on any day.
    planned = Q(active=True, date__range=(request.first_day, request.last_day)) | Q(base__isnull=False)
    rows = list(
        Lesson.objects.filter(planned, alliance=alliance, is_demo=False, course__isnull=False).select_related("course")
    )
    kept = {
        key: base_of(values)
        for key, values in LessonBase.objects.filter(lesson__in=rows).values_list("lesson_id", "values")
    }
    by_hand = _cancelled_by_hand(rows, kept)
    found = []
    for row in rows:
        if row.pk in by_hand:
            continue
        starts_at = kept[row.pk].starts_at if row.pk in kept else row.starts_at
        wall = civil(starts_at)
        day = wall.date()
        if request.first_day <= day <= request.last_day and row.course is not None:
            weekday = calendar.get(day, day.isoweekday())
            found.append(_Weekly(row, row.course.source_id, weekday, minutes_of(wall.time()), day))
    return found


def _cancelled_by_hand(rows: Iterable[Lesson], bases: Mapping[int, Base]) -> set[int]:
    """Lessons that orders had moved and would hold, and that are not held all the same: no order brings them back."""
    gone = [row.pk for row in rows if not row.active]
    ordered = patches_of(gone)
    return {key for key in gone if not shape_of(bases[key], [patch for _order, patch in ordered[key]]).cancelled}


def _turned(alliance: Alliance, turn: ask.Turn, weekly: _Weekly) -> Patch:
    # Another weekday lies in the same week, whichever day of it a make-up day is.
    shift = turn.to_weekday - weekly.day.isoweekday() if turn.to_weekday else 0
    day = weekly.day + timedelta(days=shift)
    start = turn.to_start if turn.to_start is not None else weekly.start
    moved = clock.at(day, time(start // 60, start % 60)) if (turn.to_weekday or turn.to_start is not None) else None
    return Patch(
        starts_at=moved,
        teacher_id=_teacher(alliance, turn.teacher),
        studio_id=_studio(alliance, turn.studio),
        cancelled=True if turn.cancelled else None,
    )


def _rotated(alliance: Alliance, request: ask.Rotation) -> Resolved:
    term = Term.objects.filter(
        county_code=alliance.anchor_school.county_code,
        ended_on=None,
        first_day__lte=request.first_day,
        last_day__gte=request.last_day,
    ).first()
    if term is None:
        raise Refused(_("A rotation lies within one term. Choose days of the term."))
    span = model.Term(term.first_day, term.last_day)
    found, now = Resolved(days={request.first_day, request.last_day}), clock.now()
    weekly = _weekly(alliance, request)
    for turn in request.turns:
        for one in weekly:
            place = one.group_id, one.weekday, one.start
            turns = place == (turn.group_id, turn.weekday, turn.start) and one.lesson.starts_at > now
            if turns and turn.cycle.holds(teaching_week(span, one.day)):
                found.add(one.lesson, _turned(alliance, turn, one))
    if not found.patches:
        raise Refused(_("The plan has no lesson in these places of the week. Choose them again."))
    return found


RESOLVERS: Mapping[type[Any], Callable[[Alliance, Any], Resolved]] = {
    ask.Move: _moved,
    ask.Swap: _swapped,
    ask.Substitute: _substituted,
    ask.Cancel: _cancelled,
    ask.Temporary: _temporary,
    ask.Transfer: _transferred,
    ask.WeekBells: _rung,
    ask.Rotation: _rotated,
}


def resolve(alliance: Alliance, request: ask.Request) -> Resolved:
    """What a request changes, read from the lessons of this moment.

    Raises:
        Refused: it names something that is not there, or there is nothing to change.
    """
    if isinstance(request, ask.Rotation | ask.WeekBells | ask.Temporary) and request.last_day < request.first_day:
        raise Refused(_("The last day lies before the first one."))
    found = RESOLVERS[type(request)](alliance, request)
    if not found.days:
        raise Refused(_("Choose at least one lesson."))
    return found
