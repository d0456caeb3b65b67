"""Change orders that meet lessons which a class watches recorded, and who is beside a class."""

import json
from collections.abc import Sequence
from datetime import date, datetime, time

import pytest
import time_machine
from django.urls import reverse
from tests.cast import COUNTY, TUESDAY, Cast, Point, actor_for, add_lesson, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.alliances.models import Membership
from tongtang.audit.models import Entry
from tongtang.foundation import clock
from tongtang.lessons.api import Receiver, add_receptions, cancel_lesson
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import BellSchedule, HomeClass, Period, ReceivingRoom, School
from tongtang.people.models import Person
from tongtang.timetable.actions import Publication, publish_plan
from tongtang.timetable.facilitators import seat_facilitators
from tongtang.timetable.make_ups import proposals
from tongtang.timetable.models import ChangeOrder, Facilitator, LocalLesson, Recordable, TeacherUnavailability
from tongtang.timetable.orders.actions import apply_order, preview_order, withdraw_order
from tongtang.timetable.orders.requests import Cancel, MakeUp, Move, Ring, Substitute, WeekBells
from tongtang.timetable.orders.tests.ground import agreed, cautions, clashes, codes, draft, order, wanted
from tongtang.timetable.orders.tests.test_orders import colleague
from tongtang.timetable.orders.tests.test_publishing import ready_county
from tongtang.timetable.solver.model import Broadcast, RecordedLesson
from tongtang.timetable.tasks import end_receptions

WEDNESDAY, THURSDAY, FRIDAY = date(2026, 4, 15), date(2026, 4, 16), date(2026, 4, 17)
# Tuesdays and the Thursday after them.
TUESDAYS = [TUESDAY, date(2026, 4, 21), date(2026, 4, 28)]
THURSDAYS = [THURSDAY, date(2026, 4, 23), date(2026, 4, 30)]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def friday_before():
    with time_machine.travel(utc(date(2026, 4, 10), 12), tick=False):
        yield


@pytest.fixture
def county(cast: Cast) -> Cast:
    """Two points have music live on Tuesday, the third one watches it on Thursday."""
    Recordable.objects.create(home_class=cast.points[2].home_class, subject_id="music", lessons_per_week=1)
    assert publish(ready_county(cast)).violations == ()
    return cast


def publish(cast: Cast, starts: date = date(2026, 4, 13)) -> Publication:
    live = tuple(one.home_class.source_id for one in cast.points[:2])
    plan = [Broadcast("m01", "music", "t01", cast.studio.source_id, 2, 8 * 60 + 40, live)]
    watched = [RecordedLesson(cast.points[2].home_class.source_id, "music", 4, 2)]
    return publish_plan(
        actor=None, alliance=cast.alliance, county_code=COUNTY, broadcasts=plan, recorded=watched, starts=starts
    )


def on(day: date, *, recorded: bool = False) -> Lesson:
    return Lesson.objects.get(date=day, recorded=recorded)


def shown(days: Sequence[date] = THURSDAYS) -> list[date | None]:
    """The day of the lesson that is shown on each of these days."""
    found = [on(day, recorded=True) for day in days]
    return [one.shows.date if one.shows else None for one in found]


def test_each_week_shows_its_own_lesson(county: Cast) -> None:
    assert shown() == TUESDAYS


def test_a_cancelled_lesson_leaves_its_showing_empty_until_the_order_is_withdrawn(county: Cast) -> None:
    made, preview = agreed(county, Cancel((on(TUESDAYS[1]).public_id,)))
    assert preview.possible
    assert shown() == [TUESDAYS[0], None, TUESDAYS[2]]
    assert withdraw_order(actor=actor_for(county.officer), order=made, reason="照常上课").possible
    assert shown() == TUESDAYS


def test_what_would_have_nothing_to_show_is_named_on_the_page_and_confirmed_word_for_word(county: Cast) -> None:
    form = reverse("timetable:order-new", args=[county.alliance.public_id, "cancel"])
    client, asked = signed_in(county.officer), {"lessons": [str(on(TUESDAYS[1]).public_id)], "reason": "教师外出"}
    assert client.post(f"{form}?week=2026-W17", asked | {"then": "apply"}).status_code == 302
    made = ChangeOrder.objects.get()
    assert (made.state, shown()) == ("draft", TUESDAYS)
    [caution] = preview_order(made, actor_for(county.officer)).cautions
    watching = county.points[2]
    assert caution.words.startswith(f"{watching.school.name} {watching.home_class.name}")
    assert "周四 4月23日 9:30的音乐录播课" in caution.words
    page = client.get(reverse("timetable:order", args=[made.public_id])).content.decode()
    assert f'name="confirmed" value="{caution.words}" required' in page
    apply = reverse("timetable:order-apply", args=[made.public_id])
    assert client.post(apply, {"confirmed": [caution.sentence]}).status_code == 409
    assert shown() == TUESDAYS
    assert client.post(apply, {"confirmed": [caution.words]}).status_code == 302
    assert shown() == [TUESDAYS[0], None, TUESDAYS[2]]
    assert json.loads(Entry.objects.get(action="order.applied").detail)["confirmed"] == ["nothing_to_show"]


def test_only_what_an_order_itself_empties_is_asked_about(county: Cast) -> None:
    """Where the recorded lesson is cancelled as well nothing is asked, nor again of what is empty already."""
    both = [on(TUESDAYS[0]).public_id, on(THURSDAYS[0], recorded=True).public_id]
    assert order(county, Cancel(tuple(both)))[1].possible
    assert agreed(county, Cancel((on(TUESDAYS[1]).public_id,)))[1].possible
    preview = preview_order(draft(county, Cancel((on(TUESDAYS[2]).public_id,))), actor_for(county.officer))
    assert ["4月30日" in one.words for one in preview.cautions] == [True]
    assert clashes() == []


def test_a_lesson_that_is_moved_behind_its_showing_is_shown_next_and_in_order(county: Cast) -> None:
    request = Move(on(TUESDAYS[0]).public_id, utc(FRIDAY, 9, 30))
    assert cautions(order(county, request)[1]) == {"nothing_to_show"}
    assert shown() == TUESDAYS
    assert agreed(county, request)[1].possible
    assert shown() == [None, FRIDAY, TUESDAYS[1]]


def test_a_lesson_cancelled_by_hand_is_not_shown(county: Cast) -> None:
    client, address = signed_in(county.head), f"/lessons/{on(TUESDAYS[0]).public_id}/cancel"
    page = client.get(address).content.decode()
    watching = county.points[2]
    assert f"{watching.school.name} {watching.home_class.name} · " in page
    assert ("4月16日" in page, "4月23日" in page) == (True, False)
    assert shown() == TUESDAYS, "looking changes nothing"
    assert client.post(address, {"reason": "停电"}).status_code == 302
    assert shown() == [None, *TUESDAYS[1:]]
    # Nobody is warned of what is empty already, or of a lesson that gives its recording to the next one.
    assert "4月16日" not in client.get(f"/lessons/{on(TUESDAYS[1]).public_id}/cancel").content.decode()
    own = client.get(f"/lessons/{on(THURSDAYS[1], recorded=True).public_id}/cancel").content.decode()
    assert "note warn" not in own


def test_a_showing_moves_without_teacher_or_studio_and_not_before_what_it_shows(county: Cast) -> None:
    showing = on(THURSDAYS[1], recorded=True)
    add_lesson(county, utc(date(2026, 4, 22), 9, 30), county.points[:1])
    made, preview = order(county, Move(showing.public_id, utc(date(2026, 4, 22), 9, 30)))
    assert preview.possible, "its teacher teaches then, and nobody needs the teacher"
    assert shown([date(2026, 4, 22)]) == [TUESDAYS[1]]
    assert withdraw_order(actor=actor_for(county.officer), order=made, reason="照常").possible
    before = on(THURSDAYS[1], recorded=True).starts_at
    _made, preview = order(county, Move(showing.public_id, utc(date(2026, 4, 20), 9, 30)))
    assert not preview.possible
    assert "还没看过的录像" in preview.refused
    assert on(THURSDAYS[1], recorded=True).starts_at == before
    assert clashes() == []


def test_a_cancelled_showing_gives_its_recording_to_the_next_one(county: Cast) -> None:
    made, preview = order(county, Cancel((on(THURSDAYS[1], recorded=True).public_id,)))
    assert preview.possible
    assert shown() == [TUESDAYS[0], None, TUESDAYS[1]]
    assert withdraw_order(actor=actor_for(county.officer), order=made, reason="照常").possible
    assert shown() == TUESDAYS


def test_nobody_can_be_put_before_a_showing(county: Cast) -> None:
    showing = on(THURSDAYS[0], recorded=True)
    _made, preview = order(county, Substitute((showing.public_id,), colleague(county).public_id))
    assert codes(preview) == {"recorded_untaught"}
    assert on(THURSDAYS[0], recorded=True).teacher is None


def test_a_showing_takes_no_part_of_the_link(county: Cast) -> None:
    """Two screens at a point whose line carries one lesson: another class receives live beside the showing."""
    point = county.points[2]
    School.objects.filter(pk=point.school.pk).update(max_streams=1)
    room = ReceivingRoom.objects.create(school=point.school, number=2)
    other = HomeClass.objects.create(
        county_code=COUNTY, source_id="p03-g4", school=point.school, name="四年级班", grades=[4], pupil_count=4
    )
    lesson = add_lesson(county, utc(WEDNESDAY, 9, 30), [])
    receiver = Receiver(other, room, 2)
    add_receptions(lesson, [receiver])
    assert order(county, Move(lesson.public_id, utc(THURSDAY, 9, 30)))[1].possible
    assert clashes() == []
    live = add_lesson(county, utc(FRIDAY, 9, 30), [point], teacher=None, studio=None)
    assert cancel_lesson(actor=actor_for(county.head), lesson=on(THURSDAYS[0], recorded=True), reason="停电")
    _made, preview = order(county, Move(live.public_id, utc(THURSDAY, 9, 30)))
    assert codes(preview) == {"streams"}


def test_the_same_plan_again_touches_neither_orders_nor_showings(county: Cast) -> None:
    assert agreed(county, Cancel((on(TUESDAYS[1]).public_id,)))[1].possible
    assert order(county, Move(on(THURSDAYS[2], recorded=True).public_id, utc(date(2026, 5, 6), 9, 30)))[1].possible
    rows = list(Lesson.objects.order_by("pk").values())
    found = publish(county)
    assert (found.added, found.moved, found.removed) == (0, 0, 0)
    assert list(Lesson.objects.order_by("pk").values()) == rows


def test_the_forms_call_it_a_recorded_lesson(county: Cast) -> None:
    for kind in ("move", "rotation"):
        address = reverse("timetable:order-new", args=[county.alliance.public_id, kind])
        page = signed_in(county.officer).get(f"{address}?week=2026-W16").content.decode()
        assert "（录播课、第3教学点 三年级班）" in page
        assert ";p01" not in page


def test_an_order_gives_the_moved_lesson_somebody_who_is_there(county: Cast) -> None:
    """The first facilitator of p01 is away on Wednesday morning, so the second one steps in there and then."""
    point = county.points[0]
    people = [person(name, f"p01-f{name}", Role.LOCAL_TEACHER, school=point.school) for name in ("甲", "乙")]
    for one in people:
        Facilitator.objects.create(school=point.school, person=one)
    first, second = sorted(people, key=lambda one: one.source_id)
    TeacherUnavailability.objects.create(person=first, weekday=3, starts=time(8), ends=time(12))
    seat_facilitators({point.school.pk})
    mine = on(TUESDAY).receptions.filter(school=point.school)
    assert mine.get().facilitator == first
    made, preview = order(county, Move(on(TUESDAY).public_id, utc(WEDNESDAY, 9, 30)))
    assert preview.possible
    assert on(WEDNESDAY).receptions.get(school=point.school).facilitator == second
    assert withdraw_order(actor=actor_for(county.officer), order=made, reason="照常").possible
    assert on(TUESDAY).receptions.get(school=point.school).facilitator == first


def test_a_preview_says_what_a_recorded_lesson_could_not_show(county: Cast) -> None:
    """The same words as when it is applied, and nothing is written by looking."""
    showing = on(THURSDAYS[1], recorded=True)
    made = draft(county, Move(showing.public_id, utc(date(2026, 4, 20), 9, 30)))
    rows = list(Lesson.objects.order_by("pk").values())
    looked = preview_order(made, actor_for(county.officer))
    assert "还没看过的录像" in looked.refused
    assert list(Lesson.objects.order_by("pk").values()) == rows
    assert apply_order(actor=actor_for(county.officer), order=made).refused == looked.refused
    page = signed_in(county.officer).get(reverse("timetable:order", args=[made.public_id])).content.decode()
    assert "还没看过的录像" in page


def teaches_another_class(point: Point, weekday: int, period: int) -> Person:
    """The only facilitator of the point's school, who has an own lesson there in another class."""
    helper = person("甲", "p01-f1", Role.LOCAL_TEACHER, school=point.school)
    Facilitator.objects.create(school=point.school, person=helper)
    other = HomeClass.objects.create(
        county_code=COUNTY, source_id="p01-g1", school=point.school, name="一年级班", grades=[1], pupil_count=4
    )
    LocalLesson.objects.create(
        home_class=other, weekday=weekday, period_number=period, subject_id="maths", teacher=helper
    )
    seat_facilitators({point.school.pk})
    return helper


def test_whoever_teaches_an_own_lesson_is_beside_no_other_class(county: Cast) -> None:
    """The only facilitator of p01 teaches another class in its second period on Wednesday: said, and confirmed."""
    point = county.points[0]
    helper = teaches_another_class(point, weekday=3, period=2)
    assert on(TUESDAY).receptions.get(school=point.school).facilitator == helper
    made = draft(county, Move(on(TUESDAY).public_id, utc(WEDNESDAY, 9, 30)))
    looked = preview_order(made, actor_for(county.officer))
    assert (looked.possible, cautions(looked)) == (True, {"nobody_beside"})
    assert not apply_order(actor=actor_for(county.officer), order=made).possible
    assert on(TUESDAY).receptions.get(school=point.school).facilitator == helper
    assert apply_order(actor=actor_for(county.officer), order=made, confirmed=wanted(looked)).possible
    assert on(WEDNESDAY).receptions.get(school=point.school).facilitator is None
    # In its third period on that day nothing is taught there.
    assert order(county, Move(on(WEDNESDAY).public_id, utc(WEDNESDAY, 10, 30)))[1].possible
    assert on(WEDNESDAY).receptions.get(school=point.school).facilitator == helper


def beside_at(point: Point, moment: datetime) -> list[str]:
    """Who is beside the classes of the point then, the oldest first; "" for nobody."""
    rows = Reception.objects.filter(school=point.school, starts_at=moment, active=True).order_by("home_class")
    return [row.facilitator.name if row.facilitator else "" for row in rows.select_related("facilitator")]


def test_a_lesson_cancelled_by_hand_gives_its_facilitator_to_the_class_that_had_nobody(county: Cast) -> None:
    """One person for two classes that receive at once: whoever cancels one lesson leaves the person to the other."""
    point, moment = county.points[0], utc(TUESDAY, 8, 40)
    helper = person("甲", "p01-f1", Role.LOCAL_TEACHER, school=point.school)
    Facilitator.objects.create(school=point.school, person=helper)
    other = HomeClass.objects.create(
        county_code=COUNTY, source_id="p01-g4", school=point.school, name="四年级班", grades=[4], pupil_count=4
    )
    room = ReceivingRoom.objects.create(school=point.school, number=2)
    lesson = on(TUESDAY)
    add_receptions(add_lesson(county, moment, [], teacher=None, studio=None), [Receiver(other, room, 1)])
    seat_facilitators({point.school.pk})
    assert beside_at(point, moment) == ["甲", ""]
    client = signed_in(county.head)
    assert client.post(f"/lessons/{lesson.public_id}/cancel", {"reason": "停电"}).status_code == 302
    assert beside_at(point, moment) == ["甲"]


def test_a_make_up_taken_back_by_hand_gives_its_facilitator_back(county: Cast) -> None:
    point, moment = county.points[0], utc(WEDNESDAY, 9, 30)
    helper = person("甲", "p01-f1", Role.LOCAL_TEACHER, school=point.school)
    Facilitator.objects.create(school=point.school, person=helper)
    lesson = on(TUESDAY)
    cancel_lesson(actor=actor_for(county.head), lesson=lesson, reason="停电")
    missed = lesson.receptions.get(school=point.school)
    assert order(county, MakeUp(missed.public_id, moment))[1].possible
    other = HomeClass.objects.create(
        county_code=COUNTY, source_id="p01-g4", school=point.school, name="四年级班", grades=[4], pupil_count=4
    )
    room = ReceivingRoom.objects.create(school=point.school, number=2)
    add_receptions(add_lesson(county, moment, [], teacher=None, studio=None), [Receiver(other, room, 2)])
    seat_facilitators({point.school.pk})
    assert beside_at(point, moment) == ["甲", ""]
    make_up = Lesson.objects.get(origin="make_up").receptions.get()
    answer = signed_in(county.officer).post(
        f"/lessons/receptions/{make_up.public_id}/cancel-make-up", {"reason": "照常"}
    )
    assert answer.status_code == 302
    assert beside_at(point, moment) == ["甲"]


def test_a_published_plan_puts_nobody_beside_two_classes(county: Cast) -> None:
    point = county.points[0]
    teaches_another_class(point, weekday=2, period=1)
    assert on(TUESDAY).receptions.get(school=point.school).facilitator is None


def leave(county: Cast, numbers: Sequence[int], last_day: date) -> None:
    schools = [county.points[number].school for number in numbers]
    Membership.objects.filter(school__in=schools).update(state="ended", valid_to=last_day)


def test_a_lesson_is_taught_as_long_as_somebody_watches_it(county: Cast) -> None:
    """Both classes that receive it live leave the alliance after the first lesson, and then the one that watches it."""
    leave(county, [0, 1], TUESDAY)
    with time_machine.travel(utc(WEDNESDAY, 1), tick=False):
        end_receptions.func()
        assert not Lesson.objects.filter(receptions__active=True, recorded=False, date__gt=TUESDAY).exists()
        assert shown() == TUESDAYS
        assert on(TUESDAYS[1]).active
    leave(county, [2], date(2026, 4, 23))
    with time_machine.travel(utc(date(2026, 4, 24), 1), tick=False):
        end_receptions.func()
        left = Lesson.objects.filter(active=True, starts_at__gt=utc(date(2026, 4, 24), 1))
        assert not left.exists()
        assert Lesson.objects.filter(active=False, shows__isnull=False).count() == 0


def test_somebody_is_beside_a_class_that_is_given_a_make_up(county: Cast) -> None:
    """Of two people one teaches an own class then."""
    point = county.points[0]
    people = [person(name, f"p01-f{name}", Role.LOCAL_TEACHER, school=point.school) for name in ("甲", "乙")]
    for one in people:
        Facilitator.objects.create(school=point.school, person=one)
    first, second = sorted(people, key=lambda one: one.source_id)
    other = HomeClass.objects.create(
        county_code=COUNTY, source_id="p01-g1", school=point.school, name="一年级班", grades=[1], pupil_count=4
    )
    LocalLesson.objects.create(home_class=other, weekday=3, period_number=2, subject_id="maths", teacher=first)
    lesson = on(TUESDAY)
    cancel_lesson(actor=actor_for(county.head), lesson=lesson, reason="停电")
    missed = lesson.receptions.get(school=point.school)
    made, preview = order(county, MakeUp(missed.public_id, utc(WEDNESDAY, 9, 30)))
    assert preview.possible, preview.reasons
    assert Lesson.objects.get(origin="make_up").receptions.get().facilitator == second
    assert withdraw_order(actor=actor_for(county.officer), order=made, reason="照常").possible


def test_nobody_teaches_a_make_up_while_teaching_an_own_class(county: Cast) -> None:
    home = HomeClass.objects.create(
        county_code=COUNTY, source_id="c01-g3", school=county.central, name="三1班", grades=[3], pupil_count=30
    )
    LocalLesson.objects.create(home_class=home, weekday=3, period_number=2, subject_id="music", teacher=county.teacher)
    lesson = on(TUESDAY)
    cancel_lesson(actor=actor_for(county.head), lesson=lesson, reason="停电")
    missed = lesson.receptions.first()
    assert utc(WEDNESDAY, 9, 30) not in [slot.period.starts_at for slot in proposals(missed, clock.now(), 50)]
    _made, preview = order(county, MakeUp(missed.public_id, utc(WEDNESDAY, 9, 30)))
    assert not preview.possible
    assert "换一个时间" in preview.refused or "换个时间" in preview.refused
    assert order(county, MakeUp(missed.public_id, utc(WEDNESDAY, 10, 30)))[1].possible


def test_an_order_that_leaves_an_empty_recorded_lesson_where_it_stands_can_be_taken_back(county: Cast) -> None:
    """Other bells of the watching school, at the same time, while what would be shown is cancelled."""
    bell = BellSchedule.objects.create(county_code=COUNTY, source_id="exam")
    Period.objects.create(bell_schedule=bell, number=2, starts="09:30", ends="10:10")
    rings = (Ring(county.points[2].school.public_id, bell.public_id),)
    assert agreed(county, Cancel((on(TUESDAYS[0]).public_id,)))[1].possible
    assert shown(THURSDAYS[:1]) == [None]
    made, preview = order(county, WeekBells(WEDNESDAY, FRIDAY, rings))
    assert preview.possible, preview.reasons
    assert withdraw_order(actor=actor_for(county.officer), order=made, reason="照常").possible
