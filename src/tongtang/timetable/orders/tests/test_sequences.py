"""Any sequence of orders, withdrawals and days: the base stays, nothing clashes, and all of it can be undone."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pytest
import time_machine
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.cast import COUNTY, TUESDAY, Cast, Point, actor_for, make_cast, person, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Membership, Specialist
from tongtang.curriculum.models import Subject
from tongtang.foundation import clock
from tongtang.lessons.api import Refused as LessonRefused
from tongtang.lessons.api import bind_showings, cancel_lesson
from tongtang.lessons.models import Course, Lesson, Mode, Reception
from tongtang.organisations.models import BellSchedule, HomeClass, Period
from tongtang.timetable.facilitators import seat_facilitators
from tongtang.timetable.models import ChangeOrder, ClassBlock, Facilitator, LessonChange, LocalMove, PlanRule
from tongtang.timetable.orders.actions import apply_order, make_order, preview_order, withdraw_order
from tongtang.timetable.orders.cycles import WeekCycle
from tongtang.timetable.orders.patches import shape_of
from tongtang.timetable.orders.requests import (
    Cancel,
    MakeUp,
    Move,
    Request,
    Ring,
    Rotation,
    Substitute,
    Swap,
    Temporary,
    Transfer,
    Turn,
    WeekBells,
)
from tongtang.timetable.orders.resolve import Refused
from tongtang.timetable.orders.tests.ground import add_lesson, base_rows, clashes, dated_rows, own_lesson
from tongtang.timetable.orders.world import bases_of, patches_of
from tongtang.timetable.own_lessons import own_lessons
from tongtang.timetable.tasks import end_receptions

DAYS = [TUESDAY + timedelta(days=day) for day in (0, 1, 2, 4, 7, 8)]
STARTS = [time(8, 40), time(9, 30), time(10, 30), time(9, 25), time(12, 0)]
numbers = st.integers(0, 8)
days, moments = (
    st.sampled_from(DAYS),
    st.builds(lambda day, wall: (day, wall), st.sampled_from(DAYS), st.sampled_from(STARTS)),
)


def small_world() -> tuple[Cast, Any, list[Lesson], BellSchedule]:
    """Three points, two teachers, six lessons on two weeks, own lessons, a block, a second bell schedule.

    Besides a lesson of every second week, and the recordings of the third group, which the first point watches; the
    second point names somebody who is beside its class, and teaches another one.
    """
    cast = make_cast()
    other = person("黄欣然", "t09", Role.ANCHOR_TEACHER, school=cast.anchor)
    Specialist.objects.create(alliance=cast.alliance, person=other, valid_from=TUESDAY - timedelta(days=30))
    PlanRule.objects.create(county_code=COUNTY, rule="start_tolerance_minutes", value="10")
    art = Subject.objects.get(code="art")
    lessons = []
    for week in (0, 7):
        day = TUESDAY + timedelta(days=week)
        lessons += [
            add_lesson(cast, utc(day, 8, 40), group="g1"),
            add_lesson(cast, utc(day, 9, 30), cast.points[:2], group="g2", teacher=other, subject=art),
            add_lesson(cast, utc(day + timedelta(days=1), 10, 30), cast.points[1:], group="g3"),
        ]
        lessons.append(watched(cast, utc(day + timedelta(days=2), 9, 30), lessons[-1]))
    lessons.append(add_lesson(cast, utc(TUESDAY + timedelta(days=9), 8, 40), cast.points[:2], group="g4"))
    first, second, third = cast.points
    Facilitator.objects.create(school=second.school, person=second.local)
    own_lesson(replace(second, home_class=another_class(second)), 2, 2, "art")
    own_lesson(first, 3, 2)
    own_lesson(second, 3, 1, "chinese")
    own_lesson(second, 2, 3, "maths", teacher=first.local)
    bind_showings(Q())
    seat_facilitators({second.school.pk})
    ClassBlock.objects.create(home_class=third.home_class, weekday=4, period_number=2)
    bell = BellSchedule.objects.create(county_code=COUNTY, source_id="winter")
    for number, (start, end) in enumerate([("08:50", "09:30"), ("09:40", "10:20"), ("10:40", "11:20")], start=1):
        Period.objects.create(bell_schedule=bell, number=number, starts=start, ends=end)
    return cast, other, lessons, bell


def watched(cast: Cast, starts_at: datetime, guide: Lesson) -> Lesson:
    """The first point watches what the group of `guide` was taught."""
    lesson = add_lesson(
        cast, starts_at, cast.points[:1], group=";p01-g3;music", teacher=None, studio=None, recorded=True
    )
    lesson.receptions.update(mode=Mode.RECORDED)
    Course.objects.filter(pk=lesson.course.pk).update(follows=guide.course)
    return lesson


def another_class(one: Point) -> HomeClass:
    return HomeClass.objects.create(
        county_code=COUNTY, source_id=f"{one.school.source_id}-g1", school=one.school, name="一年级班", grades=[1],
        pupil_count=4,
    )  # fmt: skip


class Orders(RuleBasedStateMachine):
    """One world a run, inside a transaction that is rolled back at its end."""

    made = Bundle("made")
    held: ClassVar[set[str]] = set()

    @initialize()
    def begin(self) -> None:
        self.travel = time_machine.travel(utc(TUESDAY - timedelta(days=1), 20), tick=False)
        self.clock = self.travel.start()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.cast, self.other, self.lessons, self.bell = small_world()
        self.actor = actor_for(self.cast.officer)
        self.base, self.first_rows = base_rows(), dated_rows()
        self.undisturbed = True

    def teardown(self) -> None:
        if not hasattr(self, "atomic"):
            return
        try:
            self.undo_everything()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            self.travel.stop()

    def undo_everything(self) -> None:
        """Taken back from the last to the first, every order leaves no trace, unless time or hands came between."""
        for order in ChangeOrder.objects.filter(state="applied").order_by("-applied_at", "-pk"):
            found = withdraw_order(actor=self.actor, order=order, reason="学期结束")
            assert found.possible or not self.undisturbed, found.reasons
        assert clashes() == []
        if self.undisturbed:
            assert self.planned_rows() == self.first_rows

    def planned_rows(self) -> tuple:
        """As `dated_rows`, without the lessons that make-ups brought, which stay as cancelled ones."""
        lessons, receptions, *left = dated_rows()
        planned = {row["id"] for row in lessons if row["origin"] != "make_up"}
        return (
            [row for row in lessons if row["id"] in planned],
            [row for row in receptions if row["lesson_id"] in planned],
            *left,
        )

    def order(self, request: Request) -> ChangeOrder | None:
        before = dated_rows()
        try:
            made = make_order(actor=self.actor, alliance=self.cast.alliance, request=request, reason="试")
        except Refused:
            return None
        # No two orders come into force at the same moment.
        self.clock.shift(timedelta(microseconds=1))
        looked = preview_order(made, self.actor)
        assert dated_rows() == before, "looking writes nothing"
        found = apply_order(actor=self.actor, order=made)
        if looked.possible and looked.cautions:
            assert not found.possible, "nobody confirmed it"
            assert dated_rows() == before
            event(f"confirmed: {sorted({one.code for one in looked.cautions})}")
            found = apply_order(actor=self.actor, order=made, confirmed=[one.words for one in looked.cautions])
        assert (looked.possible, looked.reasons) == (found.possible, found.reasons), "it was foreseen"
        assert found.possible or dated_rows() == before
        assert found.possible or found.reasons
        self.held |= {made.kind} if found.possible else set()
        event(f"{made.kind}: {'holds' if found.possible else 'refused'}")
        return made

    def lesson(self, number: int) -> Any:
        return self.lessons[number].public_id

    @rule(target=made, number=numbers, to=moments)
    def move(self, number: int, to: tuple) -> ChangeOrder | None:
        return self.order(Move(self.lesson(number), clock.at(*to)))

    @rule(target=made, first=numbers, second=numbers)
    def swap(self, first: int, second: int) -> ChangeOrder | None:
        return self.order(Swap(self.lesson(first), self.lesson(second)))

    @rule(target=made, number=numbers, own=st.booleans())
    def substitute(self, number: int, own: bool) -> ChangeOrder | None:
        teacher = self.cast.teacher if own else self.other
        return self.order(Substitute((self.lesson(number),), teacher.public_id))

    @rule(target=made, some=st.lists(numbers, min_size=1, max_size=3, unique=True))
    def cancel(self, some: list[int]) -> ChangeOrder | None:
        return self.order(Cancel(tuple(self.lesson(number) for number in some)))

    @rule(target=made, number=numbers, point=st.integers(0, 2), to=moments)
    def make_up(self, number: int, point: int, to: tuple) -> ChangeOrder | None:
        missed = self.lessons[number].receptions.filter(home_class=self.cast.points[point].home_class).first()
        return None if missed is None else self.order(MakeUp(missed.public_id, clock.at(*to)))

    @rule(target=made, some=st.lists(numbers, min_size=1, max_size=2, unique=True), point=st.integers(0, 2), to=moments)
    def cancel_and_make_up(self, some: list[int], point: int, to: tuple) -> ChangeOrder | None:
        self.cancel(some)
        return self.make_up(some[0], point, to)

    @rule(target=made, to=moments)
    def move_a_make_up(self, to: tuple) -> ChangeOrder | None:
        lesson = Lesson.objects.filter(origin="make_up", active=True).order_by("pk").first()
        return None if lesson is None else self.order(Move(lesson.public_id, clock.at(*to)))

    @rule(target=made, day=days, moved=st.none() | numbers, to=moments)
    def examine(self, day: Any, moved: int | None, to: tuple) -> ChangeOrder | None:
        moves = () if moved is None else (Move(self.lesson(moved), clock.at(*to)),)
        return self.order(Temporary(day, day + timedelta(days=1), moves))

    @rule(target=made, from_day=days, to_day=days)
    def transfer(self, from_day: Any, to_day: Any) -> ChangeOrder | None:
        return self.order(Transfer(from_day, to_day))

    @rule(target=made, turn=st.sampled_from([1, 2]), to=st.sampled_from([None, 570, 630]), group=st.integers(1, 2))
    def rotate(self, turn: int, to: int | None, group: int) -> ChangeOrder | None:
        cycle = WeekCycle(2, frozenset([turn]))
        start = 520 if group == 1 else 570
        asked = Turn(f"g{group}", 2, start, cycle, to_start=to, cancelled=to is None)
        return self.order(Rotation(TUESDAY, TUESDAY + timedelta(days=14), (asked,)))

    @rule(target=made, point=st.integers(0, 2), day=days)
    def ring(self, point: int, day: Any) -> ChangeOrder | None:
        rings = (Ring(self.cast.points[point].school.public_id, self.bell.public_id),)
        return self.order(WeekBells(day, day + timedelta(days=3), rings))

    @rule(order=made)
    def withdraw(self, order: ChangeOrder | None) -> None:
        if order is not None:
            before = dated_rows()
            found = withdraw_order(actor=self.actor, order=order, reason="不需要了")
            event(f"withdrawal: {'done' if found.possible else 'refused'}")
            # Orders that were made over it may not come back one by one to places that are its own again.
            over_it = ChangeOrder.objects.filter(state="applied", applied_at__gt=order.applied_at or clock.now())
            self.undisturbed &= not (found.possible and over_it.exists())
            assert found.possible or dated_rows() == before

    @rule(number=numbers)
    def cancel_by_hand(self, number: int) -> None:
        try:
            cancel_lesson(actor=self.actor, lesson=self.lessons[number], reason="停电")
        except LessonRefused:
            return
        self.undisturbed = False

    @rule(hours=st.sampled_from([14, 38]))
    def wait(self, hours: int) -> None:
        self.clock.shift(timedelta(hours=hours))
        end_receptions.func()
        self.undisturbed = False

    @rule(ahead=st.integers(0, 3))
    def leave(self, ahead: int) -> None:
        """The third school ends its membership; it has not begun to receive nothing yet."""
        rows = Membership.objects.filter(school=self.cast.points[2].school, state="active")
        rows.update(state="ended", valid_to=clock.today() + timedelta(days=ahead))
        self.undisturbed = False

    @invariant()
    def the_base_stays_and_nothing_clashes(self) -> None:
        if hasattr(self, "base"):
            assert base_rows() == self.base
            assert clashes() == []

    @invariant()
    def what_is_watched_is_over_unseen_and_nobodys_work(self) -> None:
        if not hasattr(self, "base"):
            return
        rows = list(Lesson.objects.filter(recorded=True, active=True).select_related("shows"))
        coming = [row for row in rows if row.starts_at > clock.now() and row.shows is not None]
        assert all((row.teacher_id, row.studio_id) == (None, None) for row in rows)
        assert all(row.shows.active and row.shows.ends_at <= row.starts_at for row in coming)
        planned = [row.shows_id for row in rows if row.shows_id and row.origin == "plan"]
        assert len(planned) == len(set(planned))

    @invariant()
    def whoever_is_beside_a_class_is_there(self) -> None:
        if not hasattr(self, "base"):
            return
        second = self.cast.points[1]
        beside = list(Reception.objects.filter(facilitator=second.local, active=True, starts_at__gt=clock.now()))
        spans = [(row.starts_at, row.ends_at) for row in beside]
        spans += [
            (one.starts_at, one.ends_at)
            for one in own_lessons(Q(teacher=second.local), (TUESDAY, TUESDAY + timedelta(days=14)))
            if one.starts_at > clock.now()
        ]
        ordered = sorted(spans)
        assert all(end <= start for (_start, end), (start, _end) in pairwise(ordered))

    @invariant()
    def everybody_is_seated_anew_whenever_something_changed(self) -> None:
        if not hasattr(self, "base"):
            return
        coming = Reception.objects.filter(active=True, starts_at__gt=clock.now()).order_by("pk")
        before = list(coming.values_list("pk", "facilitator"))
        seat_facilitators({one.school.pk for one in self.cast.points})
        assert list(coming.values_list("pk", "facilitator")) == before

    @invariant()
    def no_own_lesson_gives_way_to_what_is_not_received(self) -> None:
        assert not hasattr(self, "base") or not LocalMove.objects.filter(reception__active=False).exists()

    @invariant()
    def who_has_left_receives_nothing(self) -> None:
        if not hasattr(self, "base"):
            return
        third = self.cast.points[2].school
        ends = Membership.objects.filter(school=third, state="ended", valid_to__lt=clock.today())
        for last in ends.values_list("valid_to", flat=True):
            rows = Reception.objects.filter(school=third, active=True, date__gt=last, starts_at__gt=clock.now())
            assert not rows.exists()

    @invariant()
    def orders_last_as_long_as_their_lessons(self) -> None:
        if not hasattr(self, "base"):
            return
        standing = LessonChange.objects.filter(order__state="applied", lesson__active=True)
        for one in standing.select_related("order", "lesson"):
            assert one.order.first_day <= one.lesson.date <= one.order.last_day

    @invariant()
    def nobody_is_given_a_lesson_and_its_make_up(self) -> None:
        if hasattr(self, "base"):
            to_come = Reception.objects.filter(active=True, starts_at__gt=clock.now())
            assert not to_come.filter(make_ups__active=True).exists()

    @invariant()
    def each_lesson_is_its_base_with_the_orders_in_force(self) -> None:
        if not hasattr(self, "base"):
            return
        now: datetime = clock.now()
        rows = [row for row in Lesson.objects.all() if row.starts_at > now]
        bases, patches = bases_of(rows), patches_of([row.pk for row in rows])
        for row in rows:
            shape = shape_of(bases[row.pk], [patch for _order, patch in patches[row.pk]])
            by_hand = not row.active and not shape.cancelled
            begun_without = bases[row.pk].starts_at <= now
            if not by_hand and not begun_without:
                assert (row.starts_at, row.teacher_id, row.active) == (
                    shape.starts_at,
                    shape.teacher_id,
                    not shape.cancelled,
                )


@pytest.mark.django_db
def test_any_sequence_of_orders() -> None:
    run_state_machine_as_test(
        Orders,
        settings=settings(
            max_examples=10,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert len(Orders.held) > 1, "orders of several kinds came into force"
