"""A run from its upload to what it would do: nothing of the county is changed here."""

from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.exchange.county.apply import FolderRefused, Report, write_folder
from tongtang.exchange.county.damage import Damage
from tongtang.exchange.county.folder import read_county
from tongtang.exchange.county.layout import FILE_ORDER
from tongtang.exchange.duplicates.absorbed import absorbed_ids
from tongtang.exchange.models import ImportRun, SourceRecord
from tongtang.exchange.oneroster import layout
from tongtang.exchange.oneroster.mapping import PUPIL_SUFFIX, to_wanted
from tongtang.exchange.oneroster.package import Package, read_package
from tongtang.exchange.oneroster.relations import check_package
from tongtang.exchange.parcels.archive import BadArchive, unpack
from tongtang.exchange.parcels.workbook import BadWorkbook, to_csv
from tongtang.exchange.sources.rules import shut_for
from tongtang.exchange.stages import files
from tongtang.exchange.state.compare import Comparison, compare
from tongtang.exchange.state.obstacles import codes_taken, ids_taken, merged_away, obstacles
from tongtang.exchange.state.present import present_state
from tongtang.exchange.state.values import CLASSES, PUPILS, SCHOOLS, TABLES, TEACHERS, TERMS, State, Waiting, Wanted
from tongtang.foundation import clock

# A row without a place here stands in `SourceRecord` under the name of its file with this before it.
OTHER = "other:"
SHEET_ENDINGS = (".csv", ".xlsx")


class _TakeBack(Exception):
    """Takes a trial write back."""


@dataclass
class Checked:
    """What a run says. Where `damage` is, nothing may be applied.

    `older` are rows of a delta that the house knows newer; `report` what a county folder does to its other tables.
    """

    damage: list[Damage] = field(default_factory=list)
    comparison: Comparison = field(default_factory=Comparison)
    wanted: Wanted = field(default_factory=Wanted)
    system: str = ""
    is_delta: bool = False
    older: int = 0
    report: Report | None = None

    @property
    def waiting(self) -> list[Waiting]:
        return self.wanted.waiting


def prepare(run: ImportRun) -> list[Damage]:
    """Unpack the upload of `run` into its folder; the findings where it is refused."""
    folder = files.fresh_folder(run)
    try:
        if run.form == ImportRun.Form.XLSX:
            to_csv(files.upload_of(run), folder)
        elif run.form == ImportRun.Form.ONEROSTER:
            with files.opened(run) as source:
                unpack(source, folder, (".csv",))
        else:
            _unpack_sheets(run, folder)
    except BadArchive as error:
        return [Damage(error.member or run.file_name, 0, "", error.member, str(error))]
    except BadWorkbook as error:
        return [Damage(error.sheet or run.file_name, error.line, error.column, error.value, str(error))]
    return []


def _unpack_sheets(run: ImportRun, folder: Path) -> None:
    """A zip of CSV files and of workbooks that hold one table each."""
    with files.opened(run) as source:
        unpacked = unpack(source, folder, SHEET_ENDINGS)
    for path in unpacked:
        if path.suffix == ".xlsx":
            only = f"{path.stem}.csv"
            if (folder / only).exists():
                raise BadWorkbook(_("This table comes as .csv too; leave one."), sheet=path.name)
            to_csv(path, folder, only=only)
            path.unlink()


def check(run: ImportRun) -> Checked:
    """Read the prepared files of `run` and compare them with the county as it stands.

    The caller holds a transaction: of a county folder a trial write is made and taken back.
    """
    checked = _oneroster(run) if run.form == ImportRun.Form.ONEROSTER else _county_folder(run)
    if not checked.damage:
        checked.damage = [
            *merged_away(run.county_code, checked.wanted.rows[SCHOOLS]),
            *codes_taken(run.county_code, checked.comparison.changes),
            *ids_taken(run.county_code, checked.comparison.changes),
            *obstacles(run.county_code, checked.comparison.changes, clock.now()),
        ]
    return checked


# ---- OneRoster


def _oneroster(run: ImportRun) -> Checked:
    package = read_package(files.files_of(run))
    present = present_state(run.county_code)
    if not package.damage:
        check_package(package, _known(run.county_code, present))
    older = _drop_older(run.county_code, package) if not package.damage else 0
    wanted = to_wanted(package, present, clock.today()) if not package.damage else Wanted()
    order = [layout.MANIFEST, *(f"{key}.csv" for key in layout.FILE_KEYS)]
    if package.damage:
        return Checked(package.damage.listed(order), system=package.system, is_delta=package.is_delta)
    _leave_absorbed(run.county_code, wanted)
    _suspect_duplicates(wanted, present)
    shut = shut_for(run.county_code, package.system, clock.today())
    return Checked(
        comparison=compare(present, wanted, shut),
        wanted=wanted,
        system=package.system,
        is_delta=package.is_delta,
        older=older,
    )


def _known(county: int, present: State) -> dict[str, set[str]]:
    """Ids by OneRoster file that stand in the house, those without a place here included."""
    both = present[TEACHERS].keys() & present[PUPILS].keys()
    known = {
        "academicSessions": set(present[TERMS]),
        "orgs": set(present[SCHOOLS]),
        "classes": set(present[CLASSES]),
        "users": {*present[TEACHERS], *present[PUPILS], *(f"{pupil}{PUPIL_SUFFIX}" for pupil in both)},
        "courses": set(),
    }
    rows = SourceRecord.objects.filter(county_code=county, table__startswith=OTHER)
    for table, source_id in rows.values_list("table", "source_id"):
        known.setdefault(table.removeprefix(OTHER), set()).add(source_id)
    return known


_TABLE_OF = {"academicSessions": (TERMS,), "orgs": (SCHOOLS,), "classes": (CLASSES,), "users": (TEACHERS, PUPILS)}


def _drop_older(county: int, package: Package) -> int:
    """Take out rows of a delta whose source says that they are older than what stands here; their number."""
    stamps = SourceRecord.objects.filter(county_code=county, modified_at__isnull=False)
    values = stamps.values_list("table", "source_id", "modified_at")
    known = {(table, source_id): at for table, source_id, at in values if at is not None}
    dropped = 0
    for key, tables in _TABLE_OF.items():
        rows = package.rows(key)
        for source_id, record in list(rows.items()):
            places = ((table, source_id.removesuffix(PUPIL_SUFFIX if table == PUPILS else "")) for table in tables)
            newest = next((known[place] for place in places if place in known), None)
            if newest and record.modified and record.modified < newest:
                del rows[source_id]
                dropped += 1
    return dropped


def _leave_absorbed(county: int, wanted: Wanted) -> None:
    """A pupil who was found to be another one does not come back with the id that ended."""
    gone = [source_id for source_id in absorbed_ids(county) if wanted.rows[PUPILS].pop(source_id, None) is not None]
    if gone:
        wanted.uncarried["users (merged)"] = len(gone)


def _suspect_duplicates(wanted: Wanted, present: State) -> None:
    """New pupils with the name, birth date and school of another one wait for a person."""
    classes = {**present[CLASSES], **wanted.rows[CLASSES]}

    def mark(row: dict[str, object]) -> tuple[object, object, object]:
        return row.get("name"), row.get("birth_date"), classes.get(str(row.get("class")), {}).get("school")

    taken = {mark(dict(row)) for row in present[PUPILS].values()}
    for source_id, row in sorted(wanted.rows[PUPILS].items()):
        if source_id in present[PUPILS]:
            continue
        if mark(dict(row)) in taken:
            del wanted.rows[PUPILS][source_id]
            wanted.kept[PUPILS].add(source_id)
            wanted.waiting.append(Waiting(PUPILS, source_id, 0, "name", "duplicate", row))
        taken.add(mark(dict(row)))


# ---- folders of our form


def _county_folder(run: ImportRun) -> Checked:
    folder = read_county(files.files_of(run))
    if folder.damage:
        return Checked(folder.errors)
    before = present_state(run.county_code)
    after: State = {}
    report = Report()
    try:
        with transaction.atomic():
            write_folder(folder, run.county_code, report, run.system)
            after = present_state(run.county_code)
            raise _TakeBack
    except FolderRefused:
        return Checked(folder.damage.listed(FILE_ORDER))
    except _TakeBack:
        wanted = Wanted(rows=after, complete=set(TABLES))
    comparison = compare(before, wanted)
    comparison.refused += report.refused
    return Checked(comparison=comparison, wanted=wanted, system=run.system, report=report)
