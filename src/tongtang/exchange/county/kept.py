"""Values of a county that its folder may not change: corrected by hand, or owned by another system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, TypeVar

from django.db.models import QuerySet

from tongtang.exchange.county.rows import Row
from tongtang.exchange.models import Correction
from tongtang.exchange.sources.rules import HELD, NOT_OWNER, ownership, rules_of
from tongtang.exchange.state.compare import Refused
from tongtang.exchange.state.values import PUPILS, Value
from tongtang.foundation import clock

RowT = TypeVar("RowT", bound=Row)


@dataclass
class Keeper:
    """Puts what stands in place of what a file of `system` may not say; `refused` lists where it did.

    Pupils come by the million: their held values stand with them, and only their rules are told here.
    """

    county: int
    system: str
    refused: list[Refused] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rules = rules_of(self.county, clock.today())
        rows = Correction.objects.filter(county_code=self.county, released_at=None).exclude(table=PUPILS)
        self._held = set(rows.values_list("table", "source_id", "attribute"))

    def is_shut(self, table: str, attribute: str) -> bool:
        """Whether another system owns the attribute."""
        return not ownership(self._rules, table, attribute).allows(self.system)

    def _why(self, table: str, source_id: str, attribute: str) -> str:
        if (table, source_id, attribute) in self._held:
            return HELD
        return NOT_OWNER if self.is_shut(table, attribute) else ""

    def keep(self, table: str, standing: QuerySet[Any], rows: Sequence[RowT], attributes: Sequence[str]) -> list[RowT]:
        """`rows` of one table with what stands where it may not change; their ids are in the first field after line."""
        shut = any(self.is_shut(table, name) for name in attributes)
        if not rows or not (shut or any(of == table for of, _source_id, _name in self._held)):
            return list(rows)
        key = fields(rows[0])[1].name
        present = {row["source_id"]: row for row in standing.values("source_id", *attributes)}
        return [self._kept(table, row, getattr(row, key), present) for row in rows]

    def _kept(self, table: str, row: RowT, source_id: str, present: Mapping[str, Mapping[str, Any]]) -> RowT:
        stands: dict[str, Any] = {}
        for attribute, value in present.get(source_id, {}).items():
            if attribute == "source_id":
                continue
            given = getattr(row, attribute)
            before = tuple(value) if isinstance(value, list) else value
            why = self._why(table, source_id, attribute) if before != given else ""
            if why:
                stands[attribute] = before
                self.refused.append(Refused(table, source_id, attribute, _shown(before), _shown(given), why))
        return replace(row, **stands)


def _shown(value: object) -> Value:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else str(value)
