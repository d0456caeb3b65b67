"""Text rows of pupils into checked ones. What is surely right is found for whole columns at once.

Every other row goes through the cells' own parsers, which have a sentence for each fault.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl
from django.utils.translation import gettext as _

from tongtang.exchange.county import cells, layout, numbers
from tongtang.exchange.county.damage import DamageList
from tongtang.exchange.county.layout import Table
from tongtang.exchange.county.sheet import Reading, read_cells, right_width
from tongtang.exchange.roster.spill import Spill
from tongtang.exchange.roster.text import Record, TextBatch, open_text

PLAIN_ID = r"^[0-9A-Za-z._][0-9A-Za-z._:/-]{0,39}$"
PLAIN_NAME = "^[\u4e00-\u9fa5\u00b7]{1,60}$"
SEXES = {cells.MALE: "male", cells.FEMALE: "female"}
# Columns that only some systems give: cell parser, and what is surely right without it.
DIGESTS = {"id_number": "id_digest", "pupil_number": "number_digest"}
CHECKED = {
    "line": pl.UInt32,
    "source_id": pl.String,
    "class_id": pl.String,
    "name": pl.String,
    "sex": pl.String,
    "birth_date": pl.String,
}


@dataclass
class PupilSheet:
    """The pupils of one roster after the check.

    `checked` holds the sound rows: line, source_id, class_id, name, sex ("male", "female"), birth_date (text, ISO),
    and where the roster has them id_digest, number_digest (hexadecimal or null) and leaves (true: the row ends).
    `doubtful` counts the rows that could not be used, by class (None: the class is unknown). `complete` is False when
    a part of the roster could not be read.
    """

    table: Table
    checked: Spill = field(default_factory=Spill)
    class_counts: Counter[object] = field(default_factory=Counter)
    doubtful: Counter[object] = field(default_factory=Counter)
    last_birth: str = ""
    complete: bool = True
    _keys: list[pl.Series] = field(default_factory=list)
    _broken_keys: list[tuple[int, str, str]] = field(default_factory=list)
    _repeats: set[int] = field(default_factory=set)

    @property
    def rows(self) -> int:
        """Sound rows."""
        return self.checked.rows - len(self._repeats)

    def frames(self) -> Iterator[pl.DataFrame]:
        """The sound rows in batches."""
        for frame in self.checked.frames():
            yield frame.filter(~pl.col("line").is_in(list(self._repeats))) if self._repeats else frame

    def lines_where(self, test: pl.Expr, column: str) -> Iterator[tuple[int, str]]:
        """Line and text of `column` of the sound rows that pass `test`."""
        for frame in self.frames():
            yield from frame.filter(test).select("line", column).iter_rows()

    def add(self, batch: TextBatch, header: list[str], damage: DamageList) -> None:
        """Check one batch of rows."""
        reading = Reading(self.table, header, damage)
        frame = batch.frame
        odd = list(batch.odd)
        if frame.height:
            sure = frame.select(_surely_right(frame).alias("sure"))["sure"]
            if not sure.all():
                rest = frame.filter(~sure).select("line", *header)
                odd += [(row[0], list(row[1:])) for row in rest.iter_rows()]
                frame = frame.filter(sure)
            self._keep(_checked(frame))
        self._keep_odd(reading, sorted(odd))

    def _keep(self, frame: pl.DataFrame) -> None:
        if not frame.height:
            return
        self.checked.add(frame)
        self._keys.append(keys_of(frame["source_id"]))
        for class_id, count in frame.group_by("class_id").len().iter_rows():
            self.class_counts[class_id] += count
        self.last_birth = max(self.last_birth, str(frame["birth_date"].max()))

    def _keep_odd(self, reading: Reading, records: Iterable[Record]) -> None:
        good: list[dict[str, object]] = []
        for line, record in records:
            if line == 0:
                self.complete = False
                continue
            values = read_cells(reading, line, record) if right_width(reading, line, record) else {}
            if len(values) == len(reading.header):
                good.append({"line": line, **values})
                continue
            self.doubtful[values.get("class_id")] += 1
            if "pupil_id" in values:
                self._broken_keys.append((line, str(values["pupil_id"]), str(values.get("class_id", ""))))
        if good:
            self._keep(_from_values(good))

    def settle_repeats(self, damage: DamageList) -> None:
        """A pupil id that stands twice counts on its first line; the later rows are kept apart."""
        broken = pl.Series([key for _line, key, _class in self._broken_keys], dtype=pl.String)
        keys = pl.concat([*self._keys, keys_of(broken)]) if self._keys or broken.len() else pl.Series(dtype=pl.UInt64)
        if keys.n_unique() == keys.len():
            return
        twice = keys.filter(keys.is_duplicated()).unique()
        places = [(line, key, class_id, False) for line, key, class_id in self._broken_keys]
        for frame in self.checked.frames():
            found = frame.filter(keys_of(frame["source_id"]).is_in(twice.implode()))
            places += [(*row, True) for row in found.select("line", "source_id", "class_id").iter_rows()]
        first: dict[str, int] = {}
        for line, key, class_id, sound in sorted(places):
            if first.setdefault(key, line) == line:
                continue
            sentence = _("This id stands already on line %(first)d; each id is used once.")
            damage.add(self.table.file, line, "pupil_id", key, sentence % {"first": first[key]})
            if sound:
                self._repeats.add(line)
                self.class_counts[class_id] -= 1
                self.doubtful[class_id] += 1


def read_pupils(folder: Path, damage: DamageList, table: Table = layout.PUPILS) -> PupilSheet:
    """The file of `table` in `folder`; what is wrong goes to `damage`."""
    sheet = PupilSheet(table)
    path = folder / table.file
    if not path.exists() and not path.is_symlink():
        damage.add(table.file, 0, "", table.file, _("The folder has no file of this name; add it."))
        sheet.complete = False
        return sheet
    text = open_text(path, table, damage)
    if text is None:
        sheet.complete = False
        return sheet
    for batch in text.batches:
        sheet.add(batch, text.header, damage)
    sheet.settle_repeats(damage)
    if not sheet.rows and not sheet.doubtful and sheet.complete:
        damage.add(table.file, 1, "", "", _("The file has a header and no rows; add the rows."))
        sheet.complete = False
    return sheet


def check_births(latest: date, pupils: PupilSheet, damage: DamageList) -> None:
    """Every pupil is born before `latest`, the first day of the last term."""
    if pupils.last_birth < latest.isoformat():
        return
    for line, birth_date in pupils.lines_where(pl.col("birth_date") >= latest.isoformat(), "birth_date"):
        sentence = _("The pupil would be born after the term's first day; correct the date.")
        damage.add(pupils.table.file, line, "birth_date", birth_date, sentence)


def _surely_right(frame: pl.DataFrame) -> pl.Expr:
    """Whether a row is right without a doubt; columns with few different cells are judged by those."""
    tests = [
        pl.col("pupil_id").str.contains(PLAIN_ID),
        pl.col("name").str.contains(PLAIN_NAME),
        pl.col("class_id").is_in(_right(frame["class_id"], cells.identifier)),
        pl.col("sex").is_in(list(SEXES)),
        pl.col("birth_date").is_in(_right(frame["birth_date"], cells.civil_date)),
    ]
    if "id_number" in frame.columns:
        tests.append(numbers.surely_id("id_number"))
    if "pupil_number" in frame.columns:
        number = numbers.surely_pupil_number("pupil_number")
        if "id_number" in frame.columns:
            # The common number is G before the child's own ID number, which is judged above.
            number = number | (pl.col("id_number") != "") & (pl.col("pupil_number") == "G" + pl.col("id_number"))
        tests.append(number)
    if "status" in frame.columns:
        tests.append(pl.col("status").is_in(layout.STATUSES))
    return pl.all_horizontal(tests)


def _right(column: pl.Series, parse: cells.Parser) -> list[str]:
    """The different cells of `column` that `parse` takes."""
    right = []
    for cell in column.unique():
        try:
            parse(cell)
        except cells.BadCell:
            continue
        right.append(cell)
    return right


def _checked(frame: pl.DataFrame) -> pl.DataFrame:
    """Right text rows in the form of `PupilSheet.checked`."""
    checked = frame.select(
        pl.col("line").cast(pl.UInt32),
        pl.col("pupil_id").alias("source_id"),
        "class_id",
        "name",
        pl.col("sex").replace_strict(SEXES, return_dtype=pl.String),
        "birth_date",
    )
    more = [numbers.digests(frame[column]).alias(name) for column, name in DIGESTS.items() if column in frame.columns]
    if "status" in frame.columns:
        more.append((frame["status"] == layout.LEAVES).alias("leaves"))
    return checked.with_columns(more)


def _from_values(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows that the cells' parsers took, in the same form."""
    renamed: list[Mapping[str, object]] = [
        {**row, "source_id": row["pupil_id"], "birth_date": _iso(row["birth_date"])} for row in rows
    ]
    checked = pl.DataFrame([{name: row[name] for name in CHECKED} for row in renamed], schema=CHECKED)
    more = [
        numbers.digests(str(row[column]) for row in renamed).alias(name)
        for column, name in DIGESTS.items()
        if column in renamed[0]
    ]
    if "status" in renamed[0]:
        more.append(pl.Series("leaves", [row["status"] == layout.LEAVES for row in renamed], dtype=pl.Boolean))
    return checked.with_columns(more)


def _iso(day: object) -> str:
    return day.isoformat() if isinstance(day, date) else str(day)


def keys_of(ids: pl.Series) -> pl.Series:
    """A 64-bit hash of each id, the same within this process."""
    return ids.hash(seed=1)
