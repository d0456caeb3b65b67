"""A checked OneRoster package as a wanted state of the county.

Organisations of type school become schools, sessions of type term or semester terms, homerooms classes, staff with
roles at schools posts, students pupils, their enrolments in homerooms the class. Everything else is counted by name.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from tongtang.exchange.oneroster import layout, names
from tongtang.exchange.oneroster.package import Package, Record
from tongtang.exchange.state.values import (
    CLASSES,
    PUPILS,
    SCHOOLS,
    TEACHERS,
    TERMS,
    Row,
    Stamp,
    State,
    Waiting,
    Wanted,
)

# An id of a pupil that a member of staff has too: users are one table in OneRoster and two here.
PUPIL_SUFFIX = "~pupil"
GUARDIANS = frozenset(("guardian", "parent", "relative"))
# Only these make a post: a teacher may be a parent or a student at another school.
STAFF = frozenset(layout.ROLES) - GUARDIANS - {"student"}
GRADES = {f"{number:02d}": number for number in range(1, 13)} | {str(number): number for number in range(1, 10)}
CODE_DIGITS = 10
LONGEST = {TERMS: 60, SCHOOLS: 120, CLASSES: 60, TEACHERS: 60, PUPILS: 60}
CARRIED = {
    "academicSessions": ("title", "type", "startDate", "endDate"),
    "orgs": ("name", "type", "identifier", "parentSourcedId"),
    "courses": (),
    "classes": ("title", "grades", "courseSourcedId", "classType", "schoolSourcedId"),
    "users": ("givenName", "familyName"),
    "roles": ("userSourcedId", "roleType", "role", "orgSourcedId", "beginDate", "endDate"),
    "enrollments": ("classSourcedId", "schoolSourcedId", "userSourcedId", "role", "beginDate", "endDate"),
    "demographics": ("birthDate", "sex"),
}
# Columns without which a row would not be OneRoster; they say nothing that could get lost.
FORMAL = {
    "academicSessions": ("schoolYear", "parentSourcedId"),
    "classes": ("termSourcedIds",),
    "users": ("enabledUser",),
    "enrollments": ("primary",),
}


@dataclass
class _Mapping:
    package: Package
    present: State
    today: date
    wanted: Wanted = field(default_factory=Wanted)
    roles: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))

    def mode(self, key: str) -> str:
        return self.package.modes.get(key, layout.ABSENT)

    def refuse(self, key: str, record: Record, column: str, value: str, sentence: str) -> None:
        self.package.damage.add(f"{key}.csv", record.line, column, value, sentence)

    def named(self, table: str, key: str, record: Record, column: str, name: str) -> str:
        """A name within the length that this house has for it."""
        if len(name) > LONGEST[table]:
            sentence = _("The text is longer than %(limit)d characters; shorten it.") % {"limit": LONGEST[table]}
            self.refuse(key, record, column, name, sentence)
        return name

    def put(self, table: str, record: Record, row: Row, source_id: str = "") -> None:
        """A row that stays, or that its delta ends."""
        key = source_id or record.sourced_id
        self.wanted.stamps[(table, key)] = Stamp(record.status or "active", record.modified)
        if record.is_active:
            self.wanted.rows[table][key] = row
        else:
            self.wanted.ended[table].add(key)

    def other(self, key: str, record: Record, label: str) -> None:
        """A row without a place here."""
        self.wanted.others.setdefault(key, set()).add(record.sourced_id)
        self.wanted.uncarried[label] = self.wanted.uncarried.get(label, 0) + 1


def to_wanted(package: Package, present: State, today: date) -> Wanted:
    """What `package` wants of the county whose state is `present`; findings of the mapping go to its damage."""
    mapping = _Mapping(package, present, today)
    for record in package.rows("roles").values():
        if record.is_active and _holds(record, today):
            mapping.roles[record.word("userSourcedId")].append(record)
    _map_sessions(mapping)
    _map_orgs(mapping)
    _map_classes(mapping)
    _map_users(mapping)
    for key, table in (("academicSessions", TERMS), ("orgs", SCHOOLS), ("classes", CLASSES)):
        if mapping.mode(key) == layout.BULK:
            mapping.wanted.complete.add(table)
    if mapping.mode("users") == layout.BULK and mapping.mode("roles") == layout.BULK:
        mapping.wanted.complete |= {TEACHERS, PUPILS}
    _count_uncarried(mapping)
    return mapping.wanted


def _holds(record: Record, today: date) -> bool:
    """Whether a role or an enrolment is of today: `endDate` is the first day on which it is over."""
    begin, end = record.cells.get("beginDate"), record.cells.get("endDate")
    return not (isinstance(begin, date) and begin > today) and not (isinstance(end, date) and end <= today)


def _map_sessions(mapping: _Mapping) -> None:
    for record in mapping.package.rows("academicSessions").values():
        first, end = record.cells.get("startDate"), record.cells.get("endDate")
        if record.word("type") not in ("term", "semester") or not isinstance(first, date) or not isinstance(end, date):
            mapping.other("academicSessions", record, f"academicSessions ({record.word('type')})")
            continue
        name = mapping.named(TERMS, "academicSessions", record, "title", record.word("title"))
        last = layout.last_day(end)
        if last <= first:
            sentence = _("A term has two days at least; correct startDate or endDate.")
            mapping.refuse("academicSessions", record, "endDate", end.isoformat(), sentence)
        mapping.put(TERMS, record, {"name": name, "first_day": first.isoformat(), "last_day": last.isoformat()})


def _is_school(mapping: _Mapping, sourced_id: str) -> bool:
    record = mapping.package.rows("orgs").get(sourced_id)
    return record.word("type") == "school" if record else sourced_id in mapping.present.get(SCHOOLS, {})


def _map_orgs(mapping: _Mapping) -> None:
    for record in mapping.package.rows("orgs").values():
        if record.word("type") != "school":
            mapping.other("orgs", record, f"orgs ({record.word('type')})")
            continue
        parent = record.word("parentSourcedId")
        row: Row = {
            "name": mapping.named(SCHOOLS, "orgs", record, "name", record.word("name")),
            "parent": parent if parent and _is_school(mapping, parent) else None,
        }
        code = record.word("identifier")
        if len(code) == CODE_DIGITS and code.isascii() and code.isdigit():
            row["code"] = code
        elif code:
            mapping.wanted.uncarried["orgs.identifier"] = mapping.wanted.uncarried.get("orgs.identifier", 0) + 1
        elif mapping.mode("orgs") == layout.BULK and record.sourced_id not in mapping.present.get(SCHOOLS, {}):
            row["code"] = ""
        mapping.put(SCHOOLS, record, row)


def _map_classes(mapping: _Mapping) -> None:
    for record in mapping.package.rows("classes").values():
        if record.word("classType") != "homeroom":
            mapping.other("classes", record, f"classes ({record.word('classType')})")
            continue
        school = record.word("schoolSourcedId")
        if not _is_school(mapping, school):
            mapping.refuse("classes", record, "schoolSourcedId", school, _("This organisation is no school."))
        grades = sorted({GRADES[word] for word in record.words("grades") if word in GRADES})
        if len(grades) != len(set(record.words("grades"))):
            words = ",".join(record.words("grades"))
            mapping.refuse("classes", record, "grades", words, _("A grade is written 01 to 12."))
        if not grades:
            mapping.refuse("classes", record, "grades", "", _("A homeroom needs its grades; fill them in."))
        name = mapping.named(CLASSES, "classes", record, "title", record.word("title"))
        mapping.put(CLASSES, record, {"name": name, "school": school, "grades": grades})


def _map_users(mapping: _Mapping) -> None:
    homes = _homes(mapping)
    for record in mapping.package.rows("users").values():
        held = mapping.roles.get(record.sourced_id, [])
        primary = next((one.word("role") for one in held if one.word("roleType") == "primary"), "")
        role = primary or _known_role(mapping, record.sourced_id)
        if role == "student":
            _map_pupil(mapping, record, homes)
        elif role in GUARDIANS or role not in layout.ROLES:
            mapping.other("users", record, f"users ({role or '-'})")
        else:
            _map_teacher(mapping, record, held)
    _map_moves(mapping, homes)
    _map_postings(mapping)


def _known_role(mapping: _Mapping, sourced_id: str) -> str:
    """A plain id that two have is that of the member of staff; the pupil's bears the suffix."""
    if sourced_id in mapping.present.get(TEACHERS, {}):
        return "teacher"
    return "student" if _pupil_id(sourced_id) in mapping.present.get(PUPILS, {}) else ""


def _pupil_id(sourced_id: str) -> str:
    return sourced_id.removesuffix(PUPIL_SUFFIX)


def _name(mapping: _Mapping, table: str, record: Record) -> str:
    name = names.joined(record.word("familyName"), record.word("givenName"))
    return mapping.named(table, "users", record, "givenName", name)


def _posts(held: list[Record], mapping: _Mapping) -> list[str]:
    schools = {one.word("orgSourcedId") for one in held if one.word("role") in STAFF}
    return sorted(school for school in schools if _is_school(mapping, school))


def _map_teacher(mapping: _Mapping, record: Record, held: list[Record]) -> None:
    row: Row = {"name": _name(mapping, TEACHERS, record)}
    if mapping.mode("roles") == layout.BULK or (held and record.sourced_id not in mapping.present.get(TEACHERS, {})):
        row["posts"] = _posts(held, mapping)
    mapping.put(TEACHERS, record, row)


def _map_postings(mapping: _Mapping) -> None:
    """Roles of a delta: each row adds a post or takes one away."""
    if mapping.mode("roles") != layout.DELTA:
        return
    for record in mapping.package.rows("roles").values():
        user, school = record.word("userSourcedId"), record.word("orgSourcedId")
        standing = mapping.present.get(TEACHERS, {}).get(user)
        if standing is None or not _is_school(mapping, school) or record.word("role") not in STAFF:
            continue
        row = mapping.wanted.rows[TEACHERS].setdefault(user, {})
        posts = row.get("posts", standing.get("posts"))
        held = {str(one) for one in posts} if isinstance(posts, list) else set()
        stays = record.is_active and _holds(record, mapping.today)
        row["posts"] = sorted(held | {school} if stays else held - {school})


def _homes(mapping: _Mapping) -> dict[str, str | None]:
    """The homeroom of each pupil that the file speaks of; None: a delta takes the pupil out of the one they are in."""
    found: dict[str, str | None] = {}
    left: dict[str, str] = {}
    for record in mapping.package.rows("enrollments").values():
        home, pupil = record.word("classSourcedId"), _pupil_id(record.word("userSourcedId"))
        if record.word("role") != "student" or not _is_home(mapping, home):
            mapping.other("enrollments", record, f"enrollments ({record.word('role')})")
            continue
        if not (record.is_active and _holds(record, mapping.today)):
            left[pupil] = home
            continue
        if found.get(pupil, home) != home:
            sentence = _("This pupil stands in two homerooms (%(other)s too); leave one.")
            mapping.refuse("enrollments", record, "classSourcedId", home, sentence % {"other": found[pupil]})
        found[pupil] = home
    for pupil, home in left.items():
        if mapping.present.get(PUPILS, {}).get(pupil, {}).get("class") == home:
            found.setdefault(pupil, None)
    return found


def _is_home(mapping: _Mapping, sourced_id: str) -> bool:
    record = mapping.package.rows("classes").get(sourced_id)
    return record.word("classType") == "homeroom" if record else sourced_id in mapping.present.get(CLASSES, {})


def _map_pupil(mapping: _Mapping, record: Record, homes: dict[str, str | None]) -> None:
    source_id = _pupil_id(record.sourced_id)
    standing = mapping.present.get(PUPILS, {}).get(source_id)
    row: Row = {"name": _name(mapping, PUPILS, record)}
    demographics = mapping.package.rows("demographics").get(record.sourced_id)
    if demographics and demographics.is_active:
        born = demographics.cells.get("birthDate")
        if isinstance(born, date):
            row["birth_date"] = born.isoformat()
        if demographics.word("sex") in ("male", "female"):
            row["sex"] = demographics.word("sex")
    if source_id in homes:
        row["class"] = homes[source_id]
    elif standing is None or (mapping.mode("enrollments") == layout.BULK and standing.get("class")):
        row["class"] = None
    problem = _problem(row, standing)
    if record.is_active and problem:
        mapping.wanted.kept[PUPILS].add(source_id)
        mapping.wanted.waiting.append(Waiting(PUPILS, source_id, record.line, *problem, cells=row))
        return
    mapping.put(PUPILS, record, row, source_id)


def _problem(row: Row, standing: Row | None) -> tuple[str, str] | None:
    """(column, code) of what a pupil lacks to be taken in; of a known pupil only what the file takes away."""
    for column, attribute, code in (
        ("birthDate", "birth_date", "no_birth_date"),
        ("sex", "sex", "no_sex"),
        ("classSourcedId", "class", "no_class"),
    ):
        if not row.get(attribute) and (standing is None or attribute in row):
            return column, code
    return None


def _map_moves(mapping: _Mapping, homes: dict[str, str | None]) -> None:
    """Enrolments of pupils whom the file's users do not name: the pupil stays, the class changes."""
    wanted = mapping.wanted
    named = {*wanted.rows[PUPILS], *wanted.ended[PUPILS], *wanted.kept[PUPILS]}
    for pupil, home in homes.items():
        if pupil not in named and pupil in mapping.present.get(PUPILS, {}):
            wanted.rows[PUPILS].setdefault(pupil, {})["class"] = home


def _count_uncarried(mapping: _Mapping) -> None:
    counts: Counter[str] = Counter(mapping.wanted.uncarried)
    for key, carried in CARRIED.items():
        silent = {*carried, *FORMAL.get(key, ())}
        for record in mapping.package.rows(key).values():
            if key == "courses":
                mapping.wanted.others.setdefault(key, set()).add(record.sourced_id)
                counts["courses"] += 1
                continue
            counts.update(
                f"{key}.{name}" for name, value in record.cells.items() if value is not None and name not in silent
            )
    for key, rows in mapping.package.uncarried.items():
        counts[key] += rows
    mapping.wanted.uncarried = {name: count for name, count in sorted(counts.items()) if count}
