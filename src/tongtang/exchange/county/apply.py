"""A sound folder into the database: one transaction, each table's rows new, changed, unchanged or ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Role, write_teaching_roles
from tongtang.exchange.county import layout
from tongtang.exchange.county.damage import Damage, DamageList
from tongtang.exchange.county.folder import CountyFolder, read_county
from tongtang.exchange.county.kept import Keeper
from tongtang.exchange.county.rows import ClassRow, PostRow, SchoolRow, TeacherRow, TermRow
from tongtang.exchange.county.townships import UnclearCounty, decide_county, place_schools, spellings
from tongtang.exchange.models import ImportRun
from tongtang.exchange.roster.diff import KINDS, Diff
from tongtang.exchange.roster.runs import close_run, folder_digest, one_import_of, prepare, write_pupils
from tongtang.exchange.state.compare import Refused
from tongtang.exchange.state.obstacles import merged_away
from tongtang.exchange.state.values import ATTRIBUTES
from tongtang.foundation import clock
from tongtang.lessons import api as lessons
from tongtang.organisations import api as organisations
from tongtang.organisations.models import HomeClass, Region, School, Term
from tongtang.people import api as people
from tongtang.people.models import Person
from tongtang.timetable import api as timetable


@dataclass
class Report:
    """What loading did: counts by kind and table (zeros left out), or why it did nothing.

    `refused`: values of the folder that stay out, held by hand or owned by another system.
    """

    county: str = ""
    county_code: int = 0
    created: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    errors: list[Damage] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @property
    def is_news(self) -> bool:
        """Whether the folder says anything that was not loaded before."""
        return bool(self.created or self.changed or self.ended)

    def as_json(self) -> dict[str, object]:
        """Exactly created, changed, unchanged, ended and errors."""
        counts: dict[str, object] = {kind: getattr(self, kind) for kind in KINDS}
        return {**counts, "errors": [damage.as_json() for damage in self.errors]}


class FolderRefused(Exception):
    """Takes the transaction back; the folder's damage says why."""


def load_county(path: Path, county: int | None = None, by: str = "command:load-county") -> Report:
    """Load the folder `path` as the county of the 12-digit code `county` (None: the one that its townships say).

    Everything is written, or nothing and `errors` says why. What was written is recorded as an import run of `by`.

    Raises:
        DivisionsMissing: no division is loaded and the package of divisions is not installed.
        CountyBusy: another import of this county is on its way.
    """
    folder = read_county(path)
    report = Report()
    try:
        with transaction.atomic():
            placed = _placed(folder, county)
        with one_import_of(placed.code):
            pupils = _compared(folder, placed.code, path.name[:60])
            with transaction.atomic():
                run = _open_run(path, placed.code, by) if pupils.is_news else None
                _write_placed(folder, placed, pupils, report, run, system=path.name[:60])
                if report.is_news:
                    counts = {kind: getattr(report, kind) for kind in KINDS}
                    close_run(run or _open_run(path, placed.code, by), counts, clock.now())
    except FolderRefused:
        return Report(errors=folder.errors)
    return report


def write_folder(folder: CountyFolder, county: int | None, report: Report, system: str = "") -> None:
    """Write what `folder` of the system of that name says into the present transaction and count it in `report`.

    Raises:
        FolderRefused: the folder's damage says why; the caller takes its transaction back.
        DivisionsMissing: as in `load_county`.
    """
    placed = _placed(folder, county)
    _write_placed(folder, placed, _compared(folder, placed.code, system), report, system=system)


def _compared(folder: CountyFolder, county: int, system: str) -> Diff:
    keeper = Keeper(county, system)
    shut = [name for name in ATTRIBUTES[layout.PUPILS.name] if keeper.is_shut(layout.PUPILS.name, name)]
    return prepare(folder.pupils, county, shut=shut)


def _placed(folder: CountyFolder, county: int | None) -> "_Placed":
    organisations.ensure_regions()
    placed = _place(folder, county)
    if folder.damage or placed is None:
        raise FolderRefused
    return placed


def _write_placed(
    folder: CountyFolder,
    placed: "_Placed",
    pupils: Diff,
    report: Report,
    run: ImportRun | None = None,
    *,
    system: str,
) -> None:
    keeper = Keeper(placed.code, system, report.refused)
    written = _Writing(placed.code, folder, placed.townships, pupils, run, keeper).write()
    _check_holdings(placed.code, written, folder.damage)
    if folder.damage:
        raise FolderRefused
    report.county, report.county_code = placed.name, placed.code
    counts = {table: rows.counts() for table, rows in written.items()}
    _count(report, {**counts, layout.PUPILS.name: pupils.counts})


def _open_run(path: Path, county: int, by: str) -> ImportRun:
    now = clock.now()
    return ImportRun.objects.create(
        county_code=county,
        system=path.name[:60],
        form=ImportRun.Form.COUNTY_FOLDER,
        file_name=path.name[:200],
        digest=folder_digest(path),
        by=by,
        created_at=now,
        checked_at=now,
    )


def _count(report: Report, counts: Mapping[str, Mapping[str, int]]) -> None:
    for table in (one.name for one in layout.COUNTY_TABLES):
        for kind, count in counts.get(table, {}).items():
            if count:
                getattr(report, kind)[table] = count


def _said(**values: object) -> dict[str, object]:
    """Those values that the file gives: what it does not say stays as it is."""
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class _Placed:
    """The county, and the township of each school."""

    code: int
    name: str
    townships: Mapping[str, int]


def _place(folder: CountyFolder, county: int | None) -> _Placed | None:
    names = {spelling for row in folder.schools for spelling in spellings(row.township) if row.township}
    if county is None:
        try:
            county = decide_county(folder.schools, organisations.township_list(names=names))
        except UnclearCounty as unclear:
            # Where schools have no townships to decide by, that is reported already.
            if names or not folder.damage:
                folder.damage.add("schools.csv", 0, "township", "", str(unclear))
            return None
    found = organisations.counties_named([county])
    if county not in found:
        sentence = _("There is no county of this code among the loaded divisions; correct --county.")
        folder.damage.add("", 0, "", str(county // 10**6), sentence)
        return None
    townships = organisations.township_list(county=county)
    return _Placed(county, found[county], place_schools(folder.schools, townships, found[county], folder.damage))


@dataclass
class _Writing:
    """The steps of one load; each needs the primary keys of those before it."""

    county: int
    folder: CountyFolder
    townships: Mapping[str, int]
    pupils: Diff
    run: ImportRun | None
    keeper: Keeper
    written: dict[str, organisations.Written] = field(default_factory=dict)

    def write(self) -> dict[str, organisations.Written]:
        # One load of a county at a time.
        Region.objects.select_for_update().get(code=self.county)
        since = self._since()
        self._check_merged()
        self._write_terms()
        self._write_schools()
        self._write_classes()
        self._write_people(since)
        self._write_timetable()
        return self.written

    def _since(self) -> date:
        """First day of posts and enrolments: a county's first load tells what holds since its term began."""
        today = clock.today()
        if School.objects.filter(county_code=self.county).exists():
            return today
        return min(today, *(row.first_day for row in self.folder.terms))

    def _check_merged(self) -> None:
        lines = {row.school_id: row.line for row in self.folder.schools}
        for one in merged_away(self.county, lines):
            self.folder.damage.add(layout.SCHOOLS.file, lines[one.value], "school_id", one.value, one.message)
        if self.folder.damage:
            raise FolderRefused

    def _terms(self) -> list[TermRow]:
        """The terms as they may be written."""
        standing = Term.objects.filter(county_code=self.county, ended_on=None)
        rows = self.keeper.keep("terms", standing, self.folder.terms, ATTRIBUTES["terms"])
        for row in rows:
            if row.first_day >= row.last_day:
                sentence = _("With the days that may not change here the term would end before it begins.")
                self.folder.damage.add(layout.TERMS.file, row.line, "first_day", row.term_id, sentence)
                raise FolderRefused
        return rows

    def _write_terms(self) -> None:
        self.written["terms"] = organisations.write_terms(
            self.county,
            {
                row.term_id: {
                    "name": row.name,
                    "first_day": row.first_day,
                    "last_day": row.last_day,
                    "teaching_weeks": row.teaching_weeks,
                }
                for row in self._terms()
            },
        )
        self.written["calendar"] = organisations.write_calendar(
            self.county, {row.date: {"kind": row.kind, "as_weekday": row.as_weekday} for row in self.folder.calendar}
        )

    def _write_schools(self) -> None:
        periods = {(row.bell_id, row.period): (row.start, row.end) for row in self.folder.bells}
        bells, self.written["bells"] = organisations.write_bells(self.county, periods)
        standing = School.objects.filter(county_code=self.county, ended_on=None)
        schools: list[SchoolRow] = self.keeper.keep("schools", standing, self.folder.schools, ("name",))
        self.written["schools"] = organisations.write_schools(
            self.county,
            {
                row.school_id: {
                    "name": row.name,
                    "kind": row.kind,
                    "township_id": self.townships.get(row.school_id),
                    "bell_schedule_id": bells[row.bell_id],
                    "link_mbps": row.link_mbps,
                    "max_streams": row.max_streams,
                    **_said(link=row.link, boarding=row.boarding),
                }
                for row in schools
            },
            {row.school_id: row.parent_id for row in schools if row.parent_id},
            {row.school_id: row.receiving_rooms for row in schools},
        )

    def _write_classes(self) -> None:
        schools = self.written["schools"].by_source
        standing = HomeClass.objects.filter(county_code=self.county, ended_on=None)
        classes: list[ClassRow] = self.keeper.keep("classes", standing, self.folder.classes, ("name", "grades"))
        self.written["classes"] = organisations.write_classes(
            self.county,
            {
                row.class_id: {
                    "school_id": schools[row.school_id],
                    "name": row.name,
                    "grades": list(row.grades),
                    "pupil_count": row.pupils,
                }
                for row in classes
            },
        )
        self.written["studios"] = organisations.write_studios(
            self.county,
            {row.studio_id: {"school_id": schools[row.school_id], "name": row.name} for row in self.folder.studios},
        )

    def _write_people(self, since: date) -> None:
        schools = self.written["schools"].by_source
        write_pupils(self.pupils, self.written["classes"].by_source, since, self.run)
        standing = Person.objects.filter(county_code=self.county, from_roster=True, ended_on=None)
        teachers: list[TeacherRow] = self.keeper.keep("teachers", standing, self.folder.teachers, ("name",))
        entries = {
            row.teacher_id: people.TeacherEntry(row.name, {schools[row.school_id]: _work(row)}) for row in teachers
        }
        for row in self.folder.posts:
            entries[row.teacher_id].posts[schools[row.school_id]] = _work(row)
        self._check_user_names(set(entries))
        staffing = people.write_teachers(self.county, entries, since)
        self.written["teachers"] = staffing.written
        write_teaching_roles(self._roles(), staffing.closed, clock.today())

    def _check_user_names(self, teacher_ids: set[str]) -> None:
        """An id that an administrator of this house already has as user name would be two people in one account."""
        taken = people.taken_ids(self.county, teacher_ids)
        for row in self.folder.teachers:
            if row.teacher_id in taken:
                sentence = _("Somebody who was added here by hand has this id already; choose another one.")
                self.folder.damage.add("teachers.csv", row.line, "teacher_id", row.teacher_id, sentence)
        if taken:
            raise FolderRefused

    def _roles(self) -> set[tuple[tuple[int, int], Role]]:
        """Specialists of a school with a studio teach from it; everybody else stands in the receiving classroom."""
        schools, teachers = self.written["schools"].by_source, self.written["teachers"].by_source
        with_studio = {row.school_id for row in self.folder.studios}
        roles = set()
        rows: list[TeacherRow | PostRow] = [*self.folder.teachers, *self.folder.posts]
        for row in rows:
            place = (teachers[row.teacher_id], schools[row.school_id])
            specialist = any(code != layout.LOCAL_TEACHER for code in row.subjects) and row.school_id in with_studio
            if specialist:
                roles.add((place, Role.ANCHOR_TEACHER))
            if not specialist or layout.LOCAL_TEACHER in row.subjects:
                roles.add((place, Role.LOCAL_TEACHER))
        return roles

    def _write_timetable(self) -> None:
        classes, teachers = self.written["classes"].by_source, self.written["teachers"].by_source
        schools = self.written["schools"].by_source
        self.written["teacher_unavailable"] = timetable.write_unavailabilities(
            self.county,
            {(teachers[row.teacher_id], row.weekday, row.start): row.end for row in self.folder.unavailable},
        )
        self.written["class_blocked"] = timetable.write_blocks(
            self.county, {(classes[row.class_id], row.weekday, row.period) for row in self.folder.blocked}
        )
        self.written["requirements"] = timetable.write_requirements(
            self.county,
            {
                (classes[row.class_id], row.subject): (row.lessons_per_week, row.every_weeks)
                for row in self.folder.requirements
            },
        )
        self.written["facilitators"] = timetable.write_facilitators(
            self.county,
            {teachers[row.teacher_id]: schools[row.school_id] for row in self.folder.facilitators},
        )
        self.written["recordable"] = timetable.write_recordable(
            self.county,
            {(classes[row.class_id], row.subject): row.lessons_per_week for row in self.folder.recordable},
        )
        self.written["rules"] = timetable.write_rules(self.county, {row.rule: row.value for row in self.folder.rules})
        if self.folder.local_lessons is not None:
            lessons = {
                (classes[row.class_id], row.weekday, row.period): (row.subject, teachers[row.teacher_id])
                for row in self.folder.local_lessons
            }
            self.written["local_timetable"] = timetable.write_local_lessons(self.county, lessons)
        timetable.seat_facilitators(set(schools.values()))


def _work(row: TeacherRow | PostRow) -> people.Work:
    subjects = tuple(code for code in row.subjects if code != layout.LOCAL_TEACHER)
    return people.Work(subjects, row.weekly_cap)


def _check_holdings(county: int, written: Mapping[str, organisations.Written], damage: DamageList) -> None:
    """Nothing may end that still holds lessons to come."""
    now = clock.now()
    for table, column, held_by in (
        (layout.SCHOOLS, "school_id", lessons.held_by_schools),
        (layout.CLASSES, "class_id", lessons.held_by_classes),
        (layout.TEACHERS, "teacher_id", lessons.held_by_teachers),
        (layout.STUDIOS, "studio_id", lessons.held_by_studios),
    ):
        ended = written[table.name].ended_by_source
        held = held_by(set(ended.values()), now)
        for source_id, pk in sorted(ended.items()):
            if pk in held:
                damage.add(table.file, 0, column, source_id, _still_held(source_id, held[pk]))
    _check_rooms(written["schools"], now, damage)
    _check_ended_terms(county, written["terms"], now, damage)


def _still_held(source_id: str, holding: lessons.Holding) -> str:
    sentence = _(
        "%(id)s is no longer in the file but has %(count)d lessons to come, the first on %(day)s; "
        "move or cancel them first, or put the row back."
    )
    return sentence % {"id": source_id, "count": holding.count, "day": holding.first.isoformat()}


def _check_rooms(schools: organisations.Written, now: datetime, damage: DamageList) -> None:
    held = lessons.held_by_ended_rooms(set(schools.ids.values()), now)
    for source_id, pk in sorted(schools.by_source.items()):
        if pk in held:
            sentence = _(
                "%(id)s would lose a receiving room in which %(count)d lessons are to come, the first on %(day)s; "
                "move them first."
            )
            values = {"id": source_id, "count": held[pk].count, "day": held[pk].first.isoformat()}
            damage.add("schools.csv", 0, "receiving_rooms", source_id, sentence % values)


def _check_ended_terms(county: int, terms: organisations.Written, now: datetime, damage: DamageList) -> None:
    standing = list(Term.objects.filter(pk__in=terms.ids.values()))
    for source_id, pk in sorted(terms.ended_by_source.items()):
        term = Term.objects.get(pk=pk)
        covered = any(one.first_day <= term.first_day and one.last_day >= term.last_day for one in standing)
        holding = None if covered else lessons.held_in_county(county, term.first_day, term.last_day, now)
        if holding:
            damage.add("terms.csv", 0, "term_id", source_id, _still_held(source_id, holding))
