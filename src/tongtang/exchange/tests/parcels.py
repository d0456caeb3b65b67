"""OneRoster zips and hostile parcels for tests, made in memory."""

import csv
import io
import zipfile
from collections.abc import Mapping

from tongtang.exchange.oneroster import layout

Rows = list[list[str]]


def text(header, rows) -> str:
    """A CSV file."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return target.getvalue()


def manifest(modes: Mapping[str, str], **other: str) -> str:
    rows = [["manifest.version", "1.0"], ["oneroster.version", "1.2"]]
    rows += [[f"file.{key}", modes.get(key, "absent")] for key in layout.FILE_KEYS]
    rows += [["source.systemName", "省学籍系统"], ["source.systemCode", "xj"]]
    return text(["propertyName", "value"], [[name, other.get(name, value)] for name, value in rows])


def line(key: str, source_id: str, status: str = "", modified: str = "", **cells: str) -> list[str]:
    table = layout.TABLES[key]
    return [source_id, status, modified, *(cells.get(column.name, "") for column in table.columns)]


def small_county() -> dict[str, Rows]:
    """One school with one homeroom, one teacher and two pupils."""
    return {
        "academicSessions": [
            line(
                "academicSessions",
                "y26",
                title="2025-2026",
                type="schoolYear",
                startDate="2025-09-01",
                endDate="2026-08-31",
                schoolYear="2026",
            ),
            line(
                "academicSessions",
                "t2",
                title="第二学期",
                type="term",
                startDate="2026-03-02",
                endDate="2026-07-04",
                parentSourcedId="y26",
                schoolYear="2026",
            ),
        ],
        "orgs": [
            line("orgs", "d1", name="崇阳县", type="district"),
            line("orgs", "s1", name="白霓镇中心小学", type="school", identifier="2142001234", parentSourcedId="d1"),
        ],
        "courses": [line("courses", "k1", schoolYearSourcedId="y26", title="班级", orgSourcedId="s1")],
        "classes": [
            line(
                "classes",
                "c1",
                title="一年级1班",
                grades="01",
                courseSourcedId="k1",
                classType="homeroom",
                schoolSourcedId="s1",
                termSourcedIds="t2",
            ),
        ],
        "users": [
            line("users", "u1", enabledUser="true", givenName="雯雯", familyName="沈"),
            line("users", "p1", enabledUser="true", givenName="小明", familyName="王"),
            line("users", "p2", enabledUser="true", givenName="静", familyName="欧阳"),
        ],
        "roles": [
            line("roles", "r1", userSourcedId="u1", roleType="primary", role="teacher", orgSourcedId="s1"),
            line("roles", "r2", userSourcedId="p1", roleType="primary", role="student", orgSourcedId="s1"),
            line("roles", "r3", userSourcedId="p2", roleType="primary", role="student", orgSourcedId="s1"),
        ],
        "enrollments": [
            line("enrollments", "e1", classSourcedId="c1", schoolSourcedId="s1", userSourcedId="p1", role="student"),
            line("enrollments", "e2", classSourcedId="c1", schoolSourcedId="s1", userSourcedId="p2", role="student"),
        ],
        "demographics": [
            line("demographics", "p1", birthDate="2018-05-01", sex="male"),
            line("demographics", "p2", birthDate="2018-06-01", sex="female"),
        ],
    }


def files_of(rows: Mapping[str, Rows], mode: str = "bulk", **other: str) -> dict[str, str]:
    """The files of a package by name; `other` overrides lines of the manifest."""
    files = {f"{key}.csv": text(layout.TABLES[key].header, lines) for key, lines in rows.items()}
    return {"manifest.csv": manifest(dict.fromkeys(rows, mode), **other), **files}


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()
