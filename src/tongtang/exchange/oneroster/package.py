"""A OneRoster zip read whole: manifest, files, cells. Every finding is collected; nothing is concluded here."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from tongtang.exchange.county.cells import BadCell
from tongtang.exchange.county.damage import DamageList
from tongtang.exchange.oneroster import layout
from tongtang.exchange.oneroster.layout import ABSENT, BULK, DELTA, Column, Table

BOM = "\ufeff"
ENDINGS = (".csv",)
FIELD_LENGTH = 100_000


@dataclass(frozen=True, slots=True)
class Record:
    """One row: `cells` by column name, parsed, None where empty."""

    line: int
    sourced_id: str
    status: str
    modified: datetime | None
    cells: dict[str, object]

    @property
    def is_active(self) -> bool:
        return self.status != "tobedeleted"

    def word(self, column: str) -> str:
        """A text cell; empty where it is."""
        value = self.cells.get(column)
        return value if isinstance(value, str) else ""

    def words(self, column: str) -> tuple[str, ...]:
        value = self.cells.get(column)
        return value if isinstance(value, tuple) else ()


@dataclass
class Package:
    """The rows of a zip by file key and `sourcedId`. Where `damage` is, write nothing.

    `modes`: absent, bulk or delta of each of the 21 files; `uncarried`: rows of files that this house has no place for.
    """

    system: str = ""
    modes: dict[str, str] = field(default_factory=dict)
    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    uncarried: dict[str, int] = field(default_factory=dict)
    damage: DamageList = field(default_factory=DamageList)

    def rows(self, key: str) -> dict[str, Record]:
        return self.records.get(key, {})

    @property
    def is_delta(self) -> bool:
        return DELTA in self.modes.values()


def read_package(folder: Path) -> Package:
    """The unpacked zip in `folder`. Never raises for what is in the files."""
    package = Package()
    _read_manifest(folder, package)
    if package.damage:
        return package
    _compare_files(folder, package)
    for key, mode in package.modes.items():
        path = folder / f"{key}.csv"
        if mode == ABSENT or not path.is_file():
            continue
        if key in layout.TABLES:
            package.records[key] = _read_table(path, layout.TABLES[key], mode, package.damage)
        else:
            package.uncarried[key] = _count(path, package.damage)
    return package


def _records(path: Path, damage: DamageList) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each record; a file that cannot be read is told and ends."""
    try:
        content = path.read_bytes().decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        sentence = _("The file is not UTF-8 from this line on; save it anew as UTF-8.")
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        damage.add(path.name, line, "", "", sentence)
        return
    if "\x00" in content:
        sentence = _("The file holds a NUL byte: it is damaged or not a text file; replace it.")
        damage.add(path.name, content[: content.index("\x00")].count("\n") + 1, "", "0x00", sentence)
        return
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            sentence = _("A quotation mark of this row stands alone, or a cell is far too long; correct it.")
            damage.add(path.name, begins, "", "", sentence)
            return
        if cells is None:
            return
        if cells:
            yield begins, cells


def _read_manifest(folder: Path, package: Package) -> None:
    path, damage = folder / layout.MANIFEST, package.damage
    if not path.is_file():
        damage.add(layout.MANIFEST, 0, "", "", _("The zip has no manifest.csv; add it."))
        return
    records = _records(path, damage)
    if next(records, (0, []))[1] != ["propertyName", "value"]:
        damage.add(layout.MANIFEST, 1, "", "", _("The header of the manifest is propertyName,value."))
        return
    values: dict[str, str] = {}
    for line, cells in records:
        if len(cells) != 2 or cells[0] in values:
            sentence = _("A row of the manifest has a name and a value, and each name stands once.")
            damage.add(layout.MANIFEST, line, "propertyName", ",".join(cells), sentence)
            continue
        values[cells[0]] = cells[1]
        _check_property(line, cells[0], cells[1], damage)
    for name in layout.MANIFEST_KEYS:
        if name not in values:
            damage.add(layout.MANIFEST, 0, "propertyName", name, _("The manifest does not name this; add the row."))
    package.modes = {key: values.get(f"file.{key}", ABSENT) for key in layout.FILE_KEYS}
    package.system = (values.get("source.systemName") or values.get("source.systemCode") or "OneRoster")[:60]


def _check_property(line: int, name: str, value: str, damage: DamageList) -> None:
    if name.startswith("file.") and name in layout.MANIFEST_KEYS:
        if value not in (ABSENT, BULK, DELTA):
            sentence = _("A file is absent, bulk or delta; write one of these words.")
            damage.add(layout.MANIFEST, line, "value", value, sentence)
    elif name in layout.FIXED_VALUES and value != layout.FIXED_VALUES[name]:
        sentence = _("Only version %(version)s is read here.") % {"version": layout.FIXED_VALUES[name]}
        damage.add(layout.MANIFEST, line, "value", value, sentence)
    elif name not in (*layout.MANIFEST_KEYS, *layout.OPTIONAL_KEYS):
        damage.add(layout.MANIFEST, line, "propertyName", name, _("The standard knows no such name; remove the row."))


def _compare_files(folder: Path, package: Package) -> None:
    """The manifest and the zip name the same files."""
    present = {path.name for path in folder.iterdir()}
    for key, mode in package.modes.items():
        file = f"{key}.csv"
        if mode != ABSENT and file not in present:
            package.damage.add(file, 0, "", file, _("The manifest names this file, the zip lacks it; add it."))
        elif mode == ABSENT and file in present:
            package.damage.add(file, 0, "", file, _("The manifest says that this file is absent; correct one of them."))
    for file in sorted(present - {f"{key}.csv" for key in package.modes} - {layout.MANIFEST}):
        package.damage.add(file, 0, "", file, _("The standard knows no file of this name; take it out."))


def _header_fits(path: Path, header: list[str], wanted: tuple[str, ...], damage: DamageList) -> bool:
    """The columns in order; extension columns (`metadata.`) may follow."""
    for index, name in enumerate(wanted):
        if index >= len(header) or header[index] != name:
            found = header[index] if index < len(header) else ""
            sentence = _("Column %(number)d must be %(name)s, in these letters; compare the header.")
            damage.add(path.name, 1, name, found, sentence % {"number": index + 1, "name": name})
            return False
    for name in header[len(wanted) :]:
        if not name.startswith(layout.EXTENSION):
            sentence = _("Further columns begin with metadata. ; rename or remove this one.")
            damage.add(path.name, 1, name, name, sentence)
            return False
    return True


def _count(path: Path, damage: DamageList) -> int:
    """Rows of a file that is not carried; its first columns are those of every file."""
    records = _records(path, damage)
    if tuple(next(records, (0, []))[1][: len(layout.COMMON)]) != layout.COMMON:
        damage.add(path.name, 1, layout.COMMON[0], "", _("The header of the file is not that of the standard."))
    return sum(1 for _record in records)


def _read_table(path: Path, table: Table, mode: str, damage: DamageList) -> dict[str, Record]:
    found: dict[str, Record] = {}
    records = _records(path, damage)
    first = next(records, None)
    if first is None or not _header_fits(path, first[1], table.header, damage):
        if first is None:
            damage.add(path.name, 1, "", "", _("The file is empty; its header is needed."))
        return found
    for line, cells in records:
        if len(cells) != len(first[1]):
            sentence = _("The row has %(found)d cells, the header %(wanted)d; compare the commas.")
            values = {"found": len(cells), "wanted": len(first[1])}
            damage.add(path.name, line, "", ",".join(cells), sentence % values)
            continue
        record = _record(path.name, table, mode, line, cells, damage)
        if record is None:
            continue
        if record.sourced_id in found:
            sentence = _("This id stands already on line %(first)d; each id is used once.")
            first_line = found[record.sourced_id].line
            damage.add(path.name, line, "sourcedId", record.sourced_id, sentence % {"first": first_line})
            continue
        found[record.sourced_id] = record
    return found


def _record(file: str, table: Table, mode: str, line: int, cells: list[str], damage: DamageList) -> Record | None:
    """The row, or None where a cell of it cannot be used."""
    before = len(damage.found) + damage.unlisted
    sourced_id = _cell(file, line, Column("sourcedId", layout.identifier, needed=True), cells[0], damage)
    in_delta = mode == DELTA
    status = _cell(file, line, Column("status", layout.one_of(*layout.STATUSES), needed=in_delta), cells[1], damage)
    changed = _cell(file, line, Column("dateLastModified", layout.moment, needed=in_delta), cells[2], damage)
    for name, cell in (("status", cells[1]), ("dateLastModified", cells[2])):
        if cell and not in_delta:
            sentence = _("In a bulk file this column stays empty; only a delta fills it.")
            damage.add(file, line, name, cell, sentence)
    values: dict[str, object] = {}
    for column, cell in zip(table.columns, cells[3:], strict=False):
        values[column.name] = _cell(file, line, column, cell, damage)
    if len(damage.found) + damage.unlisted > before:
        return None
    moment = changed if isinstance(changed, datetime) else None
    return Record(line, str(sourced_id), str(status or ""), moment, values)


def _cell(file: str, line: int, column: Column, cell: str, damage: DamageList) -> object:
    if not cell:
        if column.needed:
            damage.add(file, line, column.name, "", _("This cell is empty; fill it in."))
        return None
    try:
        return column.parse(cell)
    except BadCell as refusal:
        damage.add(file, line, column.name, cell, str(refusal))
        return None
