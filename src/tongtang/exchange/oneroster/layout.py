"""OneRoster 1.2 CSV binding: the 21 files, the columns of those that are read, and what each cell may hold.

Source: 1EdTech OneRoster 1.2 CSV Binding, sections 4.1 to 4.21. Header names are case-sensitive and in this order.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.translation import gettext as _

from tongtang.exchange.county.cells import FORMULA_STARTS, UNPRINTABLE, BadCell

MANIFEST = "manifest.csv"
ABSENT, BULK, DELTA = "absent", "bulk", "delta"
FILE_KEYS = (
    "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics",
    "enrollments", "lineItemLearningObjectiveIds", "lineItems", "lineItemScoreScales", "orgs", "resources",
    "resultLearningObjectiveIds", "results", "resultScoreScales", "roles", "scoreScales", "userProfiles",
    "userResources", "users",
)  # fmt: skip
MANIFEST_KEYS = ("manifest.version", "oneroster.version", *(f"file.{name}" for name in FILE_KEYS))
OPTIONAL_KEYS = ("source.systemName", "source.systemCode")
FIXED_VALUES = {"manifest.version": "1.0", "oneroster.version": "1.2"}
COMMON = ("sourcedId", "status", "dateLastModified")
EXTENSION = "metadata."

STATUSES = ("active", "tobedeleted")
SESSION_TYPES = ("gradingPeriod", "semester", "schoolYear", "term")
ORG_TYPES = ("department", "school", "district", "local", "state", "national")
CLASS_TYPES = ("homeroom", "scheduled")
ROLE_TYPES = ("primary", "secondary")
ROLES = (
    "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor", "relative",
    "siteAdministrator", "student", "systemAdministrator", "teacher",
)  # fmt: skip
ENROLMENT_ROLES = ("administrator", "proctor", "student", "teacher")
SEXES = ("male", "female", "other", "unspecified")
TEXT_LENGTH, ID_LENGTH = 256, 64
YEAR = re.compile(r"[0-9]{4}")
DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")
Parser = Callable[[str], object]


@dataclass(frozen=True)
class Column:
    """One column: `parse` of a cell that is filled; an empty one is refused where `needed`, else None."""

    name: str
    parse: Parser
    needed: bool = False
    of: str = ""
    listed: bool = False


@dataclass(frozen=True)
class Table:
    """One file: its columns after `COMMON`; `key` is its word in the manifest."""

    key: str
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        return f"{self.key}.csv"

    @property
    def header(self) -> tuple[str, ...]:
        return (*COMMON, *(column.name for column in self.columns))


def text(cell: str) -> str:
    bad = UNPRINTABLE.search(cell)
    if bad:
        sentence = _("The text holds an invisible or damaged character (U+%(code)s); type it anew.")
        raise BadCell(sentence % {"code": f"{ord(bad.group()):04X}"})
    if len(cell) > TEXT_LENGTH:
        raise BadCell(_("The text is longer than %(limit)d characters; shorten it.") % {"limit": TEXT_LENGTH})
    return cell


def shown(cell: str) -> str:
    """A text that will stand in tables which people open in a spreadsheet."""
    if cell[:1] in FORMULA_STARTS:
        raise BadCell(_("The text begins like a spreadsheet formula; remove the first character."))
    return text(cell)


def identifier(cell: str) -> str:
    if len(shown(cell)) > ID_LENGTH or cell != cell.strip():
        raise BadCell(_("An id has at most %(limit)d characters and no spaces around it.") % {"limit": ID_LENGTH})
    return cell


def civil_date(cell: str) -> date:
    match = DAY.fullmatch(cell)
    try:
        day = date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 2100:
        raise BadCell(_("This is not a date; write it like 2026-09-01."))
    return day


def moment(cell: str) -> datetime:
    """A date-time with its zone, in UTC."""
    try:
        if MOMENT.fullmatch(cell):
            return datetime.fromisoformat(cell.replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadCell(_("The calendar has no such moment; correct it.")) from error
    raise BadCell(_("This is not a moment with its zone; write it like 2026-09-01T08:00:00.000Z."))


def year(cell: str) -> int:
    if not YEAR.fullmatch(cell) or not 1900 <= int(cell) <= 2100:
        raise BadCell(_("This is not a year; write four digits."))
    return int(cell)


def one_of(*words: str) -> Parser:
    """An enumeration of the standard; case counts."""

    def parse(cell: str) -> str:
        if cell not in words:
            raise BadCell(_("The standard knows here only %(words)s.") % {"words": ", ".join(words)})
        return cell

    return parse


def extended(*words: str) -> Parser:
    """An enumeration that may be extended with `ext:` words."""
    plain = one_of(*words)

    def parse(cell: str) -> object:
        return text(cell) if cell.startswith("ext:") and len(cell) > len("ext:") else plain(cell)

    return parse


def texts(cell: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in cell.split(","))
    if not all(parts):
        raise BadCell(_("The list has an empty place; take out the comma too many."))
    return tuple(text(part) for part in parts)


def identifiers(cell: str) -> tuple[str, ...]:
    return tuple(identifier(part) for part in texts(cell))


def boolean(cell: str) -> bool:
    return one_of("true", "false")(cell) == "true"


def last_day(end: date) -> date:
    """The last day of something whose `endDate` is exclusive (section 4.1)."""
    return end - timedelta(days=1)


def end_date(last: date) -> date:
    """The exclusive `endDate` of something with a last day."""
    return last + timedelta(days=1)


def _free(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, text) for name in names)


SESSIONS = Table("academicSessions", (
    Column("title", shown, needed=True),
    Column("type", extended(*SESSION_TYPES), needed=True),
    Column("startDate", civil_date, needed=True),
    Column("endDate", civil_date, needed=True),
    Column("parentSourcedId", identifier, of="academicSessions"),
    Column("schoolYear", year, needed=True),
))  # fmt: skip
ORGS = Table("orgs", (
    Column("name", shown, needed=True),
    Column("type", extended(*ORG_TYPES), needed=True),
    Column("identifier", shown),
    Column("parentSourcedId", identifier, of="orgs"),
))  # fmt: skip
COURSES = Table("courses", (
    Column("schoolYearSourcedId", identifier, of="academicSessions"),
    Column("title", shown, needed=True),
    Column("courseCode", text),
    Column("grades", texts, listed=True),
    Column("orgSourcedId", identifier, needed=True, of="orgs"),
    Column("subjects", texts, listed=True),
    Column("subjectCodes", texts, listed=True),
))  # fmt: skip
CLASSES = Table("classes", (
    Column("title", shown, needed=True),
    Column("grades", texts, listed=True),
    Column("courseSourcedId", identifier, needed=True, of="courses"),
    Column("classCode", text),
    Column("classType", extended(*CLASS_TYPES), needed=True),
    Column("location", text),
    Column("schoolSourcedId", identifier, needed=True, of="orgs"),
    Column("termSourcedIds", identifiers, needed=True, of="academicSessions", listed=True),
    Column("subjects", texts, listed=True),
    Column("subjectCodes", texts, listed=True),
    Column("periods", texts, listed=True),
))  # fmt: skip
USERS = Table("users", (
    Column("enabledUser", boolean, needed=True),
    Column("username", text),
    Column("userIds", texts, listed=True),
    Column("givenName", shown, needed=True),
    Column("familyName", shown, needed=True),
    *_free("middleName", "identifier", "email", "sms", "phone"),
    Column("agentSourcedIds", identifiers, of="users", listed=True),
    Column("grades", texts, listed=True),
    *_free("password", "userMasterIdentifier", "resourceSourcedIds", "preferredGivenName", "preferredMiddleName"),
    *_free("preferredFamilyName"),
    Column("primaryOrgSourcedId", identifier, of="orgs"),
    *_free("pronouns"),
))  # fmt: skip
ROLE_ROWS = Table("roles", (
    Column("userSourcedId", identifier, needed=True, of="users"),
    Column("roleType", one_of(*ROLE_TYPES), needed=True),
    Column("role", extended(*ROLES), needed=True),
    Column("beginDate", civil_date),
    Column("endDate", civil_date),
    Column("orgSourcedId", identifier, needed=True, of="orgs"),
    Column("userProfileSourcedId", identifier),
))  # fmt: skip
ENROLMENTS = Table("enrollments", (
    Column("classSourcedId", identifier, needed=True, of="classes"),
    Column("schoolSourcedId", identifier, needed=True, of="orgs"),
    Column("userSourcedId", identifier, needed=True, of="users"),
    Column("role", one_of(*ENROLMENT_ROLES), needed=True),
    Column("primary", boolean),
    Column("beginDate", civil_date),
    Column("endDate", civil_date),
))  # fmt: skip
DEMOGRAPHICS = Table("demographics", (
    Column("birthDate", civil_date),
    Column("sex", one_of(*SEXES)),
    *_free(
        "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican", "nativeHawaiianOrOtherPacificIslander",
        "white", "demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity", "countryOfBirthCode",
        "stateOfBirthAbbreviation", "cityOfBirth", "publicSchoolResidenceStatus",
    ),
))  # fmt: skip
TABLES: Mapping[str, Table] = {
    table.key: table for table in (SESSIONS, ORGS, COURSES, CLASSES, USERS, ROLE_ROWS, ENROLMENTS, DEMOGRAPHICS)
}
