"""Checked pupils against those that stand: who is new, who changed and in what, who ended.

Rows are compared by two 64-bit hashes, of the id and of the whole row; only rows that are not the same in both are
looked at cell by cell. Nothing is stored for this: what is compared is what the tables hold at the moment.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import polars as pl

from tongtang.exchange.duplicates.absorbed import absorbed_ids
from tongtang.exchange.models import ImportRun
from tongtang.exchange.roster.check import PupilSheet, keys_of
from tongtang.exchange.roster.spill import Spill
from tongtang.people import api as people

ATTRIBUTES = ("name", "sex", "birth_date", "class_id")
SAMPLES = 20
SAME, NEW, OTHER = 0, 1, 2
KINDS = ("created", "changed", "unchanged", "ended")


@dataclass
class Diff:
    """What a roster would do to its county.

    `samples` holds up to 20 of each kind: created and ended as {"id", "line" or null}, changed as {"id", "line",
    "before", "after"} with the attributes that differ.
    """

    county: int
    counts: dict[str, int]
    samples: dict[str, list[dict[str, object]]]
    changes: people.Changes

    @property
    def is_news(self) -> bool:
        """Whether applying it would write anything."""
        return any(self.counts[kind] for kind in ("created", "changed", "ended"))


def diff(
    sheet: PupilSheet, county: int, mode: ImportRun.Mode = ImportRun.Mode.BULK, shut: Collection[str] = ()
) -> Diff:
    """Compare the sound rows of `sheet` with the pupils of `county`, who keep the attributes of `shut`.

    A pupil who was found to be another one is left out: their row counts as one that leaves.
    """
    return _Comparison(sheet, county, mode, {"class_id" if name == "class" else name for name in shut}).compare()


@dataclass
class _Comparison:
    sheet: PupilSheet
    county: int
    mode: ImportRun.Mode
    shut: Collection[str]
    columns: tuple[str, ...] = ATTRIBUTES
    updates: Spill = field(default_factory=Spill)
    changed: list[dict[str, object]] = field(default_factory=list)

    def compare(self) -> Diff:
        wanted = self._wanted()
        stood = self._stood()
        joined = wanted.join(stood, on="key", how="left", maintain_order="left") if stood.height else None
        actions = _actions(wanted, joined)
        ended = self._ended(wanted, stood)
        if (actions == OTHER).any():
            self._look_closer(actions)
        created = int((actions == NEW).sum())
        leaving = int(wanted["leaves"].sum())
        counts = {"created": created, "changed": self.updates.rows, "ended": ended.height}
        counts["unchanged"] = wanted.height - leaving - created - self.updates.rows
        changes = people.Changes(
            self.county, lambda: self._where(actions, NEW), created, self.updates.frames, ended["id"], self._digests
        )
        return Diff(self.county, {kind: counts[kind] for kind in KINDS}, self._samples(actions, ended), changes)

    @property
    def _digests(self) -> tuple[str, ...]:
        return tuple(name for name in self.columns if name in people.DIGESTS)

    def _wanted(self) -> pl.DataFrame:
        """key, row and leaves of each sound row, in their order."""
        parts = []
        absorbed = keys_of(pl.Series(list(absorbed_ids(self.county)), dtype=pl.String)).implode()
        for frame in self.sheet.frames():
            self.columns = (*ATTRIBUTES, *(name for name in people.DIGESTS if name in frame.columns))
            leaves = (
                frame["leaves"] if "leaves" in frame.columns else pl.Series([False]).new_from_index(0, frame.height)
            )
            leaves_too = pl.col("key").is_in(absorbed)
            parts.append(_hashes(frame, self.columns).with_columns(leaves=pl.lit(leaves) | leaves_too))
        empty = pl.DataFrame(schema={"key": pl.UInt64, "row": pl.UInt64, "leaves": pl.Boolean})
        return pl.concat(parts) if parts else empty

    def _stood(self) -> pl.DataFrame:
        """key, row_stood, id and live of each pupil of the county."""
        parts = [
            _hashes(frame, self.columns)
            .rename({"row": "row_stood"})
            .with_columns(frame["id"], frame["ended_on"].is_null().alias("live"))
            for frame in people.standing(self.county)
        ]
        schema = {"key": pl.UInt64, "row_stood": pl.UInt64, "id": pl.Int64, "live": pl.Boolean}
        return pl.concat(parts) if parts else pl.DataFrame(schema=schema)

    def _ended(self, wanted: pl.DataFrame, stood: pl.DataFrame) -> pl.DataFrame:
        """Of those that stand: whom a bulk roster does not name, and who is named as leaving."""
        live = stood.filter("live")
        leaving = live.join(wanted.filter("leaves"), on="key", how="semi")
        if self.mode == ImportRun.Mode.DELTA:
            return leaving
        return pl.concat([live.join(wanted, on="key", how="anti"), leaving])

    def _where(self, actions: pl.Series, action: int) -> Iterator[pl.DataFrame]:
        at = 0
        for frame in self.sheet.frames():
            mask = actions.slice(at, frame.height) == action
            at += frame.height
            yield frame if mask.all() else frame.filter(mask)

    def _look_closer(self, actions: pl.Series) -> None:
        """Cell by cell: the rows that stand and are not the same, without the attributes that are held."""
        doubted = pl.concat([keys_of(frame["source_id"]) for frame in self._where(actions, OTHER)]).to_frame("key")
        stood = pl.concat(
            [
                frame.with_columns(key=keys_of(frame["source_id"])).join(doubted, on="key", how="semi")
                for frame in people.standing(self.county)
            ]
        )
        for frame in self._where(actions, OTHER):
            if frame.height:
                self._keep_changed(frame.join(stood, on="source_id", how="inner", suffix="_was", maintain_order="left"))

    def _stays(self, name: str) -> pl.Expr:
        """Whether a pupil keeps an attribute: held by hand, or shut as long as the pupil stands."""
        held = pl.col("held").str.contains(f'"{name}":', literal=True).fill_null(False)
        if name not in self.shut:
            return held
        return held | pl.col("ended_on").is_null() & pl.col(f"{name}_was").is_not_null()

    def _keep_changed(self, pairs: pl.DataFrame) -> None:
        kept = [
            pl.when(self._stays(name)).then(pl.col(f"{name}_was")).otherwise(pl.col(name)).alias(name)
            for name in self.columns
        ]
        differs = [pl.col(name).ne_missing(pl.col(f"{name}_was")) for name in self.columns]
        found = pairs.with_columns(kept).filter(pl.any_horizontal(pl.col("ended_on").is_not_null(), *differs))
        if not found.height:
            return
        moves = pl.col("class_id").ne_missing(pl.col("class_id_was")).alias("moves")
        self.updates.add(found.select("id", *self.columns, moves))
        for row in found.head(SAMPLES - len(self.changed)).iter_rows(named=True):
            self.changed.append(_sample(row, self.columns))

    def _samples(self, actions: pl.Series, ended: pl.DataFrame) -> dict[str, list[dict[str, object]]]:
        created: list[dict[str, object]] = []
        for frame in self._where(actions, NEW):
            created += [
                {"id": row[0], "line": row[1]} for row in frame.head(SAMPLES).select("source_id", "line").rows()
            ]
            if len(created) >= SAMPLES:
                break
        gone = ended["id"].head(SAMPLES)
        return {"created": created[:SAMPLES], "changed": self.changed, "ended": people.names_of_rows(gone.to_list())}


def _hashes(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    row = pl.struct("source_id", *columns).hash(seed=2).alias("row")
    return frame.select(keys_of(frame["source_id"]).alias("key"), row)


def _actions(wanted: pl.DataFrame, joined: pl.DataFrame | None) -> pl.Series:
    """SAME, NEW or OTHER for each wanted row; a row that leaves is never written."""
    if joined is None:
        return wanted.select(pl.when("leaves").then(SAME).otherwise(NEW).cast(pl.UInt8).alias("action"))["action"]
    same = pl.col("leaves") | (pl.col("live") & (pl.col("row") == pl.col("row_stood")))
    action = pl.when(pl.col("id").is_null() & ~pl.col("leaves")).then(NEW).when(same).then(SAME).otherwise(OTHER)
    return joined.select(action.cast(pl.UInt8).alias("action"))["action"]


def _sample(row: dict[str, object], columns: tuple[str, ...]) -> dict[str, object]:
    different = [name for name in columns if row[name] != row[f"{name}_was"] and name not in people.DIGESTS]
    return {
        "id": row["source_id"],
        "line": row["line"],
        "before": {name: row[f"{name}_was"] for name in different},
        "after": {name: row[name] for name in different},
    }
