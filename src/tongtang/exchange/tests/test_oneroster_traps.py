"""OneRoster files that would do more than they say: other people's ids, roles of families, codes, what comes back."""

import pytest
from tests.cast import COUNTY, make_cast, person

from tongtang.access.models import Role, RoleAssignment
from tongtang.exchange.models import ImportRun
from tongtang.exchange.oneroster import layout
from tongtang.exchange.tests.parcels import files_of, line, small_county, zipped
from tongtang.exchange.tests.test_import_runs import STAMP, applied, as_delta, handed_in, totals
from tongtang.organisations.models import School
from tongtang.people.models import Person, Post, Pupil


@pytest.fixture
def cast(db):
    return make_cast(2, sizes=[2, 3])


def renamed(rows, key: str, number: int, **cells: str):
    """`rows` with cells of one line changed."""
    header = list(layout.TABLES[key].header)
    for name, value in cells.items():
        rows[key][number][header.index(name)] = value
    return rows


def test_the_id_of_somebody_added_by_hand_is_refused(cast) -> None:
    keeper = person("管理员", "u1", Role.SYSTEM_ADMINISTRATOR, at=cast.county)
    Person.objects.filter(pk=keeper.pk).update(from_roster=False, county_code=COUNTY)
    run = handed_in(as_delta(small_county()))
    assert (run.state, [one["value"] for one in run.findings]) == (ImportRun.State.REFUSED, ["u1"])
    keeper.refresh_from_db()
    assert (keeper.name, keeper.from_roster) == ("管理员", False)


@pytest.mark.parametrize("role", ["guardian", "parent", "relative", "student"])
def test_a_teacher_who_is_a_parent_elsewhere_has_no_post_there(cast, role) -> None:
    rows = small_county()
    rows["orgs"].append(line("orgs", "s2", name="别校", type="school", parentSourcedId="d1"))
    rows["roles"].append(line("roles", "r9", userSourcedId="u1", roleType="secondary", role=role, orgSourcedId="s2"))
    applied(as_delta(rows))
    assert list(Post.objects.filter(person__source_id="u1").values_list("school__source_id", flat=True)) == ["s1"]
    held = RoleAssignment.objects.filter(person__source_id="u1").values_list("school__source_id", flat=True)
    assert list(held) == ["s1"]


def test_a_parents_role_that_ends_leaves_the_post(cast) -> None:
    applied(as_delta(small_county()))
    cells = {"userSourcedId": "u1", "roleType": "secondary", "role": "parent", "orgSourcedId": "s1"}
    gone = {"roles": [line("roles", "r9", "tobedeleted", "2026-04-01T00:00:00Z", **cells)]}
    assert totals(handed_in(zipped(files_of(gone, mode="delta"))))["changed"] == 0


def test_a_teacher_is_no_pupil_of_the_same_id(cast) -> None:
    rows = small_county()
    applied(as_delta(rows))
    Pupil.objects.filter(source_id="p1").update(source_id="u1")
    users = [
        line("users", "u1", "active", "2026-04-01T00:00:00Z", enabledUser="true", givenName="新名", familyName="沈")
    ]
    applied(zipped(files_of({"users": users}, mode="delta")))
    assert (Person.objects.get(source_id="u1").name, Pupil.objects.get(source_id="u1").name) == ("沈新名", "王小明")


def test_a_delta_names_the_pupil_among_two_of_one_id(cast) -> None:
    applied(as_delta(small_county()))
    Pupil.objects.filter(source_id="p1").update(source_id="u1")
    stamp = "2026-04-01T00:00:00Z"
    rows = {
        "users": [line("users", "u1~pupil", "active", stamp, enabledUser="true", givenName="晓明", familyName="王")],
        "demographics": [line("demographics", "u1~pupil", "active", stamp, birthDate="2018-05-01", sex="male")],
    }
    applied(zipped(files_of(rows, mode="delta")))
    assert (Person.objects.get(source_id="u1").name, Pupil.objects.get(source_id="u1").name) == ("沈雯雯", "王晓明")


def test_a_school_code_of_another_school_is_a_finding(cast) -> None:
    School.objects.filter(pk=cast.points[0].school.pk).update(code="2142001234")
    run = handed_in(as_delta(small_county()))
    assert (run.state, [one["value"] for one in run.findings]) == (ImportRun.State.REFUSED, ["2142001234"])


def test_a_school_code_twice_in_the_file_is_a_finding(cast) -> None:
    rows = small_county()
    rows["orgs"].append(line("orgs", "s2", name="别校", type="school", identifier="2142001234", parentSourcedId="d1"))
    run = handed_in(as_delta(rows))
    assert (run.state, {one["value"] for one in run.findings}) == (ImportRun.State.REFUSED, {"2142001234"})


def test_a_term_of_one_day_is_a_finding(cast) -> None:
    run = handed_in(as_delta(renamed(small_county(), "academicSessions", 1, endDate="2026-03-03")))
    assert (run.state, [one["file"] for one in run.findings]) == (ImportRun.State.REFUSED, ["academicSessions.csv"])


def test_a_school_that_comes_back_is_what_it_was(cast) -> None:
    applied(as_delta(small_county()))
    School.objects.filter(source_id="s1").update(kind=School.Kind.CENTRAL_SCHOOL, link_mbps=100, max_streams=9)
    School.objects.filter(source_id="s1").update(ended_on="2026-03-02")
    rows = {key: small_county()[key] for key in ("orgs",)}
    stamped = {key: [[one[0], "active", STAMP, *one[3:]] for one in lines] for key, lines in rows.items()}
    applied(zipped(files_of(stamped, mode="delta")))
    school = School.objects.get(source_id="s1")
    assert (school.ended_on, school.kind, school.link_mbps, school.max_streams) == (None, "central_school", 100, 9)


def test_two_schools_exchange_their_codes(cast) -> None:
    rows = small_county()
    rows["orgs"].append(line("orgs", "s2", name="别校", type="school", identifier="2142005678", parentSourcedId="d1"))
    applied(as_delta(rows))
    rows["orgs"][1][5], rows["orgs"][2][5] = rows["orgs"][2][5], rows["orgs"][1][5]
    applied(as_delta(rows))
    codes = School.objects.filter(source_id__in=("s1", "s2")).order_by("source_id").values_list("code", flat=True)
    assert list(codes) == ["2142005678", "2142001234"]
