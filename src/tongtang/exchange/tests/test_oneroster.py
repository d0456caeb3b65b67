"""OneRoster 1.2 CSV (1EdTech CSV Binding 1.2): defects are named where they stand; what is read is what was meant."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtang.exchange.oneroster import layout, names
from tongtang.exchange.oneroster.package import Package, read_package
from tongtang.exchange.oneroster.relations import check_package
from tongtang.exchange.parcels.archive import unpack
from tongtang.exchange.tests.parcels import files_of, line, manifest, small_county, text, zipped

STAMP = "2026-03-01T08:00:00.000Z"


def package_of(files, tmp_path: Path, known=None) -> Package:
    folder = tmp_path / "files"
    folder.mkdir()
    unpack(io.BytesIO(zipped(files)), folder, (".csv",))
    package = read_package(folder)
    if not package.damage:
        check_package(package, known or {})
    return package


def places(package: Package) -> set[tuple[str, int, str]]:
    return {(one.file, one.line, one.column) for one in package.damage.found}


def test_a_whole_package_has_no_findings(tmp_path) -> None:
    package = package_of(files_of(small_county()), tmp_path)
    assert places(package) == set()
    assert package.system == "省学籍系统"
    assert package.rows("users")["p2"].word("familyName") == "欧阳"


def changed(key: str, row: int, **cells: str):
    """The small county with cells of one row changed, as files."""
    county = small_county()
    header = list(layout.TABLES[key].header)
    for name, value in cells.items():
        county[key][row][header.index(name)] = value
    return files_of(county)


# Name -> files, place of the finding. Sections are those of the CSV binding.
DEFECTS = {
    "manifest: a file key is missing": (
        {**files_of(small_county()), "manifest.csv": manifest({}).replace("file.scoreScales,absent\n", "")},
        ("manifest.csv", 0, "propertyName"),
    ),
    "manifest: unknown key": (
        {**files_of(small_county()), "manifest.csv": manifest(dict.fromkeys(small_county(), "bulk")) + "file.x,bulk\n"},
        ("manifest.csv", 27, "propertyName"),
    ),
    "manifest: unknown mode": (files_of(small_county(), **{"file.orgs": "BULK"}), ("manifest.csv", 15, "value")),
    "manifest: other version": (files_of(small_county(), **{"oneroster.version": "1.1"}), ("manifest.csv", 3, "value")),
    "manifest: header": ({"manifest.csv": "name,value\n"}, ("manifest.csv", 1, "")),
    "manifest: none": ({"orgs.csv": "x\n"}, ("manifest.csv", 0, "")),
    "manifest: names an absent file": (files_of(small_county(), **{"file.results": "bulk"}), ("results.csv", 0, "")),
    "manifest: hides a file": (files_of(small_county(), **{"file.orgs": "absent"}), ("orgs.csv", 0, "")),
    "a file that the standard does not know": ({**files_of(small_county()), "extra.csv": "a\n"}, ("extra.csv", 0, "")),
    "header: other letters": (
        {**files_of(small_county()), "orgs.csv": ",".join(layout.ORGS.header).lower() + "\n"},
        ("orgs.csv", 1, "sourcedId"),
    ),
    "header: other order": (
        {**files_of(small_county()), "orgs.csv": ",".join(layout.ORGS.header).replace("name,type", "type,name") + "\n"},
        ("orgs.csv", 1, "name"),
    ),
    "header: column too many": (
        {**files_of(small_county()), "orgs.csv": ",".join(layout.ORGS.header) + ",colour\n"},
        ("orgs.csv", 1, "colour"),
    ),
    "not UTF-8": ({**files_of(small_county()), "orgs.csv": "教学点".encode("gbk")}, ("orgs.csv", 1, "")),
    "open quotation mark": (
        {**files_of(small_county()), "orgs.csv": ",".join(layout.ORGS.header) + '\n"a,b\n'},
        ("orgs.csv", 2, ""),
    ),
    "too few cells": (
        {**files_of(small_county()), "orgs.csv": ",".join(layout.ORGS.header) + "\na,b\n"},
        ("orgs.csv", 2, ""),
    ),
    "bulk with status": (changed("orgs", 1, status="active"), ("orgs.csv", 3, "status")),
    "bulk with dateLastModified": (changed("orgs", 1, dateLastModified=STAMP), ("orgs.csv", 3, "dateLastModified")),
    "no id": (changed("orgs", 1, sourcedId=""), ("orgs.csv", 3, "sourcedId")),
    "id twice": (changed("users", 1, sourcedId="u1"), ("users.csv", 3, "sourcedId")),
    "unknown kind of organisation": (changed("orgs", 1, type="School"), ("orgs.csv", 3, "type")),
    "unknown kind of session": (changed("academicSessions", 1, type="month"), ("academicSessions.csv", 3, "type")),
    "unknown kind of class": (changed("classes", 0, classType="club"), ("classes.csv", 2, "classType")),
    "unknown role": (changed("roles", 0, role="boss"), ("roles.csv", 2, "role")),
    "unknown kind of role": (changed("roles", 0, roleType="first"), ("roles.csv", 2, "roleType")),
    "unknown role of an enrolment": (changed("enrollments", 0, role="pupil"), ("enrollments.csv", 2, "role")),
    "unknown sex": (changed("demographics", 0, sex="男"), ("demographics.csv", 2, "sex")),
    "not a boolean": (changed("users", 0, enabledUser="1"), ("users.csv", 2, "enabledUser")),
    "not a date": (changed("demographics", 0, birthDate="2018/5/1"), ("demographics.csv", 2, "birthDate")),
    "no such date": (changed("demographics", 0, birthDate="2018-02-30"), ("demographics.csv", 2, "birthDate")),
    "not a year": (changed("academicSessions", 1, schoolYear="26"), ("academicSessions.csv", 3, "schoolYear")),
    "formula as a name": (changed("users", 0, givenName="=1+1"), ("users.csv", 2, "givenName")),
    "unknown school": (changed("classes", 0, schoolSourcedId="s9"), ("classes.csv", 2, "schoolSourcedId")),
    "unknown course": (changed("classes", 0, courseSourcedId="k9"), ("classes.csv", 2, "courseSourcedId")),
    "unknown term in a list": (changed("classes", 0, termSourcedIds="t2,t9"), ("classes.csv", 2, "termSourcedIds")),
    "unknown user of a role": (changed("roles", 0, userSourcedId="u9"), ("roles.csv", 2, "userSourcedId")),
    "unknown class of an enrolment": (
        changed("enrollments", 0, classSourcedId="c9"),
        ("enrollments.csv", 2, "classSourcedId"),
    ),
    "unknown parent": (changed("orgs", 1, parentSourcedId="d9"), ("orgs.csv", 3, "parentSourcedId")),
    "parents in a circle": (changed("orgs", 0, parentSourcedId="s1"), ("orgs.csv", 2, "parentSourcedId")),
    "demographics of nobody": (changed("demographics", 0, sourcedId="p9"), ("demographics.csv", 2, "sourcedId")),
    "a course's year is a term": (
        changed("courses", 0, schoolYearSourcedId="t2"),
        ("courses.csv", 2, "schoolYearSourcedId"),
    ),
    "a class's term is a year": (changed("classes", 0, termSourcedIds="y26"), ("classes.csv", 2, "termSourcedIds")),
    "subjects and codes differ": (
        changed("classes", 0, subjects="语文,数学", subjectCodes="13"),
        ("classes.csv", 2, "subjectCodes"),
    ),
    "endDate is exclusive": (
        changed("academicSessions", 1, endDate="2026-03-02"),
        ("academicSessions.csv", 3, "endDate"),
    ),
    "no primary role": (changed("roles", 0, roleType="secondary"), ("users.csv", 2, "sourcedId")),
    "two primary roles": (changed("roles", 0, userSourcedId="p1"), ("roles.csv", 2, "roleType")),
}


@pytest.mark.parametrize(("files", "place"), DEFECTS.values(), ids=DEFECTS.keys())
def test_a_defect_is_named_where_it_stands(files, place, tmp_path) -> None:
    package = package_of(files, tmp_path)
    assert place in places(package)
    assert all(one.message for one in package.damage.found)


def delta(rows) -> dict[str, str]:
    return files_of(rows, mode="delta")


def test_a_delta_may_refer_to_what_is_known(tmp_path) -> None:
    rows = {"orgs": [line("orgs", "s2", "active", STAMP, name="新校", type="school", parentSourcedId="d1")]}
    assert places(package_of(delta(rows), tmp_path, {"orgs": {"d1"}})) == set()


def test_a_delta_may_not_refer_to_what_nobody_knows(tmp_path) -> None:
    rows = {"orgs": [line("orgs", "s2", "active", STAMP, name="新校", type="school", parentSourcedId="d1")]}
    assert places(package_of(delta(rows), tmp_path)) == {("orgs.csv", 2, "parentSourcedId")}


@pytest.mark.parametrize(
    ("status", "stamp", "column"),
    [
        ("", STAMP, "status"),
        ("active", "", "dateLastModified"),
        ("gone", STAMP, "status"),
        ("active", "2026-03-01", "dateLastModified"),
        ("active", "2026-03-01T25:00:00Z", "dateLastModified"),
    ],
)
def test_a_delta_needs_status_and_moment(status, stamp, column, tmp_path) -> None:
    rows = {"orgs": [line("orgs", "s2", status, stamp, name="新校", type="school")]}
    assert places(package_of(delta(rows), tmp_path)) == {("orgs.csv", 2, column)}


def test_extension_columns_are_let_be(tmp_path) -> None:
    county = small_county()
    files = files_of(county)
    files["orgs.csv"] = text([*layout.ORGS.header, "metadata.colour"], [[*row, "red"] for row in county["orgs"]])
    assert places(package_of(files, tmp_path)) == set()


@given(st.text(min_size=1, max_size=30))
def test_a_name_survives_its_two_halves(name: str) -> None:
    assert names.joined(*names.split(name)) == name


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("王小明", ("王", "小明")),
        ("欧阳静", ("欧阳", "静")),
        ("欧阳", ("欧", "阳")),
        ("Anna Maria Li", ("Li", "Anna Maria")),
        ("艾力·买买提", ("艾", "力·买买提")),
        ("王", (".", "王")),
    ],
)
def test_halves_of_names(name, parts) -> None:
    assert names.split(name) == parts
