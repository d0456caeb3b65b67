"""What the rows of a OneRoster package say of one another: references, types of sessions, primary roles, lengths."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date

from django.utils.translation import gettext as _

from tongtang.exchange.county.damage import DamageList
from tongtang.exchange.oneroster import layout
from tongtang.exchange.oneroster.package import Package, Record

Known = Mapping[str, Collection[str]]
OF_A_YEAR = ("schoolYear",)
OF_A_TERM = ("term", "semester")


def check_package(package: Package, known: Known) -> None:
    """Add to the package's damage what does not fit; `known`: ids by file key that are in the house already."""
    for key, table in layout.TABLES.items():
        for record in package.rows(key).values():
            if record.is_active:
                _check_references(package, table, record, known)
                _check_subjects(f"{key}.csv", record, package.damage)
    _check_days(package)
    _check_session_types(package)
    _check_primary_roles(package, known)
    _check_demographics(package, known)


def _exists(package: Package, key: str, sourced_id: str, known: Known) -> bool:
    """A row of the zip that stays, or one known already where the zip does not hold that whole file."""
    record = package.rows(key).get(sourced_id)
    if record is not None:
        return record.is_active
    return package.modes.get(key) != layout.BULK and sourced_id in known.get(key, ())


def _check_references(package: Package, table: layout.Table, record: Record, known: Known) -> None:
    for column in table.columns:
        if not column.of or record.cells.get(column.name) is None:
            continue
        value = record.cells[column.name]
        for wanted in value if isinstance(value, tuple) else (str(value),):
            if not _exists(package, column.of, wanted, known):
                sentence = _("There is no such row in %(file)s; add it or correct the id.")
                package.damage.add(
                    table.file, record.line, column.name, wanted, sentence % {"file": f"{column.of}.csv"}
                )
    _check_cycle(package, table, record)


def _check_cycle(package: Package, table: layout.Table, record: Record) -> None:
    """A parent is never its own descendant."""
    if table not in (layout.ORGS, layout.SESSIONS):
        return
    seen, above = {record.sourced_id}, record.word("parentSourcedId")
    rows = package.rows(table.key)
    while above:
        if above in seen:
            sentence = _("The rows stand above one another in a circle; correct the parent.")
            package.damage.add(table.file, record.line, "parentSourcedId", above, sentence)
            return
        seen.add(above)
        above = rows[above].word("parentSourcedId") if above in rows else ""


def _check_subjects(file: str, record: Record, damage: DamageList) -> None:
    if "subjects" not in record.cells:
        return
    subjects, codes = record.words("subjects"), record.words("subjectCodes")
    if len(subjects) != len(codes):
        sentence = _("subjects has %(subjects)d entries and subjectCodes %(codes)d; the lists have equal length.")
        values = {"subjects": len(subjects), "codes": len(codes)}
        damage.add(file, record.line, "subjectCodes", ",".join(codes), sentence % values)


def _check_days(package: Package) -> None:
    for key, begin in (("academicSessions", "startDate"), ("roles", "beginDate"), ("enrollments", "beginDate")):
        for record in package.rows(key).values():
            first, end = record.cells.get(begin), record.cells.get("endDate")
            if isinstance(first, date) and isinstance(end, date) and end <= first:
                sentence = _("endDate is the day after the last one: it must be later than %(column)s.")
                package.damage.add(f"{key}.csv", record.line, "endDate", end.isoformat(), sentence % {"column": begin})


def _check_session_types(package: Package) -> None:
    sessions = package.rows("academicSessions")
    for key, column, types in (
        ("courses", "schoolYearSourcedId", OF_A_YEAR),
        ("classes", "termSourcedIds", OF_A_TERM),
    ):
        for record in package.rows(key).values():
            named = record.words(column) or ((record.word(column),) if record.word(column) else ())
            for wanted in named:
                if wanted in sessions and sessions[wanted].word("type") not in types:
                    sentence = _("This session is not of the type %(types)s; name another one.")
                    values = {"types": ", ".join(types)}
                    package.damage.add(f"{key}.csv", record.line, column, wanted, sentence % values)


def _check_primary_roles(package: Package, known: Known) -> None:
    """Exactly one primary role a user; in a delta a user who is known already may stand without one."""
    active = [record for record in package.rows("roles").values() if record.is_active]
    primary = Counter(record.word("userSourcedId") for record in active if record.word("roleType") == "primary")
    for record in active:
        user = record.word("userSourcedId")
        if record.word("roleType") == "primary" and primary[user] > 1:
            sentence = _("This person has %(count)d primary roles; leave one.")
            package.damage.add("roles.csv", record.line, "roleType", user, sentence % {"count": primary[user]})
    for sourced_id, record in package.rows("users").items():
        if record.is_active and not primary[sourced_id] and not _has_role(package, sourced_id, known):
            sentence = _("This person has no primary role in roles.csv; add one.")
            package.damage.add("users.csv", record.line, "sourcedId", sourced_id, sentence)


def _has_role(package: Package, user: str, known: Known) -> bool:
    return package.modes.get("roles") != layout.BULK and user in known.get("users", ())


def _check_demographics(package: Package, known: Known) -> None:
    """The id of a row of demographics is that of its user (section 4.6)."""
    for sourced_id, record in package.rows("demographics").items():
        if record.is_active and not _exists(package, "users", sourced_id, known):
            sentence = _("There is no such row in %(file)s; add it or correct the id.")
            values = {"file": "users.csv"}
            package.damage.add("demographics.csv", record.line, "sourcedId", sourced_id, sentence % values)
