"""Schools and classes by name where a run's rows name them by the ids of its file."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tongtang.exchange import wording
from tongtang.exchange.models import ImportRun
from tongtang.exchange.stages import files
from tongtang.exchange.stages.diffs import names_in_diff
from tongtang.exchange.state.values import CLASSES, SCHOOLS
from tongtang.organisations.models import HomeClass, School

MODELS: dict[str, Any] = {SCHOOLS: School, CLASSES: HomeClass}
# Attribute -> the table whose ids are its values.
NAMED = {"class": CLASSES, "school": SCHOOLS, "parent": SCHOOLS, "posts": SCHOOLS}
Values = tuple[str, object, object]


@dataclass(frozen=True)
class Labels:
    """Label by id of the schools and classes that some rows name."""

    by_table: dict[str, dict[str, str]]

    def school(self, source_id: str) -> str:
        return self.by_table[SCHOOLS].get(source_id, source_id)

    def shown(self, attribute: str, value: object) -> str:
        """A value of an attribute as a person reads it."""
        labels = self.by_table.get(NAMED.get(attribute, ""), {})
        if isinstance(value, list | tuple):
            return wording.shown([labels.get(str(one), one) for one in value])
        return wording.shown(labels.get(str(value), value))


def labels_of(run: ImportRun, schools: Iterable[str], values: Iterable[Values]) -> Labels:
    """The labels for `schools` and for what `values` (attribute, before, after) name."""
    wanted: dict[str, set[str]] = {SCHOOLS: set(schools), CLASSES: set()}
    for attribute, *sides in values:
        if attribute in NAMED:
            ids = (one for side in sides for one in (side if isinstance(side, list | tuple) else [side]) if one)
            wanted[NAMED[attribute]].update(map(str, ids))
    return Labels({table: _labels(run, table, ids) for table, ids in wanted.items()})


def _labels(run: ImportRun, table: str, ids: set[str]) -> dict[str, str]:
    """Names, with the id where several of the county bear one: those of the file go before those that stand."""
    if not ids:
        return {}
    rows = MODELS[table].objects.filter(county_code=run.county_code)
    coming = names_in_diff(files.diff_of(run), table)
    named = {
        **dict(rows.filter(source_id__in=ids).values_list("source_id", "name")),
        **{source_id: name for source_id, name in coming.items() if source_id in ids},
    }
    standing = rows.filter(ended_on=None, name__in=set(named.values())).values_list("source_id", "name")
    bearers = Counter({**dict(standing), **coming, **named}.values())
    both = _("%(name)s (%(id)s)")
    return {
        source_id: both % {"name": name, "id": source_id} if bearers[name] > 1 else name
        for source_id, name in named.items()
    }
