"""When a missed lesson can be made up, by the class's own bell, the term's calendar and what is taken already."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.alliances.models import Topology
from tongtang.foundation import clock
from tongtang.lessons.api import Refused, arrange_make_up
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.api import lock_schools
from tongtang.organisations.models import Period, ReceivingRoom, School, Studio, Term
from tongtang.timetable.facilitators import seat_facilitators
from tongtang.timetable.models import ClassBlock, LocalLesson, LocalMove, TeacherUnavailability
from tongtang.timetable.orders.judge import monday_of, over_cap
from tongtang.timetable.orders.loads import loads_of
from tongtang.timetable.orders.sentences import SENTENCES
from tongtang.timetable.orders.world import lock_teachers, rings_in_force, tolerance_of
from tongtang.timetable.own_lessons import own_lessons
from tongtang.timetable.queries import calendar_of, minutes_of, term_on
from tongtang.timetable.slots import OpenPeriod, Slot, Span, Taken, at_once, free_slots, overlaps

PROPOSALS = 5
SCHOOL_DAYS = range(1, 6)


def changeover_of(lesson: Lesson) -> timedelta:
    """How long teacher and studio stay taken after a lesson, by the rule it was published under."""
    return lesson.busy_until - lesson.ends_at


def studios_for(missed: Reception) -> list[Studio]:
    """Studios that the make-up may be taught from; the missed lesson's own stands first."""
    lesson = missed.lesson
    if lesson.alliance.topology == Topology.CENTRALISED and lesson.alliance.studio is not None:
        return [lesson.alliance.studio]
    rows = Studio.objects.filter(ended_on=None, school=lesson.school_id).order_by("source_id")
    return sorted(rows, key=lambda studio: studio.pk != lesson.studio_id)


def rooms_for(missed: Reception) -> list[ReceivingRoom]:
    """Receiving rooms of the class's school; the missed lesson's own stands first."""
    rows = ReceivingRoom.objects.filter(school=missed.school_id, ended_on=None)
    return sorted(rows, key=lambda room: (room.pk != missed.room_id, room.number))


def _weekday(day: date, calendar: dict[date, int | None]) -> int | None:
    """The weekday whose timetable a day follows; None on a day without lessons."""
    if day in calendar:
        return calendar[day]
    return day.isoweekday() if day.isoweekday() in SCHOOL_DAYS else None


def _days(term: Term, county: int, first: date) -> Iterator[tuple[date, int]]:
    calendar = dict(calendar_of(county, term.first_day, term.last_day))
    day = max(first, term.first_day)
    while day <= term.last_day:
        weekday = _weekday(day, calendar)
        if weekday is not None:
            yield day, weekday
        day += timedelta(days=1)


def _bells(school: int, first: date, last: date) -> Callable[[date], Sequence[Period]]:
    """The periods that a school rings on each day of [first, last], the other bells of orders in force included."""
    rings = rings_in_force([school], first, last)
    own = School.objects.values_list("bell_schedule", flat=True).get(pk=school)
    periods: dict[int, list[Period]] = defaultdict(list)
    for row in Period.objects.filter(bell_schedule__in={own, *(ring.bell_schedule_id for ring in rings)}):
        periods[row.bell_schedule_id].append(row)

    def rung(day: date) -> Sequence[Period]:
        others = [ring.bell_schedule_id for ring in rings if ring.first_day <= day <= ring.last_day]
        return sorted(periods[others[-1] if others else own], key=lambda row: row.number)

    return rung


def _open_periods(missed: Reception, now: datetime) -> Iterator[OpenPeriod]:
    county = missed.home_class.county_code
    today = clock.civil(now).date()
    term = term_on(county, today)
    if term is None:
        return
    bells = _bells(missed.school_id, today, term.last_day)
    blocks = ClassBlock.objects.filter(home_class=missed.home_class_id)
    taught = LocalLesson.objects.filter(home_class=missed.home_class_id)
    given_away = {*blocks.values_list("weekday", "period_number"), *taught.values_list("weekday", "period_number")}
    moves = LocalMove.objects.filter(home_class=missed.home_class_id, to_day__gte=today)
    own = set(moves.values_list("to_day", "to_period"))
    for day, weekday in _days(term, county, today):
        for bell in bells(day):
            starts_at = clock.at(day, bell.starts)
            free = (weekday, bell.number) not in given_away and (day, bell.number) not in own
            if free and starts_at > now:
                yield OpenPeriod(day, bell.number, starts_at, clock.at(day, bell.ends))


def _unavailable(teacher_id: int | None, periods: Sequence[OpenPeriod]) -> list[Span]:
    """When somebody is away by the clock, or teaches a class of an own school."""
    days = {period.day for period in periods}
    if teacher_id is None or not days:
        return []
    rows = list(TeacherUnavailability.objects.filter(person=teacher_id))
    own = own_lessons(Q(teacher=teacher_id), (min(days), max(days)))
    return [
        *((clock.at(day, row.starts), clock.at(day, row.ends))
          for day in days for row in rows if row.weekday == day.isoweekday()),
        *((one.starts_at, one.ends_at) for one in own),
    ]  # fmt: skip


def _taken(missed: Reception, periods: Sequence[OpenPeriod], now: datetime) -> Taken:
    studios: dict[int, list[Span]] = {studio.pk: [] for studio in studios_for(missed)}
    rooms: dict[int, list[Span]] = {room.pk: [] for room in rooms_for(missed)}
    teacher = _unavailable(missed.lesson.teacher_id, periods)
    of_teacher = Q(teacher=missed.lesson.teacher_id, teacher__isnull=False)
    lessons = Lesson.objects.filter(of_teacher | Q(studio__in=studios), active=True, busy_until__gt=now)
    for teacher_id, studio_id, *span in lessons.values_list("teacher_id", "studio_id", "starts_at", "busy_until"):
        if teacher_id is not None and teacher_id == missed.lesson.teacher_id:
            teacher.append((span[0], span[1]))
        if studio_id in studios:
            studios[studio_id].append((span[0], span[1]))
    home_class: list[Span] = []
    lessons_at_school: dict[int, Span] = {}
    receptions = Reception.objects.filter(school=missed.school_id, active=True, ends_at__gt=now)
    rows = receptions.values_list("home_class_id", "room_id", "lesson_id", "lesson__recorded", "starts_at", "ends_at")
    for class_id, room_id, lesson_id, recorded, *span in rows:
        if not recorded:
            lessons_at_school[lesson_id] = (span[0], span[1])
        if class_id == missed.home_class_id:
            home_class.append((span[0], span[1]))
        if room_id in rooms:
            rooms[room_id].append((span[0], span[1]))
    return Taken(home_class, teacher, studios, rooms, list(lessons_at_school.values()), missed.school.max_streams)


def proposals(missed: Reception, now: datetime, limit: int = PROPOSALS) -> list[Slot]:
    """The class's next free periods of this term in which teacher, studio and screen are free too.

    None in which its own school teaches it; whoever wants one of these chooses the time.
    """
    periods = list(_open_periods(missed, now))
    lesson = missed.lesson
    return free_slots(
        periods,
        _taken(missed, periods, now),
        length=lesson.ends_at - lesson.starts_at,
        changeover=changeover_of(lesson),
        limit=limit,
    )


def over_caps_of(missed: Reception, slots: Sequence[Slot]) -> dict[datetime, str]:
    """By the moment of each slot whose week is full for the teacher, what an order would say of it."""
    teacher = missed.lesson.teacher
    if teacher is None or missed.lesson.recorded:
        return {}
    mondays = {slot.period.starts_at: monday_of(slot.period.starts_at) for slot in slots}
    loads = loads_of({teacher.pk}, set(mondays.values()), ())
    found = {}
    for moment, monday in mondays.items():
        load = loads.get((teacher.pk, monday))
        over = over_cap((teacher.pk, monday), load, load.others + 1, load.placed) if load else None
        if over is not None:
            found[moment] = str(SENTENCES[over.code]) % {**over.facts, "teacher": teacher.name}
    return found


def free_at(
    missed: Reception, starts_at: datetime, rooms: Sequence[ReceivingRoom], studios: Sequence[Studio]
) -> tuple[ReceivingRoom | None, Studio | None]:
    """The first room and the first studio that nobody uses then; the first of all where none is free, for its refusal.

    None where there is none at all.
    """
    lesson = missed.lesson
    ends_at = starts_at + (lesson.ends_at - lesson.starts_at)
    shown = Reception.objects.filter(room__in=rooms, active=True, starts_at__lt=ends_at, ends_at__gt=starts_at)
    taught = Lesson.objects.filter(
        studio__in=studios, active=True, starts_at__lt=ends_at + changeover_of(lesson), busy_until__gt=starts_at
    )
    taken = set(shown.values_list("room", flat=True)), set(taught.values_list("studio", flat=True))
    return (
        next((one for one in rooms if one.pk not in taken[0]), rooms[0] if rooms else None),
        next((one for one in studios if one.pk not in taken[1]), studios[0] if studios else None),
    )


def _check_day(missed: Reception, starts_at: datetime) -> None:
    day = clock.civil(starts_at).date()
    county = missed.home_class.county_code
    term = term_on(county, day)
    if term is None or day < term.first_day:
        raise Refused(_("This day lies outside the term. Choose a day of the term."))
    if dict(calendar_of(county, day, day)).get(day, day.isoweekday()) is None:
        raise Refused(_("There are no lessons on this day: it is a holiday. Choose another day."))


def _check_teacher(missed: Reception, starts_at: datetime) -> None:
    lesson = missed.lesson
    day = clock.civil(starts_at).date()
    periods = [OpenPeriod(day, 0, starts_at, starts_at)]
    if overlaps((starts_at, starts_at + (lesson.ends_at - lesson.starts_at)), _unavailable(lesson.teacher_id, periods)):
        raise Refused(_("The teacher is not available at this time. Choose another time."))


def _period_at(missed: Reception, starts_at: datetime) -> int | None:
    """The number of the class's period that the lesson takes; None between the bells."""
    day = clock.civil(starts_at).date()
    minute = minutes_of(clock.civil(starts_at).time())
    near = tolerance_of(missed.home_class.county_code)
    rows = _bells(missed.school_id, day, day)(day)
    fits = [row.number for row in rows if abs(minutes_of(row.starts) - minute) <= near]
    return fits[0] if len(fits) == 1 else None


def _check_period(missed: Reception, starts_at: datetime, period: int | None) -> None:
    if period is None:
        return
    day = clock.civil(starts_at).date()
    county = missed.home_class.county_code
    weekday = dict(calendar_of(county, day, day)).get(day, day.isoweekday()) or 0
    blocked = ClassBlock.objects.filter(home_class=missed.home_class_id, weekday=weekday, period_number=period)
    if blocked.exists():
        raise Refused(_("The class has given this period away. Choose another period."))
    if LocalMove.objects.filter(home_class=missed.home_class_id, to_day=day, to_period=period).exists():
        raise Refused(_("The class's own school teaches it in this period on that day. Choose another period."))


def _check_streams(missed: Reception, starts_at: datetime) -> None:
    span = (starts_at, starts_at + (missed.lesson.ends_at - missed.lesson.starts_at))
    rows = Reception.objects.filter(
        school=missed.school_id, active=True, lesson__recorded=False, starts_at__lt=span[1], ends_at__gt=span[0]
    ).values_list("lesson", "starts_at", "ends_at")
    limit = missed.school.max_streams
    if at_once(span, {lesson: (start, end) for lesson, start, end in rows}.values()) >= limit:
        raise Refused(
            _("The school's link carries %(limit)d lessons at once, and they run already.") % {"limit": limit}
        )


@transaction.atomic
def plan_make_up(
    *, actor: Actor, missed: Reception, starts_at: datetime, room: ReceivingRoom, studio: Studio
) -> Reception:
    """Arrange a make-up within the term, outside holidays, when the teacher is available and the class is free.

    It is owed to the class, so a teacher's weekly cap does not refuse it; it counts against every later order, and who
    arranges it is asked (`orders/made_up`).

    Raises:
        Refused: one of these, or as in `arrange_make_up`; nothing is written then.
    """
    # Orders of other alliances that place lessons in this school wait for it.
    lock_schools({missed.school_id})
    lock_teachers([missed.lesson.teacher_id] if missed.lesson.teacher_id is not None else [])
    period = _period_at(missed, starts_at)
    _check_day(missed, starts_at)
    _check_teacher(missed, starts_at)
    _check_period(missed, starts_at, period)
    if not missed.lesson.recorded:
        _check_streams(missed, starts_at)
    made = arrange_make_up(
        actor=actor,
        missed=missed,
        starts_at=starts_at,
        changeover=changeover_of(missed.lesson),
        room=room,
        studio=studio,
        period_number=period,
    )
    seat_facilitators({missed.school_id})
    return made
