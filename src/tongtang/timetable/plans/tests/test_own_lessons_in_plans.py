"""A search in the browser in a county whose schools teach their own classes at fixed times."""

import json

import pytest

from tongtang.lessons.models import Lesson
from tongtang.organisations.models import HomeClass
from tongtang.people.models import Person
from tongtang.timetable.models import LocalLesson, PlanRun
from tongtang.timetable.plans.inputs import broadcasts_in, county_for_anchor
from tongtang.timetable.plans.tests.conftest import days_after, page_of, post, shown, solved
from tongtang.timetable.solver.starts import period_taken


def places(run: PlanRun) -> list[tuple[str, int, int, str]]:
    """Class, weekday, period and teacher of all that a plan has."""
    county = county_for_anchor(run.county_code, run.anchor)
    tolerance = county.rules.start_tolerance_minutes
    return [
        (key, one.weekday, period_taken(county.bell_of(county.classes[key]), one.start, tolerance) or 0, one.teacher_id)
        for one in broadcasts_in(run.plan)
        for key in one.class_ids
    ]


def teach(class_id: str, weekday: int, period: int, subject: str = "chinese", teacher: str = "") -> None:
    LocalLesson.objects.create(
        home_class=HomeClass.objects.get(source_id=class_id),
        weekday=weekday,
        period_number=period,
        subject_id=subject,
        teacher=Person.objects.get(source_id=teacher) if teacher else None,
    )


def published(client, run: PlanRun) -> None:
    answer = post(client, f"{page_of(run)}/publish", starts=days_after(0))
    assert answer.status_code == 302, answer.content.decode()
    assert Lesson.objects.filter(active=True).exists()


def test_a_plan_leaves_what_schools_teach_themselves_and_can_be_published(officer, small_anchor):
    """The places that the same search takes in a county without own lessons are taken by some of these."""
    before = places(solved(officer, small_anchor, seconds=5))
    for class_id, weekday, period, _teacher in before[::6]:
        teach(class_id, weekday, period)
    weekday, teacher = before[1][1], before[1][3]
    HomeClass.objects.create(
        county_code=small_anchor.county_code, source_id="a01-g3", school=small_anchor, name="三年级", grades=[3],
        pupil_count=40,
    )  # fmt: skip
    for number in (1, 2, 3, 4, 5, 6):
        teach("a01-g3", weekday, number, "maths", teacher)
    run = solved(officer, small_anchor, seconds=20)
    assert (run.state, run.complete) == ("done", True)
    own = set(LocalLesson.objects.values_list("home_class__source_id", "weekday", "period_number"))
    assert own.isdisjoint(place[:3] for place in places(run))
    assert (weekday, teacher) not in {(place[1], place[3]) for place in places(run)}
    published(officer, run)


def test_an_own_lesson_of_the_subject_is_the_one_that_is_received(officer, small_anchor):
    """A class whose whole week is taken by its own school receives where that teaches it the same subject."""
    periods = range(1, 8)
    bells = county_for_anchor(small_anchor.county_code, small_anchor)
    class_id = "p01-g1"
    rung = {one.number for one in bells.bell_of(bells.classes[class_id]).periods}
    owed = [one.subject for one in bells.requirements if one.class_id == class_id]
    for weekday in range(1, 6):
        for period in rung & set(periods):
            teach(class_id, weekday, period, owed[period % len(owed)])
    run = solved(officer, small_anchor, seconds=20)
    assert (run.state, run.complete) == ("done", True)
    published(officer, run)


def test_a_full_week_of_a_class_is_named_with_what_would_help(officer, small_anchor):
    county = county_for_anchor(small_anchor.county_code, small_anchor)
    for weekday in range(1, 6):
        for period in county.bell_of(county.classes["p01-g1"]).periods:
            teach("p01-g1", weekday, period.number)
    run = solved(officer, small_anchor, seconds=10)
    assert run.state == "infeasible"
    first = run.explanation[0]
    assert (first["entity"], first["kind"], first["verified"]) == ("p01-g1", "class_own", True)
    html = shown(officer, page_of(run))
    assert "本校自己给它上课" in html
    assert "换到别的时间" in html
    for change in first["changes"]:
        row = change["row"]
        LocalLesson.objects.get(
            home_class__source_id=row["class_id"], weekday=row["weekday"], period_number=row["period"]
        ).delete()
    assert LocalLesson.objects.count() > 10, "only as many as must go"
    again = solved(officer, small_anchor, seconds=20)
    assert (again.state, again.complete) == ("done", True)
    published(officer, again)


def test_a_teacher_who_teaches_own_classes_all_week_is_named(officer, small_anchor):
    county = county_for_anchor(small_anchor.county_code, small_anchor)
    [teacher] = [key for key, one in county.teachers.items() if "english" in one.subjects]
    class_id = next(key for key, one in county.classes.items() if one.school_id == "p02")
    for weekday in range(1, 6):
        for period in county.bell_of(county.classes[class_id]).periods:
            teach(class_id, weekday, period.number, "english", teacher)
    run = solved(officer, small_anchor, seconds=10)
    assert run.state == "infeasible"
    assert {"teacher_own"} & {one["kind"] for one in run.explanation}, json.dumps(run.explanation, ensure_ascii=False)
    assert county.teachers[teacher].teacher_id in {one["entity"] for one in run.explanation}
    assert "本校班级上课" in shown(officer, page_of(run))


@pytest.mark.parametrize("step", ["publish", "resume"])
def test_own_lessons_that_came_after_a_search_are_a_change_of_the_data(officer, small_anchor, step):
    run = solved(officer, small_anchor, seconds=5)
    teach("p01-g1", 1, 1)
    PlanRun.objects.filter(pk=run.pk).update(bound=1)
    values = {"publish": {"starts": days_after(0)}, "resume": {"seconds": "9"}}[step]
    answer = post(officer, f"{page_of(run)}/{step}", **values)
    assert (answer.status_code, "学校自己上的课" in answer.content.decode()) == (409, True)
    assert not Lesson.objects.exists()
