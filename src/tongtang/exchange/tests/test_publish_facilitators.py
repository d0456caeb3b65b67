"""Facilitators: loaded with the county, beside each class of a published plan, gone when they leave."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from tests.cast import signed_in, utc

from tongtang.access.models import Account, SignInPolicy
from tongtang.exchange.tests.folders import FIXTURES, copy_of, load
from tongtang.exchange.tests.test_publish_recorded import FRIDAY, publish
from tongtang.exchange.tests.test_timetable_options import rows, with_facilitators, write
from tongtang.foundation.clock import civil
from tongtang.lessons.models import Reception
from tongtang.timetable.api import teacher_entries
from tongtang.timetable.models import Facilitator

WEEK = (date(2026, 9, 7), date(2026, 9, 11))


@pytest.fixture
def folder(divisions, capsys, tmp_path):
    """Two facilitators at each point, as many as it has rooms; loaded on the Friday before."""
    SignInPolicy.objects.update_or_create(pk=1, defaults={"second_factor": SignInPolicy.SecondFactor.OFF})
    made = copy_of(FIXTURES / "chongyang", tmp_path)
    with_facilitators(made, 2)
    with time_machine.travel(FRIDAY, tick=False):
        assert load(capsys, made)[0] == 0
        yield made


@pytest.fixture
def published(folder, capsys):
    code, found = publish(capsys, folder)
    assert (code, found["violations"]) == (0, [])
    return folder


def beside() -> list[Reception]:
    return list(Reception.objects.filter(active=True).select_related("facilitator", "school", "lesson"))


def assert_nobody_is_in_two_rooms() -> None:
    seen = [(one.facilitator_id, one.starts_at) for one in beside() if one.facilitator_id]
    assert len(seen) == len(set(seen))


def test_each_class_has_somebody_of_its_school_beside_it(published):
    assert Facilitator.objects.count() == 44
    found = beside()
    assert all(one.facilitator.source_id.startswith(f"{one.school.source_id}-f") for one in found)
    assert_nobody_is_in_two_rooms()


def test_the_class_the_school_and_the_facilitator_see_it(published):
    one = next(one for one in beside() if one.school.source_id == "p01" and one.date == WEEK[0])
    entries = teacher_entries(one.facilitator, WEEK)
    mine = Reception.objects.filter(facilitator=one.facilitator, date__range=WEEK)
    assert {entry.lesson_id for entry in entries} == {row.lesson_id for row in mine}
    Account.objects.create(login="facilitator", person=one.facilitator, password="!")
    client = signed_in(one.facilitator)
    own = client.get(reverse("timetable:teacher-week", args=[one.facilitator.public_id]) + "?week=2026-W37")
    assert own.content.decode().count("在教室辅助") >= len(entries)
    page = client.get(reverse("timetable:class-week", args=[one.home_class.public_id]) + "?week=2026-W37")
    assert f"{one.facilitator.name}辅助" in page.content.decode()


def test_whoever_leaves_is_beside_nobody_and_others_step_in_where_they_can(published, capsys):
    gone = "p01-f0"
    for name in ("teachers", "facilitators"):
        write(published, name, [row for row in rows(published, name) if row["teacher_id"] != gone])
    code, found = load(capsys, published)
    assert (code, found["ended"]) == (0, {"teachers": 1, "facilitators": 1})
    here = [one for one in beside() if one.school.source_id == "p01"]
    assert {one.facilitator.source_id for one in here if one.facilitator} == {"p01-f1"}
    assert_nobody_is_in_two_rooms()
    alone = [one for one in here if one.facilitator is None]
    busy = {one.starts_at for one in here if one.facilitator}
    for one in alone:
        near = [start for start in busy if abs(start - one.starts_at) < timedelta(minutes=40)]
        assert near, "somebody was free"
    code, found = publish(capsys, published, "2026-09-14")
    assert (code, {one["rule"] for one in found["violations"]}) == (1, {"facilitators_at_once"})


def test_what_was_held_keeps_who_was_there(published, capsys):
    with time_machine.travel(utc(date(2026, 9, 11), 20), tick=False):
        before = {one.pk: one.facilitator_id for one in beside() if one.date <= WEEK[1]}
        write(published, "facilitators", [row for row in rows(published, "facilitators") if row["school_id"] != "p01"])
        assert load(capsys, published)[0] == 0
        after = beside()
    assert {one.pk: one.facilitator_id for one in after if one.date <= WEEK[1]} == before
    assert {one.facilitator for one in after if one.date > WEEK[1] and one.school.source_id == "p01"} == {None}


def test_whoever_is_away_is_not_beside_a_class(published, capsys):
    first = next(one for one in beside() if one.date == WEEK[0] and one.school.source_id == "p01")
    start = civil(first.starts_at)
    away = {"teacher_id": first.facilitator.source_id, "weekday": "1", "start": f"{start:%H:%M}", "end": "23:00"}
    write(published, "teacher_unavailable", [*rows(published, "teacher_unavailable"), away])
    assert load(capsys, published)[0] == 0
    here = Reception.objects.filter(facilitator=first.facilitator, date=WEEK[0], starts_at__gte=first.starts_at)
    assert not here.exists()


def test_whoever_teaches_by_broadcast_is_refused(folder, capsys):
    teacher = next(row["teacher_id"] for row in rows(folder, "teachers") if row["subjects"] == "art")
    write(folder, "facilitators", [{"school_id": "p01", "teacher_id": teacher}])
    code, found = load(capsys, folder)
    assert (code, [(one["file"], one["line"]) for one in found["errors"]]) == (1, [("facilitators.csv", 2)])
