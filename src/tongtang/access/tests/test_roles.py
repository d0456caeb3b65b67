"""Three powers apart, roles lent for some days, substitutes, and the scope that a person stands at."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from tests.cast import LONG_AGO, Cast, add_lesson, person, region, signed_in

from tongtang.access.actions import assign_region_role, create_administrator
from tongtang.access.models import POWERS, Role, RoleAssignment
from tongtang.access.throttle import Refused
from tongtang.audit.models import Entry
from tongtang.foundation import clock
from tongtang.people.models import Person

DAY = timedelta(days=1)


def give(who: Person, role: Role, cast: Cast, first: date = LONG_AGO, last: date | None = None) -> RoleAssignment:
    low, high = cast.county.span
    return RoleAssignment.objects.create(
        person=who, role=role, code_low=low, code_high=high, valid_from=first, valid_to=last
    )


# ---- three powers


@pytest.mark.parametrize("first", POWERS)
@pytest.mark.parametrize("second", POWERS)
def test_the_database_lets_nobody_hold_two_powers_on_one_day(cast: Cast, first: Role, second: Role) -> None:
    today = clock.today()
    give(cast.officer, first, cast, last=today)
    give(cast.officer, second, cast, first=today + DAY)
    if first is second:
        give(cast.officer, second, cast, first=today)
        return
    with pytest.raises(IntegrityError), transaction.atomic():
        give(cast.officer, second, cast, first=today, last=today)
    later = RoleAssignment.objects.get(person=cast.officer, role=second)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleAssignment.objects.filter(pk=later.pk).update(valid_from=today)


def test_an_ended_power_makes_room_for_another(cast: Cast) -> None:
    """One that was given today and ended today ran on no day."""
    today = clock.today()
    give(cast.officer, Role.AUDITOR, cast, first=today, last=today - DAY)
    give(cast.officer, Role.SYSTEM_ADMINISTRATOR, cast, first=today)
    assert RoleAssignment.objects.filter(person=cast.officer).count() == 3


def test_powers_are_given_by_command_and_told_apart(cast: Cast) -> None:
    made, _code = create_administrator(
        county=cast.county, user_name="sec", name="安", power=Role.SECURITY_ADMINISTRATOR
    )
    with pytest.raises(Refused):
        create_administrator(county=cast.county, user_name="sec", name="安", power=Role.AUDITOR)
    with pytest.raises(Refused):
        assign_region_role(person=made, role=Role.SYSTEM_ADMINISTRATOR, region=cast.county)
    assert {row.role for row in made.role_assignments.all()} == {"security_administrator"}


def test_a_system_administrator_does_not_become_another_power(cast: Cast) -> None:
    """A one-time code is the account: those of the other powers are not renewed, and their roles not touched."""
    administrator = person("管理员", "admin", Role.SYSTEM_ADMINISTRATOR, at=cast.county)
    for role in (Role.SECURITY_ADMINISTRATOR, Role.AUDITOR):
        other = person(f"他{role}", f"x-{role}", role, at=cast.county)
        client = signed_in(administrator)
        assert client.post(f"/people/{other.public_id}/code").status_code == 404
        assert client.get(f"/people/{other.public_id}/roles").status_code == 404
        assert client.get(f"/security/{other.public_id}/factors").status_code == 404
    assert client.get("/security/").status_code == 404


# ---- lending


def lend(who: Person, row: RoleAssignment, to: str, first: date, last: date, **more: object):
    form = {"row": row.public_id, "to": to, "first": first.isoformat(), "last": last.isoformat(), **more}
    return signed_in(who).post("/lending/", form)


@pytest.fixture
def administrator(cast: Cast) -> Person:
    return person("管理员", "admin", Role.SYSTEM_ADMINISTRATOR, at=cast.county)


def test_a_lent_role_works_for_its_days_and_ends_by_itself(cast: Cast, administrator: Person) -> None:
    own, today = administrator.role_assignments.get(), clock.today()
    assert lend(administrator, own, "o01", today + DAY, today + 2 * DAY).status_code == 302
    client = signed_in(cast.officer)
    assert client.get("/people/").status_code == 404
    with time_machine.travel(clock.now() + DAY, tick=True):
        assert signed_in(cast.officer).get("/people/").status_code == 200
        page = signed_in(cast.officer).get("/lending/").content.decode()
        assert cast.officer.name in page
    with time_machine.travel(clock.now() + 3 * DAY, tick=True):
        assert signed_in(cast.officer).get("/people/").status_code == 404


def test_a_lent_role_is_taken_back_and_falls_with_the_lenders(cast: Cast, administrator: Person) -> None:
    own, today = administrator.role_assignments.get(), clock.today()
    lend(administrator, own, "o01", today, today + DAY)
    client = signed_in(cast.officer)
    assert client.get("/people/").status_code == 200
    RoleAssignment.objects.filter(pk=own.pk).update(valid_to=today - DAY)
    assert client.get("/people/").status_code == 404
    RoleAssignment.objects.filter(pk=own.pk).update(valid_to=None)
    lent = RoleAssignment.objects.get(delegated_from=own)
    assert signed_in(cast.officer).post(f"/lending/{lent.public_id}/end").status_code == 404
    assert signed_in(administrator).post(f"/lending/{lent.public_id}/end").status_code == 302
    assert client.get("/people/").status_code == 404


def test_what_was_lent_is_not_lent_on(cast: Cast, administrator: Person) -> None:
    own, today = administrator.role_assignments.get(), clock.today()
    lend(administrator, own, "o01", today, today + DAY)
    lent = RoleAssignment.objects.get(delegated_from=own)
    assert lend(cast.officer, lent, "h01", today, today + DAY).status_code == 422
    # Even a row that got there another way gives nothing.
    RoleAssignment.objects.create(
        person=cast.head,
        role=lent.role,
        code_low=lent.code_low,
        code_high=lent.code_high,
        valid_from=today,
        valid_to=today,
        delegated_from=lent,
    )
    assert signed_in(cast.head).get("/people/new").status_code == 404


@pytest.mark.parametrize("fault", ["stranger", "beyond", "past", "too long", "turned", "second power", "not own"])
def test_nobody_lends_more_than_they_hold(cast: Cast, administrator: Person, fault: str) -> None:
    own, today = administrator.role_assignments.get(), clock.today()
    first, last, to, more = today, today + DAY, "o01", {}
    if fault == "stranger":
        to = cast.stranger.source_id + "x"
    elif fault == "beyond":
        far = cast.points[0].school
        type(far).objects.filter(pk=far.pk).update(region_code=cast.stranger.county_code)
        more = {"school": far.public_id}
    elif fault == "past":
        first = today - DAY
    elif fault == "too long":
        last = today + 181 * DAY
    elif fault == "turned":
        first, last = today + DAY, today
    elif fault == "second power":
        give(cast.officer, Role.AUDITOR, cast)
    else:
        own = cast.officer.role_assignments.get()
    before = RoleAssignment.objects.count()
    assert lend(administrator, own, to, first, last, **more).status_code == 422
    assert RoleAssignment.objects.count() == before


def test_a_part_of_the_node_is_lent(cast: Cast, administrator: Person) -> None:
    own, today, school = administrator.role_assignments.get(), clock.today(), cast.points[1].school
    assert lend(administrator, own, "o01", today, today, school=school.public_id).status_code == 302
    page = signed_in(cast.officer).get("/people/").content.decode()
    assert cast.points[1].local.name in page
    assert cast.points[0].local.name not in page


def test_of_two_people_with_one_user_name_none_is_taken_for_the_other(cast: Cast) -> None:
    """Above a county user names are not unique: the lender says which county."""
    whole = region(420000000000, "湖北省", 2)
    one = person("某省厅", "prov", Role.ADMINISTRATION_OFFICER, at=whole)
    here = person("本县干部", "o77", county=421223000000)
    there = person("邻县干部", "o77", county=421224000000)
    own, today = one.role_assignments.get(), clock.today().isoformat()
    form = {"row": own.public_id, "first": today, "last": today}
    answer = signed_in(one).post("/lending/", form | {"to": "o77"})
    assert answer.status_code == 422
    assert not RoleAssignment.objects.filter(delegated_from=own).exists()
    assert signed_in(one).post("/lending/", form | {"to": "421224-o77"}).status_code == 302
    assert RoleAssignment.objects.get(delegated_from=own).person == there
    assert not here.role_assignments.exists()


# ---- substitutes


def substitute(head: Person, row: RoleAssignment, who: Person, first: date, last: date):
    form = {"row": row.public_id, "substitute": who.public_id, "first": first.isoformat(), "last": last.isoformat()}
    return signed_in(head).post("/substitutes/", form)


def test_a_substitute_of_the_anchor_opens_the_studio_for_lessons_of_these_days(cast: Cast) -> None:
    today = clock.today()
    colleague = person("何老师", "t02", Role.ANCHOR_TEACHER, school=cast.anchor)
    soon = add_lesson(cast, clock.now() + timedelta(minutes=5))
    later = add_lesson(cast, clock.now() + timedelta(days=3))
    studios = [f"/classroom/lessons/{one.public_id}/studio" for one in (soon, later)]
    assert [signed_in(colleague).get(address).status_code for address in studios] == [404, 404]
    role = cast.teacher.role_assignments.get()
    assert substitute(cast.head, role, colleague, today, today + DAY).status_code == 302
    assert [signed_in(colleague).get(address).status_code for address in studios] == [200, 404]
    assert signed_in(cast.teacher).get(studios[0]).status_code == 200
    row = RoleAssignment.objects.get(stands_in_for=cast.teacher)
    assert cast.teacher.name in signed_in(cast.head).get("/substitutes/").content.decode()
    assert signed_in(cast.head).post(f"/substitutes/{row.public_id}/end").status_code == 302
    assert signed_in(colleague).get(studios[0]).status_code == 404


def test_a_substitute_stands_in_at_the_school_that_named_them_and_nowhere_else(cast: Cast) -> None:
    """The absent teacher has a second school, whose head has named nobody."""
    RoleAssignment.objects.create(
        person=cast.teacher, role=Role.ANCHOR_TEACHER, school=cast.central, valid_from=LONG_AGO
    )
    colleague = person("何老师", "t02", Role.ANCHOR_TEACHER, school=cast.anchor)
    lesson = add_lesson(cast, clock.now() + timedelta(minutes=5), school=cast.central, studio=None)
    role = cast.teacher.role_assignments.get(school=cast.anchor)
    assert substitute(cast.head, role, colleague, clock.today(), clock.today()).status_code == 302
    pages = [f"/classroom/lessons/{lesson.public_id}/studio", f"/lessons/{lesson.public_id}"]
    assert [signed_in(colleague).get(page).status_code for page in pages] == [404, 404]
    assert [signed_in(cast.teacher).get(page).status_code for page in pages] == [200, 200]


def test_a_substitute_of_the_local_teacher_gets_the_phone(cast: Cast) -> None:
    point, today = cast.points[0], clock.today()
    head = person("廖校长", "h11", Role.SCHOOL_HEAD, school=point.school)
    helper = person("代课", "lp01-9", school=point.school)
    lesson = add_lesson(cast, clock.now() + timedelta(minutes=5))
    phone = f"/classroom/receptions/{lesson.receptions.get(school=point.school).public_id}/phone"
    assert signed_in(helper).get(phone).status_code == 404
    role = point.local.role_assignments.get()
    assert substitute(head, role, helper, today + DAY, today + DAY).status_code == 302
    assert signed_in(helper).get(phone).status_code == 404
    assert substitute(head, role, helper, today, today).status_code == 302
    assert signed_in(helper).get(phone).status_code == 200
    with time_machine.travel(clock.now() + 2 * DAY, tick=True):
        assert signed_in(helper).get(phone).status_code == 404


def test_a_head_names_substitutes_of_the_own_school_only(cast: Cast) -> None:
    today = clock.today()
    head = person("廖校长", "h11", Role.SCHOOL_HEAD, school=cast.points[0].school)
    role = cast.points[1].local.role_assignments.get()
    assert substitute(head, role, cast.points[0].local, today, today).status_code == 422
    assert substitute(cast.officer, role, cast.points[0].local, today, today).status_code == 404
    own = cast.points[0].local.role_assignments.get()
    assert substitute(head, own, cast.points[1].local, today, today).status_code == 422
    assert substitute(head, own, cast.points[0].local, today, today).status_code == 422
    assert not RoleAssignment.objects.filter(stands_in_for__isnull=False).exists()


# ---- scope


def test_a_chosen_scope_narrows_and_never_widens(cast: Cast) -> None:
    first, second = cast.points[0].school, cast.points[1].school
    head = person("两校校长", "h77", Role.SCHOOL_HEAD, school=first)
    RoleAssignment.objects.create(person=head, role=Role.SCHOOL_HEAD, school=second, valid_from=LONG_AGO)
    client = signed_in(head)
    names = [cast.points[0].local.name, cast.points[1].local.name]

    def seen() -> list[bool]:
        page = client.get("/people/").content.decode()
        return [name in page for name in names]

    assert seen() == [True, True]
    before = client.session.session_key
    assert client.post("/account/scope", {"scope": f"school-{second.public_id}"}).status_code == 302
    assert client.session.session_key != before
    assert seen() == [False, True]
    assert client.post("/account/scope", {"scope": f"school-{cast.points[2].school.public_id}"}).status_code == 404
    assert seen() == [False, True]
    client.post("/account/scope", {"scope": ""})
    assert seen() == [True, True]


def test_whoever_chooses_a_scope_has_not_signed_out(cast: Cast) -> None:
    client = signed_in(cast.head)
    assert client.post("/account/scope", {"scope": ""}).status_code == 302
    ended = Entry.objects.filter(action="session.ended")
    assert not ended.exists()
    client.post("/sign-out")
    assert ended.count() == 1


def test_the_top_bar_shows_places_and_the_term(cast: Cast) -> None:
    person("两校校长", "h77", Role.SCHOOL_HEAD, school=cast.points[0].school)
    who = Person.objects.get(source_id="h77")
    RoleAssignment.objects.create(person=who, role=Role.LOCAL_TEACHER, school=cast.central, valid_from=LONG_AGO)
    with time_machine.travel("2026-04-14T02:00:00Z", tick=True):
        page = signed_in(who).get("/people/").content.decode()
    assert cast.term.name in page
    assert f"school-{cast.central.public_id}" in page


# ---- guests


def test_guests_read_until_their_last_day_and_change_nothing(cast: Cast, administrator: Person) -> None:
    today = clock.today()
    lesson = add_lesson(cast, clock.now() + timedelta(minutes=5))
    guest = person("专家", "e01")
    address = f"/people/{guest.public_id}/roles"
    form = {"role": Role.EXPERT.value, "region": cast.county.code}
    assert signed_in(administrator).post(address, form).status_code == 422
    assert signed_in(administrator).post(address, form | {"until": today.isoformat()}).status_code == 302
    reads = f"/lessons/{lesson.public_id}"
    assert signed_in(guest).get(reads).status_code == 200
    assert signed_in(guest).post(f"/lessons/{lesson.public_id}/cancel", {"reason": "x"}).status_code == 404
    with time_machine.travel(clock.now() + DAY, tick=True):
        assert signed_in(guest).get(reads).status_code == 404


def test_an_expert_of_an_alliance_sees_its_lessons_alone(cast: Cast) -> None:
    lesson = add_lesson(cast, clock.now() + timedelta(minutes=5))
    guest = person("专家", "e01")
    row = RoleAssignment(person=guest, role=Role.EXPERT, group=cast.alliance.public_id, group_name=cast.alliance.name)
    row.valid_from, row.valid_to = LONG_AGO, clock.today()
    row.save()
    assert signed_in(guest).get(f"/lessons/{lesson.public_id}").status_code == 200
    RoleAssignment.objects.filter(pk=row.pk).update(group=cast.points[0].school.public_id)
    assert signed_in(guest).get(f"/lessons/{lesson.public_id}").status_code == 404


def test_a_guest_without_a_last_day_is_refused_by_the_database(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        give(cast.officer, Role.OBSERVER, cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        give(cast.officer, Role.SUPPORT, cast, last=clock.today())


def test_a_region_above_is_named(cast: Cast) -> None:
    province = region(420000000000, "湖北省", 2)
    above = person("省里来的", "p99", Role.SUBJECT_RESEARCHER, at=province)
    assert "湖北省" in signed_in(above).get("/").content.decode()
