"""Schools are renamed, merged and split as of a day; what was before stays readable."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from tests.cast import COUNTY, add_lesson, make_cast, person, signed_in

from tongtang.access.actor import Actor
from tongtang.access.models import Role, RoleAssignment
from tongtang.alliances.models import Membership
from tongtang.audit.models import Entry
from tongtang.exchange.succession import change
from tongtang.exchange.succession.history import classes_on, names_of
from tongtang.foundation import clock
from tongtang.organisations.api import division_on, division_today, names_at, schools_of_classes_on
from tongtang.organisations.models import DivisionChange, HomeClass, School, SchoolChange
from tongtang.people.models import Enrolment, Post


@pytest.fixture
def cast(db):
    return make_cast(3, sizes=[2, 3, 1])


@pytest.fixture
def desk(cast):
    return signed_in(person("管理员", "adm", Role.SYSTEM_ADMINISTRATOR, at=cast.county))


def post(desk, view: str, school: School, /, **form):
    return desk.post(reverse(f"exchange:{view}", args=[school.public_id]), form)


def merge(desk, school: School, other: School, day: date, do: str = "change"):
    return post(desk, "merge-school", school, other=str(other.public_id), day=day.isoformat(), reason="撤并", do=do)


def test_a_merge_moves_everything_and_keeps_what_was(cast, desk) -> None:
    one, other = cast.points[0], cast.points[1].school
    today, before = clock.today(), clock.today() - timedelta(days=10)
    assert merge(desk, one.school, other, today).status_code == 302
    one.school.refresh_from_db()
    one.home_class.refresh_from_db()
    assert (one.school.ended_on, one.home_class.school_id) == (today, other.pk)
    assert Enrolment.objects.filter(home_class=one.home_class, valid_to=None).count() == 2
    assert schools_of_classes_on([one.home_class.pk], before) == {one.home_class.pk: one.school.pk}
    assert schools_of_classes_on([one.home_class.pk], today) == {one.home_class.pk: other.pk}
    assert classes_on(one.school, before) == [one.home_class]
    assert one.home_class not in classes_on(other, before)
    assert set(Post.objects.filter(person=one.local, valid_to=None).values_list("school", flat=True)) == {other.pk}
    roles = RoleAssignment.objects.filter(person=one.local, valid_to=None)
    assert set(roles.values_list("role", "school")) == {(Role.LOCAL_TEACHER, other.pk)}
    one.room.refresh_from_db()
    assert (one.room.school_id, one.room.number) == (other.pk, 2)
    assert set(Membership.objects.filter(school=one.school).values_list("state", flat=True)) == {"ended"}
    change = SchoolChange.objects.get()
    assert (change.moved["classes"], change.moved["pupils"]) == (1, 2)
    assert Entry.objects.filter(action="school.merge", object=f"school:{one.school.public_id}").count() == 1


def test_a_preview_changes_nothing(cast, desk) -> None:
    one, other = cast.points[0], cast.points[1].school
    answer = merge(desk, one.school, other, clock.today(), do="preview")
    assert (answer.status_code, SchoolChange.objects.count()) == (200, 0)
    assert one.home_class.name in answer.content.decode()


def test_lessons_to_come_stand_in_the_way_by_name(cast, desk) -> None:
    one, other = cast.points[0], cast.points[1].school
    add_lesson(cast, clock.now() + timedelta(days=2), cast.points[:1])
    answer = merge(desk, one.school, other, clock.today())
    assert (answer.status_code, SchoolChange.objects.count()) == (409, 0)
    assert one.home_class.name in answer.content.decode()


def test_an_anchor_is_not_merged_away(cast, desk) -> None:
    answer = merge(desk, cast.anchor, cast.central, clock.today())
    assert answer.status_code == 409
    assert cast.alliance.name in answer.content.decode()


@pytest.mark.parametrize("days", [1, -400])
def test_a_day_that_will_not_do(cast, desk, days) -> None:
    day = clock.today() + timedelta(days=days)
    assert merge(desk, cast.points[0].school, cast.points[1].school, day).status_code == 409


def test_a_school_does_not_take_itself_in(cast, desk) -> None:
    school = cast.points[0].school
    assert merge(desk, school, school, clock.today()).status_code == 400


def test_a_new_name_holds_from_its_day(cast, desk) -> None:
    school, today = cast.points[0].school, clock.today()
    old = school.name
    answer = post(desk, "rename-school", school, name="新名小学", day=today.isoformat(), reason="更名")
    assert answer.status_code == 302
    yesterday = today - timedelta(days=1)
    school.refresh_from_db()
    names = names_at([(school, today), (school, yesterday)])
    assert names == {(school.pk, today): "新名小学", (school.pk, yesterday): old}
    assert [(one.name, one.first, one.last) for one in names_of(school)] == [
        ("新名小学", today, None),
        (old, None, today - timedelta(days=1)),
    ]
    page = desk.get(reverse("exchange:school", args=[school.public_id])).content.decode()
    assert old in page


def test_lessons_keep_the_names_of_their_day(cast, desk) -> None:
    yesterday, school = clock.now() - timedelta(days=1), cast.points[0].school
    lesson = add_lesson(cast, yesterday)
    old, old_anchor = school.name, cast.anchor.name
    for one, name in ((school, "新名小学"), (cast.anchor, "新实验小学")):
        form = {"name": name, "day": clock.today().isoformat(), "reason": "更名"}
        assert post(desk, "rename-school", one, **form).status_code == 302
    officer = signed_in(cast.officer)
    page = officer.get(reverse("lessons:lesson", args=[lesson.public_id])).content.decode()
    assert old in page
    assert old_anchor in page
    assert "新名小学" not in page
    day = lesson.date.isoformat()
    ledger = officer.get(reverse("lessons:ledger"), {"from": day, "to": day}).content.decode()
    assert f'<span class="muted">{old_anchor}</span>' in ledger


def test_a_name_is_not_given_before_the_one_that_it_follows(cast, desk) -> None:
    school, today = cast.points[0].school, clock.today()
    earlier = today - timedelta(days=5)
    assert post(desk, "rename-school", school, name="甲校", day=today.isoformat(), reason="更名").status_code == 302
    assert post(desk, "rename-school", school, name="乙校", day=earlier.isoformat(), reason="x").status_code == 409
    assert post(desk, "rename-school", school, name="乙校", day=today.isoformat(), reason="x").status_code == 302
    school.refresh_from_db()
    assert school.name == "乙校"


def test_a_class_is_not_moved_on_before_it_came(cast, desk) -> None:
    one, two, three = cast.points
    today, earlier, before = (clock.today() - timedelta(days=days) for days in (0, 5, 7))
    assert merge(desk, one.school, two.school, today).status_code == 302
    assert merge(desk, two.school, three.school, earlier).status_code == 409
    assert merge(desk, two.school, three.school, today).status_code == 302
    assert schools_of_classes_on([one.home_class.pk], before) == {one.home_class.pk: one.school.pk}


def test_an_overtaken_merge_ends_in_no_school_that_is_gone(cast, desk) -> None:
    one, two, three = (point.school for point in cast.points)
    stale = School.objects.get(pk=two.pk)
    assert merge(desk, two, three, clock.today()).status_code == 302
    with pytest.raises(change.Refused):
        change.merge(actor=Actor(person_id=cast.head.pk), school=one, other=stale, day=clock.today(), reason="x")


def test_an_overtaken_split_moves_nothing_twice(cast, desk) -> None:
    school = cast.points[0].school
    moving = HomeClass.objects.create(
        county_code=COUNTY, source_id="p01-g4", school=school, name="四年级班", grades=[4], pupil_count=0
    )
    form = {"name": "新校", "classes": [moving], "day": clock.today(), "reason": "x"}
    actor = Actor(person_id=cast.head.pk)
    change.split(actor=actor, school=school, source_id="n01", **form)
    with pytest.raises(change.Refused):
        change.split(actor=actor, school=school, source_id="n02", **form)
    assert not School.objects.filter(source_id="n02").exists()


def test_an_anchor_that_takes_a_member_in_does_not_join_its_own_alliance(cast, desk) -> None:
    assert cast.alliance.anchor_school == cast.anchor
    assert merge(desk, cast.points[0].school, cast.anchor, clock.today()).status_code == 302
    assert not Membership.objects.filter(school=cast.anchor, alliance=cast.alliance).exists()


def test_a_split_takes_classes_along(cast, desk) -> None:
    school = cast.points[0].school
    moving = HomeClass.objects.create(
        county_code=COUNTY, source_id="p01-g4", school=school, name="四年级班", grades=[4], pupil_count=0
    )
    form = {"name": "新校", "source_id": "n01", "classes": [str(moving.public_id)], "reason": "分立"}
    answer = post(desk, "split-school", school, day=clock.today().isoformat(), do="change", **form)
    assert answer.status_code == 302
    moving.refresh_from_db()
    assert (moving.school.name, moving.school.bell_schedule) == ("新校", school.bell_schedule)
    assert cast.points[0].home_class.school == school


def test_a_split_that_leaves_nothing_is_refused(cast, desk) -> None:
    school = cast.points[0].school
    form = {"name": "新校", "source_id": "n01", "classes": [str(cast.points[0].home_class.public_id)], "reason": "x"}
    answer = post(desk, "split-school", school, day=clock.today().isoformat(), do="change", **form)
    assert (answer.status_code, School.objects.filter(source_id="n01").count()) == (409, 0)


def test_codes_of_divisions_are_followed_both_ways(db) -> None:
    for old, new, day in ((1, 2, date(2010, 1, 1)), (2, 4, date(2020, 1, 1)), (3, 4, date(2020, 1, 1))):
        DivisionChange.objects.create(old_code=old, new_code=new, day=day, source="公告")
    assert division_on(4, date(2026, 1, 1)) == {4}
    assert division_on(4, date(2015, 1, 1)) == {2, 3}
    assert division_on(4, date(2005, 1, 1)) == {1, 3}
    assert division_today(1) == {4}
