"""Whether a restored house is sound; needs Django."""

import logging
from dataclasses import dataclass, field

from django.db import connection
from django.utils.translation import gettext as _

from tongtang.foundation import restoring
from tongtang.operations.backup.restore import Chosen

# Rows of these are never deleted: a restored table with fewer than the backup counted has lost some.
ONLY_GROW = ("lessons_evidencerow", "audit_entry")
logger = logging.getLogger(__name__)


@dataclass
class Findings:
    """Rows of all tables, what each step of the contexts said, and what is wrong."""

    rows: int = 0
    steps: dict[str, str] = field(default_factory=dict)
    unsound: list[str] = field(default_factory=list)


def examine(chosen: Chosen) -> Findings:
    """Compare the database with its backup and run the contexts' steps."""
    findings = Findings()
    _compare_counts(chosen, findings)
    restoring.discover()
    for name, step in sorted(restoring.STEPS.items()):
        try:
            findings.steps[name] = step(chosen.reaches)
        except Exception as error:
            # Whatever it is, the other steps are run and the operator reads of all of them.
            logger.exception("restore step %s", name)
            findings.unsound.append(f"{name}: {error}")
    return findings


def _compare_counts(chosen: Chosen, findings: Findings) -> None:
    exact = chosen.reaches == chosen.base.at and chosen.base.engine == "sqlite"
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table, expected in chosen.base.counts.items():
            if table not in there:
                findings.unsound.append(_("table %(table)s is missing") % {"table": table})
                continue
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 a table's name
            found = cursor.fetchone()[0]
            findings.rows += found
            if found < expected and (exact or table in ONLY_GROW):
                words = _("table %(table)s has %(found)d rows, the backup counted %(expected)d")
                findings.unsound.append(words % {"table": table, "found": found, "expected": expected})
