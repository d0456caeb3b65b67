"""The diff of a run as a file: written once, read by pages with filters."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tongtang.exchange.state.compare import KINDS, Comparison

COLUMNS = ("table", "kind", "source_id", "name", "school", "attributes")
SCHEMA = dict.fromkeys(COLUMNS, pl.String)


@dataclass(frozen=True)
class DiffRow:
    """One change as a page shows it; `attributes` are (attribute, before, after)."""

    table: str
    kind: str
    source_id: str
    name: str
    school: str
    attributes: list[tuple[str, Any, Any]]


def write_diff(path: Path, comparison: Comparison) -> None:
    """Every change in the order of its table."""
    rows = [
        (one.table, one.kind, one.source_id, one.name, one.school, json.dumps(one.attributes, ensure_ascii=False))
        for one in comparison.changes
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows, schema=SCHEMA, orient="row").write_parquet(path)


def _filtered(path: Path, wanted: Mapping[str, str]) -> pl.LazyFrame:
    frame = pl.scan_parquet(path)
    for column in ("table", "kind", "school"):
        if wanted.get(column):
            frame = frame.filter(pl.col(column) == wanted[column])
    if wanted.get("text"):
        text = wanted["text"]
        frame = frame.filter(
            pl.col("name").str.contains(text, literal=True) | pl.col("source_id").str.contains(text, literal=True)
        )
    return frame


def read_diff(path: Path, wanted: Mapping[str, str], *, offset: int, limit: int) -> tuple[int, list[DiffRow]]:
    """How many changes fit `wanted` (table, kind, school, text; empty: any), and `limit` of them from `offset`."""
    if not path.is_file():
        return 0, []
    frame = _filtered(path, wanted)
    total = int(frame.select(pl.len()).collect().item())
    rows = frame.slice(offset, limit).collect().iter_rows(named=True)
    return total, [
        DiffRow(
            row["table"],
            row["kind"],
            row["source_id"],
            row["name"],
            row["school"],
            [(name, before, after) for name, (before, after) in json.loads(row["attributes"]).items()],
        )
        for row in rows
    ]


def names_in_diff(path: Path, table: str) -> dict[str, str]:
    """Name by id of the rows of `table` that change: the one that they get, of those that end the one they have."""
    if not path.is_file():
        return {}
    frame = pl.scan_parquet(path).filter(pl.col("table") == table).select("source_id", "name").collect()
    return dict(frame.iter_rows())


def counts_by_school(path: Path) -> list[tuple[str, dict[str, int]]]:
    """Numbers of changes by school id and kind, the school with the most changes first."""
    if not path.is_file():
        return []
    frame = pl.read_parquet(path).group_by("school", "kind").len()
    found: dict[str, dict[str, int]] = {}
    for school, kind, count in frame.iter_rows():
        found.setdefault(school, dict.fromkeys(KINDS, 0))[kind] = count
    return sorted(found.items(), key=lambda pair: (-sum(pair[1].values()), pair[0]))
