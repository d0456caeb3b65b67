"""A roster that renames a school or moves a class says nothing of the days before."""

from datetime import timedelta

import pytest
from tests.cast import make_cast, person, signed_in

from tongtang.access.models import Role
from tongtang.exchange.tests.folders import load, set_cell
from tongtang.exchange.tests.parcels import line, small_county
from tongtang.exchange.tests.test_import_runs import applied, as_delta
from tongtang.exchange.tests.test_sources import correct
from tongtang.foundation import clock
from tongtang.organisations.api import names_at, schools_of_classes_on
from tongtang.organisations.models import HomeClass, School, SchoolName


def days():
    return clock.today() - timedelta(days=1), clock.today()


def test_a_folder_keeps_names_and_places(folder, divisions, capsys) -> None:
    assert load(capsys, folder)[0] == 0
    one, school = HomeClass.objects.get(source_id="p01-g1"), School.objects.get(source_id="p01")
    old = school.name
    line_of_school = [row.split(",")[0] for row in (folder / "schools.csv").read_text().split("\n")].index("p01") + 1
    set_cell(folder, "schools.csv", line_of_school, "name", "新名小学")
    set_cell(folder, "classes.csv", 2, "school_id", "p02")
    code, report = load(capsys, folder)
    assert (code, report["errors"]) == (0, [])
    yesterday, today = days()
    school.refresh_from_db()
    assert list(names_at([(school, yesterday), (school, today)]).values()) == [old, "新名小学"]
    assert schools_of_classes_on([one.pk], yesterday) == {one.pk: school.pk}
    assert schools_of_classes_on([one.pk], today) == {one.pk: School.objects.get(source_id="p02").pk}


@pytest.fixture
def cast(db):
    return make_cast(1, sizes=[1])


def test_a_oneroster_delta_keeps_names_and_places(cast) -> None:
    rows = small_county()
    rows["orgs"].append(line("orgs", "s2", name="别校", type="school", parentSourcedId="d1"))
    applied(as_delta(rows))
    rows["orgs"][1][3] = "新名小学"
    rows["classes"][0][rows["classes"][0].index("s1")] = "s2"
    applied(as_delta(rows))
    school, one = School.objects.get(source_id="s1"), HomeClass.objects.get(source_id="c1")
    yesterday, today = days()
    assert list(names_at([(school, yesterday), (school, today)]).values()) == ["白霓镇中心小学", "新名小学"]
    assert schools_of_classes_on([one.pk], yesterday) == {one.pk: school.pk}
    assert one.school.source_id == "s2"


def test_a_name_corrected_by_hand_never_was(cast) -> None:
    applied(as_delta(small_county()))
    desk = signed_in(person("管理员", "adm", Role.SYSTEM_ADMINISTRATOR, at=cast.county))
    assert correct(desk, "name", "正名小学", "s1", "schools").status_code == 302
    assert not SchoolName.objects.exists()
