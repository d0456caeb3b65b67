"""Where a lesson could be held in some days: every start of a bell of its classes, each judged as a move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from tongtang.foundation import clock
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Lesson
from tongtang.timetable.orders.judge import Ground, Outcome, Touched, Verdict, judge
from tongtang.timetable.orders.patches import Patch
from tongtang.timetable.orders.preview import Change, Scene, scene_of, touched_by
from tongtang.timetable.orders.sentences import Names, Reason, names_of, reasons_of
from tongtang.timetable.orders.world import Setting


@dataclass(frozen=True)
class Place:
    """A time for the lesson, how its classes would fare, and why it cannot be; `here`: where it stands now."""

    starts_at: datetime
    here: bool
    direct: int
    swaps: int
    falls: int
    cannot: int
    reasons: tuple[Reason, ...]

    @property
    def possible(self) -> bool:
        return not self.here and not self.reasons


def _at(day: date, minute: int) -> datetime:
    return clock.at(day, time(minute // 60, minute % 60))


def _changed(lesson: Lesson, moment: datetime) -> Change:
    return Change(lesson.alliance, {lesson.pk: Patch(starts_at=moment, cancelled=False)}, Setting())


def _by_day(lesson: Lesson, days: Sequence[date], now: datetime) -> dict[date, Touched]:
    """The lesson as it would be on each day at its own time: what the day alone decides is in `found`."""
    wall = civil(lesson.starts_at).time()
    return {day: touched_by(_changed(lesson, clock.at(day, wall)), [lesson], now)[0] for day in days}


def _moved(touched: Touched, moment: datetime) -> Touched:
    target = touched.target
    length, changeover = target.ends_at - target.starts_at, target.busy_until - target.ends_at
    ends_at = moment + length
    return replace(touched, target=replace(target, starts_at=moment, ends_at=ends_at, busy_until=ends_at + changeover))


def _near(ground: Ground, touched: Touched, day: date) -> Ground:
    """Only what stands on the day, and on those on which the lesson stands now and in its plan."""
    days = {day, civil(touched.now.starts_at).date(), civil(touched.base.starts_at).date()}
    return replace(ground, sittings=tuple(one for one in ground.sittings if one.day in days))


def _starts(ground: Ground, touched: Touched, day: date) -> list[int]:
    schools = {one.school_id for one in touched.receivers}
    return sorted({period.start for school in schools for period in ground.bells.get((school, day), ())})


def _verdicts(scene: Scene, touched: Touched, day: date) -> list[Verdict]:
    ground = _near(scene.ground, touched, day)
    moments = [_at(day, minute) for minute in _starts(ground, touched, day)]
    # Where it stands now is a place too, though no bell may ring there.
    if civil(touched.now.starts_at).date() == day and touched.now.starts_at not in moments:
        moments = sorted([*moments, touched.now.starts_at])
    return [judge(ground, [_moved(touched, moment)], scene.shown)[0] for moment in moments]


def _place(verdict: Verdict, names: Names) -> Place:
    count: Mapping[Outcome, int] = {
        outcome: sum(one.outcome is outcome for one in verdict.effects) for outcome in Outcome
    }
    target = verdict.touched.target
    return Place(
        target.starts_at,
        target.starts_at == verdict.touched.now.starts_at and not verdict.touched.now.cancelled,
        count[Outcome.DIRECT],
        count[Outcome.SWAP],
        count[Outcome.FALLS],
        count[Outcome.CANNOT],
        tuple(reasons_of([verdict], names)),
    )


def places_of(lesson: Lesson, days: Sequence[date], now: datetime) -> list[Place]:
    """Every place of `days` in the order of the clock. The number of queries grows with the days, not the places."""
    if not days:
        return []
    by_day = _by_day(lesson, days, now)
    first = by_day[days[0]]
    scene = scene_of(_changed(lesson, first.target.starts_at), [first], days, now)
    verdicts = [verdict for day in days for verdict in _verdicts(scene, by_day[day], day)]
    names = names_of(verdicts)
    return [_place(verdict, names) for verdict in verdicts]
