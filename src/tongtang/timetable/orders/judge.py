"""Whether lessons may stand where orders put them, and what that does to each reception: pure.

A reception moves directly, or swaps with a lesson of its class's own timetable, or that lesson falls out because it
has no place to go, or it cannot be at all; every reason is named. What may be, but is less than the plan promised, is a
caution that whoever gives the order confirms.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from tongtang.foundation.clock import civil
from tongtang.timetable.orders.patches import Base, Seat, Shape
from tongtang.timetable.slots import Span, overlaps
from tongtang.timetable.solver.fit import fitting_periods
from tongtang.timetable.solver.model import BellSchedule, Period

Facts = Mapping[str, str | int]
Place = tuple[int, date, int]
"""A class, a day and the number of its period."""


class Outcome(StrEnum):
    DIRECT = "direct"
    SWAP = "swap"
    FALLS = "falls"
    CANNOT = "cannot"


@dataclass(frozen=True)
class Obstacle:
    """Why something cannot be, or what to mind; `code` is a key of `sentences.SENTENCES`, `facts` numbers and ids."""

    code: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """What a teacher gives in a civil week: the posts' cap, and lessons that count against it.

    `others`: those that stand and are not touched, by whichever alliance and order. `placed`: what plans, make-ups and
    day transfers put there, the touched ones included: more than the cap where they did so.
    """

    cap: int
    others: int
    placed: int


@dataclass(frozen=True)
class Local:
    """A lesson of a class's own weekly timetable."""

    local_id: int
    subject: str
    teacher_id: int | None


@dataclass(frozen=True)
class Busy:
    """A lesson that no order of this change touches; teacher and studio are taken until `busy_until`."""

    teacher_id: int | None
    studio_id: int | None
    starts_at: datetime
    busy_until: datetime


@dataclass(frozen=True)
class Sitting:
    """A class in a lesson."""

    lesson_id: int
    home_class_id: int
    school_id: int
    room_id: int | None
    period: int | None
    subject: str
    starts_at: datetime
    ends_at: datetime
    # What is watched recorded needs a screen and no part of the link.
    recorded: bool = False

    @property
    def span(self) -> Span:
        return self.starts_at, self.ends_at

    @property
    def day(self) -> date:
        return civil(self.starts_at).date()


@dataclass(frozen=True)
class Receiver:
    """A standing reception of a lesson that an order touches."""

    reception_id: int
    home_class_id: int
    school_id: int


@dataclass(frozen=True)
class Touched:
    """A lesson under orders: what it is in its plan, what it is now, and what it is to be."""

    lesson_id: int
    subject: str
    base: Base
    now: Shape
    target: Shape
    receivers: tuple[Receiver, ...]
    recorded: bool = False
    # A make-up that the order brings, or a lesson of a transferred day: owed to its classes whatever the week holds.
    made: bool = False
    transferred: bool = False
    # What stands in the way before the clock is looked at: the lesson began, the alliance's own rules.
    found: tuple[Obstacle, ...] = ()


@dataclass(frozen=True)
class Ground:
    """What else holds on the days of a change. `held`: the weekday whose timetable a day follows, None a holiday.

    `subjects`: those that a teacher's posts name. `loads`: by teacher and the Monday of a week.

    `away`, `own_lessons`: weekday, start and end in minutes, by teacher; when away by the clock, and when teaching the
    classes of an own school.
    """

    now: datetime
    bells: Mapping[tuple[int, date], tuple[Period, ...]]
    dated_bells: frozenset[tuple[int, date]]
    tolerance: int
    subjects_a_day: int | None
    rooms: Mapping[int, tuple[int, ...]]
    streams: Mapping[int, int]
    blocked: frozenset[tuple[int, int, int]]
    away: Mapping[int, Sequence[tuple[int, int, int]]]
    own_lessons: Mapping[int, Sequence[tuple[int, int, int]]]
    local: Mapping[tuple[int, int, int], Local]
    local_teachers: Mapping[tuple[int, int, int], frozenset[int]]
    moved_here: frozenset[Place]
    moved_teachers: frozenset[Place]
    held: Mapping[date, int | None]
    outside: frozenset[date]
    lessons: tuple[Busy, ...]
    sittings: tuple[Sitting, ...]
    subjects: Mapping[int, frozenset[str]]
    loads: Mapping[tuple[int, date], Load]


@dataclass(frozen=True)
class LocalShift:
    """A class's own lesson goes on `from_day` into the place that the reception has in the plan."""

    local: Local
    from_day: date
    from_period: int
    to_day: date
    to_period: int


@dataclass(frozen=True)
class Effect:
    """What a change does to one reception; `seat` is its new place unless it cannot."""

    receiver: Receiver
    outcome: Outcome
    seat: Seat | None = None
    shift: LocalShift | None = None
    obstacles: tuple[Obstacle, ...] = ()
    cautions: tuple[Obstacle, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """A lesson's own obstacles and cautions, and the effect on each of its receptions."""

    touched: Touched
    obstacles: tuple[Obstacle, ...]
    effects: tuple[Effect, ...]
    cautions: tuple[Obstacle, ...] = ()

    @property
    def possible(self) -> bool:
        return not self.obstacles and all(one.outcome is not Outcome.CANNOT for one in self.effects)


def _minutes(moment: datetime) -> int:
    wall = civil(moment)
    return wall.hour * 60 + wall.minute


def _away(ground: Ground, teacher_id: int | None, day: date, span: tuple[int, int]) -> bool:
    rows = ground.away.get(teacher_id or 0, ())
    return any(weekday == day.isoweekday() and start < span[1] and span[0] < end for weekday, start, end in rows)


def _teaches_own(ground: Ground, teacher_id: int | None, day: date, span: tuple[int, int]) -> bool:
    held, rows = ground.held.get(day, day.isoweekday()), ground.own_lessons.get(teacher_id or 0, ())
    return any(weekday == held and start < span[1] and span[0] < end for weekday, start, end in rows)


def _lesson_obstacles(ground: Ground, one: Touched, others: Iterable[Touched]) -> Iterator[Obstacle]:
    target = one.target
    day = civil(target.starts_at).date()
    moved, replaced = target.starts_at != one.base.starts_at, target.teacher_id != one.base.teacher_id
    if target.starts_at <= ground.now:
        yield Obstacle("past")
    if one.recorded and (target.teacher_id is not None or target.studio_id is not None):
        yield Obstacle("recorded_untaught")
    if moved and day in ground.outside:
        yield Obstacle("outside_term", {"day": day.isoformat()})
    elif moved and ground.held.get(day, 0) is None:
        yield Obstacle("holiday", {"day": day.isoformat()})
    span = _minutes(target.starts_at), _minutes(target.ends_at)
    if (moved or replaced) and _away(ground, target.teacher_id, day, span):
        yield Obstacle("teacher_away", {"teacher": target.teacher_id or 0})
    if (moved or replaced) and _teaches_own(ground, target.teacher_id, day, span):
        yield Obstacle("teacher_busy", {"teacher": target.teacher_id or 0})
    busy = [Busy(o.target.teacher_id, o.target.studio_id, o.target.starts_at, o.target.busy_until) for o in others]
    running = [
        each
        for each in (*ground.lessons, *busy)
        if overlaps((target.starts_at, target.busy_until), [(each.starts_at, each.busy_until)])
    ]
    if target.teacher_id is not None and any(each.teacher_id == target.teacher_id for each in running):
        yield Obstacle("teacher_busy", {"teacher": target.teacher_id})
    if target.studio_id is not None and any(each.studio_id == target.studio_id for each in running):
        yield Obstacle("studio_busy", {"studio": target.studio_id})


def _lesson_cautions(ground: Ground, one: Touched) -> Iterator[Obstacle]:
    """Somebody takes over whose posts do not name the subject.

    A plan never has that: its teachers are of the subject. A substitute of another one goes through the lesson's
    courseware with the classes, which may be better than no lesson (a repair prefers it to a cancelled one, too), so a
    county may want it; but only with open eyes.
    """
    teacher = one.target.teacher_id
    if teacher is None or teacher in (one.base.teacher_id, one.now.teacher_id):
        return
    if one.subject not in ground.subjects.get(teacher, frozenset()):
        yield Obstacle("other_subject", {"teacher": teacher, "subject": one.subject})


def monday_of(moment: datetime) -> date:
    """The Monday of a moment's civil week."""
    day = civil(moment).date()
    return day - timedelta(days=day.weekday())


def _counts(shape: Shape, week: tuple[int, date]) -> bool:
    return not shape.cancelled and (shape.teacher_id, monday_of(shape.starts_at)) == week


def over_caps(loads: Mapping[tuple[int, date], Load], touched: Sequence[Touched]) -> dict[int, Obstacle]:
    """By lesson: it is one too many for its teacher in its week.

    The cap holds for what is effective, as plans are held to it (`verify`). A week may hold more than the cap where it
    did before the change, or where plans, make-ups and day transfers put more there: an order adds to none of these.
    """
    found: dict[int, Obstacle] = {}
    for week, load in loads.items():
        mine = [one for one in touched if _counts(one.target, week) and not one.recorded]
        fresh = [one for one in mine if one.made or not _counts(one.now, week)]
        made = sum(one.made for one in mine)
        before = load.others + sum(_counts(one.now, week) for one in touched if not one.made and not one.recorded)
        after = load.others + len(mine)
        over = over_cap(week, load, after, before, load.placed - made)
        if over is not None:
            found |= {one.lesson_id: over for one in fresh}
    return found


def over_cap(week: tuple[int, date], load: Load, after: int, *before: int) -> Obstacle | None:
    """That a teacher would give `after` lessons in a week: more than the cap, and than ever `before`."""
    if after <= max(load.cap, *before):
        return None
    return Obstacle("over_cap", {"teacher": week[0], "count": after, "limit": load.cap, "day": week[1].isoformat()})


def _period(ground: Ground, one: Touched, receiver: Receiver) -> int | Obstacle | None:
    """The number of the class's period that the lesson takes; None as in the plan, between the bells."""
    target = one.target
    day = civil(target.starts_at).date()
    if target.starts_at == one.base.starts_at and (receiver.school_id, day) not in ground.dated_bells:
        return one.base.seats[receiver.reception_id].period
    bell = BellSchedule("", ground.bells[receiver.school_id, day])
    fits = fitting_periods(bell, _minutes(target.starts_at), ground.tolerance)
    return fits[0].number if len(fits) == 1 else Obstacle("period_misfit")


def _peak(span: Span, running: Sequence[Sitting]) -> int:
    """How many other lessons run beside a span at its fullest moment."""
    moments = [span[0], *(each.starts_at for each in running if each.starts_at > span[0])]
    return max(len({r.lesson_id for r in running if r.starts_at <= moment < r.ends_at}) for moment in moments)


@dataclass
class _Seating:
    """Seats of one change given one after another; `sittings` grows by each."""

    ground: Ground
    sittings: list[Sitting]

    def class_obstacle(self, own: Sitting, as_planned: bool) -> Obstacle | None:
        """What of the class itself stands in the way; where the plan put it, the plan's own checks hold."""
        ground, held = self.ground, self.ground.held.get(own.day, own.day.isoweekday())
        mine = [each for each in self.sittings if each.home_class_id == own.home_class_id]
        beside = [each for each in mine if each.lesson_id != own.lesson_id]
        if any(overlaps(own.span, [each.span]) for each in beside) or (
            own.period is not None and any((each.day, each.period) == (own.day, own.period) for each in beside)
        ):
            return Obstacle("class_busy")
        if own.period is not None and (own.home_class_id, own.day, own.period) in ground.moved_here:
            return Obstacle("class_busy")
        if as_planned:
            return None
        if own.period is not None and (own.home_class_id, held or 0, own.period) in ground.blocked:
            return Obstacle("class_blocked", {"period": own.period})
        same = [each for each in beside if (each.day, each.subject) == (own.day, own.subject)]
        if ground.subjects_a_day is not None and len(same) >= ground.subjects_a_day:
            return Obstacle("second_of_subject", {"subject": own.subject})
        return None

    def room_for(self, own: Sitting, wanted: Sequence[int]) -> int | Obstacle:
        rooms = self.ground.rooms.get(own.school_id, ())
        running = [
            each
            for each in self.sittings
            if each.school_id == own.school_id and each.lesson_id != own.lesson_id and overlaps(own.span, [each.span])
        ]
        live = [each for each in running if not each.recorded]
        if not own.recorded and _peak(own.span, live) >= self.ground.streams[own.school_id]:
            return Obstacle("streams", {"limit": self.ground.streams[own.school_id]})
        taken = {each.room_id for each in self.sittings if overlaps(own.span, [each.span])}
        order = [*(room for room in wanted if room in rooms), *rooms]
        return next((room for room in order if room not in taken), Obstacle("room_taken"))

    def shift_of(self, own: Sitting, base: Base, seat: Seat) -> LocalShift | Obstacle | None:
        """What becomes of the class's own lesson in the place that the reception takes; why it falls out."""
        ground, day = self.ground, civil(base.starts_at).date()
        if own.period is None or (own.day, own.period) == (day, seat.period):
            return None
        held = ground.held.get(own.day, own.day.isoweekday())
        local = ground.local.get((own.home_class_id, held or 0, own.period))
        if local is None:
            return None
        facts: dict[str, str | int] = {"subject": local.subject, "day": own.day.isoformat(), "period": own.period}
        if seat.period is None or base.starts_at <= ground.now:
            return Obstacle("local_no_place", facts)
        beside = [each for each in self.sittings if each.home_class_id == own.home_class_id]
        left = minutes_of_period(ground.bells.get((own.school_id, day), ()), seat.period)
        if any(each.lesson_id != own.lesson_id and (each.day, each.period) == (day, seat.period) for each in beside):
            return Obstacle("local_no_place", facts)
        weekday = ground.held.get(day, day.isoweekday()) or 0
        if local.teacher_id is not None:
            teaches = ground.local_teachers.get((local.teacher_id, weekday, seat.period), frozenset())
            moved = (local.teacher_id, day, seat.period) in ground.moved_teachers
            if teaches - {local.local_id} or moved or (left and _away(ground, local.teacher_id, day, left)):
                return Obstacle("local_teacher_busy", facts | {"teacher": local.teacher_id})
        return LocalShift(local, own.day, own.period, day, seat.period)


def minutes_of_period(periods: Sequence[Period], number: int) -> tuple[int, int] | None:
    """Start and end of a numbered period, in minutes."""
    return next(((each.start, each.end) for each in periods if each.number == number), None)


def _effect(seating: _Seating, one: Touched, receiver: Receiver, own: Sitting, shown: int | None) -> Effect:
    seat = one.base.seats[receiver.reception_id]
    refused = seating.class_obstacle(own, one.target.starts_at == one.base.starts_at)
    if refused is not None:
        return Effect(receiver, Outcome.CANNOT, obstacles=(refused,))
    room = seating.room_for(own, [each for each in (shown, seat.room_id) if each is not None])
    if isinstance(room, Obstacle):
        return Effect(receiver, Outcome.CANNOT, obstacles=(room,))
    shift = seating.shift_of(own, one.base, seat)
    if isinstance(shift, Obstacle):
        return Effect(receiver, Outcome.FALLS, Seat(room, own.period), cautions=(shift,))
    return Effect(receiver, Outcome.SWAP if shift else Outcome.DIRECT, Seat(room, own.period), shift)


def _sitting(one: Touched, receiver: Receiver, room: int | None, period: int | None) -> Sitting:
    target, school = one.target, receiver.school_id
    return Sitting(
        one.lesson_id,
        receiver.home_class_id,
        school,
        room,
        period,
        one.subject,
        target.starts_at,
        target.ends_at,
        one.recorded,
    )


def judge(ground: Ground, touched: Sequence[Touched], shown: Mapping[int, int]) -> list[Verdict]:
    """What becomes of every touched lesson, those that keep their time first. `shown`: rooms now, by reception."""
    standing = sorted(
        (one for one in touched if not one.target.cancelled),
        key=lambda one: (one.target.starts_at != one.now.starts_at, one.target.starts_at, one.lesson_id),
    )
    planned = [(one, receiver, _period(ground, one, receiver)) for one in standing for receiver in one.receivers]
    roomless = [
        _sitting(one, receiver, None, period) for one, receiver, period in planned if not isinstance(period, Obstacle)
    ]
    seating = _Seating(ground, [*ground.sittings, *roomless])
    effects: dict[int, list[Effect]] = {one.lesson_id: [] for one in touched}
    for one, receiver, period in planned:
        if isinstance(period, Obstacle):
            effects[one.lesson_id].append(Effect(receiver, Outcome.CANNOT, obstacles=(period,)))
            continue
        stays = one.target.starts_at == one.now.starts_at
        own = _sitting(one, receiver, None, period)
        effect = _effect(seating, one, receiver, own, shown.get(receiver.reception_id) if stays else None)
        effects[one.lesson_id].append(effect)
        if effect.seat is not None:
            seating.sittings.append(_sitting(one, receiver, effect.seat.room_id, period))
    for one in touched:
        if one.target.cancelled:
            effects[one.lesson_id] = [Effect(receiver, Outcome.DIRECT) for receiver in one.receivers]
    over = over_caps(ground.loads, touched)
    return [_verdict(ground, one, standing, over.get(one.lesson_id), effects[one.lesson_id]) for one in touched]


def _verdict(
    ground: Ground, one: Touched, standing: Sequence[Touched], over: Obstacle | None, effects: Sequence[Effect]
) -> Verdict:
    if one not in standing:
        return Verdict(one, one.found, tuple(effects))
    obstacles = [*one.found, *_lesson_obstacles(ground, one, [o for o in standing if o is not one])]
    cautions = list(_lesson_cautions(ground, one))
    if over is not None:
        (cautions if one.made or one.transferred else obstacles).append(over)
    return Verdict(one, tuple(obstacles), tuple(effects), tuple(cautions))
