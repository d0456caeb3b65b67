"""Rows that wait: corrected and released into a run of their own, or discarded. Each decision is kept and audited."""

import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tongtang.access.api import Actor
from tongtang.audit.api import append
from tongtang.exchange.duplicates.find import find_duplicates
from tongtang.exchange.models import ImportRun, QuarantinedRow
from tongtang.exchange.roster.runs import beside_no_import
from tongtang.exchange.stages.check import Checked
from tongtang.exchange.stages.run import Refused, keep_sources
from tongtang.exchange.state.compare import Comparison, compare
from tongtang.exchange.state.present import present_state
from tongtang.exchange.state.values import PUPILS, Row, Wanted
from tongtang.exchange.state.write import write_changes
from tongtang.foundation import clock
from tongtang.organisations.models import Region

State = QuarantinedRow.State


def release(*, actor: Actor, row: QuarantinedRow, values: Row) -> ImportRun:
    """Take a row in with the `values` that a person gave or confirmed; it becomes a run of its own.

    Raises:
        Refused: somebody settled it before, or an import of the county is on its way.
    """
    with beside_no_import(row.run.county_code, Refused), transaction.atomic():
        return _release(actor, row, values)


def _release(actor: Actor, row: QuarantinedRow, values: Row) -> ImportRun:
    county = row.run.county_code
    Region.objects.select_for_update().get(code=county)
    source_id = _settle(actor, row, State.TAKEN)
    wanted = Wanted()
    wanted.rows[PUPILS][source_id] = values
    comparison = compare(present_state(county), wanted)
    run = _run_of(actor, row, comparison)
    write_changes(county, comparison.changes, run=run.pk, today=clock.today())
    keep_sources(run, Checked(comparison=comparison, wanted=wanted), clock.now())
    find_duplicates(county)
    _audit(actor, row, "import.row_released", {"run": str(run.public_id)})
    return run


@transaction.atomic
def discard(*, actor: Actor, row: QuarantinedRow) -> None:
    """Leave a row out for good; the next import of its file brings it again.

    Raises:
        Refused: somebody settled it before.
    """
    _settle(actor, row, State.DROPPED)
    _audit(actor, row, "import.row_discarded", {})


def _settle(actor: Actor, row: QuarantinedRow, state: str) -> str:
    """Mark the row and forget its cells but the id: what was taken in stands elsewhere, what was not is not kept."""
    source_id = str(row.row["source_id"])
    changed = QuarantinedRow.objects.filter(pk=row.pk, state=State.WAITING).update(
        state=state, settled_by=actor.subject, settled_at=clock.now(), row={"source_id": source_id}
    )
    if not changed:
        raise Refused(_("Somebody settled this row already; reload the page."))
    return source_id


def _run_of(actor: Actor, row: QuarantinedRow, comparison: Comparison) -> ImportRun:
    digest = hashlib.sha256(json.dumps([str(row.run.public_id), row.line], sort_keys=True).encode()).hexdigest()
    now = clock.now()
    return ImportRun.objects.create(
        county_code=row.run.county_code,
        system=row.run.system,
        form=row.run.form,
        mode=ImportRun.Mode.DELTA,
        file_name=row.run.file_name,
        digest=digest,
        state=ImportRun.State.APPLIED,
        by=actor.subject,
        counts={**comparison.counts(), "findings": 0, "quarantined": 0, "digest": comparison.digest()},
        created_at=now,
        checked_at=now,
        finished_at=now,
    )


def _audit(actor: Actor, row: QuarantinedRow, action: str, detail: dict[str, Any]) -> None:
    append(
        stream="import",
        action=action,
        actor=actor.subject,
        object=f"import:{row.run.public_id}",
        detail={"table": row.table, "line": row.line, "reason": row.reason, **detail},
        region_code=row.run.county_code,
    )
