"""A county of this house as a OneRoster 1.2 bulk zip. Passwords, accounts and contact data are never in it."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from tongtang.exchange.oneroster import layout, names
from tongtang.exchange.oneroster.mapping import PUPIL_SUFFIX
from tongtang.exchange.state.values import CLASSES, PUPILS, SCHOOLS, TEACHERS, TERMS, Row, State

Cells = Sequence[object]
SYSTEM = "Tongtang"
# A fixed moment in the zip: the same county gives the same bytes.
STAMP = (2020, 1, 1, 0, 0, 0)
# The school year runs from September to August and is named by the year in which it ends.
FIRST_MONTH_OF_YEAR = 8


def bulk_zip(state: State, county: tuple[str, str]) -> bytes:
    """The zip of a county's state; `county` is its code and name."""
    files: dict[str, Iterable[Cells]] = {
        "academicSessions": _sessions(state[TERMS]),
        "orgs": _orgs(state[SCHOOLS], county),
        "courses": _courses(state[SCHOOLS], state[TERMS]),
        "classes": _classes(state[CLASSES], state[TERMS]),
        "users": _users(state),
        "roles": _roles(state, county[0]),
        "enrollments": _enrolments(state),
        "demographics": _demographics(state),
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, layout.MANIFEST, ("propertyName", "value"), _manifest(files, county[0]))
        for key in sorted(files):
            _add(archive, f"{key}.csv", layout.TABLES[key].header, files[key])
    return target.getvalue()


def _add(archive: zipfile.ZipFile, name: str, header: Sequence[str], rows: Iterable[Cells]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    info = zipfile.ZipInfo(name, STAMP)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, text.getvalue().encode())


def _manifest(files: Mapping[str, object], code: str) -> Iterable[Cells]:
    yield "manifest.version", "1.0"
    yield "oneroster.version", "1.2"
    for key in layout.FILE_KEYS:
        yield f"file.{key}", layout.BULK if key in files else layout.ABSENT
    yield "source.systemName", SYSTEM
    yield "source.systemCode", code


def _line(table: layout.Table, source_id: str, **cells: object) -> Cells:
    """A row of a bulk file: status and dateLastModified stay empty."""
    return [source_id, "", "", *(cells.get(column.name, "") for column in table.columns)]


def school_year(first_day: date) -> int:
    """The year in which the school year of a day ends."""
    return first_day.year + (first_day.month >= FIRST_MONTH_OF_YEAR)


def _year_id(year: int) -> str:
    return f"school-year-{year}"


def _sessions(terms: Mapping[str, Row]) -> Iterable[Cells]:
    years: dict[int, list[tuple[date, date]]] = {}
    for row in terms.values():
        first, last = (date.fromisoformat(str(row[name])) for name in ("first_day", "last_day"))
        years.setdefault(school_year(first), []).append((first, last))
    for year, spans in sorted(years.items()):
        first, last = min(span[0] for span in spans), max(span[1] for span in spans)
        yield _line(
            layout.SESSIONS,
            _year_id(year),
            title=f"{year - 1}-{year}",
            type="schoolYear",
            startDate=first,
            endDate=layout.end_date(last),
            schoolYear=year,
        )
    for source_id, row in sorted(terms.items()):
        first, last = (date.fromisoformat(str(row[name])) for name in ("first_day", "last_day"))
        year = school_year(first)
        yield _line(
            layout.SESSIONS,
            source_id,
            title=row["name"],
            type="term",
            startDate=first,
            endDate=layout.end_date(last),
            parentSourcedId=_year_id(year),
            schoolYear=year,
        )


def _org_id(code: str) -> str:
    return f"county-{code}"


def _orgs(schools: Mapping[str, Row], county: tuple[str, str]) -> Iterable[Cells]:
    yield _line(layout.ORGS, _org_id(county[0]), name=county[1], type="district", identifier=county[0])
    for source_id, row in sorted(schools.items()):
        parent = row["parent"] or _org_id(county[0])
        yield _line(
            layout.ORGS, source_id, name=row["name"], type="school", identifier=row["code"], parentSourcedId=parent
        )


def _course_id(school: object) -> str:
    return f"homeroom-{school}"


def _courses(schools: Mapping[str, Row], terms: Mapping[str, Row]) -> Iterable[Cells]:
    """OneRoster has no class without a course: one of homerooms for each school."""
    years = sorted({school_year(date.fromisoformat(str(row["first_day"]))) for row in terms.values()})
    year = _year_id(years[-1]) if years else ""
    for source_id, row in sorted(schools.items()):
        yield _line(
            layout.COURSES, _course_id(source_id), schoolYearSourcedId=year, title=row["name"], orgSourcedId=source_id
        )


def _classes(classes: Mapping[str, Row], terms: Mapping[str, Row]) -> Iterable[Cells]:
    for source_id, row in sorted(classes.items()):
        grades = row["grades"] if isinstance(row["grades"], list) else []
        yield _line(
            layout.CLASSES,
            source_id,
            title=row["name"],
            grades=",".join(f"{int(grade):02d}" for grade in grades),
            courseSourcedId=_course_id(row["school"]),
            classType="homeroom",
            schoolSourcedId=row["school"],
            termSourcedIds=",".join(sorted(terms)),
        )


def _user_id(state: State, pupil: str) -> str:
    """The id of a pupil among the users: marked where a member of staff has the same."""
    return f"{pupil}{PUPIL_SUFFIX}" if pupil in state[TEACHERS] or pupil.endswith(PUPIL_SUFFIX) else pupil


def _users(state: State) -> Iterable[Cells]:
    people = [(source_id, row) for source_id, row in state[TEACHERS].items()]
    people += [(_user_id(state, source_id), row) for source_id, row in state[PUPILS].items()]
    for source_id, row in sorted(people):
        family, given = names.split(str(row["name"]))
        yield _line(layout.USERS, source_id, enabledUser="true", givenName=given, familyName=family)


def _roles(state: State, code: str) -> Iterable[Cells]:
    for source_id, row in sorted(state[TEACHERS].items()):
        posts = row["posts"] if isinstance(row["posts"], list) else []
        for number, org in enumerate(posts or [_org_id(code)]):
            kind = "secondary" if number else "primary"
            yield _role(source_id, org, "teacher", kind)
    for source_id, row in sorted(state[PUPILS].items()):
        school = state[CLASSES].get(str(row["class"]), {}).get("school") or _org_id(code)
        yield _role(_user_id(state, source_id), school, "student", "primary")


def _role(user: str, org: object, role: str, kind: str) -> Cells:
    return _line(
        layout.ROLE_ROWS,
        f"{user}@{org}"[: layout.ID_LENGTH],
        userSourcedId=user,
        roleType=kind,
        role=role,
        orgSourcedId=org,
    )


def _enrolments(state: State) -> Iterable[Cells]:
    for source_id, row in sorted(state[PUPILS].items()):
        home = state[CLASSES].get(str(row["class"]))
        if home is None:
            continue
        user = _user_id(state, source_id)
        yield _line(
            layout.ENROLMENTS,
            f"{user}@{row['class']}"[: layout.ID_LENGTH],
            classSourcedId=row["class"],
            schoolSourcedId=home["school"],
            userSourcedId=user,
            role="student",
            primary="false",
        )


def _demographics(state: State) -> Iterable[Cells]:
    for source_id, row in sorted(state[PUPILS].items()):
        yield _line(layout.DEMOGRAPHICS, _user_id(state, source_id), birthDate=row["birth_date"], sex=row["sex"])
