"""What a change does before it is done: judged on the rows of this moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tongtang.alliances.api import Refused as AllianceRefused
from tongtang.alliances.api import check_teaching, members_of
from tongtang.alliances.models import Alliance
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import Studio
from tongtang.people.models import Person
from tongtang.timetable.models import ChangeOrder
from tongtang.timetable.orders.judge import Effect, Ground, Obstacle, Outcome, Receiver, Touched, Verdict, judge
from tongtang.timetable.orders.patches import Base, Patch, Shape, shape_of
from tongtang.timetable.orders.sentences import Reason, cautions_of, reasons_of
from tongtang.timetable.orders.world import Setting, bases_of, ground_of, patches_of, receivers_of, scope_of

HELD = (Lesson.State.OPEN, Lesson.State.LIVE, Lesson.State.ENDED)


@dataclass(frozen=True)
class Preview:
    """The effect of an order on every reception, and why it cannot be, in sentences; nothing was written.

    `refused`: a sentence that refuses the order as a whole. `alone`: classes beside which nobody will be any more.
    `empty`: recorded lessons that will have nothing to show any more.
    """

    order: ChangeOrder
    verdicts: tuple[Verdict, ...] = ()
    refused: str = ""
    alone: tuple[Reason, ...] = ()
    empty: tuple[Reason, ...] = ()

    @property
    def possible(self) -> bool:
        return not self.refused and all(each.possible for each in self.verdicts)

    def effects(self, outcome: Outcome) -> list[Effect]:
        """The receptions that move directly, swap with a local lesson or drop it, or cannot."""
        return [one for each in self.verdicts for one in each.effects if one.outcome is outcome]

    @property
    def direct(self) -> list[Effect]:
        return self.effects(Outcome.DIRECT)

    @property
    def swaps(self) -> list[Effect]:
        return self.effects(Outcome.SWAP)

    @property
    def falls(self) -> list[Effect]:
        return self.effects(Outcome.FALLS)

    @property
    def cannot(self) -> list[Effect]:
        return self.effects(Outcome.CANNOT)

    @property
    def reasons(self) -> list[Reason]:
        """Every obstacle in words; none where the order is possible."""
        whole = [Reason("", "", "clash", self.refused)] if self.refused else []
        return [*whole, *reasons_of(self.verdicts)]

    @property
    def cautions(self) -> list[Reason]:
        """What is possible and less than the plan promised: whoever gives the order confirms each of them."""
        return [*cautions_of(self.verdicts), *self.empty, *self.alone]


@dataclass(frozen=True)
class Change:
    """What is laid over or taken off the lessons: one order's patches and setting, or the order that is taken back."""

    alliance: Alliance
    patches: Mapping[int, Patch]
    setting: Setting
    without: int | None = None


def now_of(lesson: Lesson) -> Shape:
    """A lesson as it stands."""
    return Shape(
        lesson.starts_at, lesson.ends_at, lesson.busy_until, lesson.teacher_id, lesson.studio_id, not lesson.active
    )


def _state_obstacles(lesson: Lesson, by_orders: Shape, now: datetime) -> list[Obstacle]:
    if lesson.state in HELD or (lesson.active and lesson.starts_at <= now):
        return [Obstacle("begun")]
    if not lesson.active and not by_orders.cancelled:
        return [Obstacle("cancelled_by_hand")]
    return []


def _alliance_obstacles(lesson: Lesson, base: Base, target: Shape, receivers: Sequence[Receiver]) -> list[Obstacle]:
    """The alliance's own rules where teacher, studio or day are others than in the plan."""
    day = civil(target.starts_at).date()
    other_day = day != civil(base.starts_at).date()
    found: list[Obstacle] = []
    if other_day or target.teacher_id != base.teacher_id or target.studio_id != base.studio_id:
        teacher = Person.objects.filter(pk=target.teacher_id or 0).first()
        studio = Studio.objects.filter(pk=target.studio_id or 0).first()
        if studio is not None:
            try:
                check_teaching(lesson.alliance, teacher=teacher, studio=studio, day=day)
            except AllianceRefused as refused:
                found.append(Obstacle("alliance", {"sentence": str(refused)}))
    if other_day:
        members = {school.pk for school in members_of(lesson.alliance, day)}
        if any(one.school_id not in members for one in receivers):
            found.append(Obstacle("not_member"))
    return found


def _made_up(bases: Mapping[int, Base], risen: Sequence[Lesson]) -> dict[int, date]:
    """Lessons that would be held after all, though a class was given them otherwise: the day of that make-up.

    Of a lesson that is itself a make-up: the day of the other one that stands in its place.
    """
    keys = {key: row.pk for row in risen for key in bases[row.pk].seats}
    found: dict[int, date] = {}
    if not keys:
        return found
    made = Reception.objects.filter(active=True)
    for day, missed in made.filter(make_up_of__in=keys).values_list("date", "make_up_of"):
        found[keys[missed or 0]] = day
    for day, other in made.filter(make_up_of__make_ups__in=keys).values_list("date", "make_up_of__make_ups"):
        found[keys[other]] = day
    return found


def _target(change: Change, row: Lesson, base: Base, in_force: Sequence[tuple[int, Patch]]) -> Shape:
    standing = [patch for order, patch in in_force if order != change.without]
    return shape_of(base, [*standing, *([change.patches[row.pk]] if change.without is None else [])])


def touched_by(change: Change, lessons: Sequence[Lesson], now: datetime) -> list[Touched]:
    """`lessons` as they are in the plan, are now, and are to be under a change."""
    bases = bases_of(lessons)
    in_force = patches_of([row.pk for row in lessons])
    receivers = receivers_of(bases)
    targets = {row.pk: _target(change, row, bases[row.pk], in_force[row.pk]) for row in lessons}
    made_up = _made_up(bases, [row for row in lessons if not row.active and not targets[row.pk].cancelled])
    found = []
    for row in lessons:
        base, target = bases[row.pk], targets[row.pk]
        by_orders = shape_of(base, [patch for _order, patch in in_force[row.pk]])
        obstacles = _state_obstacles(row, by_orders, now)
        if row.pk in made_up:
            obstacles.append(Obstacle("made_up", {"day": made_up[row.pk].isoformat()}))
        if not target.cancelled:
            obstacles += _alliance_obstacles(row, base, target, receivers[row.pk])
        found.append(
            Touched(
                row.pk,
                row.subject_id,
                base,
                now_of(row),
                target,
                receivers[row.pk],
                recorded=row.recorded,
                made=row.pk in change.patches and change.patches[row.pk].made,
                transferred=change.setting.transfer is not None,
                found=tuple(obstacles),
            )
        )
    return found


@dataclass(frozen=True)
class Scene:
    """What `judge` looks at besides the lessons themselves; `shown`: rooms now, by reception."""

    ground: Ground
    shown: Mapping[int, int]


def scene_of(change: Change, touched: Sequence[Touched], days: Iterable[date], now: datetime) -> Scene:
    """What else holds where `touched` lessons are, will be, and on `days`."""
    receivers = [one for each in touched for one in each.receivers]
    bases = {each.lesson_id: each.base for each in touched}
    moments = [moment for each in touched for moment in (each.target.starts_at, each.now.starts_at)]
    scope = scope_of(bases, moments, receivers)
    scope.days |= set(days)
    scope.teachers |= {each.target.teacher_id for each in touched if each.target.teacher_id is not None}
    scope.studios |= {each.target.studio_id for each in touched if each.target.studio_id is not None}
    receptions = [one.reception_id for one in receivers]
    ground = ground_of(
        change.alliance.pk,
        change.alliance.anchor_school.county_code,
        scope,
        [each.lesson_id for each in touched],
        receptions,
        change.setting,
        change.without,
        now,
    )
    rooms = Reception.objects.filter(pk__in=receptions, active=True).values_list("pk", "room_id")
    return Scene(ground, dict(rooms))


def verdicts_of(change: Change, lessons: Sequence[Lesson], now: datetime) -> tuple[Verdict, ...]:
    """What becomes of `lessons` under a change."""
    if not lessons:
        return ()
    touched = touched_by(change, lessons, now)
    scene = scene_of(change, touched, (), now)
    return tuple(judge(scene.ground, touched, scene.shown))
