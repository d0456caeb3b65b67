"""Searching, looking and publishing through the front door."""

import re
from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from tests.cast import person, signed_in

from tongtang.access.models import Role
from tongtang.alliances.models import Alliance, Specialist
from tongtang.audit.models import Entry
from tongtang.foundation.once import HEADER
from tongtang.foundation.worker import run_ready_jobs
from tongtang.lessons.models import Lesson, Reception
from tongtang.organisations.models import Period, ReceivingRoom
from tongtang.people.models import Person, Post
from tongtang.timetable.models import PlanRule, PlanRun, PublishedPlan, Requirement, TeacherUnavailability
from tongtang.timetable.plans.comparison import compare
from tongtang.timetable.plans.inputs import broadcasts_in, county_for_anchor
from tongtang.timetable.plans.tests.conftest import PLANS, begin, days_after, page_of, post, shown, solved
from tongtang.timetable.solver.verify import verify


def test_a_search_ends_with_the_fewest_broadcasts_and_its_page_names_them(officer, anchor):
    run = solved(officer, anchor)
    assert (run.state, len(run.plan), run.bound, run.required, run.unserved) == ("done", 105, 105, 311, [])
    assert verify(county_for_anchor(run.county_code, anchor), broadcasts_in(run.plan)) == []
    html = shown(officer, page_of(run))
    assert "每周 105 节播出，已证明不能再少" in html
    assert html.count("<summary>周") == 5
    assert "本学期还没有发布课表" in html
    assert 'hx-trigger="every 2s"' not in html
    assert "已证明不能再少" in shown(officer, PLANS)


def test_while_it_waits_the_page_asks_again_and_a_second_search_is_told(officer, anchor):
    run = PlanRun.objects.get(public_id=begin(officer, anchor).url.rpartition("/")[2])
    html = shown(officer, page_of(run))
    assert 'hx-trigger="every 2s"' in html
    assert "可以离开本页" in html
    again = begin(officer, anchor)
    assert again.status_code == 409
    assert "这个县正在排课" in again.content.decode()
    assert PlanRun.objects.count() == 1


def test_what_nobody_took_up_stops_at_once_and_resumes(officer, anchor):
    run = PlanRun.objects.get(public_id=begin(officer, anchor).url.rpartition("/")[2])
    assert post(officer, f"{page_of(run)}/stop").status_code == 302
    run_ready_jobs()
    run.refresh_from_db()
    assert (run.state, run.plan) == ("stopped", [])
    late = post(officer, f"{page_of(run)}/stop")
    assert (late.status_code, "已经结束" in late.content.decode()) == (409, True)
    assert post(officer, f"{page_of(run)}/resume", seconds="20").status_code == 302
    run_ready_jobs()
    run.refresh_from_db()
    assert (run.state, len(run.plan), run.stretches) == ("done", 105, 2)
    done = post(officer, f"{page_of(run)}/resume", seconds="20")
    assert (done.status_code, "没有可再排的" in done.content.decode()) == (409, True)


def test_a_search_goes_on_from_the_plan_in_its_row_and_never_gives_a_better_one_up(officer, anchor):
    """The published plan of the fixture has 109 broadcasts; the row of a search that stopped there holds it."""
    run = solved(officer, anchor)
    worse = [{**one, "group_id": f"{one['group_id']}-x"} for one in run.plan]
    PlanRun.objects.filter(pk=run.pk).update(state="stopped", plan=worse, bound=None, spent=7.5, until=7.5)
    assert post(officer, f"{page_of(run)}/resume", seconds="5").status_code == 302
    run_ready_jobs()
    run.refresh_from_db()
    assert run.state == "done"
    assert run.plan == worse, "an equally good plan does not replace the one that is there"
    assert (run.bound, run.spent >= 7.5) == (105, True)


def test_changed_data_refuse_resuming_and_publishing_with_the_names_of_what_changed(officer, anchor):
    run = solved(officer, anchor)
    Post.objects.filter(person__source_id="t01", school=anchor).update(weekly_cap=3)
    Requirement.objects.filter(home_class__source_id="p01-g1", subject="music").update(lessons_per_week=1)
    for step, values in (("publish", {"starts": days_after(0)}),):
        answer = post(officer, f"{page_of(run)}/{step}", **values)
        html = answer.content.decode()
        assert answer.status_code == 409
        assert "县里的数据在这次排课开始之后改过（教师、开课需求）" in html
    PlanRun.objects.filter(pk=run.pk).update(bound=1)
    assert post(officer, f"{page_of(run)}/resume", seconds="9").status_code == 409
    assert not Lesson.objects.exists()


def test_the_plan_is_published_over_the_term_and_stands_in_a_schools_week(officer, anchor):
    run = solved(officer, anchor)
    answer = post(officer, f"{page_of(run)}/publish", starts=days_after(0))
    assert answer.status_code == 302, answer.content.decode()
    week = Reception.objects.filter(date__range=(days_after(0), days_after(4)), active=True)
    assert (week.count(), week.values("lesson").distinct().count()) == (311, 105)
    run.refresh_from_db()
    assert run.published == PublishedPlan.objects.get()
    assert (Alliance.objects.get().anchor_school, Specialist.objects.count()) == (anchor, 10)
    entry = Entry.objects.get(action="plan.published")
    assert '"added"' in entry.detail
    html = shown(officer, page_of(run))
    assert "这份课表已发布，从 9月7日 周一 起执行" in html
    assert "62 个班中，0 个班的周课表有变动" in html


def test_the_next_plan_keeps_the_lessons_of_groups_that_stay(officer, anchor):
    first = solved(officer, anchor)
    assert post(officer, f"{page_of(first)}/publish", starts=days_after(0)).status_code == 302
    before = dict(Lesson.objects.filter(active=True).values_list("pk", "course__source_id"))
    renamed = [{**one, "group_id": f"{one['group_id']}x"} for one in first.plan]
    PlanRun.objects.filter(pk=first.pk).update(plan=renamed)
    answer = post(officer, f"{page_of(first)}/publish", starts=days_after(0))
    assert answer.status_code == 302
    assert dict(Lesson.objects.filter(active=True).values_list("pk", "course__source_id")) == before
    assert PublishedPlan.objects.count() == 1


def test_a_second_seed_says_what_would_change(officer, anchor):
    first = solved(officer, anchor)
    assert post(officer, f"{page_of(first)}/publish", starts=days_after(0)).status_code == 302
    second = solved(officer, anchor, seed=7)
    html = shown(officer, page_of(second))
    assert "个班的周课表有变动" in html
    assert "每班的变动" in html
    assert post(officer, f"{page_of(second)}/publish", starts=days_after(7)).status_code == 302
    early = Reception.objects.filter(date__range=(days_after(0), days_after(4)), active=True)
    late = Reception.objects.filter(date__range=(days_after(7), days_after(11)), active=True)
    assert (early.count(), late.count()) == (311, 311)


def test_a_search_may_begin_with_the_published_plan_and_then_changes_nothing_in_vain(officer, anchor):
    first = solved(officer, anchor)
    assert post(officer, f"{page_of(first)}/publish", starts=days_after(0)).status_code == 302
    again = solved(officer, anchor, seed=7, keep_published="on")
    assert (again.state, again.plan) == ("done", [{**one, "alliance_id": None} for one in first.plan])
    assert "62 个班中，0 个班的周课表有变动" in shown(officer, page_of(again))


def test_a_small_change_of_the_data_changes_little_of_the_published_timetable(small_anchor, officer):
    """A teacher of a small county cannot come at one of the published times any more."""
    first = solved(officer, small_anchor, keep_published="on", seconds=3600)
    assert first.keep_published is False, "nothing is published yet"
    assert 'name="keep_published"' not in shown(officer, PLANS)
    assert post(officer, f"{page_of(first)}/publish", starts=days_after(0)).status_code == 302
    assert re.search(r'name="keep_published"[^>]* checked>', shown(officer, PLANS))
    one = first.plan[0]
    TeacherUnavailability.objects.create(
        person=Person.objects.get(source_id=one["teacher_id"]),
        weekday=one["weekday"],
        starts=time(one["start"] // 60, one["start"] % 60),
        ends=time(one["start"] // 60, one["start"] % 60 + 1),
    )
    anew, kept = (
        solved(officer, small_anchor, seconds=3600),
        solved(officer, small_anchor, keep_published="on", seconds=3600),
    )
    assert (anew.plan != first.plan, len(kept.plan) <= len(anew.plan), kept.unserved) == (True, True, [])
    changed = {run.pk: compare(run).lessons_changed for run in (anew, kept)}
    assert changed[kept.pk] == kept.log[-1][4] >= len(one["class_ids"])
    assert changed[kept.pk] * 3 < changed[anew.pk]
    html = shown(officer, page_of(kept))
    assert f"班次中 {changed[kept.pk]} 班次改了时间或教师" in html
    assert post(officer, f"{page_of(kept)}/publish", starts=days_after(7)).status_code == 302
    early, late = (weekly(days_after(day)) for day in (0, 7))
    assert len(late - early) == changed[kept.pk]


def test_a_search_that_has_the_fewest_broadcasts_goes_on_towards_less_change_where_that_is_wanted(
    small_anchor, officer
):
    first = solved(officer, small_anchor, seconds=3600)
    assert post(officer, f"{page_of(first)}/publish", starts=days_after(0)).status_code == 302
    other = solved(officer, small_anchor, seconds=3600, seed=7)
    changed = compare(other).lessons_changed
    assert (other.optimal, changed > 0) == (True, True)
    assert f"{page_of(other)}/resume" not in shown(officer, page_of(other))
    assert post(officer, f"{page_of(other)}/resume", seconds="3600").status_code == 409
    PlanRun.objects.filter(pk=other.pk).update(keep_published=True)
    assert f"{page_of(other)}/resume" in shown(officer, page_of(other))
    assert post(officer, f"{page_of(other)}/resume", seconds="3600").status_code == 302
    assert "再找对已发布课表改动更少的" not in shown(officer, page_of(other)), "it waits"
    PlanRun.objects.filter(pk=other.pk).update(state="running")
    assert "再找对已发布课表改动更少的" in shown(officer, page_of(other))
    run_ready_jobs()
    other.refresh_from_db()
    assert (other.state, len(other.plan), other.log[-1][4]) == ("done", len(first.plan), 0)
    assert compare(other).lessons_changed == 0
    assert f"{page_of(other)}/resume" not in shown(officer, page_of(other))


def weekly(monday: str) -> set[tuple]:
    """Class, subject, weekday, start and teacher of the receptions of a week."""
    first = date.fromisoformat(monday)
    rows = Reception.objects.filter(date__range=(first, first + timedelta(days=4)), active=True)
    return {
        (one.home_class_id, one.lesson.subject_id, one.date.weekday(), one.starts_at.time(), one.lesson.teacher_id)
        for one in rows.select_related("lesson")
    }


def test_data_that_change_before_the_worker_takes_it_up_end_the_search_with_words(officer, anchor):
    run = PlanRun.objects.get(public_id=begin(officer, anchor).url.rpartition("/")[2])
    Requirement.objects.filter(home_class__source_id="p01-g1", subject="music").update(lessons_per_week=1)
    run_ready_jobs()
    run.refresh_from_db()
    assert (run.state, run.plan) == ("failed", [])
    assert "县里的数据在这次排课开始之后改过（开课需求）" in shown(officer, page_of(run))
    assert begin(officer, anchor).status_code == 302, "the county is free for another search"


def test_a_plan_that_breaks_a_rule_is_refused_with_the_rule_and_nothing_is_written(officer, anchor):
    run = solved(officer, anchor)
    broken = [dict(one) for one in run.plan]
    broken[0]["start"] += 3 * 60
    broken[1]["teacher_id"] = next(one["teacher_id"] for one in run.plan if one["subject"] != broken[1]["subject"])
    PlanRun.objects.filter(pk=run.pk).update(plan=broken)
    answer = post(officer, f"{page_of(run)}/publish", starts=days_after(0))
    assert answer.status_code == 409
    assert "不教" in answer.content.decode()
    assert (Lesson.objects.count(), PublishedPlan.objects.count(), Alliance.objects.count()) == (0, 0, 0)


def test_no_plan_holds_from_today_or_before(officer, anchor):
    run = solved(officer, anchor)
    for day in ("2026-09-04", "2026-09-01", "soon"):
        assert post(officer, f"{page_of(run)}/publish", starts=day).status_code == 400
    assert not Lesson.objects.exists()


def test_short_supply_is_proven_with_what_would_help_and_cannot_be_published(officer, anchor):
    ReceivingRoom.objects.filter(school__source_id="p01").update(ended_on="2026-09-01")
    assert "没有接收教室" in shown(officer, PLANS)
    run = solved(officer, anchor)
    assert run.state == "infeasible"
    assert {one["entity"][:3] for one in run.explanation} == {"p01"}
    html = shown(officer, page_of(run))
    assert "为什么不能全部开齐" in html
    assert "未排上" in html
    answer = post(officer, f"{page_of(run)}/publish", starts=days_after(0))
    assert (answer.status_code, Lesson.objects.count()) == (409, 0)


@pytest.mark.parametrize("numbers", [{"seconds": "4"}, {"seconds": "x"}, {"seed": "0"}, {"anchor": "nobody"}])
def test_a_form_out_of_bounds_is_refused_beside_its_field(officer, anchor, numbers):
    values = {"anchor": str(anchor.public_id), "seconds": "20", "seed": "1"} | numbers
    answer = post(officer, f"{PLANS}/start", **values)
    assert answer.status_code == 400
    assert 'class="err"' in answer.content.decode()
    assert not PlanRun.objects.exists()


def test_the_same_form_twice_begins_one_search(officer, anchor):
    values, key = {"anchor": str(anchor.public_id), "seconds": "20", "seed": "1"}, {HEADER: str(uuid4())}
    answers = [officer.post(f"{PLANS}/start", values, headers=key) for _again in range(2)]
    assert [one.status_code for one in answers] == [302, 302]
    assert PlanRun.objects.count() == 1


def test_bad_data_are_named_with_their_place_before_anybody_searches(officer, anchor):
    Period.objects.filter(bell_schedule__source_id="bell-b").delete()
    PlanRule.objects.filter(rule="grade_bands").delete()
    html = shown(officer, PLANS)
    assert "作息时间 bell-b 没有节次" in html
    assert "bells.csv" in html
    assert "没有规定" in html
    answer = begin(officer, anchor)
    assert answer.status_code == 409
    assert not PlanRun.objects.exists()


def test_a_subject_without_a_teacher_with_a_post_is_named(officer, anchor):
    for post_row in Post.objects.filter(person__county_code=anchor.county_code):
        post_row.subjects = [one for one in post_row.subjects if one != "english"]
        post_row.save()
    assert "没有在岗教师教英语" in shown(officer, PLANS)


def test_the_head_of_the_anchor_plans_and_publishes_for_the_own_alliance_only(officer, anchor):
    head = signed_in(person("石校长", "h01", Role.SCHOOL_HEAD, school=anchor))
    shown(head, PLANS, status=404)
    run = solved(officer, anchor)
    assert post(officer, f"{page_of(run)}/publish", starts=days_after(0)).status_code == 302
    assert "开始排课" in shown(head, PLANS)
    own = solved(head, anchor, seed=3)
    assert post(head, f"{page_of(own)}/publish", starts=days_after(7)).status_code == 302
    other = signed_in(
        person("余校长", "h02", Role.SCHOOL_HEAD, school=Lesson.objects.first().receptions.first().school)
    )
    shown(other, PLANS, status=404)
    shown(other, page_of(own), status=404)


def test_groups_and_times_are_said_as_people_say_them(officer, anchor):
    run = solved(officer, anchor)
    html = shown(officer, page_of(run))
    assert [one["group_id"] for one in run.plan if one["group_id"] in html] == []
    assert re.search(r"<td>音乐 1 组</td>", html)
    assert not re.search(r">0\d:\d\d", html), "8:40, as on every other page"


def test_a_plan_that_breaks_a_rule_is_refused_with_names(officer, anchor):
    run = solved(officer, anchor)
    run.plan[0]["start"] = 7 * 60
    run.save()
    answer = post(officer, f"{page_of(run)}/publish", starts=days_after(0))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert run.plan[0]["group_id"] not in html
    assert re.search(r"(音乐|美术|英语) \d+ 组", html)
    assert "7:00" in html
