"""The staff of a school: the list, slips with codes, roles; and what nobody may do with them."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from tests.cast import COUNTY, LONG_AGO, Cast, person, region, signed_in

from tongtang.access.models import Account, ActivationCode, Role, RoleAssignment
from tongtang.foundation import clock
from tongtang.people.models import Guardianship, Person, Post

CODE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}")


@pytest.fixture
def head(cast: Cast) -> Person:
    return person("廖校长", "h11", Role.SCHOOL_HEAD, school=cast.points[0].school)


@pytest.fixture
def administrator(cast: Cast) -> Person:
    return person("管理员", "admin", Role.SYSTEM_ADMINISTRATOR, at=cast.county)


def renew(who: Person, whose: Person):
    return signed_in(who).post(f"/people/{whose.public_id}/code")


def use(code: str, whose: Person):
    form = {"county": whose.county_code, "user_name": whose.source_id, "code": code}
    return Client().post("/activate", form | {"password": "a long enough one", "again": "a long enough one"})


def test_the_head_sees_the_own_school_those_who_never_signed_in_first(cast: Cast, head: Person) -> None:
    local = cast.points[0].local
    newcomer = person("新老师", "lp01-2", Role.LOCAL_TEACHER, school=cast.points[0].school)
    newcomer.account.delete()
    Account.objects.filter(person=local).update(last_login=clock.now())
    page = signed_in(head).get("/people/").content.decode()
    assert page.index(newcomer.name) < page.index(local.name)
    assert cast.points[1].local.name not in page
    assert cast.teacher.name not in page


def test_a_code_is_shown_once_and_opens(cast: Cast, head: Person) -> None:
    local = cast.points[0].local
    page = renew(head, local)
    code = CODE.search(page.content.decode())
    assert code
    assert "no-store" in page.headers["Cache-Control"]
    assert code[0] not in signed_in(head).get("/people/").content.decode()
    assert code[0] not in str(list(ActivationCode.objects.values()))
    assert use(code[0], local).status_code == 302


def test_first_slips_of_a_school_are_for_those_who_need_one(cast: Cast, head: Person) -> None:
    school = cast.points[0].school
    for number in range(2, 5):
        person(f"新老师{number}", f"lp01-{number}", Role.LOCAL_TEACHER, school=school).account.delete()
    Account.objects.filter(person=cast.points[0].local).update(last_login=clock.now())
    address = f"/schools/{school.public_id}/first-codes"
    assert len(CODE.findall(signed_in(head).post(address).content.decode())) == 3
    assert CODE.findall(signed_in(head).post(address).content.decode()) == []
    assert ActivationCode.objects.count() == 3


def test_a_head_cannot_become_somebody_above(cast: Cast, head: Person, administrator: Person) -> None:
    """A one-time code is the account itself."""
    school = cast.points[0].school
    Post.objects.create(person=administrator, school=school, weekly_cap=2, valid_from=LONG_AGO)
    officer = person("兼职干事", "o09", Role.LOCAL_TEACHER, school=school)
    RoleAssignment.objects.create(
        person=officer,
        role=Role.ADMINISTRATION_OFFICER,
        code_low=cast.county.span[0],
        code_high=cast.county.span[1],
        valid_from=LONG_AGO,
    )
    other_head = person("副校长", "h12", Role.SCHOOL_HEAD, school=school)
    for above in (administrator, officer, other_head, head):
        assert renew(head, above).status_code == 404
    assert renew(administrator, other_head).status_code == 200


def test_a_county_administrator_cannot_become_a_province(cast: Cast, administrator: Person) -> None:
    province = region(420000000000, "湖北省", 2)
    above = person("省里来的", "p99", Role.SUBJECT_RESEARCHER, at=province)
    assert renew(administrator, above).status_code == 404
    assert signed_in(administrator).get(f"/people/{above.public_id}/roles").status_code == 404
    assert renew(administrator, cast.officer).status_code == 200


def test_who_left_the_school_is_no_longer_its_heads(cast: Cast, head: Person) -> None:
    local = cast.points[0].local
    Post.objects.filter(person=local).update(valid_to=clock.today() - timedelta(days=1))
    assert renew(head, local).status_code == 404
    assert local.name not in signed_in(head).get("/people/").content.decode()


def test_an_administrator_makes_a_school_head_and_ends_it(cast: Cast, administrator: Person) -> None:
    local, school = cast.points[0].local, cast.points[0].school
    client = signed_in(administrator)
    address = f"/people/{local.public_id}/roles"
    given = {"role": Role.SCHOOL_HEAD.value, "school": school.public_id}
    assert signed_in(local).get("/people/").status_code == 404
    assert client.post(address, given).url == address
    assert client.post(address, given).url == address
    assert RoleAssignment.objects.filter(person=local, role=Role.SCHOOL_HEAD).count() == 1
    assert signed_in(local).get("/people/").status_code == 200
    assert school.name in client.get(address).content.decode()
    role = RoleAssignment.objects.get(person=local, role=Role.SCHOOL_HEAD)
    assert client.post(f"{address}/{role.public_id}/end").url == address
    assert signed_in(local).get("/people/").status_code == 404


def test_an_administrator_adds_an_officer(cast: Cast, administrator: Person) -> None:
    client = signed_in(administrator)
    form = {"region": COUNTY, "user_name": "o77", "name": "新干事"}
    address = client.post("/people/new", form).url
    assert client.post(address, {"role": Role.ADMINISTRATION_OFFICER.value, "region": COUNTY}).status_code == 302
    made = Person.objects.get(source_id="o77")
    assert made.from_roster is False
    assert made.name in client.get("/people/").content.decode()
    assert use(CODE.search(renew(administrator, made).content.decode())[0], made).status_code == 302
    assert client.post("/people/new", form).status_code == 422


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("system_administrator", "region"),
        ("school_head", "region"),
        ("school_head", "far school"),
        ("expert", "school"),
        ("security_administrator", "region"),
        ("auditor", "region"),
        ("support", "school"),
        ("technician", "far region"),
        ("technician", "province"),
        ("local_teacher", "school"),
        ("nothing", "school"),
    ],
)
def test_a_role_that_is_not_the_administrators_to_give(
    cast: Cast, administrator: Person, role: str, place: str
) -> None:
    far = cast.points[2].school
    type(far).objects.filter(pk=far.pk).update(region_code=cast.stranger.county_code)
    places = {
        "school": {"school": cast.points[0].school.public_id},
        "far school": {"school": far.public_id},
        "region": {"region": COUNTY},
        "far region": {"region": cast.stranger.county_code},
        "province": {"region": region(420000000000, "湖北省", 2).code},
    }
    local = cast.points[0].local
    before = RoleAssignment.objects.count()
    response = signed_in(administrator).post(f"/people/{local.public_id}/roles", {"role": role} | places[place])
    assert response.status_code == 422
    assert RoleAssignment.objects.count() == before


def test_the_list_costs_the_same_for_many(cast: Cast, administrator: Person, django_assert_max_num_queries) -> None:
    for number in range(60):
        person(f"教师{number}", f"x{number}", Role.LOCAL_TEACHER, school=cast.points[0].school)
    client = signed_in(administrator)
    with django_assert_max_num_queries(18):
        page = client.get("/people/").content.decode()
    assert "page=2" in page
    found = client.get("/people/", {"text": "x59"}).content.decode()
    assert "教师59" in found
    assert "教师58" not in found


def test_a_filter_that_cannot_be_read_shows_all(cast: Cast, administrator: Person) -> None:
    page = signed_in(administrator).get("/people/?school=nonsense&page=x&never=").content.decode()
    assert cast.teacher.name in page


@pytest.fixture
def guardian(cast: Cast) -> Person:
    """A mother with an account, known to the house by her child alone."""
    found = person("某家长", "g00000001", Role.GUARDIAN, school=cast.points[0].school)
    found.posts.all().delete()
    pupil = cast.points[0].pupils[0]
    Guardianship.objects.create(guardian=found, pupil=pupil, kind="mother", valid_from=LONG_AGO)
    return found


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR])
def test_families_are_no_staff(cast: Cast, guardian: Person, role: Role) -> None:
    """With a code of hers an administrator would be the mother, and see the child."""
    office = person("某管理员", "office", role, at=cast.county)
    assert cast.officer.name in signed_in(office).get("/people/").content.decode()
    assert guardian.name not in signed_in(office).get("/people/").content.decode()
    assert renew(office, guardian).status_code == 404
    assert signed_in(office).get(f"/people/{guardian.public_id}/roles").status_code == 404
    assert signed_in(office).get(f"/security/{guardian.public_id}/factors").status_code == 404


def test_no_role_is_lent_to_a_family(cast: Cast, guardian: Person, administrator: Person) -> None:
    own = administrator.role_assignments.get()
    days = {"first": clock.today().isoformat(), "last": clock.today().isoformat()}
    form = {"row": own.public_id, "to": guardian.source_id} | days
    assert signed_in(administrator).post("/lending/", form).status_code == 422
    assert not RoleAssignment.objects.filter(delegated_from=own).exists()
    assert signed_in(administrator).post("/lending/", form | {"to": cast.officer.source_id}).status_code == 302


def test_an_official_with_a_child_stays_one(cast: Cast, administrator: Person) -> None:
    pupil = cast.points[0].pupils[0]
    Guardianship.objects.create(guardian=cast.officer, pupil=pupil, kind="father", valid_from=LONG_AGO)
    assert cast.officer.name in signed_in(administrator).get("/people/").content.decode()
