"""Calendars of rooms and studios follow the timetable: exceptions of the year, orders and their withdrawal."""

import csv
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar
from tests.cast import COUNTY, TUESDAY, Cast, actor_for, add_lesson, person, region, signed_in, utc

from tongtang.access.models import Role, RoleAssignment
from tongtang.alliances.models import Specialist
from tongtang.exchange.tests.folders import copy_of, load
from tongtang.exchange.tests.test_publish_plan import CHONGYANG, FRIDAY, MONDAY, publish
from tongtang.foundation.clock import SHANGHAI
from tongtang.lessons.models import Lesson
from tongtang.organisations.api import state_holidays
from tongtang.organisations.models import CalendarDay, Period, ReceivingRoom, Studio, Term
from tongtang.timetable.api import Cancel, MakeUp, Move, Substitute, Transfer, apply_order, make_order, withdraw_order
from tongtang.timetable.models import LocalLesson, LocalMove

DAY = timedelta(days=1)
WEDNESDAY, THURSDAY, SATURDAY = TUESDAY + DAY, TUESDAY + 2 * DAY, TUESDAY + 4 * DAY


def address_of(client: Client, kind: str, of: object) -> str:
    page = client.post("/calendar/subscribe", {"kind": kind, "of": str(of)})
    assert page.status_code == 200
    found = next(word for word in page.content.decode().split('"') if word.endswith(".ics"))
    return found.removeprefix("http://testserver")


def events(address: str) -> dict[str, tuple[datetime, str, int]]:
    """(start, status, sequence) by UID, as a calendar program reads the feed."""
    answer = Client().get(address)
    assert answer.status_code == 200
    found = Calendar.from_ical(answer.content).walk("VEVENT")
    return {str(one["UID"]): (one["DTSTART"].dt, str(one["STATUS"]), int(one["SEQUENCE"])) for one in found}


def planned(cast: Cast, hour: int, minute: int, day: date = TUESDAY) -> Lesson:
    """A lesson of the cast whose receptions know their period."""
    lesson = add_lesson(cast, utc(day, hour, minute))
    number = Period.objects.get(bell_schedule=cast.bell, starts=time(hour, minute)).number
    lesson.receptions.update(period_number=number)
    return lesson


def ordered(cast: Cast, request):
    made = make_order(actor=actor_for(cast.officer), alliance=cast.alliance, request=request, reason="教师外出培训")
    assert apply_order(actor=actor_for(cast.officer), order=made).possible
    made.refresh_from_db()
    return made


def withdrawn(cast: Cast, made) -> None:
    assert withdraw_order(actor=actor_for(cast.officer), order=made, reason="计划取消").possible


@pytest.fixture
def monday_night():
    with time_machine.travel(utc(TUESDAY - DAY, 20), tick=False):
        yield


@pytest.fixture
def feeds(cast: Cast, monday_night) -> tuple[str, str]:
    """Addresses of a room's and a studio's calendar."""
    one = cast.points[0]
    room = address_of(signed_in(one.local), "room", one.room.public_id)
    return room, address_of(signed_in(cast.head), "studio", cast.studio.public_id)


def test_an_order_raises_the_sequence_and_its_withdrawal_again(cast: Cast, feeds) -> None:
    lesson = planned(cast, 8, 40)
    first = [events(address) for address in feeds]
    assert [list(one.values()) for one in first] == [[(lesson.starts_at, "CONFIRMED", 0)]] * 2
    made = ordered(cast, Move(lesson.public_id, utc(WEDNESDAY, 9, 30)))
    moved = [events(address) for address in feeds]
    assert [list(one.values()) for one in moved] == [[(utc(WEDNESDAY, 9, 30), "CONFIRMED", 1)]] * 2
    withdrawn(cast, made)
    back = [events(address) for address in feeds]
    assert [list(one.values()) for one in back] == [[(lesson.starts_at, "CONFIRMED", 2)]] * 2
    assert [set(one) for one in first] == [set(one) for one in moved] == [set(one) for one in back]


def test_a_day_transfer_and_its_withdrawal_move_every_event(cast: Cast, feeds) -> None:
    CalendarDay.objects.create(county_code=COUNTY, date=TUESDAY, kind="holiday")
    lessons = [planned(cast, 8, 40), planned(cast, 10, 30), planned(cast, 8, 40, THURSDAY)]
    before = [events(address) for address in feeds]
    made = ordered(cast, Transfer(TUESDAY, SATURDAY))
    for address in feeds:
        assert sorted(events(address).values()) == [
            (lessons[2].starts_at, "CONFIRMED", 0),
            (lessons[0].starts_at + 4 * DAY, "CONFIRMED", 1),
            (lessons[1].starts_at + 4 * DAY, "CONFIRMED", 1),
        ]
    withdrawn(cast, made)
    after = [events(address) for address in feeds]
    assert [{uid: one[:2] for uid, one in feed.items()} for feed in after] == [
        {uid: one[:2] for uid, one in feed.items()} for feed in before
    ]
    assert [sorted(one[2] for one in feed.values()) for feed in after] == [[0, 2, 2]] * 2


def test_a_cancelled_lesson_stays_as_such_and_its_make_up_is_an_event_of_its_own(cast: Cast, feeds) -> None:
    lesson = planned(cast, 8, 40)
    for address in feeds:
        events(address)
    ordered(cast, Cancel((lesson.public_id,)))
    missed = lesson.receptions.get(home_class=cast.points[0].home_class)
    made = ordered(cast, MakeUp(missed.public_id, utc(THURSDAY, 9, 30)))
    cancelled = (lesson.starts_at, "CANCELLED", 1)
    for address in feeds:
        assert sorted(events(address).values()) == [cancelled, (utc(THURSDAY, 9, 30), "CONFIRMED", 0)]
    withdrawn(cast, made)
    for address in feeds:
        assert sorted(events(address).values()) == [cancelled, (utc(THURSDAY, 9, 30), "CANCELLED", 1)]


def expected_starts(folder, studio: str, from_day: date, term: Term, as_weekday: dict[date, int]) -> list[datetime]:
    """Starts of a studio's lessons by counting days: weekly rows, no holiday, make-up days as the weekday they hold."""
    with (folder / "broadcasts.csv").open(encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if row["studio_id"] == studio]
    off, found = state_holidays(from_day, term.last_day), []
    day = from_day
    while day <= term.last_day:
        weekday = as_weekday.get(day, None if day in off else day.isoweekday())
        starts = [time.fromisoformat(row["start"]) for row in rows if int(row["weekday"]) == weekday]
        found += [datetime.combine(day, start, SHANGHAI) for start in starts]
        day += DAY
    return sorted(found)


def test_a_term_with_holidays_and_make_up_days_is_expanded_exactly(tmp_path, divisions, capsys) -> None:
    folder = copy_of(CHONGYANG, tmp_path)
    make_up, off = date(2026, 9, 27), date(2026, 9, 16)
    (folder / "calendar.csv").write_text(
        f"date,kind,as_weekday\n{make_up},make_up,2\n{off},holiday,\n", encoding="utf-8"
    )
    with time_machine.travel(FRIDAY, tick=False):
        assert load(capsys, folder)[0] == 0
        assert publish(capsys, folder, "--from", MONDAY)[0] == 0
        officer = signed_in(person("周立成", "o01", Role.ADMINISTRATION_OFFICER, at=region(COUNTY, "崇阳县", 6)))
        studio = Studio.objects.get(source_id="s01")
        told = events(address_of(officer, "studio", studio.public_id))
        room = ReceivingRoom.objects.filter(school__source_id="p01").first()
        received = events(address_of(officer, "room", room.public_id))
    first = date.fromisoformat(MONDAY)
    days = {make_up: 2, off: 0}
    wanted = expected_starts(folder, "s01", first, Term.objects.get(), days)
    assert sorted(start for start, _status, _sequence in told.values()) == wanted
    assert len(wanted) > 100
    assert {start.date() for start in wanted} >= {make_up}
    at_room = room.receptions.filter(active=True).values_list("starts_at", flat=True)
    assert sorted(start for start, _status, _sequence in received.values()) == sorted(at_room)
    assert off not in {start.date() for start, _status, _sequence in received.values()}


def test_a_schools_event_stays_the_same_event_when_somebody_else_teaches(cast: Cast, monday_night) -> None:
    substitute = person("黄欣然", "t09", Role.ANCHOR_TEACHER, school=cast.anchor)
    substitute.posts.update(subjects=["music"])
    Specialist.objects.create(alliance=cast.alliance, person=substitute, valid_from=TUESDAY - DAY)
    address = address_of(signed_in(cast.head), "school", cast.anchor.public_id)
    lesson = planned(cast, 8, 40)
    first = events(address)
    made = ordered(cast, Substitute((lesson.public_id,), substitute.public_id))
    second = events(address)
    withdrawn(cast, made)
    third = events(address)
    assert set(first) == set(second) == set(third)
    [told] = [list(one.values()) for one in (first, second, third)][-1:]
    assert told == [(lesson.starts_at, "CONFIRMED", 2)]


def test_a_substitutes_calendar_gains_the_event_and_the_others_loses_it(cast: Cast, monday_night) -> None:
    substitute = person("黄欣然", "t09", Role.ANCHOR_TEACHER, school=cast.anchor)
    substitute.posts.update(subjects=["music"])
    Specialist.objects.create(alliance=cast.alliance, person=substitute, valid_from=TUESDAY - DAY)
    own, other = (address_of(signed_in(one), "teacher", one.public_id) for one in (cast.teacher, substitute))
    lesson = planned(cast, 8, 40)
    assert [events(own), events(other)] == [{f"{lesson.public_id}@tongtang": (lesson.starts_at, "CONFIRMED", 0)}, {}]
    made = ordered(cast, Substitute((lesson.public_id,), substitute.public_id))
    uid = f"{lesson.public_id}@tongtang"
    assert events(own) == {uid: (lesson.starts_at, "CANCELLED", 1)}
    assert events(other) == {uid: (lesson.starts_at, "CONFIRMED", 0)}
    withdrawn(cast, made)
    assert events(own) == {uid: (lesson.starts_at, "CONFIRMED", 2)}
    assert events(other) == {uid: (lesson.starts_at, "CANCELLED", 1)}


def test_no_feed_names_a_pupil(cast: Cast, monday_night) -> None:
    one = cast.points[0]
    planned(cast, 8, 40)
    for client, kind, thing in (
        (signed_in(one.local), "class", one.home_class),
        (signed_in(one.local), "room", one.room),
        (signed_in(one.local), "school", one.school),
        (signed_in(cast.teacher), "teacher", cast.teacher),
        (signed_in(cast.head), "studio", cast.studio),
    ):
        text = Client().get(address_of(client, kind, thing.public_id)).content.decode()
        assert "VEVENT" in text
        assert not any(pupil.name in text or pupil.source_id in text for point in cast.points for pupil in point.pupils)


def test_a_feed_ends_with_its_owners_right_to_see_the_week(cast: Cast, monday_night) -> None:
    one = cast.points[0]
    address = address_of(signed_in(one.local), "class", one.home_class.public_id)
    planned(cast, 8, 40)
    assert Client().get(address).status_code == 200
    RoleAssignment.objects.filter(person=one.local).update(valid_to=TUESDAY - 2 * DAY)
    assert Client().get(address).status_code == 404


def test_own_lessons_keep_their_events_through_exceptions_and_moves(cast: Cast, monday_night) -> None:
    """A class of maths each Tuesday: one event a week of the term but the holiday, the same one where it is moved."""
    one = cast.points[0]
    own = LocalLesson.objects.create(home_class=one.home_class, weekday=2, period_number=1, subject_id="maths")
    address = address_of(signed_in(one.local), "class", one.home_class.public_id)
    term = Term.objects.get()
    weeks = range((term.last_day - term.first_day).days // 7 + 2)
    tuesdays = [term.first_day + timedelta(days=1 - term.first_day.weekday() + 7 * week) for week in weeks]
    holidays = state_holidays(term.first_day, term.last_day)
    told_from = TUESDAY - timedelta(days=61)
    inside = [day for day in tuesdays if max(term.first_day, told_from) <= day <= term.last_day and day not in holidays]
    first = events(address)
    assert sorted(start for start, _status, _sequence in first.values()) == [utc(day, 8, 40) for day in inside]
    lesson = planned(cast, 9, 30, WEDNESDAY)
    LocalMove.objects.create(
        reception=lesson.receptions.get(home_class=one.home_class),
        local_lesson=own,
        home_class=one.home_class,
        from_day=TUESDAY,
        to_day=THURSDAY,
        to_period=3,
    )
    (uid,) = [uid for uid, (start, _status, _sequence) in first.items() if start == utc(TUESDAY, 8, 40)]
    moved = events(address)
    assert moved[uid] == (utc(THURSDAY, 10, 30), "CONFIRMED", 1)
    assert {key: one for key, one in moved.items() if key in first and key != uid} == {
        key: one for key, one in first.items() if key != uid
    }
    LocalLesson.objects.filter(pk=own.pk).update(period_number=2)
    assert events(address)[uid] == (utc(THURSDAY, 10, 30), "CONFIRMED", 1)


def test_what_a_school_teaches_itself_stands_in_the_calendars_of_its_classes_only(cast: Cast, monday_night) -> None:
    one = cast.points[0]
    lesson = planned(cast, 9, 30)
    LocalLesson.objects.create(home_class=one.home_class, weekday=3, period_number=1, subject_id="maths")
    client = signed_in(one.local)
    whole = events(address_of(client, "school", one.school.public_id))
    assert [start for start, _status, _sequence in whole.values()] == [lesson.starts_at]
    address = address_of(client, "class", one.home_class.public_id)
    assert {start.isoweekday() for start, *_rest in events(address).values()} == {2, 3}
    text = Client().get(address).content.decode().replace("\r\n ", "")
    assert f"DESCRIPTION:{one.school.name}\r\n" in text, "nobody is named as its teacher"
