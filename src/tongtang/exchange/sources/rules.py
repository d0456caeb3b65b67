"""Source of record: a table of dated rules says which system owns an attribute and who else may change it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from tongtang.exchange.models import Correction, SourceRule
from tongtang.exchange.state.values import PUPILS, TABLES
from tongtang.people.models import Pupil

HELD, NOT_OWNER = "held", "not_owner"
ALL_OF_THE_TABLE = "*"
BY_HAND = "by_hand"


@dataclass(frozen=True)
class Ownership:
    """Who owns an attribute on a day and who may overwrite it; no owner: whoever comes last."""

    owner: str = ""
    may_overwrite: tuple[str, ...] = ()

    def allows(self, system: str) -> bool:
        return not self.owner or system == self.owner or system in self.may_overwrite


def rules_of(county: int, day: date) -> dict[tuple[str, str], Ownership]:
    """The ownership of each (table, attribute) that has a rule on `day`; the county's own rule goes first."""
    rows = SourceRule.objects.filter(
        Q(county_code=None) | Q(county_code=county), Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day
    ).order_by("valid_from")
    found: dict[tuple[str, str], Ownership] = {}
    for row in sorted(rows, key=lambda one: one.county_code is not None):
        found[(row.table, row.attribute)] = Ownership(row.owner, tuple(row.may_overwrite))
    return found


def ownership(rules: dict[tuple[str, str], Ownership], table: str, attribute: str) -> Ownership:
    """The rule of an attribute, else that of its whole table, else nobody's."""
    return rules.get((table, attribute)) or rules.get((table, ALL_OF_THE_TABLE)) or Ownership()


def shut_for(county: int, system: str, day: date) -> Callable[[str, str, str], str]:
    """What `system` may not change in the county today: (table, id, attribute) -> HELD, NOT_OWNER or ""."""
    rules = rules_of(county, day)
    closed = {
        (table, attribute)
        for table in TABLES
        for attribute in (*{name for of, name in rules if of == table}, ALL_OF_THE_TABLE)
        if not ownership(rules, table, attribute).allows(system)
    }
    opened = {(table, name) for table, name in rules if ownership(rules, table, name).allows(system)}
    held = held_attributes(county)

    def shut(table: str, source_id: str, attribute: str) -> str:
        if (table, source_id, attribute) in held:
            return HELD
        at = (table, attribute)
        whole = (table, ALL_OF_THE_TABLE) in closed and at not in opened
        return NOT_OWNER if at in closed or whole else ""

    return shut


def held_attributes(county: int) -> set[tuple[str, str, str]]:
    """(table, id, attribute) of values corrected by hand in a county."""
    rows = Correction.objects.filter(county_code=county, released_at=None)
    held = set(rows.values_list("table", "source_id", "attribute"))
    pupils = Pupil.objects.filter(county_code=county, held__isnull=False).values_list("source_id", "held")
    return held | {(PUPILS, source_id, attribute) for source_id, by in pupils for attribute in by or {}}
