"""Each kind of change order: what it does to lessons and receptions, and that its withdrawal leaves no trace of it."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from tests.cast import COUNTY, TUESDAY, Cast, actor_for, person, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Specialist
from tongtang.audit.models import Entry
from tongtang.curriculum.models import Subject
from tongtang.lessons.models import Lesson
from tongtang.lessons.queries import figures_of, shortfall_of
from tongtang.notices.models import Notice
from tongtang.organisations.models import BellSchedule, CalendarDay, Period
from tongtang.timetable.models import ChangeOrder, ClassBlock, LocalMove, PlanRule, TeacherUnavailability
from tongtang.timetable.orders.actions import apply_order, make_order, preview_order, withdraw_order
from tongtang.timetable.orders.cycles import WeekCycle
from tongtang.timetable.orders.judge import Outcome
from tongtang.timetable.orders.requests import (
    Cancel,
    MakeUp,
    Move,
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
from tongtang.timetable.orders.tests.ground import (
    add_lesson,
    base_rows,
    cautions,
    clashes,
    codes,
    dated_rows,
    draft,
    more_points,
    order,
    own_lesson,
    teaches,
)

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
WEDNESDAY, THURSDAY, SATURDAY = TUESDAY + DAY, TUESDAY + 2 * DAY, TUESDAY + 4 * DAY
MONDAY_NIGHT = utc(TUESDAY - DAY, 20)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_night():
    with time_machine.travel(MONDAY_NIGHT, tick=False):
        yield


def withdraw(cast: Cast, made: ChangeOrder):
    return withdraw_order(actor=actor_for(cast.officer), order=made, reason="计划取消")


def without_trace(cast: Cast, before, made: ChangeOrder) -> None:
    """The order taken back leaves lessons and receptions as they were before it."""
    assert withdraw(cast, made).possible
    assert dated_rows() == before
    assert clashes() == []


def colleague(cast: Cast, number: int = 9):
    made = person("黄欣然", f"t{number:02d}", Role.ANCHOR_TEACHER, school=cast.anchor)
    Specialist.objects.create(alliance=cast.alliance, person=made, valid_from=TUESDAY - WEEK)
    return teaches(made, "music", "art")


def test_a_move_across_days_moves_every_reception_and_expires_by_itself(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40), group="g1")
    base, before = base_rows(), dated_rows()
    made, found = order(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))
    assert (len(found.direct), found.swaps, found.cannot, made.state) == (3, [], [], "applied")
    lesson.refresh_from_db()
    assert (lesson.date, lesson.starts_at) == (WEDNESDAY, utc(WEDNESDAY, 9, 30))
    assert set(lesson.receptions.values_list("active", "date", "period_number")) == {(True, WEDNESDAY, 2)}
    assert base_rows() == base
    assert (made.first_day, made.last_day) == (TUESDAY, WEDNESDAY)
    assert [made.state_on(day) for day in (WEDNESDAY, THURSDAY)] == ["applied", "expired"]
    without_trace(cast, before, made)


def test_a_preview_writes_nothing(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    made = draft(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))
    before = dated_rows()
    assert preview_order(made, actor_for(cast.officer)).possible
    assert dated_rows() == before
    assert not Notice.objects.exists()
    made.refresh_from_db()
    assert made.state == "draft"


def test_two_lessons_swap(cast: Cast) -> None:
    first, second = add_lesson(cast, utc(TUESDAY, 8, 40)), add_lesson(cast, utc(TUESDAY, 10, 30))
    before = dated_rows()
    made, found = order(cast, Swap(first.public_id, second.public_id))
    assert found.possible
    assert len(found.direct) == 6
    assert [Lesson.objects.get(pk=one.pk).starts_at for one in (first, second)] == [second.starts_at, first.starts_at]
    assert clashes() == []
    without_trace(cast, before, made)


def test_a_substitute_teaches_and_both_are_told_once(cast: Cast) -> None:
    lesson, other = add_lesson(cast, utc(TUESDAY, 8, 40)), colleague(cast)
    made, found = order(cast, Substitute((lesson.public_id,), other.public_id))
    assert found.possible
    assert Lesson.objects.get(pk=lesson.pk).teacher_id == other.pk
    told = set(Notice.objects.values_list("person_id", flat=True))
    assert told == {cast.teacher.pk, other.pk, *(one.local.pk for one in cast.points)}
    assert Notice.objects.count() == len(told)
    again = apply_order(actor=actor_for(cast.officer), order=made)
    assert again.possible
    assert Notice.objects.count() == len(told)
    assert Entry.objects.filter(action="order.applied", object=f"order:{made.public_id}").count() == 1
    assert "教师外出培训" in Notice.objects.first().text


def test_a_substitute_outside_the_pool_or_away_is_refused(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    outsider = person("外来", "t77", Role.ANCHOR_TEACHER, school=cast.anchor)
    assert codes(order(cast, Substitute((lesson.public_id,), outsider.public_id))[1]) == {"alliance"}
    away = colleague(cast)
    TeacherUnavailability.objects.create(person=away, weekday=2, starts="08:00", ends="09:00")
    found = order(cast, Substitute((lesson.public_id,), away.public_id))[1]
    assert codes(found) == {"teacher_away"}
    assert "黄欣然" in found.reasons[0].sentence


def test_a_cancelled_lesson_says_so_at_once_and_its_withdrawal_takes_that_back(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    span = (cast.points[0].home_class.pk, "music", TUESDAY - DAY, TUESDAY + WEEK)
    owed, before = shortfall_of(*span), dated_rows()
    made, _found = order(cast, Cancel((lesson.public_id,)))
    assert not Lesson.objects.get(pk=lesson.pk).active
    reception = lesson.receptions.first()
    assert figures_of([reception])[reception.pk].cancelled
    assert shortfall_of(*span) == 1
    without_trace(cast, before, made)
    assert not figures_of([reception])[reception.pk].cancelled
    assert shortfall_of(*span) == owed


def test_orders_on_one_lesson_are_laid_over_one_another(cast: Cast) -> None:
    lesson, other = add_lesson(cast, utc(TUESDAY, 8, 40)), colleague(cast)
    before = dated_rows()
    moved, _ = order(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))
    stood_in, _ = order(cast, Substitute((lesson.public_id,), other.public_id))
    cancelled, _ = order(cast, Cancel((lesson.public_id,)))
    assert withdraw(cast, moved).possible
    lesson.refresh_from_db()
    assert (lesson.starts_at, lesson.teacher_id, lesson.active) == (utc(TUESDAY, 8, 40), other.pk, False)
    assert withdraw(cast, cancelled).possible
    lesson.refresh_from_db()
    assert (lesson.teacher_id, lesson.active) == (other.pk, True)
    without_trace(cast, before, stood_in)


def test_what_would_come_back_to_a_taken_place_does_not_come_back(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    made, _ = order(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))
    add_lesson(cast, utc(TUESDAY, 8, 40), teacher=colleague(cast), studio=None)
    before = dated_rows()
    refused = withdraw(cast, made)
    assert codes(refused) == {"class_busy"}
    assert dated_rows() == before
    made.refresh_from_db()
    assert made.state == "applied"


def test_the_preview_splits_receptions_in_three(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    _direct, swaps, cannot = cast.points
    maths = own_lesson(swaps, 3, 2)
    ClassBlock.objects.create(home_class=cannot.home_class, weekday=3, period_number=2)
    made = draft(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))
    found = preview_order(made, actor_for(cast.officer))
    assert [len(found.effects(outcome)) for outcome in Outcome] == [1, 1, 0, 1]
    [reason] = found.reasons
    assert (reason.code, reason.home_class, reason.school) == ("class_blocked", "三年级班", cannot.school.name)
    assert found.swaps[0].shift.local.local_id == maths.pk
    before = dated_rows()
    assert not apply_order(actor=actor_for(cast.officer), order=made).possible
    assert dated_rows() == before
    ClassBlock.objects.all().delete()
    assert apply_order(actor=actor_for(cast.officer), order=made).possible
    [shift] = LocalMove.objects.values_list("local_lesson", "from_day", "to_day", "to_period")
    assert shift == (maths.pk, WEDNESDAY, TUESDAY, 1)
    without_trace(cast, before, made)


def test_a_local_lesson_swaps_only_where_its_teacher_has_time(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    first, second, _third = cast.points
    own_lesson(first, 3, 2)
    own_lesson(second, 2, 1, teacher=first.local)
    _made, found = order(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))
    assert not found.possible
    assert cautions(found) == {"local_teacher_busy"}


@pytest.mark.parametrize("code", ["period_misfit", "class_busy", "room_taken", "streams", "teacher_busy", "holiday"])
def test_every_obstacle_is_named(cast: Cast, code: str) -> None:
    lesson, other, one = add_lesson(cast, utc(TUESDAY, 8, 40)), colleague(cast), cast.points[0]
    to = utc(WEDNESDAY, 9, 30)
    if code == "period_misfit":
        to = utc(WEDNESDAY, 12, 0)
    elif code == "class_busy":
        add_lesson(cast, to, [one], teacher=other, studio=None)
    elif code == "teacher_busy":
        add_lesson(cast, to, [], studio=None)
    elif code == "holiday":
        CalendarDay.objects.create(county_code=COUNTY, date=WEDNESDAY, kind="holiday")
    else:
        elsewhere = add_lesson(cast, to, [one], teacher=other, studio=None)
        second = cast.points[1].home_class
        second.pk, second.public_id, second.source_id, second.school = None, one.school.public_id, "x", one.school
        second.save()
        elsewhere.receptions.update(home_class=second, period_number=None)
        if code == "room_taken":
            one.school.max_streams = 2
            one.school.save()
    assert codes(order(cast, Move(lesson.public_id, to))[1]) == {code}


def test_one_subject_a_day(cast: Cast) -> None:
    PlanRule.objects.create(county_code=COUNTY, rule="same_subject_per_class_and_day", value="1")
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    add_lesson(cast, utc(WEDNESDAY, 8, 40), cast.points[:1])
    found = order(cast, Move(lesson.public_id, utc(WEDNESDAY, 10, 30)))[1]
    assert codes(found) == {"second_of_subject"}
    assert len(found.direct) == 2


def test_what_began_is_not_changed_and_what_is_over_is_not_withdrawn(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    made, _ = order(cast, Move(lesson.public_id, utc(TUESDAY, 9, 30)))
    with time_machine.travel(utc(TUESDAY, 9, 31), tick=False):
        assert withdraw(cast, made).refused
        assert codes(order(cast, Cancel((lesson.public_id,)))[1]) == {"begun"}
    with time_machine.travel(utc(WEDNESDAY, 9, 31), tick=False):
        assert withdraw(cast, made).refused
    assert Lesson.objects.get(pk=lesson.pk).starts_at == utc(TUESDAY, 9, 30)


def test_a_make_up_is_an_order_too(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    order(cast, Cancel((lesson.public_id,)))
    missed = lesson.receptions.get(home_class=cast.points[0].home_class)
    request = MakeUp(missed.public_id, utc(THURSDAY, 9, 30))
    made = draft(cast, request)
    assert preview_order(made, actor_for(cast.officer)).possible
    assert Lesson.objects.count() == 1
    assert apply_order(actor=actor_for(cast.officer), order=made).possible
    assert Lesson.objects.filter(origin="make_up", active=True).count() == 1
    taken = draft(cast, request)
    assert apply_order(actor=actor_for(cast.officer), order=taken).refused
    made.refresh_from_db()
    assert withdraw(cast, made).possible
    assert not Lesson.objects.filter(origin="make_up", active=True).exists()
    assert apply_order(actor=actor_for(cast.officer), order=taken).possible


def test_a_rotation_gives_one_period_to_two_groups_in_turn(cast: Cast) -> None:
    # The 14th of April lies in week 7; the fourth of these in week 12.
    weeks = [TUESDAY + n * WEEK for n in (0, 1, 2, 5)]
    art_teacher, art = colleague(cast), Subject.objects.get(code="art")
    music = [add_lesson(cast, utc(day, 8, 40), group="g1") for day in weeks]
    drawn = [add_lesson(cast, utc(day, 9, 30), group="g2", teacher=art_teacher, subject=art) for day in weeks]
    even, odd = WeekCycle(2, frozenset([2])), WeekCycle(2, frozenset([1]))
    turns = (
        Turn("g1", 2, 8 * 60 + 40, even, cancelled=True),
        Turn("g2", 2, 9 * 60 + 30, even, to_start=8 * 60 + 40),
        Turn("g2", 2, 9 * 60 + 30, odd, cancelled=True),
    )
    before, base = dated_rows(), base_rows()
    made, found = order(cast, Rotation(TUESDAY, weeks[-1], turns))
    assert found.possible, found.reasons
    assert [Lesson.objects.get(pk=one.pk).active for one in music] == [True, False, True, False]
    assert [Lesson.objects.get(pk=one.pk).active for one in drawn] == [False, True, False, True]
    assert {(row.starts_at.hour, row.starts_at.minute) for row in Lesson.objects.filter(active=True)} == {(0, 40)}
    assert base_rows() == base
    without_trace(cast, before, made)


def test_other_bells_for_a_week(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 9, 30))
    later = add_lesson(cast, utc(TUESDAY + WEEK, 9, 30))
    bell = BellSchedule.objects.create(county_code=COUNTY, source_id="summer")
    for number, start in enumerate(["09:30", "10:30"], start=1):
        Period.objects.create(bell_schedule=bell, number=number, starts=start, ends=f"{start[:2]}:59")
    before, one = dated_rows(), cast.points[0]
    rings = (Ring(one.school.public_id, bell.public_id),)
    made, found = order(cast, WeekBells(TUESDAY - DAY, TUESDAY + 3 * DAY, rings))
    assert found.possible
    assert lesson.receptions.get(home_class=one.home_class).period_number == 1
    assert later.receptions.get(home_class=one.home_class).period_number == 2
    assert set(lesson.receptions.exclude(home_class=one.home_class).values_list("period_number")) == {(2,)}
    moved, shown = order(cast, Move(lesson.public_id, utc(TUESDAY, 8, 40)))
    assert codes(shown) == {"period_misfit"}
    assert moved.state == "draft"
    without_trace(cast, before, made)


def test_a_temporary_timetable_holds_only_what_it_names(cast: Cast) -> None:
    lessons = [add_lesson(cast, utc(day, 8, 40)) for day in (TUESDAY, WEDNESDAY, THURSDAY)]
    before = dated_rows()
    made, found = order(cast, Temporary(TUESDAY, WEDNESDAY, moves=(Move(lessons[0].public_id, utc(TUESDAY, 10, 30)),)))
    assert found.possible
    states = [(row.starts_at, row.active) for row in Lesson.objects.order_by("pk")]
    assert states == [(utc(TUESDAY, 10, 30), True), (utc(WEDNESDAY, 8, 40), False), (utc(THURSDAY, 8, 40), True)]
    without_trace(cast, before, made)


def test_a_day_is_held_on_another_day_with_its_own_weekday(cast: Cast) -> None:
    CalendarDay.objects.create(county_code=COUNTY, date=TUESDAY, kind="holiday")
    lessons = [add_lesson(cast, utc(TUESDAY, hour, minute)) for hour, minute in ((8, 40), (10, 30))]
    ClassBlock.objects.create(home_class=cast.points[0].home_class, weekday=6, period_number=1)
    before = dated_rows()
    made, found = order(cast, Transfer(TUESDAY, SATURDAY))
    assert found.possible, found.reasons
    assert {row.date for row in Lesson.objects.all()} == {SATURDAY}
    assert [civil_hour(Lesson.objects.get(pk=one.pk)) for one in lessons] == [civil_hour(one) for one in lessons]
    without_trace(cast, before, made)


def civil_hour(lesson: Lesson) -> tuple[int, int]:
    return (lesson.starts_at.hour, lesson.starts_at.minute)


def test_an_order_made_now_for_a_later_week(cast: Cast) -> None:
    later = TUESDAY + 5 * WEEK
    lesson = add_lesson(cast, utc(later, 8, 40))
    made, found = order(cast, Move(lesson.public_id, utc(later, 10, 30)))
    assert found.possible
    assert made.state_on(TUESDAY) == "applied"
    assert made.state_on(later + DAY) == "expired"


def test_refused_requests(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    actor, alliance = actor_for(cast.officer), cast.alliance
    for request in (
        Swap(lesson.public_id, lesson.public_id),
        Move(cast.anchor.public_id, utc(WEDNESDAY, 9, 30)),
        Cancel(()),
        Transfer(TUESDAY, TUESDAY),
        Temporary(WEDNESDAY, TUESDAY),
        Substitute((lesson.public_id,), cast.anchor.public_id),
        Rotation(TUESDAY, THURSDAY, (Turn("g9", 1, 0),)),
    ):
        with pytest.raises(Refused):
            make_order(actor=actor, alliance=alliance, request=request, reason="试")
    with pytest.raises(Refused):
        make_order(actor=actor, alliance=alliance, request=Cancel((lesson.public_id,)), reason="  ")
    assert not ChangeOrder.objects.exists()


def test_the_database_keeps_an_orders_state_and_its_times_together(cast: Cast) -> None:
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    made = draft(cast, Cancel((lesson.public_id,)))
    with (
        pytest.raises(Exception, match="order_state_has_its_time"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE timetable_changeorder SET state = 'applied' WHERE id = %s", [made.pk])


def test_one_change_of_the_anchor_touches_36_receptions(cast: Cast) -> None:
    more_points(cast, 36)
    for one in cast.points[:12]:
        own_lesson(one, 3, 2)
    lesson = add_lesson(cast, utc(TUESDAY, 8, 40))
    before = dated_rows()
    made, found = order(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))
    assert (len(found.direct), len(found.swaps), found.cannot) == (24, 12, [])
    assert set(lesson.receptions.values_list("date", "period_number", "active")) == {(WEDNESDAY, 2, True)}
    assert Notice.objects.count() == 37
    assert clashes() == []
    without_trace(cast, before, made)
