"""A search that finds recorded lessons, through the browser's addresses, and what becomes of it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db.models import F
from tests.cast import person, region, signed_in

from tongtang.access.models import Role, SignInPolicy
from tongtang.exchange.tests.folders import COUNTY, load, load_chongyang_regions, make_county
from tongtang.exchange.tests.test_publish_recorded import rows, write
from tongtang.foundation.worker import run_ready_jobs
from tongtang.lessons.models import Lesson, Mode, Reception
from tongtang.organisations.models import School
from tongtang.people.models import Person, Post
from tongtang.timetable.models import PlanRun, PublishedPlan, Recordable, Requirement
from tongtang.timetable.plans.tests.conftest import FRIDAY, MONDAY, SEVEN_POINTS, begin, post, shown, solved


@pytest.fixture
def short_county(db, capsys, tmp_path):
    """Seven points whose teachers of English may teach less than is owed; the rest may be recorded."""
    load_chongyang_regions()
    SignInPolicy.objects.update_or_create(pk=1, defaults={"second_factor": SignInPolicy.SecondFactor.OFF})
    folder = make_county(tmp_path / "short", *SEVEN_POINTS)
    teachers = rows(folder, "teachers")
    for row in teachers:
        if "english" in row["subjects"]:
            row["weekly_cap"] = "6"
    write(folder, "teachers", teachers)
    write(folder, "recordable", [row for row in rows(folder, "requirements") if row["subject"] == "english"])
    with time_machine.travel(FRIDAY):
        assert load(capsys, folder)[0] == 0
        yield COUNTY


@pytest.fixture
def client(short_county):
    return signed_in(person("汪琴", "o01", Role.ADMINISTRATION_OFFICER, at=region(COUNTY, "崇阳县", 6)))


@pytest.fixture
def anchor(short_county) -> School:
    return School.objects.get(source_id="a01")


@pytest.fixture
def run(client, anchor) -> PlanRun:
    return solved(client, anchor, seconds=8)


def test_what_no_teacher_can_give_is_recorded_and_published(client, run):
    assert (run.state, run.complete, run.optimal, run.bound) == ("done", True, False, None)
    assert {one["subject"] for one in run.recorded} == {"english"}
    page = shown(client, f"/timetable/plans/{run.public_id}")
    assert f"{len(run.recorded)} 个看录播" in page
    assert page.count("录播课") >= 1
    watching = page.partition('id="watched"')[2].partition("</section>")[0]
    assert watching.count('<tr><th scope="row">') == len(run.recorded), "each with its class and its time"
    assert len(re.findall(r"<td>英语</td><td>周[一二三四五] \d{1,2}:\d\d</td>", watching)) == len(run.recorded)
    assert "没有位置" not in page.partition('id="by-class"')[2]
    answer = post(client, f"/timetable/plans/{run.public_id}/publish", starts=MONDAY.isoformat())
    assert answer.status_code == 302, answer.content.decode()
    kept = PublishedPlan.objects.get()
    assert (len(kept.recorded), len(kept.broadcasts)) == (len(run.recorded), len(run.plan))
    watched = Lesson.objects.filter(recorded=True)
    assert watched.exists()
    assert not watched.filter(shows=None).exists()
    assert not watched.filter(shows__ends_at__gt=F("starts_at")).exists()
    classes = set(Reception.objects.filter(mode=Mode.RECORDED).values_list("home_class__source_id", flat=True))
    assert classes == {one["class_id"] for one in run.recorded}


def test_the_search_goes_on_without_giving_up_the_complete_plan(client, run):
    before = len(run.recorded), len(run.plan)
    answer = post(client, f"/timetable/plans/{run.public_id}/resume", seconds="5")
    assert answer.status_code == 302
    run_ready_jobs()
    run.refresh_from_db()
    assert run.complete
    assert (len(run.recorded), len(run.plan)) <= before


@pytest.fixture
def all_recorded(short_county, client, anchor):
    """After two weeks of live lessons nobody teaches any more, and everything may be recorded."""
    Recordable.objects.all().delete()
    Post.objects.filter(weekly_cap=6).update(weekly_cap=20)
    live = solved(client, anchor, seconds=20)
    assert (live.complete, live.recorded) == (True, [])
    assert post(client, f"/timetable/plans/{live.public_id}/publish", starts=MONDAY.isoformat()).status_code == 302
    for owed in Requirement.objects.all():
        Recordable.objects.create(
            home_class=owed.home_class, subject=owed.subject, lessons_per_week=owed.lessons_per_week
        )
    with time_machine.travel(FRIDAY + timedelta(days=14)):
        Post.objects.update(weekly_cap=0)
        later = signed_in(Person.objects.get(source_id="o01"))
        yield later, solved(later, anchor, seconds=8)


def test_a_plan_all_of_whose_lessons_are_recorded_is_told_and_published(all_recorded):
    (client, run), starts = all_recorded, MONDAY + timedelta(days=14)
    assert (run.state, run.complete, run.plan) == ("done", True, [])
    assert len(run.recorded) == run.required
    page = shown(client, f"/timetable/plans/{run.public_id}")
    assert f"全部 {run.required} 节班级课看录播" in page
    for _again in range(2):
        answer = post(client, f"/timetable/plans/{run.public_id}/publish", starts=starts.isoformat())
        assert answer.status_code == 302, answer.content.decode()
    kept = PublishedPlan.objects.order_by("-pk").first()
    assert (kept.broadcasts, len(kept.recorded)) == ([], run.required)
    coming = Lesson.objects.filter(active=True, date__gte=starts)
    assert coming.exists()
    assert not coming.filter(recorded=False).exists()
    assert not coming.filter(shows=None).exists()
    for row in Reception.objects.filter(lesson__in=coming, active=True).select_related("lesson__shows"):
        live = row.lesson.shows
        assert live.subject == row.lesson.subject
        assert not live.receptions.filter(home_class=row.home_class).exists(), "it saw that one live"
    assert Lesson.objects.filter(active=True, date__lt=starts, recorded=False).exists(), "what is past stays"


def test_what_has_never_been_taught_cannot_be_watched(client, anchor):
    for owed in Requirement.objects.exclude(subject="english"):
        Recordable.objects.create(
            home_class=owed.home_class, subject=owed.subject, lessons_per_week=owed.lessons_per_week
        )
    Post.objects.update(weekly_cap=0)
    run = solved(client, anchor, seconds=8)
    assert (run.complete, run.plan) == (True, [])
    answer = post(client, f"/timetable/plans/{run.public_id}/publish", starts=MONDAY.isoformat())
    assert answer.status_code == 409
    assert "还没有上过可以看的课" in answer.content.decode()
    assert not PublishedPlan.objects.exists()


def test_what_may_be_recorded_is_part_of_what_a_search_begins_with(client, anchor, run):
    Recordable.objects.update(lessons_per_week=1)
    answer = post(client, f"/timetable/plans/{run.public_id}/publish", starts=MONDAY.isoformat())
    assert answer.status_code == 409
    assert "可看录播的课" in answer.content.decode()
    assert not Lesson.objects.exists()
    Recordable.objects.all().delete()
    assert begin(client, anchor).status_code == 302
