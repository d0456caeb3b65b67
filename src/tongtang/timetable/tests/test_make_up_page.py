"""Arranging a make-up over HTTP, and the pure search for free periods."""

import re
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some
from tests.cast import TUESDAY, Cast, actor_for, add_lesson, person, signed_in, utc

from tongtang.access.models import Role
from tongtang.lessons.api import happened, record_evidence
from tongtang.lessons.models import EvidenceKind, Lesson, Reception
from tongtang.organisations.models import CalendarDay
from tongtang.timetable.models import ClassBlock, TeacherUnavailability
from tongtang.timetable.slots import OpenPeriod, Taken, free_slots

NOW = utc(TUESDAY, 18)
WEDNESDAY, THURSDAY, FRIDAY = (TUESDAY + timedelta(days=n) for n in (1, 2, 3))


@pytest.fixture
def missed(cast: Cast) -> Reception:
    """A lesson that nobody received on Tuesday; the page stands on Tuesday evening."""
    lesson = add_lesson(cast, utc(TUESDAY, 10, 30))
    return lesson.receptions.get(home_class=cast.points[0].home_class)


def address(missed: Reception) -> str:
    return f"/timetable/receptions/{missed.public_id}/make-up"


def offers(client: Client, missed: Reception) -> list[str]:
    response = client.get(address(missed))
    assert response.status_code == 200
    return re.findall(r'name="slot" value="(\d[^"]*)"', response.content.decode())


@time_machine.travel(NOW, tick=False)
def test_the_next_free_periods_are_proposed(cast: Cast, missed: Reception) -> None:
    client = signed_in(cast.officer)
    assert offers(client, missed) == [
        "2026-04-15T08:40",
        "2026-04-15T09:30",
        "2026-04-15T10:30",
        "2026-04-16T08:40",
        "2026-04-16T09:30",
    ]
    add_lesson(cast, utc(WEDNESDAY, 8, 40), cast.points[:1], teacher=None, studio=None)
    add_lesson(cast, utc(WEDNESDAY, 9, 30), cast.points[1:])
    ClassBlock.objects.create(home_class=missed.home_class, weekday=3, period_number=3)
    TeacherUnavailability.objects.create(person=cast.teacher, weekday=4, starts=time(8), ends=time(9))
    CalendarDay.objects.create(county_code=cast.county.code, date=FRIDAY, kind=CalendarDay.Kind.HOLIDAY)
    found = offers(client, missed)
    assert found[:2] == ["2026-04-16T09:30", "2026-04-16T10:30"]
    assert not any(slot.startswith("2026-04-17") for slot in found)
    assert not any(date.fromisoformat(slot[:10]).weekday() > 4 for slot in found)


@time_machine.travel(NOW, tick=False)
def test_a_proposal_becomes_a_lesson_linked_both_ways(cast: Cast, missed: Reception) -> None:
    client = signed_in(cast.points[0].local)
    assert client.get(address(missed)).status_code == 404
    client = signed_in(cast.teacher)
    assert client.post(address(missed), {"slot": "2026-04-15T09:30"}).status_code == 302
    made = Reception.objects.get(make_up_of=missed)
    assert (made.starts_at, made.period_number, made.room_id) == (utc(WEDNESDAY, 9, 30), 2, missed.room_id)
    assert made.lesson.origin == Lesson.Origin.MAKE_UP
    assert made.lesson.busy_until - made.lesson.ends_at == timedelta(minutes=10)
    page = client.get(f"/lessons/{missed.lesson.public_id}").content.decode()
    assert f"/lessons/{made.lesson.public_id}" in page
    back = client.get(f"/lessons/{made.lesson.public_id}").content.decode()
    assert f"/lessons/receptions/{missed.public_id}" in back
    again = client.get(address(missed)).content.decode()
    assert 'name="slot"' not in again
    assert client.post(address(missed), {"slot": "2026-04-16T09:30"}).status_code == 400


def other(missed: Reception, cast: Cast, day: date, wall: str) -> dict[str, str]:
    return {
        "slot": "other",
        "date": day.isoformat(),
        "time": wall,
        "room": str(missed.room.public_id),
        "studio": str(cast.studio.public_id),
    }


@time_machine.travel(NOW, tick=False)
def test_a_time_of_ones_own_choice(cast: Cast, missed: Reception) -> None:
    head = person("点校长", "h81", Role.SCHOOL_HEAD, school=missed.school)
    assert signed_in(head).post(address(missed), other(missed, cast, WEDNESDAY, "15:10")).status_code == 302
    made = Reception.objects.get(make_up_of=missed)
    assert (made.starts_at, made.period_number) == (utc(WEDNESDAY, 15, 10), None)


REFUSED = {
    "past": (TUESDAY, "08:40", None),
    "outside the term": (date(2026, 8, 3), "08:40", None),
    "holiday": (FRIDAY, "08:40", "holiday"),
    "teacher away": (THURSDAY, "08:50", "away"),
    "given away": (WEDNESDAY, "10:30", "block"),
    "class busy": (WEDNESDAY, "08:50", "class"),
    "teacher busy": (WEDNESDAY, "08:50", "teacher"),
}


@pytest.mark.parametrize("why", REFUSED)
@time_machine.travel(NOW, tick=False)
def test_a_refusal_says_why_and_loses_nothing(cast: Cast, missed: Reception, why: str) -> None:
    day, wall, cause = REFUSED[why]
    if cause == "holiday":
        CalendarDay.objects.create(county_code=cast.county.code, date=FRIDAY, kind=CalendarDay.Kind.HOLIDAY)
    elif cause == "away":
        TeacherUnavailability.objects.create(person=cast.teacher, weekday=4, starts=time(8), ends=time(9))
    elif cause == "block":
        ClassBlock.objects.create(home_class=missed.home_class, weekday=3, period_number=3)
    elif cause == "class":
        add_lesson(cast, utc(WEDNESDAY, 8, 40), cast.points[:1], teacher=None, studio=None)
    elif cause == "teacher":
        add_lesson(cast, utc(WEDNESDAY, 8, 40), cast.points[1:])
    before = Lesson.objects.count()
    response = signed_in(cast.officer).post(address(missed), other(missed, cast, day, wall))
    assert response.status_code == 400
    text = response.content.decode()
    assert 'role="alert"' in text
    assert f'value="{day.isoformat()}"' in text
    assert f'value="{wall}"' in text
    assert Lesson.objects.count() == before


@pytest.mark.parametrize(
    "data", [{"slot": "2026-04-15T09:31"}, {"slot": "other"}, {"slot": "other", "date": "x"}, {"slot": ""}]
)
@time_machine.travel(NOW, tick=False)
def test_an_incomplete_form_is_refused_beside_the_field(cast: Cast, missed: Reception, data: dict[str, str]) -> None:
    response = signed_in(cast.officer).post(address(missed), data)
    assert response.status_code == 400
    assert 'class="err"' in response.content.decode() or 'role="alert"' in response.content.decode()


def test_what_is_not_missed_cannot_be_made_up(cast: Cast, missed: Reception) -> None:
    with time_machine.travel(utc(TUESDAY, 10, 50), tick=False):
        assert offers(signed_in(cast.officer), missed) == []
        rows = [happened(EvidenceKind.NOT_DELIVERED, utc(TUESDAY, 10, 45), {"reason": "no_power"})]
        record_evidence(actor=actor_for(cast.points[0].local), reception=missed, rows=rows)
        assert len(offers(signed_in(cast.officer), missed)) == 5
        assert signed_in(cast.stranger).get(address(missed)).status_code == 404


MOMENTS = some.integers(0, 20).map(lambda n: datetime(2026, 4, 14, 8) + timedelta(minutes=15 * n))
SPANS = some.lists(some.tuples(MOMENTS, some.integers(1, 4)), max_size=4).map(
    lambda rows: [(start, start + timedelta(minutes=15 * length)) for start, length in rows]
)
LENGTH, CHANGEOVER = timedelta(minutes=30), timedelta(minutes=15)


PLACES = some.lists(SPANS, max_size=2)


@given(some.lists(MOMENTS, max_size=8), SPANS, SPANS, PLACES, PLACES, SPANS, some.integers(1, 3))
def test_every_proposal_is_free_and_none_is_left_out(
    starts, home_class, teacher, studios, rooms, lessons, streams
) -> None:
    periods = [OpenPeriod(TUESDAY, n, start, start + LENGTH) for n, start in enumerate(starts)]
    taken = Taken(home_class, teacher, dict(enumerate(studios)), dict(enumerate(rooms)), lessons, streams)
    found = free_slots(periods, taken, length=LENGTH, changeover=CHANGEOVER, limit=99)

    def is_free(start: datetime, end: datetime, spans) -> bool:
        return all(end <= other_start or start >= other_end for other_start, other_end in spans)

    def carries(start: datetime, end: datetime) -> bool:
        quarters = [start + timedelta(minutes=15 * n) for n in range((end - start) // timedelta(minutes=15))]
        return all(sum(one <= moment < other for one, other in lessons) < streams for moment in quarters)

    expected = []
    for period in periods:
        start, end, busy = period.starts_at, period.starts_at + LENGTH, period.starts_at + LENGTH + CHANGEOVER
        fits = is_free(start, end, home_class) and is_free(start, busy, teacher) and carries(start, end)
        if fits and any(is_free(start, busy, s) for s in studios) and any(is_free(start, end, r) for r in rooms):
            expected.append(period)
    assert [slot.period for slot in found] == expected
    assert all(is_free(s.period.starts_at, s.period.starts_at + LENGTH, rooms[s.room_id]) for s in found)
    assert free_slots(periods, taken, length=LENGTH, changeover=CHANGEOVER, limit=1) == found[:1]
