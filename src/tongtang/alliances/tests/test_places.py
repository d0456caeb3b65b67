"""Places of an alliance, renewals, and the page that ranks anchors for a school."""

from datetime import timedelta

import pytest
from tests.cast import Cast, person, signed_in

from tongtang.access.models import Role
from tongtang.alliances.actions import (
    Refused,
    apply_for_membership,
    approve_membership,
    end_membership,
    found_alliance,
    limit_members,
    renew_membership,
)
from tongtang.alliances.matching import Rule
from tongtang.alliances.models import Alliance, Membership, SchoolProfile, Topology
from tongtang.alliances.queries import matches_of, members_of
from tongtang.foundation import clock
from tongtang.organisations.models import School


@pytest.fixture
def other(cast: Cast) -> Alliance:
    """A second dedicated alliance of the same anchor school's county."""
    anchor = School.objects.create(
        county_code=cast.anchor.county_code, source_id="a02", name="第二实验小学", kind="anchor_school",
        region_code=cast.anchor.region_code, bell_schedule=cast.anchor.bell_schedule, link_mbps=100, max_streams=1,
    )  # fmt: skip
    return found_alliance(
        name="第二联盟", topology=Topology.DEDICATED, anchor_school=anchor, max_classes_per_lesson=3,
        max_pupils_per_lesson=45, specialists=[cast.teacher],
    )  # fmt: skip


def leave(cast: Cast, school: School) -> None:
    Membership.objects.filter(alliance=cast.alliance, school=school).delete()


def test_the_next_best_anchor_is_named_where_no_place_is_left(cast: Cast, other: Alliance) -> None:
    school = cast.points[0].school
    leave(cast, school)
    limit_members(cast.alliance, len(members_of(cast.alliance, clock.today())))
    with pytest.raises(Refused, match="第二联盟"):
        apply_for_membership(alliance=cast.alliance, school=school)
    assert not Membership.objects.filter(alliance=cast.alliance, school=school).exists()
    assert apply_for_membership(alliance=other, school=school).state == "applied"


def test_an_application_from_before_the_limit_finds_no_place_either(cast: Cast) -> None:
    school = cast.points[0].school
    leave(cast, school)
    waiting = apply_for_membership(alliance=cast.alliance, school=school)
    limit_members(cast.alliance, len(members_of(cast.alliance, clock.today())))
    with pytest.raises(Refused, match="没有其他"):
        approve_membership(waiting)
    waiting.refresh_from_db()
    assert waiting.state == "applied"


def test_a_renewal_is_a_new_row_from_the_day_after(cast: Cast) -> None:
    school, today = cast.points[0].school, clock.today()
    row = Membership.objects.get(alliance=cast.alliance, school=school)
    with pytest.raises(Refused):
        renew_membership(row)
    last = today + timedelta(days=5)
    Membership.objects.filter(pk=row.pk).update(valid_to=last)
    row.refresh_from_db()
    new = renew_membership(row, last + timedelta(days=365))
    row.refresh_from_db()
    assert (row.state, new.state, new.renewal_of, new.valid_from) == ("ended", "active", row, last + timedelta(days=1))
    for day in (today, last, last + timedelta(days=1), last + timedelta(days=365)):
        assert [one.pk for one in members_of(cast.alliance, day)].count(school.pk) == 1
    assert school not in members_of(cast.alliance, last + timedelta(days=366))


def test_who_leaves_later_keeps_the_place_until_then(cast: Cast, other: Alliance) -> None:
    leaving, school = cast.points[1].school, cast.points[0].school
    leave(cast, school)
    limit_members(cast.alliance, len(members_of(cast.alliance, clock.today())))
    last = clock.today() + timedelta(days=30)
    end_membership(Membership.objects.get(alliance=cast.alliance, school=leaving), last, "停办")
    # Its place is free from the day after: the school may apply for it now, and cannot receive before.
    waiting = apply_for_membership(alliance=cast.alliance, school=school)
    with pytest.raises(Refused, match="第二联盟"):
        approve_membership(waiting, valid_from=last)
    new = approve_membership(waiting, valid_from=last + timedelta(days=1))
    assert (new.state, new.valid_from) == ("active", last + timedelta(days=1))
    limit = len(cast.points) - 1
    for day in (clock.today(), last, last + timedelta(days=1)):
        assert len(members_of(cast.alliance, day)) == limit


def test_a_membership_that_ran_out_is_renewed_only_where_its_place_is_still_free(cast: Cast, other: Alliance) -> None:
    school, newcomer = cast.points[0].school, cast.points[1].school
    leave(cast, newcomer)
    limit_members(cast.alliance, len(members_of(cast.alliance, clock.today())))
    row = Membership.objects.get(alliance=cast.alliance, school=school)
    Membership.objects.filter(pk=row.pk).update(valid_to=clock.today() - timedelta(days=1))
    approve_membership(apply_for_membership(alliance=cast.alliance, school=newcomer))
    row.refresh_from_db()
    with pytest.raises(Refused, match="第二联盟"):
        renew_membership(row)
    row.refresh_from_db()
    assert row.state == "active"
    assert not Membership.objects.filter(renewal_of=row).exists()


def test_a_renewal_counts_once_on_the_way_from_one_row_to_the_next(cast: Cast) -> None:
    school, newcomer = cast.points[0].school, cast.points[1].school
    row = Membership.objects.get(alliance=cast.alliance, school=school)
    Membership.objects.filter(pk=row.pk).update(valid_to=clock.today() + timedelta(days=5))
    row.refresh_from_db()
    renew_membership(row)
    leave(cast, newcomer)
    limit_members(cast.alliance, len(members_of(cast.alliance, clock.today())) + 1)
    assert approve_membership(apply_for_membership(alliance=cast.alliance, school=newcomer)).state == "active"


def test_who_renewed_may_still_leave_before_the_renewal_begins(cast: Cast) -> None:
    row = Membership.objects.get(alliance=cast.alliance, school=cast.points[0].school)
    Membership.objects.filter(pk=row.pk).update(valid_to=clock.today() + timedelta(days=30))
    row.refresh_from_db()
    new = renew_membership(row)
    end_membership(new, clock.today() + timedelta(days=3), "撤并")
    for days, held in ((0, 1), (3, 1), (4, 0), (31, 0), (400, 0)):
        members = [one.pk for one in members_of(cast.alliance, clock.today() + timedelta(days=days))]
        assert members.count(cast.points[0].school.pk) == held


def test_whoever_ran_out_applies_again(cast: Cast) -> None:
    school = cast.points[0].school
    old = Membership.objects.get(alliance=cast.alliance, school=school)
    Membership.objects.filter(pk=old.pk).update(
        valid_from=clock.today() - timedelta(days=9), valid_to=clock.today() - timedelta(days=1)
    )
    new = apply_for_membership(alliance=cast.alliance, school=school)
    old.refresh_from_db()
    assert (old.state, new.state) == ("ended", "applied")


def test_the_ranking_takes_as_many_queries_for_many_schools_as_for_one(
    cast: Cast, other: Alliance, django_assert_num_queries: object
) -> None:
    for schools in ([cast.points[0].school], [one.school for one in cast.points]):
        with django_assert_num_queries(4):  # type: ignore[operator]
            found = matches_of(schools, [cast.alliance, other])
        assert found.keys() == {school.pk for school in schools}


def test_no_anchor_is_named_that_would_refuse_the_school(cast: Cast, other: Alliance) -> None:
    school = cast.points[0].school
    leave(cast, school)
    limit_members(cast.alliance, len(members_of(cast.alliance, clock.today())))
    # A distributed alliance takes its own central school's points only, and this one is another's.
    Alliance.objects.filter(pk=other.pk).update(topology=Topology.DISTRIBUTED)
    with pytest.raises(Refused, match="没有其他"):
        apply_for_membership(alliance=cast.alliance, school=school)
    head = signed_in(person("周校长", "h1", Role.SCHOOL_HEAD, school=school))
    page = head.get("/alliances/matches").content.decode()
    assert page.index("第二联盟") > page.index("已排除")


def test_who_comes_back_before_the_last_day_is_a_member_once(cast: Cast) -> None:
    school = cast.points[0].school
    row = Membership.objects.get(alliance=cast.alliance, school=school)
    end_membership(row, clock.today() + timedelta(days=30), "撤并")
    approve_membership(apply_for_membership(alliance=cast.alliance, school=school))
    assert [one.pk for one in members_of(cast.alliance, clock.today())].count(school.pk) == 1


def test_no_anchor_is_named_from_which_the_school_receives_already(cast: Cast, other: Alliance) -> None:
    school = cast.points[0].school
    approve_membership(apply_for_membership(alliance=other, school=school))
    leave(cast, school)
    limit_members(cast.alliance, len(members_of(cast.alliance, clock.today())))
    with pytest.raises(Refused, match="没有其他"):
        apply_for_membership(alliance=cast.alliance, school=school)


def test_the_page_counts_who_receives_today_and_lets_who_ran_out_apply_again(cast: Cast) -> None:
    ran_out, leaving, _stays = Membership.objects.filter(alliance=cast.alliance).order_by("pk")
    head = signed_in(person("周校长", "h1", Role.SCHOOL_HEAD, school=ran_out.school))
    address = f"/alliances/{cast.alliance.public_id}"
    assert "applicants" in head.get(address).context
    assert list(head.get(address).context["applicants"]) == []
    Membership.objects.filter(pk=ran_out.pk).update(valid_to=clock.today() - timedelta(days=1))
    end_membership(leaving, clock.today() + timedelta(days=3), "停办")
    page = head.get(address)
    assert page.context["alliance"].member_count == 2
    assert list(page.context["applicants"]) == [ran_out.school]


def test_a_head_tells_of_the_school_and_reads_why_an_anchor_fits(cast: Cast, other: Alliance) -> None:
    school = cast.points[0].school
    head = signed_in(person("周校长", "h1", Role.SCHOOL_HEAD, school=school))
    for one, edition, pace in ((school, "人教版", -2), (cast.anchor, "人教版", 0), (other.anchor_school, "苏教版", 0)):
        SchoolProfile.objects.create(
            school=one, editions={"music": edition}, pace={"music": pace}, level=2, updated_at=clock.now()
        )
    page = head.get("/alliances/matches").content.decode()
    assert cast.alliance.name in page
    assert "2 周" in page
    assert page.index("第二联盟") > page.index("已排除")
    answer = head.post(
        f"/alliances/schools/{school.public_id}/profile",
        {"level": "4", "languages": ["zh"], "edition_music": "苏教版", "pace_music": "1"},
    )
    assert answer.status_code == 302
    told = SchoolProfile.objects.get(school=school)
    assert (told.level, told.languages, told.editions, told.pace) == (4, ["zh"], {"music": "苏教版"}, {"music": 1})
    [best, second] = matches_of([school], [cast.alliance, other])[school.pk]
    assert (best.alliance, best.broken) == (other.pk, ())
    assert second.broken == (Rule.EDITION,)


@pytest.mark.parametrize(
    ("field", "value"), [("level", "9"), ("languages", "xx"), ("pace_music", "99"), ("edition_music", "x" * 31)]
)
def test_what_is_no_profile_is_refused_and_nothing_is_written(cast: Cast, field: str, value: str) -> None:
    school = cast.points[0].school
    head = signed_in(person("周校长", "h1", Role.SCHOOL_HEAD, school=school))
    answer = head.post(f"/alliances/schools/{school.public_id}/profile", {field: value})
    assert answer.status_code == 400
    assert not SchoolProfile.objects.exists()


def test_a_limit_that_is_none_is_refused_with_a_sentence(cast: Cast) -> None:
    officer = signed_in(person("周科长", "o1", Role.ADMINISTRATION_OFFICER, at=cast.county))
    address = f"/alliances/{cast.alliance.public_id}/limit"
    assert officer.post(address, {"limit": "-1"}).status_code == 400
    assert officer.post(address, {"limit": "36"}).status_code == 302
    cast.alliance.refresh_from_db()
    assert cast.alliance.member_limit == 36
    assert officer.post(address, {"limit": ""}).status_code == 302
    cast.alliance.refresh_from_db()
    assert cast.alliance.member_limit is None
