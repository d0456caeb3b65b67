"""What a file would change. Pure: two states and the attributes that are shut, to a list of changes."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field

from tongtang.exchange.state.values import CLASSES, PUPILS, SCHOOLS, TABLES, Row, State, Value, Wanted

CREATED, CHANGED, ENDED = "created", "changed", "ended"
KINDS = (CREATED, CHANGED, ENDED)
Shut = Callable[[str, str, str], str]
"""(table, id, attribute) -> why the file may not change it: "" where it may, else a word."""


@dataclass(frozen=True)
class Change:
    """One row: `attributes` maps an attribute to its value before and after."""

    table: str
    source_id: str
    kind: str
    name: str
    school: str
    attributes: dict[str, tuple[Value, Value]]


@dataclass(frozen=True)
class Refused:
    """A value that stays because the file may not change it; `why` is the word of `Shut`."""

    table: str
    source_id: str
    attribute: str
    before: Value
    after: Value
    why: str


@dataclass
class Comparison:
    """The changes in the order of their tables and ids, what stayed shut, and how many rows are as they were."""

    changes: list[Change] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unchanged: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows by kind and table, zeros left out."""
        found: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        for (kind, table), count in sorted(Counter((one.kind, one.table) for one in self.changes).items()):
            found[kind][table] = count
        return {**found, "unchanged": {table: count for table, count in self.unchanged.items() if count}}

    def digest(self) -> str:
        """SHA-256 over the changes: whoever applies them applies what was shown."""
        lines = (json.dumps(asdict(one), sort_keys=True, ensure_ascii=False) for one in self.changes)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def never_shut(table: str, source_id: str, attribute: str) -> str:
    """Every attribute is open."""
    return ""


def compare(present: State, wanted: Wanted, shut: Shut = never_shut) -> Comparison:
    """What `wanted` changes in `present`; the order of rows in either does not matter."""
    found = Comparison()
    for table in TABLES:
        standing, asked = present.get(table, {}), wanted.rows[table]
        for source_id in sorted({*standing, *asked}):
            before = standing.get(source_id)
            change = _one(table, source_id, before, wanted, present, shut, found.refused)
            if change:
                found.changes.append(change)
            elif before is not None:
                found.unchanged[table] = found.unchanged.get(table, 0) + 1
    return found


def _one(
    table: str, source_id: str, before: Row | None, wanted: Wanted, present: State, shut: Shut, refused: list[Refused]
) -> Change | None:
    after = wanted.rows[table].get(source_id)
    if after is None or source_id in wanted.ended[table]:
        return _ending(table, source_id, before, wanted, present)
    school = _school_of(table, source_id, {**(before or {}), **after}, wanted.rows, present)
    name = str(after.get("name") or (before or {}).get("name") or "")
    if before is None:
        return Change(table, source_id, CREATED, name, school, {key: (None, value) for key, value in after.items()})
    different: dict[str, tuple[Value, Value]] = {}
    for attribute, value in after.items():
        if before.get(attribute) == value:
            continue
        why = shut(table, source_id, attribute)
        if why:
            refused.append(Refused(table, source_id, attribute, before.get(attribute), value, why))
        else:
            different[attribute] = (before.get(attribute), value)
    return Change(table, source_id, CHANGED, name, school, different) if different else None


def _ending(table: str, source_id: str, before: Row | None, wanted: Wanted, present: State) -> Change | None:
    named = source_id in wanted.ended[table]
    missing = table in wanted.complete and source_id not in wanted.kept[table]
    if before is None or not (named or missing):
        return None
    school = _school_of(table, source_id, before, {}, present)
    return Change(table, source_id, ENDED, str(before.get("name") or ""), school, {})


def _school_of(table: str, source_id: str, row: Row, asked: State, present: State) -> str:
    """The id of the school to which a row counts; empty for a term."""
    if table == SCHOOLS:
        return source_id
    if table == CLASSES:
        return str(row.get("school") or "")
    if table == PUPILS:
        of_class = str(row.get("class") or "")
        home = {**present.get(CLASSES, {}).get(of_class, {}), **asked.get(CLASSES, {}).get(of_class, {})}
        return str(home.get("school") or "")
    posts = row.get("posts")
    return str(posts[0]) if isinstance(posts, list) and posts else ""


def by_school(changes: Iterable[Change]) -> dict[str, dict[str, int]]:
    """Numbers of rows by school id and kind."""
    found: dict[str, dict[str, int]] = {}
    for change in changes:
        counts = found.setdefault(change.school, dict.fromkeys(KINDS, 0))
        counts[change.kind] += 1
    return dict(sorted(found.items()))
